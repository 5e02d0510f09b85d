"""The light detector: on real photographs, and against models that lie."""

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from annotate.ai import onnx_detector
from annotate.ai.catalogue import BY_KEY
from annotate.ai.described import Described, Head
from annotate.ai.detector import MAX_IMAGE_SIZE, MIN_IMAGE_SIZE, Findings, Pixels, Request
from annotate.ai.graph import GraphDetector
from annotate.ai.hygiene import MAX_BOXES
from annotate.ai.problems import BadRequest, UnusableModel
from annotate.geometry import Edges
from tests.ai import data
from tests.ai.models import constant, dense

GRAY: Pixels = np.full((48, 64, 3), 128, np.uint8)
CAT = [32.0, 32.0, 20.0, 10.0, 0.9, 0.1, 0.2]


def load(path: Path, **described: object) -> GraphDetector:
    return onnx_detector.load(path, Described("made by hand", **described), threads=1)  # type: ignore[arg-type]


def first(detector: GraphDetector, image: Pixels = GRAY, request: Request | None = None) -> Findings:
    return detector.detect([image], request or Request()).images[0]


@pytest.fixture(scope="module")
def yolo11n() -> GraphDetector:
    path, _ = data.weights("yolo11n")
    return onnx_detector.load(path, BY_KEY["yolo11n"].described, threads=2)


# Real photographs.


def test_it_finds_the_bus_and_the_people(yolo11n: GraphDetector) -> None:
    found = first(yolo11n, data.bus()).found
    assert [one.name for one in found if one.confidence > 0.5].count("person") >= 3
    best = next(one for one in found if one.name == "bus")
    assert best.confidence > 0.85 and best.box.iou(Edges(13, 229, 803, 744)) > 0.9  # drawn by hand


def recall(detector: GraphDetector) -> float:
    """Share of the boxes that people drew that the detector has too: right class, IoU at least 0.5."""
    hits = wanted = 0
    for image, boxes in data.coco8():
        found = first(detector, image).found
        for name, edges in boxes:
            wanted += 1
            hits += any(one.name == name and one.box.iou(edges) >= 0.5 for one in found)
    return hits / wanted


def test_it_finds_most_of_what_people_drew_in_coco(yolo11n: GraphDetector) -> None:
    assert recall(yolo11n) > 0.5  # measured: 0.6; COCO is full of small things


def yolox() -> GraphDetector:
    return onnx_detector.load(data.shared("weights/yolox_nano.onnx"), BY_KEY["yolox_nano"].described)


def test_yolox_finds_what_people_drew_too() -> None:
    assert recall(yolox()) > 0.4


def test_yolox_needs_its_colours_in_its_own_order() -> None:
    """Were red and blue swapped, it would be less sure: that its input is BGR is no matter of taste."""
    detector = yolox()
    images = [image for image, _ in data.coco8()]
    right = sum(one.confidence for image in images for one in first(detector, image).found)
    swapped = [np.ascontiguousarray(image[:, :, ::-1]) for image in images]
    assert right > sum(one.confidence for image in swapped for one in first(detector, image).found)


def test_yolox_says_that_its_size_is_fixed() -> None:
    detector = yolox()
    assert detector.info.has_fixed_size and detector.info.image_size == 416
    assert len(detector.info.classes) == 80 and detector.info.licence == "Apache-2.0"
    image = data.coco8()[0][0]
    assert first(detector, image, Request(image_size=1280)) == first(detector, image)


def test_it_looks_for_the_wanted_classes_only(yolo11n: GraphDetector) -> None:
    image = data.coco8()[0][0]
    everything = first(yolo11n, image, Request(confidence=0.1)).found
    name = everything[0].name
    only = first(yolo11n, image, Request(confidence=0.1, classes=frozenset({name}))).found
    assert only == tuple(one for one in everything if one.name == name)


def test_a_smaller_image_size_is_faster_and_still_in_image_pixels(yolo11n: GraphDetector) -> None:
    image = data.coco8()[0][0]
    small = yolo11n.detect([image] * 3, Request(image_size=320))
    large = yolo11n.detect([image] * 3, Request(image_size=960))
    assert small.timings.inference < large.timings.inference
    assert max(one.box.x2 for one in small.images[0].found) > image.shape[1] / 2


def test_every_picture_gets_its_own_answer(yolo11n: GraphDetector) -> None:
    images = [image for image, _ in data.coco8()]
    together = yolo11n.detect(images, Request())
    assert together.images == tuple(first(yolo11n, image) for image in images)


def test_the_first_answer_says_what_loading_took() -> None:
    path, _ = data.weights("yolo11n")
    detector = onnx_detector.load(path, BY_KEY["yolo11n"].described)
    timings = [detector.detect([GRAY], Request()).timings for _ in range(2)]
    assert timings[0].load > 0 and timings[1].load == 0
    assert all(part > 0 for part in (timings[1].preprocess, timings[1].inference, timings[1].postprocess))


# What the file says.


@pytest.mark.parametrize("key", ["yolo11n"])
def test_m11_the_catalogue_knows_the_classes_of_its_files(key: str) -> None:
    path, _ = data.weights(key)
    silent = replace(BY_KEY[key].described, classes=())
    assert onnx_detector.load(path, silent).info.classes == BY_KEY[key].classes


def test_it_knows_itself(tmp_path: Path) -> None:
    path = constant(tmp_path / "m.onnx", dense([CAT]), metadata={"license": "MIT"})
    info = load(path).info
    assert (info.classes, info.image_size, info.licence) == (("cat", "dog", "bird"), 64, "MIT")
    assert info.has_fixed_size and not info.is_open_vocabulary and len(info.version) == 64


def test_a_model_of_any_size_starts_with_the_size_it_was_trained_for(tmp_path: Path) -> None:
    path = constant(
        tmp_path / "m.onnx", dense([CAT]), size=("h", "w"), metadata={"imgsz": json.dumps([320, 320])}
    )
    info = load(path).info
    assert not info.has_fixed_size and info.image_size == 320


def test_one_that_was_trained_for_more_than_can_be_used_starts_with_the_most(tmp_path: Path) -> None:
    path = constant(tmp_path / "m.onnx", dense([CAT]), size=("h", "w"), metadata={"imgsz": "[2560, 1600]"})
    assert load(path).info.image_size == MAX_IMAGE_SIZE


@pytest.mark.parametrize("side", [MIN_IMAGE_SIZE - 1, MAX_IMAGE_SIZE + 1])
def test_it_refuses_a_fixed_size_that_nobody_can_ask_for(side: int, tmp_path: Path) -> None:
    with pytest.raises(UnusableModel, match=f"takes pictures of {side} pixels only"):
        load(constant(tmp_path / "m.onnx", dense([CAT]), size=(8, side)))


def test_class_names_may_come_from_the_catalogue_but_those_of_the_file_count(tmp_path: Path) -> None:
    nameless = constant(tmp_path / "a.onnx", dense([CAT]), names=None)
    named = constant(tmp_path / "b.onnx", dense([CAT]))
    other = ("one", "two", "three")
    assert load(nameless, classes=other).info.classes == other
    assert load(named, classes=other).info.classes == ("cat", "dog", "bird")
    with pytest.raises(UnusableModel, match="class names"):
        load(nameless)


def test_it_runs_models_of_half_precision(tmp_path: Path) -> None:
    path = constant(tmp_path / "half.onnx", dense([CAT]), kind=TensorProto.FLOAT16)
    assert first(load(path)).found[0].confidence == pytest.approx(0.9, abs=1e-3)


def test_boxes_come_back_in_pixels_of_the_picture(tmp_path: Path) -> None:
    """128 x 96 becomes 64 x 48, 8 pixels of gray above and below."""
    detector = load(constant(tmp_path / "m.onnx", dense([CAT])))
    found = first(detector, np.zeros((96, 128, 3), np.uint8)).found
    assert [(one.name, one.box) for one in found] == [("cat", Edges(44, 38, 84, 58))]


# Models that are none.


@pytest.mark.parametrize(
    ("problem", "metadata", "output"),
    [
        ("made for segment", {"task": "segment"}, dense([CAT])),
        ("that is no detector of 3 classes", {}, dense([[*CAT, 0.5]])),
    ],
)
def test_it_refuses_models_for_something_else(
    problem: str, metadata: dict[str, str], output: np.ndarray, tmp_path: Path
) -> None:
    path = constant(tmp_path / "m.onnx", output, metadata=metadata)
    with pytest.raises(UnusableModel, match=problem):
        first(load(path))


def test_it_refuses_a_grid_that_nobody_described(tmp_path: Path) -> None:
    grid = np.zeros((1, 84, 8), np.float32)
    assert first(load(constant(tmp_path / "m.onnx", grid), head=Head.GRID)).found == ()
    with pytest.raises(UnusableModel, match="another kind of output"):
        first(load(constant(tmp_path / "m.onnx", grid)))


@pytest.mark.parametrize("name", [b"ReduceBeam", b"Reduce\xffean", b"Reduce\x00\x00\x00\x00"])
def test_it_refuses_what_the_runtime_refuses(name: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    whole = constant(path, dense([CAT])).read_bytes()
    path.write_bytes(whole.replace(b"ReduceMean", name))
    with pytest.raises(UnusableModel, match="ONNX Runtime"):
        load(path)


def test_a_model_that_fails_on_a_picture_is_an_error_and_no_crash(tmp_path: Path) -> None:
    """It promises to take any size and then adds tensors that do not fit."""
    path = constant(tmp_path / "m.onnx", dense([CAT]), size=("h", "w"))
    made = onnx.load(path)
    made.graph.node[0].attribute[0].i = 1
    del made.graph.node[1:]
    made.graph.node.append(onnx.helper.make_node("Add", ["images", "answer"], ["output0"]))
    path.write_bytes(made.SerializeToString())
    with pytest.raises(UnusableModel, match="failed on a picture"):
        first(load(path))


# Models that lie (M5).

GOOD = [10.0, 10.0, 30.0, 30.0, 0.9, 0.0]


def ending(rows: list[list[float]]) -> np.ndarray:
    """1 x N x 6 of rows: edges, confidence, class."""
    return np.asarray(rows, np.float32)[None]


def test_m5_it_filters_what_is_no_box_and_counts_it(tmp_path: Path) -> None:
    nan, inf = float("nan"), float("inf")
    rows = [
        GOOD,
        [nan, 10, 30, 30, 0.9, 0],
        [10, 10, inf, 30, 0.9, 0],
        [10, 10, 30, 30, nan, 0],
        [10, 10, 30, 30, 7.5, 0],
        [10, 10, 30, 30, 0.9, 3],
        [10, 10, 30, 30, 0.9, -1],
        [30, 10, 10, 30, 0.9, 0],
        [900, 10, 930, 30, 0.9, 0],
        [10, 10, 30, 30, 0.1, 0],
    ]
    found = first(load(constant(tmp_path / "m.onnx", ending(rows), metadata={"end2end": "True"})))
    assert [one.name for one in found.found] == ["cat"]
    expected = {"not_finite": 3, "bad_confidence": 1, "bad_class": 2, "no_area": 1, "outside": 1}
    assert found.dropped == expected  # the one below the threshold is no fault


def test_m5_a_grid_that_explodes_is_filtered(tmp_path: Path) -> None:
    grid = np.full((1, 84, 8), 1000.0, np.float32)
    found = first(load(constant(tmp_path / "m.onnx", grid), head=Head.GRID))
    assert found.found == () and found.dropped == {"not_finite": 84}


@pytest.mark.parametrize("apart", [True, False], ids=["apart", "on top of each other"])
def test_m5_it_survives_300000_boxes(apart: bool, tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    rows = np.empty((300_000, 7), np.float32)
    rows[:, :2] = random.uniform(5, 59, (300_000, 2)) if apart else 32
    rows[:, 2:4] = 2 if apart else 20
    rows[:, 4:] = random.uniform(0.3, 1, (300_000, 3))
    detector = load(constant(tmp_path / "m.onnx", rows.T[None]))
    started = time.perf_counter()
    found = first(detector, np.zeros((640, 640, 3), np.uint8))
    assert time.perf_counter() - started < 10
    assert 0 < len(found.found) <= MAX_BOXES and found.dropped["too_many"] >= 290_000
    assert (len(found.found) > 100) == apart


# What is asked.


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((0, 10, 3), np.uint8),
        np.zeros((10, 10, 3), np.float32),
    ],
    ids=["gray", "alpha", "empty", "float"],
)
def test_it_refuses_what_is_no_picture(image: Pixels, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="height x width x 3"):
        first(load(constant(tmp_path / "m.onnx", dense([CAT]))), image)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 3000, 3), (3000, 1, 3)])
def test_it_takes_pictures_of_odd_shapes(shape: tuple[int, int, int], tmp_path: Path) -> None:
    first(load(constant(tmp_path / "m.onnx", dense([CAT]))), np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    "wish",
    [
        {"confidence": 1.5},
        {"confidence": float("nan")},
        {"iou": -0.1},
        {"image_size": 0},
        {"image_size": 100_000},
        {"prompts": ("",)},
        {"prompts": ("a",) * 101},
        {"prompts": ("a" * 101,)},
    ],
    ids=str,
)
def test_m10_it_refuses_absurd_wishes(wish: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        Request(**wish)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "problem"),
    [(Request(classes=frozenset({"cat", "unicorn"})), "unicorn"), (Request(prompts=("red car",)), "prompts")],
)
def test_it_refuses_what_the_model_does_not_know(request_: Request, problem: str, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=problem):
        first(load(constant(tmp_path / "m.onnx", dense([CAT]))), GRAY, request_)


def test_it_uses_as_many_threads_as_it_is_told(tmp_path: Path) -> None:
    path = constant(tmp_path / "m.onnx", dense([CAT]))
    before = native_threads()
    one = onnx_detector.load(path, Described("one"), threads=1)
    with_one = native_threads() - before
    four = onnx_detector.load(path, Described("four"), threads=4)
    assert native_threads() - before - with_one == with_one + 3
    assert first(one) == first(four)


def native_threads() -> int:
    """Of this process, those of the runtime included."""
    status = Path("/proc/self/task")
    return len(list(status.iterdir())) if status.exists() else threading.active_count()
