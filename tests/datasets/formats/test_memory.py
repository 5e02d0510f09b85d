"""Many boxes in and out, little memory: far less than a list of them would take."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

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


def many_frames(frames: int) -> Iterator[FrameRecord]:
    for number in range(frames):
        boxes = tuple(
            BoxRecord(
                "RBC", Edges(n + 0.1, number % 300 + 0.1, n + 20.7, number % 300 + 40.3), confidence=n / 99
            )
            for n in range(BOXES_PER_FRAME)
        )
        yield FrameRecord(f"{number:06d}.jpg", 640, 480, boxes)


def peak(action: Callable[[], int]) -> tuple[int, int]:
    """Result, and bytes of Python's own memory at the highest point above the start."""
    gc.collect()
    tracemalloc.start()
    try:
        result = action()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def written(key: str, root: Path, frames: int) -> int:
    writer = FORMATS[key].writer(FolderSink(root), HEADER, None)
    for frame in many_frames(frames):
        writer.add(frame)
    writer.close()
    return frames


def read_boxes(key: str, root: Path) -> int:
    reader = FORMATS[key].reader(root, lambda name: (640, 480))
    reader.header()
    count = sum(len(frame.boxes) for frame in reader.frames())
    assert not reader.errors
    return count


def test_a_list_of_all_boxes_would_take_more() -> None:
    few, many = (peak(lambda count=count: len(list(many_frames(count))))[1] for count in (FEW, MANY))  # type: ignore[misc]
    assert many - few > 3 * GROWTH


@pytest.mark.parametrize("key", sorted(set(FORMATS) - {"cvat_video"}))
def test_memory_does_not_grow_with_the_number_of_boxes(key: str, tmp_path: Path) -> None:
    peaks = []
    for round_, frames in enumerate((1, FEW, MANY)):  # the first loads modules and fills caches
        root = tmp_path / str(round_)
        _, when_written = peak(lambda root=root, frames=frames: written(key, root, frames))  # type: ignore[misc]
        count, when_read = peak(lambda root=root: read_boxes(key, root))  # type: ignore[misc]
        assert count == frames * BOXES_PER_FRAME
        peaks.append((when_written, when_read))
    assert peaks[2][0] - peaks[1][0] < GROWTH
    assert peaks[2][1] - peaks[1][1] < GROWTH
