"""What every format reads into and writes from: labels, frames and their boxes, in image pixels. Knows no Django.

Coordinates are edges, floats, origin top left, as everywhere inside the product; a format converts at its own edge.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ...geometry import Edges


@dataclass(frozen=True, slots=True)
class LabelRecord:
    """``key``: the digit of the editor, "" for none. ``color``: #rrggbb, "" where the format has none."""

    name: str
    color: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class BoxRecord:
    """``label``: its name. ``id``: the box's UUID as text, "" where the format has none.

    ``source`` human or model, ``status`` proposed, accepted or rejected, ``feedback`` positive, negative, neutral
    or "". ``confidence`` 0 to 1, None where nobody said. ``track``: what is the same object in other frames, None
    for none. ``author``: sign-in name, "" unknown. ``extra``: what only the lossless format holds (extras.py:
    detection, model, verdict, revision), JSON values.
    """

    label: str
    edges: Edges
    id: str = ""
    source: str = "human"
    status: str = "accepted"
    feedback: str = ""
    confidence: float | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    z: float = 0.0
    track: str | None = None
    author: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One image. ``name``: as people know it, unique within one set, "/" separates folders, never absolute.

    ``status``: to_annotate, in_progress, complete, ..., "" where the format has none. ``split``: train, val, test or
    "". ``source``: name of the upload, folder or video it came from; ``index``: its place there, from 0. ``md5``: of
    the image, "" unknown. ``extra``: as for a box (revision, blind, ...). A frame without boxes is kept.
    """

    name: str
    width: int
    height: int
    boxes: tuple[BoxRecord, ...] = ()
    status: str = ""
    split: str = ""
    source: str = ""
    index: int = 0
    md5: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetRecord:
    """What is said once. ``labels``: in their order, which numbers the classes from 0."""

    labels: tuple[LabelRecord, ...]
    name: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in a file that came in: where (``file``, and a line or an element), and what.

    ``where`` is the same in every language: a line from 1 ("12"), a place in JSON ("annotations[3]") or XML
    ("image[4]/box[2]"), both from 0, "" for the file as a whole. ``code`` is a key of messages.ERRORS, ``values``
    fill its text.
    """

    file: str
    where: str
    code: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)


class CannotRead(Exception):
    """The file as a whole is not what it says it is, or is hostile."""

    def __init__(self, error: RowError) -> None:
        super().__init__(f"{error.file} {error.where}: {error.code} {dict(error.values)}")
        self.error = error


@dataclass(slots=True)
class Loss:
    """What a format could not hold, counted by a code: {"status": 12, "attributes": 3}."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, count: int = 1) -> None:
        if count:
            self.counts[code] = self.counts.get(code, 0) + count

    def plus(self, other: "Loss") -> "Loss":
        both = Loss(dict(self.counts))
        for code, count in other.counts.items():
            both.add(code, count)
        return both


OF_VIDEO: Mapping[str, str] = {"source_kind": "video"}
"""``extra`` of a frame of a sequence: its neighbours are nearly alike, so all of them stay on one side of the split."""

Sizes = Callable[[str], tuple[int, int] | None]
"""Width and height in pixels of a frame by its name, None where nobody knows. For formats that do not say it."""


class Images(Protocol):
    """Where a writer gets an image from, where the export has images at all."""

    def suffix_for(self, frame: FrameRecord) -> str:
        """Of the stored file, with its dot: .jpg, .png or .webp."""

    def path_for(self, frame: FrameRecord) -> Path:
        """An existing file. Raises FileNotFoundError."""


class Sink(Protocol):
    """Where a writer writes: names are relative, with "/", made by the writer and safe. Streams; nothing is kept."""

    def text(self, name: str, lines: Iterator[str]) -> None:
        """A file of text, each item written as it comes (no newline is added)."""

    def file(self, name: str, path: Path) -> None:
        """A copy of an existing file."""


class Writer(Protocol):
    """Made as ``Writer(sink, header, images)``; ``images`` None: annotations alone.

    ``loss`` is complete after ``close``. FileNotFoundError of ``images`` and OSError of the disk go through.
    """

    loss: Loss

    def add(self, frame: FrameRecord) -> None:
        """The next frame, in the order of the export."""

    def close(self) -> None:
        """Writes what comes last. Nothing may be added afterwards."""


class Reader(Protocol):
    """Made as ``Reader(path, sizes)``: a folder that holds what was unpacked, or one file; reads nothing yet.

    Reads no image and nothing outside of ``path``. ``sizes`` is asked where the format does not say how large a
    frame is (YOLO always; others where it is missing); with None or no answer such a frame is a RowError. A name may
    lack its suffix there ("a/b" for "a/b.jpg"), where only a label file says that the frame exists.

    ``errors`` fills while ``header`` and ``frames`` are read; a row with an error is left out, and the import as a
    whole refused by whoever reads. After base.MAX_ERRORS of them CannotRead ends it. ``loss`` counts what the file
    says and a frame cannot hold (polygons, crowds, ...). Bounded memory however large the file.
    """

    errors: list[RowError]
    loss: Loss

    def header(self) -> SetRecord:
        """Raises CannotRead."""

    def frames(self) -> Iterator[FrameRecord]:
        """In the order of the file; once. Raises CannotRead."""
