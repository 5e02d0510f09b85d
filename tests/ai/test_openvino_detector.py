"""The same files on OpenVINO. Needs the extra openvino, and is skipped without it."""

import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from annotate.ai import loading, onnx_detector, openvino_detector
from annotate.ai.catalogue import BY_KEY
from annotate.ai.described import Described
from annotate.ai.detector import Request
from annotate.ai.graph import GraphDetector
from annotate.ai.loading import Runtime
from annotate.ai.problems import NotInstalled, UnusableModel
from tests.ai import data
from tests.ai.models import constant, dense

HAS_OPENVINO = importlib.util.find_spec("openvino") is not None
needs_openvino = pytest.mark.skipif(not HAS_OPENVINO, reason="the extra openvino is not installed")
CAT = [32.0, 32.0, 20.0, 10.0, 0.9, 0.1, 0.2]
SURE = 0.3


@needs_openvino
def test_it_sees_what_onnx_runtime_sees() -> None:
    """The same file, the same preparing and decoding. Tolerance: 0.5 px and 0.002."""
    path, _ = data.weights("yolo11n")
    described = BY_KEY["yolo11n"].described
    images = [image for image, _ in data.coco8()]
    here = openvino_detector.load(path, described).detect(images, Request())
    there = onnx_detector.load(path, described).detect(images, Request())
    for mine, theirs in zip(here.images, there.images, strict=True):
        for one, other in ((mine, theirs), (theirs, mine)):
            sure = tuple(found for found in one.found if found.confidence >= SURE)
            assert data.partners(sure, other.found, px=0.5, confidence=0.002) == len(sure)
    assert sum(len(findings.found) for findings in here.images) > 10


@needs_openvino
def test_with_16_bits_it_still_sees_the_same_things() -> None:
    """Where the processor has no 16 bits this compares 32 with 32. Edges may be off, but not by another object."""
    path, _ = data.weights("yolo11n")
    described = BY_KEY["yolo11n"].described
    images = [image for image, _ in data.coco8()]
    here = openvino_detector.load(path, described, is_exact=False).detect(images, Request(confidence=0.1))
    there = onnx_detector.load(path, described).detect(images, Request(confidence=0.5))
    for mine, theirs in zip(here.images, there.images, strict=True):
        for one in theirs.found:
            assert any(other.name == one.name and other.box.iou(one.box) > 0.85 for other in mine.found)


@needs_openvino
def test_it_refuses_what_it_cannot_read(tmp_path: Path) -> None:
    path = constant(tmp_path / "m.onnx", dense([CAT]))
    path.write_bytes(path.read_bytes().replace(b"ReduceMean", b"ReduceBeam"))
    with pytest.raises(UnusableModel, match="OpenVINO"):
        openvino_detector.load(path, Described("broken"))


@pytest.mark.skipif(HAS_OPENVINO, reason="OpenVINO is installed here")
def test_without_it_there_is_a_sentence(tmp_path: Path) -> None:
    path = constant(tmp_path / "m.onnx", dense([CAT]))
    with pytest.raises(NotInstalled, match="extra “openvino”"):
        loading.load(
            path, Described("m"), sha256=sha256(path), settings_folder=tmp_path, runtime=Runtime.OPENVINO
        )


RUNTIMES = [pytest.param(one, marks=() if one is Runtime.ONNX_RUNTIME else needs_openvino) for one in Runtime]


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_it_loads_on_the_runtime_that_is_asked_for(runtime: Runtime, tmp_path: Path) -> None:
    path = constant(tmp_path / "m.onnx", dense([CAT]))
    loaded = loading.load(
        path, Described("m"), sha256=sha256(path), settings_folder=tmp_path, runtime=runtime, threads=1
    )
    image = np.zeros((64, 64, 3), np.uint8)
    assert [one.name for one in loaded.detect([image], Request()).images[0].found] == ["cat"]
    assert isinstance(loaded, GraphDetector)
    assert ("OpenVino" in type(loaded._runtime).__name__) == (runtime is not Runtime.ONNX_RUNTIME)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_changed_file_is_not_loaded(tmp_path: Path) -> None:
    path = constant(tmp_path / "m.onnx", dense([CAT]))
    with pytest.raises(UnusableModel, match="was not opened"):
        loading.load(path, Described("m"), sha256="0" * 64, settings_folder=tmp_path)


def test_it_refuses_kinds_that_it_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "model.torchscript"
    path.write_bytes(b"")
    with pytest.raises(UnusableModel, match="torchscript"):
        loading.load(path, Described("m"), sha256="0" * 64, settings_folder=tmp_path)
