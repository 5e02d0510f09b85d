"""What docs/protocol.md says a client does with what it is sent, in as few lines as it takes."""

import json
from collections.abc import Iterable
from typing import Any

from annotate.models import Frame
from annotate.sync import log
from annotate.sync.operations import FIELDS
from annotate.sync.opinion_rows import opinions_at
from annotate.sync.protocol import events_text
from annotate.sync.snapshot import snapshot_of, snapshot_texts

ALL = 1_000_000


class Replica:
    """``boxes``: the live ones as in a ``snapshot``, by id. ``opinions``: likewise, by detection and person.
    ``applied``: the revision they are of."""

    def __init__(self) -> None:
        self.applied = 0
        self.boxes: dict[str, dict[str, Any]] = {}
        self.graves: dict[str, dict[str, Any]] = {}
        self.opinions: dict[tuple[str, int], dict[str, Any]] = {}
        self._parts: list[dict[str, Any]] = []

    def take(self, message: dict[str, Any]) -> None:
        if message["t"] == "snapshot":
            self._take_part(message)
        elif message["t"] == "ev":
            assert [one["r"] for one in message["ops"]] == list(range(message["from"], message["to"] + 1))
            assert message["from"] <= self.applied + 1, f"a hole after {self.applied}: {message['from']}"
            for operation in message["ops"]:
                if operation["r"] > self.applied:
                    self.apply(operation)

    def _take_part(self, message: dict[str, Any]) -> None:
        assert message["part"] == len(self._parts), "parts of one snapshot are contiguous"
        self._parts.append(message)
        if message["part"] + 1 < message["parts"]:
            return
        self.boxes = {box["id"]: box for part in self._parts for box in part["boxes"]}
        self.graves = {}
        said = [one for part in self._parts for one in part.get("opinions", [])]
        self.opinions = {(one["detection"], one["by"]): one for one in said}
        self.applied = message["head"]
        self._parts = []

    def apply(self, operation: dict[str, Any]) -> None:
        assert operation["r"] == self.applied + 1
        self.applied, kind, box_id = operation["r"], operation["k"], operation["box"]
        if kind == "rate":
            self._hear(operation)
        elif kind in ("create", "restore"):
            versions = dict.fromkeys((*FIELDS, "deleted"), self.applied)
            self.boxes[box_id] = {"id": box_id, **operation["f"], "versions": versions}
            self.graves.pop(box_id, None)
        elif kind == "delete":
            self.graves[box_id] = self.boxes.pop(box_id)
        else:
            box = self.boxes[box_id]
            for name, value in operation["b"].items():
                assert box[name] == value, f"before of {operation['r']} is not what was there"
            box.update(operation["f"])
            box["versions"] = {**box["versions"], **dict.fromkeys(operation["f"], self.applied)}

    def _hear(self, operation: dict[str, Any]) -> None:
        key = (operation["f"]["detection"], operation["by"])
        before = self.opinions.get(key, {"feedback": "", "note": ""})
        assert operation["b"] == {name: before[name] for name in ("feedback", "note")}
        self.opinions[key] = {**operation["f"], "by": operation["by"], "r": operation["r"]}


def fresh_replica(frame: Frame) -> Replica:
    """From a snapshot of now."""
    replica = Replica()
    snapshot = snapshot_of(frame.pk)
    for text in snapshot_texts(snapshot, opinions_at(frame.pk, snapshot.revision)):
        replica.take(json.loads(text))
    return replica


def replayed(frame: Frame) -> Replica:
    """From the log alone."""
    replica = Replica()
    replica_takes(replica, log.operations_since(frame.pk, 0, limit=ALL))
    return replica


def replica_takes(replica: Replica, encoded: Iterable[tuple[int, bytes]]) -> None:
    entries = list(encoded)
    if entries:
        text = events_text(entries[0][0], entries[-1][0], [one for _, one in entries])
        replica.take(json.loads(text))


def check_replay(frame: Frame, before: Replica | None = None) -> None:
    """I2, I3, I11: the log is dense, folding it gives the table, and so does following it from ``before``."""
    now = fresh_replica(frame)
    revisions = [revision for revision, _ in log.operations_since(frame.pk, 0, limit=ALL)]
    frame.refresh_from_db(fields=["revision"])
    assert revisions == list(range(1, frame.revision + 1))
    folded = replayed(frame)
    assert (folded.applied, folded.boxes, folded.opinions) == (now.applied, now.boxes, now.opinions)
    if before is not None:
        replica_takes(before, log.operations_since(frame.pk, before.applied, limit=ALL))
        assert (before.applied, before.boxes, before.opinions) == (now.applied, now.boxes, now.opinions)
