"""What a pipeline writes is read on from where it was; nothing in it is trusted."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from annotate.jobs.progress import Follower, finite, tail
from annotate.training.progress import FILE_NAME


def line(**values: Any) -> bytes:
    return json.dumps({"stage": "train", "at": "2026-01-01T00:00:00+00:00", **values}).encode() + b"\n"


def test_what_is_half_written_waits_for_its_end(tmp_path: Path) -> None:
    file, follower = tmp_path / FILE_NAME, Follower(tmp_path)
    assert not follower.read()
    whole = line(epoch=1, epochs=3, metrics={"loss": 2.0})
    file.write_bytes(whole[:20])
    assert not follower.read() and follower.epochs == []
    file.write_bytes(whole + line(epoch=2, epochs=3, metrics={"loss": 1.0}))
    assert follower.read() and [row["loss"] for row in follower.epochs] == [2.0, 1.0]
    assert not follower.read()


def test_batches_are_no_epochs_and_a_repeated_epoch_counts_once(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(
        line(epoch=1, epochs=3, metrics={"loss": 2.0})
        + line(epoch=2, epochs=3, batch=1, batches=4, metrics={"loss": 9.0})
        + line(epoch=1, epochs=3, metrics={"loss": 1.5})
    )
    follower = Follower(tmp_path)
    follower.read()
    assert follower.epochs == [{"epoch": 1, "loss": 1.5}]


def test_how_many_epochs_are_done(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    (tmp_path / FILE_NAME).write_bytes(line(epoch=4, epochs=9, batch=2, batches=4))
    follower.read()
    assert follower.last is not None and follower.last.epochs_done == 3


def test_what_is_said_of_the_machine_is_apart(tmp_path: Path) -> None:
    file, follower = tmp_path / FILE_NAME, Follower(tmp_path)
    file.write_bytes(
        line(epoch=1, epochs=3, metrics={"loss": 2.0})
        + line(system={"cpu_utilization_percentage": 50.0, "odd": float("nan")})
        + line(system={"cpu_utilization_percentage": "much"})
        + line(system={"cpu_utilization_percentage": 1.0}, at="2026-01-01T00:00:00")  # no time zone
    )
    assert follower.read()
    assert follower.last is not None and follower.last.epoch == 1
    assert [one.system for one in follower.samples] == [{"cpu_utilization_percentage": 50.0, "odd": None}]
    with file.open("ab") as more:
        more.write(line(system={"cpu_utilization_percentage": 60.0}))
    assert not follower.read(), "it says nothing of how far the training is"
    assert [one.system["cpu_utilization_percentage"] for one in follower.samples] == [60.0]
    follower.read()
    assert follower.samples == []


@pytest.mark.parametrize("seed", range(3))
def test_garbage_is_passed_over(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    rubbish = [
        b"\xff\xfe{",
        b"[1, 2]",
        b'{"stage": 7}',
        b"{}",
        b'{"stage": "train", "epoch": "x"}',
        b'{"stage": "train", "epoch": -4, "metrics": {"loss": 1}}',
        b'{"stage": "train", "epoch": 99999999, "metrics": {"loss": 1}}',
    ]
    good = [line(epoch=number, epochs=5, metrics={"loss": float(number)}) for number in range(1, 6)]
    mixed = [*good, *(one + b"\n" for one in rubbish)]
    dice.shuffle(mixed)
    (tmp_path / FILE_NAME).write_bytes(b"".join(mixed))
    follower = Follower(tmp_path)
    follower.read()
    assert [row["epoch"] for row in follower.epochs] == [1, 2, 3, 4, 5]


def test_w7_numbers_that_json_does_not_know_become_none(tmp_path: Path) -> None:
    text = b'{"stage": "train", "epoch": 1, "metrics": {"loss": NaN, "map50": Infinity, "recall": 0.5}}\n'
    (tmp_path / FILE_NAME).write_bytes(text)
    follower = Follower(tmp_path)
    follower.read()
    assert follower.epochs == [{"epoch": 1, "loss": None, "map50": None, "recall": 0.5}]
    json.dumps(follower.epochs, allow_nan=False)
    assert finite({"a": [float("nan"), {"b": -float("inf")}], "c": "x"}) == {
        "a": [None, {"b": None}],
        "c": "x",
    }


def test_the_log_is_what_a_terminal_would_show(tmp_path: Path) -> None:
    file = tmp_path / "output.log"
    assert tail(file, 100) == ""
    file.write_bytes(b"x" * 500 + b"\nstep 1\rstep 2\r\n\x1b[31mred\x1b[0m \xff\x00end\n")
    assert tail(file, 40).splitlines()[-2:] == ["step 2", "[31mred[0m �end"]
    assert len(tail(file, 40)) <= 40
