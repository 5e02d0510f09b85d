"""The files of a training that MLflow gets: from its workspace as long as that is there, weights from the models.

Files are sent as they lie on the disk. Texts are read first, so that no path of this machine is told.
"""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from ..detection.versions import path_of
from ..models import Training
from .fold import Artifact
from .training_opening import SECTIONS, without_path

WEIGHTS = "weights"
FOLDERS = {
    "metrics": (".json", ".csv"),
    "plots": (".png", ".csv", ".json"),
    "samples": (".jpg", ".json"),
}
SINGLE = ("dvc.yaml", "dvc.lock", "problem.json", "models/registration.json")
TEXTS = (".json", ".csv", ".yaml", ".lock")
MOST_FILES = 200
LARGEST_BYTES = 20_000_000
"""Of one plot or sample; weights may be larger."""


def workspace_of(training: Training) -> Path:
    """Made from the id alone."""
    root: Path = settings.TRAININGS_DIR
    return root / str(training.pk)


def files_of(training: Training) -> list[Artifact]:
    """In a fixed order. What is small and in the database is written from there: it outlives the workspace."""
    folder = workspace_of(training)
    found = [(name, folder / name) for name in names_in(folder)][:MOST_FILES]
    params, data = yaml_of(training.params).encode(), data_yaml(training).encode()
    return [
        Artifact("params.yaml", lambda: params),
        Artifact("data.yaml", lambda: data or None),
        *[Artifact(name, partial(content_of, path, folder)) for name, path in found],
        *[Artifact(f"{WEIGHTS}/{name}", partial(first_of, places)) for name, places in weights_of(training)],
    ]


def names_in(folder: Path) -> Iterator[str]:
    yield from (name for name in SINGLE if is_small(folder / name))
    for inner, suffixes in FOLDERS.items():
        paths = sorted((folder / inner).glob("*")) if (folder / inner).is_dir() else []
        yield from (f"{inner}/{one.name}" for one in paths if one.suffix in suffixes and is_small(one))


def is_small(path: Path) -> bool:
    return path.is_file() and path.stat().st_size <= LARGEST_BYTES


def content_of(path: Path, folder: Path) -> bytes | Path | None:
    if path.suffix not in TEXTS:
        return path if path.is_file() else None
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return None
    for place, word in ((folder, "."), (settings.DATA_DIR, "data"), (settings.BASE_DIR, ".")):
        text = text.replace(str(place), word)
    return text.encode()


def weights_of(training: Training) -> Iterator[tuple[str, list[Path]]]:
    """Name, and where it may be: among the models by its hash, else still where the training wrote it."""
    version, models = training.model_version, workspace_of(training) / "models"
    if version is not None:
        yield f"best{path_of(version).suffix}", [path_of(version), models / f"best{path_of(version).suffix}"]
    sha256 = training.weights_sha256
    if sha256:
        yield "best.pt", [settings.MODELS_DIR / sha256[:2] / f"{sha256}.pt", models / "best.pt"]


def first_of(places: list[Path]) -> Path | None:
    return next((path for path in places if path.is_file()), None)


def yaml_of(params: Mapping[str, Any]) -> str:
    """Sections and values, as in params.yaml; JSON values are YAML."""
    lines: list[str] = []
    for section in [one for one in SECTIONS if one in params]:
        lines += [f"{section}:", *(f"  {name}: {json_of(value)}" for name, value in params[section].items())]
    return "\n".join(lines) + "\n"


def data_yaml(training: Training) -> str:
    """As in the repository of the dataset version, classes in the order of the model; empty where there is no model."""
    if training.model_version is None:
        return ""
    parts = [f"{part}: {part}.txt" for part in ("train", "val", "test")]
    names = [f"  {number}: {json.dumps(name)}" for number, name in enumerate(training.model_version.classes)]
    return "\n".join(["path: .", *parts, "names:", *names]) + "\n"


def json_of(value: Any) -> str:
    return json.dumps(without_path(value) if isinstance(value, str) else value)
