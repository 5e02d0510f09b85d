"""Who belongs to a project, and as what. A project always keeps a manager."""

from django.db import transaction
from django.shortcuts import get_object_or_404

from ..access import Role
from ..models import Membership, Project


class LastManagerError(Exception):
    """The change would leave the project without a manager."""


def check_manager_remains(project: Project, membership: Membership) -> None:
    """Raises LastManagerError when nobody but ``membership`` manages. Call with the project row locked."""
    others = project.memberships.filter(role=Role.MANAGER, user__is_active=True).exclude(pk=membership.pk)
    if membership.role == Role.MANAGER and not others.exists():
        raise LastManagerError


def change_role(project: Project, membership_id: int, role: str) -> Membership:
    """Gives the role, or takes the member out where ``role`` is empty. Raises LastManagerError."""
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        membership = get_object_or_404(project.memberships.select_related("user"), pk=membership_id)
        if role != Role.MANAGER:
            check_manager_remains(project, membership)
        if role:
            membership.role = role
            membership.save(update_fields=["role"])
        else:
            membership.delete()
    return membership
