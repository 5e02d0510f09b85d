"""A frame, and tabs of several people on it."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from annotate import consumers
from annotate.models import Frame, User
from annotate.sync import threads
from annotate.sync.fanout import Fanout, fanout

from .replica import Replica, check_replay, fresh_replica
from .tab import PATIENCE_S, Tab
from .world import World

P = ParamSpec("P")
T = TypeVar("T")


async def in_db(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The ORM may not be used in the event loop's own thread."""
    return await threads.read(function, *args, **kwargs)


async def until(is_so: Callable[[], bool], what: str) -> None:
    """Poll what sends no message."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, f"still not: {what}"
        await asyncio.sleep(0.005)


class Room:
    def __init__(self, world: World, frame: Frame) -> None:
        self.world = world
        self.frame = frame
        self.tabs: list[Tab] = []
        self.fanouts: list[Fanout] = []

    def user(self, who: str) -> User:
        return self.world.people[who]

    async def cookie(self, who: str) -> str:
        return await in_db(_sign_in, self.user(who))

    async def session(self, cookie: str) -> Session:
        return await in_db(Session.objects.get, pk=cookie)

    def tab(self, cookie: str, frame: Frame | None = None, **how: Any) -> Tab:
        """A tab that has not connected yet."""
        tab = Tab((frame or self.frame).pk, cookie, label=self.world.labels["car"], **how)
        self.tabs.append(tab)
        return tab

    async def join(self, who: str = "annotator", *, client: UUID | None = None, **hello: Any) -> Tab:
        """A tab of a person that has been welcomed."""
        tab = self.tab(await self.cookie(who), client=client)
        await tab.open(**hello)
        return tab

    async def settled(self, *tabs: Tab) -> Replica:
        """Wait until these tabs hold what the database holds; they must agree. Returns that."""
        truth = await in_db(fresh_replica, self.frame)
        for tab in tabs or self.tabs:
            await tab.applied(truth.applied)
            assert (tab.replica.applied, tab.replica.boxes) == (truth.applied, truth.boxes)
        return truth

    async def check_replay(self) -> None:
        await in_db(check_replay, self.frame)

    # The end

    async def clear(self) -> None:
        await asyncio.gather(*(tab.leave() for tab in self.tabs))

    async def check_nothing_left(self, before: set[asyncio.Task[Any]]) -> None:
        own = {asyncio.current_task(), *before}
        for one in self.fanouts or [fanout()]:
            await until(lambda one=one: not one.hubs, "every hub is forgotten")  # type: ignore[misc]
            own |= set(one._tasks)
        await until(
            lambda: not (asyncio.all_tasks() - own - _libraries_tasks()),
            f"every task has ended: {asyncio.all_tasks() - own - _libraries_tasks()}",
        )

    async def stop(self) -> None:
        """End what a process runs until its end."""
        for one in self.fanouts or [fanout()]:
            for task in one._tasks:
                task.cancel()
            for task in one._tasks:
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            one._tasks.clear()


def _libraries_tasks() -> set[asyncio.Task[Any]]:
    """What channels_redis runs per event loop."""
    return {task for task in asyncio.all_tasks() if "RedisSingleShardConnection" in repr(task.get_coro())}


def _sign_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    assert session.session_key is not None
    return session.session_key


def patched_process(patch: Any, chosen: Callable[[], Fanout]) -> None:
    """From now on new sockets belong to the process that ``chosen`` returns."""
    patch.setattr(consumers, "fanout", chosen)
