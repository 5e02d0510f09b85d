"""While somebody edits, work that nobody waits for leaves a core alone, and has it back afterwards."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate import courtesy
from annotate.courtesy import Courtesy

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="this system cannot keep a process to some cores, or has one only",
)

THREADED = """
import threading, time
threads = [threading.Thread(target=time.sleep, args=(60,), daemon=True) for _ in range(3)]
for thread in threads:
    thread.start()
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def process() -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", THREADED], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline() == b"ready\n"
        yield child.pid
        child.kill()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courtesy, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(courtesy, "_noted", -courtesy.NOTE_EVERY_S)


def cores(process: int) -> set[frozenset[int]]:
    """Of each of its threads."""
    threads = [int(name) for name in os.listdir(f"/proc/{process}/task")]
    assert len(threads) >= 4
    return {frozenset(os.sched_getaffinity(thread)) for thread in threads}


def test_a_core_is_left_while_somebody_edits(process: int, tmp_path: Path) -> None:
    all_cores = frozenset(os.sched_getaffinity(0))
    mine = Courtesy(tmp_path)
    mine.look(lambda: [process])
    assert cores(process) == {all_cores}
    courtesy.note_edit(tmp_path)
    mine.look(lambda: [process])
    (left,) = cores(process)
    assert left < all_cores and len(left) == len(all_cores) - 1
    assert os.sched_getaffinity(0) == all_cores
    long_ago = time.time() - courtesy.LASTS_S - 1
    os.utime(tmp_path / ".edited", (long_ago, long_ago))
    mine.look(lambda: [process])
    assert cores(process) == {all_cores}


def test_it_looks_now_and_then_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courtesy, "LOOK_EVERY_S", 3600.0)
    asked: list[int] = []

    def processes() -> list[int]:
        asked.append(1)
        return []

    mine = Courtesy(tmp_path)
    mine._looked = time.monotonic() - 3601
    for _ in range(5):
        mine.look(processes)
    assert len(asked) == 1


def test_an_edit_is_noted_now_and_then_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    courtesy.note_edit(tmp_path)
    (tmp_path / ".edited").unlink()
    courtesy.note_edit(tmp_path)
    assert not courtesy.somebody_edits(tmp_path)
    monkeypatch.setattr(courtesy, "_noted", time.monotonic() - courtesy.NOTE_EVERY_S)
    courtesy.note_edit(tmp_path)
    assert courtesy.somebody_edits(tmp_path)


def test_nothing_that_is_gone_or_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    courtesy.note_edit(tmp_path / "not there")
    assert not courtesy.somebody_edits(tmp_path / "not there")
    courtesy.note_edit(tmp_path)
    Courtesy(tmp_path).look(lambda: [2**22 + threading.get_native_id()])
