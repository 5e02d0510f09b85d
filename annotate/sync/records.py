"""Between rows and the words of sync.operations. Used by submit, snapshot and log; decides nothing."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from annotate.models import Box, Operation

from .operations import EDGES, FIELDS, BoxState, Change, LoggedChange

BOX_COLUMNS = (
    "id",
    *EDGES,
    "label_id",
    "attributes",
    "z",
    "status",
    "source",
    "confidence",
    "created_by_id",
    "created_revision",
    "deleted_revision",
    "versions",
    "authored",
)
UPDATED_COLUMNS = (*FIELDS, "versions", "authored", "deleted_revision")


def state_of(row: Iterable[Any]) -> BoxState:
    """From a row of BOX_COLUMNS."""
    box_id, *values, source, confidence, by, created, deleted, versions, authored = row
    return BoxState(
        id=box_id,
        fields=dict(zip(FIELDS, values, strict=True)),
        source=source,
        confidence=confidence,
        created_by=by,
        created_revision=created,
        deleted_revision=deleted,
        versions=versions,
        authored=authored,
    )


def states_for(box_ids: Collection[UUID]) -> dict[UUID, tuple[int, BoxState]]:
    """Per id that exists: its frame and its state."""
    rows = Box.objects.filter(pk__in=box_ids).order_by().values_list("frame_id", *BOX_COLUMNS)
    return {row[1]: (row[0], state_of(row[1:])) for row in rows}


def box_row(frame_id: int, state: BoxState) -> Box:
    fields = dict(state.fields)
    label_id = fields.pop("label")
    return Box(
        id=state.id,
        frame_id=frame_id,
        label_id=label_id,
        source=state.source,
        confidence=state.confidence,
        created_by_id=state.created_by,
        created_revision=state.created_revision,
        deleted_revision=state.deleted_revision,
        versions=state.versions,
        authored=state.authored,
        **fields,
    )


def operation_row(
    *,
    frame_id: int,
    revision: int,
    client: UUID,
    counter: int,
    part: int,
    user_id: int | None,
    origin: str,
    change: Change,
    box: BoxState,
    gesture: str,
    reverts: str,
    offline: bool,
    at: datetime,
) -> Operation:
    fields = change.fields
    if change.kind in ("create", "restore"):  # whole, so that the log alone tells what the box is
        fields = {**fields, "source": box.source, "confidence": box.confidence, "by": box.created_by}
    return Operation(
        frame_id=frame_id,
        revision=revision,
        client=client,
        counter=counter,
        part=part,
        user_id=user_id,
        kind=change.kind,
        origin=origin,
        box_id=change.box,
        fields=fields,
        before=change.before,
        authored_before=change.authored_before,
        authored=change.authored,
        overwrote=change.overwrote,
        gesture=gesture,
        reverts=reverts,
        offline=offline,
        created_at=at,
    )


def logged_change(operation: Operation) -> LoggedChange:
    return LoggedChange(
        revision=operation.revision,
        kind=operation.kind,  # type: ignore[arg-type]  # choices are the same words
        box=operation.box_id,
        fields=operation.fields,
        before=operation.before,
        authored_before=operation.authored_before,
        authored=operation.authored,
    )
