"""The weights that a training starts from: known by their hash, or not opened."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ..ai.catalogue import entry_named
from ..ai.fetch import fetch
from ..ai.hashes import check_hash
from ..ai.problems import ModelError
from . import params
from .params import TrainParams
from .problems import Problem

HASH = re.compile(r"[0-9a-f]{64}")
CACHE_VARIABLE = "HITL_MODELS_CACHE"


@dataclass(frozen=True, slots=True)
class Base:
    path: Path
    sha256: str


def base_of(wanted: TrainParams, folder: Path) -> Base:
    """Fetched where the catalogue knows it and it is not there yet. Raises Problem, OSError."""
    entry = entry_named(wanted.base)
    try:
        if entry is not None and entry.kind == "pt":
            fetched = fetch(entry, cache(folder))
            found = Base(fetched.path, fetched.pin.sha256)
        else:
            path = params.absolute(folder, wanted.base)
            found = Base(path, known_hash(path, wanted.base_sha256))
        check_hash(found.path, found.sha256)
    except (ModelError, FileNotFoundError) as error:
        raise Problem("base_unusable", reason=error) from error
    return found


def cache(folder: Path) -> Path:
    """Where fetched weights are kept: the folder that the product uses, unless another one is named."""
    return Path(os.environ.get("HITL_MODELS_CACHE") or folder / "data" / "models")


def known_hash(path: Path, given: str = "") -> str:
    """Raises Problem where neither the name of the file nor anybody says it."""
    if given:
        return given
    if HASH.fullmatch(path.stem):
        return path.stem
    raise Problem("base_unknown", name=path.name)
