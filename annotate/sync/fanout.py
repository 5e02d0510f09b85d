"""The only place that knows the channel layer: one Fanout per event loop ties its hubs to other processes.

Messages on the bus are hints and may be lost, doubled or reordered: operations carry their revisions, and the
tail check below finds within a second whatever the bus did not bring. Without Redis there is one web process;
the tail check then runs more often, because that is how edits of the worker process reach open screens.
"""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Coroutine
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

from . import log, sessions, threads
from .hub import FrameHub
from .presence import REPEAT_S

logger = logging.getLogger(__name__)

TAIL_S = 1.0
TAIL_WITHOUT_BUS_S = 0.2
SESSIONS_S = 2.0
BUS_TIMEOUT_S = 2.0
QUEUED = 1000
"""Messages waiting for the bus before new ones are dropped."""
LARGEST = 65_536
"""Operations larger than this travel as a bare range that the receiver reads from the log."""

BUS_ERRORS = (RedisError, OSError, TimeoutError)

_per_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, "Fanout"] = WeakKeyDictionary()


def fanout() -> "Fanout":
    """The Fanout of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _per_loop:
        _per_loop[loop] = Fanout()
    return _per_loop[loop]


def announce(frame_id: int) -> None:
    """Tell open screens at once that something outside a hub has committed to this frame. Any thread."""
    for loop, one in list(_per_loop.items()):
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(one.poke, frame_id)


class Fanout:
    def __init__(self) -> None:
        self.process = uuid.uuid4().hex
        self.hubs: dict[int, FrameHub] = {}
        self.bus_works = bool(settings.REDIS_URL)
        self._has_bus = bool(settings.REDIS_URL)
        self._channel = ""
        self._outbox: asyncio.Queue[Coroutine[Any, Any, None]] = asyncio.Queue()
        self._subscribed: set[int] = set()
        self._tasks: list[asyncio.Task[None]] = []

    # Hubs

    def hub(self, frame_id: int) -> FrameHub:
        if not self._tasks:
            self._start()
        if frame_id not in self.hubs:
            self.hubs[frame_id] = FrameHub(self, frame_id)
            self._post(self._subscribe(frame_id))
        return self.hubs[frame_id]

    def forget(self, hub: FrameHub) -> None:
        if self.hubs.pop(hub.frame_id, None) is not None:
            self._post(self._unsubscribe(hub.frame_id))

    def poke(self, frame_id: int) -> None:
        if frame_id in self.hubs:
            self.hubs[frame_id].catch_up()

    def sockets_of(self, user_id: int) -> int:
        return sum(
            subscriber.viewer.user_id == user_id
            for hub in self.hubs.values()
            for subscriber in hub.subscribers
        )

    def _start(self) -> None:
        work = [self._tail(), self._beat(), self._watch_sessions()]
        if self._has_bus:
            work += [self._send(), self._listen()]
        self._tasks = [asyncio.create_task(one) for one in work]

    # To other processes

    def publish_operations(self, frame_id: int, entries: list[tuple[int, bytes]]) -> None:
        payload = [encoded for _, encoded in entries]
        contiguous = entries[-1][0] - entries[0][0] + 1 == len(entries)
        if not contiguous or sum(map(len, payload)) > LARGEST:
            payload = []
        self._tell(frame_id, "ops", {"from": entries[0][0], "to": entries[-1][0], "ops": payload})

    def publish_ephemera(self, frame_id: int, items: list[dict[str, Any]]) -> None:
        if self._outbox.qsize() < QUEUED // 10:
            self._tell(frame_id, "eph", {"items": items})

    def publish_people(self, frame_id: int, people: list[dict[str, Any]]) -> None:
        self._tell(frame_id, "people", {"people": people})

    def publish_claim(self, frame_id: int, client: UUID) -> None:
        self._tell(frame_id, "claim", {"client": client.hex})

    def _tell(self, frame_id: int, kind: str, content: dict[str, Any]) -> None:
        if self._has_bus:
            message = {"type": "frame", "src": self.process, "frame": frame_id, "kind": kind, **content}
            self._post(get_channel_layer().group_send(_group(frame_id), message))

    def _post(self, work: Coroutine[Any, Any, None]) -> None:
        if self._has_bus and self._outbox.qsize() < QUEUED:
            self._outbox.put_nowait(work)
        else:
            work.close()

    async def _send(self) -> None:
        """Everything for the bus in one order; a bus that is away costs nobody anything."""
        while True:
            work = await self._outbox.get()
            try:
                await asyncio.wait_for(work, BUS_TIMEOUT_S)
                if not self.bus_works:
                    logger.info("the channel layer answers again")
                    self.bus_works = True
            except BUS_ERRORS as error:
                if self.bus_works:
                    logger.warning("the channel layer does not answer, going on without it: %r", error)
                self.bus_works = False

    async def _subscribe(self, frame_id: int) -> None:
        if not self._channel:
            self._channel = await get_channel_layer().new_channel()
        if frame_id in self.hubs and frame_id not in self._subscribed:
            await get_channel_layer().group_add(_group(frame_id), self._channel)
            self._subscribed.add(frame_id)
            self.hubs[frame_id].publish_people()

    async def _unsubscribe(self, frame_id: int) -> None:
        if frame_id not in self.hubs and frame_id in self._subscribed:
            self._subscribed.discard(frame_id)
            await get_channel_layer().group_discard(_group(frame_id), self._channel)

    # From other processes

    async def _listen(self) -> None:
        while not self._channel:
            await asyncio.sleep(0.01)
        while True:
            try:
                message = await get_channel_layer().receive(self._channel)
            except BUS_ERRORS as error:
                logger.warning("cannot listen to the channel layer: %r", error)
                await asyncio.sleep(1.0)
                continue
            hub = self.hubs.get(message["frame"])
            if hub is not None and message["src"] != self.process:
                self._heard(hub, message)

    @staticmethod
    def _heard(hub: FrameHub, message: dict[str, Any]) -> None:
        kind = message["kind"]
        if kind == "ops":
            first = message["from"]
            if message["ops"]:
                hub.receive([(first + index, one) for index, one in enumerate(message["ops"])])
            elif message["to"] > hub.head:
                hub.catch_up()
        elif kind == "eph":
            hub.show_all(message["items"])
        elif kind == "people":
            hub.remote_people(message["src"], message["people"])
        elif kind == "claim":
            hub.replaced(UUID(message["client"]))

    # What heals

    async def _tail(self) -> None:
        """Compare every open frame with the database: a lost last message costs at most this pause."""
        while True:
            await asyncio.sleep(TAIL_S if self.bus_works else TAIL_WITHOUT_BUS_S)
            if not self.hubs:
                continue
            try:
                heads = await threads.read(log.heads_of, list(self.hubs))
            except threads.CONNECTION_ERRORS as error:
                logger.warning("tail check: %s", error)
                await asyncio.sleep(TAIL_S)
                continue
            for hub in list(self.hubs.values()):
                if hub.frame_id in heads:
                    hub.heard_of(*heads[hub.frame_id])
                elif hub.epoch is not None:
                    hub.close_all(4404, "the frame was deleted")

    async def _beat(self) -> None:
        repeated = time.monotonic()
        while True:
            await asyncio.sleep(1.0)
            now = time.monotonic()
            for hub in list(self.hubs.values()):
                hub.beat(now)
            if now - repeated >= REPEAT_S:
                repeated = now
                for frame_id, hub in list(self.hubs.items()):
                    self._post(self._subscribe(frame_id))
                    hub.publish_people()

    async def _watch_sessions(self) -> None:
        """Sign-out, deactivation, a new password or role reach a live socket by this."""
        while True:
            await asyncio.sleep(SESSIONS_S)
            watched = [(hub, one) for hub in self.hubs.values() for one in hub.subscribers]
            if not watched:
                continue
            try:
                verdicts = await threads.read(sessions.recheck, [one.viewer for _, one in watched])
            except threads.CONNECTION_ERRORS as error:
                logger.warning("sessions cannot be checked: %s", error)
                continue
            for (hub, subscriber), verdict in zip(watched, verdicts, strict=True):
                if isinstance(verdict, int):
                    subscriber.close(verdict, "your access ended")
                elif verdict != subscriber.viewer.role:
                    hub.role_changed(subscriber, verdict)


def _group(frame_id: int) -> str:
    return f"frame.{frame_id}"
