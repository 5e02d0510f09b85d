"""A folder of its own for one training, in which ``dvc repro`` runs the same dvc.yaml as at the top level.

No version control, no remote, a cache of its own: nothing outside can collect what it holds, and removing the folder
removes all of it.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ..ai.ultralytics_setup import SWITCHES
from . import files
from .base import CACHE_VARIABLE
from .params import Params
from .params import text as text_of

PIPELINE = "dvc.yaml"
CONFIG = """[core]
    no_scm = true
    analytics = false
    check_update = false
"""
IGNORE = ".training\n"
SETTINGS_PREFIX = "HITL_"
"""The product's settings hold its secrets; a training gets none of them."""


def prepare(folder: Path, *, params: Params, code_root: Path) -> None:
    """Makes the folder ready to run, or ready to go on after a kill. ``code_root``: the folder that holds ``annotate``
    and dvc.yaml. Nobody may be running in it. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    _write(folder / ".dvc" / "config", CONFIG)
    _write(folder / ".dvcignore", IGNORE)
    _write(folder / PIPELINE, (code_root / PIPELINE).read_text(encoding="utf-8"))
    _write(folder / "params.yaml", text_of(params))
    _point(folder / "annotate", (code_root / "annotate").resolve())
    _unlock(folder)


def command() -> list[str]:
    """What to run in the folder, with ``environment``."""
    return [sys.executable, "-m", "annotate.training.polite", "dvc", "repro"]


def environment(
    folder: Path, *, models_cache: Path, threads: int = 0, inherited: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """``models_cache``: where weights of the catalogue are, or are fetched to. ``threads``: 0 takes a core each."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(SETTINGS_PREFIX)}
    count = str(threads or os.cpu_count() or 1)
    return {
        **kept,
        **SWITCHES,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]),
        "PYTHONPATH": str(folder),
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": count,
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that wait busily keep each other from a core that they share
        "MKL_NUM_THREADS": count,
        "MPLCONFIGDIR": str(folder / ".training" / "matplotlib"),
        "DVC_SITE_CACHE_DIR": str(folder / ".dvc" / "site"),
        CACHE_VARIABLE: str(models_cache),
    }


def _write(path: Path, text: str) -> None:
    """Only where it differs: DVC looks at times first."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        files.write(path, text)


def _point(link: Path, target: Path) -> None:
    """The code is a dependency of the stages, which have to name it the same way everywhere."""
    if link.is_symlink() and link.readlink() == target:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(target, target_is_directory=True)


def _unlock(folder: Path) -> None:
    """DVC's list of who reads and writes what outlives a kill, and names processes by numbers that are used again."""
    (folder / ".dvc" / "tmp" / "rwlock").unlink(missing_ok=True)
