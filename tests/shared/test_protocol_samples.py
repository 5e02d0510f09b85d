"""The two sides of the wire agree: the same samples are read in tests/js/protocol.test.js."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from annotate.models import Operation
from annotate.sync import limits, log, protocol, sessions
from annotate.sync.operations import Accepted, BoxState, Code, Opinion, Refused, Skipped
from annotate.sync.opinion_rows import Opinions, Whose
from annotate.sync.opinions import OpinionChange, OpinionState
from annotate.sync.records import recorded_opinion
from annotate.sync.snapshot import Snapshot, snapshot_texts

SAMPLES: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).resolve().parent / "protocol-samples.json").read_text()
)
SERVER = {sample["name"]: sample["message"] for sample in SAMPLES["server"]}
BOX = UUID("01900000-0000-7000-8000-000000000001")
CLIENT = UUID("c0000000-0000-4000-8000-000000000003")
DETECTION = UUID("0d0d0d0d-0000-4000-8000-000000000001")
EPOCH = UUID("0e0e0e0e-0000-4000-8000-000000000001")
AT = datetime.fromtimestamp(1764000000, tz=UTC)
WHOLE = {"x1": 1.0, "y1": 2.0, "x2": 30.0, "y2": 40.0, "label": 1, "attributes": {}, "z": 0.0}
MARKS = {
    **{"status": "accepted", "feedback": "", "source": "human", "confidence": None, "detection": None},
    **{"by": 3},
}


def operation(revision: int, counter: int, **parts: Any) -> Operation:
    """A row as submit writes it; nothing is stored."""
    columns = {"kind": "set", "user_id": 3, "fields": {}, "before": {}, "gesture": "", **parts}
    return Operation(
        revision=revision, client=CLIENT, counter=counter, box_id=BOX, created_at=AT, frame_id=12, **columns
    )


def ev(*operations: Operation) -> str:
    entries = log.encoded_operations(operations)
    return protocol.events_text(entries[0][0], entries[-1][0], [encoded for _, encoded in entries])


def snapshot(*boxes: BoxState, revision: int, opinions: Opinions | None = None) -> str:
    [text] = snapshot_texts(Snapshot(12, EPOCH, revision, boxes), opinions)
    return text


def rating(revision: int, counter: int, opinion: Opinion, **parts: Any) -> Operation:
    what = recorded_opinion(OpinionChange(DETECTION, opinion, Opinion(), 0))
    return Operation(
        **what._asdict(), revision=revision, counter=counter, client=CLIENT, user_id=3, created_at=AT, **parts
    )


def ack(*outcomes: Accepted) -> str:
    return protocol.text_of(protocol.ack_of(outcomes))


def nack(counter: int, code: Code, **parts: Any) -> str:
    return protocol.text_of(protocol.nack_of(Refused(counter, code, **parts)))


PROPOSED_BOX = BoxState(
    id=BOX,
    fields={
        **{"x1": 1, "y1": 2.5, "x2": 30, "y2": 40, "label": 1},
        **{"attributes": {"note": "é"}, "z": 0, "status": "proposed", "feedback": ""},
    },
    source="model",
    confidence=0.75,
    detection=DETECTION,
    created_by=None,
    created_revision=12,
    deleted_revision=None,
    versions=SERVER["snapshot"]["boxes"][0]["versions"],
    authored={},
)

SAID = {
    "snapshot": snapshot(PROPOSED_BOX, revision=57),
    "snapshot of nothing": snapshot(revision=0),
    "snapshot with what people say of a detection": snapshot(
        revision=60,
        opinions={
            Whose(DETECTION, 3): OpinionState(Opinion("negative", "misses the boats"), 58, 58),
            Whose(DETECTION, 4): OpinionState(Opinion("positive")),
        },
    ),
    "ev of a rating": ev(rating(63, 16, Opinion("negative", "misses the boats"), gesture="g-12")),
    "ev of a set": ev(operation(58, 7, fields={"x1": 10.5}, before={"x1": 12.0}, gesture="g-2")),
    "ev of a set over somebody's newer value": ev(
        operation(59, 8, fields={"x1": 11.0}, before={"x1": 10.5}, gesture="g-3", overwrote={"x1": 58})
    ),
    "ev of a create and a delete": ev(
        operation(60, 9, kind="create", fields={**WHOLE, **MARKS}, gesture="g-4"),
        operation(61, 10, kind="delete", origin="undo", gesture="g-5", reverts="g-4"),
    ),
    "ev of a machine": ev(
        operation(
            62,
            1,
            origin="model",
            user_id=None,
            fields={"status": "proposed"},
            before={"status": "accepted"},
            gesture="detection-1",
        )
    ),
    "ack": ack(Accepted(7, 58, 58), Accepted(8, 59, 61)),
    "ack of nothing to be done": ack(Accepted(9, None, None, at=58)),
    "ack of an undo in part": ack(Accepted(10, 62, 62, (Skipped(BOX, ("x1", "x2")),))),
    "nack of a stale edit": nack(
        8, Code.STALE, detail="changed by somebody else meanwhile", current={"x1": 12.0}, versions={"x1": 55}
    ),
    "nack of a verdict that came second": nack(
        8,
        Code.STALE,
        detail="changed by somebody else meanwhile",
        current={"feedback": "positive", "status": "accepted"},
        versions={"feedback": 55, "status": 55},
        by=3,
    ),
    "nack of an edit of a deleted box": nack(
        8, Code.GONE, detail="the box was deleted", versions={"deleted": 55}
    ),
    "nack that is not decided": nack(8, Code.RATE, detail="too fast", after_ms=250),
    "nack without words": nack(8, Code.NOTHING),
    "labels that somebody changed": sessions.labels_text(
        sessions.wire_labels([(1, "car", "#e69f00", "2", 1), (2, "sign", "#d55e00", "", 0)])
    ),
}


def without_what_is_absent(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and value is not False}


def plain(message: protocol.ClientMessage) -> dict[str, Any]:
    if isinstance(message, protocol.Ephemeral):
        value = protocol.plain(protocol.ephemeral_value(message))
        return {"t": "eph", "kind": message.kind, "g": message.g, "val": value}
    fields = without_what_is_absent(protocol.plain(message))
    if isinstance(message, protocol.Op):
        fields["ops"] = [without_what_is_absent(command) for command in fields["ops"]]
    return fields


@pytest.mark.parametrize("sample", SAMPLES["client"], ids=lambda sample: sample["name"])
def test_it_reads_what_the_browser_says(sample: dict[str, Any]) -> None:
    assert plain(protocol.decode(json.dumps(sample["message"]))) == sample["decoded"]


@pytest.mark.parametrize("sample", SAMPLES["refused"], ids=lambda sample: sample["name"])
def test_it_refuses_what_is_no_message(sample: dict[str, Any]) -> None:
    with pytest.raises(protocol.Malformed):
        protocol.decode(sample["text"])


@pytest.mark.parametrize("name", SAID)
def test_it_says_what_the_browser_reads(name: str) -> None:
    assert json.loads(SAID[name]) == SERVER[name]


def test_it_tells_every_limit_that_the_browser_reads() -> None:
    assert limits.wire_limits().keys() == SERVER["welcome"]["limits"].keys()
    assert limits.wire_limits()["message_bytes"] == protocol.MAX_MESSAGE_BYTES
