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
from .opinion_rows import opinions_at
from .presence import Presence
from .snapshot import snapshot_of, snapshot_texts
from .submit import FrameMissing, Result
from .subscriber import Subscriber
from .writer import FrameWriter

if TYPE_CHECKING:
    from .fanout import Fanout

logger = logging.getLogger(__name__)

TICK_S = 0.02
"""Edits that are due within a tick travel together; after a quiet tick an edit leaves at once. This is the longest."""
TICK_PER_FLUSH = 3
"""A tick lasts this many times what telling everybody took: with few people, or a fast server, it is short, and
fan-out never takes more than a quarter of the process."""
PEOPLE_TICK_S = 0.25
"""Who comes and goes within this time is told together: a thousand sockets may come back at once."""
RING = 2000
DELTA = 500
"""A client that misses more operations than this gets a snapshot."""
EVENTS_PER_MESSAGE = 200
EPHEMERA_TICK_S = 0.04


class FrameHub:
    def __init__(self, fanout: "Fanout", frame_id: int) -> None:
        self.fanout = fanout
        self.frame_id = frame_id
        self.project_id: int | None = None  # known from the first socket on
        self.epoch: UUID | None = None
        self.head = 0
        self.status = ""
        self.comments = 0  # how often the comments of the frame changed
        self.detections = 0  # the same of its detections
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
        self._flush_due = 0.0
        self._flush_timer: asyncio.TimerHandle | None = None
        self._people_due = 0.0
        self._people_timer: asyncio.TimerHandle | None = None
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
        self.project_id = subscriber.viewer.project_id
        if self.epoch is None:
            await self._read_head()
        self._people_changed()
        return await self.resume(subscriber, epoch=epoch, have=have)

    async def resume(self, subscriber: Subscriber, *, epoch: UUID | None, have: int) -> tuple[str, list[str]]:
        """What brings a client that holds revision ``have`` up to date: ("ok" | "delta" | "snapshot", texts).
        Sets ``subscriber.sent``."""
        if epoch == self.epoch and have > 0 and self.head - have <= DELTA:
            tail = await threads.read(log.tail_of, self.frame_id, have, limit=2 * DELTA)
            if tail.epoch != epoch:
                await self.check_epoch()
            elif not tail.operations and tail.revision >= have:
                subscriber.sent = have
                return "ok", []
            elif tail.operations and tail.operations[0][0] == have + 1:
                subscriber.sent = tail.operations[-1][0]
                return "delta", _delta(have, [one for _, one in tail.operations])
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
            for timer in (self._flush_timer, self._ephemera_timer, self._people_timer):
                if timer is not None:
                    timer.cancel()
            self._tell_others_the_rest()
            self.fanout.forget(self)

    def _tell_others_the_rest(self) -> None:
        """What the timers would still have told other processes: above all that nobody is left here."""
        if self._own and self.epoch is not None:
            self.fanout.publish_operations(self.frame_id, self.epoch, self._own)
        if self._ephemera:
            self.fanout.publish_ephemera(self.frame_id, list(self._ephemera.values()))
        self.publish_people()

    def close_all(self, code: int, reason: str) -> None:
        for subscriber in list(self.subscribers):
            subscriber.close(code, reason)

    def resync(self, subscriber: Subscriber) -> None:
        """A socket fell behind what the hub remembers: start it afresh in place."""
        self._spawn(self._resync(subscriber))

    async def _resync(self, subscriber: Subscriber) -> None:
        try:
            _, texts = await self.resume(subscriber, epoch=self.epoch, have=subscriber.sent)
        except FrameMissing:
            subscriber.close(4404, "the frame was deleted")
        except threads.CONNECTION_ERRORS:
            subscriber.close(4503, "the database cannot be reached")
        else:
            if subscriber in self.subscribers:
                subscriber.say(*texts)
                subscriber.start(sent=subscriber.sent)

    # Operations

    def committed(self, result: Result) -> None:
        """Operations that this process has just committed."""
        if not result.operations or result.epoch != self.epoch:
            return
        entries = log.encoded_operations(result.operations)
        self._own += entries
        self.receive(entries, result.epoch)
        self._schedule_flush()

    def receive(self, entries: list[tuple[int, bytes]], epoch: UUID | None) -> None:
        """Operations from anywhere, in order. A gap before or between them is read from the log. Those of another
        epoch, late on the bus or read before a restore, have nothing to do with ours."""
        if not entries or self.epoch is None or epoch != self.epoch:
            return
        first, last = entries[0][0], entries[-1][0]
        if first > self.head + 1 or last - first + 1 != len(entries):
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

    def heard_of(self, head: log.Head, *, known: tuple[UUID | None, int]) -> None:
        """The database is at ``head``: found by the tail check. ``known``: our epoch and head before it was asked;
        we may have committed more since, so only a head below that one tells of a log that was put back."""
        epoch, revision = known
        if self.epoch is None or self.epoch != epoch:
            return
        if head.epoch != self.epoch or head.revision < revision:
            self._rewound(head.revision, head.epoch)
        elif head.revision > self.head:
            self.catch_up()
        if (head.status, head.comments, head.detections) != (self.status, self.comments, self.detections):
            self.status, self.comments, self.detections = head.status, head.comments, head.detections
            self.say_to_all({"t": "frame", **self.about})

    @property
    def about(self) -> dict[str, Any]:
        """What open screens show of the frame besides its boxes."""
        return {"status": self.status, "comments": self.comments, "detections": self.detections}

    def say_to_all(self, message: dict[str, Any]) -> None:
        text = protocol.text_of(message)
        for subscriber in self.subscribers:
            if subscriber.live:
                subscriber.say(text)

    def catch_up(self) -> None:
        if self._catching_up is None:
            self._catching_up = self._spawn(self._catch_up())

    async def _catch_up(self) -> None:
        try:
            while True:
                tail = await threads.read(log.tail_of, self.frame_id, self.head, limit=DELTA)
                self.receive(tail.operations, tail.epoch)
                if len(tail.operations) < DELTA or tail.epoch != self.epoch:
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
        self.close_all(4503, "the frame was restored")

    async def _read_head(self) -> None:
        heads = await threads.read(log.heads_of, [self.frame_id])
        if self.epoch is not None:
            return
        if self.frame_id not in heads:
            raise FrameMissing(self.frame_id)
        self.head, self.epoch, self.status, self.comments, self.detections = heads[self.frame_id]
        self.flushed = self.head

    async def check_epoch(self) -> None:
        """After a sign that the log was put back. Raises FrameMissing."""
        heads = await threads.read(log.heads_of, [self.frame_id])
        if self.frame_id not in heads:
            raise FrameMissing(self.frame_id)
        head = heads[self.frame_id]
        if head.epoch != self.epoch:
            self._rewound(head.revision, head.epoch)

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
        due = self._ring[start : start + min(EVENTS_PER_MESSAGE, self.flushed - revision)]
        due = due[: protocol.how_many_fit(due)]
        last = revision + len(due)
        text = protocol.events_text(revision + 1, last, due)
        self._texts[revision] = text, last
        return text, last

    def _schedule_flush(self) -> None:
        if self._flush_timer is None:
            wait = max(0.0, self._flush_due - time.monotonic())
            self._flush_timer = asyncio.get_running_loop().call_later(wait, self._flush)

    def _flush(self) -> None:
        self._flush_timer = None
        started = time.monotonic()
        self._flush_due = started + TICK_S
        self._texts.clear()
        self.flushed = self.head
        for subscriber in self.subscribers:
            subscriber.wake()
        if self._own and self.epoch is not None:
            own, self._own = self._own, []
            self.fanout.publish_operations(self.frame_id, self.epoch, own)
        # Behind the tasks that were woken just now, hence when they have sent.
        asyncio.get_running_loop().call_soon(self._flush_ended, started)

    def _flush_ended(self, started: float) -> None:
        now = time.monotonic()
        self._flush_due = min(started + TICK_S, now + TICK_PER_FLUSH * (now - started))

    async def _fresh_snapshot(self) -> tuple[int, list[str]]:
        """The newest snapshot, read once for all who want it at the same time."""
        if self._snapshot is not None and self.head - self._snapshot[0] <= min(DELTA, len(self._ring)):
            return self._snapshot
        if self._loading is None:
            self._loading = self._spawn(self._load_snapshot())
        return await asyncio.shield(self._loading)

    async def _load_snapshot(self) -> tuple[int, list[str]]:
        try:
            while True:
                epoch, head, texts = await threads.read(_snapshot_message, self.frame_id)
                if epoch == self.epoch:
                    break
                await self.check_epoch()  # the log was put back: before our snapshot, or while it was read
        finally:
            self._loading = None
        self._snapshot = head, texts
        if head > self.head:
            self.catch_up()
        return head, texts

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
                if subscriber.live:  # nothing comes before ``welcome``
                    subscriber.show_ephemera(text)

    def people(self) -> list[dict[str, Any]]:
        return self.presence.everybody(self._local_people())

    def _local_people(self) -> list[dict[str, Any]]:
        return [subscriber.person for subscriber in self.subscribers]

    def users(self) -> list[dict[str, Any]]:
        """The people with a socket in this process, each once: ``user`` and ``name``."""
        viewers = {one.viewer.user_id: one.viewer.name for one in self.subscribers}
        return [{"user": user, "name": name} for user, name in viewers.items()]

    def _people_changed(self) -> None:
        if self._people_timer is None:
            wait = max(0.0, self._people_due - time.monotonic())
            self._people_timer = asyncio.get_running_loop().call_later(wait, self._say_who_is_here)
        if self.project_id is not None:
            self.fanout.whereabouts_changed(self.project_id)

    def _say_who_is_here(self) -> None:
        self._people_timer = None
        self._people_due = time.monotonic() + PEOPLE_TICK_S
        self.tell_people()
        self.publish_people()

    def publish_people(self) -> None:
        self.fanout.publish_people(self.frame_id, self._local_people())

    def remote_people(self, process: str, people: list[dict[str, Any]]) -> None:
        is_newcomer = bool(people) and not self.presence.knows(process)
        if self.presence.update(process, people):
            self.tell_people()
        if is_newcomer:
            self.publish_people()  # it has not heard of ours either

    def tell_people(self) -> None:
        self.say_to_all({"t": "pres", "people": self.people()})

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


def _snapshot_message(frame_id: int) -> tuple[UUID, int, list[str]]:
    snapshot = snapshot_of(frame_id)
    opinions = opinions_at(frame_id, snapshot.revision)
    return snapshot.epoch, snapshot.revision, snapshot_texts(snapshot, opinions)


def _delta(have: int, encoded: list[bytes]) -> list[str]:
    """The ``ev`` messages that bring a client from revision ``have`` to the present."""
    texts = []
    while encoded:
        count = protocol.how_many_fit(encoded)
        texts.append(protocol.events_text(have + 1, have + count, encoded[:count]))
        have, encoded = have + count, encoded[count:]
    return texts
