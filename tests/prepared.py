"""A site's tables and first rows. On SQLite they are made once for the same code and then copied: making them takes a
process that applies all migrations and another that fills, which every module of browser tests would wait for."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT_FOR_S = 86_400
OUTPUT = "fill.out"
PREFIX = "hitl-prepared-"


def prepare(environment: Mapping[str, str], *fills: str) -> str:
    """Fill the empty data folder and database that ``environment`` (of the processes) names.

    ``fills``: Python, run in turn, each in a process of its own. Returns what they printed. Raises AssertionError
    with the output of what failed.
    """
    if environment.get("HITL_DATABASE_URL"):
        return fill(environment, *fills)
    ready = Path(tempfile.gettempdir(), f"{PREFIX}{_digest(environment, fills)}")
    if not ready.exists():
        _make(ready, environment, fills)
    data = Path(environment["HITL_DATA_DIR"])
    shutil.copytree(ready, data, dirs_exist_ok=True)
    output = data / OUTPUT
    printed = output.read_text()
    output.unlink()
    return printed


def fill(environment: Mapping[str, str], *fills: str) -> str:
    """The same without keeping anything."""
    _run(["manage.py", "migrate", "-v0"], environment)
    return "".join(_run(["-c", code], environment) for code in fills)


def _make(ready: Path, environment: Mapping[str, str], fills: tuple[str, ...]) -> None:
    """Others may be making the same: the first that is done wins."""
    _forget_old()
    making = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        printed = fill({**environment, "HITL_DATA_DIR": str(making)}, *fills)
        (making / OUTPUT).write_text(printed)
        with closing(sqlite3.connect(making / "hitl.sqlite3")) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with suppress(OSError):  # it is there by now
            making.rename(ready)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _forget_old() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > KEPT_FOR_S:
                shutil.rmtree(folder, ignore_errors=True)


def _run(words: list[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _digest(environment: Mapping[str, str], fills: tuple[str, ...]) -> str:
    """Of all that decides what the folder would hold."""
    settings = sorted(
        f"{name}={value}"
        for name, value in environment.items()
        if name.startswith("HITL_") and name not in ("HITL_DATA_DIR", "HITL_BIND", "HITL_REDIS_URL")
    )
    return hashlib.sha256("\0".join((_code(), str(os.getuid()), *settings, *fills)).encode()).hexdigest()[:24]


@cache
def _code() -> str:
    digest = hashlib.sha256(f"{sys.version} {version('Django')}".encode())
    for path in sorted(_sources()):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for folder in ("annotate", "hitlsite", "tests"):
        yield from (ROOT / folder).rglob("*.py")
