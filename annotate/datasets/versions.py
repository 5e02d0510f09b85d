"""Reading a version: its listings and its frames. From cache and git alone; the database may be elsewhere by now."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .compare import FrameChange, compared
from .dvc_files import files_in
from .formats.records import FrameRecord
from .frame_files import frame_id_of, read_annotations
from .repository import Repository

FOLDERS = ("images", "labels", "annotations")
NAMED = re.compile(rb"^- md5: ([0-9a-f]{32}\.dir)$", re.MULTILINE)


def listing_names(repository: Repository, number: int) -> dict[str, str]:
    """By folder, the name of its listing. Raises GitFailed, ValueError."""
    found = {}
    for folder in FOLDERS:
        match = NAMED.search(repository.read(number, f"{folder}.dvc"))
        if match is None:
            raise ValueError(f"{folder}.dvc of version {number} names no folder")
        found[folder] = match[1].decode()
    return found


def annotations_of(repository: Repository, digest: str) -> dict[int, str]:
    """The file of annotations of each frame, by its number. ``digest``: of the version. Raises FileNotFoundError."""
    return {frame_id_of(name): md5 for name, md5 in files_in(repository.cache.read(digest)).items()}


def read_frames(repository: Repository, files: Iterable[str]) -> Iterator[FrameRecord]:
    """Raises FileNotFoundError."""
    return (read_annotations(repository.cache.read(name)) for name in files)


@dataclass(frozen=True, slots=True)
class Difference:
    """The frames that are not the same in two versions; the files of their annotations, "" where there is none."""

    repository: Repository
    files: dict[int, tuple[str, str]]

    @property
    def frames(self) -> dict[str, int]:
        """How many came, went and changed."""
        pairs = self.files.values()
        came, gone = sum(not before for before, _ in pairs), sum(not after for _, after in pairs)
        return {"added": came, "removed": gone, "changed": len(self.files) - came - gone}

    def changes(self, frame_ids: Iterable[int]) -> list[FrameChange]:
        """Raises FileNotFoundError."""
        return [compared(pk, *map(self._read, self.files[pk])) for pk in frame_ids]

    def _read(self, name: str) -> FrameRecord | None:
        return next(read_frames(self.repository, [name])) if name else None


def difference(repository: Repository, before: str, after: str) -> Difference:
    """Of two digests. Only the listings are read. Raises FileNotFoundError."""
    old, new = annotations_of(repository, before), annotations_of(repository, after)
    different = sorted(pk for pk in old.keys() | new.keys() if old.get(pk) != new.get(pk))
    return Difference(repository, {pk: (old.get(pk, ""), new.get(pk, "")) for pk in different})
