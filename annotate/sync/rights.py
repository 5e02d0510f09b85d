"""Who may write what, read in the transaction that commits."""

from collections.abc import Collection

from annotate.models import Membership, User

RANK = {"viewer": 0, "annotator": 1, "reviewer": 2, "manager": 3}


def roles_for(project_id: int, user_ids: Collection[int]) -> dict[int, str]:
    """The role of each active user in the project. A superuser is a manager of every project."""
    roles: dict[int, str] = dict(
        Membership.objects.filter(
            project_id=project_id, user_id__in=user_ids, user__is_active=True
        ).values_list("user_id", "role")
    )
    missing = set(user_ids) - roles.keys()
    if missing:
        superusers = User.objects.filter(pk__in=missing, is_active=True, is_superuser=True)
        roles |= dict.fromkeys(superusers.values_list("pk", flat=True), "manager")
    return roles


def can_edit(role: str | None) -> bool:
    return role is not None and RANK[role] >= RANK["annotator"]
