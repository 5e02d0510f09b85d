"""What our callbacks make of what Ultralytics tells them."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from annotate.training.checkpoints import Checkpoints, State
from annotate.training.follower import Follower, OutOfTime
from annotate.training.problems import Problem
from annotate.training.progress import Progress, read_progress


class Loss(float):
    """As a tensor: it can be detached."""

    def detach(self) -> "Loss":
        return self


class Model:
    """Keeps the callbacks, and calls them as Ultralytics does."""

    def __init__(self) -> None:
        self.callbacks: dict[str, Any] = {}

    def add_callback(self, event: str, function: Any) -> None:
        self.callbacks[event] = function

    def epoch(
        self, trainer: SimpleNamespace, *, loss: float = 1.0, fitness: float = 0.5, weights: str = "x"
    ) -> None:
        trainer.epoch += 1
        trainer.fitness, trainer.best_fitness = fitness, max(trainer.best_fitness, fitness)
        trainer.loss = Loss(loss)
        trainer.tloss = {"box_loss": loss, "cls_loss": 2 * loss}
        trainer.metrics = {
            "metrics/mAP50(B)": fitness,
            "metrics/mAP50-95(B)": fitness / 2,
            "val/box_loss": 1.0,
        }
        trainer.last.write_text(weights)
        self.callbacks["on_train_epoch_start"](trainer)
        for _ in trainer.train_loader:
            self.callbacks["on_train_batch_end"](trainer)
        self.callbacks["on_train_epoch_end"](trainer)
        trainer.stop = trainer.epoch + 1 >= 3
        self.callbacks["on_model_save"](trainer)


@pytest.fixture
def trainer(tmp_path: Path) -> SimpleNamespace:
    return SimpleNamespace(
        epoch=-1, start_epoch=0, best_fitness=0.0, train_loader=[1, 2], stop=False, last=tmp_path / "last.pt",
        lr={"lr/pg0": 0.01}, label_loss_items=lambda losses: {f"train/{name}": each for name, each in losses.items()},
    )  # fmt: skip


def followed(folder: Path, **changed: Any) -> tuple[Model, State, Checkpoints]:
    kept = Checkpoints(folder / "checkpoints")
    state = kept.load("digest")
    asked = {"epochs": 3, "chooses": True, "measures": True, "time_limit_s": 0.0, **changed}
    model = Model()
    Follower(state, kept, Progress(folder, "train"), **asked).attach(model)
    return model, state, kept


def test_each_epoch_is_kept_and_told(tmp_path: Path, trainer: SimpleNamespace) -> None:
    model, state, kept = followed(tmp_path)
    for number, fitness in enumerate((0.2, 0.6, 0.4)):
        model.epoch(trainer, fitness=fitness, weights=f"weights {number}")
    assert (state.epoch, state.best_epoch, state.stopped) == (3, 2, "finished")
    assert (
        kept.path(state.best).read_text() == "weights 1" and kept.path(state.last).read_text() == "weights 2"
    )
    assert [row["map50"] for row in state.rows] == [0.2, 0.6, 0.4]
    assert [row["loss"] for row in state.rows] == [3.0] * 3
    lines = [line for line in read_progress(tmp_path)[0] if "batch" not in line]
    assert [line["epoch"] for line in lines] == [1, 2, 3] and lines[-1]["eta_s"] == 0.0


def test_without_frames_to_choose_by_the_last_epoch_is_taken(
    tmp_path: Path, trainer: SimpleNamespace
) -> None:
    model, state, _ = followed(tmp_path, chooses=False, measures=False)
    for fitness in (0.6, 0.2):
        model.epoch(trainer, fitness=fitness)
    assert state.best_epoch == 2 and "map50" not in state.rows[0]


def test_ending_before_the_last_epoch_is_patience(tmp_path: Path, trainer: SimpleNamespace) -> None:
    model, state, _ = followed(tmp_path, epochs=9)
    for _ in range(3):
        model.epoch(trainer)
    assert state.stopped == "patience"


def test_the_time_is_that_of_all_runs_together(tmp_path: Path, trainer: SimpleNamespace) -> None:
    model, state, _ = followed(tmp_path, time_limit_s=100.0)
    model.epoch(trainer)
    state.seconds = 200.0
    again = Model()
    kept = Checkpoints(tmp_path / "checkpoints")
    Follower(
        state, kept, Progress(tmp_path, "train"), epochs=3, chooses=True, measures=True, time_limit_s=100.0
    ).attach(again)
    with pytest.raises(OutOfTime):
        again.epoch(trainer)
    assert kept.load("digest").epoch == 1


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_first_epoch_that_went_astray_is_the_last(
    tmp_path: Path, trainer: SimpleNamespace, loss: float
) -> None:
    model, state, _ = followed(tmp_path)
    with pytest.raises(Problem) as caught:
        model.epoch(trainer, loss=loss)
    assert caught.value.code == "loss_not_finite" and state.epoch == 0


def test_later_ones_are_left_to_ultralytics_and_no_nan_is_written(
    tmp_path: Path, trainer: SimpleNamespace
) -> None:
    model, state, _ = followed(tmp_path)
    model.epoch(trainer)
    model.epoch(trainer, loss=math.nan)
    assert "loss" not in state.rows[1] and "NaN" not in (tmp_path / "progress.jsonl").read_text()
