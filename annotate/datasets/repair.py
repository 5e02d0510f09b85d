"""After a crash: makes database, git and cache agree again. Under the lock of a repository, as often as one likes.

A tag without a row: everything else of the version is on disk, so the row is written; without its files the tag goes.
A file that the cache lacks (``dvc gc``) is linked again from the store. A repository without a project goes.
"""

import logging
import shutil
from collections.abc import Iterable

from ..media import store
from ..models import DatasetVersion, Project
from .cache import ImageGone
from .dvc_files import files_in
from .git import GitFailed, GitMissing
from .repository import Repository, all_repositories
from .rows import store_row
from .versions import FOLDERS, listing_names

logger = logging.getLogger(__name__)


class Busy(Exception):
    """Somebody is at work there, and settles what is to be settled first."""


def repair_all(*, deep: bool) -> None:
    """Every repository on disk that nobody is at work in. ``deep``: looks for every file of every version; else only
    for what was interrupted. Raises DatabaseError, OSError."""
    for repository in all_repositories():
        try:
            with repository.locked(leave):
                repair(repository, deep=deep)
        except Busy:
            continue
        except (GitMissing, GitFailed, ValueError) as error:
            logger.error(
                "project %d: its dataset versions cannot be repaired: %s", repository.project_id, error
            )


def leave() -> None:
    raise Busy


def repair(repository: Repository, *, deep: bool) -> None:
    if not Project.objects.filter(pk=repository.project_id).exists():
        remove(repository)
    elif deep:
        mend(repository)
    else:
        settle(repository)


def mend(repository: Repository) -> None:
    """Settles, and links what the cache lacks. What is nowhere any more is said in the log."""
    repository.ensure()
    repository.cache.share()
    numbers = sorted(settle(repository))
    broken = [number for number in numbers if not is_whole(repository, number)]
    lost = set(rows_of(repository)) - set(numbers)
    for number in sorted({*broken, *lost}):
        logger.error("project %d: files of version %d are missing", repository.project_id, number)


def remove(repository: Repository) -> None:
    """The repository of a project that exists no more, then those files of the store that nobody else needs.

    Interrupted, it is begun again: the list of files is read from what is left, and goes last.
    """
    shutil.rmtree(repository.folder / ".git", ignore_errors=True)  # from here on it keeps no file
    for name in sorted(repository.cache.names()):
        store.delete_if_unreferenced(name)
        repository.cache.path_for(name).unlink(missing_ok=True)
    shutil.rmtree(repository.folder)
    repository.copy_lock_file.unlink(missing_ok=True)
    repository.lock_file.unlink(missing_ok=True)


def settle(repository: Repository) -> dict[int, str]:
    """Finishes or forgets what was interrupted. Quick. The commits of the versions that there are then."""
    repository.remove_leftovers()
    rows, tags = rows_of(repository), repository.tags()
    for number, commit in sorted(tags.items()):
        if number in rows:
            continue
        if is_whole(repository, number):
            manifest = repository.manifest(number)
            store_row(repository.project_id, manifest, commit)
            logger.warning("project %d: version %d had no row", repository.project_id, number)
        else:
            repository.forget(number)
            del tags[number]
            logger.warning("project %d: version %d was never finished", repository.project_id, number)
    return tags


def rows_of(repository: Repository) -> set[int]:
    return set(DatasetVersion.objects.filter(project=repository.project_id).values_list("number", flat=True))


def is_whole(repository: Repository, number: int) -> bool:
    """Whether everything that the version names is in the cache, after linking again what can be."""
    try:
        repository.cache.relink(missing(repository, [number]))
    except (ImageGone, FileNotFoundError, GitFailed, ValueError):
        return False
    return True


def missing(repository: Repository, numbers: Iterable[int]) -> set[str]:
    """Files that these versions need and the cache lacks. Raises ImageGone for a listing that is nowhere."""
    needed: set[str] = set()
    for number in numbers:
        listings = [listing_names(repository, number)[folder] for folder in FOLDERS]
        repository.cache.relink(name for name in listings if not repository.cache.has(name))
        needed.update(listings)
        for name in listings:
            needed.update(files_in(repository.cache.read(name)).values())
    return needed - repository.cache.names()
