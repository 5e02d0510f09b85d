"""What was written for each frame in the newest version, so that the next one reads and writes only what changed.

Files beside the repository, and only a help: without them, or when they are of another version, everything is read
anew. Frames are kept in parts, by their ids, so that what is not looked at is not even read:

    frames.msgpack      of which version it is, what is true of all frames, and which parts there are
    frames/<md5>        the frames of a part, named by its content: one that is damaged is noticed
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from ..media import store
from .dvc_files import Listing, md5_of
from .manifest import Tally

FORMAT = 3
PART = 128
"""Ids of frames in a part."""


class StateLost(Exception):
    """Something that the state names is gone or damaged."""


def fingerprint(row: Sequence[Any]) -> str:
    """Of everything of a frame but its boxes, which its revision stands for, and its source."""
    return md5_of(msgspec.msgpack.encode(row))


class Place(Struct, frozen=True, array_like=True):
    """A source: what the files of its frames depend on. ``is_blind``: a video with a frame of the blind sample."""

    name: str
    kind: str
    is_blind: bool


class Entry(Struct, array_like=True, gc=False):
    """Of one frame. ``facts``: the fingerprint of its row. ``labels``: ids of those of its boxes, whatever their
    status. ``boxes``: accepted ones by label; ``of_models``: how many of them a model proposed. Sizes in bytes."""

    facts: str
    source: int
    split: str
    name: str
    annotation: str
    annotation_size: int
    label: str
    label_size: int
    image: str
    image_size: int
    labels: list[int]
    boxes: dict[int, int]
    of_models: int


Entries = dict[int, Entry]
"""By the id of the frame."""


class Part(Struct, frozen=True, array_like=True, gc=False):
    """``facts``: the fingerprint of its rows, as the database makes it. ``file``: its name."""

    facts: str
    file: str


class State(Struct):
    """``commit``: of the version it is of. ``classes``: number and name of each label, ``places``: sources, by id.
    ``splits``: git's name of each of their files. ``statuses``: of the frames that went in. ``part``: ids in a part."""

    format: int
    commit: str
    classes: dict[int, tuple[int, str]]
    places: dict[int, Place]
    parts: dict[int, Part]
    tally: Tally
    listings: dict[str, Listing]
    splits: dict[str, str]
    statuses: list[str] = []
    part: int = 0


class Frames:
    """The files of the state, below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.head = folder / "frames.msgpack"
        self.parts = folder / "frames"

    def state(self, commit: str | None) -> State | None:
        """None where there is none of this commit that can be read."""
        try:
            state = msgspec.msgpack.decode(self.head.read_bytes(), type=State)
        except (OSError, msgspec.DecodeError):
            return None
        return state if (state.format, state.commit) == (FORMAT, commit) else None

    def part(self, name: str) -> Entries:
        """Raises StateLost."""
        try:
            data = (self.parts / name).read_bytes()
            if md5_of(data) != name:
                raise StateLost(name)
            return msgspec.msgpack.decode(data, type=Entries)
        except (OSError, msgspec.DecodeError) as error:
            raise StateLost(name) from error

    def write(self, state: State, parts: Mapping[str, bytes]) -> None:
        """``parts``: new ones, by name; not waited for until they are on the disk, since damage is noticed. What the
        state does not name is removed. Raises OSError."""
        self.head.unlink(missing_ok=True)
        store.make_folder(self.parts)
        for name, data in parts.items():
            (self.parts / name).write_bytes(data)
        store.write_file(self.head, msgspec.msgpack.encode(state), mode=0o640)
        for name in set(os.listdir(self.parts)) - {part.file for part in state.parts.values()}:
            (self.parts / name).unlink(missing_ok=True)


def part_file(entries: Entries) -> tuple[str, bytes]:
    """Its name, and what is in it."""
    data = msgspec.msgpack.encode(entries)
    return md5_of(data), data
