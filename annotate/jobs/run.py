"""What a job's function gets: its row, a place for progress, and the word when to stop."""

import threading
import time
from typing import Any

from django.utils import timezone

from ..models import Job
from . import queue
from .said import english, log_line, said

LONGEST_LOG = 20_000  # characters
TICK_S = 0.5  # progress is written, and a cancel noticed, at most this late


class Interrupted(Exception):
    """The function must end now; let it through."""


class Cancelled(Interrupted):
    """Somebody asked for it."""


class LeaseLost(Interrupted):
    """Another worker has the job: write nothing any more."""


class Stopping(Interrupted):
    """The worker is asked to stop; the job goes back to the queue."""


class JobFailed(Exception):
    """Retrying would not help. ``said``: the text for people, see ``said.Said``; ``str()`` is English."""

    def __init__(self, template: str, /, **values: Any) -> None:
        self.said = said(template, **values)
        super().__init__(english(self.said))


class JobRun:
    """One attempt at one job. ``result`` is stored with the progress and at the end."""

    def __init__(self, job: Job, stop: threading.Event) -> None:
        self.job = job
        self.claim = queue.Claim(job.pk, job.attempts)
        self.payload: dict[str, Any] = job.payload
        self.result: dict[str, Any] = {}
        self.done = 0
        self.total = job.total_units
        self.log = job.log
        self.lost = threading.Event()
        self.is_alone = False
        """Holds the lock of the whole database (SQLite): the lease cannot be renewed, and nobody can take the job."""
        self._stop = stop
        self._last_write = 0.0

    @property
    def stopping(self) -> bool:
        """Whether the worker is asked to stop. ``check`` says so by itself."""
        return self._stop.is_set()

    def advance(self, units: int = 1) -> None:
        """Counts finished units, then ``check``."""
        self.done += units
        self.total = max(self.total, self.done) if self.total else 0
        self.check()

    def say(self, template: str, /, **values: Any) -> None:
        """Into the log, which people read in their own language (``said.log_text``); the end of it is kept."""
        self.log = shortened(self.log + log_line(stamp(), said(template, **values)))

    def quote(self, text: str) -> None:
        """As ``say``, for what a program or the system said: it stays as it is."""
        self.log = shortened(f"{self.log}{stamp()} {text}\n")

    def check(self) -> None:
        """Call it between units and while waiting. Raises Interrupted; writes progress now and then."""
        if self.lost.is_set():
            raise LeaseLost
        if self._stop.is_set():
            raise Stopping
        if time.monotonic() - self._last_write >= TICK_S:
            self.write()
            if queue.cancel_wanted(self.claim):
                raise Cancelled

    def write(self) -> None:
        """Progress and result into the row, and a longer lease. Raises LeaseLost."""
        fields = self.fields()
        if not self._last_write and (self.job.attempts > 1 or self.job.done_units):
            fields["payload"] = self.payload | {"taken_up": self.beginning()}
        if not queue.renew(self.claim, **fields):
            self.lost.set()
            raise LeaseLost
        self._last_write = time.monotonic()

    def beginning(self) -> dict[str, Any]:
        """Of an attempt that is not the first: what was done before says nothing about how fast it is."""
        return {"attempt": self.claim.attempt, "at": timezone.now().isoformat(), "done": self.done}

    def fields(self) -> dict[str, Any]:
        return {"done_units": self.done, "total_units": self.total, "result": self.result, "log": self.log}


def stamp() -> str:
    return timezone.now().strftime("%Y-%m-%d %H:%M:%S")


def shortened(log: str) -> str:
    """Without the oldest lines of one that is too long."""
    if len(log) <= LONGEST_LOG:
        return log
    kept = log[-LONGEST_LOG:]
    return kept.partition("\n")[2] or kept
