"""The whole pipeline on a handful of painted frames, killed and taken up again. Needs the extras ml and data."""

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from annotate.ai.described import Described
from annotate.ai.detector import Request
from annotate.ai.hashes import sha256_of
from annotate.ai.loading import load
from annotate.training import dataset, params, workspace
from annotate.training.params import Params
from annotate.training.problems import problem_of
from annotate.training.progress import read_progress
from tests.ai import data
from tests.training.repository import CLASSES, DataRepository, samples

HAS_ALL = all(importlib.util.find_spec(name) for name in ("ultralytics", "dvc"))
pytestmark = pytest.mark.skipif(
    not HAS_ALL, reason="the extras ml and data are not installed (make install-ml)"
)

EPOCHS = 2
UNTRACKED = (".training", "annotate", "champion.onnx", "data", "models", "progress.jsonl", "samples")
RESULTS = {
    "export": ["data/dataset"],
    "evaluate": ["metrics/evaluation.json", "metrics/scores.json", "plots", "samples"],
    "register": ["models/registration.json"],
}
"""What a stage makes: without it DVC runs the stage again."""
PATIENCE_S = 240.0  # on a machine that does much else


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace and, beside it, a data repository."""
    data.weights("yolo26n")  # skips where they cannot be had
    folder = tmp_path_factory.mktemp("pipeline")
    DataRepository(folder / "data").add(1, samples(6, 0, 3))
    return folder / "run"


def asked(place: Path, **changed: dict[str, Any]) -> Params:
    values: dict[str, Any] = {
        "dataset": {"repository": str(place.parent / "data" / "repository"), "version": 1},
        "train": {"epochs": EPOCHS, "image_size": 64, "batch": 4, "device": "cpu"},
        "evaluate": {"bootstrap": 100},
        "register": {"name": "shapes", "image_size": 64},
    }
    for section, more in changed.items():
        values[section] |= more
    return params.checked(values)


def started(place: Path, wanted: Params) -> "subprocess.Popen[str]":
    workspace.prepare(place, params=wanted, code_root=data.ROOT)
    return subprocess.Popen(
        workspace.command(),
        cwd=place,
        env=workspace.environment(place, models_cache=data.CACHE, threads=2),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def repro(place: Path, wanted: Params) -> str:
    """What it said; it must succeed."""
    said, _ = (process := started(place, wanted)).communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said[-3000:]
    return said


def epochs_of(place: Path, offset: int = 0) -> list[int]:
    lines, _ = read_progress(place, offset)
    return [line["epoch"] for line in lines if "epoch" in line and "batch" not in line]


def kill_when(process: "subprocess.Popen[str]", happened: Callable[[], bool]) -> None:
    """SIGKILL to everything it started."""
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.fixture(scope="module")
def finished(place: Path) -> Path:
    """Killed after its first epoch, then taken up again."""
    kill_when(started(place, asked(place)), lambda: bool(epochs_of(place)))
    assert not (place / "models" / "best.onnx").exists()
    repro(place, asked(place))
    return place


def stages_of(place: Path, offset: int = 0) -> list[str]:
    lines, _ = read_progress(place, offset)
    return [line["stage"] for line in lines]


def read(place: Path, name: str) -> Any:
    return json.loads((place / name).read_text())


def test_killed_it_goes_on_where_it_was(finished: Path) -> None:
    epochs = epochs_of(finished)
    assert epochs == list(range(1, EPOCHS + 1)), "no epoch was done twice"
    rows = (finished / "metrics" / "epochs.csv").read_text().splitlines()
    assert [int(row.split(",")[0]) for row in rows[1:]] == epochs
    assert read(finished, "metrics/train.json")["epochs"] == EPOCHS


def test_the_results_are_those_that_were_promised(finished: Path) -> None:
    registration = read(finished, "models/registration.json")
    assert registration["onnx_sha256"] == sha256_of(finished / "models" / "best.onnx")
    assert registration["pt_sha256"] == sha256_of(finished / "models" / "best.pt")
    assert tuple(registration["classes"]) == CLASSES and registration["image_size"] == 64
    evaluation = read(finished, "metrics/evaluation.json")
    assert evaluation["verdict"] == "first" and evaluation["champion"] is None
    assert evaluation["dataset"] == {
        "digest": registration["dataset"]["digest"], "number": 1, "frames": 3, "split": "test",
    }  # fmt: skip
    assert evaluation["challenger"]["seconds_per_frame"] > 0
    pictures = ("precision_recall.png", "confusion.png")
    for name in ("precision_recall.csv", "confusion.csv", "calibration.csv", *pictures):
        assert (finished / "plots" / name).is_file()
    assert list((finished / "samples").glob("sample-*.jpg"))


def test_the_model_serves_without_torch(finished: Path) -> None:
    path = finished / "models" / "best.onnx"
    detector = load(path, Described("shapes"), sha256=sha256_of(path), settings_folder=finished / "settings")
    assert detector.info.classes == CLASSES and detector.info.licence.startswith("AGPL-3.0")
    found = dataset.read(finished / "data" / "dataset")
    detector.detect([found.pixels(found.of("test")[0])], Request())


def test_no_file_of_the_model_says_where_it_was_made(finished: Path) -> None:
    """What leaves the machine as a model names no folder of it."""
    onnx = importlib.import_module("onnx").load(finished / "models" / "best.onnx")
    told = {entry.key: entry.value for entry in onnx.metadata_props}
    assert told["description"].endswith("data.yaml")
    torch = importlib.import_module("torch")
    kept = torch.load(finished / "models" / "best.pt", map_location="cpu", weights_only=False)
    for values in (kept["train_args"], kept["model"].args):
        assert [name for name, value in values.items() if isinstance(value, str) and "/" in value] == []
    assert "git" not in kept
    for name in ("best.onnx", "best.pt"):
        written = (finished / "models" / name).read_bytes()  # the zip of a .pt is not compressed
        for folder in (finished, data.ROOT, data.CACHE):
            assert str(folder).encode() not in written, (name, folder)


def test_held_out_frames_are_not_trained_on(finished: Path) -> None:
    found = dataset.read(finished / "data" / "dataset")
    seen = {path.name for path in (finished / ".training" / "set" / "images").iterdir()}
    assert seen == {frame.file for frame in found.of("train")}


def test_a_second_time_it_does_nothing(finished: Path) -> None:
    before = (finished / "progress.jsonl").stat().st_size
    assert "Data and pipelines are up to date" in repro(finished, asked(finished))
    assert (finished / "progress.jsonl").stat().st_size == before


def test_it_is_compared_with_the_model_that_serves_and_dvc_tells_the_difference(
    finished: Path, tmp_path: Path
) -> None:
    """In a git repository, as at the top level. The champion is the same model: nothing can be better."""
    place = tmp_path / "run"
    shutil.copytree(finished, place, symlinks=True)
    champion = place / "champion.onnx"
    shutil.copy(place / "models" / "best.onnx", champion)
    (place / ".dvc" / "config").write_text("[core]\n    analytics = false\n")
    (place / ".gitignore").write_text("".join(f"/{name}\n" for name in UNTRACKED))
    for words in (
        ["init"],
        ["add", "--all"],
        ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-m", "x"],
    ):
        subprocess.run(["git", *words], cwd=place, check=True, capture_output=True)
    wanted = asked(finished, evaluate={"champion": str(champion)})
    (place / params.FILE_NAME).write_text(params.text(wanted))
    said = dvc(place, "repro", "evaluate")
    assert "Stage 'train' didn't change, skipping" in said and "Running stage 'evaluate'" in said
    evaluation = read(place, "metrics/evaluation.json")
    assert evaluation["verdict"] == "not_better"
    assert evaluation["difference"]["map50_95"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert evaluation["champion"] == evaluation["challenger"]
    assert "evaluate.champion" in dvc(place, "params", "diff")
    assert "difference.map50_95.mean" in dvc(place, "metrics", "diff")
    assert "precision_recall.csv" in dvc(place, "plots", "show", "--json")
    drawn = json.loads(dvc(place, "plots", "diff", "--json"))["data"]["plots/precision_recall.csv"]
    assert {name for plot in drawn for name in plot["revisions"]} == {"workspace", "HEAD"}


def results_of(place: Path) -> dict[str, Any]:
    """What a stage says of the data and the models; none of it depends on when it ran."""
    names = (
        "data/dataset/dataset.json",
        "metrics/evaluation.json",
        "metrics/scores.json",
        "models/registration.json",
    )
    return {name: read(place, name) for name in names}


@pytest.mark.parametrize("stage", ["export", "evaluate", "register"])
def test_killed_in_any_other_stage_it_comes_to_the_same(stage: str, finished: Path, tmp_path: Path) -> None:
    """The stage is done anew, what was trained is not."""
    place = tmp_path / "run"
    shutil.copytree(finished, place, symlinks=True)
    offset, wanted = (place / "progress.jsonl").stat().st_size, results_of(place)
    for name in RESULTS[stage]:
        shutil.rmtree(place / name) if (place / name).is_dir() else (place / name).unlink()
    kill_when(started(place, asked(finished)), lambda: stage in stages_of(place, offset))
    said = repro(place, asked(finished))
    assert f"Running stage '{stage}'" in said and "Running stage 'train'" not in said
    assert results_of(place) == wanted and epochs_of(place, offset) == []


def dvc(place: Path, *words: str) -> str:
    done = subprocess.run(
        [*workspace.command()[:-1], *words],
        cwd=place,
        env=workspace.environment(place, models_cache=data.CACHE),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


BROKEN_WEIGHTS = """
import importlib, sys
from pathlib import Path
from annotate.ai.ultralytics_setup import ultralytics
from annotate.ai.hashes import sha256_of

package = ultralytics(Path("settings"))
torch = importlib.import_module("torch")
model = package.YOLO(sys.argv[1])
with torch.no_grad():
    for weight in model.model.parameters():
        weight.fill_(float("nan"))
model.save("broken.pt")
Path("broken.pt").rename(Path(sha256_of(Path("broken.pt")) + ".pt"))
import annotate.training.stage as stage
from annotate.training import train
path = next(Path.cwd().glob("*.pt"))
parameters = Path("params.yaml").read_text()
Path("params.yaml").write_text(parameters.replace('"yolo26n"', f'"{path.name}"'))
stage.main("train", train.train)
"""


def test_a_loss_that_is_no_number_ends_the_training_with_its_reason(finished: Path, tmp_path: Path) -> None:
    place = tmp_path / "run"
    workspace.prepare(place, params=asked(finished), code_root=data.ROOT)
    shutil.copytree(finished / "data" / "dataset", place / "data" / "dataset")
    done = subprocess.run(
        [workspace.command()[0], "-c", BROKEN_WEIGHTS, str(data.weights("yolo26n")[0])],
        cwd=place,
        env=workspace.environment(place, models_cache=data.CACHE),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    problem = problem_of(place)
    assert problem is not None and problem["code"] == "loss_not_finite", done.stderr[-3000:]
    assert done.returncode == 3 and not (place / "models" / "best.pt").exists()


def test_weights_of_an_unknown_hash_are_not_opened(finished: Path, tmp_path: Path) -> None:
    """A .pt is a program; neither the name nor the parameters say which bytes it should have."""
    place = tmp_path / "run"
    trap = tmp_path / "weights.pt"
    trap.write_bytes(b"\x80\x04cos\nsystem\n(S'touch sprung'\ntR.")
    with contextlib.suppress(FileNotFoundError):
        shutil.copytree(finished / "data", place / "data")
    workspace.prepare(place, params=asked(finished, train={"base": str(trap)}), code_root=data.ROOT)
    done = subprocess.run(
        [workspace.command()[0], "-m", "annotate.training.train"],
        cwd=place,
        env=workspace.environment(place, models_cache=data.CACHE),
        capture_output=True,
        timeout=PATIENCE_S,
    )
    problem = problem_of(place)
    assert problem is not None and problem["code"] == "base_unknown" and done.returncode == 3
    assert not (place / "sprung").exists()
    assert msgspec.json.encode(problem)
