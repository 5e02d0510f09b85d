"""An archive of the format yolo, unpacked anywhere, is what Ultralytics validates on as it is."""

import hashlib
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from annotate.ai.ultralytics_setup import ultralytics
from tests.ai import data
from tests.sync.world import World, make_world

from .harbour import add_pictures, draw_some, export

FRAMES = 16


@pytest.fixture
def world(db: None) -> World:
    world = make_world()
    for frame in add_pictures(world, FRAMES):
        draw_some(world, frame, 2)
    return world


def sums(folder: Path) -> dict[str, str]:
    """Of all files but Ultralytics' own lists of what it has looked at."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".cache"
    }


def rows_in(labels: Path) -> int:
    return sum(len(path.read_text().splitlines()) for path in labels.glob("*.txt"))


@pytest.mark.parametrize("splits", [[], ["train"]], ids=["all splits", "train alone"])
def test_ultralytics_validates_on_the_unpacked_export_and_leaves_it_as_it_was(
    splits: list[str], world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_spec("ultralytics") is None:
        pytest.skip("the extra ml is not installed (make install-ml)")
    weights, _pin = data.weights("yolo26n")
    folder, elsewhere = tmp_path / "unpacked", tmp_path / "elsewhere"
    with zipfile.ZipFile(export(world.project, format="yolo", splits=splits)[0]) as archive:
        archive.extractall(folder)
    content = yaml.safe_load((folder / "data.yaml").read_text())
    assert content["val"] == ("images/train" if splits else "images/val")
    before = sums(folder)
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    metrics: Any = ultralytics(tmp_path / "settings").YOLO(str(weights)).val(
        data=str(folder / "data.yaml"), imgsz=64, device="cpu", workers=0, plots=False, project=str(elsewhere)
    )  # fmt: skip
    assert sums(folder) == before
    assert metrics.nt_per_class.sum() == rows_in(folder / content["val"].replace("images", "labels", 1)) > 0
