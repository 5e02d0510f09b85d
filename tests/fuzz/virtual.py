"""Virtual time for several simulated server processes in one thread.

Each process has an event loop of its own (as each has in production), all on one clock that only the test
moves. To kill a process is to stop running its loop: nothing of it is told, as with SIGKILL.
"""

import asyncio
import heapq
import itertools
import random
from asyncio import events
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any, Literal, TypeVar, TypeVarTuple, Unpack

from django.db import OperationalError, connection

from annotate.consumers import Closed
from annotate.sync import threads

HANDLED = (Closed, OSError, TimeoutError, *threads.CONNECTION_ERRORS)
"""Errors that end a task in the course of things: somebody waits for them."""
T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")
RunOutcome = Literal["done", "lost before", "lost after"]
LATENCIES_S = (0.0, 0.0, 0.0, 0.001, 0.004, 0.03, 0.15)


working: "VirtualLoop | None" = None
"""The process that has a call to the database running."""


class Clock:
    """Stands in for the module ``time`` in annotate.sync."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Alarms:
    """What the test itself will do later."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._alarms: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()

    @property
    def due(self) -> float | None:
        return self._alarms[0][0] if self._alarms else None

    def set(self, seconds: float, work: Callable[[], object]) -> None:
        heapq.heappush(self._alarms, (self._clock.now + seconds, next(self._order), work))

    def ring(self) -> bool:
        rang = False
        while self._alarms and self._alarms[0][0] <= self._clock.now:
            heapq.heappop(self._alarms)[2]()
            rang = True
        return rang


class Database:
    """How the real database behaves now: slow, away, or cutting connections. All calls come in one thread."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.is_slow = False
        self.is_away = False
        self.cuts: deque[RunOutcome] = deque()
        """What happens to the next writing calls."""

    def latency(self) -> float:
        return self.dice.choice(LATENCIES_S) if self.is_slow else 0.0

    def run(self, function: Callable[[], Any], *, writes: bool) -> Any:
        """Raises OperationalError where the real one would."""
        if self.is_away:
            raise OperationalError("the server is away")
        outcome = self.cuts.popleft() if writes and self.cuts else "done"
        if outcome == "lost before":
            return self._cut_within(function)
        result = function()
        if outcome == "lost after":
            raise OperationalError("server closed the connection unexpectedly")
        return result

    def _cut_within(self, function: Callable[[], Any]) -> Any:
        """The connection breaks in the middle of the transaction, which is then rolled back."""
        left = self.dice.randrange(2, 9)

        def cut(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal left
            left -= 1
            if left <= 0 and not sql.startswith(("ROLLBACK", "RELEASE")):
                raise OperationalError("server closed the connection unexpectedly")
            return execute(sql, params, many, context)

        with connection.execute_wrapper(cut):
            return function()


class NoFiles:
    """A selector that never waits: there are no files, only timers and callbacks."""

    def select(self, timeout: float | None = None) -> list[Any]:
        return []

    def close(self) -> None:
        pass


class VirtualLoop(asyncio.BaseEventLoop):
    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self, clock: Clock, database: Database) -> None:
        super().__init__()
        self._selector = NoFiles()
        self.clock = clock
        self.database = database
        self.killed = False
        """Nothing that still happens in this loop is seen outside."""
        self.before_write: Callable[[], None] = lambda: None
        self.after_write: Callable[[], None] = lambda: None
        self.errors: list[BaseException] = []
        self.set_task_factory(self._task)

    def time(self) -> float:
        return self.clock.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Arguments]], T], *args: *Arguments
    ) -> asyncio.Future[T]:
        """What annotate.sync.threads asks for: a call to the database that takes some (virtual) time."""
        answer: asyncio.Future[T] = self.create_future()
        writes = executor is threads._writers
        self.call_later(self.database.latency(), self._work, answer, partial(func, *args), writes)
        return answer

    def _work(self, answer: "asyncio.Future[Any]", func: Callable[[], Any], writes: bool) -> None:
        if writes:
            self.before_write()
        if answer.done() or self.killed:
            return
        global working
        working = self
        events._set_running_loop(None)  # Django would refuse to work inside a running loop
        error: Exception | None = None
        result: Any = None
        try:
            result = self.database.run(func, writes=writes)
        except Exception as raised:  # noqa: BLE001  (handed on to whoever waits for the answer)
            error = raised
        finally:
            events._set_running_loop(self)
            working = None
        if writes:
            self.after_write()
        self.call_later(self.database.latency(), self._answer, answer, result, error)

    @staticmethod
    def _answer(answer: "asyncio.Future[Any]", result: Any, error: Exception | None) -> None:
        if answer.done():
            return
        if error is None:
            answer.set_result(result)
        else:
            answer.set_exception(error)

    def _task(self, loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> "asyncio.Task[Any]":
        task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
        task.add_done_callback(self._note_error)
        return task

    def _note_error(self, task: "asyncio.Task[Any]") -> None:
        if task.cancelled() or self.killed:
            return
        error = task.exception()
        if error is not None and not isinstance(error, HANDLED):
            self.errors.append(error)

    # Moving on

    @property
    def due(self) -> float | None:
        """When the next timer rings."""
        times = [timer.when() for timer in self._scheduled if not timer.cancelled()]
        return min(times, default=None)

    def drain(self) -> bool:
        """Run everything that is due now. Whether there was anything."""
        worked = False
        while self._ready or (self.due or self.clock.now + 1) <= self.clock.now:
            worked = True
            self.call_soon(self.stop)
            self.run_forever()
        return worked

    def kill(self) -> None:
        """End without a word. What tasks do when they are cancelled reaches nobody."""
        self.killed = True
        for task in asyncio.all_tasks(self):
            task.cancel()
        self.drain()
        self.close()

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass
