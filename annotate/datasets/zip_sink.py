"""A zip archive that is written as it comes: text packed, images as they are, each with its sha256."""

import contextlib
import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

CHUNK = 1 << 16
FILE_MODE = 0o640
MOMENT = (1980, 1, 1, 0, 0, 0)
"""Of every file: the same data makes the same archive, and nothing tells when somebody worked."""


class ZipSink:
    """Where a format writes (formats.records.Sink). Names come from the format, never from people.

    Images are linked into ``folder`` when they are named and copied by ``take_files``, after the moment in the
    database is over: a frame that is deleted meanwhile does not take its image along. One that is not in the store any
    more is counted in ``missing``; its boxes are exported all the same.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        self.zip = zipfile.ZipFile(path, "w", allowZip64=True)
        self.folder = folder
        self.count = 0
        self.bytes = self.missing = 0
        self._sums = (folder / "sums").open("wb")
        self._files = (folder / "files").open("wb")
        self._linked = 0

    def text(self, name: str, lines: Iterable[str]) -> None:
        self._write(name, _pieces(lines), zipfile.ZIP_DEFLATED)

    def file(self, name: str, path: Path) -> None:
        kept = self.folder / f"{self._linked:08d}"
        try:
            os.link(path, kept)
        except FileNotFoundError:
            self.missing += 1
            return
        except OSError:  # another disk, or one that knows no links
            shutil.copyfile(path, kept)
        self._linked += 1
        self._files.write(msgspec.json.encode((name, kept.name)) + b"\n")

    def take_files(self) -> Iterator[str]:
        """Copies the images; yields the name of each."""
        self._files.close()
        for name, kept in _lines(self.folder / "files"):
            path = self.folder / kept
            with path.open("rb") as file:
                self._write(name, iter(lambda: file.read(CHUNK), b""), zipfile.ZIP_STORED)
            path.unlink()
            yield name

    def sums(self) -> Iterator[tuple[str, str]]:
        """Name and sha256 of every file so far."""
        self._sums.flush()
        yield from _lines(self.folder / "sums")

    def close(self) -> None:
        self.zip.close()
        self.abandon()

    def abandon(self) -> None:
        """Lets go of all files; without ``close``, the archive is none."""
        for file in (self._sums, self._files):
            with contextlib.suppress(OSError):
                file.close()
        if self.zip.fp is not None:
            self.zip.fp.close()
            self.zip.fp = None

    def _write(self, name: str, pieces: Iterable[bytes], kind: int) -> None:
        info = zipfile.ZipInfo(name, MOMENT)
        info.compress_type = kind
        info.external_attr = FILE_MODE << 16
        total = hashlib.sha256()
        with self.zip.open(info, "w", force_zip64=True) as entry:
            for piece in pieces:
                total.update(piece)
                self.bytes += len(piece)
                entry.write(piece)
        self.count += 1
        self._sums.write(msgspec.json.encode((name, total.hexdigest())) + b"\n")


def _pieces(lines: Iterable[str]) -> Iterator[bytes]:
    """Many short texts as few long ones."""
    waiting: list[str] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= CHUNK:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()


def _lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        for line in file:
            yield tuple(msgspec.json.decode(line))
