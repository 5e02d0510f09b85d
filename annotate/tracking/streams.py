"""Which run an event that names its stream belongs to, and how that run is opened."""

from typing import Any, NamedTuple
from uuid import UUID

from ..models import DatasetVersion, Detection, Job, Training
from .openings import Opening, opening_of_detection
from .training_opening import opening_of_dataset, opening_of_training
from .training_run import MODELS

REPLACED = "replaced"


class Stream(NamedTuple):
    """A run that is not opened yet."""

    kind: str
    project_id: int
    opening: Opening


def stream_of(key: UUID, payload: dict[str, Any]) -> Stream | None:
    """None where what it tells of is gone. ``payload``: of its first event."""
    detection = Detection.objects.select_related("project", "model_version", "created_by").filter(pk=key)
    for one in detection:
        return Stream("detection", one.project_id, opening_of_detection(one))
    named = ("project", "dataset_version__project", "champion", "created_by")
    for training in Training.objects.select_related(*named).filter(pk=key):
        return Stream("training", training.project_id, opening_of_training(training))
    versions = DatasetVersion.objects.select_related("project", "created_by")
    for version in versions.filter(pk__in=[payload["version"]] if "version" in payload else []):
        return Stream("dataset_version", version.project_id, opening_of_dataset(version))
    return None


def stream_of_promotion(payload: dict[str, Any]) -> tuple[UUID | None, dict[str, Any]]:
    """The training whose model serves from now on, or else the one whose model does no more; and what it is told."""
    for name in ("version", "previous"):
        key = Training.objects.filter(model_version=payload[name]).values_list("pk", flat=True).first()
        if key is not None:
            return key, payload if name == "version" else {**payload, "promotion": REPLACED}
    return None, payload


def outcome_of(key: UUID) -> dict[str, Any]:
    """What is told of a training that is over, as it is now: one that is taken up again may come to another end."""
    training = Training.objects.select_related("job").filter(pk=key).first()
    if training is None:
        return {"status": "FAILED", "epochs": [], "evaluation": {}}
    evaluation = {name: training.evaluation[name] for name in MODELS if name in training.evaluation}
    return {"status": status_of(training), "epochs": training.epochs, "evaluation": evaluation}


def status_of(training: Training) -> str:
    """As MLflow says it. A model that came out is an end, whatever is thought of it."""
    if training.outcome not in (Training.Outcome.NONE, Training.Outcome.NO_MODEL):
        return "FINISHED"
    job = training.job
    was_cancelled = job is not None and (job.cancel_requested or job.state == Job.State.CANCELLED)
    return "KILLED" if was_cancelled else "FAILED"
