"""The whole system in one thread: browsers, network, server processes, bus and database, on one clock."""

import logging
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import ModuleType
from typing import Any
from unittest import mock

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.test import override_settings

from annotate import consumers
from annotate.models import Frame
from annotate.sync import fanout
from annotate.sync.hub import FrameHub

from .bus import FaultyLayer
from .network import Network, TabInfo
from .node import NodeBrowsers
from .people import make_site
from .server import Process
from .virtual import Alarms, Clock, Database
from .witness import Witness

TRACE = bool(os.environ.get("HITL_FUZZ_TRACE"))
MAX_ROUNDS = 3000


def poke_by_bus(group: str, message: dict[str, Any]) -> None:
    """Instead of sync.poking, which speaks to Redis: the same message, lost when the bus is dead."""
    with suppress(*fanout.BUS_ERRORS):
        async_to_sync(get_channel_layer().group_send)(group, message)


class World:
    def __init__(self, node: NodeBrowsers, *, seed: int, processes: int) -> None:
        self.node = node
        self.dice = random.Random(seed)
        self.clock = Clock()
        self.alarms = Alarms(self.clock)
        self.database = Database(self.dice)
        layer = get_channel_layer()
        assert isinstance(layer, FaultyLayer)
        self.bus = layer
        self.bus.dice = self.dice
        self.bus.clock = self.clock
        self.site = make_site()
        self.tabs: dict[int, TabInfo] = {}
        self.browsers: dict[int, int] = {}
        """Whose each is."""
        self.witness = Witness(self.clock, self.site.frame_id, self.tabs)
        self.network = Network(self)
        self.processes = [self._process(number) for number in range(processes)]
        node.take_events()
        node.faults.clear()
        self.call(["reset", seed])

    @classmethod
    @contextmanager
    def opened(cls, node: NodeBrowsers, *, seed: int, processes: int) -> Iterator["World"]:
        """``processes`` 1: as installed without Redis, with no bus at all."""
        layers = {"default": {"BACKEND": "tests.fuzz.bus.FaultyLayer"}}
        url = "redis://nowhere" if processes > 1 else ""
        with ExitStack() as stack:
            stack.enter_context(override_settings(CHANNEL_LAYERS=layers, REDIS_URL=url))
            stack.enter_context(mock.patch.object(fanout, "poke", poke_by_bus))
            world = cls(node, seed=seed, processes=processes)
            for module in _modules_that_tell_time():
                stack.enter_context(mock.patch.object(module, "time", world.clock))
            stack.enter_context(mock.patch.object(consumers, "random", world.dice))
            stack.callback(world.close)
            stack.enter_context(_only_errors(world.witness.failures))
            yield world

    def close(self) -> None:
        for process in self.processes:
            process.kill()
        self.site.forget_edits()
        self.witness.close()

    def _process(self, number: int) -> Process:
        return Process(number, self.clock, self.database, self.witness)

    def trace(self, text: str) -> None:
        if TRACE:
            print(f"{self.clock.now:10.3f} {text}")  # noqa: T201

    # Time

    def settle(self) -> None:
        """Everything that happens without time passing."""
        for _ in range(MAX_ROUNDS):
            moved = [process.loop.drain() for process in self.processes if not process.is_paused]
            self._bury()
            moved += [self.bus.deliver_due(), self.alarms.ring(), self._pump()]
            self._check_failures()
            if not any(moved):
                return
        raise AssertionError("the system is busy for ever without time passing")

    def advance(self, seconds: float) -> None:
        end = self.clock.now + seconds
        self.settle()
        while (due := self._due()) is not None and due <= end:
            self.clock.now = max(self.clock.now, due)
            self.settle()
        self.clock.now = end
        self.call()
        self.settle()

    def _due(self) -> float | None:
        times = [process.loop.due for process in self.processes if not process.is_paused]
        times += [self.bus.due, self.node.due, self.alarms.due]
        return min((when for when in times if when is not None), default=None)

    def _check_failures(self) -> None:
        errors = [repr(error) for process in self.processes for error in process.loop.errors]
        failures = [*self.witness.failures, *errors, *self.node.faults]
        assert not failures, "\n".join(failures)

    # Browsers

    def call(self, *calls: list[Any]) -> list[Any]:
        results = self.node.call(self.clock.now, *calls)
        for event in self.node.take_events():
            if event[0] != "send":
                self.trace(f"    {event}")
            if event[0] in ("connect", "send", "close"):
                self.network.hear(event)
            else:
                self.witness.tab_told(*event)
        return results

    def _pump(self) -> bool:
        """Carry what is on its way, and let browsers do what is due."""
        carried = self.network.carry()
        calls = self.network.take_calls()
        is_due = self.node.due is not None and self.node.due <= self.clock.now
        if calls or is_due:
            self.call(*calls)
        return carried or bool(calls) or is_due

    # Server processes

    def kill(self, process: Process) -> None:
        """As SIGKILL; another process takes its place at once."""
        process.loop.killed = True
        self._bury()

    def _bury(self) -> None:
        for index, process in enumerate(self.processes):
            if process.is_dead:
                self.trace(f"process {process.number} died")
                self.processes[index] = self._process(process.number)
                if process.fanout is not None:
                    self.bus.forget(process.fanout._channel)
                self.network.bury(process)
                process.kill()

    @property
    def hubs(self) -> list[FrameHub]:
        fanouts = [process.fanout for process in self.processes if process.fanout is not None]
        return [one.hubs[self.site.frame_id] for one in fanouts if self.site.frame_id in one.hubs]

    # The database, for the test itself

    @property
    def head(self) -> int:
        return Frame.objects.values_list("revision", flat=True).get(pk=self.site.frame_id)

    def set_role(self, user: int, role: str | None) -> None:
        self.site.set_role(user, role)
        self.witness.roles.append((self.head, user, role))
        if role is None:
            self.witness.thrown_out.add(user)


@contextmanager
def _only_errors(failures: list[str]) -> Iterator[None]:
    """The server warns of every fault that it lives through. What it calls an error is one of ours."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            failures.append(f"the server logged an error: {self.format(record)}")

    logger, handler = logging.getLogger("annotate"), Handler()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def _modules_that_tell_time() -> list[ModuleType]:
    modules = [module for name, module in sys.modules.items() if name.startswith("annotate.sync.")]
    return [module for module in modules if getattr(module, "time", None) is time]
