"""Reading the operation log, in the form it has on the wire."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from annotate.models import Frame, Operation

from .protocol import encode


def encoded_operation(operation: Operation) -> bytes:
    """One entry of ``ev.ops``."""
    entry: dict[str, Any] = {
        "r": operation.revision,
        "client": operation.client,
        "c": operation.counter,
        "k": operation.kind,
        "o": operation.origin,
        "by": operation.user_id,
        "box": operation.box_id,
        "f": operation.fields,
        "b": operation.before,
        "g": operation.gesture,
        "at": int(operation.created_at.timestamp() * 1000),
    }
    if operation.reverts:
        entry["rv"] = operation.reverts
    if operation.overwrote:
        entry["over"] = operation.overwrote
    return encode(entry)


def operations_since(frame_id: int, revision: int, *, limit: int) -> list[tuple[int, bytes]]:
    """(revision, encoded operation) after ``revision``, in order, at most ``limit``."""
    rows = Operation.objects.filter(frame_id=frame_id, revision__gt=revision)
    return encoded_operations(rows.order_by("revision")[:limit])


def encoded_operations(operations: Iterable[Operation]) -> list[tuple[int, bytes]]:
    return [(operation.revision, encoded_operation(operation)) for operation in operations]


def heads_of(frame_ids: Collection[int]) -> dict[int, tuple[int, UUID]]:
    """Per frame that exists: its revision and epoch. One cheap query, what makes a lost message visible."""
    rows = Frame.objects.filter(pk__in=frame_ids).order_by().values_list("pk", "revision", "epoch")
    return {pk: (revision, epoch) for pk, revision, epoch in rows}
