"""Ultralytics made fit for a server: its switches, set before it is imported, and a missing half of torchvision."""

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from .problems import NotInstalled, gettext_noop

SWITCHES = {
    "YOLO_AUTOINSTALL": "false",  # else it runs pip while it serves
    "YOLO_OFFLINE": "true",
    "YOLO_VERBOSE": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DVC_NO_ANALYTICS": "1",
}
OFF = ("sync", "mlflow", "dvc", "clearml", "comet", "hub", "neptune", "raytune", "tensorboard", "wandb")
_kept: list[Any] = []  # a torch.library.Library takes its operators along when it goes


def ultralytics(settings_folder: Path, threads: int = 0) -> Any:
    """The package, imported and quiet. Slow the first time (torch). Raises NotInstalled.

    ``settings_folder``: writable; Ultralytics keeps its own settings there.
    """
    settings_folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(SWITCHES, YOLO_CONFIG_DIR=str(settings_folder))
    try:
        package = importlib.import_module("ultralytics")
    except ImportError as error:
        raise NotInstalled(
            gettext_noop("Models of the kind .pt need the extra “ml” (make install-ml).")
        ) from error
    known = package.settings
    known.update({name: False for name in OFF if known.get(name)})
    ensure_torchvision()
    if threads:
        importlib.import_module("torch").set_num_threads(threads)
    return package


def ensure_torchvision() -> str:
    """ "native" where torchvision works. "shim" where its compiled part does not fit a CPU build of torch: then
    Ultralytics' own overlap filter stands in for the one operator that is needed. Call it before predicting.

    The usual Linux wheel links CUDA; beside torch+cpu its import fails, and with it predicting and training.
    """
    try:
        importlib.import_module("torchvision")
        return "native"
    except (ImportError, RuntimeError, OSError):
        pass
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    _define_operators()
    importlib.import_module("torchvision")
    extension = importlib.import_module("torchvision.extension")
    boxes = importlib.import_module("torchvision.ops.boxes")
    vars(extension)["_has_ops"] = lambda: True
    vars(boxes)["_assert_has_ops"] = lambda: None
    return "shim"


def _define_operators() -> None:
    torch = importlib.import_module("torch")
    filters = importlib.import_module("ultralytics.utils.nms")
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

    def nms(boxes: Any, scores: Any, limit: float) -> Any:
        return filters.TorchNMS.nms(boxes, scores, limit)

    library.impl("nms", nms, "CPU")
    _kept.append(library)
