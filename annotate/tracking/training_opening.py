"""What the runs of trainings and dataset versions say of themselves when they are opened."""

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from django.urls import reverse

from ..ai.catalogue import BY_KEY, CATALOGUE, Entry
from ..models import DatasetVersion, ModelVersion, Training
from .dataset_tags import NONE, dataset_input, dataset_tags
from .metric_names import metric_name
from .openings import Opening, minute, name_of, opening, tags

SECTIONS = ("dataset", "train", "evaluate", "register")  # of params.yaml
MOST_PARAMS = 80  # MLflow takes 100 in one call
MOST_GENERATIONS = 100
LENGTH_OF_HASH, SHOWN_OF_HASH = 64, 12


def opening_of_training(training: Training) -> Opening:
    """Its name is for a person: `Training on v3 · yolo26n · 2026-11-25 09:30`."""
    version, project = training.dataset_version, training.project
    base = base_of(training)
    given = dict(list(params_of(training.params))[:MOST_PARAMS])
    champion = str(training.champion) if training.champion is not None else "none"
    params = {**given, "base": base, "champion": champion}
    data = f" on {version}" if version is not None else ""
    name = f"Training{data} · {base} · {minute(training.created_at)}"
    more = {
        "user": name_of(training.created_by),
        "trigger": training.trigger,
        "model_version": champion,
        **dataset_tags(version),
    }
    page = reverse("training_detail", args=[project.pk, training.pk])
    made = opening(
        name, training.created_at, params, tags("training", project, page, more, note_of(training))
    )
    if version is not None:
        made["inputs"] = [dataset_input(version, reverse("versions", args=[project.pk]), "training")]
    return made


def note_of(training: Training) -> str:
    version = training.dataset_version
    data = f"on dataset version {version} ({version.counts.get('frames', '?')} images), " if version else ""
    return (
        f"Training of {training.project.name} {data}started by {name_of(training.created_by)} "
        f"({training.get_trigger_display()}) on {minute(training.created_at)}."
    )


def opening_of_dataset(version: DatasetVersion) -> Opening:
    """The message is not told: what people write freely may name anybody."""
    project, who = version.project, name_of(version.created_by)
    page = reverse("versions", args=[project.pk])
    params = {"number": str(version.number), "digest": version.digest, "git_commit": version.git_commit}
    more = {
        "user": who,
        "trigger": "person" if version.created_by else "machine",
        "model_version": NONE,
        **dataset_tags(version),
    }
    name = f"Dataset {version} · {minute(version.created_at)}"
    note = f"Version {version} of the data of {project.name}, made by {who} on {minute(version.created_at)}."
    made = opening(name, version.created_at, params, tags("dataset_version", project, page, more, note))
    made["inputs"] = [dataset_input(version, page, "dataset")]
    return made


def params_of(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """All of params.yaml that is set, as `train/epochs`. A path becomes what lies there."""
    for section in SECTIONS:
        for key, value in given.get(section, {}).items():
            if value not in ("", None, {}):
                yield metric_name(f"{section}/{key}"), without_path(value)


def without_path(value: Any) -> str:
    if isinstance(value, Mapping):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    return named_file(value) if isinstance(value, str) and "/" in value else str(value)


def named_file(path: str) -> str:
    """No path of this machine: the model that has this hash, or the last part of the path."""
    last = PurePath(path)
    known = entry_of(last.stem)
    if known is not None:
        return known.file_name
    if len(last.stem) != LENGTH_OF_HASH:
        return last.name
    version = ModelVersion.objects.filter(sha256=last.stem).order_by("pk").first()
    trained = Training.objects.filter(weights_sha256=last.stem).select_related("model_version").first()
    if version is None and trained is not None:
        version = trained.model_version
    return str(version) if version is not None else last.stem[:SHOWN_OF_HASH]


def entry_of(digest: str) -> Entry | None:
    return next((one for one in CATALOGUE if any(pin.sha256 == digest for pin in one.pins)), None)


def base_of(training: Training) -> str:
    """The architecture: the model of the catalogue with which the line of trainings began."""
    for _ in range(MOST_GENERATIONS):
        base = str(training.params.get("train", {}).get("base", ""))
        known = BY_KEY.get(base) or entry_of(PurePath(base).stem)
        if known is not None:
            return known.key
        older = Training.objects.filter(weights_sha256=PurePath(base).stem).exclude(weights_sha256="").first()
        if older is None:
            break
        training = older
    return "model"
