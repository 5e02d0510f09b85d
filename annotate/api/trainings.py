"""Trainings, what came out of them, and which model serves."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from msgspec import Struct

from ..access import Role
from ..jobs import train
from ..jobs.train_request import TrainingRefused, TrainWish
from ..learning import promotion
from ..learning.promotion import PromotionRefused
from ..models import Project, Promotion, Training
from .calls import Call, Problem, missing
from .frames import Id
from .jobs import JobInfo
from .jobs import info_of as job_info
from .paging import Page, PageQuery, rows_of
from .routes import route

CONFLICTS = {"busy": 409, "not_installed": 503}
LATE = {409: "It was decided before, or nothing can be decided now."}


class TrainingInfo(Struct):
    """``version``: number of the dataset version; ``model``: id of what came out; ``outcome``: what became of it.
    ``epochs``: what was measured after each. ``evaluation``: the comparison with what served when it began."""

    id: UUID
    job: JobInfo | None
    version: int | None
    champion: int | None
    model: int | None
    trigger: str
    outcome: str
    reason: str
    epochs: list[dict[str, Any]]
    evaluation: dict[str, Any]
    by: int | None
    created_at: datetime
    finished_at: datetime | None


class PromotionInfo(Struct):
    """Since ``at`` this model serves; null is the default of the installation. ``confidence``: the least of proposals
    since then, where this changed it, else null."""

    id: int
    model: int | None
    previous: int | None
    training: UUID | None
    kind: str
    reason: str
    by: int | None
    at: datetime
    confidence: float | None


class PromoteQuery(Struct, forbid_unknown_fields=True):
    """``confidence`` false: proposals go on being made from the confidence of before, not from the one at which the
    new model was measured."""

    confidence: bool = True


class RollBack(Struct, forbid_unknown_fields=True):
    """``expected``: id of the newest promotion that the caller has seen; anything newer is left alone."""

    expected: Id


def info_of(training: Training, call: Call) -> TrainingInfo:
    version, job = training.dataset_version, training.job
    return TrainingInfo(
        id=training.pk,
        job=job_info(job, call.user, call.role) if job else None,
        version=version.number if version else None,
        champion=training.champion_id,
        model=training.model_version_id,
        trigger=training.trigger,
        outcome=training.outcome,
        reason=training.reason,
        epochs=training.epochs,
        evaluation=training.evaluation,
        by=training.created_by_id,
        created_at=training.created_at,
        finished_at=training.finished_at,
    )


def promotion_info(one: Promotion) -> PromotionInfo:
    return PromotionInfo(
        id=one.pk,
        model=one.model_version_id,
        previous=one.previous_id,
        training=one.training_id,
        kind=one.kind,
        reason=one.reason,
        by=one.created_by_id,
        at=one.created_at,
        confidence=one.confidence if one.changed_confidence else None,
    )


def training_in(project: Project, training_id: UUID) -> Training:
    found = project.trainings.select_related("job", "dataset_version", "model_version").filter(pk=training_id)
    training = found.first()
    if training is None:
        raise missing()
    return training


def refused_by(refused: PromotionRefused) -> Problem:
    return Problem(409, str(refused), code=refused.code)


@route("GET", "projects/<id:project_id>/trainings", role=Role.VIEWER)
def list_trainings(call: Call, project: Project, query: PageQuery) -> Page[TrainingInfo]:
    """The trainings of a project, newest first."""
    rows = project.trainings.select_related("job", "dataset_version")
    found, following = rows_of(rows, query, "-created_at", "-pk")
    return Page([info_of(one, call) for one in found], following)


@route(
    "POST",
    "projects/<id:project_id>/trainings",
    role=Role.MANAGER,
    status=202,
    also={409: "A training of the project is running.", 503: "What trains is not installed."},
)
def start_training(call: Call, project: Project, body: TrainWish) -> TrainingInfo:
    """Queues a training, one at a time in a project."""
    try:
        started = train.start_training(project, body, user=call.user, trigger=Training.Trigger.API)
    except TrainingRefused as refused:
        raise Problem(CONFLICTS.get(refused.code, 422), str(refused), code=refused.code) from refused
    call.headers["Location"] = f"/api/v1/projects/{project.pk}/trainings/{started.pk}"
    return info_of(started, call)


@route("GET", "projects/<id:project_id>/trainings/<uuid:training_id>", role=Role.VIEWER)
def get_training(call: Call, project: Project, training_id: UUID) -> TrainingInfo:
    """One training, how far it is, and how its model compares."""
    return info_of(training_in(project, training_id), call)


@route("POST", "projects/<id:project_id>/trainings/<uuid:training_id>/cancel", role=Role.MANAGER)
def cancel_training(call: Call, project: Project, training_id: UUID) -> TrainingInfo:
    """Stops it. The model that serves stays; one that has ended stays as it is."""
    train.cancel(training_in(project, training_id))
    return info_of(training_in(project, training_id), call)


@route("POST", "projects/<id:project_id>/trainings/<uuid:training_id>/promote", role=Role.MANAGER, also=LATE)
def promote_training(call: Call, project: Project, training_id: UUID, query: PromoteQuery) -> PromotionInfo:
    """Its model serves from now on, when it is better than what it was compared with and that still serves. Proposals
    are made from the confidence on at which it was measured."""
    training = training_in(project, training_id)
    version = training.model_version
    if version is None:
        raise Problem(409, _("No model came out of this training."), code="no_model")
    try:
        done = promotion.promote(
            project,
            version,
            user=call.user,
            kind=Promotion.Kind.MANUAL,
            training=training,
            takes_confidence=query.confidence,
        )
    except PromotionRefused as refused:
        raise refused_by(refused) from refused
    return promotion_info(done)


@route("POST", "projects/<id:project_id>/trainings/<uuid:training_id>/keep", role=Role.MANAGER, also=LATE)
def keep_old_model(call: Call, project: Project, training_id: UUID) -> TrainingInfo:
    """Decides against its model."""
    try:
        promotion.keep_old(training_in(project, training_id), call.user)
    except PromotionRefused as refused:
        raise refused_by(refused) from refused
    return info_of(training_in(project, training_id), call)


@route("GET", "projects/<id:project_id>/promotions", role=Role.VIEWER)
def list_promotions(call: Call, project: Project, query: PageQuery) -> Page[PromotionInfo]:
    """Which model served when, newest first."""
    found, following = rows_of(project.promotions.all(), query, "-pk")
    return Page([promotion_info(one) for one in found], following)


@route("POST", "projects/<id:project_id>/promotions/roll-back", role=Role.MANAGER, also=LATE)
def roll_back(call: Call, project: Project, body: RollBack) -> PromotionInfo:
    """Back to the model before this one, and to the confidence that it had, at once."""
    try:
        done = promotion.roll_back(project, call.user, expected=body.expected)
    except PromotionRefused as refused:
        raise refused_by(refused) from refused
    return promotion_info(done)
