"""Keeps loaded detectors, and lets one inference run at a time.

Two inferences at once on the same cores are both slower than one after the other. For people who wait; batches are done
apart (apart.py).
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from .detector import Detector

Loader = Callable[[], Detector]


class Warm:
    """Thread-safe. ``capacity``: how many detectors stay loaded; the one unused for longest goes."""

    def __init__(self, capacity: int = 2) -> None:
        self._capacity = capacity
        self._turn = threading.Lock()
        self._loaded: OrderedDict[Hashable, Detector] = OrderedDict()

    @contextmanager
    def use(self, key: Hashable, loader: Loader) -> Iterator[Detector]:
        """Alone with the detector. ``key``: has to change when the weights or their settings do.

        Raises whatever ``loader`` raises; then nothing is kept.
        """
        with self._turn:
            detector = self._loaded.pop(key, None) or loader()
            self._loaded[key] = detector
            while len(self._loaded) > self._capacity:
                self._loaded.popitem(last=False)
            yield detector
