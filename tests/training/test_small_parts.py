"""Parameters, progress, checkpoints, problems, the workspace, and the files at the top level."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from annotate.training import messages, params, problems, workspace
from annotate.training.checkpoints import STATE, Checkpoints
from annotate.training.limits import Watch
from annotate.training.problems import Problem
from annotate.training.progress import Progress, read_progress

ROOT = Path(__file__).resolve().parent.parent.parent
DATASET = {"repository": "somewhere", "version": 1}


def wanted(**sections: dict[str, Any]) -> params.Params:
    return params.checked({"dataset": DATASET, **sections})


# Parameters


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    names = {"yes": "no", "a: b": "#c", "ünï": "\u2028", "1e3": "'\"\\"}
    written = wanted(evaluate={"champion_classes": names, "confidence": 1e-5}, register={"name": "a\nb: {c}"})
    (tmp_path / params.FILE_NAME).write_text(params.text(written))
    assert params.read(tmp_path / params.FILE_NAME) == written


@pytest.mark.parametrize(
    "sections",
    [
        {"train": {"epochs": 0}},
        {"train": {"epochs": 10**9}},
        {"train": {"batch": -1}},
        {"train": {"image_size": 100}},  # no multiple of 32
        {"train": {"image_size": 10**6}},
        {"train": {"device": "cuda; rm -rf /"}},
        {"train": {"time_limit_s": -1}},
        {"train": {"base_sha256": "abc"}},
        {"train": {"learning_rate": 1}},
        {"evaluate": {"confidence": float("nan")}},
        {"evaluate": {"bootstrap": 10**12}},
        {"dataset": {"repository": "x", "version": 0}},
        {"register": None},
    ],
)
def test_absurd_parameters_are_refused(sections: dict[str, Any]) -> None:
    with pytest.raises(Problem) as caught:
        params.checked({"dataset": DATASET, **sections})
    assert caught.value.code == "bad_parameters"


@pytest.mark.parametrize("text", ["", "a: [", "!!python/object/apply:os.system ['false']", "\x00"])
def test_files_that_are_no_parameters_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / params.FILE_NAME).write_text(text)
    with pytest.raises(Problem):
        params.read(tmp_path / params.FILE_NAME)


def test_the_parameters_at_the_top_level_are_the_defaults() -> None:
    there = params.read(ROOT / params.FILE_NAME)
    assert there == params.Params(dataset=params.DatasetParams("data/datasets/1", 1))
    written = yaml.safe_load((ROOT / params.FILE_NAME).read_text())
    assert {name: list(values) for name, values in written.items()} == {
        name: list(values) for name, values in yaml.safe_load(params.text(there)).items()
    }


# The pipeline at the top level


def test_every_dependency_of_the_pipeline_exists_or_is_made_by_it() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    made = {name if isinstance(name, str) else next(iter(name)) for stage in stages.values()
            for kind in ("outs", "metrics", "plots") for name in stage.get(kind, [])}  # fmt: skip
    for stage in stages.values():
        for path in stage["deps"]:
            assert path in made or (ROOT / path).is_file(), path


def test_every_parameter_of_the_pipeline_exists() -> None:
    there = yaml.safe_load((ROOT / params.FILE_NAME).read_text())
    for stage in yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"].values():
        for name in stage["params"]:
            section, _, value = name.partition(".")
            assert section in there and (not value or value in there[section]), name


# Progress


def test_progress_is_read_from_where_the_last_reading_ended(tmp_path: Path) -> None:
    progress = Progress(tmp_path, "train")
    progress.say(epoch=1)
    first, offset = read_progress(tmp_path)
    assert [line["epoch"] for line in first] == [1] and first[0]["stage"] == "train" and first[0]["at"]
    progress.say(epoch=2)
    with (tmp_path / "progress.jsonl").open("ab") as file:
        file.write(b'{"epoch": 3')  # killed in the middle of a line
    more, end = read_progress(tmp_path, offset)
    assert [line["epoch"] for line in more] == [2]
    assert read_progress(tmp_path, end) == ([], end)


def test_a_line_that_is_no_object_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "progress.jsonl").write_bytes(b'{"a": 1}\n[]\nx\n\xff\n{"a": 2}\n')
    assert [line["a"] for line in read_progress(tmp_path)[0]] == [1, 2]


def test_murmuring_does_not_fill_the_disk(tmp_path: Path) -> None:
    progress = Progress(tmp_path, "train")
    for batch in range(100):
        progress.murmur(batch=batch)
    assert len(read_progress(tmp_path)[0]) < 5


def test_a_run_goes_on_where_nobody_can_write_progress(tmp_path: Path) -> None:
    Progress(tmp_path / "absent", "train").say(epoch=1)
    assert read_progress(tmp_path / "absent") == ([], 0)


# Checkpoints


def test_a_training_goes_on_from_what_was_kept(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path)
    state = kept.load("same")
    for epoch, is_best in ((1, True), (2, False), (3, False)):
        state.epoch = epoch
        state.rows.append({"epoch": epoch, "loss": 1 / epoch})
        kept.keep(state, f"weights {epoch}".encode(), is_best=is_best)
    again = Checkpoints(tmp_path).load("same")
    assert again == state and again.epoch == 3 and again.best_epoch == 1
    assert kept.path(again.last).read_bytes() == b"weights 3"
    assert kept.path(again.best).read_bytes() == b"weights 1"
    assert len(list(tmp_path.glob("*.pt"))) == 2, "what nobody needs is gone"


def torn_weights(folder: Path) -> None:
    for path in folder.glob("*.pt"):
        path.write_bytes(path.read_bytes()[:-1])


def lost_weights(folder: Path) -> None:
    for path in folder.glob("*.pt"):
        path.unlink()


def torn_state(folder: Path) -> None:
    path = folder / STATE
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("harm", "digest"),
    [(torn_weights, "one"), (lost_weights, "one"), (torn_state, "one"), (lambda folder: None, "another")],
)
def test_what_does_not_fit_is_forgotten(tmp_path: Path, harm: Callable[[Path], None], digest: str) -> None:
    kept = Checkpoints(tmp_path)
    state = kept.load("one")
    state.epoch = 1
    kept.keep(state, b"weights", is_best=True)
    harm(tmp_path)
    assert Checkpoints(tmp_path).load(digest).epoch == 0
    assert not list(tmp_path.iterdir())


# Problems


def test_a_problem_is_told_in_the_folder_and_forgotten_by_the_next_run(tmp_path: Path) -> None:
    assert problems.problem_of(tmp_path) is None
    Problem("too_few_frames", count=2, needed=5).write(tmp_path)
    found = problems.problem_of(tmp_path)
    assert found is not None and found["code"] == "too_few_frames"
    assert found["values"] == {"count": "2", "needed": "5"}
    assert str(found["text"]) == messages.MESSAGES["too_few_frames"] % found["values"]
    problems.forget(tmp_path)
    assert problems.problem_of(tmp_path) is None


def test_every_problem_that_is_raised_has_a_text_with_the_right_places() -> None:
    pattern = re.compile(r'Problem\(\s*"(\w+)"((?:,\s*\w+=)?)')
    codes = {match[1] for path in (ROOT / "annotate" / "training").glob("*.py")
             for match in pattern.finditer(path.read_text())}  # fmt: skip
    assert codes | {"champion_unusable", "challenger_unusable"} == set(messages.MESSAGES)


# Limits


def test_more_memory_than_allowed_ends_the_process_with_its_reason(tmp_path: Path) -> None:
    pytest.importorskip("psutil")
    code = (
        "import sys, time; from pathlib import Path; from annotate.training.limits import Watch\n"
        "with Watch(Path(sys.argv[1]), memory_mb=150, seconds=0): kept = bytearray(300 * 2**20); time.sleep(30)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, timeout=60)
    found = problems.problem_of(tmp_path)
    assert done.returncode == 3 and found is not None and found["code"] == "out_of_memory"


def test_a_process_that_hangs_is_ended(tmp_path: Path) -> None:
    pytest.importorskip("psutil")
    code = (
        "import sys, time; from pathlib import Path; from annotate.training import limits\n"
        "limits.GRACE_S = 0\n"
        "with limits.Watch(Path(sys.argv[1]), memory_mb=0, seconds=0.5): time.sleep(30)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, timeout=60)
    found = problems.problem_of(tmp_path)
    assert done.returncode == 3 and found is not None and found["code"] == "out_of_time"


def test_within_its_limits_nothing_happens(tmp_path: Path) -> None:
    with Watch(tmp_path, memory_mb=0, seconds=0):
        pass
    assert problems.problem_of(tmp_path) is None


# The workspace


def test_a_workspace_has_the_same_pipeline_and_the_code(tmp_path: Path) -> None:
    workspace.prepare(tmp_path / "run", params=wanted(), code_root=ROOT)
    there = tmp_path / "run"
    assert (there / "dvc.yaml").read_text() == (ROOT / "dvc.yaml").read_text()
    assert (there / "annotate" / "training" / "export.py").is_file()
    assert params.read(there / params.FILE_NAME) == wanted()


def test_preparing_again_touches_only_what_differs(tmp_path: Path) -> None:
    workspace.prepare(tmp_path, params=wanted(), code_root=ROOT)
    lock = tmp_path / ".dvc" / "tmp" / "rwlock"
    lock.parent.mkdir()
    lock.write_text('{"write": {"x": {"pid": 1, "cmd": "dvc repro"}}}')
    before = {
        path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file() and path != lock
    }
    workspace.prepare(tmp_path, params=wanted(train={"epochs": 3}), code_root=ROOT)
    changed = {path.name for path, time in before.items() if path.stat().st_mtime_ns != time}
    assert changed == {params.FILE_NAME} and not lock.exists()


def test_the_secrets_of_the_product_stay_with_it(tmp_path: Path) -> None:
    inherited = {"HITL_DATABASE_URL": "postgres://secret", "HOME": "/home/x", "PATH": "/bin"}
    given = workspace.environment(tmp_path, models_cache=tmp_path, inherited=inherited)
    assert "HITL_DATABASE_URL" not in given and given["HOME"] == "/home/x"
    assert given["PATH"].split(":")[0] == str(Path(sys.executable).parent)
    assert json.dumps(given)
