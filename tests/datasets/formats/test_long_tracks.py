"""Tracks and lists of frames of any length, as our own writer makes them."""

from pathlib import Path

import pytest

from annotate.datasets.formats import cvat_video, cvat_video_reader, xml_stream
from annotate.datasets.formats.records import BoxRecord, FrameRecord
from annotate.geometry import Edges

from .sets import read, write

FRAMES = 300


def test_a_track_and_a_list_of_frames_may_be_larger_than_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = BoxRecord("RBC", Edges(1, 2, 30, 40), track="ship")
    found = [FrameRecord(f"{number:06d}.jpg", 640, 480, (box,), index=number) for number in range(FRAMES)]
    write(cvat_video, tmp_path, found)
    assert (tmp_path / "annotations.xml").stat().st_size > 40_000
    monkeypatch.setattr(xml_stream, "LARGEST_RECORD", 2000)
    reader, header, again = read(cvat_video, tmp_path)
    assert not reader.errors and len(header.labels) == 4
    assert [(one.name, len(one.boxes)) for one in again] == [(one.name, 1) for one in found]


def track(frames: list[int], more: str = "") -> str:
    boxes = "".join(
        f'<box frame="{frame}" outside="0" keyframe="1" occluded="0" xtl="{frame}" ytl="5" xbr="50" ybr="50"/>'
        for frame in frames
    )
    return f'<track id="0" label="car">{boxes}{more}</track>'


def put(folder: Path, *tracks: str) -> None:
    size = "<original_size><width>640</width><height>480</height></original_size>"
    labels = "<labels><label><name>car</name></label></labels>"
    meta = f"<meta><task><name>quay</name><size>10</size>{labels}{size}</task></meta>"
    (folder / "annotations.xml").write_text(f"<annotations>{meta}{''.join(tracks)}</annotations>")


def test_boxes_of_a_track_may_come_in_another_order_within_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, track([4, 0, 9, 2, 7]))
    reader, _, frames = read(cvat_video, tmp_path)
    assert not reader.errors
    assert [frame.boxes[0].edges.x1 for frame in frames] == pytest.approx(range(10))
    monkeypatch.setattr(cvat_video_reader, "REORDERED", 2)
    put(tmp_path, track([4, 5, 6, 7, 8, 0]))
    reader, _, _ = read(cvat_video, tmp_path)
    assert [(error.code, error.where) for error in reader.errors] == [("track_order", "track[0]/box[5]")]


def test_errors_and_other_shapes_are_told_track_by_track(tmp_path: Path) -> None:
    bad = track([1, 99])
    unknown = track([1]).replace('label="car"', 'label="plane"')
    put(tmp_path, track([0], "<polygon/>"), bad, unknown, track([3]))
    reader, _, frames = read(cvat_video, tmp_path)
    assert [(error.code, error.where) for error in reader.errors] == [
        ("unknown_frame", "track[1]/box[1]"),
        ("unknown_label", "track[2]"),
    ]
    assert reader.loss.counts == {"shape": 1}
    assert [len(frame.boxes) for frame in frames] == [1, 2, 2, 3, 3, 3, 3, 3, 3, 3]


def test_an_element_that_is_too_large_is_still_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml_stream, "LARGEST_RECORD", 500)
    more = '<attribute name="a">' + "x" * 600 + "</attribute></box>"
    put(tmp_path, track([0]).replace('ybr="50"/>', f'ybr="50">{more}'))
    with pytest.raises(Exception, match="too_large"):
        read(cvat_video, tmp_path)
