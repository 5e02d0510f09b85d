"""The detector for .pt weights. Needs the extra ml, and is skipped without it."""

import hashlib
import importlib.util
import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annotate.ai import hygiene, onnx_detector
from annotate.ai.catalogue import BY_KEY
from annotate.ai.coco import COCO_CLASSES
from annotate.ai.described import Described
from annotate.ai.detector import Detector, Found, Pixels, Request
from annotate.ai.loading import load
from annotate.ai.problems import BadRequest, UnusableModel
from annotate.ai.ultralytics_detector import UltralyticsDetector
from tests.ai import data

HAS_ML = importlib.util.find_spec("ultralytics") is not None
pytestmark = pytest.mark.skipif(not HAS_ML, reason=data.NEEDS_ML)

SURE = 0.3  # near the threshold one path may keep what the other leaves out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ultralytics")


def opened(path: Path, folder: Path) -> UltralyticsDetector:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return UltralyticsDetector(path, sha256=digest, name=path.name, settings_folder=folder)


@pytest.fixture(scope="module", params=["yolov8n", "yolo26n"])
def weights(request: pytest.FixtureRequest) -> Path:
    return data.weights(request.param)[0]


def pictures() -> list[Pixels]:
    return [data.bus(), *(image for image, _ in data.coco8())]


def sure(found: tuple[Found, ...]) -> tuple[Found, ...]:
    return tuple(one for one in found if one.confidence >= SURE)


def check_agreement(
    one: list[tuple[Found, ...]], other: list[tuple[Found, ...]], *, px: float, by: float
) -> None:
    """Every sure box of either has a partner in the other: edges within ``px`` pixels, confidence within ``by``."""
    assert sum(len(sure(found)) for found in one) > 20
    for mine, theirs in zip(one, other, strict=True):
        assert data.partners(sure(mine), theirs, px=px, confidence=by) == len(sure(mine))
        assert data.partners(sure(theirs), mine, px=px, confidence=by) == len(sure(theirs))


def found_by(detector: Detector, images: list[Pixels], **wishes: object) -> list[tuple[Found, ...]]:
    answer = detector.detect(images, Request(**wishes))  # type: ignore[arg-type]
    return [findings.found for findings in answer.images]


def test_it_finds_the_bus_and_the_people(weights: Path, folder: Path) -> None:
    detector = opened(weights, folder)
    answer = detector.detect([data.bus()], Request())
    names = [one.name for one in answer.images[0].found if one.confidence > 0.5]
    assert names.count("person") >= 3 and "bus" in names
    assert answer.timings.load > 0 and answer.timings.inference > 0
    assert detector.info.classes == COCO_CLASSES and not detector.info.is_open_vocabulary


def test_both_detectors_see_the_same_in_the_same_onnx_file(folder: Path) -> None:
    """Same weights, same runtime: what differs is our own preparing and decoding. Tolerance: 0.5 px and 0.005."""
    path, _ = data.weights("yolo11n")
    ours = onnx_detector.load(path, BY_KEY["yolo11n"].described)
    theirs = opened(path, folder)
    images = pictures()
    check_agreement(found_by(ours, images), found_by(theirs, images), px=0.5, by=0.005)


def test_an_exported_model_sees_what_its_weights_see(weights: Path, folder: Path, tmp_path: Path) -> None:
    """Torch against ONNX Runtime, on a picture of the exported size. Tolerance: 1 px and 0.01."""
    from ultralytics import YOLO

    copy = tmp_path / "weights.pt"
    shutil.copy(weights, copy)
    theirs = opened(weights, folder)
    exported = Path(YOLO(str(copy)).export(format="onnx", dynamic=True, imgsz=640))
    ours = onnx_detector.load(exported, Described("exported"))
    assert ours.info.classes == theirs.info.classes and ours.info.image_size == 640
    images = pictures()
    check_agreement(found_by(ours, images), found_by(theirs, images), px=1.0, by=0.01)


def test_it_counts_what_is_beyond_the_limit(
    weights: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = opened(weights, folder)
    everything = detector.detect([data.bus()], Request(confidence=0.25)).images[0]
    monkeypatch.setattr(hygiene, "MAX_BOXES", 2)
    limited = detector.detect([data.bus()], Request(confidence=0.25)).images[0]
    assert limited.found == everything.found[:2] and len(everything.found) > 2
    assert limited.dropped == {**everything.dropped, "too_many": len(everything.found) - 2}


def test_it_finds_more_than_the_package_gives_by_itself(weights: Path, folder: Path) -> None:
    """Its own limits are 300 boxes, of a picture and in the head of the model."""
    answer = opened(weights, folder).detect([data.bus()], Request(confidence=0.0, iou=1.0)).images[0]
    assert len(answer.found) == hygiene.MAX_BOXES and answer.dropped["too_many"] > 1


def test_it_looks_for_the_wanted_classes_only(folder: Path) -> None:
    detector = opened(data.weights("yolov8n")[0], folder)
    (found,) = found_by(detector, [data.bus()], classes=frozenset({"bus"}))
    assert {one.name for one in found} == {"bus"}
    with pytest.raises(BadRequest, match="unicorn"):
        found_by(detector, [data.bus()], classes=frozenset({"unicorn"}))


def test_it_takes_prompts_only_where_the_weights_can(folder: Path) -> None:
    detector = opened(data.weights("yolov8n")[0], folder)
    with pytest.raises(BadRequest, match="takes no prompts"):
        found_by(detector, [data.bus()], prompts=("a red tie",))


def test_prompts_of_one_request_are_not_those_of_the_next(folder: Path) -> None:
    """The part that understands text is not on the package index: here only what it is told is looked at."""
    detector = opened(data.weights("yolov8n")[0], folder)
    detector.info = replace(detector.info, is_open_vocabulary=True)
    told: list[list[str]] = []
    detector._model.set_classes = told.append
    for prompts in ((), ("a red tie",), ("a red tie",), ()):
        found_by(detector, [data.bus()], prompts=prompts)
    assert told == [["a red tie"], list(COCO_CLASSES)]


def test_m4_it_writes_nothing_beside_its_own_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found_by(opened(data.weights("yolov8n")[0], folder), [data.bus()])
    assert list(tmp_path.iterdir()) == []


def test_m4_what_calls_home_is_off(folder: Path) -> None:
    """In a process of its own: the switches count when the package is imported."""
    code = (
        "import json, sys; from pathlib import Path\n"
        "from annotate.ai.ultralytics_setup import ultralytics\n"
        "package = ultralytics(Path(sys.argv[1]))\n"
        "from ultralytics.utils import AUTOINSTALL, ONLINE, SETTINGS_FILE\n"
        "print(json.dumps([AUTOINSTALL, ONLINE, str(SETTINGS_FILE), "
        "{name: package.settings[name] for name in ('sync', 'mlflow', 'dvc')}]))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("YOLO")}
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder / "fresh")],
        cwd=data.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert '[false, false, "' + str(folder / "fresh") in done.stdout
    assert '"sync": false, "mlflow": false, "dvc": false' in done.stdout


class Bomb:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.mkdir, (str(self.path),)


def test_m1_a_file_whose_hash_is_not_known_is_not_unpickled(folder: Path, tmp_path: Path) -> None:
    path, mark = tmp_path / "bomb.pt", tmp_path / "it went off"
    path.write_bytes(pickle.dumps(Bomb(mark)))
    wanted = data.weights("yolov8n")[1].sha256
    with pytest.raises(UnusableModel, match="was not opened"):
        load(path, Described("bomb"), sha256=wanted, settings_folder=folder)
    assert not mark.exists()
    pickle.loads(path.read_bytes())  # noqa: S301  (it would have)
    assert mark.exists()


def test_what_ultralytics_cannot_load_is_an_error_with_a_sentence(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "none.pt"
    path.write_bytes(b"no weights at all")
    with pytest.raises(UnusableModel, match="cannot load"):
        opened(path, folder)


def test_it_refuses_what_is_no_picture(folder: Path) -> None:
    with pytest.raises(BadRequest):
        found_by(opened(data.weights("yolov8n")[0], folder), [np.zeros((5, 5), np.uint8)])
