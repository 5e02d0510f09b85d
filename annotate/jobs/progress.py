"""How far a running pipeline is, from the lines it writes. It may be killed at any byte, so none of them is trusted."""

import math
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from ..training.progress import read_progress

MOST_EPOCHS = 2000


class Line(Struct):
    """``batch``: within an epoch that is not over. ``done`` and ``total``: of a stage that has no epochs."""

    stage: str
    state: str = ""
    epoch: int | None = None
    epochs: int | None = None
    metrics: dict[str, Any] = {}
    eta_s: float | None = None
    done: int | None = None
    total: int | None = None
    batch: int | None = None
    batches: int | None = None

    @property
    def epochs_done(self) -> int:
        return max(0, (self.epoch or 0) - (self.batch is not None))


class Sample(Struct):
    """How busy the machine was."""

    at: Annotated[datetime, Meta(tz=True)]
    system: dict[str, float | None]


class Follower:
    """Reads on from where it was. ``epochs``: what was measured after each; one that was repeated after an interruption
    counts once, as it was measured last. ``samples``: of the machine, in order, of the last reading."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.offset = 0
        self.last: Line | None = None
        self.by_epoch: dict[int, dict[str, Any]] = {}
        self.samples: list[Sample] = []

    def read(self) -> bool:
        """Whether anything is new about how far it is."""
        self.samples = []
        lines, self.offset = read_progress(self.folder, self.offset)
        return sum(self.take(line) for line in lines) > 0

    def take(self, values: dict[str, Any]) -> bool:
        try:
            if "system" in values:
                self.samples.append(msgspec.convert(finite(values), Sample))
                return False
            line = msgspec.convert(finite(values), Line)
        except msgspec.ValidationError:
            return False
        self.last = line
        is_over = line.batch is None and bool(line.metrics)
        if is_over and line.epoch is not None and 0 <= line.epoch <= MOST_EPOCHS:
            self.by_epoch[line.epoch] = {"epoch": line.epoch, **line.metrics}
        return True

    @property
    def epochs(self) -> list[dict[str, Any]]:
        return [self.by_epoch[number] for number in sorted(self.by_epoch)]


def finite(value: Any) -> Any:
    """Numbers that JSON does not know become None: neither PostgreSQL nor a browser takes them."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(name): finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    return value


def tail(path: Path, size: int) -> str:
    """The end of what a program said: what a terminal would show, without control characters."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - size))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    lines = (line.rsplit("\r", 1)[-1] for line in text.replace("\r\n", "\n").split("\n"))
    return "\n".join("".join(each for each in line if each.isprintable() or each == "\t") for line in lines)
