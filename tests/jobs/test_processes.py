"""Programs that outlive whoever started them: measured and ended with all that they started."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from annotate.jobs import processes
from annotate.jobs.processes import Program
from tests.media.site import until

FAMILY = """
import subprocess, sys, time
code = "import time; hold = bytearray(80_000_000); time.sleep(300)"
child = subprocess.Popen([sys.executable, "-c", code], process_group=0)
open("child", "w").write(str(child.pid))
print("started", flush=True)
time.sleep(300)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open("child", "w").write("0")
time.sleep(300)
"""


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Program]]:
    programs: list[Program] = []
    yield programs
    for program in programs:
        program.end(0.0)


def start(folder: Path, code: str, started: list[Program]) -> Program:
    program = processes.start([sys.executable, "-c", code], folder, dict(os.environ), folder / "output.log")
    started.append(program)
    until(lambda: (folder / "child").exists() and (folder / "child").read_text(), "it runs")
    return program


def child_of(folder: Path) -> int:
    return int((folder / "child").read_text())


def is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_all_of_it_is_ended_also_what_made_a_group_of_its_own(tmp_path: Path, started: list[Program]) -> None:
    program = start(tmp_path, FAMILY, started)
    assert is_alive(child_of(tmp_path)) and program.is_alive and program.status is None
    program.end(5.0)
    assert not is_alive(child_of(tmp_path)) and not program.is_alive
    assert program.status == -signal.SIGTERM


def test_what_does_not_listen_is_killed(tmp_path: Path, started: list[Program]) -> None:
    program = start(tmp_path, STUBBORN, started)
    began = time.monotonic()
    program.end(0.3)
    assert program.status == -signal.SIGKILL and time.monotonic() - began < 10


def test_memory_is_that_of_all_together(tmp_path: Path, started: list[Program]) -> None:
    program = start(tmp_path, FAMILY, started)
    until(lambda: program.memory_bytes() > 80_000_000, "the child holds what it holds")


def test_it_is_found_again_and_ended_by_somebody_else(tmp_path: Path, started: list[Program]) -> None:
    start(tmp_path, FAMILY, started)
    found = processes.find(tmp_path)
    assert found is not None and found.is_alive and found.status is None
    found.end(5.0)
    assert processes.find(tmp_path) is None and not is_alive(child_of(tmp_path))


def test_what_a_killed_program_left_behind_is_ended(tmp_path: Path, started: list[Program]) -> None:
    program = start(tmp_path, FAMILY, started)
    os.kill(program.mark.pid, signal.SIGKILL)
    until(lambda: not program.is_alive, "it is gone")
    assert processes.find(tmp_path) is None and is_alive(child_of(tmp_path))
    processes.end_leftovers(tmp_path)
    assert not is_alive(child_of(tmp_path))


def test_what_it_says_is_kept_whoever_reads(tmp_path: Path, started: list[Program]) -> None:
    start(tmp_path, FAMILY, started)
    until(lambda: b"started" in (tmp_path / "output.log").read_bytes(), "it has said so")


@pytest.mark.parametrize("text", [b"", b"{}", b"\xff", b'{"pid": "1"}'])
def test_a_mark_that_cannot_be_read_is_none(tmp_path: Path, text: bytes) -> None:
    (tmp_path / processes.MARK).write_bytes(text)
    assert processes.find(tmp_path) is None
    processes.end_leftovers(tmp_path)
