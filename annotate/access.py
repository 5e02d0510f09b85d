"""Who may do what in a project. A superuser has every role; everybody else only what a Membership says."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from .models import Membership, Project, User

Role = Membership.Role
RANK: dict[str, int] = {Role.VIEWER: 0, Role.ANNOTATOR: 1, Role.REVIEWER: 2, Role.MANAGER: 3}

AddressView = Callable[..., HttpResponseBase]


class Refused(PermissionDenied):
    """A refusal whose text is written for the person it meets; the error page shows it."""


class MemberRequest(HttpRequest):
    """A request that passed ``require_role``: somebody signed in, with ``role`` in the project."""

    user: User
    role: str


def role_of(user: User | AnonymousUser, project: Project | int) -> str | None:
    """The user's role in the project, or None for somebody who is not a member. In an archived project everybody only
    looks."""
    role = standing_of(user, project)
    return Role.VIEWER if role not in {None, Role.VIEWER} and is_archived(project) else role


def is_archived(project: Project | int) -> bool:
    if isinstance(project, Project):
        return project.archived_at is not None
    return Project.objects.filter(pk=project, archived_at__isnull=False).exists()


def standing_of(user: User | AnonymousUser, project: Project | int) -> str | None:
    """``role_of``, whether the project is archived or not: what it is to be again when it is restored. One query."""
    if not user.is_authenticated or not user.is_active:
        return None
    project_id = project if isinstance(project, int) else project.pk
    if user.limited_to not in {None, project_id}:
        return None
    if user.is_superuser:
        return Role.MANAGER
    return Membership.objects.filter(project=project_id, user=user).values_list("role", flat=True).first()


def at_least(role: str | None, wanted: str) -> bool:
    """Whether ``role`` includes ``wanted``; None includes nothing."""
    return role is not None and RANK[role] >= RANK[wanted]


def check_role(user: User | AnonymousUser, project: Project | int, wanted: str) -> str:
    """The role, if it includes ``wanted``.

    Raises Http404 for somebody who is not a member, exactly as for a project that does not exist, and
    Refused for a member whose role is too low.
    """
    role = role_of(user, project)
    if role is None:
        raise Http404(_("There is no such page, or you are not a member of its project."))
    if not at_least(role, wanted):
        raise Refused(_("Your role in this project does not allow this."))
    return role


def require_role(wanted: str) -> Callable[[Callable[..., HttpResponseBase]], AddressView]:
    """Decorates ``view(request, project, **rest)``, reached with ``project_id`` in its address.

    Anonymous people are sent to sign in; ``request.role`` holds the role. Errors as for ``check_role``.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> AddressView:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, project_id: int, **rest: Any) -> HttpResponseBase:
            project = Project.objects.filter(pk=project_id).first()
            if project is None:
                raise Http404(_("There is no such page, or you are not a member of its project."))
            request.role = check_role(request.user, project, wanted)  # type: ignore[attr-defined]
            return view(request, project, **rest)

        return guarded

    return decorate


def projects_for(user: User) -> QuerySet[Project]:
    """The projects that the user may see, archived ones too: their own, or all for a superuser."""
    projects = (
        Project.objects.all() if user.limited_to is None else Project.objects.filter(pk=user.limited_to)
    )
    return projects if user.is_superuser else projects.filter(memberships__user=user)
