"""Who labels independently."""

from django.db.models import QuerySet

from ..access import RANK, Role
from ..models import Project, User

ABLE = [role for role in Role.values if RANK[role] >= RANK[Role.ANNOTATOR]]


def who_may_be_asked(project: Project) -> QuerySet[User]:
    return User.objects.filter(is_active=True, memberships__project=project, memberships__role__in=ABLE)
