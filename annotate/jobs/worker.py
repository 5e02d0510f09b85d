"""A worker process: one thread per lane, one that tidies up, and an end in good order."""

import logging
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections

from .. import doorbell, pulse
from ..datasets.repair import repair_all
from ..media import store
from ..tracking.relay import relay_until
from ..webhooks.delivering import deliver_until
from . import exporting, importing, ingest
from .housekeeping import forget_old_rows
from .minding import mind_until
from .registry import lanes
from .runner import DATABASE_PAUSE_S, Runner

logger = logging.getLogger(__name__)

WATCH_S = 0.5
NICE = 5
TIDY_EVERY_S = 600.0
SCRATCH_AGE_S = 24 * 3600.0  # longer than any upload takes
STOP_WITHIN_S = (
    12.0  # the supervisor kills after 15; a unit that takes longer is done again by the next worker
)


class LaneDied(Exception):
    """A thread ended by an error that nobody expected; its traceback is in the log."""


class Worker:
    def __init__(self, wanted: Sequence[str] = ()) -> None:
        """``wanted``: lanes; all of them where none is named."""
        self.stop = threading.Event()
        self.runners = [Runner(lane, self.stop) for lane in wanted or lanes()]
        self.threads = [self.thread(f"lane-{runner.lane}", runner.loop) for runner in self.runners]
        self.threads.append(self.thread("tidy", lambda: tidy_until(self.stop)))
        self.threads.append(self.thread("trainings", lambda: mind_until(self.stop)))
        if settings.DELIVER_WEBHOOKS:
            self.threads.append(self.thread("webhooks", lambda: deliver_until(self.stop)))
        if settings.TRACKING and settings.MLFLOW_URL:
            self.threads.append(self.thread("tracking", lambda: relay_until(self.stop)))
        self.bell = doorbell.listen(settings.DATA_DIR, doorbell.JOBS)

    def thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        # daemon: a thread that does not end in time keeps nobody from leaving.
        return threading.Thread(target=work, name=name, daemon=True)

    def run(self) -> None:
        """Returns after SIGTERM or SIGINT. In the main thread. Raises LaneDied."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.on_signal)
        give_way_to_people()
        logger.info("worker started, lanes: %s", ", ".join(runner.lane for runner in self.runners))
        for thread in self.threads:
            thread.start()
        try:
            while not self.stop.is_set():
                pulse.beat("worker")
                self.listen()
                self.check_threads()
        finally:
            self.end()

    def listen(self) -> None:
        """Up to WATCH_S: wakes the runners of the lanes that are rung for."""
        if self.bell is None:
            self.stop.wait(WATCH_S)
            return
        if not select.select([self.bell], [], [], WATCH_S)[0]:
            return
        lanes_rung = set(doorbell.heard(self.bell))
        for runner in self.runners:
            if runner.lane in lanes_rung:
                runner.wake.set()

    def end(self) -> None:
        self.stop.set()
        for runner in self.runners:
            runner.wake.set()
        deadline = time.monotonic() + STOP_WITHIN_S
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if self.bell is not None:
            doorbell.close(self.bell)
        late = [thread.name for thread in self.threads if thread.is_alive()]
        logger.info("worker stopped%s", f", not waiting for {', '.join(late)}" if late else "")

    def on_signal(self, number: int, frame: object) -> None:
        """The first asks to end; a second one ends at once."""
        self.stop.set()
        signal.signal(number, signal.SIG_DFL)

    def check_threads(self) -> None:
        for thread in self.threads:
            if not thread.is_alive() and not self.stop.is_set():
                raise LaneDied(f"The thread {thread.name} of the worker ended unexpectedly")


def give_way_to_people() -> None:
    """Edits come before detections where both want the same cores (docs/performance.md)."""
    if hasattr(os, "nice"):
        os.nice(NICE)


def tidy_until(stop: threading.Event) -> None:
    is_first = True
    while not stop.is_set():
        try:
            tidy(is_first=is_first)
            pause, is_first = TIDY_EVERY_S, False
        except (DatabaseError, InterfaceError):  # the lanes say so in the log
            pause = DATABASE_PAUSE_S
        except OSError as error:
            logger.warning("could not tidy up: %s", error)
            pause = TIDY_EVERY_S
        finally:
            connections.close_all()
        stop.wait(pause)


def tidy(*, is_first: bool = False) -> None:
    """Removes or finishes what interrupted uploads and dead processes left. Several workers may do it at once."""
    repair_all(deep=is_first)
    settled = store.settle_interrupted()
    swept = store.sweep_scratch(older_than_s=SCRATCH_AGE_S, keep=ingest.unfinished_uploads())
    forgotten = ingest.forget_empty_sources()
    forget_old_rows()
    data = exporting.forget_old_exports() + importing.forget_old_checks()
    if settled or swept or forgotten or data:
        logger.info(
            "tidied up: %d interrupted images, %d temporary files, %d empty sources, %d old exports and imports",
            settled,
            swept,
            forgotten,
            data,
        )
