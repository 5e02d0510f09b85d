"""All live boxes of a frame at one revision, and what people say of its detections."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from django.db.models import FilteredRelation, Q

from annotate.models import Frame

from .operations import BoxState
from .opinion_rows import Opinions
from .protocol import encode, wire_box, wire_opinion
from .records import BOX_COLUMNS, state_of
from .submit import FrameMissing

PART_BYTES = 262_144
Part = tuple[list[bytes], list[bytes]]
"""Boxes and opinions of one message, encoded."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    frame_id: int
    epoch: UUID
    revision: int
    boxes: tuple[BoxState, ...]


def snapshot_of(frame_id: int) -> Snapshot:
    """Boxes and revision by one statement, hence of one moment. Raises FrameMissing."""
    rows = list(
        Frame.objects.filter(pk=frame_id)
        .annotate(live=FilteredRelation("boxes", condition=Q(boxes__deleted_revision__isnull=True)))
        .order_by("live__created_revision", "live__id")
        .values_list("epoch", "revision", *(f"live__{column}" for column in BOX_COLUMNS))
    )
    if not rows:
        raise FrameMissing(frame_id)
    boxes = tuple(state_of(row[2:]) for row in rows if row[2] is not None)
    return Snapshot(frame_id, rows[0][0], rows[0][1], boxes)


def snapshot_texts(snapshot: Snapshot, opinions: Opinions | None = None) -> list[str]:
    """The ``snapshot`` messages, each of about PART_BYTES at most. ``opinions``: of the same revision."""
    parts: list[Part] = [([], [])]
    size = 0
    for place, encoded in chain(_boxes_of(snapshot), _opinions_of(opinions or {})):
        if size and size + len(encoded) > PART_BYTES:
            parts.append(([], []))
            size = 0
        parts[-1][place].append(encoded)
        size += len(encoded) + 1
    head = b'{"t":"snapshot","head":%d,"part":%d,"parts":%d,"boxes":[%b]%b}'
    return [
        (head % (snapshot.revision, index, len(parts), b",".join(boxes), _said_of(said))).decode()
        for index, (boxes, said) in enumerate(parts)
    ]


def _boxes_of(snapshot: Snapshot) -> Iterator[tuple[int, bytes]]:
    return ((0, encode(wire_box(box))) for box in snapshot.boxes)


def _opinions_of(opinions: Opinions) -> Iterator[tuple[int, bytes]]:
    return ((1, encode(wire_opinion(*whose, state))) for whose, state in opinions.items())


def _said_of(opinions: list[bytes]) -> bytes:
    """Left out where there are none, as in almost every message."""
    return b',"opinions":[%b]' % b",".join(opinions) if opinions else b""
