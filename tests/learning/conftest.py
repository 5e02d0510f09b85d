"""A project whose images are really in the store, models whose weights are there, and trainings that ended."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from annotate.detection.versions import path_of, register
from annotate.models import ModelVersion, Training
from tests.datasets.conftest import Studio, committed_studio, folders, studio

__all__ = ["committed_studio", "folders", "studio"]

AddModel = Callable[..., ModelVersion]
AddTraining = Callable[..., Training]


def better(low: float = 0.02) -> dict[str, Any]:
    """An evaluation that says so."""
    return {
        "dataset": {"frames": 30},
        "challenger": {"map50_95": 0.6, "precision": 0.8, "recall": 0.8, "per_class": {}},
        "champion": {"map50_95": 0.5},
        "difference": {"map50_95": {"mean": 0.1, "low": low, "high": 0.2}, "per_class": {"car": 0.1}},
    }


@pytest.fixture
def add_model(studio: Studio) -> AddModel:
    """Of the project, unless ``project`` is None; its file is there."""

    def add(name: str = "Harbour", *, is_there: bool = True, **fields: Any) -> ModelVersion:
        number = ModelVersion.objects.count()
        data = f"{name} {number}".encode()
        given = {"classes": ["car", "bus"], "image_size": 64, "project": studio.world.project, **fields}
        version = register(name=name, suffix="onnx", sha256=hashlib.sha256(data).hexdigest(), **given)
        if is_there:
            path_of(version).parent.mkdir(parents=True, exist_ok=True)
            path_of(version).write_bytes(data)
        return version

    return add


@pytest.fixture
def add_training(studio: Studio, add_model: AddModel) -> AddTraining:
    """One that ended with a model that waits for a decision, unless ``fields`` say otherwise."""
    from django.utils import timezone

    def add(champion: ModelVersion | None = None, **fields: Any) -> Training:
        given = {
            "project": studio.world.project,
            "champion": champion,
            "model_version": fields.pop("model_version", None) or add_model(),
            "trigger": "button",
            "evaluation": better(),
            "outcome": "challenger",
            "params": {"evaluate": {"class_margin": 0.05}},
            "finished_at": timezone.now(),
        }
        return Training.objects.create(**{**given, **fields})

    return add
