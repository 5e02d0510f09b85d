"""The files that came in: listed without following links, opened only when listed, read in bounded pieces."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TextIO

from .records import CannotRead, RowError

MAX_FILES = 2_000_000
DEEPEST_FOLDER = 20
LONGEST_LINE = 16 * 1024 * 1024
"""Characters. A line of the lossless format is a whole frame; of other formats, far less."""


def cannot(file: str, where: str, code: str, **values: str | int | float) -> CannotRead:
    return CannotRead(RowError(file, where, code, values))


class Files:
    """``path``: a folder or one file. Names are relative to the folder, with "/", sorted, hidden ones left out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.single = not path.is_dir()
        self._names: list[str] | None = None
        self._known: frozenset[str] = frozenset()

    def names(self) -> list[str]:
        """Raises CannotRead when there are more than MAX_FILES."""
        if self._names is None:
            self._names = [self.path.name] if self.single else sorted(self._walk())
            self._known = frozenset(self._names)
        return self._names

    def having(self, *suffixes: str) -> list[str]:
        """With one of these endings, in any case."""
        return [name for name in self.names() if name.lower().endswith(suffixes)]

    def called(self, *wanted: str) -> list[str]:
        """With one of these names, in any folder."""
        return [name for name in self.names() if name.rpartition("/")[2] in wanted]

    def has(self, name: str) -> bool:
        self.names()
        return name in self._known

    def _walk(self) -> Iterator[str]:
        folders = [("", self.path, 0)]
        count = 0
        while folders:
            prefix, folder, depth = folders.pop()
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or entry.name == "__MACOSX":
                        continue
                    count += 1
                    if count > MAX_FILES or depth > DEEPEST_FOLDER:
                        raise cannot("", "", "too_many_files", limit=MAX_FILES)
                    if entry.is_dir(follow_symlinks=False):
                        folders.append((f"{prefix}{entry.name}/", Path(entry.path), depth + 1))
                    elif entry.is_file(follow_symlinks=False) and is_text(entry.name):
                        yield prefix + entry.name

    def open(self, name: str) -> IO[bytes]:
        """A file that ``names`` lists. Raises CannotRead for any other, and for a link."""
        path = self.path if self.single else self.path / name
        if not self.has(name):
            raise cannot(name, "", "missing_file", name=name)
        return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb")

    def lines(self, name: str, limit: int = LONGEST_LINE) -> Iterator[str]:
        """With their ends. Raises CannotRead for what is not UTF-8 or has a line above ``limit``."""
        with text_of(self.open(name)) as file:
            try:
                while line := file.readline(limit):
                    if len(line) >= limit:
                        raise cannot(name, "", "too_large", limit=limit)
                    yield line
            except UnicodeDecodeError as error:
                raise cannot(name, "", "not_text") from error

    def small(self, name: str, limit: int = 1024 * 1024) -> str:
        """A short file as a whole. Raises CannotRead."""
        with self.open(name) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise cannot(name, "", "too_large", limit=limit)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise cannot(name, "", "not_text") from error


def text_of(file: IO[bytes]) -> TextIO:
    return io.TextIOWrapper(file, encoding="utf-8-sig", newline="")


def is_text(name: str) -> bool:
    """Undecodable names are never listed: they could not be reported."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def shallowest(names: list[str]) -> str:
    """The one nearest to the top, "" of none."""
    return min(names, key=lambda name: (name.count("/"), name), default="")
