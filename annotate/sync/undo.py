"""What an undo or redo does. The rules are pure; the stack is read from the log by the caller.

An undo or redo of a gesture gives back every field whose present value still comes from that gesture.
Where a value comes from is BoxState.authored: a write makes itself the author, an undo or redo gives the
value back to its earlier author. So k undos and k redos with nobody else at work lead back to the same state.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from annotate.geometry import is_too_short

from .apply import deletion_of, restoration_of
from .operations import BoxState, Change, FieldValue, LoggedChange, Skipped


@dataclass(frozen=True, slots=True)
class StackEntry:
    """One logged operation of a person, as far as the stack needs it."""

    gesture: str
    origin: Literal["user", "undo", "redo"]
    reverts: str


@dataclass(frozen=True, slots=True)
class Stack:
    """Gestures that can be undone, and undo gestures that can be redone; the newest last."""

    done: tuple[str, ...]
    undone: tuple[str, ...]


def stack_of(entries: Iterable[StackEntry]) -> Stack:
    """Fold a person's operations on a frame, oldest first."""
    done: dict[str, None] = {}
    undone: dict[str, str] = {}  # undo gesture -> the gesture it took back
    for entry in entries:
        if entry.origin == "user":
            if entry.gesture not in done:
                undone.clear()
            done[entry.gesture] = None
        elif entry.origin == "undo":
            done.pop(entry.reverts, None)
            undone[entry.gesture] = entry.reverts
        elif entry.reverts in undone:
            done[undone.pop(entry.reverts)] = None
    return Stack(tuple(done), tuple(undone))


@dataclass(frozen=True, slots=True)
class Reversal:
    changes: tuple[Change, ...]
    skipped: tuple[Skipped, ...]


def reversal_of(
    logged: Iterable[LoggedChange],
    boxes: Mapping[UUID, BoxState],
    *,
    touched_by_others: frozenset[UUID],
    lost_labels: frozenset[int] = frozenset(),
) -> Reversal:
    """The changes that take back ``logged`` (the operations of one gesture, oldest first).

    ``touched_by_others`` names the created boxes that somebody else has changed since, ``lost_labels`` those
    labels of ``logged`` that exist no more.
    """
    by_box: dict[UUID, list[LoggedChange]] = {}
    for change in logged:
        by_box.setdefault(change.box, []).append(change)
    changes: list[Change] = []
    skipped: list[Skipped] = []
    for box_id, operations in reversed(by_box.items()):
        box = boxes.get(box_id)
        if box is None:
            continue
        box_changes, left = _box_reversal(box, operations, box_id in touched_by_others, lost_labels)
        changes += box_changes
        if left:
            skipped.append(Skipped(box_id, tuple(sorted(left))))
    return Reversal(tuple(changes), tuple(skipped))


def _box_reversal(
    box: BoxState, operations: list[LoggedChange], touched: bool, lost_labels: frozenset[int]
) -> tuple[list[Change], set[str]]:
    if operations[0].kind == "create":
        return _creation_reversal(box, touched)
    life, left = _life_reversal(box, [op for op in operations if op.kind != "set"])
    writes = [op for op in operations if op.kind == "set"]
    values, values_left = _fields_reversal(box, writes, lost_labels)
    # Only a live box can be written: a restoration comes first, a deletion last.
    if box.is_deleted and life is None:
        values, values_left = None, {name for op in writes for name in op.before}
    changes = (life, values) if box.is_deleted else (values, life)
    return [change for change in changes if change is not None], left | values_left


def _life_reversal(box: BoxState, operations: list[LoggedChange]) -> tuple[Change | None, set[str]]:
    if not operations:
        return None, set()
    if not _comes_from(box, "deleted", operations):
        return None, {"deleted"}
    if (operations[0].kind == "delete") != box.is_deleted:
        return None, set()
    back = restoration_of(box) if box.is_deleted else deletion_of(box)
    authored = {"deleted": operations[0].authored_before.get("deleted", 0)}
    return replace(back, authored=authored), set()


def _creation_reversal(box: BoxState, touched: bool) -> tuple[list[Change], set[str]]:
    if box.is_deleted:
        return [], set()
    if touched:
        return [], {"deleted"}
    return [replace(deletion_of(box), authored={"deleted": 0})], set()


def _fields_reversal(
    box: BoxState, operations: list[LoggedChange], lost_labels: frozenset[int]
) -> tuple[Change | None, set[str]]:
    first: dict[str, LoggedChange] = {}
    for operation in operations:
        for name in operation.before:
            first.setdefault(name, operation)
    wanted: dict[str, FieldValue] = {
        name: operation.before[name]
        for name, operation in first.items()
        if _comes_from(box, name, [op for op in operations if name in op.before])
    }
    if wanted.get("label") in lost_labels:
        del wanted["label"]
    for name in _edges_that_no_longer_fit(box, wanted):
        wanted.pop(name, None)
    left = first.keys() - wanted.keys()
    if not wanted:
        return None, left
    change = Change(
        "set",
        box.id,
        fields=wanted,
        before={name: box.fields[name] for name in wanted},
        authored_before={name: box.authored.get(name, 0) for name in wanted},
        authored={name: first[name].authored_before.get(name, 0) for name in wanted},
    )
    return change, left


def _comes_from(box: BoxState, name: str, operations: list[LoggedChange]) -> bool:
    return box.authored.get(name, 0) in {operation.author_of(name) for operation in operations}


def _edges_that_no_longer_fit(box: BoxState, values: dict[str, FieldValue]) -> set[str]:
    """Edges of an axis that would cross because somebody moved the opposite edge since."""
    fields = {**box.fields, **values}
    crossing: set[str] = set()
    for low, high in (("x1", "x2"), ("y1", "y2")):
        if is_too_short(fields[low], fields[high]):
            crossing |= {low, high}
    return crossing
