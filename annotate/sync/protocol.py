"""The messages of the wire (docs/protocol.md), typed. Decoding is the one place where input is validated."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from .operations import Accepted, BoxState, Command, Opinion, Outcome, Refused
from .opinions import OpinionState, as_fields

VERSION = 1
MAX_MESSAGE_BYTES = 65_536
SENT_BYTES = 262_144
"""About the most that one message carries to a client; web servers refuse to send much larger ones."""
MAX_COMMANDS = 64
MAX_COUNTER = 2**53 - 1

Counter: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_COUNTER)]
Revision: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_COUNTER)]
LabelId: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_COUNTER)]
Milliseconds: TypeAlias = Annotated[int, Meta(ge=0, le=86_400_000)]
Pixel: TypeAlias = Annotated[float, Meta(ge=-1e7, le=1e7)]
Gesture: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A[A-Za-z0-9.:_-]+\Z")]
# A browser that merges attributes must not have the prototype of its objects replaced.
AttributeName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A(?!__proto__\Z)")]
AttributeValue: TypeAlias = Annotated[str, Meta(max_length=2000)] | float | bool | None
FieldName: TypeAlias = Literal[
    "x1", "y1", "x2", "y2", "label", "attributes", "z", "status", "feedback", "deleted"
]


class Hello(Struct, tag_field="t", tag="hello"):
    v: int
    client: UUID
    epoch: UUID | None = None
    have: Revision = 0


class FieldSet(Struct):
    """The ``set`` of a command. Whatever is not named here (author, source, frame …) cannot be written."""

    x1: Pixel | UnsetType = UNSET
    y1: Pixel | UnsetType = UNSET
    x2: Pixel | UnsetType = UNSET
    y2: Pixel | UnsetType = UNSET
    label: LabelId | UnsetType = UNSET
    attributes: dict[AttributeName, AttributeValue] | UnsetType = UNSET
    z: float | UnsetType = UNSET
    status: Literal["proposed", "accepted", "rejected"] | UnsetType = UNSET
    feedback: Literal["", "positive", "negative", "neutral"] | UnsetType = UNSET


class WireOpinion(Struct):
    """What a person says of a detection of the frame as a whole."""

    feedback: Literal["", "positive", "negative", "neutral"]
    note: Annotated[str, Meta(max_length=2000)] = ""


class WireCommand(Struct):
    c: Counter
    k: Literal["create", "set", "delete", "restore", "undo", "redo", "rewind", "rate"]
    box: UUID | None = None
    set: FieldSet | None = None
    detection: UUID | None = None
    opinion: WireOpinion | None = None
    base: dict[FieldName, Revision] | None = None
    g: Gesture | None = None
    of: Gesture | None = None
    to: Revision | None = None
    ms: Milliseconds | None = None
    off: bool = False


class Op(Struct, tag_field="t", tag="op"):
    ops: Annotated[list[WireCommand], Meta(min_length=1, max_length=MAX_COMMANDS)]


class Point(Struct):
    x: Pixel
    y: Pixel


class Selection(Struct):
    boxes: Annotated[list[UUID], Meta(max_length=200)]


class DraggedBox(Struct):
    id: UUID
    x1: Pixel
    y1: Pixel
    x2: Pixel
    y2: Pixel
    label: LabelId | None = None


class Drag(Struct):
    boxes: Annotated[list[DraggedBox], Meta(max_length=50)]


class Ephemeral(Struct, tag_field="t", tag="eph"):
    kind: Literal["cursor", "selection", "drag"]
    val: msgspec.Raw
    g: Gesture | None = None


class Seen(Struct, tag_field="t", tag="seen"):
    r: Revision


class Get(Struct, tag_field="t", tag="get"):
    have: Revision


ClientMessage: TypeAlias = Hello | Op | Ephemeral | Seen | Get
EphemeralValue: TypeAlias = Point | Selection | Drag | None


class Malformed(Exception):
    """The text is not a message of this protocol."""


_decoder = msgspec.json.Decoder(ClientMessage)
_ephemeral_decoders: dict[str, msgspec.json.Decoder[Any]] = {
    "cursor": msgspec.json.Decoder(Point | None),
    "selection": msgspec.json.Decoder(Selection | None),
    "drag": msgspec.json.Decoder(Drag | None),
}


def decode(text: str) -> ClientMessage:
    """One client message. Raises Malformed."""
    try:
        message: ClientMessage = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Malformed(_plain(error)) from error
    return message


def ephemeral_value(message: Ephemeral) -> EphemeralValue:
    """The typed value of an ``eph``. Raises Malformed."""
    try:
        value: EphemeralValue = _ephemeral_decoders[message.kind].decode(message.val)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed(_plain(error)) from error
    return value


def _plain(error: Exception) -> str:
    return str(error)[:200] if isinstance(error, msgspec.DecodeError) else type(error).__name__


def command_from(wire: WireCommand) -> Command:
    """The domain's word for a decoded command."""
    return Command(
        counter=wire.c,
        kind=wire.k,
        box=wire.box,
        fields=plain(wire.set) if wire.set is not None else {},  # what is unset is left out
        detection=wire.detection if wire.k == "rate" else None,
        opinion=Opinion(wire.opinion.feedback, wire.opinion.note) if wire.opinion is not None else None,
        base={name: revision for name, revision in wire.base.items()} if wire.base else {},  # noqa: C416
        gesture=wire.g or "",
        target=wire.of or "",
        to=wire.to,
        ms=wire.ms,
        offline=wire.off,
    )


# What the server says: dicts, encoded once. NaN is refused on the way in, so it cannot go out.

encode = msgspec.json.Encoder().encode


def text_of(message: dict[str, Any]) -> str:
    return encode(message).decode()


def wire_box(box: BoxState) -> dict[str, Any]:
    return {
        "id": box.id,
        **box.fields,
        "source": box.source,
        "confidence": box.confidence,
        "detection": box.detection,
        "by": box.created_by,
        "versions": box.versions,
    }


def wire_opinion(detection: UUID, user: int, state: OpinionState) -> dict[str, Any]:
    return {"detection": detection, "by": user, **as_fields(state.opinion), "r": state.version}


def ack_of(outcomes: Iterable[Accepted]) -> dict[str, Any]:
    return {"t": "ack", "acks": [_ack(outcome) for outcome in outcomes]}


def _ack(outcome: Accepted) -> dict[str, Any]:
    ack: dict[str, Any] = {"c": outcome.counter, "from": outcome.first, "to": outcome.last}
    if outcome.at is not None:
        ack["at"] = outcome.at
    if outcome.skipped:
        ack["skipped"] = [{"box": one.box, "fields": one.fields} for one in outcome.skipped]
    return ack


def nack_of(refused: Refused) -> dict[str, Any]:
    nack: dict[str, Any] = {"t": "nack", "c": refused.counter, "code": str(refused.code)}
    if refused.detail:
        nack["detail"] = refused.detail
    if refused.current:
        nack["cur"] = refused.current
    if refused.versions:
        nack["versions"] = refused.versions
    if refused.by is not None:
        nack["by"] = refused.by
    if refused.after_ms is not None:
        nack["after"] = refused.after_ms
    return nack


def answers_of(outcomes: Iterable[Outcome]) -> list[str]:
    """Messages that answer a client's commands: one ack for all accepted, one nack for each refused."""
    outcomes = list(outcomes)
    accepted = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
    texts = [text_of(ack_of(accepted))] if accepted else []
    texts += [text_of(nack_of(outcome)) for outcome in outcomes if isinstance(outcome, Refused)]
    return texts


def events_text(first: int, last: int, encoded: Iterable[bytes]) -> str:
    """An ``ev`` from operations that are encoded already."""
    return (b'{"t":"ev","from":%d,"to":%d,"ops":[%b]}' % (first, last, b",".join(encoded))).decode()


def how_many_fit(encoded: Sequence[bytes]) -> int:
    """How many of these operations one ``ev`` can carry: at least one."""
    total = 0
    for count, one in enumerate(encoded):
        total += len(one) + 1
        if count and total > SENT_BYTES:
            return count
    return len(encoded)


def plain(value: Any) -> Any:
    """Typed values as dicts and lists of plain ones, for the bus and for merging."""
    return msgspec.to_builtins(value)
