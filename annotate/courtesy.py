"""While somebody edits, work that nobody waits for leaves one core of its machine alone.

Yielding every core to edits (ai/priority.py) is not enough: a core that is busy when it is needed answers milliseconds
later than one that is free (docs/performance.md). The web process notes edits with the data of the installation, so
whoever shares its folder knows of them. Imports no Django.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

NOTE_EVERY_S = 5.0
LASTS_S = 15.0
"""After the last edit; longer than NOTE_EVERY_S."""
LOOK_EVERY_S = 2.0

_noted = 0.0


def note_edit(data: Path) -> None:
    """Somebody has just edited. Never fails, and costs nothing most of the time."""
    global _noted
    now = time.monotonic()
    if now - _noted < NOTE_EVERY_S:
        return
    _noted = now
    with contextlib.suppress(OSError):
        _note(data).touch()


def somebody_edits(data: Path) -> bool:
    try:
        return abs(time.time() - _note(data).stat().st_mtime) < LASTS_S
    except OSError:
        return False


def _note(data: Path) -> Path:
    return data / ".edited"


class Courtesy:
    """Of some processes to all others on their machine."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._looked = 0.0

    def look(self, processes: Callable[[], Iterable[int]]) -> None:
        """Call it often. ``processes``: their ids. Does nothing where the system cannot keep a process to some cores,
        or there is one core only."""
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY_S or not hasattr(os, "sched_setaffinity"):
            return
        self._looked = now
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            keep_to(cores[:-1] if somebody_edits(self._data) else cores, processes())


def keep_to(cores: Iterable[int], processes: Iterable[int]) -> None:
    """All their threads; one that is started later is kept where the one that starts it is."""
    wanted = set(cores)
    for process in processes:
        for thread in _threads(process):
            with contextlib.suppress(OSError):  # it may have ended
                if os.sched_getaffinity(thread) != wanted:
                    os.sched_setaffinity(thread, wanted)


def _threads(process: int) -> list[int]:
    try:
        return [int(name) for name in os.listdir(f"/proc/{process}/task")]
    except OSError:
        return []
