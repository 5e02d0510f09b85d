"""From what was sent and heard to figures. Pure: knows no sockets and no servers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]
Revisions = NDArray[np.int64]


class WireOperation(msgspec.Struct):
    """What a measurement needs of an entry of ``ev.ops``: the marker (client, counter) and its place."""

    r: int
    client: str
    c: int


class WireEvent(msgspec.Struct, rename={"first": "from", "last": "to"}):
    first: int
    last: int
    ops: list[WireOperation]


_event = msgspec.json.Decoder(WireEvent)


@dataclass(frozen=True)
class Latency:
    """Milliseconds from the moment an edit was due."""

    p50: float
    p99: float
    p999: float
    worst: float
    samples: int


@dataclass
class Record:
    """What one client did and heard. Times are perf_counter seconds; ``due[c - 1]`` belongs to counter c."""

    client: str
    due: list[float] = field(default_factory=list)
    acks: list[tuple[int, float]] = field(default_factory=list)
    events: list[tuple[float, bytes]] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """``delivered`` is a share of all (edit, receiver) pairs that were due; peers only, not the author."""

    to_peer: Latency
    to_ack: Latency
    edits: int
    acked: int
    delivered: float
    duplicates: int
    out_of_order: int


def latency_of(seconds: Times) -> Latency:
    if not len(seconds):
        nothing = float("nan")
        return Latency(nothing, nothing, nothing, nothing, 0)
    p50, p99, p999 = np.percentile(seconds, [50, 99, 99.9]) * 1000
    return Latency(float(p50), float(p99), float(p999), float(seconds.max() * 1000), len(seconds))


def outcome_of(rooms: Iterable[list[Record]], *, begin: float, end: float) -> Outcome:
    """Over all edits due in ``begin`` to ``end``: every edit at every receiver. A room is one frame."""
    rooms = list(rooms)
    parts = [_room(records, begin, end) for records in rooms]
    edits = sum(part.edits for part in parts)
    peers = np.concatenate([part.to_peer for part in parts])
    acks = np.concatenate([_ack_latencies(records, begin, end) for records in rooms])
    pairs = sum(part.edits * (len(records) - 1) for part, records in zip(parts, rooms, strict=True))
    return Outcome(
        to_peer=latency_of(peers),
        to_ack=latency_of(acks),
        edits=edits,
        acked=len(acks),
        delivered=len(peers) / pairs if pairs else 1.0,
        duplicates=sum(part.duplicates for part in parts),
        out_of_order=sum(part.out_of_order for part in parts),
    )


@dataclass(frozen=True)
class _Room:
    to_peer: Times
    edits: int
    duplicates: int
    out_of_order: int


def _room(records: list[Record], begin: float, end: float) -> _Room:
    pieces = _decoded(payload for record in records for _, payload in record.events)
    due = _due_by_revision(pieces, records, begin, end)
    latencies: list[Times] = [np.empty(0)]
    duplicates = out_of_order = 0
    for record in records:
        revisions, at = _heard(record, pieces)
        first = np.sort(np.unique(revisions, return_index=True)[1])
        duplicates += len(revisions) - len(first)
        out_of_order += int((np.diff(revisions[first]) < 0).sum())
        when = due.of(revisions[first], but_of=record.client)
        latencies.append((at[first] - when)[~np.isnan(when)])
    edits = sum(begin <= one < end for record in records for one in record.due)
    return _Room(np.concatenate(latencies), edits, duplicates, out_of_order)


@dataclass(frozen=True)
class _Due:
    """Per revision: when its edit was due (NaN outside of the measured time) and whose it is."""

    when: Times
    author: NDArray[np.object_]

    def of(self, revisions: Revisions, *, but_of: str) -> Times:
        when = self.when[revisions].copy()
        when[self.author[revisions] == but_of] = np.nan
        return when


def _decoded(payloads: Iterable[bytes]) -> dict[bytes, WireEvent]:
    """Each distinct message once: a server that encodes once sends the same bytes to everybody."""
    return {payload: _event.decode(payload) for payload in set(payloads)}


def _due_by_revision(
    pieces: Mapping[bytes, WireEvent], records: list[Record], begin: float, end: float
) -> _Due:
    due = {record.client: record.due for record in records}
    top = max((event.last for event in pieces.values()), default=0)
    when = np.full(top + 1, np.nan)
    author = np.empty(top + 1, dtype=object)
    for event in pieces.values():
        assert [one.r for one in event.ops] == list(range(event.first, event.last + 1)), "a hole inside an ev"
        for one in event.ops:
            assert author[one.r] in (None, one.client), "two operations with one revision"
            author[one.r] = one.client
            moment = due[one.client][one.c - 1] if one.client in due else np.nan
            when[one.r] = moment if begin <= moment < end else np.nan
    return _Due(when, author)


def _heard(record: Record, pieces: Mapping[bytes, WireEvent]) -> tuple[Revisions, Times]:
    """The revisions in the order in which they came, and when each came."""
    spans = [(pieces[payload].first, pieces[payload].last) for _, payload in record.events]
    revisions = [np.arange(first, last + 1) for first, last in spans]
    at = [
        np.full(last - first + 1, now) for (first, last), (now, _) in zip(spans, record.events, strict=True)
    ]
    if not spans:
        return np.empty(0, np.int64), np.empty(0)
    return np.concatenate(revisions), np.concatenate(at)


def _ack_latencies(records: list[Record], begin: float, end: float) -> Times:
    return np.array(
        [
            at - record.due[counter - 1]
            for record in records
            for counter, at in record.acks
            if begin <= record.due[counter - 1] < end
        ]
    )
