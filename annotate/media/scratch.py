"""Files that are being received, in SCRATCH_DIR."""

import io
import os
import uuid
from pathlib import Path

from . import store

MODE = 0o640


class ScratchFile(io.BufferedRandom):
    """A new file, removed when it is closed, unless it was moved away before."""

    def __init__(self) -> None:
        self.path = store.scratch(f"{uuid.uuid4().hex}.body")
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, MODE)
        super().__init__(io.FileIO(descriptor, "r+b"))

    def close(self) -> None:
        try:
            super().close()  # may find the disk full
        finally:
            self.path.unlink(missing_ok=True)


def keep(file: io.BufferedIOBase, path: Path, to: Path) -> None:
    """Moves a complete file, open as ``file``, to where it survives a crash. Raises OSError."""
    file.flush()
    os.fchmod(file.fileno(), MODE)
    os.fsync(file.fileno())
    os.replace(path, to)
    store.sync_folder(to.parent)
