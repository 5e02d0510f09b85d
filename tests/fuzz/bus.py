"""The channel layer between the simulated processes: carries messages late, twice, out of order, or not at all."""

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from .virtual import Clock

Mode = Literal["fine", "faulty", "held", "dead"]
DELAYS_S = (0.0, 0.0, 0.001, 0.02, 0.3, 2.5)


@dataclass(slots=True)
class Letter:
    due: float
    channel: str
    content: bytes


class FaultyLayer:
    """The interface of a Channels layer, as annotate.sync.fanout uses it. The test turns ``mode``."""

    def __init__(self) -> None:
        self.mode: Mode = "fine"
        self.dice = random.Random(0)
        self.clock = Clock()
        self.letters: list[Letter] = []
        self.groups: dict[str, set[str]] = defaultdict(set)
        self.arrived: dict[str, list[bytes]] = {}
        self._waiting: dict[str, asyncio.Future[None]] = {}

    # What fanout.py calls

    async def new_channel(self) -> str:
        self._check_alive()
        name = f"channel{len(self.arrived)}"
        self.arrived[name] = []
        return name

    async def group_add(self, group: str, channel: str) -> None:
        self._check_alive()
        self.groups[group].add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self._check_alive()
        self.groups[group].discard(channel)
        if not self.groups[group]:
            del self.groups[group]

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self._check_alive()
        if getattr(asyncio.get_running_loop(), "killed", False):
            return
        content = msgspec.msgpack.encode(message)
        for channel in sorted(self.groups.get(group, ())):
            for _ in range(self._copies()):
                self.letters.append(Letter(self.clock.now + self._delay(), channel, content))

    async def receive(self, channel: str) -> dict[str, Any]:
        while not self.arrived[channel]:
            self._waiting[channel] = asyncio.get_running_loop().create_future()
            await self._waiting[channel]
            self._check_alive()
        message: dict[str, Any] = msgspec.msgpack.decode(self.arrived[channel].pop(0))
        return message

    def _check_alive(self) -> None:
        if self.mode == "dead":
            raise ConnectionError("the bus is down")

    def _copies(self) -> int:
        return self.dice.choice((0, 1, 1, 2)) if self.mode == "faulty" else 1

    def _delay(self) -> float:
        return self.dice.choice(DELAYS_S) if self.mode == "faulty" else 0.0

    # What the test calls

    @property
    def due(self) -> float | None:
        if self.mode == "held":
            return None
        return min((letter.due for letter in self.letters), default=None)

    def set_mode(self, mode: Mode) -> None:
        self.mode = mode
        if mode == "dead":
            self.letters.clear()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_result(None)

    def deliver_due(self) -> bool:
        if self.mode == "held":
            return False
        ready = [letter for letter in self.letters if letter.due <= self.clock.now]
        for letter in sorted(ready, key=lambda one: one.due):
            self._deliver(letter)
        return bool(ready)

    def deliver(self, index: int) -> None:
        """One held message, out of its turn."""
        if self.letters:
            self._deliver(self.letters[index % len(self.letters)])

    def drop(self, index: int) -> None:
        if self.letters:
            del self.letters[index % len(self.letters)]

    def double(self, index: int) -> None:
        if self.letters:
            self.letters.append(self.letters[index % len(self.letters)])

    def forget(self, channel: str) -> None:
        """The process that listened is gone."""
        self._waiting.pop(channel, None)
        self.letters = [letter for letter in self.letters if letter.channel != channel]
        for group in [name for name, members in self.groups.items() if channel in members]:
            self.groups[group].discard(channel)
            if not self.groups[group]:
                del self.groups[group]

    def _deliver(self, letter: Letter) -> None:
        self.letters.remove(letter)
        self.arrived[letter.channel].append(letter.content)
        waiting = self._waiting.get(letter.channel)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
