"""The simulated annotator's connection to one frame, by the live protocol of docs/protocol.md."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import msgspec

from annotate.geometry import Edges
from annotate.uuid7 import uuid7
from bench.annotator import Act, Proposed, Step
from bench.load import JOIN_S, Seat, Unexpected
from bench.wire import Wire

ANSWER_S = 30.0
SEEN_EVERY = 32
EDGES = ("x1", "y1", "x2", "y2")


class Desk:
    """One person on one frame. ``waits``: seconds from each command to its ack."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.client = str(uuid4())
        self.boxes: dict[str, dict[str, Any]] = {}
        self.labels: dict[str, int] = {}
        self.waits: list[float] = []
        self.applied = 0
        self._counter = 0
        self._seen = 0
        self._parts: dict[str, dict[str, Any]] = {}
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answer: asyncio.Future[dict[str, Any]] | None = None
        self._wire: Wire | None = None

    async def enter(self) -> None:
        """Returns when the boxes of the frame are there. Raises Unexpected, OSError, TimeoutError."""
        self._wire = await Wire.connect(
            self.seat.port, f"/ws/frames/{self.seat.frame}/", self.seat.cookie, self._heard
        )
        self._send({"t": "hello", "v": 1, "client": self.client})
        await asyncio.wait_for(self._ready, JOIN_S)

    def leave(self) -> None:
        if self._wire is not None:
            self._wire.abort()

    def proposals(self) -> list[Proposed]:
        """What waits for a verdict, in the order of the snapshot."""
        names = {number: name for name, number in self.labels.items()}
        return [
            Proposed(one["id"], names[one["label"]], Edges(*(one[edge] for edge in EDGES)))
            for one in self.boxes.values()
            if one["source"] == "model" and one["status"] == "proposed"
        ]

    async def do(self, step: Step) -> str:
        """Sends the command of a step and waits for its ack; the id of the box. Raises Unexpected."""
        self._counter += 1
        box = step.box or str(uuid7())
        command = self._command(step, box)
        asked = time.perf_counter()
        self._answer = asyncio.get_running_loop().create_future()
        self._send({"t": "op", "ops": [command]})
        answer = await asyncio.wait_for(self._answer, ANSWER_S)
        self.waits.append(time.perf_counter() - asked)
        if answer.get("from") is None:
            raise Unexpected(f"{step.act} changed nothing: {answer}")
        return box

    def _command(self, step: Step, box: str) -> dict[str, Any]:
        """Verdicts name the version that they judge: of two people the first wins."""
        fields = self._fields(step)
        gesture = "accepted" if step.act is Act.ACCEPT else str(self._counter)
        command: dict[str, Any] = {
            "c": self._counter,
            "k": "create" if step.act is Act.DRAW else "set",
            "box": box,
            "g": f"{self.client[:8]}.{gesture}",
            "ms": step.ms,
            "set": fields,
        }
        if step.act is not Act.DRAW:
            versions = self.boxes[box]["versions"]
            command["base"] = {name: versions[name] for name in fields}
        return command

    def _fields(self, step: Step) -> dict[str, Any]:
        if step.act in (Act.ACCEPT, Act.REJECT):
            return {"status": "accepted" if step.act is Act.ACCEPT else "rejected"}
        assert step.true is not None, "only a verdict has no box in mind"
        label = {"label": self.labels[step.true.name]}
        edges = {name: getattr(step.true.edges, name) for name in EDGES}
        return label if step.act is Act.RELABEL else edges if step.act is Act.ADJUST else {**edges, **label}

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._wire is not None, "enter first"
        self._wire.send(msgspec.json.encode(message))

    # What the server says

    def _heard(self, text: bytes, now: float) -> None:
        message = msgspec.json.decode(text)
        match message["t"]:
            case "welcome":
                self.labels = {label["name"]: label["id"] for label in message["labels"]}
            case "snapshot":
                self._take_snapshot(message)
            case "ev":
                self._take_operations(message)
            case "ack":
                for ack in message["acks"]:
                    self._answered(ack)
            case "nack" | "error" | "bye":
                self._refused(text.decode()[:300])

    def _take_snapshot(self, message: dict[str, Any]) -> None:
        if message["part"] == 0:
            self._parts = {}
        self._parts |= {box["id"]: box for box in message["boxes"]}
        if message["part"] + 1 == message["parts"]:
            self.boxes, self.applied = self._parts, message["head"]
            if not self._ready.done():
                self._ready.set_result(None)

    def _take_operations(self, message: dict[str, Any]) -> None:
        if message["from"] > self.applied + 1:
            self._send({"t": "get", "have": self.applied})
            return
        for operation in message["ops"]:
            if operation["r"] > self.applied:
                apply(operation, self.boxes)
        self.applied = max(self.applied, message["to"])
        if self.applied - self._seen >= SEEN_EVERY:
            self._seen = self.applied
            self._send({"t": "seen", "r": self.applied})

    def _answered(self, ack: dict[str, Any]) -> None:
        if self._answer is not None and not self._answer.done() and ack["c"] == self._counter:
            self._answer.set_result(ack)

    def _refused(self, text: str) -> None:
        for waiting in (self._ready, self._answer):
            if waiting is not None and not waiting.done():
                waiting.set_exception(Unexpected(text))


def apply(operation: dict[str, Any], boxes: dict[str, dict[str, Any]]) -> None:
    """docs/protocol.md, ``ev``."""
    box, kind, revision = operation["box"], operation["k"], operation["r"]
    if kind == "delete":
        boxes.pop(box, None)
    elif kind == "set":
        boxes[box] |= operation["f"]
        boxes[box]["versions"] |= dict.fromkeys(operation["f"], revision)
    else:
        fields = operation["f"]
        boxes[box] = {**fields, "id": box, "versions": dict.fromkeys((*fields, "deleted"), revision)}
