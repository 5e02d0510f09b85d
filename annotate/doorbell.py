"""How processes on one machine wake each other, with no server in between: datagrams to Unix sockets.

A ring is a hint and may be lost: whoever listens also looks by itself now and then. Imports no Django. Where the
system has no Unix sockets nothing is heard, and nothing else changes.
"""

import contextlib
import hashlib
import os
import socket
import stat
import tempfile
import uuid
from pathlib import Path

FRAMES = "frames"
"""Something outside the web process has committed to a frame; the text is its id."""
JOBS = "jobs"
"""A job was queued; the text is its lane."""
LARGEST = 1024
LONGEST_PATH = 100  # of a socket: 104 on macOS, 108 on Linux
NAME_LENGTH = 40


def folder_for(data: Path) -> Path:
    """Where the sockets of an installation are: with its data, or where the path is too long, with temporary files."""
    beside = data.resolve() / "run"
    if len(str(beside)) + NAME_LENGTH <= LONGEST_PATH:
        return beside
    name = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"hitl-{os.getuid()}-{name}"


def listen(data: Path, what: str) -> socket.socket | None:
    """A socket that hears rings for ``what``: not blocking, closed by whoever asked. None where there can be none."""
    folder = _own(folder_for(data))
    if folder is None or not hasattr(socket, "AF_UNIX"):
        return None
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell.setblocking(False)
    try:
        bell.bind(str(folder / f"{what}-{os.getpid()}-{uuid.uuid4().hex[:8]}"))
    except OSError:
        bell.close()
        return None
    return bell


def ring(data: Path, what: str, text: str = "") -> int:
    """Tell everybody who listens for ``what``; how many were told. Sockets that nobody has any more are removed."""
    folder = _own(folder_for(data), make=False)
    if folder is None:
        return 0
    told = 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.setblocking(False)
        for path in folder.glob(f"{what}-*"):
            try:
                bell.sendto(text.encode()[:LARGEST], str(path))
                told += 1
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)
            except OSError:  # full, or gone this moment
                continue
    return told


def heard(bell: socket.socket) -> list[str]:
    """All that has been rung since the last call, without waiting."""
    texts: list[str] = []
    with contextlib.suppress(BlockingIOError, OSError):
        while True:
            texts.append(bell.recv(LARGEST).decode(errors="replace"))
    return texts


def close(bell: socket.socket) -> None:
    path = bell.getsockname()
    bell.close()
    with contextlib.suppress(OSError):
        os.unlink(path)


def _own(folder: Path, *, make: bool = True) -> Path | None:
    """The folder, if it is a folder of ours that nobody else can write."""
    try:
        if make:
            folder.mkdir(mode=0o700, exist_ok=True)
        facts = folder.lstat()
    except OSError:
        return None
    is_ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid() and not facts.st_mode & 0o077
    return folder if is_ours else None
