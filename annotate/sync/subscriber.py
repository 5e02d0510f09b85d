"""One socket on a frame: what it was sent, what it still gets, and the task that sends."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any
from uuid import UUID

from . import protocol
from .limits import UNDECIDED
from .operations import RETRYABLE, Code, Command, Outcome, Refused
from .sessions import Labels, Viewer, labels_text

if TYPE_CHECKING:
    from .hub import FrameHub

logger = logging.getLogger(__name__)
security_log = logging.getLogger("annotate.security")

WINDOW = 256
"""Operations sent but not yet seen by the client; Daphne itself has no back-pressure."""
STALLED_AFTER_S = 10.0
HEARTBEAT_S = 5.0

Send = Callable[[str], Coroutine[Any, Any, None]]
Close = Callable[[int, str], Coroutine[Any, Any, None]]


class Subscriber:
    """A cursor into the hub's operations (``sent``), plus what is said to this socket alone.

    There is no queue of operations per socket: a slow one falls behind and catches up from the hub's memory,
    from the log, or by a snapshot.
    """

    def __init__(self, hub: "FrameHub", viewer: Viewer, client: UUID, send: Send, close: Close) -> None:
        self.hub = hub
        self.viewer = viewer
        self.client = client
        self.who = ""  # set by the hub: unique on the frame
        self.labels: Labels = []  # as last told
        self.sent = 0
        self.seen = 0
        self.live = False
        self.next_counter = 1
        self.undecided = 0
        self.closing = False
        self._is_noted = False
        self._send = send
        self._close = close
        self._control: deque[str] = deque()
        self._ephemera: str | None = None
        self._wake = asyncio.Event()
        self._sent_at = time.monotonic()
        self._held_since: float | None = None
        self._closing: asyncio.Task[None] | None = None
        self._task = asyncio.create_task(self._run())

    @property
    def person(self) -> dict[str, Any]:
        viewer = self.viewer
        return {"who": self.who, "user": viewer.user_id, "name": viewer.name, "role": viewer.role}

    # What the consumer calls.

    def accept(self, commands: list[Command]) -> None:
        """Queue commands for the writer, or refuse them at once."""
        refused: list[Outcome] = []
        taken: list[Command] = []
        for command in commands:
            if command.counter > self.next_counter:
                refused.append(Refused(command.counter, Code.HOLE, f"expected {self.next_counter}"))
            elif self.undecided + len(taken) >= UNDECIDED:
                refused.append(Refused(command.counter, Code.RATE, "too many undecided", after_ms=250))
            else:
                taken.append(command)
                self.next_counter = max(self.next_counter, command.counter + 1)
        if refused:
            self.say(*protocol.answers_of(refused))
        if taken:
            self.undecided += len(taken)
            self.hub.writer.put(self, taken)

    def saw(self, revision: int) -> None:
        if self.seen < revision <= self.sent:
            self.seen = revision
            self._held_since = None
            self._wake.set()

    def rewind(self, have: int) -> None:
        """The client found a hole: send again from ``have``, if it was ever sent that far."""
        if self.live and have < self.sent:
            self.start(sent=have)

    # What the hub and the writer call.

    def answer(self, outcomes: list[Outcome]) -> None:
        self.undecided -= len(outcomes)
        if any(isinstance(outcome, Refused) and outcome.code is Code.FORBIDDEN for outcome in outcomes):
            self.note_refused()
        for outcome in outcomes:
            if isinstance(outcome, Refused) and outcome.code in RETRYABLE:
                self.next_counter = min(self.next_counter, outcome.counter)
        self.say(*protocol.answers_of(outcomes))

    def note_refused(self) -> None:
        """Once for a socket: an old page may send many commands of which none is allowed."""
        if not self._is_noted:
            self._is_noted = True
            user, role = self.viewer.user_id, self.viewer.role
            security_log.warning("user %s was refused on frame %s: %s", user, self.hub.frame_id, role)

    def say(self, *texts: str) -> None:
        self._control.extend(texts)
        self._wake.set()

    def show_ephemera(self, text: str) -> None:
        """Replace what was not sent yet: only the latest matters."""
        self._ephemera = text
        self._wake.set()

    def start(self, *, sent: int) -> None:
        """The client holds everything up to ``sent``; operations follow from there."""
        self.sent = self.seen = sent
        self.live = True
        self._held_since = None
        self._wake.set()

    def show_labels(self, labels: Labels) -> None:
        """Told where they are others than before; who falls behind just now is told the next time."""
        if self.live and labels != self.labels:
            self.labels = labels
            self.say(labels_text(labels))

    def wake(self) -> None:
        if self.live and self.sent < self.hub.flushed:
            self._wake.set()

    def beat(self, now: float, *, moved: bool) -> None:
        """Called every second: heartbeat when due, close a socket that reads too slowly."""
        if self._held_since is not None and now - self._held_since > STALLED_AFTER_S:
            self.close(4408, "reads too slowly")
        elif moved or now - self._sent_at >= HEARTBEAT_S:
            self.say(protocol.text_of({"t": "hb", "head": self.hub.head}))

    def close(self, code: int, reason: str) -> None:
        """Close the socket from our side; the consumer then leaves the hub."""
        if not self.closing:
            self.closing = True
            self._wake.set()
            self._closing = asyncio.create_task(self._close(code, reason))

    def stop(self) -> None:
        self.live = False
        self._task.cancel()

    async def _run(self) -> None:
        try:
            await self._send_all()
        except RuntimeError as error:  # how web servers say that the peer has gone
            logger.info("frame %s: a socket takes nothing any more: %s", self.hub.frame_id, error)
            self.close(4500, "an error on the server; nothing was lost")
        except Exception:
            logger.exception("cannot send to a socket on frame %s", self.hub.frame_id)
            self.close(4500, "an error on the server; nothing was lost")

    async def _send_all(self) -> None:
        while not self.closing:
            await self._wake.wait()
            self._wake.clear()
            while self._control and not self.closing:
                await self._put(self._control.popleft())
            await self._send_operations()
            if self._ephemera is not None:
                text, self._ephemera = self._ephemera, None
                await self._put(text)

    async def _send_operations(self) -> None:
        while self.live and not self.closing and self.sent < self.hub.flushed:
            if self.sent - self.seen >= WINDOW:
                self._held_since = self._held_since or time.monotonic()
                return
            events = self.hub.events_after(self.sent)
            if events is None:
                self.live = False
                self.hub.resync(self)
                return
            text, self.sent = events
            await self._put(text)

    async def _put(self, text: str) -> None:
        self._sent_at = time.monotonic()
        try:
            await self._send(text)
        except OSError:  # the peer is gone; the consumer hears of it by its own way
            self.closing = True
