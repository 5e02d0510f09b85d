"""The load: clients of docs/protocol.md, an open-loop schedule of edits, and what everybody heard.

Open loop: an edit is due at a moment fixed beforehand and its latency counts from there, however long the
server or this process kept it waiting. As a real client does, one keeps at most 64 edits undecided and holds
the others back.
"""

import asyncio
import contextlib
import gc
import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import msgspec

from bench.measure import Record
from bench.wire import Wire

UNDECIDED = 64
SEEN_EVERY = 64
SEEN_AFTER_S = 1.0
LEAD_S = 0.2
JOIN_S = 60.0
EV = b'{"t":"ev","from":'
ACK = b'{"t":"ack"'
EPH = b'{"t":"eph"'
COMPLAINTS = (b'{"t":"nack"', b'{"t":"error"', b'{"t":"bye"')


class Ack(msgspec.Struct):
    c: int
    to: int | None = None


class Acks(msgspec.Struct):
    acks: list[Ack]


class Welcome(msgspec.Struct):
    who: str
    epoch: str
    head: int
    mode: str
    last: int


class SnapshotPart(msgspec.Struct):
    head: int
    part: int
    parts: int


_acks = msgspec.json.Decoder(Acks)
_welcome = msgspec.json.Decoder(Welcome)
_part = msgspec.json.Decoder(SnapshotPart)


class Unexpected(Exception):
    """The server said something that has no place in a measurement: the text is what it said."""


@dataclass(frozen=True)
class Seat:
    """Where a client connects: port of the server, frame, boxes to move, session cookie."""

    port: int
    frame: int
    boxes: Sequence[str]
    cookie: str


class Editor:
    """One client on one frame."""

    def __init__(self, seat: Seat, texts: dict[bytes, bytes] | None = None) -> None:
        self.seat = seat
        self.record = Record(str(uuid4()))
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.epoch = ""
        self.who = ""
        self.applied = 0
        self.acked_revision = 0
        self.counter = 0
        self.complaints: list[str] = []
        self.ephemera: list[tuple[float, bytes]] = []
        self.ephemera_due: list[float] = []
        self.wire: Wire | None = None
        self._texts = texts if texts is not None else {}
        self._seen = 0
        self._undecided = 0
        self._held: deque[int] = deque()
        self._random = random.Random(self.record.client)

    @property
    def bytes_in(self) -> int:
        return self.wire.bytes_in if self.wire else 0

    @property
    def is_settled(self) -> bool:
        return not self._held and not self._undecided

    async def join(self, *, have: int = 0) -> None:
        """Connect and wait for the welcome and all that comes with it."""
        self.joined = asyncio.get_running_loop().create_future()
        path = f"/ws/frames/{self.seat.frame}/"
        self.wire = await Wire.connect(self.seat.port, path, self.seat.cookie, self._heard)
        known = f',"epoch":"{self.epoch}","have":{have}' if have else ""
        self.wire.send(f'{{"t":"hello","v":1,"client":"{self.record.client}"{known}}}'.encode())
        self.wire.closed.add_done_callback(partial(self._hung_up, self.joined))
        await asyncio.wait_for(self.joined, JOIN_S)

    @staticmethod
    def _hung_up(joined: asyncio.Future[None], closed: asyncio.Future[str]) -> None:
        if not joined.done():
            joined.set_exception(Unexpected(f"closed before the welcome: {closed.result()}"))

    def leave(self) -> None:
        if self.wire is not None:
            self.wire.abort()

    def edit(self, due: float) -> None:
        """Move a box. ``due``: the moment that latency counts from."""
        self.counter += 1
        self.record.due.append(due)
        self._held.append(self.counter)
        self._pump()

    def point(self, due: float) -> None:
        """Move the cursor; its x is the marker."""
        self.ephemera_due.append(due)
        assert self.wire is not None
        self.wire.send(b'{"t":"eph","kind":"cursor","val":{"x":%d,"y":9}}' % len(self.ephemera_due))

    def say_seen(self) -> None:
        if self.wire is not None and self.applied > self._seen and not self.wire.closed.done():
            self._seen = self.applied
            self.wire.send(b'{"t":"seen","r":%d}' % self.applied)

    def _pump(self) -> None:
        count = min(len(self._held), UNDECIDED - self._undecided)
        if count <= 0 or self.wire is None:
            return
        commands = b",".join(self._command(self._held.popleft()) for _ in range(count))
        self._undecided += count
        self.wire.send(b'{"t":"op","ops":[%b]}' % commands)

    def _command(self, counter: int) -> bytes:
        """A move of a whole box, as the browser sends it. No two have the same place."""
        box = self._random.choice(self.seat.boxes)
        x, y = self._random.random() * 1800, self._random.random() * 1000
        seen = self.applied
        return (
            f'{{"c":{counter},"k":"set","g":"{self.record.client[:8]}.{counter}","box":"{box}",'
            f'"set":{{"x1":{x:.3f},"y1":{y:.3f},"x2":{x + 60:.3f},"y2":{y + 40:.3f}}},'
            f'"base":{{"x1":{seen},"y1":{seen},"x2":{seen},"y2":{seen}}}}}'
        ).encode()

    def _heard(self, text: bytes, now: float) -> None:
        if text.startswith(EV):
            self._heard_events(text, now)
        elif text.startswith(ACK):
            acks = _acks.decode(text).acks
            self.record.acks += [(one.c, now) for one in acks]
            self.acked_revision = max(self.acked_revision, *(one.to or 0 for one in acks))
            self._undecided -= len(acks)
            if self._held:
                self._pump()
        elif text.startswith(EPH):
            self.ephemera.append((now, self._texts.setdefault(text, text)))
        elif text.startswith(b'{"t":"snapshot"'):
            part = _part.decode(text)
            self.applied = self._seen = part.head
            self._arrived(complete=part.part + 1 == part.parts)
        elif text.startswith(b'{"t":"welcome"'):
            welcome = _welcome.decode(text)
            self.epoch, self.who = welcome.epoch, welcome.who
            self._arrived(complete=welcome.mode == "ok")
        elif text.startswith(COMPLAINTS):
            self.complaints.append(text.decode()[:200])

    def _heard_events(self, text: bytes, now: float) -> None:
        self.record.events.append((now, self._texts.setdefault(text, text)))
        start = text.index(b'"to":') + 5
        self.applied = int(text[start : text.index(b",", start)])
        if self.applied - self._seen >= SEEN_EVERY:
            self.say_seen()
        self._arrived(complete=True)

    def _arrived(self, *, complete: bool) -> None:
        if complete and not self.joined.done():
            self.joined.set_result(None)


@dataclass(frozen=True)
class Window:
    """The measured part of a run, perf_counter seconds."""

    begin: float
    end: float


Due = tuple[float, Callable[[float], None]]


def schedule(
    actions: Sequence[Callable[[float], None]], *, rate: float, seconds: float, begin: float
) -> list[Due]:
    """Every action ``rate`` times a second from ``begin`` on, each with a phase of its own."""
    source = random.Random(len(actions))
    moments = [
        (begin + (number + phase) / rate, action)
        for action, phase in [(one, source.random()) for one in actions]
        for number in range(int(rate * seconds))
    ]
    return sorted(moments, key=lambda moment: moment[0])


async def drive(moments: list[Due]) -> None:
    """Do everything at its moment. A timer of the event loop is up to a millisecond late; that counts."""
    for due, action in moments:
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        action(due)


async def settle(editors: Sequence[Editor], *, within: float) -> bool:
    """Wait until every edit is answered and everybody on a frame holds the newest revision that anybody was told of:
    an answer comes before the edit is shown."""
    deadline = time.perf_counter() + within
    while time.perf_counter() < deadline:
        newest: dict[int, int] = {}
        for editor in editors:
            frame = editor.seat.frame
            newest[frame] = max(newest.get(frame, 0), editor.applied, editor.acked_revision)
        if all(editor.is_settled and editor.applied == newest[editor.seat.frame] for editor in editors):
            return True
        await asyncio.sleep(0.02)
    return False


@contextlib.contextmanager
def seen_regularly(editors: Sequence[Editor]) -> Iterator[None]:
    """A second after having heard anything, a client says how far it is."""

    async def run() -> None:
        while True:
            await asyncio.sleep(SEEN_AFTER_S)
            for editor in editors:
                editor.say_seen()

    task = asyncio.create_task(run())
    try:
        yield
    finally:
        task.cancel()


@contextlib.contextmanager
def no_garbage_collection() -> Iterator[None]:
    """A pause of our own collector would look like one of the server."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
