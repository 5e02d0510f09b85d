"""Files made to do harm: each is refused with its code, and the disk outside of the folder is never touched."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate.datasets.formats import base, cvat_video_reader, json_stream, xml_stream
from annotate.datasets.formats.catalogue import FORMATS
from annotate.datasets.formats.csv_file import escaped
from annotate.datasets.formats.csv_reader import unescaped
from annotate.datasets.formats.records import CannotRead, FrameRecord, RowError

SIZES: Callable[[str], tuple[int, int] | None] = lambda name: (100, 100)  # noqa: E731


def outcome(key: str, root: Path) -> tuple[list[FrameRecord], list[RowError]]:
    """What came out, and every error with the one that ended it."""
    reader = FORMATS[key].reader(root, SIZES)
    found: list[FrameRecord] = []
    try:
        reader.header()
        found += reader.frames()
    except CannotRead as refused:
        return found, [*reader.errors, refused.error]
    return found, reader.errors


def codes(key: str, root: Path) -> list[str]:
    return [error.code for error in outcome(key, root)[1]]


def put(root: Path, **files: str | bytes) -> Path:
    """``a__b_xml`` is a/b.xml."""
    for name, content in files.items():
        path = root / ".".join(name.replace("__", "/").rsplit("_", 1))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


BILLION = "<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]>"
OUTSIDE = "<!DOCTYPE a [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"


@pytest.mark.parametrize("doctype", [BILLION, OUTSIDE, "<!DOCTYPE annotation>"])
@pytest.mark.parametrize(
    ("key", "root"), [("voc", "annotation"), ("cvat", "annotations"), ("cvat_video", "annotations")]
)
def test_a_document_type_is_refused(key: str, root: str, doctype: str, tmp_path: Path) -> None:
    put(tmp_path, a_xml=f"{doctype}<{root}><filename>a.jpg</filename></{root}>")
    assert codes(key, tmp_path) == ["xml_dtd"]


def test_the_config_of_label_studio_may_have_no_document_type(tmp_path: Path) -> None:
    put(tmp_path, tasks_json="[]", config_xml=f"{BILLION}<View/>")
    assert codes("label_studio", tmp_path) == ["xml_dtd"]


def test_deep_xml_is_refused(tmp_path: Path) -> None:
    put(tmp_path, a_xml="<annotation>" + "<object>" * 1000)
    assert codes("voc", tmp_path) == ["xml_too_deep"]


def test_an_endless_value_is_refused_before_it_is_in_memory(tmp_path: Path) -> None:
    put(tmp_path, a_xml="<annotation><filename a='" + "x" * (xml_stream.LARGEST_TOKEN + (1 << 18)))
    assert codes("voc", tmp_path) == ["too_large"]


BROKEN = [
    ("[" * 100_000, "json_too_deep"),
    ("NaN", "bad_json"),
    ("-Infinity", "bad_json"),
    ('{"a" 1}', "bad_json"),
]


@pytest.mark.parametrize("key", ["coco", "label_studio"])
@pytest.mark.parametrize(("text", "code"), BROKEN)
def test_json_that_is_none(key: str, text: str, code: str, tmp_path: Path) -> None:
    put(tmp_path, a_json=f'{{"images": [{text}' if key == "coco" else f"[{text}")
    assert codes(key, tmp_path) == [code]


def test_an_endless_element_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "LARGEST_ELEMENT", 100_000)
    put(tmp_path, a_json='{"images": ["' + "x" * 400_000)
    assert codes("coco", tmp_path) == ["too_large"]


def coco_file(images: list[object], annotations: list[object]) -> str:
    return json.dumps({"annotations": annotations, "images": images, "categories": [{"id": 1, "name": "a"}]})


def image(name: object, number: object = 1) -> dict[str, object]:
    return {"id": number, "file_name": name, "width": 100, "height": 100}


def box(bbox: object, **more: object) -> dict[str, object]:
    return {"id": 1, "image_id": 1, "category_id": 1, "bbox": bbox, **more}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../a.jpg", "path_outside"),
        ("x/../../a.jpg", "path_outside"),
        ("/a.jpg", "path_outside"),
        ("\\\\server\\a.jpg", "path_outside"),
        ("C:\\a.jpg", "path_outside"),
        ("C:a.jpg", "path_outside"),
        ("a\0.jpg", "bad_name"),
        ("a\n.jpg", "bad_name"),
        ("a\u202egpj.exe", "bad_name"),
        ("\ud800.jpg", "bad_name"),
        ("x" * 300, "long_name"),
        ("", "no_name"),
        (7, "no_name"),
        (None, "no_name"),
    ],
)
def test_names_that_lead_elsewhere(name: object, code: str, tmp_path: Path) -> None:
    put(tmp_path, a_json=coco_file([image(name)], []))
    found, errors = outcome("coco", tmp_path)
    assert (found, [(error.where, error.code) for error in errors]) == ([], [("images[0]", code)])


@pytest.mark.parametrize(
    ("bbox", "code"),
    [
        ([0, 0, 0, 10], "box_too_small"),
        ([0, 0, 0.5, 10], "box_too_small"),
        ([20, 20, -10, 10], "box_too_small"),
        ([-1.5, 0, 10, 10], "box_outside"),
        ([95, 0, 10, 10], "box_outside"),
        ([300, 0, 10, 10], "box_outside"),
        ([1e308, 0, 1e308, 10], "box_outside"),
        ([float("1e308"), "x", 1, 1], "bad_number"),
        ([True, 0, 1, 1], "bad_number"),
        ([[], 0, 1, 1], "bad_number"),
        ([10**400, 0, 1, 1], "bad_number"),
        ([0, 0, 1], "bad_box"),
        (None, "bad_box"),
    ],
)
def test_boxes_that_are_none(bbox: object, code: str, tmp_path: Path) -> None:
    put(tmp_path, a_json=coco_file([image("a.jpg")], [box(bbox), box([1, 2, 3, 4])]))
    found, errors = outcome("coco", tmp_path)
    assert [(error.where, error.code) for error in errors] == [("annotations[0]", code)]
    assert [len(frame.boxes) for frame in found] == [1]


def test_a_number_beyond_all_is_no_number(tmp_path: Path) -> None:
    put(tmp_path, a_json=coco_file([image("a.jpg")], [box([0, 0, 1, 77])]).replace("77", "1e999"))
    assert codes("coco", tmp_path) == ["bad_number"]


def test_up_to_a_pixel_outside_is_moved_to_the_border(tmp_path: Path) -> None:
    put(tmp_path, a_json=coco_file([image("a.jpg")], [box([-1, -0.5, 102, 101.5])]))
    found, errors = outcome("coco", tmp_path)
    edges = found[0].boxes[0].edges
    assert (errors, (edges.x1, edges.y1, edges.x2, edges.y2)) == ([], (0, 0, 100, 100))


def test_what_belongs_to_nothing(tmp_path: Path) -> None:
    rows = [box([0, 0, 9, 9], image_id=5), box([0, 0, 9, 9], category_id=5), box([0, 0, 9, 9], score=1.5)]
    put(tmp_path, a_json=coco_file([image("a.jpg"), image("a.jpg", 2), image("b.jpg", 1)], [*rows, 3]))
    assert sorted(codes("coco", tmp_path)) == sorted(
        [
            "duplicate_frame",
            "duplicate_id",
            "unknown_image",
            "unknown_label",
            "bad_confidence",
            "bad_json_value",
        ]
    )


def test_reading_stops_after_many_errors(tmp_path: Path) -> None:
    put(tmp_path, a_json=coco_file([image("a.jpg")], [1] * 5000))
    found = codes("coco", tmp_path)
    assert len(found) == base.MAX_ERRORS + 1
    assert found[-1] == "too_many_errors"


def test_deep_attributes_are_refused(tmp_path: Path) -> None:
    deep: object = {}
    for _ in range(50):
        deep = {"a": deep}
    put(tmp_path, a_json=coco_file([image("a.jpg")], [box([0, 0, 9, 9], attributes=deep)]))
    assert codes("coco", tmp_path) == ["json_too_deep"]


YAML = {
    "anchors": ("names: &a [x]\ntrain: *a\n", "yaml_refused"),
    "a tag": ("names: !!python/object/apply:os.system [id]\n", "yaml_refused"),
    "depth": ("names: " + "[" * 500, "yaml_refused"),
    "no mapping": ("- a\n", "bad_yaml"),
    "broken": ("names: [a\n", "bad_yaml"),
    "absolute": ("names: [a]\ntrain: /etc\n", "path_outside"),
    "above": ("names: [a]\ntrain: ../../etc\n", "path_outside"),
    "a gap": ("names: {0: a, 2: b}\n", "classes_not_contiguous"),
    "twice": ("names: [a, a]\n", "duplicate_label"),
    "none": ("train: images\n", "no_classes"),
}


@pytest.mark.parametrize("case", YAML)
def test_a_data_yaml_that_does_harm(case: str, tmp_path: Path) -> None:
    text, code = YAML[case]
    put(tmp_path, data_yaml=text, images__a_jpg=b"", labels__a_txt="0 .5 .5 .1 .1")
    assert codes("yolo", tmp_path) == [code]


def test_path_and_download_are_ignored(tmp_path: Path) -> None:
    yaml = "path: /etc\ndownload: import os; os.system('touch /tmp/x')\ntrain: images\nnames: [a]\n"
    put(tmp_path, data_yaml=yaml, images__a_jpg=b"", labels__a_txt="0 .5 .5 .1 .1")
    found, errors = outcome("yolo", tmp_path)
    assert (errors, [(one.name, len(one.boxes)) for one in found]) == ([], [("a.jpg", 1)])


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("0 .5 .5 .1", "bad_columns"),
        ("1 .5 .5 .1 .1", "unknown_class"),
        ("-1 .5 .5 .1 .1", "unknown_class"),
        ("0.5 .5 .5 .1 .1", "bad_integer"),
        ("0 nan .5 .1 .1", "bad_number"),
        ("0 1e999 .5 .1 .1", "bad_number"),
        ("0 1_0 .5 .1 .1", "bad_number"),
        ("0 0,5 .5 .1 .1", "bad_number"),
        ("0 .5 .5 2 .1", "box_outside"),
        ("0 .5 .5 0 .1", "box_too_small"),
        ("0 .5 .5 .1 .1 7", "bad_confidence"),
    ],
)
def test_a_line_of_yolo_that_is_none(line: str, code: str, tmp_path: Path) -> None:
    put(tmp_path, data_yaml="train: images\nnames: [a]\n", images__a_jpg=b"", labels__a_txt=f"\n{line}\n")
    error = outcome("yolo", tmp_path)[1][0]
    assert (error.file, error.where, error.code) == ("labels/a.txt", "2", code)


def test_lists_and_links_that_lead_out_of_the_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("0 .5 .5 .1 .1")
    root = put(
        tmp_path / "set",
        data_yaml="train: train.txt\nnames: [a]\n",
        train_txt="../secret.jpg\n/etc/passwd\n./images/link.jpg\n",
    )
    (root / "labels").mkdir()
    (root / "labels" / "link.txt").symlink_to(secret)
    found, errors = outcome("yolo", root)
    assert [(error.where, error.code) for error in errors] == [("1", "path_outside"), ("2", "path_outside")]
    assert [(one.name, one.boxes) for one in found] == [("link.jpg", ())]


def test_formulas_are_text_in_csv() -> None:
    for start in ("=", "+", "-", "@", "\t", "\r", "'=", "''", "'", "''''@"):
        text = f"{start}1+1"
        assert escaped(text)[0] not in "=+-@\t\r\n"
        assert unescaped(escaped(text)) == text


def test_rotated_boxes_are_errors_not_wrong_boxes(tmp_path: Path) -> None:
    one = '<box label="a" xtl="0" ytl="0" xbr="9" ybr="9" rotation="30"/>'
    frame = f'<image name="a.jpg" width="9" height="9">{one}</image>'
    put(tmp_path, a_xml=f"<annotations>{frame}</annotations>")
    assert codes("cvat", tmp_path) == ["rotation"]


def test_a_short_track_over_very_many_frames_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cvat_video_reader, "MAX_BOXES", 1000)
    key = '<box frame="0" xtl="0" ytl="0" xbr="9" ybr="9" outside="0"/>'
    tracks = f'<track label="a">{key}</track>' * 3
    size = "<original_size><width>9</width><height>9</height></original_size>"
    meta = f"<meta><task><size>5000</size>{size}</task></meta>"
    put(tmp_path, a_xml=f"<annotations>{meta}{tracks}</annotations>")
    assert codes("cvat_video", tmp_path) == ["too_many_boxes"]


def test_a_video_of_a_billion_frames_is_refused(tmp_path: Path) -> None:
    put(tmp_path, a_xml="<annotations><meta><task><size>1000000000</size></task></meta></annotations>")
    assert codes("cvat_video", tmp_path) == ["too_many_frames"]


def test_a_newer_lossless_file_is_refused(tmp_path: Path) -> None:
    put(tmp_path, a_jsonl='{"format": "hitl", "version": 99, "labels": []}\n')
    assert codes("hitl", tmp_path) == ["version_unknown"]


@pytest.mark.parametrize("key", FORMATS)
def test_nothing_at_all_and_bytes_at_random(key: str, tmp_path: Path) -> None:
    assert codes(key, tmp_path)[-1] in {"nothing_found", "missing_file"}
    for number, suffix in enumerate(FORMATS[key].suffixes):
        (tmp_path / f"{'gt' if key == 'mot' else number}{suffix}").write_bytes(bytes(range(256)) * 10)
    assert codes(key, tmp_path)
