"""Image files by content, in the layout of DVC's cache: files/md5/<2>/<30>. Identical bytes are stored once.

A file appears whole or not at all. ``keeping`` brackets "store the file, then commit its row": whatever
happens in between, a crash included, leaves no file without a row (``settle_interrupted`` at the next start).
"""

import contextlib
import fcntl
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from ..models import Frame

FILE_MODE = 0o440
FOLDER_MODE = 0o750
PENDING = "pending"  # folder of SCRATCH_DIR: one empty file per image whose row is not committed yet
PENDING_AGE_S = 600.0

Keeper = Callable[[str], bool]
KEEPERS: list[Keeper] = []
"""Who else may need a file, by its md5, besides frames: dataset versions add themselves here."""


def path_for(md5: str) -> Path:
    """Where the file with this hash is, or would be."""
    root: Path = settings.STORE_DIR
    return root / "files" / "md5" / md5[:2] / md5[2:]


def exists(md5: str) -> bool:
    return path_for(md5).is_file()


def read(md5: str) -> bytes:
    """Raises FileNotFoundError."""
    return path_for(md5).read_bytes()


def make_folder(folder: Path) -> Path:
    """The folder, made with what is missing above it. ``Path.mkdir`` gives its mode to the last one only."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    return folder


def scratch_folder(name: str = "") -> Path:
    """SCRATCH_DIR, or a folder in it."""
    root: Path = settings.SCRATCH_DIR
    return make_folder(root / name)


def scratch(*names: str) -> Path:
    """A path of a file under SCRATCH_DIR; its folder exists."""
    root: Path = settings.SCRATCH_DIR
    path = root.joinpath(*names)
    make_folder(path.parent)
    return path


def write_file(path: Path, data: bytes, *, mode: int = FILE_MODE) -> None:
    """Whole and on disk, or not there. Raises OSError (a full disk leaves nothing behind)."""
    make_folder(path.parent)
    temporary = path.parent / f".{uuid.uuid4().hex}.tmp"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes a rename survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(md5: str) -> Iterator[None]:
    """No other process adds or deletes this content meanwhile. Take it before any lock of the database."""
    path = scratch("locks", md5[:2])
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def keeping(md5: str, data: bytes) -> Iterator[None]:
    """The file is in the store; inside, commit the row that needs it.

    When the inside raises, the file is taken back, unless somebody else needs it. Raises OSError.
    """
    with locked(md5):
        marker = scratch(PENDING, f"{md5}.{uuid.uuid4().hex}")
        marker.touch(mode=0o640)
        try:
            if not exists(md5):
                write_file(path_for(md5), data)
            yield
        except BaseException:
            _delete_if_unreferenced(md5)  # where this fails too, the marker stays for settle_interrupted
            marker.unlink(missing_ok=True)
            raise
        marker.unlink(missing_ok=True)


def is_referenced(md5: str) -> bool:
    return Frame.everything.filter(md5=md5).exists() or any(keeper(md5) for keeper in KEEPERS)


def thumbnail_path(md5: str) -> Path:
    root: Path = settings.THUMBNAIL_DIR
    return root / md5[:2] / f"{md5[2:]}.webp"


def delete_if_unreferenced(md5: str) -> bool:
    """Deletes the file and its thumbnail when no frame needs it any more; whether it did.

    Call it after the commit that deleted the frame, never inside a transaction.
    """
    with locked(md5):
        return _delete_if_unreferenced(md5)


def _delete_if_unreferenced(md5: str) -> bool:
    if is_referenced(md5):
        return False
    path_for(md5).unlink(missing_ok=True)
    thumbnail_path(md5).unlink(missing_ok=True)
    return True


def settle_interrupted(*, older_than_s: float = PENDING_AGE_S) -> int:
    """Removes files whose row was never committed because the process died. How many markers were settled."""
    settled = 0
    for marker in sorted(scratch_folder(PENDING).glob("*.*")):
        if _age_s(marker) >= older_than_s:
            md5 = marker.name.split(".")[0]
            delete_if_unreferenced(md5)
            remove_old(path_for(md5).parent.glob(".*.tmp"), older_than_s)
            marker.unlink(missing_ok=True)
            settled += 1
    return settled


def sweep_scratch(*, older_than_s: float, keep: frozenset[str] = frozenset()) -> int:
    """Removes what interrupted uploads left in SCRATCH_DIR; ``keep`` names files that jobs still need."""
    folders = scratch_folder(), scratch_folder("jobs")
    left = [path for folder in folders for path in folder.iterdir() if path.name not in keep]
    half_written: Path = settings.THUMBNAIL_DIR
    return remove_old([*left, *half_written.glob("*/.*.tmp")], older_than_s)


def remove_old(paths: Iterable[Path], older_than_s: float) -> int:
    removed = 0
    for path in paths:
        if path.is_file() and _age_s(path) >= older_than_s:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _age_s(path: Path) -> float:
    with contextlib.suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime
    return 0.0
