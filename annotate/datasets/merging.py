"""What the boxes of a file do to those of a frame: which are there already, which are new, which change or go. Pure.

The id of a box that a file does not name is made from what the box is (``identity``), hence the same file, or another
one that says the same, changes nothing the second time; and what people have moved or deleted since stays as it is.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from ..sync.operations import EDGES, BoxState, Command

SAME_PX = 1.0
"""A box of the same label, no edge of which is further away, is the same box: formats round."""
NAMESPACE = UUID("5a0c3b0e-7c0e-5f0f-9d3c-2f6f3f2b7a11")

Existing = Literal["add", "skip", "replace"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A box of the file. ``fields``: of a create command. ``own``: the id that the file gives, if any."""

    identity: UUID
    own: UUID | None
    fields: Mapping[str, Any]
    source: str
    confidence: float | None


@dataclass(slots=True)
class Plan:
    """``commands`` in order, counters from 1. The counts say what becomes of the boxes of the file, and ``removed``
    how many others go; ``kept_deleted``: deleted by people since an earlier import of them."""

    commands: list[Command] = field(default_factory=list)
    added: int = 0
    present: int = 0
    changed: int = 0
    removed: int = 0
    kept_deleted: int = 0
    skipped: int = 0


def identity(project_id: int, frame_id: int, key: str, place: int) -> UUID:
    """Of a box: ``key`` says what it is, ``place`` tells equal ones of a frame apart."""
    return uuid.uuid5(NAMESPACE, f"{project_id}:{frame_id}:{key}:{place}")


def key_of(label: int, edges: Sequence[float]) -> str:
    return f"{label}:" + ",".join(f"{edge:.2f}" for edge in edges)


def plan_for(
    boxes: Mapping[UUID, BoxState],
    wanted: Sequence[Wanted],
    *,
    existing: Existing,
    gesture: str,
    taken: frozenset[UUID] = frozenset(),
    replaced: str = "all",
) -> Plan:
    """``boxes``: of the frame, deleted ones too. ``taken``: ids that are boxes of other frames. ``replaced``: "all" of
    them may be replaced, or only open "proposals"."""
    plan = Plan()
    live = {pk: box for pk, box in boxes.items() if not box.is_deleted}
    if existing == "skip" and live:
        plan.skipped = len(wanted)
        return plan
    merge = _Merge(plan, boxes, _Near(live), gesture)
    for one in wanted:
        merge.take(one, taken, changes=existing == "replace")
    if existing == "replace":
        merge.remove([box for pk, box in live.items() if pk not in merge.met and _may_go(box, replaced)])
    return plan


def _may_go(box: BoxState, replaced: str) -> bool:
    return replaced == "all" or (box.source == "model" and box.fields["status"] == "proposed")


class _Merge:
    def __init__(self, plan: Plan, boxes: Mapping[UUID, BoxState], near: "_Near", gesture: str) -> None:
        self.plan = plan
        self.boxes = boxes
        self.near = near
        self.gesture = gesture
        self.met: set[UUID] = set()

    def take(self, one: Wanted, taken: frozenset[UUID], *, changes: bool) -> None:
        known = self._known(one)
        if known is not None:
            self.met.add(known.id)
            return self._meet(known, one, changes=changes)
        near = self.near.find(one.fields, self.met)
        if near is not None:
            self.met.add(near)
            self.plan.present += 1
            return
        is_free = one.own is not None and one.own not in taken and one.own not in self.met
        box = one.own if is_free and one.own is not None else one.identity
        self.met.add(box)
        self.plan.added += 1
        self._say("create", box, dict(one.fields), source=one.source, confidence=one.confidence)

    def remove(self, boxes: Sequence[BoxState]) -> None:
        for box in boxes:
            self.plan.removed += 1
            self._say("delete", box.id)

    def _known(self, one: Wanted) -> BoxState | None:
        for pk in (one.identity, one.own):
            if pk is not None and pk in self.boxes and pk not in self.met:
                return self.boxes[pk]
        return None

    def _meet(self, box: BoxState, one: Wanted, *, changes: bool) -> None:
        if not changes:
            if box.is_deleted:
                self.plan.kept_deleted += 1
            else:
                self.plan.present += 1
            return
        fields = {name: value for name, value in one.fields.items() if box.fields[name] != value}
        if box.source != "model":
            # Only what a model proposed can be rated, or waits for a person: what somebody drew stays accepted.
            for name in ("feedback", "status"):
                fields.pop(name, None)
        if box.is_deleted:
            self._say("restore", box.id)
        if fields:
            # Seen as it is now, with the frame locked: nothing can be stale.
            self._say("set", box.id, fields, base=dict.fromkeys(fields, 2**53 - 1))
        if fields or box.is_deleted:
            self.plan.changed += 1
        else:
            self.plan.present += 1

    def _say(self, kind: Any, box: UUID, fields: dict[str, Any] | None = None, **more: Any) -> None:
        counter = len(self.plan.commands) + 1
        self.plan.commands.append(
            Command(counter, kind, box=box, fields=fields or {}, gesture=self.gesture, **more)
        )


class _Near:
    """Finds a live box of the same label with all edges within SAME_PX, by a grid of the upper left corner."""

    def __init__(self, live: Mapping[UUID, BoxState]) -> None:
        self.cells: dict[tuple[int, int, int], list[BoxState]] = defaultdict(list)
        for box in live.values():
            self.cells[_cell(box.fields)].append(box)

    def find(self, fields: Mapping[str, Any], met: set[UUID]) -> UUID | None:
        label, column, row = _cell(fields)
        for dx in (0, -1, 1):
            for dy in (0, -1, 1):
                for box in self.cells.get((label, column + dx, row + dy), ()):
                    if box.id not in met and all(
                        abs(box.fields[edge] - fields[edge]) <= SAME_PX for edge in EDGES
                    ):
                        return box.id
        return None


def _cell(fields: Mapping[str, Any]) -> tuple[int, int, int]:
    return fields["label"], int(fields["x1"] // SAME_PX), int(fields["y1"] // SAME_PX)
