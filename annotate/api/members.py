"""Who belongs to a project, and as what. A project always keeps a manager."""

from datetime import datetime
from typing import Annotated, Literal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from msgspec import Meta, Struct, to_builtins

from ..access import Role
from ..actions.members import LastManagerError, change_role
from ..forms import MemberForm
from ..models import Membership, Project
from .calls import Call, Problem, invalid, refused_by
from .paging import Page, PageQuery, rows_of
from .routes import route

RoleName = Literal["viewer", "annotator", "reviewer", "manager"]
LAST = {409: "A project needs a manager."}


class Member(Struct):
    """``id`` is that of the membership, ``user`` that of the person."""

    id: int
    user: int
    username: str
    name: str
    role: str
    created_at: datetime


class NewMember(Struct, forbid_unknown_fields=True):
    username: Annotated[str, Meta(min_length=1, max_length=150)]
    role: RoleName = "annotator"


class RoleChange(Struct, forbid_unknown_fields=True):
    role: RoleName


def info_of(membership: Membership) -> Member:
    user = membership.user
    return Member(
        membership.pk, user.pk, user.username, user.display_name, membership.role, membership.created_at
    )


@route("GET", "projects/<id:project_id>/members", role=Role.MANAGER, scope="read")
def list_members(call: Call, project: Project, query: PageQuery) -> Page[Member]:
    """The members of a project."""
    found, following = rows_of(project.memberships.select_related("user"), query, "pk")
    return Page([info_of(one) for one in found], following)


@route("POST", "projects/<id:project_id>/members", role=Role.MANAGER, status=201)
def add_member(call: Call, project: Project, body: NewMember) -> Member:
    """Adds an existing account by its user name."""
    form = MemberForm(to_builtins(body), project=project)
    if not form.is_valid() or form.user is None:
        raise refused_by(form)
    try:
        with transaction.atomic():
            added = Membership.objects.create(project=project, user=form.user, role=form.cleaned_data["role"])
    except IntegrityError as error:  # added twice at the same moment
        text = _("%(name)s is already a member.") % {"name": body.username}
        raise invalid({"username": [text]}) from error
    return info_of(added)


@route("PATCH", "projects/<id:project_id>/members/<id:membership_id>", role=Role.MANAGER, also=LAST)
def change_member(call: Call, project: Project, membership_id: int, body: RoleChange) -> Member:
    """Gives another role; open editors follow within seconds."""
    return info_of(changed(project, membership_id, body.role))


@route("DELETE", "projects/<id:project_id>/members/<id:membership_id>", role=Role.MANAGER, also=LAST)
def remove_member(call: Call, project: Project, membership_id: int) -> None:
    """Takes somebody out. Their boxes stay."""
    changed(project, membership_id, "")


def changed(project: Project, membership_id: int, role: str) -> Membership:
    try:
        return change_role(project, membership_id, role)
    except LastManagerError as error:
        detail = _("A project needs a manager, so nothing was changed. Make somebody else manager first.")
        raise Problem(409, detail, code="last_manager") from error
