"""What becomes of a training that ended well: the weights are kept, the model registered, and it is decided."""

from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction

from ..ai.problems import gettext_noop
from ..detection.versions import register
from ..learning.promotion import PromotionRefused, decision_of, promote
from ..models import ModelVersion, Project, Promotion, Training
from . import weights
from .progress import finite
from .run import JobFailed, JobRun
from .train import Outcome, finish
from .training_files import folder_of
from .training_folder import trim

NO_RESULT = gettext_noop(
    "The pipeline ended without a model that can be used. The model that proposes stays."
)
SAME_MODEL = gettext_noop("The model that came out is one that an earlier training made.")
ENDED: dict[str, str] = {
    Outcome.CHALLENGER: gettext_noop("The new model waits for a decision."),
    Outcome.PROMOTED: gettext_noop("The new model proposes from now on."),
    Outcome.KEPT_OLD: gettext_noop("The old model goes on proposing."),
    Outcome.NO_MODEL: gettext_noop("No model came out."),
}
MOST_BYTES = 8 * 2**20  # of a file of figures


class Registration(msgspec.Struct):
    """models/registration.json."""

    onnx_sha256: str
    pt_sha256: str
    classes: list[str]
    image_size: int
    licence: str = ""


def conclude(run: JobRun, training: Training, folder: Path) -> None:
    """Raises JobFailed, OSError."""
    registration = registration_in(folder)
    evaluation = figures_in(folder / "metrics" / "evaluation.json")
    try:
        weights.keep(folder / "models" / "best.onnx", registration.onnx_sha256, "onnx")
        weights.keep(folder / "models" / "best.pt", registration.pt_sha256, "pt")
    except weights.WrongHash as error:
        raise JobFailed(NO_RESULT) from error
    store(training, registration, evaluation)
    wind_up(run, training)


def wind_up(run: JobRun, training: Training) -> None:
    """What is left to do when the outcome is written; done again where a kill came between. A training without a model
    keeps its folder: it may go on there."""
    run.done = len(training.epochs)  # whoever took it up late has seen none of them
    run.total = max(run.total, run.done)
    if training.outcome != Outcome.NO_MODEL:
        trim(folder_of(training))
    if training.outcome in ENDED:
        run.say(ENDED[training.outcome])


def registration_in(folder: Path) -> Registration:
    try:
        found = msgspec.json.decode((folder / "models" / "registration.json").read_bytes(), type=Registration)
    except (FileNotFoundError, msgspec.DecodeError) as error:
        raise JobFailed(NO_RESULT) from error
    return found


def figures_in(path: Path) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(path.read_bytes()[:MOST_BYTES])
    except (FileNotFoundError, msgspec.DecodeError) as error:
        raise JobFailed(NO_RESULT) from error
    if not isinstance(found, dict):
        raise JobFailed(NO_RESULT)
    checked: dict[str, Any] = finite(found)
    return checked


def store(training: Training, registration: Registration, evaluation: dict[str, Any]) -> None:
    """The model, the figures and what follows from them, in one transaction."""
    training.evaluation = evaluation
    with transaction.atomic():
        version = register(
            name=training.project.name,
            suffix="onnx",
            sha256=registration.onnx_sha256,
            classes=registration.classes,
            image_size=registration.image_size,
            licence=registration.licence,
            origin=f"training {training.pk}",
            project=training.project,
            user=training.created_by,
        )
        if Training.objects.filter(model_version=version).exclude(pk=training.pk).exists():
            finish(training, Outcome.KEPT_OLD, reason=SAME_MODEL, evaluation=evaluation)
            return
        decision = decision_of(training)
        outcome = Outcome.CHALLENGER if decision.may_be_chosen else Outcome.KEPT_OLD
        is_new = finish(
            training,
            outcome,
            model_version=version,
            evaluation=evaluation,
            weights_sha256=registration.pt_sha256,
        )
        if is_new and decision.may_take_over:
            promote_by_itself(training, version)


def promote_by_itself(training: Training, version: ModelVersion) -> None:
    """Where the project wants that; else, or when another model has been chosen meanwhile, it waits for a person."""
    project = Project.objects.get(pk=training.project_id)
    if not project.promotes_itself:
        return
    try:
        promote(project, version, user=None, kind=Promotion.Kind.AUTOMATIC, training=training)
    except PromotionRefused:
        return
    training.refresh_from_db()
