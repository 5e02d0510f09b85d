"""Many boxes in and out, little memory: far less than a list of them would take."""

import gc
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotate.datasets.formats.catalogue import FORMATS
from annotate.datasets.formats.records import BoxRecord, FrameRecord
from annotate.geometry import Edges

from .sets import HEADER, FolderSink

BOXES_PER_FRAME = 50
FEW, MANY = 15, 60
"""Frames."""
GROWTH = 300_000
"""Bytes that the peak may grow by from FEW to MANY; a list of all boxes grows by three times as much."""


LONGEST_TRACK = 5
"""Frames."""


def box_at(number: int, place: int, **more: Any) -> BoxRecord:
    top = number % 300
    edges = Edges(place + 0.1, top + 0.1, place + 20.7, top + 40.3)
    return BoxRecord("RBC", edges, confidence=place / 99, **more)


def many_frames(frames: int, *, track_length: int = 0) -> Iterator[FrameRecord]:
    """``track_length``: how many frames an object is seen on; 0: on one, without a track."""
    for number in range(frames):
        boxes = [box_at(number, place) for place in range(BOXES_PER_FRAME)]
        if track_length:
            names = [f"{number // track_length} {place}" for place in range(BOXES_PER_FRAME)]
            boxes = [replace(box, track=name) for box, name in zip(boxes, names, strict=True)]
        yield FrameRecord(f"{number:06d}.jpg", 640, 480, tuple(boxes))


def one_track(frames: int) -> Iterator[FrameRecord]:
    """Of an object that is seen on all of them."""
    for number in range(frames):
        yield FrameRecord(f"{number:06d}.jpg", 640, 480, (box_at(number, 0, track="ship"),))


def peak(action: Callable[[], int]) -> tuple[int, int]:
    """Result, and bytes of Python's own memory at the highest point above the start."""
    gc.collect()
    tracemalloc.start()
    try:
        result = action()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def written(key: str, root: Path, frames: Iterable[FrameRecord]) -> int:
    writer = FORMATS[key].writer(FolderSink(root), HEADER, None)
    count = 0
    for frame in frames:
        writer.add(frame)
        count += len(frame.boxes)
    writer.close()
    return count


def read_boxes(key: str, root: Path) -> int:
    reader = FORMATS[key].reader(root, lambda name: (640, 480))
    reader.header()
    count = sum(len(frame.boxes) for frame in reader.frames())
    assert not reader.errors
    return count


def test_a_list_of_all_boxes_would_take_more() -> None:
    few, many = (peak(lambda count=count: len(list(many_frames(count))))[1] for count in (FEW, MANY))  # type: ignore[misc]
    assert many - few > 3 * GROWTH


def growth(key: str, root: Path, few: Iterable[FrameRecord], many: Iterable[FrameRecord]) -> tuple[int, int]:
    """By how much more is in memory with many frames than with few: when they are written, and when they are read."""
    peaks = []
    for round_, frames in enumerate((many_frames(1), few, many)):  # the first loads modules and fills caches
        folder = root / str(round_)
        given, when_written = peak(lambda folder=folder, frames=frames: written(key, folder, frames))  # type: ignore[misc]
        found, when_read = peak(lambda folder=folder: read_boxes(key, folder))  # type: ignore[misc]
        assert found == given
        peaks.append((when_written, when_read))
    return peaks[2][0] - peaks[1][0], peaks[2][1] - peaks[1][1]


@pytest.mark.parametrize("track_length", [0, LONGEST_TRACK])
@pytest.mark.parametrize("key", sorted(FORMATS))
def test_memory_does_not_grow_with_the_number_of_boxes(key: str, track_length: int, tmp_path: Path) -> None:
    few, many = (many_frames(frames, track_length=track_length) for frames in (FEW, MANY))
    when_written, when_read = growth(key, tmp_path, few, many)
    assert when_written < GROWTH and when_read < GROWTH


def test_of_cvat_video_the_length_of_a_track_and_of_the_list_of_frames_play_no_part(tmp_path: Path) -> None:
    when_written, when_read = growth("cvat_video", tmp_path, one_track(1600), one_track(5000))
    assert when_written < GROWTH and when_read < GROWTH
