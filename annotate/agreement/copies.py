"""Independent labelling: each person gets a copy of the project, and nobody sees what others draw.

A copy is a project of its own with ``copy_of``: the same labels, rows for the same images (the files are shared), and
two members: the person, and whoever asked, as their reviewer. Its frames are blind, so no model speaks first.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from ..models import Frame, Label, Membership, Project, Source, User
from ..review.independent import bound

Role = Membership.Role
MOST_FRAMES, MOST_PEOPLE = 1000, 10
"""In one ask: so much is written while somebody waits."""
NAME_CHARACTERS = 120
SHARED = ("name", "index", "md5", "original_md5", "media_type", "width", "height")


class CopyRefused(Exception):
    """Nothing was changed. The text is for the person."""


@dataclass(frozen=True, slots=True)
class Copy:
    """``done`` of ``frames`` are complete."""

    project: Project
    person: User
    frames: int
    done: int


def own_copies(user: User) -> Exists:
    """Whether a project (of the outer query) is a copy that this person labels."""
    return Exists(
        Membership.objects.filter(
            project=OuterRef("pk"), user=user, role=Role.ANNOTATOR, project__copy_of__isnull=False
        )
    )


def copies_of(project: Project) -> list[Copy]:
    """By the name of the person. Two queries. Left out: a copy whose person was taken out of it, an archived one."""
    members = Membership.objects.filter(
        project__copy_of=project, project__archived_at__isnull=True, role=Role.ANNOTATOR
    )
    people: dict[int, User] = {}
    for member in members.select_related("user").order_by("-pk"):
        people[member.project_id] = member.user
    there = Q(frames__set_aside_at__isnull=True)
    counted = Project.objects.filter(pk__in=people).annotate(
        total=Count("frames", filter=there),
        finished=Count("frames", filter=there & Q(frames__status__in=Frame.DONE)),
    )
    found = [Copy(one, people[one.pk], one.total, one.finished) for one in counted]
    return sorted(found, key=lambda copy: (copy.person.display_name.casefold(), copy.person.pk))


def next_to_label(project: Project, number: int | None = None) -> list[int]:
    """Ids of frames that nobody has finished, those that no copy has before those that one has; all for None."""
    copies = project.copies.filter(archived_at__isnull=True)
    copied = Frame.objects.filter(project__in=copies).values("original_md5")
    waiting = project.frames.exclude(status__in=Frame.DONE).alias(
        is_copied=Exists(copied.filter(original_md5=OuterRef("original_md5")))
    )
    ids = waiting.order_by("is_copied", "source", "index", "pk").values_list("pk", flat=True)
    return list(ids if number is None else ids[:number])


def short_of(project: Project, number: int) -> list[int]:
    """Ids of frames that some copy has, but fewer than ``number`` people; and of those that somebody completed in the
    project itself, and that wait for copies before they can be approved. Gold ones are for measuring, and left out."""
    copies = Frame.objects.filter(project__in=[copy.project.pk for copy in copies_of(project)])
    counted = copies.filter(original_md5=OuterRef("original_md5")).order_by().values("original_md5")
    people = Subquery(counted.annotate(number=Count("pk")).values("number"))
    complete = bound(Frame.objects.filter(project=project, status=Frame.Status.COMPLETE))
    frames = project.frames.filter(is_gold=False).alias(people=people)
    short = frames.filter(Q(people__lt=number) | Q(people__isnull=True, pk__in=complete.values("pk")))
    return list(short.order_by("source", "index", "pk").values_list("pk", flat=True))


def ask(
    project: Project, people: Collection[User], frames: Collection[int], by: User, *, each: int | None = None
) -> int:
    """The frames into the copies of the people, made where there are none; how many were added altogether.

    ``each``: how many people label each frame, those counted who have it already; None: all of ``people``. Asked again
    it adds what is missing. Raises CopyRefused.
    """
    check(project, people, frames)
    with transaction.atomic():
        locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        # The originals are held until the copies are there: their files must not be cleared away in between.
        rows = locked.frames.select_for_update(no_key=True, of=("self",)).filter(pk__in=frames)
        originals = list(rows.select_related("source").order_by("source", "index", "pk"))
        asked = sorted(people, key=lambda person: person.pk)
        dealt = deal(locked, [person.pk for person in asked], originals, each)
        return sum(give(locked, person, dealt[person.pk], by) for person in asked)


def deal(
    project: Project, people: Sequence[int], originals: Sequence[Frame], each: int | None
) -> dict[int, Sequence[Frame]]:
    """By person, what they get for each frame to have ``each`` people: who has least to do comes first."""
    if each is None:
        return dict.fromkeys(people, originals)
    copies = copies_of(project)
    person_of = {copy.project.pk: copy.person.pk for copy in copies}
    left = dict.fromkeys(people, 0) | {copy.person.pk: copy.frames - copy.done for copy in copies}
    holders: dict[str, set[int]] = defaultdict(set)
    rows = Frame.objects.filter(project__in=person_of).order_by()
    for copy, original in rows.values_list("project", "original_md5"):
        holders[original].add(person_of[copy])
    dealt: dict[int, list[Frame]] = {person: [] for person in people}
    for frame in originals:
        has = holders[frame.original_md5]
        free = sorted(set(people) - has, key=lambda person: (left[person], person))
        for person in free[: max(each - len(has), 0)]:
            dealt[person].append(frame)
            left[person] += 1
    return dict(dealt)


def give(project: Project, person: User, originals: Sequence[Frame], by: User) -> int:
    """How many were added. For nothing no copy is made; one that is there gets the labels that it does not have."""
    if not originals and own_copy(project, person) is None:
        return 0
    return add(copy_for(project, person, by), originals)


def check(project: Project, people: Collection[User], frames: Collection[int]) -> None:
    """Raises CopyRefused."""
    if project.copy_of_id is not None:
        raise CopyRefused(_("This project is itself a copy. Ask in the project that it is a copy of."))
    if not 0 < len(people) <= MOST_PEOPLE:
        raise CopyRefused(
            _("Choose between 1 and %(most)s people. Nothing was changed.") % {"most": MOST_PEOPLE}
        )
    if not frames:
        raise CopyRefused(_("There is no image to label. Nothing was changed."))
    if len(frames) > MOST_FRAMES:
        text = _("At most %(most)s images can be given out at once. Nothing was changed.")
        raise CopyRefused(text % {"most": MOST_FRAMES})


def own_copy(project: Project, person: User) -> Project | None:
    """The copy that the person labels."""
    mine = Membership.objects.filter(user=person, role=Role.ANNOTATOR).values("project")
    return project.copies.filter(pk__in=mine, archived_at__isnull=True).order_by("pk").first()


def copy_for(project: Project, person: User, by: User) -> Project:
    """The copy that the person labels; made with its labels and members where there is none."""
    found = own_copy(project, person)
    if found is not None:
        bring_labels(project, found)
        return found
    copy = Project.objects.create(
        name=f"{project.name[: NAME_CHARACTERS - 40]} · {person.display_name[:36]}",
        description=project.description,
        strategy=project.strategy,
        training_mode=Project.TrainingMode.OFF,
        copy_of=project,
        created_by=by,
    )
    bring_labels(project, copy)
    Membership.objects.create(project=copy, user=person, role=Role.ANNOTATOR)
    if by.pk != person.pk:
        Membership.objects.create(project=copy, user=by, role=Role.REVIEWER)
    return copy


def bring_labels(project: Project, copy: Project) -> None:
    """Those that the copy does not have by name. A key that is taken there is left out."""
    present = list(copy.labels.all())
    names = {label.name.casefold() for label in present}
    keys = {label.key for label in present}
    Label.objects.bulk_create(
        Label(
            project=copy,
            name=label.name,
            color=label.color,
            key="" if label.key in keys else label.key,
            position=label.position,
            is_active=label.is_active,
        )
        for label in project.labels.all()
        if label.name.casefold() not in names
    )


def add(copy: Project, originals: Sequence[Frame]) -> int:
    """Rows for those that the copy does not have; how many."""
    known = set(Frame.everything.filter(project=copy).values_list("original_md5", flat=True))
    fresh = [frame for frame in originals if frame.original_md5 not in known]
    sources = sources_in(copy, {frame.source for frame in fresh})
    Frame.objects.bulk_create(
        Frame(
            project=copy,
            source=sources[frame.source.pk],
            is_blind=True,
            **{name: getattr(frame, name) for name in SHARED},
        )
        for frame in fresh
    )
    return len(fresh)


def sources_in(copy: Project, originals: Iterable[Source]) -> dict[int, Source]:
    """By the id of the original source, the one of the same kind and name in the copy."""
    found = {}
    for source in originals:
        found[source.pk], _made = Source.objects.get_or_create(
            project=copy, kind=source.kind, name=source.name, defaults={"created_by": source.created_by}
        )
    return found


def mark_gold(frames: QuerySet[Frame] | Collection[int], *, is_gold: bool = True) -> int:
    """Whether their boxes are what people are measured with; how many were changed. For the pages and the admin."""
    chosen = frames if isinstance(frames, QuerySet) else Frame.objects.filter(pk__in=frames)
    return chosen.exclude(is_gold=is_gold).update(is_gold=is_gold)
