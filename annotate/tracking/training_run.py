"""The run of a training: epochs while it goes on, at the end what came out, later what became of it."""

from collections.abc import Mapping
from typing import Any

from ..models import TrackingEvent, TrackingRun, Training
from .epochs import number_of, numbers_in, points_of
from .fold import Addition, Ending, Metric, Registered
from .machine import Machine
from .openings import LONGEST_TAG, milliseconds
from .training_files import WEIGHTS, files_of

STOPPED = {"failed": "FAILED", "cancelled": "KILLED"}
MODELS = ("challenger", "champion", "difference")
OF_A_MODEL = ("map50", "map50_95", "precision", "recall", "seconds_per_frame")
MOST_CLASSES = 100


class TrainingFold:
    def __init__(self, run: TrackingRun) -> None:
        self.run = run
        self.epoch = 0
        self.machine = Machine()

    def take(self, event: TrackingEvent) -> Addition:
        if event.kind == "epoch":
            return Addition(metrics=self.measured([event.payload], event))
        if event.kind == "machine":
            return Addition(metrics=self.machine.take(event.payload["samples"]))
        if event.kind == "stopped":
            status = STOPPED[event.payload["state"]]
            return Addition(ending=Ending(status, milliseconds(event.at)))
        if event.kind == "trained":
            return self.trained(event)
        if event.kind in ("promoted", "decided"):
            return Addition(tags=told(event.payload), is_decision=True)
        return Addition()

    def measured(self, entries: list[Any], event: TrackingEvent) -> list[Metric]:
        """Only epochs that were not told before: a training that was taken up again counts from the beginning."""
        metrics: list[Metric] = []
        for place, entry in enumerate(entries, start=1):
            if isinstance(entry, Mapping) and (number := number_of(entry, place)) > self.epoch:
                self.epoch = number
                metrics += points_of(entry, number, event.at)
        return metrics

    def trained(self, event: TrackingEvent) -> Addition:
        """Numbers as they were then (``streams.outcome_of``); a model that came out never changes."""
        at, payload = milliseconds(event.at), event.payload
        metrics = self.measured(payload["epochs"], event)
        metrics += evaluated(payload["evaluation"], at, max(self.epoch, 1))
        found = Training.objects.select_related("model_version", "dataset_version").filter(pk=self.run.pk)
        training = found.first()
        is_model = training is not None and training.model_version is not None
        return Addition(
            metrics=metrics,
            tags=told(payload),
            artifacts=files_of(training) if training is not None else [],
            registered=Registered(WEIGHTS, model_tags(training)) if training and is_model else None,
            is_decision=is_model,
            ending=Ending(payload["status"], at),
        )


def told(payload: Mapping[str, Any]) -> dict[str, str]:
    words = {name: str(payload.get(name) or "") for name in ("outcome", "reason", "promotion")}
    return {name: word[:LONGEST_TAG] for name, word in words.items() if word}


def model_tags(training: Training) -> dict[str, str]:
    """What the registry says of a version: enough to find its weights, and to know what it saw."""
    version, data = training.model_version, training.dataset_version
    if version is None:
        return {}
    found = {
        "sha256": version.sha256,
        "classes": ", ".join(map(str, version.classes)),
        "image_size": str(version.image_size),
        "licence": version.licence,
        "model_version": str(version),
        "dataset_version": str(data) if data else "",
        "dataset_digest": data.digest if data else "",
    }
    return {key: value[:LONGEST_TAG] for key, value in found.items() if value}


def evaluated(evaluation: Mapping[str, Any], at: int, step: int) -> list[Metric]:
    """As in metrics/evaluation.json: what both models reach on the same images; the difference with its interval."""
    metrics: list[Metric] = []
    for who in MODELS:
        part = evaluation.get(who)
        if not isinstance(part, Mapping):
            continue
        wanted = {name: part[name] for name in OF_A_MODEL if name in part}
        metrics += [Metric(name, value, at, step) for name, value in numbers_in(wanted, f"{who}/")]
        metrics += of_classes(part, who, at, step)
    return metrics


def of_classes(part: Mapping[str, Any], who: str, at: int, step: int) -> list[Metric]:
    """The mAP (50-95) of each class; in ``difference`` the classes have the number itself."""
    classes = part.get("per_class")
    if not isinstance(classes, Mapping):
        return []
    values = {
        str(name).replace("/", "-"): one.get("map50_95") if isinstance(one, Mapping) else one
        for name, one in list(classes.items())[:MOST_CLASSES]
    }
    return [Metric(name, value, at, step) for name, value in numbers_in(values, f"{who}/map50_95 of ")]
