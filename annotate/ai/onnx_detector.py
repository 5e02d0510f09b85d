"""ONNX files by ONNX Runtime alone: the light way, without torch."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as native

from . import onnx_file
from .described import Described
from .graph import GraphDetector
from .problems import UnusableModel, gettext_noop

KINDS: dict[str, type[np.floating[Any]]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
FAILURES = (
    native.Fail,
    native.InvalidArgument,
    native.InvalidGraph,
    native.InvalidProtobuf,
    native.NotImplemented,
    native.RuntimeException,
    UnicodeDecodeError,  # of a damaged name inside the file
    RuntimeError,
    ValueError,
)
QUIET = 3  # errors only; they come as exceptions too


class OnnxDetector(GraphDetector):
    """A Detector that another thread can stop."""

    def __init__(self, path: Path, described: Described, *, threads: int = 0) -> None:
        """``threads``: of one inference; 0 takes a core each. Raises UnusableModel, OSError."""
        started = time.perf_counter()
        file = onnx_file.read(path)
        runtime = OnnxRuntime(file.data, threads)
        super().__init__(file, described, runtime, (time.perf_counter() - started) * 1000)
        self.stop = runtime.stop


def load(path: Path, described: Described, *, threads: int = 0) -> OnnxDetector:
    """See OnnxDetector."""
    return OnnxDetector(path, described, threads=threads)


class OnnxRuntime:
    """A Runtime (graph.py)."""

    def __init__(self, data: bytes, threads: int) -> None:
        self._run = onnxruntime.RunOptions()
        try:
            self._session = onnxruntime.InferenceSession(
                data, _options(threads), providers=["CPUExecutionProvider"], enable_fallback=0
            )
        except FAILURES as error:
            raise UnusableModel(gettext_noop("ONNX Runtime does not accept the model.")) from error
        first = self._session.get_inputs()[0] if self._session.get_inputs() else None
        if first is None or len(self._session.get_inputs()) != 1 or first.type not in KINDS:
            raise UnusableModel(gettext_noop("The model does not take one RGB picture as its input."))
        self._name: str = first.name
        self._output: str = self._session.get_outputs()[0].name
        self.input_kind = KINDS[first.type]
        self.input_shape = [side if isinstance(side, int) and side > 0 else None for side in first.shape]

    def run(self, values: NDArray[Any]) -> NDArray[Any]:
        """See Runtime."""
        try:
            return np.asarray(self._session.run([self._output], {self._name: values}, self._run)[0])
        except FAILURES as error:
            raise UnusableModel(gettext_noop("The model failed on a picture: it may be damaged.")) from error

    def stop(self) -> None:
        """From another thread: ``run`` ends after the step that it is at, and fails, now and ever after."""
        self._run.terminate = True


def _options(threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = QUIET
    # Threads that have nothing to do sleep instead of waiting busily: edits need the cores, and on two of them busy
    # waiting cost almost half of the processor time of a picture.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
