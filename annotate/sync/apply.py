"""From a command and a box to a change, and from a change to the next state of the box. Pure.

``change_for`` decides; ``apply`` executes. ``apply`` is also how the log is replayed.
"""

import math
from collections.abc import Mapping
from uuid import UUID

import msgspec

from annotate.geometry import Edges, GeometryError, merged_edges

from .operations import (
    DEFAULTS,
    EDGES,
    FIELDS,
    STRICT_FIELDS,
    BoxState,
    Change,
    Code,
    Command,
    FieldValue,
    FrameFacts,
    Refusal,
)

MAX_ATTRIBUTES_BYTES = 4096
MAX_Z = 1e9


def change_for(command: Command, box: BoxState | None, facts: FrameFacts) -> Change | None:
    """What the command does to ``box`` (None: no such box on this frame).

    None when there is nothing to do. Raises Refusal. Not for undo and redo: see sync.undo.
    """
    if command.kind == "create":
        return _create(command, box, facts)
    if box is None:
        raise Refusal(Code.GONE, "no such box on this frame")
    if command.kind == "set":
        return _set(command, box, facts)
    if command.kind == "delete":
        return _delete(command, box)
    if command.kind == "restore":
        return restoration_of(box) if box.is_deleted else None
    raise Refusal(Code.INVALID, f"{command.kind} is not a change of one box")


def _create(command: Command, box: BoxState | None, facts: FrameFacts) -> Change:
    if box is not None or command.box is None:
        raise Refusal(Code.EXISTS, "a box with this id exists")
    if "label" not in command.fields:
        raise Refusal(Code.INVALID, "a label is needed")
    if command.confidence is not None and not 0 <= command.confidence <= 1:
        raise Refusal(Code.INVALID, "the confidence is not between 0 and 1")
    fields = {**DEFAULTS, **_checked(command.fields, None, facts)}
    return Change("create", command.box, fields=fields)


def _set(command: Command, box: BoxState, facts: FrameFacts) -> Change | None:
    if not command.fields:
        raise Refusal(Code.INVALID, "no field to set")
    if box.is_deleted:
        raise Refusal(Code.GONE, "the box was deleted", versions={"deleted": box.versions["deleted"]})
    _check_base(command, box)
    values = _checked(command.fields, box, facts)
    changed = {name: value for name, value in values.items() if value != box.fields[name]}
    if not changed:
        return None
    _check_rating(changed, box)
    if not command.offline:  # there it could overwrite a verdict that the author never saw
        changed |= _implied_verdict(changed, box)
    if "feedback" not in command.fields:
        changed |= _implied_rating(changed, box)
    return Change(
        "set",
        box.id,
        fields=changed,
        before={name: box.fields[name] for name in changed},
        authored_before={name: box.authored.get(name, 0) for name in changed},
        overwrote={
            name: box.versions[name]
            for name in changed
            if name in command.base and box.versions[name] > command.base[name]
        },
    )


def _check_rating(changed: Mapping[str, FieldValue], box: BoxState) -> None:
    if "feedback" in changed and box.source != "model":
        raise Refusal(Code.INVALID, "only what a model proposed can be rated")


def _implied_verdict(changed: Mapping[str, FieldValue], box: BoxState) -> dict[str, FieldValue]:
    """Whoever moves or relabels a proposal has accepted it, as corrected."""
    is_open = box.source == "model" and box.fields["status"] == "proposed"
    if is_open and "status" not in changed and not changed.keys().isdisjoint({*EDGES, "label"}):
        return {"status": "accepted"}
    return {}


def _implied_rating(changed: Mapping[str, FieldValue], box: BoxState) -> dict[str, FieldValue]:
    """Neutral says that it is undecided: whoever decides on it takes that back."""
    is_decided = changed.get("status", "proposed") != "proposed"
    return {"feedback": ""} if is_decided and box.fields["feedback"] == "neutral" else {}


def _delete(command: Command, box: BoxState) -> Change | None:
    if box.is_deleted:
        return None
    _check_base(command, box)
    return deletion_of(box)


def _check_base(command: Command, box: BoxState) -> None:
    """Strict fields always, every field of an offline edit: newer than what the author saw is stale. A verdict that the
    author names in ``base`` is compared too, whatever else the command does: it is what the author went by."""
    written = command.fields.keys() if command.offline else command.fields.keys() & STRICT_FIELDS
    for name in written:
        if name not in command.base:
            raise Refusal(Code.INVALID, f"base is needed for {name}")
    strict = written | (command.base.keys() & STRICT_FIELDS)
    newer = [name for name in sorted(strict) if box.versions[name] > command.base[name]]
    if newer:
        raise Refusal(
            Code.STALE,
            "changed by somebody else meanwhile",
            current={name: box.fields[name] for name in newer},
            versions={name: box.versions[name] for name in newer},
        )


def _checked(
    given: Mapping[str, FieldValue], box: BoxState | None, facts: FrameFacts
) -> dict[str, FieldValue]:
    """The values as they will be stored, or Refusal."""
    values = dict(given)
    edges = {name: values[name] for name in EDGES if name in values}
    if edges or box is None:
        try:
            present = edges_of(box) if box else None
            merged = merged_edges(present, edges, width=facts.width, height=facts.height)
        except GeometryError as error:
            raise Refusal(Code.INVALID, str(error)) from error
        for name in edges:
            values[name] = getattr(merged, name)
    if "label" in values and values["label"] not in facts.labels:
        raise Refusal(Code.INVALID, "the label does not exist, or is no longer in use")
    if "attributes" in values:
        values["attributes"] = _checked_attributes(values["attributes"])
    if "z" in values:
        if not -MAX_Z <= values["z"] <= MAX_Z:
            raise Refusal(Code.INVALID, "z is out of range")
        values["z"] += 0.0  # turns -0.0 into 0.0
    return values


def _checked_attributes(attributes: dict[str, FieldValue]) -> dict[str, FieldValue]:
    if len(msgspec.json.encode(attributes)) > MAX_ATTRIBUTES_BYTES:
        raise Refusal(Code.INVALID, "attributes are larger than 4 KiB")
    for part in (*attributes, *attributes.values()):
        if isinstance(part, str) and "\0" in part:
            raise Refusal(Code.INVALID, "attributes contain a NUL character")
        if isinstance(part, float) and not math.isfinite(part):
            raise Refusal(Code.INVALID, "a number in attributes is not finite")
    return {name: value + 0.0 if isinstance(value, float) else value for name, value in attributes.items()}


def edges_of(box: BoxState) -> Edges:
    return Edges(**{name: box.fields[name] for name in EDGES})


def deletion_of(box: BoxState) -> Change:
    return Change("delete", box.id, authored_before={"deleted": box.authored.get("deleted", 0)})


def restoration_of(box: BoxState) -> Change:
    return Change(
        "restore",
        box.id,
        fields=dict(box.fields),
        authored_before={"deleted": box.authored.get("deleted", 0)},
    )


def apply(
    change: Change,
    boxes: dict[UUID, BoxState],
    *,
    revision: int,
    user: int | None,
    source: str = "human",
    confidence: float | None = None,
    detection: UUID | None = None,
) -> BoxState:
    """Write ``change`` as operation ``revision`` into ``boxes`` and return the box. Checks nothing."""
    if change.kind == "create":
        box = BoxState(
            id=change.box,
            fields=dict(change.fields),
            source=source,
            confidence=confidence,
            detection=detection,
            created_by=user,
            created_revision=revision,
            deleted_revision=None,
            versions=dict.fromkeys((*FIELDS, "deleted"), revision),
            authored=dict.fromkeys((*FIELDS, "deleted"), revision),
        )
        boxes[box.id] = box
        return box
    box = boxes[change.box]
    if change.kind == "set":
        box.fields = {**box.fields, **change.fields}
        written = tuple(change.fields)
        authored = dict.fromkeys(written, revision)
    else:
        box.deleted_revision = revision if change.kind == "delete" else None
        written = ("deleted",) if change.kind == "delete" else (*FIELDS, "deleted")
        authored = {"deleted": revision}
    box.versions = {**box.versions, **dict.fromkeys(written, revision)}
    box.authored = {**box.authored, **authored, **change.authored}
    return box
