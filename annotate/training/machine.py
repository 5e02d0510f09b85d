"""How busy the machine is while a stage runs, at a steady interval, by the names that MLflow has for it."""

import importlib
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

from .progress import Progress

INTERVAL_S = 10.0
SHORTEST_S = 1.0
"""Over less than that a share of the processor says nothing."""
MEGABYTE = 1e6  # MLflow's

Figures = dict[str, float]


class Sampling:
    """A thread that says every INTERVAL_S how busy the machine is; at the end of the stage once more, so that a short
    one has a point too."""

    def __init__(self, folder: Path, stage: str, *, interval_s: float = INTERVAL_S) -> None:
        self._folder = folder
        self._progress = Progress(folder, stage)  # its own: what the stage says is not held back by this
        self._interval_s = interval_s
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._go, name="machine", daemon=True)
        self._said_at = 0.0

    def __enter__(self) -> "Sampling":
        self._said_at = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _go(self) -> None:
        cpu_percent()  # from now on: psutil remembers for each thread, and the first time it knows nothing
        while not self._done.wait(self._interval_s):
            self._say()
        if time.monotonic() - self._said_at >= min(SHORTEST_S, self._interval_s):
            self._say()

    def _say(self) -> None:
        self._said_at = time.monotonic()
        self._progress.say(system=sample(self._folder))


def sample(folder: Path) -> Figures:
    """Of the whole machine, as MLflow's own monitors measure; the disk is the one that ``folder`` is on."""
    memory = psutil().virtual_memory()
    disk = shutil.disk_usage(folder)
    figures = {
        "cpu_utilization_percentage": cpu_percent(),
        "system_memory_usage_megabytes": memory.used / MEGABYTE,
        "system_memory_usage_percentage": 100 * memory.used / memory.total,
        "disk_usage_percentage": 100 * disk.used / (disk.used + disk.free),
        "disk_usage_megabytes": disk.used / MEGABYTE,
        "disk_available_megabytes": disk.free / MEGABYTE,
        **of_gpus(),
    }
    return {name: round(value, 1) for name, value in figures.items()}


def cpu_percent() -> float:
    """Since the last call: of all cores together, so that 100 is the most."""
    return float(psutil().cpu_percent())


def of_gpus() -> Figures:
    """Of those that this process computes on. Asking about another one would take memory on it."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return {}
    used = [number for number in range(torch.cuda.device_count()) if torch.cuda.memory_reserved(number)]
    return {f"gpu_{number}_{name}": value for number in used for name, value in of_gpu(torch, number).items()}


def of_gpu(torch: Any, number: int) -> Figures:
    try:
        free, total = torch.cuda.mem_get_info(number)
    except RuntimeError:  # a device that has failed; the stage will say so
        return {}
    used = total - free
    return {
        "memory_usage_megabytes": used / MEGABYTE,
        "memory_usage_percentage": 100 * used / total,
        **utilization(torch, number),
    }


def utilization(torch: Any, number: int) -> Figures:
    """Only where NVIDIA's library for it is installed and the device tells: a part of a divided one does not."""
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        return {}
    try:
        return {"utilization_percentage": float(torch.cuda.utilization(number))}
    except (RuntimeError, nvml.NVMLError):
        return {}


def psutil() -> Any:
    return importlib.import_module("psutil")  # comes with Ultralytics
