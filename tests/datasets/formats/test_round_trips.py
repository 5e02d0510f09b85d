"""What is written and read again is the same, as far as the format can hold it."""

import tempfile
from collections import Counter
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from annotate.datasets.formats import (
    coco,
    csv_file,
    cvat_images,
    cvat_video,
    label_studio,
    lossless,
    mot,
    voc,
    yolo,
)
from annotate.datasets.formats.catalogue import FORMATS
from annotate.datasets.formats.records import BoxRecord, FrameRecord
from annotate.datasets.formats.xml_text import attribute_text
from annotate.geometry import Edges

from .sets import HEADER, LABELS, FolderSink, OneImage, by_name, frames, read, sizes_of, write

quick = settings(
    max_examples=20, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()


@quick
@given(frames())
def test_lossless_gives_back_everything(found: list[FrameRecord]) -> None:
    with folder() as place:
        writer = write(lossless, Path(place), found)
        reader, header, again = read(lossless, Path(place))
    assert (header, again) == (HEADER, found)
    assert (writer.loss.counts, reader.errors) == ({}, [])


@quick
@given(frames())
def test_coco_gives_back_the_same_edges(found: list[FrameRecord]) -> None:
    with folder() as place:
        write(coco, Path(place), found)
        reader, header, again = read(coco, Path(place))
    assert not reader.errors
    assert [label.name for label in header.labels] == [label.name for label in LABELS]
    assert by_name(again) == {frame.name: held(frame) for frame in found}


def held(frame: FrameRecord) -> FrameRecord:
    """What COCO can hold."""
    boxes = tuple(
        BoxRecord(box.label, box.edges, confidence=box.confidence, attributes=box.attributes)
        for box in frame.boxes
    )
    return FrameRecord(frame.name, frame.width, frame.height, boxes, split=frame.split)


@quick
@given(frames())
def test_yolo_gives_back_edges_within_a_millionth(found: list[FrameRecord]) -> None:
    with folder() as place:
        write(yolo, Path(place), found)
        reader, header, again = read(yolo, Path(place), sizes_of(found))
    assert not reader.errors
    assert [label.name for label in header.labels] == [label.name for label in LABELS]
    assert sizes_of(again) == sizes_of(found)
    for frame in found:
        got = by_name(again)[frame.name]
        assert [box.label for box in got.boxes] == [box.label for box in frame.boxes]
        for box, mine in zip(got.boxes, frame.boxes, strict=True):
            for side, limit in (
                ("x1", frame.width),
                ("x2", frame.width),
                ("y1", frame.height),
                ("y2", frame.height),
            ):
                near = pytest.approx(getattr(mine.edges, side) / limit, abs=1e-6 / limit)
                assert getattr(box.edges, side) / limit == near


@quick
@given(frames())
def test_voc_gives_back_whole_pixels(found: list[FrameRecord]) -> None:
    with folder() as place:
        write(voc, Path(place), found)
        reader, header, again = read(voc, Path(place))
    assert not reader.errors
    assert [(label.name, label.color) for label in header.labels] == [(one.name, one.color) for one in LABELS]
    got = by_name(again)
    assert set(got) == {frame.name for frame in found}
    for frame in found:
        assert (got[frame.name].split, got[frame.name].width) == (frame.split, frame.width)
        whole = [(box.label, voc.whole_edges(box.edges, frame.width, frame.height)) for box in frame.boxes]
        assert [(box.label, box.edges) for box in got[frame.name].boxes] == whole


@quick
@given(frames())
def test_voc_written_twice_is_the_same(found: list[FrameRecord]) -> None:
    with folder() as place, folder() as second:
        write(voc, Path(place), found)
        _, _, again = read(voc, Path(place))
        writer = write(voc, Path(second), again)
        _, _, twice = read(voc, Path(second))
    assert "rounded" not in writer.loss.counts
    assert again == twice


def test_voc_counts_pixels_from_one(tmp_path: Path) -> None:
    frame = FrameRecord("a.jpg", 640, 480, (BoxRecord("RBC", Edges(0, 10, 100, 480)),))
    write(voc, tmp_path, [frame])
    text = (tmp_path / "Annotations" / "a.xml").read_text()
    assert "<xmin>1</xmin><ymin>11</ymin><xmax>100</xmax><ymax>480</ymax>" in text
    _, _, again = read(voc, tmp_path)
    assert again[0].boxes[0].edges == frame.boxes[0].edges


def test_a_whole_box_is_written_whole_in_yolo(tmp_path: Path) -> None:
    frame = FrameRecord("a.jpg", 640, 480, (BoxRecord("=SUM(A1)", Edges(0, 0, 640, 480)),))
    write(yolo, tmp_path, [replace(frame, split="val")])
    numbers = (tmp_path / "labels" / "a.txt").read_text().split()
    assert (numbers[0], [float(one) for one in numbers[1:]]) == ("2", [0.5, 0.5, 1.0, 1.0])


@quick
@given(frames())
def test_cvat_images_gives_back_the_same_edges(found: list[FrameRecord]) -> None:
    with folder() as place:
        write(cvat_images, Path(place), found)
        reader, header, again = read(cvat_images, Path(place))
    assert not reader.errors
    assert [(label.name, label.color) for label in header.labels] == [(one.name, one.color) for one in LABELS]
    assert again == [
        FrameRecord(
            frame.name,
            frame.width,
            frame.height,
            tuple(cvat_box(box) for box in frame.boxes),
            split=frame.split,
        )
        for frame in found
    ]


def cvat_box(box: BoxRecord) -> BoxRecord:
    """What CVAT can hold: whole orders, attributes as text."""
    attributes = {name: attribute_text(value) for name, value in box.attributes.items()}
    return BoxRecord(box.label, box.edges, source=box.source, attributes=attributes, z=float(int(box.z)))


@quick
@given(frames())
def test_cvat_video_gives_back_the_same_edges_and_tracks(found: list[FrameRecord]) -> None:
    with folder() as place:
        writer = write(cvat_video, Path(place), found)
        reader, header, again = read(cvat_video, Path(place))
    assert not reader.errors
    assert [label.name for label in header.labels] == [label.name for label in LABELS]
    assert [(one.name, one.width, one.height, one.index) for one in again] == [
        (one.name, one.width, one.height, index) for index, one in enumerate(found)
    ]
    for frame, got in zip(found, again, strict=True):
        mine = [cvat_box(box) for box in frame.boxes]
        assert sorted(map(repr, (replace(box, track=None) for box in got.boxes))) == sorted(map(repr, mine))
        if "box_track" not in writer.loss.counts:
            assert Counter(box.track for box in got.boxes) == Counter(box.track for box in frame.boxes)


@quick
@given(frames())
def test_csv_gives_back_all_it_holds(found: list[FrameRecord]) -> None:
    with folder() as place:
        write(csv_file, Path(place), found)
        reader, header, again = read(csv_file, Path(place))
    assert not reader.errors
    assert header.labels == LABELS
    assert again == [
        FrameRecord(
            frame.name,
            frame.width,
            frame.height,
            tuple(replace(box, z=0.0, extra={}) for box in frame.boxes),
            split=frame.split,
        )
        for frame in found
    ]


@quick
@given(frames())
def test_label_studio_gives_back_edges_and_proposals(found: list[FrameRecord]) -> None:
    with folder() as place:
        write(label_studio, Path(place), found)
        reader, header, again = read(label_studio, Path(place))
    assert not reader.errors
    assert header.labels == LABELS
    assert [(one.name, one.width, one.height, one.split) for one in again] == [
        (one.name, one.width, one.height, one.split) for one in found
    ]
    for frame, got in zip(found, again, strict=True):
        mine = {box.id: box for box in frame.boxes}
        assert len(got.boxes) == len(mine)
        for box in got.boxes:
            same = mine[box.id]
            assert (box.label, box.confidence) == (same.label, same.confidence)
            assert (box.status == "accepted") == (same.status == "accepted")
            assert_near(box, same, 1e-6)


@quick
@given(frames())
def test_mot_gives_back_edges_and_tracks(found: list[FrameRecord]) -> None:
    with folder() as place:
        write(mot, Path(place), found)
        if not found:
            return
        reader, header, again = read(mot, Path(place))
    assert not reader.errors
    assert [label.name for label in header.labels] == [label.name for label in LABELS]
    assert len(again) == len(found)
    mine = sorted((f.width, f.height, [(b.label, b.track is None) for b in f.boxes]) for f in found)
    assert sorted((f.width, f.height, [(b.label, b.track is None) for b in f.boxes]) for f in again) == mine
    boxes = sorted((box for frame in found for box in frame.boxes), key=about)
    got = sorted((box for frame in again for box in frame.boxes), key=about)
    for box, same in zip(got, boxes, strict=True):
        assert_near(box, same, 1e-6)


def about(box: BoxRecord) -> tuple[float, ...]:
    return tuple(round(edge, 4) + 0.0 for edge in astuple(box.edges))


def assert_near(box: BoxRecord, other: BoxRecord, pixels: float) -> None:
    assert astuple(box.edges) == pytest.approx(astuple(other.edges), abs=pixels)


@pytest.mark.parametrize("module", [lossless, yolo, coco, voc, cvat_images, label_studio, csv_file])
def test_frames_without_boxes_and_their_splits_are_kept(module: Any, tmp_path: Path) -> None:
    found = [FrameRecord(f"{split}/a b.jpg", 10, 20, split=split) for split in ("train", "val", "test")]
    write(module, tmp_path, found)
    _, _, again = read(module, tmp_path, sizes_of(found))
    assert by_name(again) == by_name(found)


@pytest.mark.parametrize(
    ("splits", "again"),
    [
        (["train", "val", "test"], ["train", "val", "test"]),
        (["val"], ["val"]),
        (["test"], ["test"]),
        (["val", "test"], ["val", "test"]),
        (["train", "test"], ["train", "test"]),
        ([""], [""]),
        (["train"], [""]),  # data.yaml looks the same without splits
        (["", "val"], ["train", "val"]),
    ],
)
def test_splits_of_yolo(splits: list[str], again: list[str], tmp_path: Path) -> None:
    found = [FrameRecord(f"{place}.jpg", 10, 10, split=split) for place, split in enumerate(splits)]
    stored = tmp_path / "stored.jpg"
    stored.write_bytes(b"")
    for images in (None, OneImage(stored)):
        root = tmp_path / str(images is None)
        writer = write(yolo, root, found, images)
        _, _, frames = read(yolo, root, sizes_of(found))
        assert {frame.name: frame.split for frame in frames} == {
            frame.name: split for frame, split in zip(found, again, strict=True)
        }
        assert writer.loss.counts.get("frame_split", 0) == int(splits == ["", "val"])


@pytest.mark.parametrize("key", FORMATS)
def test_names_of_files_are_safe_and_none_is_there_twice(key: str, tmp_path: Path) -> None:
    stored = tmp_path / "stored.jpg"
    stored.write_bytes(b"")
    names = ["../../a.jpg", "/a.jpg", "a.jpg", "A.JPG", "a.png", "images/x.jpg", "nul.jpg", "x?.jpg"]
    names += [".git/config", "é" * 200]
    found = [FrameRecord(name, 10, 10, split="../../up") for name in names]
    root = tmp_path / "out"
    writer = FORMATS[key].writer(FolderSink(root), HEADER, OneImage(stored))
    for frame in found:
        writer.add(frame)
    writer.close()
    written = [path for path in root.rglob("*.*") if path.suffix.lower() in {".jpg", ".png"}]
    assert len(written) == len({str(path).casefold() for path in written}) == len(names)
    assert not [path for path in root.rglob("*") if path.name.startswith(".")]
    reader = FORMATS[key].reader(root, lambda name: (10, 10))
    reader.header()
    assert len(list(reader.frames())) == len(names)
    assert not reader.errors
