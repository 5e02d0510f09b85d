"""Our own callbacks of Ultralytics: progress, checkpoints, limits, and a loss that went astray."""

import math
import time
from pathlib import Path
from typing import Any

from .checkpoints import Checkpoints, Row, State
from .problems import Problem
from .progress import Progress

NAMES = {
    "metrics/precision(B)": "precision",
    "metrics/recall(B)": "recall",
    "metrics/mAP50(B)": "map50",
    "metrics/mAP50-95(B)": "map50_95",
}
NON_LETTERS = str.maketrans("/", "_")


class OutOfTime(Exception):
    """Raised through Ultralytics' loop in order to leave it."""


class Follower:
    """``state`` is brought up to date after each epoch. ``chooses``: whether the best epoch counts, not the last;
    ``measures``: whether there are frames to validate on at all."""

    def __init__(
        self,
        state: State,
        kept: Checkpoints,
        progress: Progress,
        *,
        epochs: int,
        chooses: bool,
        measures: bool,
        time_limit_s: float,
    ) -> None:
        self._state = state
        self._kept = kept
        self._progress = progress
        self._epochs = epochs
        self._chooses = chooses
        self._measures = measures
        self._limit_s = time_limit_s
        self._before_s = state.seconds
        self._started = time.monotonic()
        self._batch = 0

    def attach(self, model: Any) -> None:
        model.add_callback("on_train_epoch_start", self._epoch_starts)
        model.add_callback("on_train_batch_end", self._batch_ends)
        model.add_callback("on_train_epoch_end", self._epoch_ends)
        model.add_callback("on_model_save", self._saved)

    @property
    def _seconds(self) -> float:
        return self._before_s + time.monotonic() - self._started

    def _epoch_starts(self, trainer: Any) -> None:
        self._batch = 0

    def _batch_ends(self, trainer: Any) -> None:
        self._batch += 1
        batches = len(trainer.train_loader)
        self._progress.murmur(
            epoch=trainer.epoch + 1,
            epochs=self._epochs,
            batch=self._batch,
            batches=batches,
            metrics=_finite({name: float(loss) for name, loss in trainer.tloss.items()}),
            eta_s=self._eta_s(trainer.epoch - trainer.start_epoch + self._batch / batches, trainer),
        )
        if self._limit_s and self._seconds > self._limit_s:
            raise OutOfTime

    def _epoch_ends(self, trainer: Any) -> None:
        """Later epochs are repeated from the one before by Ultralytics itself; the first cannot be."""
        if trainer.epoch == trainer.start_epoch and not math.isfinite(float(trainer.loss.detach())):
            raise Problem("loss_not_finite", epoch=trainer.epoch + 1)

    def _saved(self, trainer: Any) -> None:
        self._state.epoch = trainer.epoch + 1
        self._state.seconds = self._seconds
        row = _finite(self._row(trainer))
        self._state.rows.append(row)
        is_best = not self._chooses or trainer.best_fitness == trainer.fitness
        if trainer.stop:
            self._state.stopped = "finished" if self._state.epoch >= self._epochs else "patience"
        self._kept.keep(self._state, Path(trainer.last).read_bytes(), is_best=is_best)
        done = self._state.epoch - trainer.start_epoch
        self._progress.say(
            epoch=self._state.epoch, epochs=self._epochs, metrics=row, eta_s=self._eta_s(done, trainer)
        )

    def _row(self, trainer: Any) -> Row:
        losses = trainer.label_loss_items(trainer.tloss)
        row: Row = {"epoch": self._state.epoch, "seconds": self._state.seconds}
        row |= {name.translate(NON_LETTERS): float(value) for name, value in losses.items()}
        row["loss"] = float(sum(float(value) for value in losses.values()))
        if self._measures:
            row |= {
                ours: float(trainer.metrics[name]) for name, ours in NAMES.items() if name in trainer.metrics
            }
        return row | {"learning_rate": float(next(iter(trainer.lr.values())))}

    def _eta_s(self, epochs_done: float, trainer: Any) -> float:
        """Seconds that are left if the rest goes as the epochs of this run did."""
        left = self._epochs - trainer.start_epoch - epochs_done
        spent = time.monotonic() - self._started
        return round(max(0.0, float(left)) * spent / max(epochs_done, 1e-3), 1)


def _finite(values: Row) -> Row:
    """JSON knows no NaN."""
    return {name: round(value, 6) for name, value in values.items() if math.isfinite(value)}
