"""Keeps opened models, and lets one inference run at a time.

Two inferences at once on the same cores are both slower than one after the other. For people who wait; batches are done
apart (apart.py).
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .. import pipes
from .limits import Wait

if TYPE_CHECKING:
    from .opening import Opened

Opener = Callable[[], "Opened"]


class Warm:
    """Thread-safe. ``capacity``: how many stay open; the one unused for longest is closed."""

    def __init__(self, capacity: int = 2) -> None:
        self._capacity = capacity
        self._turn = threading.Lock()
        self._opened: OrderedDict[Hashable, Opened] = OrderedDict()

    @contextmanager
    def use(self, key: Hashable, opener: Opener, wait: Wait) -> "Iterator[Opened]":
        """Alone with the model. ``key``: has to change when the weights or their settings do.

        Raises whatever ``opener`` raises, then nothing is kept; and what ``wait`` raises while others have their turn.
        """
        while not self._turn.acquire(timeout=pipes.LOOK_S):
            wait()
        try:
            model = self._opened.pop(key, None)
            if model is None or not model.is_open:
                model = opener()
            self._opened[key] = model
            while len(self._opened) > self._capacity:
                self._opened.popitem(last=False)[1].close()
            yield model
        finally:
            self._turn.release()
