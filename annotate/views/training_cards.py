"""What the pages show of a training."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypedDict
from uuid import UUID

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from ..access import Role, at_least
from ..actions.jobs import message_about
from ..jobs.said import log_text
from ..jobs.train import may_retry
from ..learning.deciding import number_in, part
from ..learning.words import points, training_reason
from ..models import Job, TrackingRun, Training, User
from .job_cards import state_name

LONGEST_LOG = 12_000
LOSSES = ("loss", "train_box_loss", "train_cls_loss", "train_dfl_loss", "train_l1_loss")
QUALITIES = ("precision", "recall", "map50", "map50_95")


class TrainingCard(TypedDict):
    """``epoch`` counts whole ones. ``share``: of the stage that runs, 0 to 1, None while unknown. ``curves``: figures
    as dashboard-plot.js draws them."""

    id: str
    is_active: bool
    state: str
    state_name: str
    stage_name: str
    epoch: int
    epochs: int
    share: float | None
    eta_s: float | None
    spent_s: float | None
    message: str
    log: str
    may_cancel: bool
    may_retry: bool
    curves: list[dict[str, Any]]


def card_of(training: Training, role: str) -> TrainingCard:
    job = training.job or Job(state=Job.State.DONE if training.model_version_id else Job.State.FAILED)
    is_active = training.finished_at is None
    is_manager = at_least(role, Role.MANAGER)
    result: Mapping[str, Any] = job.result
    return {
        "id": str(training.pk),
        "is_active": is_active,
        "state": job.state if is_active or not training.model_version_id else str(training.outcome),
        "state_name": state_name(job) if is_active else outcome_name(training),
        "stage_name": stage_name(job) if is_active else "",
        "epoch": job.done_units,
        "epochs": job.total_units,
        "share": share_of(job) if is_active else None,
        "eta_s": number_in(result, "eta_s") if job.state == Job.State.RUNNING else None,
        "spent_s": spent(training, timezone.now()),
        "message": message_of(training),
        "log": log_text(job.log)[-LONGEST_LOG:],
        "may_cancel": is_active and is_manager and not job.cancel_requested,
        "may_retry": is_manager and training.job is not None and may_retry(training.job),
        "curves": curves_of(training.epochs),
    }


def outcome_name(training: Training) -> str:
    job = training.job
    if training.outcome == Training.Outcome.NO_MODEL and job is not None:
        if job.state == Job.State.CANCELLED:
            return _("Stopped")
        if job.state == Job.State.FAILED:
            return _("Failed")
    return training.get_outcome_display()


def stage_name(job: Job) -> str:
    if job.state == Job.State.QUEUED:
        return _("Waits for a worker")
    stages = {
        "data": _("Makes the dataset version"),
        "export": _("Gets the data ready"),
        "train": _("Trains"),
        "evaluate": _("Measures both models on the held-out images"),
        "register": _("Stores the model"),
    }
    return stages.get(str(job.result.get("stage", "")), "")


def share_of(job: Job) -> float | None:
    result = job.result
    if result.get("stage") == "train" and job.total_units:
        batch, batches = number_in(result, "batch"), number_in(result, "batches")
        return min((job.done_units + (batch / batches if batch and batches else 0)) / job.total_units, 1.0)
    done, total = number_in(result, "done"), number_in(result, "total")
    return min(done / total, 1.0) if done is not None and total else None


def spent(training: Training, now: datetime) -> float | None:
    """Seconds of work, without those in which no worker was there."""
    job = training.job
    counted = number_in(job.result, "spent_s") if job is not None else None
    if counted is not None:
        return counted
    if job is None or job.started_at is None:
        return None
    return round(((training.finished_at or now) - job.started_at).total_seconds(), 1)


def message_of(training: Training) -> str:
    """Why there is no model, in the reader's language; nothing while it runs."""
    if training.finished_at is None:
        return ""
    if training.outcome == Training.Outcome.NO_MODEL and training.job is not None and training.job.error:
        return message_about(training.job)
    return training_reason(training)


def curves_of(epochs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows = list(epochs)
    titles = metric_names()
    return [
        figure("losses", [name for name in LOSSES if has(rows, name)], rows, titles, "number"),
        figure("qualities", [name for name in QUALITIES if has(rows, name)], rows, titles, "share"),
    ]


def has(rows: list[Mapping[str, Any]], name: str) -> bool:
    return any(number_in(row, name) is not None for row in rows)


def figure(
    name: str, columns: list[str], rows: list[Mapping[str, Any]], titles: Mapping[str, str], unit: str
) -> dict[str, Any]:
    drawn = [
        {"key": key, "title": titles[key], "unit": unit, "select": None, "is_drawn": True} for key in columns
    ]
    epoch = {"key": "epoch", "title": _("Epoch"), "unit": "count", "select": None, "is_drawn": False}
    cells = [[row.get("epoch"), *(number_in(row, key) for key in columns)] for row in rows]
    return {"name": name, "columns": [epoch, *drawn], "rows": [{"cells": one, "select": {}} for one in cells]}


def metric_names() -> dict[str, str]:
    return {
        "loss": _("Loss"),
        "train_box_loss": _("Loss of boxes"),
        "train_cls_loss": _("Loss of classes"),
        "train_dfl_loss": _("Loss of edges"),
        "train_l1_loss": _("Loss of distances"),
        "map50": _("mAP 50"),
        "map50_95": _("mAP 50–95"),
        "precision": _("Precision"),
        "recall": _("Recall"),
        "seconds_per_frame": _("Seconds per image"),
    }


class TrainingRow(TypedDict):
    training: Training
    outcome: str
    who: str
    quality: str
    change: str
    spent: timedelta | None
    message: str
    is_tracked: bool


def rows_of(trainings: Iterable[Training], user: User) -> list[TrainingRow]:
    listed = list(trainings)
    tracked = runs_of([one.pk for one in listed], user)
    return [row_of(one, one.pk in tracked) for one in listed]


def row_of(training: Training, is_tracked: bool) -> TrainingRow:
    quality = number_in(part(training.evaluation, "challenger"), "map50_95")
    mean = number_in(part(part(training.evaluation, "difference"), "map50_95"), "mean")
    seconds = spent(training, timezone.now())
    is_active = training.finished_at is None
    return {
        "training": training,
        "outcome": state_name(training.job) if is_active and training.job else outcome_name(training),
        "who": training.created_by.display_name if training.created_by else training.get_trigger_display(),
        "quality": number_format(quality * 100, 1) if quality is not None else "–",
        "change": points(mean) if mean is not None else "–",
        "spent": timedelta(seconds=round(seconds)) if seconds is not None else None,
        "message": message_of(training),
        "is_tracked": is_tracked,
    }


def runs_of(keys: list[UUID], user: User) -> set[UUID]:
    """Those whose run in MLflow the reader may see."""
    if not user.has_perm("annotate.view_trackingrun"):
        return set()
    return set(TrackingRun.objects.filter(pk__in=keys).exclude(mlflow_run="").values_list("pk", flat=True))
