"""A version as records for an export: from its files alone, whatever became of the frames since. A frame at a time is
in memory, and the names of all files."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..media import store
from ..models import DatasetVersion
from .export_wish import ExportWish
from .formats.records import BoxRecord, FrameRecord, LabelRecord, SetRecord
from .git import GitFailed
from .manifest import Manifest
from .reading import Names, ReadFrame
from .repository import Repository
from .versions import annotations_of, read_frames

KEPT = ("revision", "blind", "original_md5", "media_type", "source_kind")
"""Of what a version knows of a frame: as an export of now has it (reading.Reader)."""


class VersionGone(Exception):
    """Files of the version are not on this machine."""


@dataclass(frozen=True, slots=True)
class VersionFiles:
    """``annotations``: the file of each frame, by its number. Raises VersionGone when it is made."""

    version: DatasetVersion
    repository: Repository
    manifest: Manifest
    annotations: dict[int, str]

    @classmethod
    def of(cls, version: DatasetVersion) -> "VersionFiles":
        repository = Repository(version.project_id)
        try:
            manifest = repository.manifest(version.number)
            return cls(version, repository, manifest, annotations_of(repository, version.digest))
        except (GitFailed, OSError, ValueError) as error:
            raise VersionGone(str(version)) from error

    def header(self) -> SetRecord:
        labels = tuple(LabelRecord(one.name, one.color, one.key) for one in self.manifest.labels)
        return SetRecord(labels, self.manifest.project.name)

    def path_of(self, md5: str) -> Path:
        """Of an image: the version's own name of it, which outlives its frame, else that of the store."""
        own = self.repository.cache.path_for(md5)
        return own if own.is_file() else store.path_for(md5)


class VersionReader:
    """Reads what a wish asks for, in the order of the frames. Images have the names that people know."""

    def __init__(self, files: VersionFiles, wish: ExportWish) -> None:
        self.files = files
        self.wish = wish
        self.names = Names(str(record.extra["title"]) for record in self._records())

    def count(self) -> int:
        return len(self.files.annotations)

    def __iter__(self) -> Iterator[ReadFrame]:
        for record in self._records():
            pk, revision = record.extra["id"], record.extra["revision"]
            yield ReadFrame(self._frame(record), pk, revision, record.extra["media_type"])

    def _records(self) -> Iterator[FrameRecord]:
        """Raises VersionGone."""
        wish, annotations = self.wish, self.files.annotations
        try:
            for record in read_frames(self.files.repository, (annotations[pk] for pk in sorted(annotations))):
                is_wanted = not wish.splits or record.split in wish.splits
                if is_wanted and (not wish.statuses or record.status in wish.statuses):
                    yield record
        except (OSError, ValueError) as error:
            raise VersionGone(str(self.files.version)) from error

    def _frame(self, record: FrameRecord) -> FrameRecord:
        kept = {name: record.extra[name] for name in KEPT}
        boxes = (self._box(box) for box in record.boxes if box.status in self.wish.shown_statuses)
        name = self.names.unique(str(record.extra["title"]), record.extra["id"])
        return replace(record, name=name, boxes=tuple(boxes), extra=kept)

    def _box(self, box: BoxRecord) -> BoxRecord:
        kept = {name: value for name, value in box.extra.items() if name != "label_id"}
        return replace(box, extra=kept)
