"""Making projects, listing them, archiving and restoring them."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..access import Refused, Role, projects_for, standing_of
from ..agreement.copies import own_copies
from ..forms import ProjectForm
from ..models import Membership, Project, User


def may_create(user: User) -> bool:
    """The permission ``annotate.add_project``; never with a token of one project."""
    return user.has_perm("annotate.add_project") and user.limited_to is None


def check_may_create(user: User) -> None:
    """Raises Refused."""
    if not may_create(user):
        raise Refused(_("You may not create projects. Ask an administrator for the right to."))


def create(form: ProjectForm, user: User) -> Project:
    """From a valid form: the project, its maker the first manager."""
    form.instance.created_by = user
    with transaction.atomic():
        project: Project = form.save()
        Membership.objects.create(project=project, user=user, role=Role.MANAGER)
    return project


def listed_for(user: User, *, archived: bool = False) -> QuerySet[Project]:
    """What a list of projects shows to the user.

    A copy (agreement.copies) is for who labels it; others see it on the page of agreement of its project. Archived
    ones, copies too, are for whoever may restore them.
    """
    projects = projects_for(user)
    if not archived:
        return projects.filter(Q(copy_of__isnull=True) | own_copies(user), archived_at__isnull=True)
    projects = Project.objects.filter(archived_at__isnull=False)
    if user.limited_to is not None:
        projects = projects.filter(pk=user.limited_to)
    if user.is_superuser:
        return projects
    managed = Membership.objects.filter(user=user, role=Role.MANAGER).values("project")
    return projects.filter(Q(pk__in=managed) | Q(copy_of__in=managed))


def may_archive(user: User, project: Project) -> bool:
    """Its managers, of a copy also those of what it is a copy of; and restore it."""
    places = [project.pk, *([project.copy_of_id] if project.copy_of_id else [])]
    return any(standing_of(user, each) == Role.MANAGER for each in places)


def archive(project: Project) -> None:
    """Out of every list, and nobody changes anything in it; nothing of it goes away. Open editors only look within
    seconds. Twice is once."""
    Project.objects.filter(pk=project.pk, archived_at=None).update(archived_at=timezone.now())
    project.refresh_from_db(fields=["archived_at"])


def restore(project: Project) -> None:
    """As it was before it was archived."""
    Project.objects.filter(pk=project.pk).update(archived_at=None)
    project.archived_at = None
