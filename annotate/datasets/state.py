"""What was written for each frame in the newest version, so that the next one reads and writes only what changed.

A file beside the repository, and only a help: without it, or when it is of another version, everything is read anew.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from ..media import store

FORMAT = 2


def fingerprint(row: Sequence[Any]) -> bytes:
    """Of everything of a frame but its boxes, which its revision stands for, and its source."""
    return msgspec.msgpack.encode(row)


class Place(Struct, frozen=True, array_like=True):
    """A source: what the files of its frames depend on. ``is_blind``: a video with a frame of the blind sample."""

    name: str
    kind: str
    is_blind: bool


class Entry(Struct, array_like=True, gc=False):
    """Of one frame. ``facts``: the fingerprint of its row. ``labels``: ids of those of its boxes, whatever their
    status. ``boxes``: accepted ones by label; ``of_models``: how many of them a model proposed. Sizes in bytes."""

    facts: bytes
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


class State(Struct):
    """``commit``: of the version it is of. ``classes``: number and name of each label, ``places``: sources, by id."""

    format: int
    commit: str
    classes: dict[int, tuple[int, str]]
    places: dict[int, Place]
    frames: dict[int, Entry]


def read_state(path: Path, commit: str | None) -> State | None:
    """None where there is none of this commit that can be read."""
    try:
        state = msgspec.msgpack.decode(path.read_bytes(), type=State)
    except (OSError, msgspec.DecodeError):
        return None
    return state if (state.format, state.commit) == (FORMAT, commit) else None


def write_state(path: Path, state: State) -> None:
    """Raises OSError."""
    path.unlink(missing_ok=True)
    store.write_file(path, msgspec.msgpack.encode(state), mode=0o640)
