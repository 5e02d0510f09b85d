"""From a file of weights to the detector for it. Imports a runtime only when a model of its kind is asked for."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from .described import Described
from .detector import Detector
from .problems import UnusableModel, gettext_noop

if TYPE_CHECKING:
    from .onnx_detector import OnnxDetector


class Runtime(StrEnum):
    """What runs ONNX files."""

    ONNX_RUNTIME = "onnxruntime"
    OPENVINO = "openvino"  # the same boxes, needs the extra
    OPENVINO_16 = "openvino-16"  # faster where the processor has 16 bits, but edges lie up to 4 px off


class Order(msgspec.Struct, frozen=True):
    """What ``load`` has to know, in a form that goes to another process. Paths are absolute."""

    path: str
    described: Described
    sha256: str
    settings_folder: str
    threads: int
    runtime: Runtime

    @property
    def is_for_onnx_runtime(self) -> bool:
        return Path(self.path).suffix == ".onnx" and self.runtime is Runtime.ONNX_RUNTIME

    def load_onnx(self) -> "OnnxDetector":
        """See ``load``; where it is for ONNX Runtime."""
        return by_onnx_runtime(Path(self.path), self.described, sha256=self.sha256, threads=self.threads)

    def load(self) -> Detector:
        """See ``load``."""
        return load(
            Path(self.path),
            self.described,
            sha256=self.sha256,
            settings_folder=Path(self.settings_folder),
            threads=self.threads,
            runtime=self.runtime,
        )


def load(
    path: Path,
    described: Described,
    *,
    sha256: str,
    settings_folder: Path,
    threads: int = 0,
    runtime: Runtime = Runtime.ONNX_RUNTIME,
) -> Detector:
    """``sha256``: what the file is known to have. ``settings_folder``: for Ultralytics' own settings.
    ``runtime``: of ONNX files. Raises ModelError, OSError.
    """
    if path.suffix == ".onnx":
        return load_onnx(path, described, sha256=sha256, threads=threads, runtime=runtime)
    if path.suffix == ".pt":
        from .ultralytics_detector import UltralyticsDetector

        return UltralyticsDetector(
            path,
            sha256=sha256,
            name=described.name,
            settings_folder=settings_folder,
            licence=described.licence,
            threads=threads,
        )
    raise UnusableModel(gettext_noop("Models of the kind %(kind)s cannot be used here."), kind=path.suffix)


def load_onnx(path: Path, described: Described, *, sha256: str, threads: int, runtime: Runtime) -> Detector:
    """Raises NotInstalled, UnusableModel, OSError."""
    if runtime is Runtime.ONNX_RUNTIME:
        return by_onnx_runtime(path, described, sha256=sha256, threads=threads)
    from . import openvino_detector
    from .hashes import check_hash

    check_hash(path, sha256)
    is_exact = runtime is Runtime.OPENVINO
    return openvino_detector.load(path, described, threads=threads, is_exact=is_exact)


def by_onnx_runtime(path: Path, described: Described, *, sha256: str, threads: int) -> "OnnxDetector":
    """Raises UnusableModel, OSError."""
    from . import onnx_detector
    from .hashes import check_hash

    check_hash(path, sha256)
    return onnx_detector.load(path, described, threads=threads)
