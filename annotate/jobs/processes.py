"""A program that outlives whoever started it: found again by what is written beside it, measured and ended as a whole.

It runs in a session of its own, so that all it starts can be told from everything else. Worker only (psutil).
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil

MARK = "process.json"
SAME_START_S = 1.0
GRACE_S = 15.0
"""From asking to end to killing: time to write a checkpoint."""
LOOK_S = 0.1


class Mark(msgspec.Struct, frozen=True):
    """Which process it is. A number alone is given again to another one; with the time of its start it is not."""

    pid: int
    started: float
    host: str


@dataclass(frozen=True, slots=True)
class Program:
    """``child``: None where another process started it; how it ends is then not known here."""

    mark: Mark
    child: "subprocess.Popen[bytes] | None"

    @property
    def is_alive(self) -> bool:
        if self.child is not None:
            return self.child.poll() is None
        return _is_alive(self.mark)

    @property
    def status(self) -> int | None:
        """The exit status; None while it runs, and for one that somebody else started."""
        return self.child.poll() if self.child is not None else None

    def processes(self) -> list[int]:
        return [process.pid for process in _members(self.mark.pid)]

    def memory_bytes(self) -> int:
        """Of all its processes together; memory that they share is counted for each."""
        total = 0
        for process in _members(self.mark.pid):
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
        return total

    def end(self, grace_s: float = GRACE_S) -> None:
        """Asks all its processes to end, and kills what is left. Returns when none is."""
        _tell(self.mark.pid, signal.SIGTERM)
        if not self._gone_within(grace_s):
            _tell(self.mark.pid, signal.SIGKILL)
            self._gone_within(grace_s)

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while any(True for _ in _members(self.mark.pid)) or self.is_alive:
            if time.monotonic() >= deadline:
                return False
            time.sleep(LOOK_S)
        return True


def start(words: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path) -> Program:
    """Runs it in ``folder``; what it says is added to ``output``, a file, which nobody needs to read for it to go on.
    Raises OSError."""
    with output.open("ab") as said:
        child = subprocess.Popen(  # noqa: S603  (words of the product)
            words,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    with contextlib.suppress(psutil.Error):  # it may have ended already
        mark = Mark(child.pid, psutil.Process(child.pid).create_time(), socket.gethostname())
        _write(folder / MARK, msgspec.json.encode(mark))
        return Program(mark, child)
    return Program(Mark(child.pid, 0.0, socket.gethostname()), child)


def find(folder: Path) -> Program | None:
    """What an earlier worker left running in ``folder``; None when nothing of it lives on this machine."""
    try:
        mark = msgspec.json.decode((folder / MARK).read_bytes(), type=Mark)
    except (OSError, msgspec.DecodeError):
        return None
    if mark.host != socket.gethostname():
        return None
    if _is_alive(mark):
        return Program(mark, None)
    return None


def end_leftovers(folder: Path) -> None:
    """Ends what the first process of ``folder`` had started and left behind when it was killed."""
    try:
        mark = msgspec.json.decode((folder / MARK).read_bytes(), type=Mark)
    except (OSError, msgspec.DecodeError):
        return
    began_later = [one for one in _members(mark.pid) if _started(one) >= mark.started - SAME_START_S]
    if mark.host == socket.gethostname() and began_later:
        Program(mark, None).end()


def forget(folder: Path) -> None:
    (folder / MARK).unlink(missing_ok=True)


def _is_alive(mark: Mark) -> bool:
    try:
        process = psutil.Process(mark.pid)
        is_same: bool = abs(process.create_time() - mark.started) < SAME_START_S
        return is_same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _started(process: psutil.Process) -> float:
    try:
        return float(process.create_time())
    except psutil.Error:
        return 0.0


def _members(session: int) -> Iterator[psutil.Process]:
    """The living processes of a session."""
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getsid(pid) == session:
                process = psutil.Process(pid)
                if process.status() != psutil.STATUS_ZOMBIE:
                    yield process


def _tell(session: int, number: signal.Signals) -> None:
    for process in _members(session):
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def _write(path: Path, data: bytes) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(data)
    fresh.replace(path)
