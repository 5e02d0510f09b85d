"""Projects: the list, making one, its settings and how far it is."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.db import transaction
from django.db.models import Count, Q
from django.forms import model_to_dict
from django.utils.translation import gettext as _
from msgspec import UNSET, Meta, Struct, UnsetType, to_builtins

from ..access import Refused, Role, role_of
from ..actions import projects as making
from ..forms import ProjectForm
from ..learning.accepting import AcceptingRefused, switch
from ..models import Frame, Project
from ..models.project import FEWEST_PEOPLE, MOST_PEOPLE
from .calls import Call, Problem, refused_by
from .paging import Page, PageQuery, rows_of
from .routes import Scope, route

Name = Annotated[str, Meta(min_length=1, max_length=120)]
Description = Annotated[str, Meta(max_length=4000)]
Percent = Annotated[int, Meta(ge=0, le=50)]
Review = Literal["none", "one", "consensus"]
People = Annotated[int, Meta(ge=FEWEST_PEOPLE, le=MOST_PEOPLE)]
TrainingMode = Literal["off", "ask", "automatic"]
TRAINING = ("training_mode", "promotes_itself", "class_margin", "auto_accept_precision")
"""Settings that have a page of their own, and no rules beyond their types."""


class ProjectInfo(Struct):
    """``role``: mine; in an archived project everybody only looks. ``model``: id of the model that it chose, null for
    the default one. ``annotators_per_image``: with ``consensus`` as review, how many people label an image before it
    can be approved; it holds since ``consensus_since``, and what was complete then needs one reviewer alone.
    ``copy_of``: id of the project whose images one person labels in this one, without seeing what others draw."""

    id: int
    name: str
    description: str
    role: str
    strategy: str
    blind_percent: int
    review: str
    annotators_per_image: int
    consensus_since: datetime | None
    reviews_own_work: bool
    training_mode: str
    promotes_itself: bool
    class_margin: float
    auto_accept_precision: float
    accepts_itself: bool
    confidence: float
    model: int | None
    copy_of: int | None
    created_at: datetime
    archived_at: datetime | None


class Progress(Struct):
    """How many images there are, in all and by status."""

    total: int
    by_status: dict[str, int]


class ProjectDetail(ProjectInfo):
    progress: Progress


class ProjectQuery(PageQuery):
    """``name``: what it contains, in any case of letters. ``archived``: archived projects that I may restore instead of
    those in use."""

    archived: bool = False
    name: Annotated[str, Meta(max_length=120)] | None = None


class NewProject(Struct, forbid_unknown_fields=True):
    name: Name
    description: Description = ""
    strategy: Annotated[str, Meta(max_length=40)] | UnsetType = UNSET
    blind_percent: Percent = 0


class ProjectChange(Struct, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    strategy: Annotated[str, Meta(max_length=40)] | UnsetType = UNSET
    blind_percent: Percent | UnsetType = UNSET
    review: Review | UnsetType = UNSET
    annotators_per_image: People | UnsetType = UNSET
    reviews_own_work: bool | UnsetType = UNSET
    training_mode: TrainingMode | UnsetType = UNSET
    promotes_itself: bool | UnsetType = UNSET
    class_margin: Annotated[float, Meta(ge=0, le=1)] | UnsetType = UNSET
    auto_accept_precision: Annotated[float, Meta(ge=0.5, le=0.999)] | UnsetType = UNSET
    accepts_itself: bool | UnsetType = UNSET


def facts_of(project: Project, role: str) -> dict[str, Any]:
    return {
        "id": project.pk,
        "name": project.name,
        "description": project.description,
        "role": role,
        "strategy": project.strategy,
        "blind_percent": project.blind_percent,
        "review": project.review,
        "annotators_per_image": project.annotators_per_image,
        "consensus_since": project.consensus_since,
        "reviews_own_work": project.reviews_own_work,
        "training_mode": project.training_mode,
        "promotes_itself": project.promotes_itself,
        "class_margin": project.class_margin,
        "auto_accept_precision": project.auto_accept_precision,
        "accepts_itself": project.accepts_itself,
        "confidence": project.confidence,
        "model": project.model_version_id,
        "copy_of": project.copy_of_id,
        "created_at": project.created_at,
        "archived_at": project.archived_at,
    }


def detail_of(project: Project, role: str) -> ProjectDetail:
    counts = {status: Count("pk", filter=Q(status=status)) for status in Frame.Status.values}
    found = project.frames.aggregate(total=Count("pk"), **counts)
    return ProjectDetail(**facts_of(project, role), progress=Progress(found.pop("total"), found))


@route("GET", "projects")
def list_projects(call: Call, query: ProjectQuery) -> Page[ProjectInfo]:
    """The projects that I am a member of. A copy for independent labels is listed for who labels it; others find it by
    its id."""
    projects = making.listed_for(call.user, archived=query.archived)
    if query.name:
        projects = projects.filter(name__icontains=query.name)
    found, following = rows_of(projects, query, "pk")
    own = dict(call.user.memberships.filter(project__in=found).values_list("project", "role"))
    return Page([ProjectInfo(**facts_of(one, role_in(one, call, own))) for one in found], following)


def role_in(project: Project, call: Call, own: dict[int, str]) -> str:
    if project.archived_at is not None:
        return Role.VIEWER
    return Role.MANAGER if call.user.is_superuser else own[project.pk]


@route("POST", "projects", scope=Scope.MANAGE, status=201)
def create_project(call: Call, body: NewProject) -> ProjectDetail:
    """A new project, with me as its first manager. Needs the permission to create projects."""
    making.check_may_create(call.user)
    form = ProjectForm(to_builtins(body))
    if not form.is_valid():
        raise refused_by(form)
    project = making.create(form, call.user)
    call.headers["Location"] = f"/api/v1/projects/{project.pk}"
    return detail_of(project, Role.MANAGER)


@route("GET", "projects/<id:project_id>", role=Role.VIEWER)
def get_project(call: Call, project: Project) -> ProjectDetail:
    """A project, and how far it is."""
    return detail_of(project, call.role)


@route(
    "PATCH",
    "projects/<id:project_id>",
    role=Role.MANAGER,
    also={409: "Nothing is guaranteed that could be accepted without a person."},
)
@transaction.atomic
def change_project(call: Call, project: Project, body: ProjectChange) -> ProjectDetail:
    """Changes its settings: all that are given, or none."""
    present = model_to_dict(project, fields=list(ProjectForm.base_fields))
    given = to_builtins(body)
    form = ProjectForm({**present, **given}, instance=project)
    if not form.is_valid():
        raise refused_by(form)
    for name in TRAINING:
        setattr(project, name, given.get(name, getattr(project, name)))
    project.save(update_fields=[*form.fields, "consensus_since", *TRAINING])
    try:
        switch(project, given.get("accepts_itself", project.accepts_itself))
    except AcceptingRefused as refused:
        raise Problem(409, str(refused), code="not_guaranteed") from refused
    return detail_of(project, call.role)


@route("POST", "projects/<id:project_id>/archive", role=Role.MANAGER)
def archive_project(call: Call, project: Project) -> ProjectDetail:
    """Out of every list, and nobody changes anything in it; nothing of it goes away. Open editors only look within
    seconds."""
    making.archive(project)
    return detail_of(project, Role.VIEWER)


@route("POST", "projects/<id:project_id>/restore", role=Role.VIEWER, scope=Scope.MANAGE)
def restore_project(call: Call, project: Project) -> ProjectDetail:
    """As it was before it was archived. For its managers."""
    if not making.may_archive(call.user, project):
        raise Refused(_("Your role in this project does not allow this."))
    making.restore(project)
    return detail_of(project, role_of(call.user, project) or Role.VIEWER)
