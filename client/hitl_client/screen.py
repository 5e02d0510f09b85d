"""What the command line says while something takes a while: one line that changes, or a line now and then in a log."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

from .shapes import Job
from .uploading import Tally

EVERY_S, IN_LOGS_EVERY_S = 0.2, 10.0


class Line:
    """Rewritten in place on a terminal."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """``stream``: standard error where none is given."""
        self.stream, self.clock = stream or sys.stderr, clock
        self.is_terminal = self.stream.isatty()
        self.shown_at = -IN_LOGS_EVERY_S
        self.width = 0

    def show(self, text: str, *, last: bool = False) -> None:
        pause = EVERY_S if self.is_terminal else IN_LOGS_EVERY_S
        if not last and self.clock() - self.shown_at < pause:
            return
        self.shown_at = self.clock()
        if self.is_terminal:
            self.stream.write("\r" + text.ljust(self.width) + ("\n" if last else ""))
        else:
            self.stream.write(text + "\n")
        self.width = len(text)
        self.stream.flush()


def upload_text(tally: Tally, seconds: float) -> str:
    speed = tally.bytes / seconds / 1e6 if seconds > 0 else 0.0
    refused = f", {len(tally.refused)} refused" if tally.refused else ""
    counts = f"{tally.added} added, {tally.there} there already, {tally.queued} queued{refused}"
    return f"{tally.done} of {tally.total} files: {counts}; {tally.bytes / 1e6:.1f} MB, {speed:.1f} MB/s"


def job_text(job: Job) -> str:
    progress = f" {job.done} of {job.total}" if job.total else f" {job.done}" if job.done else ""
    return f"{job.kind} {job.name} {job.state}{progress}".replace("  ", " ")
