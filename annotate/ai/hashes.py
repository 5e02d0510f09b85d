"""Weights are known by the hash of their file."""

import hashlib
from pathlib import Path

from .problems import UnusableModel, gettext_noop


def sha256_of(path: Path) -> str:
    """Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_hash(path: Path, sha256: str) -> None:
    """Raises UnusableModel, OSError."""
    found = sha256_of(path)
    if found != sha256:
        raise UnusableModel(
            gettext_noop("The file has the hash %(found)s instead of %(wanted)s. It was not opened."),
            found=found[:16],
            wanted=sha256[:16],
        )
