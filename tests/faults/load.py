"""A client of docs/protocol.md for tests under load: edits, keeps each command until it is decided, sends it again.

Nothing of the product's own clients is used here: what they get wrong in the same way as the server would not be seen.
"""

import asyncio
import contextlib
import json
import random
import socket
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Origin

from tests.faults.replica import EDGES, Json, Replica
from tests.faults.site import DETECTION, HEIGHT, WIDTH, Door

UNDECIDED = 64
BATCH = 32
RETRYABLE = ("hole", "rate", "unavailable")
FIRST_RETRY_S, LAST_RETRY_S = 0.05, 0.1
GAP_PATIENCE_S = 0.2
SEEN_EVERY = 64
TICK_S = 0.02


@dataclass
class Made:
    """One command and all that was ever said about it."""

    message: Json
    at: float
    acked: Json | None = None
    acked_at: float = 0.0
    refused: Json | None = None
    passed_over: bool = False
    """``welcome.last`` covered it, and it was not sent again: decided, nobody knows how."""


@dataclass
class LoadClient:
    """One tab of one person. ``asks_again``: send what ``welcome.last`` covers too, for the lost answer (both ways are
    allowed; the browser's client asks again)."""

    door: Door
    dice: random.Random
    asks_again: bool = False
    receive_buffer: int | None = None
    """Bytes of the kernel's buffer; None: as it likes."""
    rests: bool = False
    """Makes no edits for now."""
    client: str = field(default_factory=lambda: str(uuid.uuid4()))
    made: dict[int, Made] = field(default_factory=dict)
    undecided: dict[int, Made] = field(default_factory=dict)
    """Those of ``made`` that the server has not decided, in their order."""
    replica: Replica = field(default_factory=Replica)
    epoch: str | None = None
    labels: list[int] = field(default_factory=list)
    people: list[Json] = field(default_factory=list)
    user: int = 0
    closes: list[str] = field(default_factory=list)
    """Close code and the server's reason, of every connection that ended."""
    bye: Json | None = None
    """The server's last word; without ``after`` the client does not come back."""
    nacks: Counter[str] = field(default_factory=Counter)
    resent: int = 0
    welcomed: int = 0
    modes: list[str] = field(default_factory=list)
    """Of every welcome."""
    seen_at: dict[int, float] = field(default_factory=dict)
    """When each revision was applied here."""

    def __post_init__(self) -> None:
        self.cursor = 1  # the next counter to send on this connection
        self.sent_up_to = 0  # the highest counter that ever left
        self.acked_up_to = 0
        self.acked_at = 0.0
        self.newest = 0  # revision of my newest acknowledged operation
        self.in_flight = 0
        self.not_before = 0.0
        self.online = False
        self.stopping = False
        self.socket: ClientConnection | None = None
        self._early: dict[int, Json] = {}
        self._parts: list[Json] = []
        self._awaits_snapshot = True
        self._behind_since: float | None = None
        self._head = 0
        self._unseen = 0

    # Editing

    def command(self, kind: str, **parts: object) -> int:
        """Make a command; it leaves when the connection allows."""
        counter = len(self.made) + 1
        self.made[counter] = self.undecided[counter] = Made(
            {"c": counter, "k": kind, **parts}, time.monotonic()
        )
        return counter

    def create(self) -> int:
        left, top = self.dice.uniform(0, WIDTH - 100), self.dice.uniform(0, HEIGHT - 100)
        edges = {"x1": left, "y1": top, "x2": left + 40, "y2": top + 30}
        label = self.dice.choice(self.labels)
        return self.command("create", box=str(uuid.uuid4()), set={**edges, "label": label})

    def edit(self) -> int:
        """Something that people do, to a box of whomever."""
        live = list(self.replica.live().items())
        what = self.dice.random()
        if len(live) < 5 or what < 0.15:
            return self.create()
        box, (fields, versions) = self.dice.choice(live)
        if what < 0.2:
            return self.command("undo", g=str(uuid.uuid4()))
        if what < 0.23:
            return self.command("delete", box=box)
        if what < 0.26:
            feedback = self.dice.choice(["positive", "negative", "neutral", ""])
            opinion = {"feedback": feedback, "note": f"{what:.6f}" if feedback else ""}
            return self.command("rate", detection=DETECTION, opinion=opinion)
        values = self._new_values(fields, what)
        return self.command("set", box=box, set=values, base={name: versions[name] for name in values})

    def _new_values(self, fields: Json, what: float) -> Json:
        if what < 0.3:
            return {"label": self.dice.choice(self.labels)}
        if what < 0.5:
            return {"x2": self.dice.uniform(fields["x1"] + 2, WIDTH)}
        left, top = self.dice.uniform(0, WIDTH - 100), self.dice.uniform(0, HEIGHT - 100)
        return dict(zip(EDGES, (left, top, left + 40, top + 30), strict=True))

    async def edit_at(self, rate: float, until: asyncio.Event) -> None:
        """``rate`` edits a second with a phase of its own; none while too many wait."""
        due = time.monotonic() + self.dice.random() / rate
        while not until.is_set():
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due += 1 / rate
            if self.labels and not self.rests and len(self.undecided) < UNDECIDED - 4:
                self.edit()

    # The connection

    async def run(self) -> None:
        """Connect, and again whenever the connection is lost, until ``stop``."""
        pause = FIRST_RETRY_S
        while not self.stopping:
            with contextlib.suppress(OSError, InvalidHandshake, InvalidMessage, TimeoutError):
                await self._converse()
                pause = FIRST_RETRY_S
            self.online = False
            if self.bye is not None:
                if "after" not in self.bye:
                    return
                pause, self.bye = self.bye["after"] / 1000, None
            await asyncio.sleep(pause * self.dice.uniform(0.5, 1.5))
            pause = min(2 * pause, LAST_RETRY_S)

    async def stop(self) -> None:
        self.stopping = True
        if self.socket is not None:
            await self.socket.close()

    async def _converse(self) -> None:
        cookie = {"Cookie": f"hitl_session={self.door.cookie}"}
        async with connect(
            self.door.url,
            origin=Origin(self.door.origin),
            additional_headers=cookie,
            compression=None,
            max_size=None,
            ping_interval=None,
            close_timeout=1,
            proxy=None,
            sock=self._small_socket() if self.receive_buffer else None,
        ) as connection:
            self.socket = connection
            pump: asyncio.Task[None] | None = None
            try:
                await self._say({"t": "hello", "v": 1, "client": self.client, **self._held()})
                async for text in connection:
                    self._take(json.loads(text))
                    if self.online and pump is None:
                        pump = asyncio.create_task(self._pump())
            except ConnectionClosed:
                pass
            finally:
                self.closes.append(f"{connection.close_code or 1006:d} {(self.bye or {}).get('detail', '')}")
                self._forget_connection()
                if pump is not None:
                    pump.cancel()

    def _small_socket(self) -> socket.socket:
        address = urlsplit(self.door.url)
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer or 0)
        made.connect((address.hostname, address.port))
        made.setblocking(False)
        return made

    def pause_reading(self) -> None:
        """From now on like a process that is stopped: the kernel's buffer fills, nothing is answered, pings neither."""
        assert self.socket is not None
        self.socket.transport.pause_reading()

    def resume_reading(self) -> None:
        if self.socket is not None:
            self.socket.transport.resume_reading()

    def _held(self) -> Json:
        have = self.replica.revision
        return {"epoch": self.epoch, "have": have} if self.epoch and have else {}

    def _forget_connection(self) -> None:
        self.online = False
        self.socket = None
        self.in_flight = 0
        self._early.clear()
        self._parts.clear()
        self._behind_since = None

    async def _say(self, message: Json) -> None:
        if self.socket is not None:
            await self.socket.send(json.dumps(message))

    async def _pump(self) -> None:
        """Everything that leaves by itself: commands, ``seen``, ``get``."""
        with contextlib.suppress(ConnectionClosed):
            asked = seen = time.monotonic()
            while True:
                now = time.monotonic()
                await self._send_commands(now)
                if self._unseen >= SEEN_EVERY or (self._unseen and now - seen > 1):
                    self._unseen, seen = 0, now
                    await self._say({"t": "seen", "r": self.replica.revision})
                behind = self._behind_since
                if (
                    behind is not None
                    and now - max(behind, asked) > GAP_PATIENCE_S
                    and not self._awaits_snapshot
                ):
                    asked = now
                    await self._say({"t": "get", "have": self.replica.revision})
                await asyncio.sleep(TICK_S)

    async def _send_commands(self, now: float) -> None:
        while now >= self.not_before and self.in_flight < UNDECIDED:
            batch: list[Json] = []
            while self.cursor <= len(self.made) and len(batch) < min(BATCH, UNDECIDED - self.in_flight):
                batch.append(self.made[self.cursor].message)
                self.cursor += 1
            if not batch:
                return
            self.in_flight += len(batch)
            self.resent += sum(one["c"] <= self.sent_up_to for one in batch)
            self.sent_up_to = max(self.sent_up_to, batch[-1]["c"])
            await self._say({"t": "op", "ops": batch})

    # What comes in

    def _take(self, message: Json) -> None:
        kind = message["t"]
        if kind == "welcome":
            self._welcome(message)
        elif kind == "snapshot":
            self._snapshot(message)
        elif kind == "ev":
            self._early[message["from"]] = message
            self._head = max(self._head, message["to"])
            self._apply_ready()
        elif kind == "hb":
            self._head = max(self._head, message["head"])
            self._apply_ready()
        elif kind == "ack":
            for ack in message["acks"]:
                self._decide(self.made[ack["c"]], acked=ack)
        elif kind == "nack":
            self._refused(message)
        elif kind == "bye":
            self.bye = message
        elif kind == "pres":
            self.people = message["people"]

    def _welcome(self, welcome: Json) -> None:
        self.welcomed += 1
        self.modes.append(welcome["mode"])
        self.user = welcome["user"]["id"]
        self.labels = [label["id"] for label in welcome["labels"]]
        self.people = welcome["people"]
        self._awaits_snapshot = welcome["mode"] == "snapshot"
        assert not (welcome["epoch"] != self.epoch and welcome["mode"] != "snapshot"), (
            "a delta of another log"
        )
        self.epoch = welcome["epoch"]
        self._head = welcome["head"]
        assert welcome["last"] <= len(self.made), "the server has decided what was never made"
        assert welcome["last"] >= self.acked_up_to, f"acked {self.acked_up_to}, decided {welcome['last']}"
        if not self.asks_again:
            for counter in [one for one in self.undecided if one <= welcome["last"]]:
                self.undecided.pop(counter).passed_over = True
        self.cursor = next(iter(self.undecided), len(self.made) + 1)
        self.not_before = 0.0
        self.online = True

    def _snapshot(self, part: Json) -> None:
        if part["part"] == 0:
            self._parts = []
        self._parts.append(part)
        if len(self._parts) < part["parts"]:
            return
        boxes = [box for one in self._parts for box in one["boxes"]]
        opinions = [said for one in self._parts for said in one.get("opinions", [])]
        self._parts = []
        if self._awaits_snapshot or part["head"] >= self.replica.revision:
            self._awaits_snapshot = False
            self.replica.replace(part["head"], boxes, opinions)
            self._unseen += SEEN_EVERY
        self._apply_ready()

    def _apply_ready(self) -> None:
        if self._awaits_snapshot:
            return
        while ready := [first for first in self._early if first <= self.replica.revision + 1]:
            for operation in self._early.pop(min(ready))["ops"]:
                if operation["r"] > self.replica.revision:
                    self.replica.apply(operation)
                    self.seen_at[operation["r"]] = time.monotonic()
                    self._unseen += 1
        if self._head <= self.replica.revision:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = time.monotonic()

    def _refused(self, nack: Json) -> None:
        self.nacks[nack["code"]] += 1
        if nack["code"] not in RETRYABLE:
            return self._decide(self.made[nack["c"]], refused=nack)
        self.in_flight -= 1
        if nack["c"] < self.cursor:  # all later ones on their way come back as "hole"
            self.cursor = nack["c"]
            self.not_before = time.monotonic() + nack.get("after", 50) / 1000

    def _decide(self, made: Made, *, acked: Json | None = None, refused: Json | None = None) -> None:
        self.in_flight -= 1
        before = made.acked or made.refused
        answer = acked or refused
        assert before is None or before == answer, f"answered {before}, and then {answer}"
        made.acked, made.refused = acked, refused
        self.undecided.pop(made.message["c"], None)
        if acked:
            made.acked_at = self.acked_at = time.monotonic()
            self.acked_up_to = max(self.acked_up_to, acked["c"])
            self.newest = max(self.newest, acked["to"] or 0)


@contextlib.asynccontextmanager
async def connected(clients: Iterable[LoadClient]) -> AsyncIterator[list[LoadClient]]:
    """All of them running; an error in one of them fails the test."""
    clients = list(clients)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(client.run()) for client in clients]
        try:
            yield clients
        finally:
            for client in clients:
                await client.stop()
            for task in tasks:
                task.cancel()


async def until(condition: Callable[[], bool], what: str, *, within_s: float = 20.0) -> float:
    """Wait for it. Seconds that it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within_s, f"not within {within_s} s: {what}"
        await asyncio.sleep(0.02)
    return time.monotonic() - began
