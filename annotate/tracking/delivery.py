"""Brings what happened in one run to MLflow, in order. Interrupted anywhere, it is done again to the same effect.

``TrackingRun.delivered`` is written only after MLflow has taken everything up to there. What is sent twice is sent the
same: points, parameters and files repeat without effect. Only creating a run would not, so it is looked for first.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from ..models import TrackingRun
from .fold import Addition, Artifact, Fold, Metric
from .kinds import KINDS
from .openings import note_of_project
from .registry import Registry
from .rest import MISSING, Mlflow, Refused, Unavailable

logger = logging.getLogger(__name__)

AT_ONCE = 200
"""Events of one step; a long backlog of one run lets others have their turn."""
FOLDS_KEPT = 200
DOUBT = timedelta(seconds=60)
"""What MLflow was asked and did not answer has come true by then, if it ever does."""

WRITE_DOWN = """
UPDATE annotate_trackingrun SET experiment = %s, mlflow_run = %s, delivered = %s
WHERE id = %s AND mlflow_run = %s AND delivered = %s
"""


class Reached(NamedTuple):
    """A run that was told something, and what the database said of it before."""

    run: TrackingRun
    mlflow_run: str
    delivered: int


class Delivery:
    """Remembers sums of runs, so that a step reads only what is new."""

    def __init__(self, mlflow: Mlflow, now: Callable[[], datetime] = timezone.now) -> None:
        self.mlflow = mlflow
        self.now = now
        self.registry = Registry(mlflow)
        self.experiments: dict[int, str] = {}
        self.folds: OrderedDict[UUID, tuple[int, Fold]] = OrderedDict()
        self.reached: dict[UUID, Reached] = {}

    def deliver(self, run: TrackingRun) -> None:
        """The next AT_ONCE events. Raises Unavailable, Refused."""
        try:
            self._deliver(run)
        except Refused as refused:
            self.folds.pop(run.pk, None)
            if refused.code != MISSING:
                raise
            self.forget(run)  # MLflow lost it: it is told again, from the beginning
        except BaseException:
            self.folds.pop(run.pk, None)  # it may have gone further than MLflow
            raise

    def _deliver(self, run: TrackingRun) -> None:
        if not run.mlflow_run:
            self.open(run)
        if run.delivered == 0:
            self.mlflow.log(run.mlflow_run, params=run.opening["params"])
            self.mlflow.log_inputs(run.mlflow_run, run.opening.get("inputs", []))
        fold = self.fold_of(run)
        events = list(run.events.filter(seq__gt=run.delivered).order_by("seq")[:AT_ONCE])
        self.send(run, [fold.take(event) for event in events])
        last = events[-1].seq if events else None
        self.note(run)
        run.delivered = max(last or 0, run.delivered, 1)
        self.keep(run, fold)

    def open(self, run: TrackingRun) -> None:
        """Finds or creates the run, after the one that it is nested under."""
        parent = run.parent
        if parent is not None and not parent.mlflow_run:
            self.open(parent)
        was_known = run.project_id in self.experiments
        try:
            self._open(run, parent)
        except Refused as refused:
            if not was_known or refused.code == MISSING:
                raise
            self.experiments.clear()  # somebody may have deleted the experiment there
            self._open(run, parent)

    def _open(self, run: TrackingRun, parent: TrackingRun | None) -> None:
        experiment = self.experiment_of(run)
        key = run.pk.hex
        with self.creating(run):
            found = self.mlflow.find_run(experiment, key)
            if found is None:
                nested = {"mlflow.parentRunId": parent.mlflow_run} if parent is not None else {}
                tags = {**run.opening["tags"], **nested, "event_id": key}
                opening = run.opening
                found = self.mlflow.create_run(experiment, opening["name"], opening["start"], tags)
        self.note(run)
        run.experiment, run.mlflow_run = experiment, found

    @contextmanager
    def creating(self, run: TrackingRun) -> Iterator[None]:
        """An answer that does not come leaves a doubt; a while after one has come, it is settled. Written down, so that
        the relay that settles it may be another one."""
        try:
            yield
        except Unavailable:
            self.doubt(run)
            raise
        if run.doubt_until is not None:
            self.doubt(run)

    def doubt(self, run: TrackingRun) -> None:
        run.doubt_until = self.now() + DOUBT
        TrackingRun.objects.filter(pk=run.pk).update(doubt_until=run.doubt_until)

    def doubt_what_waits(self) -> None:
        """The relay before this one was killed, perhaps between a call that creates something and its answer: that may
        still come true. For which run is not known: it may be each that is not made yet, and each training, as they
        register something, that is not told yet."""
        waiting = TrackingRun.objects.filter(delivered__lt=F("sequenced"))
        created_for = waiting.filter(Q(mlflow_run="") | Q(kind="training"))
        created_for.update(doubt_until=self.now() + DOUBT)

    def look_for_twins(self) -> bool:
        """A server that was slow, or stood still, may have created something after we had asked whether it is there,
        and beside what we created then: that is deleted. Whether there was one to look for: AT_ONCE of them, others
        have their turn with the next call. Raises Unavailable."""
        runs = doubtful(TrackingRun.objects.select_related("project"))
        due = list(runs.filter(doubt_until__lte=self.now()).order_by("doubt_until")[:AT_ONCE])
        for run in due:
            try:
                found = self.mlflow.runs_of(run.experiment, run.pk.hex)
                self.mlflow.delete_runs([one for one in found if one != run.mlflow_run])
                if run.kind == "training":
                    self.registry.delete_twins(run)
            except Refused as refused:  # somebody deleted it there meanwhile
                logger.warning("run %s: whether MLflow has it twice is not known: %s", run.pk, refused)
            same = TrackingRun.objects.filter(pk=run.pk, doubt_until=run.doubt_until)
            same.update(doubt_until=None)
        return bool(due)

    def experiment_of(self, run: TrackingRun) -> str:
        if run.project_id not in self.experiments:
            project = run.project
            found = self.mlflow.experiment(project.pk, project.name, note_of_project(project))
            if found in self.experiments.values():  # MLflow was emptied, and counts from the beginning
                self.experiments.clear()
            self.experiments[run.project_id] = found
        return self.experiments[run.project_id]

    def send(self, run: TrackingRun, additions: list[Addition]) -> None:
        """Files first, then numbers and the registry, then the end: who sees the end sees the rest."""
        metrics: list[Metric] = []
        params: dict[str, str] = {}
        tags: dict[str, str] = {}
        for one in additions:
            for artifact in one.artifacts:
                self.put(run, artifact)
            metrics += one.metrics
            params |= one.params
            tags |= one.tags
        self.mlflow.log(run.mlflow_run, metrics=metrics, params=params, tags=tags)
        for registered in [one.registered for one in additions if one.registered]:
            with self.creating(run):
                self.registry.register(run, registered)
        if any(one.is_decision for one in additions):
            self.registry.set_aliases(run.project)
        for ending in [one.ending for one in additions if one.ending][-1:]:
            self.mlflow.end_run(run.mlflow_run, ending.status, ending.at)

    def put(self, run: TrackingRun, artifact: Artifact) -> None:
        data = artifact.make()
        if data is None:
            return
        try:
            self.mlflow.put_artifact(run.experiment, run.mlflow_run, artifact.path, data)
        except OSError as error:  # a file that is gone, or cannot be read; Unavailable is none
            logger.warning("run %s: %s cannot be read: %s", run.pk, artifact.path, error)

    def fold_of(self, run: TrackingRun) -> Fold:
        """The sum of what was delivered; from the events where it is not remembered."""
        known = self.folds.pop(run.pk, None)
        if known is not None and known[0] == run.delivered:
            return known[1]
        fold = KINDS[run.kind](run)
        for event in run.events.filter(seq__lte=run.delivered).order_by("seq").iterator():
            fold.take(event)
        return fold

    def keep(self, run: TrackingRun, fold: Fold) -> None:
        self.folds[run.pk] = run.delivered, fold
        while len(self.folds) > FOLDS_KEPT:
            self.folds.popitem(last=False)

    def note(self, run: TrackingRun) -> None:
        """Before ``run`` is changed: what was read of it, for ``write_down``."""
        if run.pk not in self.reached:
            self.reached[run.pk] = Reached(run, run.mlflow_run, run.delivered)

    def write_down(self) -> None:
        """How far all runs were told: one transaction for all, as people's edits wait for it on SQLite.

        Not of a run that was forgotten meanwhile (a replay): then all of it is still to be told. Where this does not
        come to pass, what was told is told again.
        """
        reached, self.reached = list(self.reached.values()), {}
        if reached:
            key = TrackingRun._meta.pk
            rows = [
                (
                    run.experiment,
                    run.mlflow_run,
                    run.delivered,
                    key.get_db_prep_value(run.pk, connection),
                    *was,
                )
                for run, *was in reached
            ]
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(WRITE_DOWN, rows)

    def forget(self, run: TrackingRun) -> None:
        """As if nothing had been delivered, nor of the run that it is nested under, should that be gone too. An MLflow
        that lost this may have lost everything, and give the id of one project's experiment to another."""
        self.experiments.clear()
        for key in with_parent(run):
            self.reached.pop(key, None)
        forget_delivered(TrackingRun.objects.filter(pk__in=with_parent(run)))
        for one in (run, run.parent):
            if one is not None:
                one.mlflow_run, one.delivered = "", 0


def with_parent(run: TrackingRun) -> list[UUID]:
    return [key for key in (run.pk, run.parent_id) if key is not None]


def forget_delivered(runs: QuerySet[TrackingRun]) -> int:
    """Everything about these runs is told to MLflow again. How many there are."""
    return runs.update(mlflow_run="", experiment="", delivered=0, problem="", retry_at=None)


def doubtful(runs: QuerySet[TrackingRun]) -> QuerySet[TrackingRun]:
    """Which of them may have been created twice, as an answer did not come."""
    return runs.filter(doubt_until__isnull=False).exclude(mlflow_run="")
