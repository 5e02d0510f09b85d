"""What people agree on becomes the boxes of the original frame; what they dispute becomes comments for its reviewer.

One transaction per frame, through submit() like every edit, as one gesture of whoever merges; so it can be taken back.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ..bulk.apply import undo_on_frame
from ..comments import CommentRefused, Pin, add_comment
from ..comments import delete as delete_comment
from ..frames import set_status
from ..geometry import MIN_SIDE_PX, Edges
from ..models import Box, Comment, Frame, Label, Project, StatusChange, User, locked_frames
from ..sync.operations import Command
from ..sync.submit import Submission, submit
from .comparing import Pile, looks_at
from .consensus import Agreed, Consensus, consensus_of
from .copies import Copy
from .matching import Group
from .measures import Looked

MERGED, HAS_BOXES, DONE_ALREADY, GONE, BUSY = "merged", "has_boxes", "done", "gone", "busy"
"""What became of a frame; all but the first leave it as it was."""
UNDONE, CHANGED = "undone", "changed"
LONGEST = 1900
"""Characters of a comment; people with long names are cut rather than refused."""


@dataclass(frozen=True, slots=True)
class Words:
    """How people are called, by id, and labels, by folded name."""

    people: dict[int, str]
    labels: dict[str, str]


def words_for(project: Project, copies: Sequence[Copy]) -> Words:
    labels = {name.casefold(): name for name in project.labels.values_list("name", flat=True)}
    return Words({copy.person.pk: copy.person.display_name for copy in copies}, labels)


def why_not(frame: Frame) -> str:
    """Why the frame is not merged into: it is finished, or holds accepted boxes already. Empty when it can be."""
    if frame.status in Frame.DONE:
        return DONE_ALREADY
    kept = Box.objects.filter(frame=frame, deleted_revision__isnull=True, status=Box.Status.ACCEPTED)
    return HAS_BOXES if kept.exists() else ""


def mergeable(piles: Sequence[Pile]) -> tuple[list[Pile], int]:
    """Those that can be merged now, and how many more are ready but left out (``why_not``). One query."""
    ready = [pile for pile in piles if pile.is_ready]
    drawn = set(
        Box.objects.filter(
            frame__in=[pile.original.pk for pile in ready if pile.original.status not in Frame.DONE],
            deleted_revision__isnull=True,
            status=Box.Status.ACCEPTED,
        ).values_list("frame", flat=True)
    )
    free = [
        pile for pile in ready if pile.original.status not in Frame.DONE and pile.original.pk not in drawn
    ]
    return free, len(ready) - len(free)


def merge_frame(pile: Pile, user: User, words: "Words", *, key: UUID) -> tuple[str, int, int]:
    """What became of it, how many boxes it got, and how many disputes it has.

    ``key`` names the merge: done again after a crash, it finds what it did.
    """
    with transaction.atomic():
        frame = locked_frames(Frame.objects.filter(pk=pile.original.pk)).first()
        if frame is None:
            return GONE, 0, 0
        if is_merged(frame):
            return MERGED, 0, 0
        why = why_not(frame)
        if why:
            return why, 0, 0
        look = looks_at([pile])[frame.pk]
        found = consensus_of(look.boxes, len(look.people))
        labels = labels_of(frame)
        agreed = [one for one in found.agreed if one.label in labels]
        write(frame, agreed, labels, user, key)
        disputes = list(disputes_in(found, labels))
        for number, group in enumerate(disputes):
            say(frame, who_said_what(look, group, words), group, user, uuid5(key, f"{frame.pk}:{number}"))
        Frame.objects.filter(pk=frame.pk).update(merged_from=len(look.people))
        # Nobody's own work: whoever merges has drawn nothing, and may review it.
        set_status(frame.pk, Frame.Status.COMPLETE, None)
    return MERGED, len(agreed), len(disputes)


def is_merged(frame: Frame) -> bool:
    """Whether a merge, and no person, said last that it is complete."""
    if not frame.merged_from:  # a person who is gone said so
        return False
    last = StatusChange.objects.filter(frame=frame).order_by("-pk").first()
    return last is not None and last.after == frame.status == Frame.Status.COMPLETE and last.user_id is None


def gesture_of(key: UUID) -> str:
    return f"merge-{key}"


def labels_of(frame: Frame) -> dict[str, int]:
    """The active labels of its project, by folded name."""
    rows = Label.objects.filter(project=frame.project_id, is_active=True)
    return {name.casefold(): pk for name, pk in rows.values_list("name", "pk")}


def disputes_in(found: Consensus, labels: dict[str, int]) -> Iterator[Group]:
    """Also what all call by a name that the project does not have (any more)."""
    yield from (one.group for one in found.disputed)
    yield from (one.group for one in found.agreed if one.label not in labels)


def write(frame: Frame, agreed: Sequence[Agreed], labels: dict[str, int], user: User, key: UUID) -> None:
    commands = [
        Command(
            counter=number,
            kind="create",
            box=uuid5(key, f"{frame.pk}:box:{number}"),
            fields={**edges_in(frame, one.edges), "label": labels[one.label]},
            gesture=gesture_of(key),
        )
        for number, one in enumerate(agreed, start=1)
    ]
    if commands:
        submit(frame.pk, [Submission(uuid.uuid4(), user.pk, commands, "admin")])


def edges_in(frame: Frame, edges: Edges) -> dict[str, float]:
    """Never narrower than a box may be: medians of sides come from different people."""
    x1 = min(edges.x1, frame.width - MIN_SIDE_PX)
    y1 = min(edges.y1, frame.height - MIN_SIDE_PX)
    return {"x1": x1, "y1": y1, "x2": max(edges.x2, x1 + MIN_SIDE_PX), "y2": max(edges.y2, y1 + MIN_SIDE_PX)}


def say(frame: Frame, what: str, group: Group, user: User, key: UUID) -> None:
    """A comment at the middle of the object. No comment where there are too many already."""
    edges = group[0].edges
    pin = Pin(
        x=min((edges.x1 + edges.x2) / 2, float(frame.width)),
        y=min((edges.y1 + edges.y2) / 2, float(frame.height)),
    )
    text = _("People disagree here. %(what)s") % {"what": what}
    try:
        add_comment(frame.pk, user, key, text[:LONGEST], pin, is_dispute=True)
    except CommentRefused:  # the image holds as many as it can
        return


def who_said_what(look: Looked, group: Group, words: Words) -> str:
    """Such as "Ada: car · Linus: nothing"."""
    said = {box.person: box.label for box in group}
    return " · ".join(
        _("%(person)s: %(label)s")
        % {
            "person": words.people[person],
            "label": words.labels.get(said[person], said[person]) if person in said else _("nothing"),
        }
        for person in look.people
    )


def undo_frame(frame_id: int, before: str, user: User, *, key: UUID) -> str:
    """Takes the merge back: its boxes as far as nobody changed them since, its comments that nobody answered, and the
    status. Where somebody decided about the image meanwhile, all stays as it is."""
    with transaction.atomic():
        frame = locked_frames(Frame.objects.filter(pk=frame_id)).first()
        if frame is None:
            return GONE
        if not is_merged(frame):
            return CHANGED
        undo_on_frame(frame_id, user_id=user.pk, gesture=gesture_of(key))
        for comment in comments_of(frame, key):
            delete_comment(comment)
        Frame.objects.filter(pk=frame_id).update(merged_from=0)
        set_status(frame_id, before, user)
    return UNDONE


def comments_of(frame: Frame, key: UUID) -> Iterator[Comment]:
    """Those of the merge that stand and that nobody answered."""
    for number in count():
        comment = Comment.objects.filter(pk=uuid5(key, f"{frame.pk}:{number}"), frame=frame).first()
        if comment is None:
            return
        replies: QuerySet[Comment] = Comment.objects.filter(parent=comment, deleted_at__isnull=True)
        if comment.deleted_at is None and not replies.exists():
            yield comment
