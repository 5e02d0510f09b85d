"""Second stage: Ultralytics fine-tunes the base on the whole split train, and the result becomes .pt and ONNX files.

Killed, it goes on after the last whole epoch. Nobody but this stage imports Ultralytics to train.
"""

import csv
import importlib
import io
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import msgspec

from ..ai.problems import NotInstalled
from ..ai.ultralytics_setup import ultralytics
from . import dataset, files
from .base import Base, base_of
from .checkpoints import Checkpoints, State, digest_of
from .dataset import Dataset
from .follower import Follower, OutOfTime
from .limits import Watch
from .problems import Problem
from .stage import Run, main
from .trainset import TRAIN, VAL, write_set

FEWEST_TO_CHOOSE = 5
"""Frames of the split val from which they may say which epoch was the best; with less, the last one is taken."""

NO_INFLUENCE = ("base", "base_sha256", "device", "workers", "time_limit_s", "memory_limit_mb")
MEASURED = ("loss", "precision", "recall", "map50", "map50_95")
OUT_OF_MEMORY = ("out of memory", "not enough memory", "can't allocate memory")


@dataclass(frozen=True, slots=True)
class Fitting:
    """One training: what is asked for, and what is there already."""

    run: Run
    data: Dataset
    base: Base
    kept: Checkpoints
    state: State

    @property
    def folder(self) -> Path:
        """What Ultralytics writes into."""
        return self.run.scratch / "run"

    @property
    def chooses(self) -> bool:
        return len(self.data.of(VAL)) >= FEWEST_TO_CHOOSE


def train(run: Run) -> None:
    """Raises Problem, OSError."""
    data = dataset.read(run.dataset)
    base = base_of(run.params.train, run.folder)
    kept = Checkpoints(run.scratch / "checkpoints")
    fitting = Fitting(run, data, base, kept, kept.load(digest(run, data, base)))
    limits = run.params.train
    with Watch(
        run.folder,
        memory_mb=limits.memory_limit_mb,
        seconds=max(1.0, limits.time_limit_s - fitting.state.seconds) if limits.time_limit_s else 0.0,
    ):
        package = _package(run)
        if not fitting.state.stopped:
            fit(fitting, package)
        write_models(fitting, package)
    write_metrics(fitting)


def digest(run: Run, data: Dataset, base: Base) -> str:
    """Of what decides the result. The folder is part of it: Ultralytics' checkpoints remember paths."""
    asked = msgspec.to_builtins(run.params.train)
    for name in NO_INFLUENCE:
        del asked[name]
    return digest_of([asked, base.sha256, msgspec.to_builtins(data.description), str(run.folder)])


def fit(fitting: Fitting, package: Any) -> None:
    """From the base, or from the epoch that the last run came to. Raises Problem."""
    wanted = fitting.run.params.train
    follower = Follower(
        fitting.state,
        fitting.kept,
        fitting.run.progress,
        epochs=wanted.epochs,
        chooses=fitting.chooses,
        measures=bool(fitting.data.of(VAL)),
        time_limit_s=wanted.time_limit_s,
    )
    described = write_set(fitting.data, fitting.run.scratch / "set")
    try:
        if fitting.state.epoch:
            model = package.YOLO(str(_restored(fitting)))
            follower.attach(model)
            model.train(
                resume=True, data=str(described), device=device_of(wanted.device), workers=wanted.workers
            )
        else:
            files.emptied(fitting.folder)
            model = package.YOLO(str(fitting.base.path))
            follower.attach(model)
            model.train(**arguments(fitting, described))
    except OutOfTime:
        _stop_early(fitting)
    except (RuntimeError, MemoryError) as error:
        raise _understood(error, fitting) from error


def arguments(fitting: Fitting, described: Path) -> dict[str, Any]:
    """Of Ultralytics' train."""
    wanted = fitting.run.params.train
    device = device_of(wanted.device)
    return {
        "data": str(described),
        "epochs": wanted.epochs,
        "imgsz": wanted.image_size,
        "batch": wanted.batch,
        "seed": wanted.seed,
        "patience": wanted.patience if fitting.chooses else wanted.epochs,
        "device": device,
        "workers": wanted.workers,
        "amp": precision_for(device),
        "deterministic": True,
        "val": bool(fitting.data.of(VAL)),
        "plots": False,
        "verbose": False,
        "exist_ok": True,
        "project": str(fitting.folder.parent),
        "name": fitting.folder.name,
    }


def device_of(wanted: str) -> str:
    """ "cpu", or a CUDA device: its number. Raises Problem where there is no such device."""
    torch = importlib.import_module("torch")
    if wanted == "auto":
        return "0" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda"):
        number = wanted.partition(":")[2] or "0"
        if int(number) >= torch.cuda.device_count():
            raise Problem("bad_parameters", reason=f"there is no device {wanted}")
        return number
    return wanted


def precision_for(device: str) -> str | bool:
    """16 bits where the device has bfloat16. Ultralytics' own test for the other kind would fetch weights."""
    torch = importlib.import_module("torch")
    return "bf16" if device != "cpu" and torch.cuda.is_bf16_supported() else False


def write_models(fitting: Fitting, package: Any) -> None:
    """The chosen epoch without what only training needs, and the same as ONNX. Raises Problem, OSError."""
    run, scratch = fitting.run, files.emptied(fitting.run.scratch / "result")
    weights = scratch / "best.pt"
    chosen = fitting.kept.path(fitting.state.best)
    importlib.import_module("ultralytics.utils.torch_utils").strip_optimizer(str(chosen), str(weights))
    without_paths(weights)
    run.progress.say(state="exporting")
    exported = package.YOLO(str(weights)).export(
        format="onnx", imgsz=run.params.register.image_size, device="cpu", verbose=False
    )
    run.weights.parent.mkdir(parents=True, exist_ok=True)
    os.replace(weights, run.weights)
    os.replace(exported, run.onnx)


def without_paths(weights: Path) -> None:
    """Takes out of a .pt of our own where it was made, which is nobody's business elsewhere: files and folders keep
    their names alone. What Ultralytics writes into the ONNX file comes from here. Raises OSError."""
    torch = importlib.import_module("torch")
    kept = torch.load(weights, map_location="cpu", weights_only=False)
    kept.pop("git", None)  # the folder of the code, and what it was
    model = kept["model"]
    model.pt_path = nameless(getattr(model, "pt_path", None))
    for values in (kept.get("train_args"), getattr(model, "args", None)):
        if isinstance(values, dict):
            values.update({name: nameless(value) for name, value in values.items()})
    torch.save(kept, weights)


def nameless(value: Any) -> Any:
    """Of an absolute path its last part; anything else as it is."""
    is_path = isinstance(value, str | PurePath) and PurePath(value).is_absolute()
    return PurePath(value).name if is_path else value


def write_metrics(fitting: Fitting) -> None:
    """Raises OSError."""
    run, state, frames = fitting.run, fitting.state, fitting.data.of(TRAIN)
    names = list(dict.fromkeys(name for row in state.rows for name in row))
    table = io.StringIO()
    writer = csv.DictWriter(table, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(state.rows)
    files.write(run.metrics / "epochs.csv", table.getvalue())
    best = state.rows[state.best_epoch - 1]
    said: dict[str, float | str] = {
        "frames": len(frames),
        "boxes": sum(frame.boxes for frame in frames),
        "validation_frames": len(fitting.data.of(VAL)),
        "epochs": state.epoch,
        "best_epoch": state.best_epoch,
        "seconds": round(state.seconds, 1),
        "stopped": state.stopped,
    }
    said |= {name: best[name] for name in MEASURED if name in best}
    files.write(run.metrics / "train.json", json.dumps(said, indent=1) + "\n")


def _package(run: Run) -> Any:
    """Raises Problem."""
    try:
        return ultralytics(run.scratch / "settings")
    except NotInstalled as error:
        raise Problem("not_installed") from error


def _restored(fitting: Fitting) -> Path:
    """The weights where Ultralytics looks for them: a kill may have torn its own files."""
    weights = fitting.folder / "weights"
    weights.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(fitting.kept.path(fitting.state.best), weights / "best.pt")
    last = weights / "last.pt"
    shutil.copyfile(fitting.kept.path(fitting.state.last), last)
    return last


def _stop_early(fitting: Fitting) -> None:
    """The time is over: the best epoch so far is the result. Raises Problem where there is none."""
    if not fitting.state.epoch:
        raise Problem("out_of_time", limit=round(fitting.run.params.train.time_limit_s))
    fitting.state.stopped = "time"
    fitting.kept.save(fitting.state)


def _understood(error: RuntimeError | MemoryError, fitting: Fitting) -> Exception:
    """What is foreseen as a Problem, anything else as it is."""
    text = str(error).lower()
    if isinstance(error, MemoryError) or any(words in text for words in OUT_OF_MEMORY):
        return Problem("out_of_memory", limit="RAM")
    if "nan" in text and ("persisted" in text or "corrupted" in text or "recovery" in text):
        return Problem("loss_not_finite", epoch=fitting.state.epoch + 1)
    return error


if __name__ == "__main__":
    main("train", train)
