"""Memory and time of a training, watched by a thread of its process: nothing else would notice a torch that hangs."""

import importlib
import os
import threading
import time
from pathlib import Path

from .problems import Problem
from .stage import REFUSED

INTERVAL_S = 0.5
GRACE_S = 120.0
"""After the time limit the training ends itself at the next batch; what does not even do that is ended."""


class Watch:
    """Ends the process when it breaks a limit; what is on the disk by then is what a new run goes on from."""

    def __init__(self, folder: Path, *, memory_mb: int, seconds: float) -> None:
        """``memory_mb``: of the process and its children together, resident. 0: no limit."""
        self._folder = folder
        self._memory_mb = memory_mb
        self._deadline = time.monotonic() + seconds + GRACE_S if seconds else float("inf")
        self._limit_s = seconds
        self._done = threading.Event()

    def __enter__(self) -> "Watch":
        threading.Thread(target=self._watch, name="limits", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def _watch(self) -> None:
        while not self._done.wait(INTERVAL_S):
            problem = self._broken()
            if problem is not None and not self._done.is_set():
                self._end(problem)

    def _broken(self) -> Problem | None:
        if self._memory_mb and used_mb() > self._memory_mb:
            return Problem("out_of_memory", limit=f"{self._memory_mb} MB")
        if time.monotonic() > self._deadline:
            return Problem("out_of_time", limit=round(self._limit_s))
        return None

    def _end(self, problem: Problem) -> None:
        try:
            problem.write(self._folder)
            os.write(2, f"{problem}\n".encode())
        finally:
            os._exit(REFUSED)


def used_mb() -> float:
    """Resident memory of this process and of those that it started."""
    psutil = importlib.import_module("psutil")  # comes with Ultralytics
    used = 0
    process = psutil.Process()
    for each in (process, *process.children(recursive=True)):
        try:
            used += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return float(used) / 2**20
