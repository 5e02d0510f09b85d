"""Between rows and the words of sync.operations. Used by submit, snapshot and log; decides nothing."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import Struct

from annotate.models import Box, Operation

from . import statements
from .operations import EDGES, FIELDS, BoxState, Change, LoggedChange, Opinion
from .opinions import FIELD, LoggedOpinion, OpinionChange, as_fields

BOX_COLUMNS = (
    "id",
    *EDGES,
    "label_id",
    "attributes",
    "z",
    "status",
    "feedback",
    "source",
    "confidence",
    "detection_id",
    "created_by_id",
    "created_revision",
    "deleted_revision",
    "versions",
    "authored",
)
UPDATED_COLUMNS = (
    *EDGES,
    "label_id",
    "attributes",
    "z",
    "status",
    "feedback",
    "versions",
    "authored",
    "deleted_revision",
)


def state_of(row: Iterable[Any]) -> BoxState:
    """From a row of BOX_COLUMNS."""
    box_id, *values, source, confidence, detection, by, created, deleted, versions, authored = row
    if "feedback" not in versions:  # written before boxes could be rated
        versions = {**versions, "feedback": created}
    return BoxState(
        id=box_id,
        fields=dict(zip(FIELDS, values, strict=True)),
        source=source,
        confidence=confidence,
        detection=detection,
        created_by=by,
        created_revision=created,
        deleted_revision=deleted,
        versions=versions,
        authored=authored,
    )


def asked_states(box_ids: Collection[UUID]) -> statements.Reading:
    """See ``states_in``."""
    return statements.read(Box, ("frame_id", *BOX_COLUMNS), by="id", values=box_ids)


def states_in(reading: statements.Reading) -> dict[UUID, tuple[int, BoxState]]:
    """Per id that exists: its frame and its state."""
    return {row[1]: (row[0], state_of(row[1:])) for row in reading.rows()}


def states_for(box_ids: Collection[UUID]) -> dict[UUID, tuple[int, BoxState]]:
    return states_in(asked_states(box_ids))


class BoxRow(Struct):
    """The columns of Box."""

    id: UUID
    frame_id: int
    x1: float
    y1: float
    x2: float
    y2: float
    label_id: int
    attributes: dict[str, Any]
    z: float
    source: str
    status: str
    feedback: str
    confidence: float | None
    detection_id: UUID | None
    versions: dict[str, int]
    authored: dict[str, int]
    created_by_id: int | None
    created_revision: int
    deleted_revision: int | None


class FrameRow(Struct):
    """The columns of Frame that an edit changes."""

    id: int
    revision: int
    status: str


class OperationRow(Struct):
    """The columns of Operation, but for its key."""

    frame_id: int
    revision: int
    client: UUID
    counter: int
    part: int
    user_id: int | None
    kind: str
    origin: str
    box_id: UUID | None
    fields: dict[str, Any]
    before: dict[str, Any]
    authored_before: dict[str, int]
    authored: dict[str, int]
    overwrote: dict[str, int]
    gesture: str
    reverts: str
    offline: bool
    ms: int | None
    created_at: datetime


def box_row(frame_id: int, state: BoxState) -> BoxRow:
    fields = state.fields
    return BoxRow(
        id=state.id,
        frame_id=frame_id,
        x1=fields["x1"],
        y1=fields["y1"],
        x2=fields["x2"],
        y2=fields["y2"],
        label_id=fields["label"],
        attributes=fields["attributes"],
        z=fields["z"],
        source=state.source,
        status=fields["status"],
        feedback=fields["feedback"],
        confidence=state.confidence,
        detection_id=state.detection,
        versions=state.versions,
        authored=state.authored,
        created_by_id=state.created_by,
        created_revision=state.created_revision,
        deleted_revision=state.deleted_revision,
    )


class Recorded(NamedTuple):
    """What an operation is about and what it does: the columns that its change decides."""

    kind: str
    box_id: UUID | None
    fields: dict[str, Any]
    before: dict[str, Any]
    authored_before: dict[str, int]
    authored: dict[str, int]
    overwrote: dict[str, int]


def recorded(change: Change, box: BoxState) -> Recorded:
    """``box``: after the change."""
    fields = change.fields
    if change.kind in ("create", "restore"):  # whole, so that the log alone tells what the box is
        marks = {"source": box.source, "confidence": box.confidence, "detection": box.detection}
        fields = {**fields, **marks, "by": box.created_by}
    return Recorded(
        change.kind,
        change.box,
        fields,
        change.before,
        change.authored_before,
        change.authored,
        change.overwrote,
    )


def recorded_opinion(change: OpinionChange) -> Recorded:
    """About no box: which detection it is about is one of its fields."""
    return Recorded(
        "rate",
        None,
        {"detection": str(change.detection), **as_fields(change.opinion)},
        as_fields(change.before),
        {FIELD: change.authored_before},
        {} if change.authored is None else {FIELD: change.authored},
        {},
    )


def operation_row(
    what: Recorded,
    *,
    frame_id: int,
    revision: int,
    client: UUID,
    counter: int,
    part: int,
    user_id: int | None,
    origin: str,
    gesture: str,
    reverts: str,
    offline: bool,
    ms: int | None,
    at: datetime,
) -> OperationRow:
    return OperationRow(
        frame_id=frame_id,
        revision=revision,
        client=client,
        counter=counter,
        part=part,
        user_id=user_id,
        origin=origin,
        gesture=gesture,
        reverts=reverts,
        offline=offline,
        ms=ms,
        created_at=at,
        **what._asdict(),
    )


def logged_change(operation: Operation) -> LoggedChange:
    """Of an operation on a box."""
    assert operation.box_id is not None  # noqa: S101  (a constraint of the table)
    return LoggedChange(
        revision=operation.revision,
        kind=operation.kind,  # type: ignore[arg-type]  # choices are the same words
        box=operation.box_id,
        fields=operation.fields,
        before=operation.before,
        authored_before=operation.authored_before,
        authored=operation.authored,
    )


def logged_opinion(operation: Operation) -> LoggedOpinion:
    """Of an operation of kind ``rate``."""
    return LoggedOpinion(
        detection=UUID(operation.fields["detection"]),
        before=opinion_in(operation.before),
        authored_before=operation.authored_before[FIELD],
        authored=operation.authored.get(FIELD, operation.revision),
    )


def opinion_in(fields: dict[str, Any]) -> Opinion:
    return Opinion(fields["feedback"], fields["note"])
