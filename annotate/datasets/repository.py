"""The data repository of a project: where it is, one writer at a time, its settings, its commits and tags.

.git  .dvc/config  .dvcignore  .gitignore     as ``git init`` and ``dvc init`` make them
.dvc/cache                                    files by md5 (cache.py)
.dvc/tmp                                      what makes the next version cheap, and what is half done
images.dvc labels.dvc annotations.dvc         and the other files of a version (snapshot.py), as of the newest
"""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from ..media import store
from .cache import Cache
from .dvc_files import settings_text
from .git import IDENTITY, Git
from .manifest import MANIFEST, Manifest, read_manifest

BRANCH = "refs/heads/main"
WAIT_S = 0.1
FIXED_FILES = {
    ".dvc/.gitignore": b"/config.local\n/tmp\n/cache\n",
    ".gitignore": b"/images\n/labels\n/annotations\n",
    # Ultralytics writes labels.cache beside the labels; DVC would call the folder changed.
    ".dvcignore": b"*.cache\n",
}
REMOTE = "storage"


def root() -> Path:
    folder: Path = settings.DATASETS_DIR
    return folder


def tag_of(number: int) -> str:
    return f"v{number}"


class Repository:
    """Of a project, by its number; there may be nothing on disk yet. ``descriptor``: of the lock, while it is held."""

    def __init__(self, project_id: int) -> None:
        self.project_id = project_id
        self.folder = root() / str(project_id)
        self.cache = Cache(self.folder / ".dvc" / "cache")
        self.descriptor: int | None = None

    @property
    def git(self) -> Git:
        return Git(self.folder, [] if self.descriptor is None else [self.descriptor])

    @property
    def exists(self) -> bool:
        return all((self.folder / ".git" / name).exists() for name in ("HEAD", "config", "objects", "refs"))

    @property
    def temporary(self) -> Path:
        return self.folder / ".dvc" / "tmp"

    @property
    def lock_file(self) -> Path:
        return root() / f".{self.project_id}.lock"

    @property
    def copy_lock_file(self) -> Path:
        return root() / f".{self.project_id}.copy.lock"

    @contextmanager
    def locked(self, check: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Nobody else writes here meanwhile. ``check`` is called while waiting and may raise."""
        with lock_of(self.lock_file, check) as descriptor:
            self.descriptor = descriptor
            try:
                yield
            finally:
                self.descriptor = None

    @contextmanager
    def copying(self, check: Callable[[], None] = lambda: None) -> Iterator[None]:
        """No other copy to or from the remote goes on meanwhile. Apart from ``locked``, and taken before it: sending
        takes hours, and versions are made meanwhile. ``check`` is called while waiting and may raise."""
        with lock_of(self.copy_lock_file, check):
            yield

    def ensure(self) -> None:
        """The repository is there, and its settings are those of now. Raises GitMissing, GitFailed, OSError."""
        store.make_folder(self.temporary)
        if not self.exists:
            self.git.run("init", "--quiet", "--template=")  # ends one that was interrupted, too
        self.write_own_settings()

    def write_own_settings(self) -> None:
        """What clones do not get. Absolute, hence written again after a move of the data folder."""
        path = self.folder / ".dvc" / "config.local"
        sections = {"cache": {"dir": str(self.folder / ".dvc" / "cache")}, **remote_sections()}
        data = settings_text(sections).encode()
        if not path.is_file() or path.read_bytes() != data:
            path.unlink(missing_ok=True)
            store.write_file(path, data, mode=0o600)

    def remove_leftovers(self) -> None:
        """Of a git that was killed. Under the lock there is no other one of ours."""
        for path in [*self.folder.glob(".git/*.lock"), *self.folder.glob(".git/refs/**/*.lock")]:
            path.unlink(missing_ok=True)
        for path in self.folder.glob(".git/objects/**/tmp_*"):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.temporary / "incoming", ignore_errors=True)

    def tags(self) -> dict[int, str]:
        """The commit of each version that git has."""
        if not self.exists:
            return {}
        listed = self.git.text("for-each-ref", "--format=%(refname:strip=2) %(*objectname)", "refs/tags/v*")
        pairs = [line.split(" ") for line in listed.splitlines()]
        return {int(name[1:]): commit for name, commit in pairs if name[1:].isdecimal() and commit}

    def read(self, number: int, path: str) -> bytes:
        """A file that git has in a version. Raises GitFailed."""
        return self.git.run("cat-file", "blob", f"refs/tags/{tag_of(number)}:{path}")

    def manifest(self, number: int) -> Manifest:
        """What a version says of itself. Raises GitFailed, msgspec.DecodeError."""
        return read_manifest(self.read(number, MANIFEST))

    def commit(
        self,
        number: int,
        files: Mapping[str, bytes],
        message: str,
        *,
        kept: Mapping[str, str],
        at: int,
        parent: str | None,
    ) -> str:
        """The commit that holds exactly ``files`` and ``kept``, with its tag; all on disk. ``kept``: git's own names
        (git.blob_name) of files that the parent has as well. ``at``: seconds since 1970.

        One run of git: no name or message is ever an argument, and the tag appears last, hence with all it needs.
        """
        text = message.encode()
        parts = [b"feature done\n", f"commit {BRANCH}\nmark :1\ncommitter {IDENTITY} {at} +0000\n".encode()]
        parts += [b"data %d\n%b\n" % (len(text), text)]
        parts += [f"from {parent}\n".encode()] if parent else []
        parts += [b"deleteall\n"]
        for path, data in sorted({**FIXED_FILES, ".dvc/config": shared_settings(), **files}.items()):
            parts += [f"M 100644 inline {path}\n".encode(), b"data %d\n%b\n" % (len(data), data)]
        parts += [f"M 100644 {blob} {path}\n".encode() for path, blob in sorted(kept.items())]
        parts += [f"tag {tag_of(number)}\nfrom :1\ntagger {IDENTITY} {at} +0000\n".encode()]
        parts += [b"data %d\n%b\n" % (len(text), text), b"get-mark :1\ndone\n"]
        printed = self.git.run("fast-import", "--quiet", "--force", "--done", given=b"".join(parts))
        return printed.decode().strip()

    def forget(self, number: int) -> None:
        """The tag goes; what it named is overwritten by the next version."""
        self.git.run("update-ref", "-d", f"refs/tags/{tag_of(number)}")

    def show(self, number: int) -> None:
        """The small files of a version in the folder, for people and programs that look there."""
        self.git.run("reset", "--hard", "--quiet", f"refs/tags/{tag_of(number)}")


def remote_sections() -> dict[str, dict[str, str]]:
    """Of DVC's settings: where copies are kept, if anywhere. Never who may write there: that is for AWS_* variables."""
    if not settings.DVC_REMOTE:
        return {}
    endpoint = {"endpointurl": settings.DVC_REMOTE_ENDPOINT} if settings.DVC_REMOTE_ENDPOINT else {}
    return {"core": {"remote": REMOTE}, f'remote "{REMOTE}"': {"url": settings.DVC_REMOTE, **endpoint}}


def shared_settings() -> bytes:
    """.dvc/config, which git keeps and clones get."""
    sections = remote_sections()
    core = {"analytics": "false", "check_update": "false", **sections.pop("core", {})}
    return settings_text({"core": core, **sections}).encode()


@contextmanager
def lock_of(path: Path, check: Callable[[], None]) -> Iterator[int]:
    """Held as long as its descriptor, which is given, is open somewhere."""
    store.make_folder(root())
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        while not took(descriptor):
            check()
            time.sleep(WAIT_S)
        yield descriptor
    finally:
        os.close(descriptor)


def took(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_kept(name: str) -> bool:
    """For media.store.KEEPERS: whether a version of any project needs this file."""
    return any(repository.exists and repository.cache.has(name) for repository in all_repositories())


def all_repositories() -> list[Repository]:
    """Those on disk."""
    if not root().is_dir():
        return []
    numbers = sorted(int(entry.name) for entry in os.scandir(root()) if entry.name.isdecimal())
    return [Repository(number) for number in numbers]
