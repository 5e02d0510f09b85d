"""Processes of one machine wake each other; what nobody hears is no loss."""

import select
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from annotate import doorbell


@pytest.fixture
def bell(tmp_path: Path) -> socket.socket:
    bell = doorbell.listen(tmp_path, doorbell.JOBS)
    assert bell is not None
    return bell


def test_it_is_heard_by_everybody_who_listens_for_it(tmp_path: Path, bell: socket.socket) -> None:
    second = doorbell.listen(tmp_path, doorbell.JOBS)
    other = doorbell.listen(tmp_path, doorbell.FRAMES)
    assert second is not None and other is not None
    assert doorbell.ring(tmp_path, doorbell.JOBS, "detect") == 2
    assert doorbell.heard(bell) == doorbell.heard(second) == ["detect"]
    assert doorbell.heard(other) == doorbell.heard(bell) == []


def test_another_process_is_heard(tmp_path: Path, bell: socket.socket) -> None:
    code = (
        "from pathlib import Path; from annotate import doorbell; "
        f"doorbell.ring(Path({str(tmp_path)!r}), doorbell.JOBS, 'batch')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert select.select([bell], [], [], 5)[0] and doorbell.heard(bell) == ["batch"]


def test_nobody_there_is_no_error_and_dead_sockets_are_removed(tmp_path: Path, bell: socket.socket) -> None:
    assert doorbell.ring(tmp_path / "elsewhere", doorbell.JOBS) == 0
    path = Path(bell.getsockname())
    bell.close()  # as when a process is killed: the file stays
    assert path.exists() and doorbell.ring(tmp_path, doorbell.JOBS) == 0 and not path.exists()


def test_a_listener_that_does_not_read_holds_nobody_up(tmp_path: Path, bell: socket.socket) -> None:
    for _ in range(5000):
        doorbell.ring(tmp_path, doorbell.JOBS, "x" * 1000)
    assert 0 < len(doorbell.heard(bell)) < 5000


def test_a_long_path_is_kept_short_and_private(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 90)
    long.mkdir()
    folder = doorbell.folder_for(long)
    assert len(str(folder)) + doorbell.NAME_LENGTH <= doorbell.LONGEST_PATH
    bell = doorbell.listen(long, doorbell.JOBS)
    assert bell is not None and folder.stat().st_mode & 0o077 == 0
    doorbell.close(bell)
    folder.rmdir()


def test_a_folder_that_others_can_write_is_not_trusted(tmp_path: Path) -> None:
    doorbell.folder_for(tmp_path).mkdir(mode=0o777)
    doorbell.folder_for(tmp_path).chmod(0o777)
    assert doorbell.listen(tmp_path, doorbell.JOBS) is None and doorbell.ring(tmp_path, doorbell.JOBS) == 0
