"""DVC's cache of one repository: every file that its versions need, by md5, beside the product's store.

Each file here is a second name (a hard link) of the file in the store: the bytes exist once. Two names, because the
store is everybody's: ``dvc gc``, run in one repository, deletes whatever that one does not name, in its own cache.
What it takes from here is linked again from the store (``relink``), and images in use by a version outlive their
frame by being named here (repository.is_kept).
"""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..media import store
from .dvc_files import md5_of

SYNC_THREADS = 16
SYNC_ALL_FROM = 400
"""So many files, and one sync of everything is quicker than one each."""
CANNOT_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP}


class ImageGone(Exception):
    """The store has no such file (any more): its frame was deleted meanwhile."""


class Cache:
    """``root``: the folder .dvc/cache of a repository."""

    def __init__(self, root: Path) -> None:
        self.files = root / "files" / "md5"

    def path_for(self, name: str) -> Path:
        """``name``: an md5, of a listing with its suffix."""
        return self.files / name[:2] / name[2:]

    def has(self, name: str) -> bool:
        return self.path_for(name).is_file()

    def read(self, name: str) -> bytes:
        """Raises FileNotFoundError."""
        return self.path_for(name).read_bytes()

    def names(self) -> set[str]:
        """All that are here."""
        return {folder.name + file for folder in subfolders(self.files) for file in os.listdir(folder)}

    def relink(self, names: Iterable[str]) -> None:
        """Makes the files of the store known here. Raises ImageGone, OSError (a full disk)."""
        changed: set[Path] = set()
        for name in names:
            path = self.path_for(name)
            store.make_folder(path.parent)
            try:
                if link(store.path_for(name), path):
                    changed.add(path.parent)
            except FileNotFoundError as error:
                raise ImageGone(name) from error
        sync(changed)

    def share(self) -> None:
        """What DVC fetched is known to the store as well. Raises OSError."""
        fetched = [name for name in self.names() if not store.exists(name)]
        for name in fetched:
            store.make_folder(store.path_for(name).parent)
            link(self.path_for(name), store.path_for(name))
        sync({store.path_for(name).parent for name in fetched})


class Incoming:
    """New files of a version, written one by one and made known all at once: ``publish``.

    ``folder``: of their own, in the repository; what an interrupted one left there is removed first.
    """

    def __init__(self, cache: Cache, folder: Path) -> None:
        self.cache = cache
        self.folder = folder
        self.waiting: set[str] = set()
        self.made: list[Path] = []
        shutil.rmtree(folder, ignore_errors=True)
        store.make_folder(folder)

    def put(self, data: bytes, suffix: str = "") -> str:
        """The name under which it will be known. Raises OSError."""
        name = md5_of(data) + suffix
        if name not in self.waiting and not (self.cache.has(name) and store.exists(name)):
            descriptor = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, store.FILE_MODE)
            with open(descriptor, "wb") as file:
                file.write(data)
            self.waiting.add(name)
        return name

    def publish(self) -> None:
        """All on disk, under their names in the store and in the cache. Raises OSError."""
        sync(self.folder / name for name in self.waiting)
        folders: set[Path] = set()
        for name in self.waiting:
            for path in (store.path_for(name), self.cache.path_for(name)):
                store.make_folder(path.parent)
                if link(self.folder / name, path):
                    self.made.append(path)
                    folders.add(path.parent)
        sync(folders)
        self.close()

    def withdraw(self) -> None:
        """Nothing came of the version: its files go again."""
        for path in self.made:
            path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.waiting.clear()


def link(present: Path, new: Path) -> bool:
    """A second name; where the file system has none, a copy. Whether ``new`` was missing. Raises FileNotFoundError."""
    try:
        os.link(present, new)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in CANNOT_LINK:
            raise
        store.write_file(new, present.read_bytes())
    return True


def sync(paths: Iterable[Path]) -> None:
    """What is in these files and folders survives a power cut from here on."""
    wanted = list(paths)
    if len(wanted) >= SYNC_ALL_FROM:
        os.sync()
        return
    with ThreadPoolExecutor(SYNC_THREADS) as pool:  # the file system joins what comes at once
        list(pool.map(store.sync_folder, wanted))


def subfolders(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (each for each in folder.iterdir() if each.is_dir())
