"""The two models of an evaluation, opened as for serving."""

from pathlib import Path

from ..ai.catalogue import CATALOGUE
from ..ai.described import Described
from ..ai.detector import Detector
from ..ai.hashes import sha256_of
from ..ai.loading import load
from .base import known_hash

LICENCE = "AGPL-3.0"
"""Of what Ultralytics makes."""


def opened(path: Path, settings_folder: Path) -> Detector:
    """A .pt is opened only where its hash was said (base.py). Raises ModelError, Problem, OSError."""
    found = sha256_of(path)
    sha256 = known_hash(path) if path.suffix == ".pt" else found
    return load(path, described_by(found, path), sha256=sha256, settings_folder=settings_folder)


def described_by(sha256: str, path: Path) -> Described:
    """What the catalogue knows of the file; else what it says itself."""
    known = (entry.described for entry in CATALOGUE if any(pin.sha256 == sha256 for pin in entry.pins))
    return next(known, Described(path.stem, LICENCE))
