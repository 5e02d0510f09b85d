"""ONNX Runtime reports to its maker, under a number that it keeps in the home folder. Here it does neither."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ai import data

LOOK = "import sys; import {package}; import onnxruntime; onnxruntime.InferenceSession(sys.argv[1])"


def files_after(package: str, home: Path) -> list[Path]:
    """What is in the home folder of a process that imports the package and loads a model.

    It gets nothing else of this process's environment: ONNX Runtime keeps still by itself where one of the variables
    of a continuous integration is set (seen with ``CI``), and then neither test would say anything.
    """
    model, _ = data.weights("yolo11n")
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    subprocess.run(
        [sys.executable, "-c", LOOK.format(package=package), str(model)],
        cwd=data.ROOT,
        env=environment,
        check=True,
    )
    return [path for path in home.rglob("*") if path.is_file()]


def test_nothing_is_kept_to_tell_its_maker(tmp_path: Path) -> None:
    assert files_after("annotate.ai", tmp_path) == []


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="where it keeps its number is known for Linux"
)
def test_without_the_switch_it_would(tmp_path: Path) -> None:
    """When this fails, the way to switch it off may have changed as well."""
    assert files_after("annotate", tmp_path) != []
