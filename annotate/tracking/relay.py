"""The relay: places what happened, delivers it to MLflow, waits longer the longer MLflow is away.

One thread of a worker. Nobody waits for it, and it is harmless to kill it anywhere (``delivery``).
"""

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections, transaction
from django.db.models import F, Q
from django.utils import timezone

from ..models import TrackingRun
from .delivery import Delivery
from .lease import Lease, Lost
from .outbox import record
from .placing import AT_ONCE, Placing
from .rest import Mlflow, Refused, Unavailable, Unwell
from .since import happened_since
from .visits import left_before

logger = logging.getLogger(__name__)

EVERY_S = 3.0
LONGEST_PAUSE_S = 60.0
MOST_DOUBLINGS = 10
"""Of pauses and timeouts: enough to reach the longest, and no number that grows for days."""
TOLD_FROM = 3
"""Failures, until MLflow was reached once: it starts together with us, and takes longer."""
LONGEST_TIMEOUT_S = 20.0
ENDINGS_EVERY_S = 10.0
RUNS_AT_ONCE = 100
WRITE_DOWN_EVERY_S = 5.0
"""In a round that takes long, so that the health page shows how it goes, and whoever is killed has little to repeat."""
STUMBLES = 4
"""Failures of one run, until others are tried although it fails."""
RETRY_AFTER = timedelta(minutes=10)
"""A run that fails where others do not."""
BREATH_S = 0.05
"""Between the transactions of a long backlog: SQLite lets nobody in by turn."""


class Relay:
    def __init__(
        self,
        mlflow: Mlflow,
        *,
        now: Callable[[], datetime] = timezone.now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.delivery = Delivery(mlflow, now)
        self.lease = Lease(now, inherit=self.delivery.doubt_what_waits)
        mlflow.before_call = self.lease.keep  # each answer may take as long as LONGEST_TIMEOUT_S
        self.now = now
        self.clock = clock
        self.failures = 0
        self.was_well = self.was_ever_well = False
        self.retry_at = float("-inf")
        self._endings_looked_for = float("-inf")
        self._written_down_at = clock()
        self.stumbles: Counter[UUID] = Counter()

    def round(self) -> bool:
        """One round. Whether more is waiting that could be delivered at once."""
        if not self.lease.take():
            return False
        self.place()
        if self.clock() < self.retry_at:
            return False
        self.delivery.reached.clear()  # of a round that an error ended
        try:
            more = self.deliver()
        except Unavailable as error:
            self.fail(error)
            more = False
        except Lost:
            more = False
        self.delivery.mlflow.close()  # a server hangs up on who is silent until the next round
        self.write_down()
        return more

    def write_down(self) -> None:
        self._written_down_at = self.clock()
        self.delivery.write_down()

    def place(self) -> None:
        """All that happened; then what has ended since, which is something that happened too."""
        self._place_all()
        if self.clock() - self._endings_looked_for >= ENDINGS_EVERY_S:
            self._endings_looked_for = self.clock()
            self._tell_endings()
            self._place_all()

    def _place_all(self) -> None:
        while self._place_some():
            time.sleep(BREATH_S)

    def _place_some(self) -> bool:
        """Whether more is waiting; what came in meanwhile waits for the next round."""
        placing = Placing()
        count = placing.read()
        if count == 0:
            return False
        with transaction.atomic():
            if not self.lease.hold():
                return False
            placing.store()
        return count == AT_ONCE or bool(placing.visits.closed)  # an end is an event of its own

    def _tell_endings(self) -> None:
        visits, happened = left_before(self.now()), happened_since(self.now())
        if visits.closed or happened:
            with transaction.atomic():
                if self.lease.hold():
                    visits.store()
                    record(happened)

    def deliver(self) -> bool:
        """Raises Unavailable, Lost."""
        may_be_told = Q(problem="") | Q(retry_at__lte=self.now())
        waiting = TrackingRun.objects.filter(may_be_told, delivered__lt=F("sequenced"))
        found = waiting.select_related("parent", "project").order_by("pk")[:RUNS_AT_ONCE]
        runs = {run.pk: run for run in found}
        for run in runs.values():
            if run.parent_id in runs:
                run.parent = runs[run.parent_id]  # one object, so that it is opened once
        failed: list[tuple[TrackingRun, Unwell]] = []
        for run in runs.values():
            if not self.lease.take():
                return False
            try:
                self.deliver_one(run)
            except Unwell as error:
                if not self.may_be_of_one_run(run, is_well_known=bool(failed)):
                    raise
                failed.append((run, error))
                continue
            if self.clock() - self._written_down_at >= WRITE_DOWN_EVERY_S:
                if not self.failures:  # what failed may be still to come in this round
                    self.succeed()
                self.write_down()
        for run, why in failed:
            if not run.problem and len(failed) == len(runs):
                self.stumbles.clear()  # so it is MLflow, as far as anybody can see
                raise why
            self.set_aside(run, f"{why}; it is told later", retry_at=self.now() + RETRY_AFTER)
        if self.delivery.look_for_twins() or runs:
            self.succeed()
        return any(run.delivered < run.sequenced and not run.problem for run in runs.values()) or (
            len(runs) == RUNS_AT_ONCE
        )

    def deliver_one(self, run: TrackingRun) -> None:
        """A run that MLflow refuses is put aside with the reason, and so is one that we cannot tell: it must not keep
        others waiting. Raises Unavailable, Lost, errors of the database."""
        try:
            self.delivery.deliver(run)
        except Refused as refused:
            logger.error("MLflow refused run %s: %s", run.pk, refused)
            self.set_aside(run, str(refused))
        except (Unavailable, Lost, DatabaseError, InterfaceError):
            raise
        except Exception as error:  # whatever it is, it is of this run
            logger.exception("run %s cannot be told", run.pk)
            self.set_aside(run, f"It cannot be told: {type(error).__name__}, see the log of the worker")
        else:
            self.stumbles.pop(run.pk, None)
            if run.problem:
                self.set_aside(run, "")

    def set_aside(self, run: TrackingRun, problem: str, *, retry_at: datetime | None = None) -> None:
        """Without a problem it is one like the others again."""
        if retry_at is not None:
            logger.error("run %s is set aside until %s: %s", run.pk, retry_at, problem)
        run.problem, run.retry_at = problem, retry_at
        TrackingRun.objects.filter(pk=run.pk).update(problem=problem, retry_at=retry_at)

    def may_be_of_one_run(self, run: TrackingRun, *, is_well_known: bool) -> bool:
        """Whether MLflow may be well and only not take this run. Others are then tried before it is blamed."""
        self.stumbles[run.pk] += 1
        if not run.problem and self.stumbles[run.pk] < STUMBLES:
            return False
        if is_well_known or self.delivery.mlflow.is_well():
            return True
        self.stumbles.clear()
        return False

    @property
    def told_from(self) -> int:
        """So many failures in a row, and the log says so."""
        return 1 if self.was_ever_well else TOLD_FROM

    def fail(self, error: Unavailable) -> None:
        self.failures += 1
        if self.failures == self.told_from:
            logger.warning("MLflow cannot be reached; what happens is kept and delivered later: %s", error)
        doublings = min(self.failures, MOST_DOUBLINGS)
        self.retry_at = self.clock() + min(EVERY_S * 2 ** (doublings - 1), LONGEST_PAUSE_S)
        # It may be there and slow: nobody waits for us, so it gets the time it needs, as long as the lease allows.
        mlflow = self.delivery.mlflow
        mlflow.wait_up_to(min(mlflow.timeout_s * 2**doublings, LONGEST_TIMEOUT_S))
        self.was_well = False
        self.delivery.experiments.clear()  # it may come back as another one
        self.lease.note_failure(str(error))

    def succeed(self) -> None:
        if self.failures >= self.told_from:
            logger.info("MLflow is back")
        self.failures, self.was_ever_well = 0, True
        if not self.was_well:
            self.was_well = True
            self.lease.note_success()


def relay_until(stop: threading.Event) -> None:
    """For a thread of its own, which ends when it is told to. A database that is away is waited for."""
    relay = Relay(Mlflow(settings.MLFLOW_URL))
    while not stop.is_set():
        try:
            more, pause = relay.round(), EVERY_S
        except (DatabaseError, InterfaceError):  # the lanes say so in the log
            more, pause = False, EVERY_S
        except Exception:  # the lanes of the worker do not end because MLflow cannot be told
            logger.exception("MLflow is not told for now")
            more, pause = False, LONGEST_PAUSE_S
        finally:
            connections.close_all()
        if not more:
            stop.wait(pause)
    with contextlib.suppress(DatabaseError, InterfaceError):  # then the lease runs out
        relay.lease.give_back()
    connections.close_all()
