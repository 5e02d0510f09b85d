"""Queueing trainings, and writing how they end. The work itself is in ``training``, which runs the pipeline."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ..learning.promotion import serving
from ..models import Job, Project, Training, User
from ..signals import job_finished, training_finished
from . import queue
from .train_request import TrainingRefused, TrainWish, check_wish

Outcome = Training.Outcome
CANCELLED = gettext_noop("It was stopped. The model that proposes stays.")
CLEARED_AWAY = gettext_noop("Its job was cleared away.")


def start_training(project: Project, wish: TrainWish, *, user: User | None, trigger: str) -> Training:
    """Queues a training; one at a time in a project. Raises TrainingRefused."""
    settle_cleared_away()
    version = check_wish(project, wish)
    try:
        with transaction.atomic():
            locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
            if Training.objects.filter(project=locked, finished_at=None).exists():
                raise busy()
            job = queue.enqueue(
                Job.Kind.TRAIN, project=locked, user=user, payload={"name": str(version or "")}
            )
            return Training.objects.create(
                project=locked,
                dataset_version=version,
                champion=serving(locked),
                job=job,
                trigger=trigger,
                params=asked_params(locked, wish),
                created_by=user,
            )
    except IntegrityError as error:
        raise busy() from error


def busy() -> TrainingRefused:
    return TrainingRefused(
        "busy", _("A training of this project is already running. Wait for it or stop it first.")
    )


def asked_params(project: Project, wish: TrainWish) -> dict[str, Any]:
    """What was asked for, and the rule by which the outcome is decided; the worker adds what the machine decides."""
    rule = {"class_margin": project.class_margin, "auto_accept_precision": project.auto_accept_precision}
    return {"asked": wish.chosen(), "evaluate": rule}


def cancel(training: Training) -> None:
    """A waiting one ends at once, a running one within seconds."""
    if training.job is not None:
        queue.request_cancel(training.job)


def may_retry(job: Job) -> bool:
    """A training that failed goes on where it stopped, while no other one runs."""
    if job.state != Job.State.FAILED:
        return False
    training = Training.objects.filter(job=job).first()
    if training is None or training.model_version_id is not None:
        return False
    return not Training.objects.filter(project=training.project_id, finished_at=None).exists()


def retry(job: Job) -> bool:
    """Whether it was queued again."""
    try:
        with transaction.atomic():
            if not may_retry(job):
                return False
            reopened = Training.objects.filter(job=job, finished_at__isnull=False)
            reopened.update(finished_at=None, outcome=Outcome.NONE, reason="")
            return queue.requeue_failed(job)
    except IntegrityError:  # somebody started another one this moment
        return False


def finish(training: Training, outcome: str, *, reason: str = "", **fields: Any) -> bool:
    """Writes how it ended, and tells so in the same transaction; once: False when it had ended before."""
    with transaction.atomic():
        now = timezone.now()
        unfinished = Training.objects.filter(pk=training.pk, finished_at=None)
        if not unfinished.update(finished_at=now, outcome=outcome, reason=reason[:500], **fields):
            return False
        training.refresh_from_db()
        training_finished.send(finish, training=training)
    return True


def connect() -> None:
    job_finished.connect(on_job_finished, dispatch_uid="annotate.jobs.train")


def on_job_finished(job: Job, **_: Any) -> None:
    """However the job ended, and whoever wrote so: a training that nobody has closed by then brought no model."""
    if job.kind == Job.Kind.TRAIN:
        for training in Training.objects.filter(job=job, finished_at=None):
            reason = CANCELLED if job.state == Job.State.CANCELLED else job.error
            finish(training, Outcome.NO_MODEL, reason=reason)


def settle_cleared_away() -> int:
    """Trainings whose job is gone, and which nothing else would ever close. How many."""
    lost = Training.objects.filter(job=None, finished_at=None)
    return sum(finish(training, Outcome.NO_MODEL, reason=CLEARED_AWAY) for training in lost)
