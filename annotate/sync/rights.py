"""Who may write what, read in the transaction that commits. In an archived project everybody only looks."""

from collections.abc import Collection

from annotate.models import Membership, Project, User

from . import statements

RANK = {"viewer": 0, "annotator": 1, "reviewer": 2, "manager": 3}


def roles_for(project_id: int, user_ids: Collection[int]) -> dict[int, str]:
    """The role of each active user in the project. A superuser is a manager of every project."""
    roles: dict[int, str] = dict(
        Membership.objects.filter(project_id=project_id, user_id__in=user_ids, user__is_active=True)
        .order_by()
        .values_list("user_id", "role")
    )
    missing = set(user_ids) - roles.keys()
    if missing:
        superusers = User.objects.filter(pk__in=missing, is_active=True, is_superuser=True)
        roles |= dict.fromkeys(superusers.order_by().values_list("pk", flat=True), "manager")
    if roles and Project.objects.filter(pk=project_id, archived_at__isnull=False).exists():
        return dict.fromkeys(roles, "viewer")
    return roles


def asked_roles(frame_id: int, user_ids: Collection[int]) -> statements.Reading:
    """See ``roles_in``: what ``roles_for`` says, for the project of a frame."""
    among, given = statements.one_of(user_ids)
    return statements.ask(
        f"""
        SELECT person.id, person.is_superuser, membership.role, project.archived_at
        FROM annotate_frame AS frame
        JOIN annotate_project AS project ON project.id = frame.project_id
        CROSS JOIN annotate_user AS person
        LEFT JOIN annotate_membership AS membership
            ON membership.user_id = person.id AND membership.project_id = project.id
        WHERE frame.id = %s AND person.is_active AND person.id {among}
        """,  # noqa: S608  (placeholders)
        [frame_id, *given],
    )


def roles_in(reading: statements.Reading) -> dict[int, str]:
    roles = {}
    for user, is_superuser, role, archived_at in reading.rows():
        if role or is_superuser:
            roles[user] = (role or "manager") if archived_at is None else "viewer"
    return roles


def can_edit(role: str | None) -> bool:
    return role is not None and RANK[role] >= RANK["annotator"]
