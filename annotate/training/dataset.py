"""``data/dataset``: a version as the later stages read it. Flat names of our own, so that no name can mislead."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..ai.detector import Pixels
from ..ai.pictures import decoded
from . import files
from .problems import Problem

FILE_NAME = "dataset.json"


class Frame(msgspec.Struct, frozen=True):
    """``file``: in images/; ``name``: as people know it. ``split``: train, val or test. ``boxes``: how many."""

    file: str
    name: str
    split: str
    boxes: int

    @property
    def label_file(self) -> str:
        return f"{Path(self.file).stem}.txt"


class Description(msgspec.Struct, frozen=True):
    """``classes``: names in the order of their numbers, also those without a box. ``digest``: of the annotations."""

    number: int
    digest: str
    classes: list[str]
    frames: list[Frame]


@dataclass(frozen=True, slots=True)
class Truth:
    """What people drew. ``boxes``: N x 4, left, top, right, bottom; ``classes``: N numbers."""

    boxes: NDArray[np.float64]
    classes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.classes)


@dataclass(frozen=True, slots=True)
class Dataset:
    folder: Path
    description: Description

    def of(self, *splits: str) -> list[Frame]:
        return [frame for frame in self.description.frames if frame.split in splits]

    def image(self, frame: Frame) -> Path:
        return self.folder / "images" / frame.file

    def label(self, frame: Frame) -> Path:
        return self.folder / "labels" / frame.label_file

    def pixels(self, frame: Frame) -> Pixels:
        """Decoded as for serving. Raises Problem."""
        try:
            data = self.image(frame).read_bytes()
        except OSError as error:
            raise Problem("data_missing", name=frame.name, md5=frame.file) from error
        picture = decoded(data)
        if picture is None:
            raise Problem("data_damaged", name=frame.name)
        return picture

    def truth(self, frame: Frame, *, width: int, height: int) -> Truth:
        """In image pixels. Raises Problem."""
        rows = parsed(
            self.label(frame).read_text(encoding="utf-8"), len(self.description.classes), frame.name
        )
        centre, half = rows[:, 1:3], rows[:, 3:5] / 2
        shares = np.concatenate([centre - half, centre + half], axis=1)
        return Truth(shares * [width, height, width, height], rows[:, 0].astype(np.int64))


def write(folder: Path, description: Description) -> None:
    """Raises OSError."""
    files.write(
        folder / FILE_NAME, json.dumps(msgspec.to_builtins(description), indent=1, ensure_ascii=False)
    )


def read(folder: Path) -> Dataset:
    """Raises Problem."""
    try:
        found = msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=Description)
    except (OSError, msgspec.MsgspecError) as error:
        raise Problem("data_damaged", name=FILE_NAME) from error
    return Dataset(folder, found)


def parsed(text: str, class_count: int, name: str) -> NDArray[np.float64]:
    """Label lines, N x 5: class, centre and size as shares of the image. ``name``: for people. Raises Problem."""
    try:
        rows = np.array([_numbers(line) for line in _lines(text)], np.float64).reshape(-1, 5)
    except ValueError as error:
        raise Problem("data_damaged", name=name) from error
    classes, sizes = rows[:, 0], rows[:, 3:]
    known = (classes == np.floor(classes)) & (classes >= 0) & (classes < class_count)
    inside = np.isfinite(rows).all(axis=1) & (rows[:, 1:] >= 0).all(axis=1) & (rows[:, 1:] <= 1).all(axis=1)
    if not bool((known & inside & (sizes > 0).all(axis=1)).all()):
        raise Problem("data_damaged", name=name)
    return rows


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line.strip())


def _numbers(line: str) -> list[Any]:
    """Raises ValueError."""
    numbers = [float(word) for word in line.split()]
    if len(numbers) != 5:
        raise ValueError(line)
    return numbers
