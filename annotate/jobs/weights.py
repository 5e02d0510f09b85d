"""Weights that a training made, or an administrator brought, into the folder where files are named by their content."""

import contextlib
import hashlib
import os
import shutil
import time
import uuid
from pathlib import Path

from django.conf import settings

from ..detection.versions import weights_path

FILE_MODE, FOLDER_MODE = 0o440, 0o750
HALF_COPIES = "*/.*.new"


class WrongHash(Exception):
    """The file is not what the pipeline registered."""


def keep(file: Path, sha256: str, suffix: str) -> Path:
    """Copies the file, whole or not at all. Raises WrongHash, OSError."""
    target = weights_path(sha256, suffix)
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    fresh = target.with_name(f".{uuid.uuid4().hex}.new")
    try:
        shutil.copyfile(file, fresh)
        with fresh.open("rb+") as copy:
            found = hashlib.file_digest(copy, "sha256").hexdigest()
            os.fsync(copy.fileno())
        if found != sha256:
            raise WrongHash(file.name)
        fresh.chmod(FILE_MODE)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    return target


def sweep(*, older_than_s: float) -> int:
    """Removes copies that nobody will finish, of a worker that was killed. How many."""
    root: Path = settings.MODELS_DIR
    removed = 0
    for path in root.glob(HALF_COPIES):
        with contextlib.suppress(FileNotFoundError):  # another worker was quicker
            if time.time() - path.stat().st_mtime >= older_than_s:
                path.unlink()
                removed += 1
    return removed
