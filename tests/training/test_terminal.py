"""What docs/training.md says of a terminal: a fresh clone, params.yaml edited, ``dvc repro``. Needs the extras ml and
data."""

import importlib.util
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from annotate.training import params, workspace
from tests.ai import data
from tests.training.repository import DataRepository, samples

HAS_ALL = all(importlib.util.find_spec(name) for name in ("ultralytics", "dvc"))
pytestmark = [
    pytest.mark.skipif(not HAS_ALL, reason="the extras ml and data are not installed (make install-ml)"),
    pytest.mark.skipif(not (data.ROOT / ".git").exists(), reason="this is no git checkout"),
]

PATIENCE_S = 240.0  # on a machine that does much else
EDITED: dict[str, dict[str, Any]] = {
    "dataset": {"repository": "../data/repository", "version": 1},
    "train": {"epochs": 1, "image_size": 64, "batch": 4, "device": "cpu"},
    "register": {"image_size": 64},
}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Of this checkout; beside it, a data repository."""
    data.weights("yolo26n")  # skips where they cannot be had
    DataRepository(tmp_path / "data").add(1, samples(6, 0, 3))
    place = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", data.ROOT, place], check=True, capture_output=True)
    path = place / params.FILE_NAME
    content = yaml.safe_load(path.read_text())
    for section, values in EDITED.items():
        content[section] |= values
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return place


def dvc(place: Path, *words: str) -> str:
    environment = workspace.environment(place, models_cache=data.CACHE, threads=2)
    done = subprocess.run(
        [*workspace.command()[:-1], *words],
        cwd=place,
        env={**environment, "DVC_SITE_CACHE_DIR": str(place.parent / "site")},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_a_clone_trains_once_and_then_has_nothing_to_do(clone: Path) -> None:
    first = dvc(clone, "repro")
    assert all(f"Running stage '{stage}'" in first for stage in ("export", "train", "evaluate", "register"))
    lock = (clone / "dvc.lock").read_bytes()
    again = dvc(clone, "repro")
    assert "Data and pipelines are up to date" in again and "Running stage" not in again
    assert (clone / "dvc.lock").read_bytes() == lock
    assert "challenger.map50_95" in dvc(clone, "metrics", "show")
    changes = dvc(clone, "params", "diff")
    assert "dataset.repository" in changes and "train.epochs" in changes
    status = ["git", "-C", str(clone), "status", "--porcelain"]
    rows = subprocess.run(status, check=True, capture_output=True, text=True).stdout.splitlines()
    kept = {row[3:] for row in rows}
    assert kept == {"params.yaml", "dvc.lock", "metrics/", "models/", "plots/"}, "the rest is ignored"
