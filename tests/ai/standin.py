"""``python -m tests.ai.standin``: the process of ``annotate.ai.apart`` with a stand-in for Ultralytics, which unpickles
``.pt`` files as the real one does; and files of weights that are programs.
"""

import json
import pickle
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from annotate.ai.apart_main import run

PROGRAM = (sys.executable, "-m", "tests.ai.standin")
NAMES = {0: "car", 1: "bus", 2: "cat"}
FOUND = [[16.0, 16.0, 48.0, 48.0, 0.9, 0.0]]

SPY = """
import json, os, socket
from pathlib import Path
def tried(what):
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return "done"
report = {{
    "process": os.getpid(),
    "names": sorted(os.environ),
    "user": os.getuid(),
    "network": tried(lambda: socket.create_connection(("127.0.0.1", {port}), 2).close()),
    "environment of the parent": tried(Path(f"/proc/{{os.getppid()}}/environ").read_bytes),
}}
Path({path!r}).write_text(json.dumps(report))
"""


class Program:
    """Unpickling it runs ``code``."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self) -> tuple[Any, tuple[str, dict[str, Any]]]:
        return exec, (self.code, {})


def spy(path: Path, report: Path, port: int = 9) -> Path:
    """Weights that write into ``report`` what they can reach; ``port``: of somebody who listens on this machine."""
    path.write_bytes(pickle.dumps(Program(SPY.format(port=port, path=str(report)))))
    return path


def hanging(path: Path) -> Path:
    """Weights that are never loaded."""
    path.write_bytes(pickle.dumps(Program("import time\nwhile True: time.sleep(60)")))
    return path


def reported(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


class Model:
    """Takes every picture for the same; of the shape that ``UltralyticsDetector`` uses."""

    task, names, model = "detect", NAMES, None
    overrides = {"imgsz": 64}

    def __init__(self, path: str, **_: Any) -> None:
        pickle.loads(Path(path).read_bytes())  # noqa: S301

    def predict(self, _: Any, **__: Any) -> list[Any]:
        import numpy as np  # it starts threads; a process with threads cannot leave the network any more

        data = SimpleNamespace(cpu=lambda: SimpleNamespace(numpy=lambda: np.asarray(FOUND)))
        speed = {"preprocess": 1.0, "inference": 2.0, "postprocess": 1.0}
        return [SimpleNamespace(boxes=SimpleNamespace(data=data), speed=speed)]


def install() -> None:
    for name in ("ultralytics", "torchvision", "torch"):
        sys.modules[name] = ModuleType(name)
    vars(sys.modules["ultralytics"]).update(YOLO=Model, settings={})
    vars(sys.modules["torch"]).update(set_num_threads=lambda _: None)


if __name__ == "__main__":
    install()
    run()
