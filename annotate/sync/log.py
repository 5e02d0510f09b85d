"""Reading the operation log, in the form it has on the wire."""

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any, Literal, NamedTuple
from uuid import UUID

from msgspec import Struct

from annotate.models import Frame, Operation

from .protocol import encode
from .records import OperationRow


class WireOperation(Struct, omit_defaults=True):
    """One entry of ``ev.ops``. ``box`` is empty where it is about none; without it, a page that was opened before
    there were such operations would take the message for broken."""

    r: int
    client: UUID
    c: int
    k: str
    o: str
    by: int | None
    box: UUID | Literal[""]
    f: dict[str, Any]
    b: dict[str, Any]
    g: str
    at: int
    rv: str = ""
    over: dict[str, int] = {}


WIRE_COLUMNS = (
    *("revision", "client", "counter", "kind", "origin", "user_id", "box_id", "fields", "before", "gesture"),
    *("created_at", "reverts", "overwrote"),
)
"""In the order of the fields of WireOperation."""
CREATED_AT, BOX = WIRE_COLUMNS.index("created_at"), WIRE_COLUMNS.index("box_id")
_columns_of = attrgetter(*WIRE_COLUMNS)


def operations_since(frame_id: int, revision: int, *, limit: int) -> list[tuple[int, bytes]]:
    """(revision, encoded operation) after ``revision``, in order, at most ``limit``."""
    rows = Operation.objects.filter(frame_id=frame_id, revision__gt=revision).order_by("revision")
    return [(row[0], _encoded(row)) for row in rows.values_list(*WIRE_COLUMNS)[:limit]]


def encoded_operations(operations: Iterable[Operation | OperationRow]) -> list[tuple[int, bytes]]:
    return [(operation.revision, encoded_operation(operation)) for operation in operations]


def encoded_operation(operation: Operation | OperationRow) -> bytes:
    return _encoded(_columns_of(operation))


def _encoded(row: Sequence[Any]) -> bytes:
    """From a row of WIRE_COLUMNS."""
    values = [*row]
    values[BOX] = row[BOX] or ""
    values[CREATED_AT] = int(row[CREATED_AT].timestamp() * 1000)
    return encode(WireOperation(*values))


class Tail(NamedTuple):
    """The end of a log: which log it is, how far it goes, and its operations after some revision."""

    epoch: UUID | None
    revision: int
    operations: list[tuple[int, bytes]]


def tail_of(frame_id: int, revision: int, *, limit: int) -> Tail:
    """The epoch is read after the operations, so that those of an older log never pass for those of this one."""
    operations = operations_since(frame_id, revision, limit=limit)
    epoch, head = Frame.objects.filter(pk=frame_id).values_list("epoch", "revision").first() or (None, 0)
    return Tail(epoch, head, operations)


class Head(NamedTuple):
    """How far a frame is: newest revision, epoch of the log, status; how often comments and detections changed."""

    revision: int
    epoch: UUID
    status: str
    comments: int
    detections: int


def heads_of(frame_ids: Collection[int]) -> dict[int, Head]:
    """Per frame that exists: its head. One cheap query, what makes a lost message visible."""
    frames = Frame.objects.filter(pk__in=frame_ids).order_by()
    rows = frames.values_list("pk", "revision", "epoch", "status", "comments_revision", "detections_revision")
    return {row[0]: Head(*row[1:]) for row in rows}
