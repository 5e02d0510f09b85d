"""Making projects."""

from django.db import transaction

from ..access import Role
from ..forms import ProjectForm
from ..models import Membership, Project, User


def may_create(user: User) -> bool:
    """The permission ``annotate.add_project``; never with a token of one project."""
    return user.has_perm("annotate.add_project") and user.limited_to is None


def create(form: ProjectForm, user: User) -> Project:
    """From a valid form: the project, its maker the first manager."""
    form.instance.created_by = user
    with transaction.atomic():
        project: Project = form.save()
        Membership.objects.create(project=project, user=user, role=Role.MANAGER)
    return project
