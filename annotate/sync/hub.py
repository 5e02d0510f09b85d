"""A frame that people in this process have open: its newest operations in memory, its sockets, its writer.

The database is the truth. The hub's copy of the log's end (``_ring``) is contiguous up to ``head``; whatever
arrives out of order, from this process or another, makes it read the log again.
"""

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from . import log, protocol, threads
from .presence import Presence
from .snapshot import snapshot_of, snapshot_texts
from .submit import FrameMissing, Result
from .subscriber import Subscriber
from .writer import FrameWriter

if TYPE_CHECKING:
    from .fanout import Fanout

logger = logging.getLogger(__name__)

TICK_S = 0.02
"""Edits that are due within a tick travel together; after a quiet tick an edit leaves at once."""
RING = 2000
DELTA = 500
"""A client that misses more operations than this gets a snapshot."""
EVENTS_PER_MESSAGE = 200
EPHEMERA_TICK_S = 0.04


class FrameHub:
    def __init__(self, fanout: "Fanout", frame_id: int) -> None:
        self.fanout = fanout
        self.frame_id = frame_id
        self.epoch: UUID | None = None
        self.head = 0
        self.flushed = 0
        self.subscribers: set[Subscriber] = set()
        self.writer = FrameWriter(self)
        self.presence = Presence()
        self._ring: list[bytes] = []  # the operations head - len(_ring) + 1 to head
        self._texts: dict[
            int, tuple[str, int]
        ] = {}  # revision after which -> (ev message, its last revision)
        self._own: list[tuple[int, bytes]] = []  # committed here, not yet told to other processes
        self._snapshot: tuple[int, list[str]] | None = None
        self._loading: asyncio.Task[tuple[int, list[str]]] | None = None
        self._catching_up: asyncio.Task[None] | None = None
        self._flush_at = 0.0
        self._flush_timer: asyncio.TimerHandle | None = None
        self._ephemera: dict[tuple[str, str], dict[str, Any]] = {}
        self._ephemera_timer: asyncio.TimerHandle | None = None
        self._beaten = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    # Coming and going

    async def join(self, subscriber: Subscriber, *, epoch: UUID | None, have: int) -> tuple[str, list[str]]:
        """Add a socket. Returns the mode of its ``welcome`` and what to say after it; the caller says it and
        then calls ``subscriber.start``."""
        self.replaced(subscriber.client)
        self.fanout.publish_claim(self.frame_id, subscriber.client)
        subscriber.who = self.presence.new_id()
        self.subscribers.add(subscriber)
        if self.epoch is None:
            await self._read_head()
        self._people_changed()
        return await self.resume(subscriber, epoch=epoch, have=have)

    async def resume(self, subscriber: Subscriber, *, epoch: UUID | None, have: int) -> tuple[str, list[str]]:
        """What brings a client that holds revision ``have`` up to date: ("ok" | "delta" | "snapshot", texts).
        Sets ``subscriber.sent``."""
        if epoch == self.epoch and 0 < have <= self.head and self.head - have <= DELTA:
            operations = await threads.read(log.operations_since, self.frame_id, have, limit=2 * DELTA)
            if not operations:
                subscriber.sent = have
                return "ok", []
            if operations[0][0] == have + 1:
                subscriber.sent = operations[-1][0]
                text = protocol.events_text(have + 1, subscriber.sent, [one for _, one in operations])
                return "delta", [text]
        subscriber.sent, texts = await self._fresh_snapshot()
        return "snapshot", texts

    def replaced(self, client: UUID) -> None:
        """The client connected again, here or to another process: its older socket goes."""
        for subscriber in [one for one in self.subscribers if one.client == client]:
            subscriber.close(4409, "the same client connected again")

    def leave(self, subscriber: Subscriber) -> None:
        subscriber.stop()
        if subscriber in self.subscribers:
            self.subscribers.discard(subscriber)
            for kind in ("cursor", "selection", "drag"):
                self.show(subscriber, {"who": subscriber.who, "kind": kind, "val": None})
            self._people_changed()
        self.close_if_empty()

    def close_if_empty(self) -> None:
        if not self.subscribers and self.writer.idle:
            for timer in (self._flush_timer, self._ephemera_timer):
                if timer is not None:
                    timer.cancel()
            self.fanout.forget(self)

    def close_all(self, code: int, reason: str) -> None:
        for subscriber in list(self.subscribers):
            subscriber.close(code, reason)

    def resync(self, subscriber: Subscriber) -> None:
        """A socket fell behind what the hub remembers: start it afresh in place."""
        self._spawn(self._resync(subscriber))

    async def _resync(self, subscriber: Subscriber) -> None:
        _, texts = await self.resume(subscriber, epoch=self.epoch, have=subscriber.sent)
        if subscriber in self.subscribers:
            subscriber.say(*texts)
            subscriber.start(sent=subscriber.sent)

    # Operations

    def committed(self, result: Result) -> None:
        """Operations that this process has just committed."""
        if not result.operations:
            return
        entries = log.encoded_operations(result.operations)
        self._own += entries
        self.receive(entries)

    def receive(self, entries: list[tuple[int, bytes]]) -> None:
        """Operations from anywhere, a contiguous run. A gap before them is read from the log."""
        if not entries or self.epoch is None:
            return
        if entries[0][0] > self.head + 1:
            self.catch_up()
            return
        fresh = [encoded for revision, encoded in entries if revision > self.head]
        if not fresh:
            return
        self._ring += fresh
        self.head += len(fresh)
        if len(self._ring) > 2 * RING:
            del self._ring[:-RING]
        self._schedule_flush()

    def heard_of(self, head: int, epoch: UUID) -> None:
        """The database is at ``head``: found by the tail check, or told by another process."""
        if self.epoch is None:
            return
        if epoch != self.epoch or head < self.head:
            self._rewound(head, epoch)
        elif head > self.head:
            self.catch_up()

    def catch_up(self) -> None:
        if self._catching_up is None:
            self._catching_up = self._spawn(self._catch_up())

    async def _catch_up(self) -> None:
        try:
            while True:
                operations = await threads.read(log.operations_since, self.frame_id, self.head, limit=DELTA)
                self.receive(operations)
                if len(operations) < DELTA:
                    return
        except threads.CONNECTION_ERRORS as error:
            logger.warning("frame %s: cannot read the log: %s", self.frame_id, error)
        finally:
            self._catching_up = None

    def _rewound(self, head: int, epoch: UUID) -> None:
        """A restore put the log back: everybody starts afresh."""
        logger.warning("frame %s went from revision %s to %s", self.frame_id, self.head, head)
        self.epoch, self.head, self.flushed = epoch, head, head
        self._ring.clear()
        self._texts.clear()
        self._own.clear()
        self._snapshot = None
        self.close_all(1012, "the frame was restored")

    async def _read_head(self) -> None:
        heads = await threads.read(log.heads_of, [self.frame_id])
        if self.epoch is not None:
            return
        if self.frame_id not in heads:
            raise FrameMissing(self.frame_id)
        self.head, self.epoch = heads[self.frame_id]
        self.flushed = self.head

    # Sending

    def events_after(self, revision: int) -> tuple[str, int] | None:
        """The ``ev`` message after ``revision`` and its last revision; None when too old for the hub's
        memory. Encoded once for all sockets that are at the same place."""
        known = self._texts.get(revision)
        if known is not None:
            return known
        start = len(self._ring) - (self.head - revision)
        if start < 0:
            return None
        last = min(self.flushed, revision + EVENTS_PER_MESSAGE)
        text = protocol.events_text(revision + 1, last, self._ring[start : start + last - revision])
        self._texts[revision] = text, last
        return text, last

    def _schedule_flush(self) -> None:
        if self._flush_timer is None:
            wait = max(0.0, self._flush_at + TICK_S - time.monotonic())
            self._flush_timer = asyncio.get_running_loop().call_later(wait, self._flush)

    def _flush(self) -> None:
        self._flush_timer = None
        self._flush_at = time.monotonic()
        self._texts.clear()
        self.flushed = self.head
        for subscriber in self.subscribers:
            subscriber.wake()
        if self._own:
            own, self._own = self._own, []
            self.fanout.publish_operations(self.frame_id, own)

    async def _fresh_snapshot(self) -> tuple[int, list[str]]:
        """The newest snapshot, read once for all who want it at the same time."""
        if self._snapshot is not None and self.head - self._snapshot[0] <= min(DELTA, len(self._ring)):
            return self._snapshot
        if self._loading is None:
            self._loading = self._spawn(self._load_snapshot())
        return await asyncio.shield(self._loading)

    async def _load_snapshot(self) -> tuple[int, list[str]]:
        try:
            self._snapshot = await threads.read(_snapshot_message, self.frame_id)
        finally:
            self._loading = None
        if self._snapshot[0] > self.head:
            self.catch_up()
        return self._snapshot

    # Ephemera, presence, heartbeat

    def show(self, subscriber: Subscriber, item: dict[str, Any]) -> None:
        """Tell everybody what a person is doing now. The latest per person and kind wins."""
        self._ephemera[item["who"], item["kind"]] = item
        if self._ephemera_timer is None:
            loop = asyncio.get_running_loop()
            self._ephemera_timer = loop.call_later(EPHEMERA_TICK_S, self._flush_ephemera)

    def _flush_ephemera(self) -> None:
        self._ephemera_timer = None
        items = list(self._ephemera.values())
        self._ephemera.clear()
        self.show_all(items)
        self.fanout.publish_ephemera(self.frame_id, items)

    def show_all(self, items: list[dict[str, Any]]) -> None:
        if items and self.subscribers:
            text = protocol.text_of({"t": "eph", "items": items})
            for subscriber in self.subscribers:
                subscriber.show_ephemera(text)

    def people(self) -> list[dict[str, Any]]:
        return self.presence.everybody(self._local_people())

    def _local_people(self) -> list[dict[str, Any]]:
        return [subscriber.person for subscriber in self.subscribers]

    def _people_changed(self) -> None:
        self.tell_people()
        self.publish_people()

    def publish_people(self) -> None:
        self.fanout.publish_people(self.frame_id, self._local_people())

    def remote_people(self, process: str, people: list[dict[str, Any]]) -> None:
        if self.presence.update(process, people):
            self.tell_people()

    def tell_people(self) -> None:
        text = protocol.text_of({"t": "pres", "people": self.people()})
        for subscriber in self.subscribers:
            if subscriber.live:
                subscriber.say(text)

    def role_changed(self, subscriber: Subscriber, role: str) -> None:
        subscriber.viewer.role = role
        subscriber.say(protocol.text_of({"t": "role", "role": role}))
        self._people_changed()

    def beat(self, now: float) -> None:
        """Once a second."""
        moved = self.head != self._beaten
        self._beaten = self.head
        for subscriber in list(self.subscribers):
            if subscriber.live:
                subscriber.beat(now, moved=moved)
        if self.presence.forget_silent():
            self.tell_people()

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _snapshot_message(frame_id: int) -> tuple[int, list[str]]:
    snapshot = snapshot_of(frame_id)
    return snapshot.revision, snapshot_texts(snapshot)
