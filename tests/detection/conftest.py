import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate.detection.versions import path_of, register
from annotate.models import ModelVersion
from tests.sync.world import World, make_world

CLASSES = ["car", "bus", "cat"]


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def add_model(settings: object, tmp_path: Path) -> Callable[..., ModelVersion]:
    """Adds a version whose file is there; nothing reads it."""
    settings.MODELS_DIR = tmp_path / "models"  # type: ignore[attr-defined]

    def add(name: str = "YOLO", *, is_there: bool = True, **fields: object) -> ModelVersion:
        data = f"{name} {fields}".encode()
        sha256 = hashlib.sha256(data).hexdigest()
        given = {"suffix": "onnx", "classes": CLASSES, "image_size": 640, **fields}
        version = register(name=name, sha256=sha256, **given)  # type: ignore[arg-type]
        if is_there:
            path = path_of(version)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return version

    return add


@pytest.fixture
def model(db: None, add_model: Callable[..., ModelVersion]) -> ModelVersion:
    return add_model()
