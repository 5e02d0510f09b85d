"""How busy the machine is, as MLflow's own monitors say it."""

import importlib
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from annotate.training import machine
from annotate.training.machine import Sampling, sample
from annotate.training.progress import read_progress

psutil = pytest.importorskip("psutil")


def samples(folder: Path) -> list[dict[str, float]]:
    return [line["system"] for line in read_progress(folder)[0] if "system" in line]


def test_it_has_the_names_and_units_of_mlflow(tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    theirs: dict[str, float] = {}
    for module, name in (("cpu_monitor", "CPUMonitor"), ("disk_monitor", "DiskMonitor")):
        monitor = getattr(importlib.import_module(f"mlflow.system_metrics.metrics.{module}"), name)()
        monitor.collect_metrics()
        theirs |= monitor.aggregate_metrics()
    ours = sample(tmp_path)
    assert set(ours) == set(theirs)
    for name in ("system_memory_usage_megabytes", "system_memory_usage_percentage"):
        assert ours[name] == pytest.approx(theirs[name], rel=0.2), name
    assert 0 <= ours["cpu_utilization_percentage"] <= 100


def test_it_is_said_at_a_steady_interval_until_the_end(tmp_path: Path) -> None:
    with Sampling(tmp_path, "train", interval_s=0.05):
        time.sleep(0.5)
    said = samples(tmp_path)
    assert 4 <= len(said) <= 11
    time.sleep(0.15)
    assert samples(tmp_path) == said, "nothing after the end"


def test_a_stage_that_ends_before_has_one_too_unless_it_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sampling(tmp_path, "export"):
        pass
    assert samples(tmp_path) == []
    monkeypatch.setattr(machine, "SHORTEST_S", 0.1)
    with Sampling(tmp_path, "train"):
        time.sleep(0.15)
    assert len(samples(tmp_path)) == 1


def test_work_is_seen(tmp_path: Path) -> None:
    with Sampling(tmp_path, "train", interval_s=0.4):
        until = time.process_time() + 0.5
        while time.process_time() < until:
            pass
    least = 50 / (psutil.cpu_count() or 1)
    assert samples(tmp_path)[0]["cpu_utilization_percentage"] > least, "from the first on"


class NvmlError(Exception):
    pass


class Cuda:
    """What of torch.cuda is asked. Only device 0 is computed on."""

    def __init__(self) -> None:
        self.is_divided = False
        self.is_lost = False

    def is_initialized(self) -> bool:
        return True

    def device_count(self) -> int:
        return 2

    def memory_reserved(self, number: int) -> int:
        return 1_000_000 if number == 0 else 0

    def mem_get_info(self, number: int) -> tuple[int, int]:
        assert number == 0, "asking would take memory there"
        if self.is_lost:
            raise RuntimeError("CUDA error: unspecified launch failure")
        return 6_000_000_000, 8_000_000_000

    def utilization(self, number: int) -> int:
        if self.is_divided:
            raise NvmlError
        return 87


class TestGpus:
    @pytest.fixture
    def cuda(self, monkeypatch: pytest.MonkeyPatch) -> Cuda:
        cuda = Cuda()
        monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
        monkeypatch.setitem(sys.modules, "pynvml", SimpleNamespace(NVMLError=NvmlError))
        return cuda

    MEMORY = {"gpu_0_memory_usage_megabytes": 2000.0, "gpu_0_memory_usage_percentage": 25.0}

    def test_those_that_are_computed_on_are_told(self, cuda: Cuda, tmp_path: Path) -> None:
        told = {name: value for name, value in sample(tmp_path).items() if name.startswith("gpu")}
        assert told == {**self.MEMORY, "gpu_0_utilization_percentage": 87.0}

    def test_what_is_not_to_be_had_is_left_out(self, cuda: Cuda, monkeypatch: pytest.MonkeyPatch) -> None:
        cuda.is_divided = True
        assert machine.of_gpus() == self.MEMORY
        cuda.is_divided = False
        monkeypatch.setitem(sys.modules, "pynvml", None)  # as where it is not installed
        assert machine.of_gpus() == self.MEMORY
        cuda.is_lost = True
        assert machine.of_gpus() == {}

    def test_without_cuda_there_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        idle: Any = SimpleNamespace(cuda=SimpleNamespace(is_initialized=lambda: False))
        monkeypatch.setitem(sys.modules, "torch", idle)
        assert machine.of_gpus() == {}
