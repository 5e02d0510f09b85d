"""A version of a data repository, read with git's plumbing and from DVC's cache; nothing of the repository is run.

The layout is that of docs/versions.md. What is read is checked against its hash: a version is whole, or refused.
"""

import configparser
import hashlib
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated

import msgspec
import yaml

from .problems import Problem

GIT_TIMEOUT_S = 60.0
MAX_SMALL_BYTES = 64_000_000  # of what git keeps: lists of names
SAFE_SETTINGS = ("safe.directory=*", "core.fsmonitor=false", "core.hooksPath=/dev/null")
SAFE_NAME = re.compile(r"[^\x00-\x1f\x7f\\]{1,255}")

Md5 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")]
DirectoryMd5 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\.dir$")]


class Member(msgspec.Struct, frozen=True):
    """A file of a tracked folder."""

    md5: Md5
    relpath: str


class _Out(msgspec.Struct, frozen=True):
    md5: DirectoryMd5
    path: str


class _Pointer(msgspec.Struct, frozen=True):
    outs: Annotated[list[_Out], msgspec.Meta(min_length=1, max_length=1)]


class ManifestLabel(msgspec.Struct, frozen=True):
    name: Annotated[str, msgspec.Meta(min_length=1)]


class Manifest(msgspec.Struct, frozen=True):
    """``dataset.json``, as far as training needs it. The order of the labels numbers the classes."""

    number: int
    digest: DirectoryMd5
    labels: list[ManifestLabel]


@dataclass(frozen=True, slots=True)
class Version:
    """``repository``: its folder, bare or with a work tree."""

    repository: Path
    number: int

    def manifest(self) -> Manifest:
        """Raises Problem."""
        try:
            found = msgspec.json.decode(self._blob("dataset.json"), type=Manifest)
        except msgspec.MsgspecError as error:
            raise Problem("data_damaged", name="dataset.json") from error
        if found.number != self.number or found.digest != self._pointer("annotations"):
            raise Problem("data_damaged", name="dataset.json")
        return found

    def names_in(self, split: str) -> list[str]:
        """File names of the images of a split, as images/ has them. Raises Problem."""
        lines = self._text(f"{split}.txt").splitlines()
        return [line.removeprefix("./images/") for line in lines if line]

    def members(self, folder: str) -> list[Member]:
        """What a tracked folder holds. Raises Problem."""
        name = self._pointer(folder)
        body = self.read(name, folder)
        try:
            found = msgspec.json.decode(body, type=list[Member])
        except msgspec.MsgspecError as error:
            raise Problem("data_damaged", name=folder) from error
        if not all(_is_safe(member.relpath) for member in found):
            raise Problem("data_damaged", name=folder)
        return found

    def read(self, md5: str, name: str) -> bytes:
        """A file of the cache; ``name`` is for people. Raises Problem."""
        try:
            data = self.path(md5, name).read_bytes()
        except OSError as error:
            raise Problem("data_missing", name=name, md5=md5) from error
        if hashlib.md5(data, usedforsecurity=False).hexdigest() != md5[:32]:
            raise Problem("data_damaged", name=name)
        return data

    def checked(self, md5: str, name: str) -> Path:
        """The path of a file of the cache that holds what it should, which may be large. Raises Problem."""
        path = self.path(md5, name)
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        except OSError as error:
            raise Problem("data_missing", name=name, md5=md5) from error
        if found != md5:
            raise Problem("data_damaged", name=name)
        return path

    def path(self, md5: str, name: str) -> Path:
        """Raises Problem where the cache does not have it."""
        for cache in caches(self.repository):
            path = cache / "files" / "md5" / md5[:2] / md5[2:]
            if path.is_file():
                return path
        raise Problem("data_missing", name=name, md5=md5)

    def _pointer(self, folder: str) -> str:
        """The hash in ``<folder>.dvc``. Raises Problem."""
        try:
            found = msgspec.convert(yaml.safe_load(self._text(f"{folder}.dvc")), _Pointer).outs[0]
        except (yaml.YAMLError, msgspec.ValidationError) as error:
            raise Problem("data_damaged", name=f"{folder}.dvc") from error
        if found.path != folder:
            raise Problem("data_damaged", name=f"{folder}.dvc")
        return found.md5

    def _text(self, name: str) -> str:
        """Raises Problem."""
        try:
            return self._blob(name).decode()
        except UnicodeDecodeError as error:
            raise Problem("data_damaged", name=name) from error

    def _blob(self, name: str) -> bytes:
        """A file that git keeps. Raises Problem."""
        revision = f"refs/tags/v{self.number}^{{commit}}"
        words = ["cat-file", "blob", f"{revision}:{name}"]
        done = _git(self.repository, words)
        if done.returncode == 0 and len(done.stdout) <= MAX_SMALL_BYTES:
            return done.stdout
        if _git(self.repository, ["cat-file", "-e", revision]).returncode != 0:
            raise Problem("no_version", version=f"v{self.number}", repository=self.repository)
        raise Problem("data_damaged", name=name)


def _git(repository: Path, words: list[str]) -> "subprocess.CompletedProcess[bytes]":
    """Never looks for a repository further up, never asks, never fetches. Raises Problem."""
    inside = repository / ".git"
    settings = [word for setting in SAFE_SETTINGS for word in ("-c", setting)]
    command = ["git", *settings, "--git-dir", str(inside if inside.exists() else repository), *words]
    try:
        return subprocess.run(  # noqa: S603  (no shell; the words are ours, the folder is one argument)
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=GIT_TIMEOUT_S, env=_environment()
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Problem("no_version", version="git", repository=repository) from error


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    ours = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "", "LC_ALL": "C"}
    return {**kept, **ours, "GIT_TERMINAL_PROMPT": "0"}


def caches(repository: Path) -> Iterator[Path]:
    """Where DVC keeps the files of a repository: what its settings say, else the usual place."""
    home = repository / ".dvc"
    settings = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        settings.read([home / "config", home / "config.local"], encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        settings.clear()
    said = settings.get("cache", "dir", fallback="")
    if said:
        yield home / said
    yield home / "cache"


def _is_safe(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return (
        SAFE_NAME.fullmatch(name) is not None
        and not name.startswith("/")
        and ".." not in parts
        and str(PurePosixPath(name)) == name
    )
