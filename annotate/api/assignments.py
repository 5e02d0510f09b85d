"""Who was asked to do what until when: giving images out, another day, and taking work back."""

from datetime import date
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from msgspec import Meta, Struct

from .. import assigning
from ..access import Role, at_least
from ..models import Project, User
from .calls import Call, Problem, invalid
from .frames import Id
from .routes import route

Work = Literal["annotate", "review"]


class ShareInfo(Struct):
    """What one person was asked to do until one day: ``done`` of ``total`` images. ``due_on``: null for no day."""

    user: int
    name: str
    work: str
    due_on: date | None
    total: int
    done: int


class Shares(Struct):
    """The most urgent first. ``free``: how many images wait and are given to nobody, to annotate."""

    items: list[ShareInfo]
    free: int


class NewShare(Struct, forbid_unknown_fields=True):
    """The next ``number`` images that wait for this work and that nobody was asked for, in the order of the project."""

    user: Id
    number: Annotated[int, Meta(ge=1, le=assigning.MOST_FRAMES)]
    work: Work = "annotate"
    due_on: date | None = None


class Given(Struct):
    """``given``: how many images; fewer than asked for when no more are left."""

    given: int


class WhichShare(Struct, forbid_unknown_fields=True):
    """``due_on``: the day that it has now."""

    user: Id
    work: Work = "annotate"
    due_on: date | None = None


class NewDay(WhichShare, forbid_unknown_fields=True, kw_only=True):
    """``to``: the new day, null for none."""

    to: date | None


class Changed(Struct):
    """``images``: how many are concerned."""

    images: int


@route("GET", "projects/<id:project_id>/assignments", role=Role.VIEWER)
def list_assignments(call: Call, project: Project) -> Shares:
    """What people were asked to do: reviewers and managers see all, others their own."""
    sees_all = at_least(call.role, Role.REVIEWER)
    shares = [one for one in assigning.shares_in(project) if sees_all or one.person.pk == call.user.pk]
    free = assigning.free_frames(project, call.user, assigning.Work.ANNOTATE).count()
    items = [
        ShareInfo(one.person.pk, one.person.display_name, one.work, one.due_on, one.total, one.done)
        for one in shares
    ]
    return Shares(items, free)


@route(
    "POST",
    "projects/<id:project_id>/assignments",
    role=Role.MANAGER,
    status=201,
    also={409: "The role of this person does not allow this work."},
)
def give_out(call: Call, project: Project, body: NewShare) -> Given:
    """Gives a person the next images, to annotate or to review, until a day."""
    person = User.objects.filter(pk=body.user, memberships__project=project).first()
    if person is None:
        raise invalid({"user": [_("This person is not a member of the project.")]})
    try:
        given = assigning.assign(project, person, body.work, body.number, due_on=body.due_on, by=call.user)
    except assigning.AssignRefused as refused:
        raise Problem(409, str(refused), code="role_of_person") from refused
    return Given(given)


@route("POST", "projects/<id:project_id>/assignments/due", role=Role.MANAGER)
def change_due(call: Call, project: Project, body: NewDay) -> Changed:
    """Another day for what a person was asked to do until one day."""
    return Changed(assigning.change_due(project, body.user, body.work, body.due_on, to=body.to))


@route("POST", "projects/<id:project_id>/assignments/take-back", role=Role.MANAGER)
def take_back(call: Call, project: Project, body: WhichShare) -> Changed:
    """What is left of it goes back to everybody. What is done stays counted."""
    return Changed(assigning.take_back(project, body.user, body.work, body.due_on))
