"""One change of many boxes, on any number of frames: what is asked, and what it would do."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar
from uuid import UUID

from msgspec import Struct

from ..models import Box, Frame, Label

T = TypeVar("T")
MOST_BOXES = 20_000
AT_ONCE = 500
"""Ids in one query: SQLite takes no more than a thousand parameters on old systems."""

Action = Literal["accept", "reject", "reopen", "relabel", "delete"]
WRITTEN = {"accept": "accepted", "reject": "rejected", "reopen": "proposed"}


class BulkEdit(Struct, forbid_unknown_fields=True):
    """``boxes``: ids. ``label``: name of the new one, for relabel alone; each project has its own of that name."""

    action: Action
    boxes: list[UUID]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A box as it was when it was looked at."""

    id: UUID
    frame_id: int
    project_id: int
    label: str
    status: str


@dataclass(slots=True)
class Preview:
    """What an edit would do now. ``changing``: by frame; ``unchanged``: how many are so already; ``left_out``: how many
    by reason: gone (deleted, or never there), no_label (the project has no active label of that name).

    ``digest`` tells whether anything of it has changed since: it is made of the boxes that change and of what would be
    overwritten. What people do beside them makes no preview old; before a box is deleted, any change of its frame does.
    """

    action: Action

    changing: dict[int, list[Target]] = field(default_factory=dict)
    unchanged: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    revisions: dict[int, int] = field(default_factory=dict)

    @property
    def boxes(self) -> int:
        return sum(map(len, self.changing.values()))

    @property
    def projects(self) -> set[int]:
        return {targets[0].project_id for targets in self.changing.values()}

    @property
    def digest(self) -> str:
        facts: list[tuple[object, ...]] = [
            (one.id.hex, one.label, one.status) for targets in self.changing.values() for one in targets
        ]
        if self.action == "delete":
            facts += self.revisions.items()
        return hashlib.sha256(repr(sorted(facts, key=repr)).encode()).hexdigest()

    def counts(self) -> Counter[tuple[str, str]]:
        """How many boxes change, by present label and status."""
        return Counter((one.label, one.status) for targets in self.changing.values() for one in targets)


def preview_of(edit: BulkEdit, *, within: int | None = None) -> Preview:
    """Two queries per AT_ONCE boxes. Boxes that are named twice count once. ``within``: id of a project; boxes of
    others are not there."""
    preview = Preview(edit.action)
    wanted = list(dict.fromkeys(edit.boxes))
    targets = [one for one in targets_of(wanted) if within in (None, one.project_id)]
    preview.left_out["gone"] = len(wanted) - len(targets)
    labels = labels_named(edit.label, {one.project_id for one in targets})
    for one in targets:
        if edit.action == "relabel" and one.project_id not in labels:
            preview.left_out["no_label"] += 1
        elif is_so(one, edit):
            preview.unchanged += 1
        else:
            preview.changing.setdefault(one.frame_id, []).append(one)
    preview.revisions = revisions_of(preview.changing)
    return preview


def is_so(target: Target, edit: BulkEdit) -> bool:
    if edit.action == "relabel":
        return target.label.casefold() == edit.label.casefold()
    return edit.action != "delete" and target.status == WRITTEN[edit.action]


def targets_of(boxes: Sequence[UUID]) -> Iterator[Target]:
    """Those that are there, on frames that are."""
    names = ("pk", "frame_id", "frame__project_id", "label__name", "status")
    alive = Box.objects.filter(deleted_revision__isnull=True, frame__set_aside_at__isnull=True)
    for some in chunked(boxes):
        rows = alive.filter(pk__in=some).order_by("frame_id", "pk")
        yield from (Target(*row) for row in rows.values_list(*names))


def revisions_of(frames: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for some in chunked(sorted(frames)):
        found |= dict(Frame.objects.filter(pk__in=some).values_list("pk", "revision"))
    return found


def labels_named(name: str, projects: Iterable[int]) -> dict[int, int]:
    """By project, the id of its active label of that name."""
    if not name:
        return {}
    labels = Label.objects.filter(project__in=list(projects), name__iexact=name, is_active=True)
    return dict(labels.values_list("project_id", "pk"))


def chunked(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
