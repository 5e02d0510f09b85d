"""The place that knows the channel layer: one Fanout per event loop ties its hubs to other processes.

Messages on the bus are hints and may be lost, doubled or reordered: operations carry their revisions, and the
tail check below finds within a second whatever the bus did not bring. Without Redis there is one web process;
the tail check then runs more often, because that is how edits of the worker process reach open screens.
"""

import asyncio
import contextlib
import logging
import os
import socket
import time
import uuid
from collections.abc import Coroutine
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

from annotate import doorbell

from . import log, sessions, threads
from .hub import FrameHub
from .poking import poke
from .presence import REPEAT_S
from .whereabouts import Places, Whereabouts

logger = logging.getLogger(__name__)

TAIL_S = 1.0
TAIL_WITHOUT_BUS_S = 0.2
SESSIONS_S = 2.0
WHEREABOUTS_S = 0.5
"""Comings and goings in a project are told together, this long after the first."""
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
    """Tell open screens at once that something outside a hub has committed to this frame. Any thread, any process."""
    told = False
    for loop, one in list(_per_loop.items()):
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(one.poke, frame_id)
            told = True
    if told:
        return
    if settings.REDIS_URL:
        message = {"type": "frame", "src": f"pid{os.getpid()}", "frame": frame_id, "kind": "poke"}
        poke(_frame_group(frame_id), message)
    else:
        doorbell.ring(settings.DATA_DIR, doorbell.FRAMES, str(frame_id))


class Fanout:
    def __init__(self) -> None:
        self.process = uuid.uuid4().hex
        self.hubs: dict[int, FrameHub] = {}
        self.bus_works = bool(settings.REDIS_URL)
        self._has_bus = bool(settings.REDIS_URL)
        self._channel = ""
        self._outbox: asyncio.Queue[Coroutine[Any, Any, None]] = asyncio.Queue()
        self._subscribed: set[str] = set()
        self._whereabouts = Whereabouts()
        self._moving: dict[int, asyncio.TimerHandle] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._looking: set[asyncio.Task[bool]] = set()

    # Hubs

    def hub(self, frame_id: int) -> FrameHub:
        if not self._tasks:
            self._start()
        if frame_id not in self.hubs:
            self.hubs[frame_id] = FrameHub(self, frame_id)
            self._post(self._subscribe(frame_id))
        return self.hubs[frame_id]

    def forget(self, hub: FrameHub) -> None:
        if self.hubs.get(hub.frame_id) is not hub:
            return
        del self.hubs[hub.frame_id]
        self._post(self._unsubscribe(_frame_group(hub.frame_id)))
        if hub.project_id is not None and hub.project_id not in self._projects():
            self._whereabouts.forget(hub.project_id)
            self._post(self._unsubscribe(_project_group(hub.project_id)))

    def poke(self, frame_id: int) -> None:
        """Look at the database now instead of at the next tail check, here and in the other processes."""
        self._look_soon(frame_id)
        self._tell(frame_id, "poke", {})

    def _look_soon(self, frame_id: int) -> None:
        if frame_id in self.hubs:
            task = asyncio.get_running_loop().create_task(self._look([frame_id]))
            self._looking.add(task)
            task.add_done_callback(self._looking.discard)

    def sockets_of(self, user_id: int, *, besides: UUID) -> int:
        """Not counting those of the client ``besides``."""
        return sum(
            subscriber.viewer.user_id == user_id and subscriber.client != besides
            for hub in self.hubs.values()
            for subscriber in hub.subscribers
        )

    def _start(self) -> None:
        work = [self._tail(), self._beat(), self._watch_sessions()]
        if self._has_bus:
            work += [self._send(), self._listen()]
        else:
            self._hear_the_worker()
        self._tasks = [asyncio.create_task(one) for one in work]

    def _hear_the_worker(self) -> None:
        """Without a bus, the worker rings when it has written to a frame."""
        bell = doorbell.listen(settings.DATA_DIR, doorbell.FRAMES)
        if bell is None:
            return
        try:
            asyncio.get_running_loop().add_reader(bell, self._rung, bell)
        except NotImplementedError:  # not every event loop can; the tail check does it all
            doorbell.close(bell)

    def _rung(self, bell: socket.socket) -> None:
        for text in set(doorbell.heard(bell)):
            if text.isdecimal():
                self._look_soon(int(text))

    # To other processes

    def publish_operations(self, frame_id: int, epoch: UUID, entries: list[tuple[int, bytes]]) -> None:
        payload = [encoded for _, encoded in entries]
        contiguous = entries[-1][0] - entries[0][0] + 1 == len(entries)
        if not contiguous or sum(map(len, payload)) > LARGEST:
            payload = []
        span = {"epoch": epoch.hex, "from": entries[0][0], "to": entries[-1][0]}
        self._tell(frame_id, "ops", {**span, "ops": payload})

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
            self._post(get_channel_layer().group_send(_frame_group(frame_id), message))

    # Who is on which frame of a project

    def whereabouts_changed(self, project_id: int) -> None:
        """Somebody came to a frame of the project, or left one."""
        if project_id not in self._moving:
            timer = asyncio.get_running_loop().call_later(WHEREABOUTS_S, self._tell_whereabouts, project_id)
            self._moving[project_id] = timer

    def _tell_whereabouts(self, project_id: int) -> None:
        self._moving.pop(project_id, None)
        for hub in self._hubs_of(project_id)[:1]:
            self._post(self._subscribe(hub.frame_id))  # to the project's group as well, now that it is known
        self._say_whereabouts(project_id)
        self._publish_whereabouts(project_id)

    def _publish_whereabouts(self, project_id: int) -> None:
        if self._has_bus:
            message = {"type": "project", "src": self.process, "project": project_id}
            places = self._local_places(project_id)
            layer = get_channel_layer()
            self._post(layer.group_send(_project_group(project_id), {**message, "places": places}))

    def _say_whereabouts(self, project_id: int) -> None:
        places = self._whereabouts.everywhere(project_id, self._local_places(project_id))
        for hub in self._hubs_of(project_id):
            hub.say_to_all({"t": "where", "frames": places})

    def _local_places(self, project_id: int) -> Places:
        return {str(hub.frame_id): hub.users() for hub in self._hubs_of(project_id) if hub.subscribers}

    def _hubs_of(self, project_id: int) -> list[FrameHub]:
        return [hub for hub in self.hubs.values() if hub.project_id == project_id]

    def _projects(self) -> set[int]:
        return {hub.project_id for hub in self.hubs.values() if hub.project_id is not None}

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
                async with asyncio.timeout(BUS_TIMEOUT_S):  # wait_for of Python 3.11 may lose a cancellation
                    await work
                if not self.bus_works:
                    logger.info("the channel layer answers again")
                    self.bus_works = True
            except BUS_ERRORS as error:
                if self.bus_works:
                    logger.warning("the channel layer does not answer, going on without it: %r", error)
                self.bus_works = False

    async def _subscribe(self, frame_id: int) -> None:
        """Hear of a frame that is open here, and of where the people of its project are."""
        if not self._channel:
            self._channel = await get_channel_layer().new_channel()
        hub = self.hubs.get(frame_id)
        if hub is None:
            return
        if _frame_group(frame_id) not in self._subscribed:
            await self._join(_frame_group(frame_id))
            hub.publish_people()
        if hub.project_id is not None and _project_group(hub.project_id) not in self._subscribed:
            await self._join(_project_group(hub.project_id))

    async def _join(self, group: str) -> None:
        await get_channel_layer().group_add(group, self._channel)
        self._subscribed.add(group)

    async def _unsubscribe(self, group: str) -> None:
        if group in self._unwanted():
            await get_channel_layer().group_discard(group, self._channel)
            self._subscribed.discard(group)

    def _unwanted(self) -> set[str]:
        wanted = {_frame_group(frame_id) for frame_id in self.hubs}
        return self._subscribed - wanted - {_project_group(project_id) for project_id in self._projects()}

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
            if message["src"] != self.process:
                self._heard(message)

    def _heard(self, message: dict[str, Any]) -> None:
        if message["type"] == "project":
            project_id = message["project"]
            if self._whereabouts.update(project_id, message["src"], message["places"]):
                self._say_whereabouts(project_id)
        elif message["frame"] in self.hubs:
            self._heard_of_frame(self.hubs[message["frame"]], message)

    def _heard_of_frame(self, hub: FrameHub, message: dict[str, Any]) -> None:
        kind = message["kind"]
        if kind == "ops":
            first = message["from"]
            if message["ops"]:
                entries = [(first + index, one) for index, one in enumerate(message["ops"])]
                hub.receive(entries, UUID(message["epoch"]))
            elif message["to"] > hub.head:
                hub.catch_up()
        elif kind == "eph":
            hub.show_all(message["items"])
        elif kind == "people":
            hub.remote_people(message["src"], message["people"])
        elif kind == "claim":
            hub.replaced(UUID(message["client"]))
        elif kind == "poke":
            self._look_soon(hub.frame_id)

    # What heals

    async def _tail(self) -> None:
        """Compare every open frame with the database: a lost last message costs at most this pause."""
        while True:
            await asyncio.sleep(TAIL_S if self.bus_works else TAIL_WITHOUT_BUS_S)
            if not self.hubs:
                continue
            if not await self._look(list(self.hubs)):
                await asyncio.sleep(TAIL_S)

    async def _look(self, frame_ids: list[int]) -> bool:
        """Compare these frames with the database; whether it could be asked."""
        hubs = [self.hubs[frame_id] for frame_id in frame_ids if frame_id in self.hubs]
        known = {hub.frame_id: (hub.epoch, hub.head) for hub in hubs}
        try:
            heads = await threads.read(log.heads_of, frame_ids)
        except threads.CONNECTION_ERRORS as error:
            logger.warning("tail check: %s", error)
            return False
        for hub in [self.hubs[frame_id] for frame_id in known if frame_id in self.hubs]:
            if hub.frame_id in heads:
                hub.heard_of(heads[hub.frame_id], known=known[hub.frame_id])
            elif hub.epoch is not None:
                hub.close_all(4404, "the frame was deleted")
        return True

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
                for project_id in self._projects():
                    self._publish_whereabouts(project_id)
                for group in self._unwanted():  # the bus was away when we left them
                    self._post(self._unsubscribe(group))
            for project_id in self._whereabouts.forget_silent():
                self._say_whereabouts(project_id)

    async def _watch_sessions(self) -> None:
        """Sign-out, deactivation, a new password or role, and other labels reach a live socket by this."""
        while True:
            await asyncio.sleep(SESSIONS_S)
            watched = [(hub, one) for hub in self.hubs.values() for one in hub.subscribers]
            if not watched:
                continue
            try:
                found = await threads.read(sessions.watch, [one.viewer for _, one in watched])
            except threads.CONNECTION_ERRORS as error:
                logger.warning("sessions cannot be checked: %s", error)
                continue
            for (hub, subscriber), verdict in zip(watched, found.verdicts, strict=True):
                if isinstance(verdict, int):
                    subscriber.close(verdict, "your access ended")
                    continue
                if verdict != subscriber.viewer.role:
                    hub.role_changed(subscriber, verdict)
                subscriber.show_labels(found.labels[subscriber.viewer.project_id])


def _frame_group(frame_id: int) -> str:
    return f"frame.{frame_id}"


def _project_group(project_id: int) -> str:
    return f"project.{project_id}"
