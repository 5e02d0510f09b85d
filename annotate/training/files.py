"""Files that appear whole or not at all, and links that cost no space."""

import os
import shutil
import uuid
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Raises OSError."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """What was there stays until the new content is on the disk. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def link(source: Path, target: Path) -> None:
    """The same file under another name; across file systems a pointer to it, and a copy where there are no pointers.

    Nobody may write through ``target``. Raises OSError.
    """
    try:
        os.link(source, target)
        return
    except FileExistsError:
        raise
    except OSError:
        pass
    try:
        os.symlink(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)


def emptied(folder: Path) -> Path:
    """The folder, there and empty. Raises OSError."""
    if folder.is_symlink() or folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder
