"""Files as other tools write them, and a data set that people made."""

import json
from collections import Counter
from pathlib import Path

import pytest

from annotate.datasets.formats import coco, cvat_video, label_studio, mot, voc, yolo
from annotate.datasets.formats.catalogue import FORMATS, sniff
from bench.bccd import CLASSES, DataMissing
from bench.bccd import folder as bccd_folder

from .sets import read
from .test_hostile import put


def test_bccd_is_read_by_the_rule_of_voc() -> None:
    try:
        root = bccd_folder() / "Annotations"
    except DataMissing as missing:
        pytest.skip(str(missing))
    assert sniff(root) == "voc"
    reader, header, frames = read(voc, root)
    assert {label.name for label in header.labels} == set(CLASSES)
    assert len(frames) == len(list(root.glob("*.xml")))
    # BCCD has a few boxes of no size at all: they are reported, and nothing else is.
    assert {error.code for error in reader.errors} <= {"box_too_small"}
    counts = Counter(box.label for frame in frames for box in frame.boxes)
    assert sum(counts.values()) + len(reader.errors) == sum(
        one.read_text().count("<object>") for one in root.glob("*.xml")
    )
    first = next(frame for frame in frames if frame.name == "BloodImage_00000.jpg").boxes[0]
    assert (first.label, first.edges.x1, first.edges.y1, first.edges.x2, first.edges.y2) == (
        "WBC",
        259,
        176,
        491,
        376,
    )


def test_roboflow_yolo(tmp_path: Path) -> None:
    yaml = (
        "train: ../train/images\nval: ../valid/images\ntest: ../test/images\n\nnc: 2\nnames: ['cat', 'no']\n"
    )
    put(
        tmp_path,
        data_yaml=yaml,
        README__roboflow_txt="hello",
        train__images__a_jpg=b"",
        train__labels__a_txt="1 0.5 0.5 0.5 0.5",
        valid__images__b_jpg=b"",
    )
    reader, header, frames = read(yolo, tmp_path, {"a.jpg": (10, 10), "b.jpg": (10, 10)})
    assert not reader.errors
    assert [label.name for label in header.labels] == ["cat", "no"]
    assert [(one.name, one.split, len(one.boxes)) for one in frames] == [
        ("a.jpg", "train", 1),
        ("b.jpg", "val", 0),
    ]


def test_labels_with_classes_and_polygons(tmp_path: Path) -> None:
    put(
        tmp_path,
        labels__classes_txt="cat\ndog\n",
        labels__a_txt="1 0.1 0.1 0.5 0.1 0.3 0.6",
        labels__b_txt="0 0.5 0.5 0.2 0.2 0.875",
        images__a_jpg=b"",
    )
    reader, _, frames = read(yolo, tmp_path, {"a.jpg": (100, 100), "b": (100, 100)})
    assert (reader.errors, reader.loss.counts) == ([], {"polygon": 1})
    assert frames[0].boxes[0].edges.y2 == pytest.approx(60)
    assert (frames[1].boxes[0].confidence, frames[1].boxes[0].status) == (0.875, "proposed")


def test_darknet_of_cvat(tmp_path: Path) -> None:
    put(
        tmp_path,
        obj_names="cat\n",
        obj_data="classes = 1\ntrain = data/train.txt\n",
        train_txt="data/obj_train_data/x/a.jpg\n",
        obj_train_data__x__a_txt="0 0.5 0.5 0.2 0.2",
    )
    reader, _, frames = read(yolo, tmp_path, {"x/a.jpg": (100, 100)})
    assert (reader.errors, [(one.name, len(one.boxes)) for one in frames]) == ([], [("x/a.jpg", 1)])


def test_coco_with_annotations_first_and_crowds(tmp_path: Path) -> None:
    text = (
        '{"annotations": [{"image_id": "x", "category_id": 7, "bbox": [0, 0, 5, 5], "iscrowd": 1},'
        ' {"image_id": "x", "category_id": 7, "bbox": [0, 0, 5, 5], "segmentation": [[0, 0, 5, 5, 0, 5]]}],'
        ' "other": [[1, {}]], "more": {"a": 1}, "categories": [{"id": 7, "name": "cat"}],'
        ' "images": [{"id": "x", "file_name": "a.jpg", "width": 9, "height": 9}]}'
    )
    put(tmp_path, train___annotations_json=text)
    reader, _, frames = read(coco, tmp_path)
    assert not reader.errors
    assert reader.loss.counts == {"crowd": 1, "segmentation": 1}
    assert [(one.name, one.split, len(one.boxes)) for one in frames] == [("a.jpg", "train", 1)]


def test_tracks_of_cvat_are_interpolated(tmp_path: Path) -> None:
    def key(frame: int, x: float, outside: int = 0) -> str:
        places = f'xtl="{x}" ytl="10" xbr="{x + 20}" ybr="30"'
        return f'<box frame="{frame}" outside="{outside}" occluded="1" keyframe="1" {places}/>'

    labels = "<labels><label><name>car</name><color>#FF0000</color></label></labels>"
    size = "<original_size><width>100</width><height>50</height></original_size>"
    meta = f"<meta><task><size>10</size>{labels}{size}<source>clip.mp4</source></task></meta>"
    track = (
        f'<track id="3" label="car" source="manual">{key(1, 0)}{key(5, 40)}{key(7, 60, 1)}{key(9, 8)}</track>'
    )
    put(tmp_path, annotations_xml=f"<annotations>{meta}{track}</annotations>")
    assert sniff(tmp_path) == "cvat_video"
    reader, header, frames = read(cvat_video, tmp_path)
    assert (reader.errors, header.labels[0].color) == ([], "#ff0000")
    places = {one.index: box.edges.x1 for one in frames for box in one.boxes}
    assert places == {1: 0, 2: 10, 3: 20, 4: 30, 5: 40, 6: 50, 9: 8}
    assert [one.name for one in frames][:2] == ["frame_000000", "frame_000001"]
    assert {(box.track, box.attributes["occluded"]) for one in frames for box in one.boxes} == {("3", True)}
    assert {one.source for one in frames} == {"clip.mp4"}


def test_mot_of_cvat_which_says_neither_the_ending_of_images_nor_how_many(tmp_path: Path) -> None:
    """The first and the last images have no box."""
    images = {f"img1__{number:06d}_PNG": b"" for number in range(1, 5)}
    put(tmp_path, gt__gt_txt="2,1,11,6,20,10,1,1,1.0\n", gt__labels_txt="car\n", **images)
    assert sniff(tmp_path) == "mot"
    sizes = {f"img1/{number:06d}.PNG": (100, 50) for number in range(1, 5)}
    reader, _, frames = read(mot, tmp_path, sizes)
    assert reader.errors == []
    assert [(one.name, len(one.boxes)) for one in frames] == [
        (name, number) for name, number in zip(sizes, (0, 1, 0, 0), strict=True)
    ]


MARK = b"\xef\xbb\xbf"
"""What some editors begin a file of text with."""


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("a_jsonl", b'{"format":"hitl","version":1,"labels":[]}\n', "hitl"),
        ("a_json", b'{"images": [], "annotations": [], "categories": []}', "coco"),
        ("b_json", b'[{"data": {"image": "a.jpg"}}]', "label_studio"),
        ("a_xml", b"<annotation><filename>a.jpg</filename></annotation>", "voc"),
        ("a_csv", b"frame,width,height,label,x1,y1,x2,y2\n", "csv"),
    ],
)
def test_a_mark_at_the_start_of_a_file_hides_no_format(
    name: str, text: bytes, key: str, tmp_path: Path
) -> None:
    put(tmp_path, **{name: MARK + text})
    assert sniff(tmp_path) == key
    FORMATS[key].reader(tmp_path, None).header()


def test_tasks_of_label_studio(tmp_path: Path) -> None:
    region = (
        '{"type": "rectanglelabels", "id": "x1", "original_width": 200, "original_height": 100, "image_rotation": 0,'
        ' "value": {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": %s, "rectanglelabels": ["%s"]}}'
    )
    other = '{"type": "choices", "value": {"choices": ["a"]}}'
    text = (
        '[{"id": 1, "data": {"image": "/data/upload/3/1a2b3c4d-a%20b.jpg"}, "annotations": ['
        f'{{"was_cancelled": true, "result": [{region % (0, "dog")}]}},'
        f'{{"result": [{region % (0, "cat")}, {region % (15, "cat")}, {other}]}}],'
        f' "predictions": [{{"score": 0.5, "result": [{(region % (0, "cat"))[:-1]}, "score": 0.5}}]}}]}}]'
    )
    put(tmp_path, export_json=text)
    assert sniff(tmp_path) == "label_studio"
    reader, header, frames = read(label_studio, tmp_path)
    assert [(error.where, error.code) for error in reader.errors] == [
        ("[0].annotations[1].result[1]", "rotation")
    ]
    assert reader.loss.counts == {"shape": 1}
    assert (frames[0].name, frames[0].width, frames[0].height) == ("a b.jpg", 200, 100)
    kept, proposed = frames[0].boxes
    assert (kept.edges.x1, kept.edges.y1, kept.edges.x2, kept.edges.y2) == pytest.approx((20, 20, 80, 60))
    assert (proposed.status, proposed.confidence, proposed.source) == ("proposed", 0.5, "model")


def rectangle(kind: str, key: object, **value: object) -> dict[str, object]:
    """A result of Label Studio."""
    where = {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0}
    size = {"original_width": 200, "original_height": 100, "image_rotation": 0}
    return {"type": kind, "id": key, **size, "value": {**where, **value}}


def test_label_studio_with_labels_beside_the_rectangles(tmp_path: Path) -> None:
    """As the controls Rectangle and Labels give them: two results of one id, in any order."""
    results = [
        rectangle("rectangle", "a"),
        rectangle("labels", "a", labels=["cat"]),
        rectangle("labels", "b", labels=["dog"]),
        rectangle("rectangle", "b"),
        rectangle("labels", "elsewhere", labels=["cat"]),
        rectangle("rectangle", "none"),
        rectangle("rectangle", ["odd"]),
        rectangle("rectangle", "two"),
        rectangle("labels", "two", labels=["cat", "dog"]),
    ]
    task = {"data": {"image": "a.jpg"}, "annotations": [{"result": results}]}
    put(tmp_path, export_json=json.dumps([task]))
    reader, header, [frame] = read(label_studio, tmp_path)
    assert [label.name for label in header.labels] == ["cat", "dog"]
    assert [(box.label, box.edges.x1, box.edges.x2) for box in frame.boxes] == [
        ("cat", 20, 80),
        ("dog", 20, 80),
    ]
    assert [(error.where, error.code, error.values) for error in reader.errors] == [
        (f"[0].annotations[0].result[{place}]", "labels_of_box", {"count": count})
        for place, count in ((5, 0), (6, 0), (7, 2))
    ]
    assert reader.loss.counts == {"shape": 1}
