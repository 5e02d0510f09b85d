"""The same ONNX files by OpenVINO, where it is installed; with 16 bits faster than ONNX Runtime."""

import importlib
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import onnx_file
from .described import Described
from .graph import GraphDetector
from .problems import NotInstalled, UnusableModel, gettext_noop


def load(path: Path, described: Described, *, threads: int = 0, is_exact: bool = True) -> GraphDetector:
    """``threads``: 0 takes a core each. ``is_exact``: 32 bits throughout. Without it OpenVINO uses 16 where the
    processor has them: twice as fast, but edges then lie up to 4 px off, since bfloat16 has 8 significant bits.

    Raises NotInstalled, UnusableModel, OSError.
    """
    started = time.perf_counter()
    file = onnx_file.read(path)
    runtime = OpenVinoRuntime(file.data, threads, is_exact)
    return GraphDetector(file, described, runtime, (time.perf_counter() - started) * 1000)


class OpenVinoRuntime:
    """A Runtime (graph.py)."""

    input_kind: type[np.floating[Any]] = np.float32  # OpenVINO converts on its own where the model wants less

    def __init__(self, data: bytes, threads: int, is_exact: bool) -> None:
        openvino = _openvino()
        try:
            model = openvino.Core().read_model(data)
            if len(model.inputs) != 1:
                raise UnusableModel(gettext_noop("The model does not take one RGB picture as its input."))
            self.input_shape = [
                side.get_length() if side.is_static else None for side in model.input().partial_shape
            ]
            self._compiled = openvino.Core().compile_model(model, "CPU", _settings(threads, is_exact))
        except (RuntimeError, ValueError) as error:
            raise UnusableModel(gettext_noop("OpenVINO does not accept the model.")) from error

    def run(self, values: NDArray[Any]) -> NDArray[Any]:
        """See Runtime."""
        try:
            return np.asarray(self._compiled([values])[0])
        except (RuntimeError, ValueError) as error:
            raise UnusableModel(gettext_noop("The model failed on a picture: it may be damaged.")) from error


def _settings(threads: int, is_exact: bool) -> dict[str, Any]:
    settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
    if threads:
        settings["INFERENCE_NUM_THREADS"] = threads
    if is_exact:
        settings["INFERENCE_PRECISION_HINT"] = "f32"
    return settings


def _openvino() -> Any:
    """Raises NotInstalled."""
    try:
        return importlib.import_module("openvino")
    except ImportError as error:
        raise NotInstalled(
            gettext_noop("OpenVINO is not installed. Install the extra “openvino”.")
        ) from error
