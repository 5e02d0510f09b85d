"""What each part of annotate.ai loads, in a process of its own."""

import subprocess
import sys

import pytest

from tests.ai.data import ROOT

HEAVY = ("torch", "ultralytics", "onnxruntime", "openvino", "cv2", "django")


@pytest.mark.parametrize("module", ["catalogue", "detector", "fetch", "warm", "loading", "problems"])
def test_the_web_process_may_import_it_without_a_model_framework(module: str) -> None:
    code = f"import sys, annotate.ai.{module}; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_onnx_detector_needs_neither_torch_nor_django() -> None:
    code = (
        "import sys, annotate.ai.onnx_detector; print(*(n for n in ('torch', 'django') if n in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
