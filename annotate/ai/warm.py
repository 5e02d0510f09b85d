"""Keeps loaded detectors, and lets one inference run at a time: people before batches.

Two inferences at once on the same cores are both slower than one after the other, and a person waits for only
one of them. A batch gives way between two pictures.
"""

import heapq
import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum

from .detector import Detector
from .problems import Busy, gettext_noop

Loader = Callable[[], Detector]


class Priority(IntEnum):
    """The lower goes first."""

    INTERACTIVE = 0
    BATCH = 1


Ticket = tuple[Priority, int]


class Gate:
    """A lock whose waiters go by priority, then in the order in which they came."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._numbers = itertools.count()
        self._waiting: list[Ticket] = []
        self._held = False

    def ticket(self, priority: Priority) -> Ticket:
        return priority, next(self._numbers)

    def enter(self, ticket: Ticket, timeout_s: float | None = None) -> None:
        """Raises Busy after the timeout; then the ticket is given back."""
        with self._condition:
            heapq.heappush(self._waiting, ticket)
            try:
                came = self._condition.wait_for(lambda: self._is_next(ticket), timeout_s)
            finally:  # an interrupt must not leave a ticket that nobody holds at the head of the line
                self._waiting.remove(ticket)
                heapq.heapify(self._waiting)
                self._condition.notify_all()
            if not came:
                raise Busy(gettext_noop("The detector is busy with other pictures. Try again in a moment."))
            self._held = True

    def leave(self) -> None:
        with self._condition:
            self._held = False
            self._condition.notify_all()

    def give_way(self, ticket: Ticket) -> None:
        """Whoever waits with a better priority goes first; then the holder goes on, before its equals."""
        with self._condition:
            if not self._waiting or self._waiting[0][0] >= ticket[0]:
                return
        self.leave()
        self.enter(ticket)

    def _is_next(self, ticket: Ticket) -> bool:
        return not self._held and self._waiting[0] == ticket


@dataclass(frozen=True, slots=True)
class Turn:
    """``give_way``: for ``between`` of ``Detector.detect``."""

    detector: Detector
    give_way: Callable[[], None]


class Warm:
    """Thread-safe. ``capacity``: how many detectors stay loaded; the one unused for longest goes."""

    def __init__(self, capacity: int = 2) -> None:
        self._capacity = capacity
        self._gate = Gate()
        self._loaded: OrderedDict[Hashable, Detector] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def use(
        self,
        key: Hashable,
        loader: Loader,
        *,
        priority: Priority = Priority.INTERACTIVE,
        timeout_s: float | None = None,
    ) -> Iterator[Turn]:
        """Alone with the detector. ``key``: has to change when the weights or their settings do.

        Raises Busy after ``timeout_s`` of waiting, and whatever ``loader`` raises; then nothing is kept.
        """
        ticket = self._gate.ticket(priority)
        self._gate.enter(ticket, timeout_s)
        try:
            detector = self._kept(key) or self._keep(key, loader())

            def give_way() -> None:
                self._gate.give_way(ticket)
                self._keep(key, detector)  # others may have pushed it out meanwhile

            yield Turn(detector, give_way)
        finally:
            self._gate.leave()

    def forget(self, key: Hashable) -> None:
        """Lets go of a detector; who uses it just now goes on with it."""
        with self._lock:
            self._loaded.pop(key, None)

    def keys(self) -> tuple[Hashable, ...]:
        """What is loaded, the longest unused first."""
        with self._lock:
            return tuple(self._loaded)

    def _kept(self, key: Hashable) -> Detector | None:
        with self._lock:
            detector = self._loaded.get(key)
            if detector is not None:
                self._loaded.move_to_end(key)
            return detector

    def _keep(self, key: Hashable, detector: Detector) -> Detector:
        with self._lock:
            self._loaded[key] = detector
            self._loaded.move_to_end(key)
            while len(self._loaded) > self._capacity:
                self._loaded.popitem(last=False)
        return detector
