"""Giving images to people, to label or to review, until a day; and how far each share of work is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from .models import Assignment, Frame, Membership, Project, User, completed_by
from .queue.claims import WAITING

Work = Assignment.Work
MOST_FRAMES = 5000
ABLE = {
    Work.ANNOTATE: ("annotator", "reviewer", "manager"),
    Work.REVIEW: ("reviewer", "manager"),
}
"""The roles that the work needs."""
REVIEWED = (Frame.Status.APPROVED, Frame.Status.RETURNED)


class AssignRefused(Exception):
    """Nothing was changed. The text is for the person."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one person was asked to do in a project until one day."""

    project: int
    person: User
    work: str
    due_on: date | None
    total: int
    done: int

    @property
    def is_finished(self) -> bool:
        return self.done == self.total

    def is_overdue(self, today: date) -> bool:
        return not self.is_finished and self.due_on is not None and self.due_on < today


def people_for(project: Project, work: str) -> QuerySet[User]:
    """Who may be asked, by name."""
    members = Membership.objects.filter(project=project, role__in=ABLE[Work(work)])
    return User.objects.filter(is_active=True, pk__in=members.values("user")).order_by(
        "first_name", "last_name", "username"
    )


def free_frames(project: Project, person: User, work: str) -> QuerySet[Frame]:
    """What can be given to the person: waits for this work, and nobody was asked for it. In the order of the project.

    To review: not what they completed themselves, unless the project allows it.
    """
    asked = Assignment.objects.filter(work=work, frame__project=project).values("frame")
    frames = project.frames.exclude(pk__in=asked).order_by("source", "index", "pk")
    if work == Work.ANNOTATE:
        return frames.filter(status__in=WAITING)
    frames = frames.filter(status=Frame.Status.COMPLETE)
    if project.reviews_own_work:
        return frames
    frames = frames.alias(completed_by=completed_by())
    return frames.filter(Q(completed_by__isnull=True) | ~Q(completed_by=person.pk))


def assign(
    project: Project, person: User, work: str, number: int, *, due_on: date | None, by: User | None
) -> int:
    """The next ``number`` images to the person; how many there were. Raises AssignRefused."""
    if not 0 < number <= MOST_FRAMES:
        text = _("Between 1 and %(most)s images can be given at once. Nothing was changed.")
        raise AssignRefused(text % {"most": MOST_FRAMES})
    with transaction.atomic():
        locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if not people_for(locked, work).filter(pk=person.pk).exists():
            raise AssignRefused(_("The role of this person does not allow this work. Nothing was changed."))
        frames = list(free_frames(locked, person, work).values_list("pk", flat=True)[:number])
        Assignment.objects.bulk_create(
            (
                Assignment(frame_id=frame, user=person, work=work, due_on=due_on, created_by=by)
                for frame in frames
            ),
            ignore_conflicts=True,  # given by the admin in the same moment
        )
    return len(frames)


def there() -> QuerySet[Assignment]:
    """Without those of frames that were set aside: nobody could ever finish them."""
    return Assignment.objects.filter(frame__set_aside_at__isnull=True)


def share_rows(person: int, project: Project, work: str, due_on: date | None) -> QuerySet[Assignment]:
    rows = there().filter(frame__project=project, user=person, work=work)
    return rows.filter(due_on__isnull=True) if due_on is None else rows.filter(due_on=due_on)


def done_in(work: str) -> Q:
    return Q(frame__status__in=Frame.DONE if work == Work.ANNOTATE else REVIEWED)


def change_due(project: Project, person: int, work: str, due_on: date | None, *, to: date | None) -> int:
    """Another day for a share; how many images. It is one with what the person has to do until that day already."""
    return share_rows(person, project, work, due_on).update(due_on=to)


def take_back(project: Project, person: int, work: str, due_on: date | None) -> int:
    """What is left of a share goes back to everybody; how many images. What is done stays counted."""
    left = share_rows(person, project, work, due_on).exclude(done_in(work))
    removed, _by_table = Assignment.objects.filter(pk__in=list(left.values_list("pk", flat=True))).delete()
    return removed


def shares(rows: QuerySet[Assignment]) -> list[Share]:
    """Of these rows, the most urgent first. Two queries."""
    is_done = (Q(work=Work.ANNOTATE) & done_in(Work.ANNOTATE)) | (Q(work=Work.REVIEW) & done_in(Work.REVIEW))
    counted = (
        rows.order_by()
        .values_list("frame__project", "user", "work", "due_on")
        .annotate(total=Count("pk"), done=Count("pk", filter=is_done))
    )
    found = list(counted)
    people = {user.pk: user for user in User.objects.filter(pk__in={row[1] for row in found})}
    made = [
        Share(project, people[user], work, due_on, total, done)
        for project, user, work, due_on, total, done in found
    ]
    return sorted(
        made, key=lambda one: (one.is_finished, one.due_on or date.max, one.person.display_name, one.work)
    )


def shares_in(project: Project) -> list[Share]:
    return shares(there().filter(frame__project=project))


def shares_of(user: User, projects: Iterable[int]) -> dict[int, list[Share]]:
    """By project, what the person was asked to do and has not finished, the most urgent first."""
    found: dict[int, list[Share]] = {}
    for one in shares(there().filter(user=user, frame__project__in=list(projects))):
        if not one.is_finished:
            found.setdefault(one.project, []).append(one)
    return found
