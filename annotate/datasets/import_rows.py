"""What an import would write, frame by frame, in a file: made by the check, read when it is confirmed."""

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec import Struct

HEAD = struct.Struct(">Iq")
"""Before each line: its length, and the frame."""


class BoxLine(Struct, array_like=True):
    """A box as the file has it; ``label`` is the name in the file."""

    label: str
    x1: float
    y1: float
    x2: float
    y2: float
    id: str
    source: str
    status: str
    feedback: str
    confidence: float | None
    attributes: dict[str, Any]
    z: float


class NewImage(Struct, array_like=True):
    """An image that the project does not have yet. ``picture``: number of its file in the workplace."""

    picture: int
    name: str
    md5: str
    original_md5: str
    media_type: str
    source: str
    source_kind: str
    index: int


class FrameLine(Struct, array_like=True):
    """``frame``: id of the frame that is there, 0 for a new one. ``status``: "" where the file says nothing."""

    frame: int
    width: int
    height: int
    name: str
    status: str
    boxes: list[BoxLine]
    new: NewImage | None = None


class RowsFile:
    """Lines of msgpack. What is held in memory: a pair of numbers a frame, never a box."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.decode = msgspec.msgpack.Decoder(FrameLine).decode

    def write(self, lines: Iterable[FrameLine]) -> None:
        encode = msgspec.msgpack.Encoder().encode
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
        with open(descriptor, "wb") as file:
            for line in lines:
                data = encode(line)
                file.write(HEAD.pack(len(data), line.frame) + data)

    def in_order(self) -> Iterator[FrameLine]:
        """New frames first, then those that are there by their id: two imports at once cannot block each other, and
        what people may have open is locked last. Raises FileNotFoundError."""
        with self.path.open("rb") as file:
            for _frame, place in sorted(_places(file)):
                yield self._line(file, place)

    def new_images(self) -> Iterator[NewImage]:
        """In the order of the file. Raises FileNotFoundError."""
        with self.path.open("rb") as file:
            for place in [place for frame, place in _places(file) if frame == 0]:
                line = self._line(file, place)
                if line.new is not None:
                    yield line.new

    def _line(self, file: IO[bytes], place: int) -> FrameLine:
        file.seek(place)
        size, _frame = HEAD.unpack(file.read(HEAD.size))
        return self.decode(file.read(size))


def _places(file: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Frame and position of each line."""
    place = 0
    while head := file.read(HEAD.size):
        size, frame = HEAD.unpack(head)
        yield frame, place
        place = file.seek(size, os.SEEK_CUR)
