"""A project into one archive: what the wish asks for, as it was at one moment, with a manifest that says which one.

First the annotations are written while the database is read at one moment (moment.one_moment), then the images are
copied: content-addressed, they never change. Nobody waits for an export.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec
from django.conf import settings
from django.utils import timezone

from ..media import store
from ..media.ingest import check_room
from ..models import DatasetVersion, Project
from .catalogue import FORMATS, Format
from .export_wish import ExportWish
from .formats.records import FrameRecord, Loss, SetRecord
from .moment import one_moment
from .reading import Reader, ReadFrame, header_of
from .version_reading import VersionFiles, VersionReader
from .zip_sink import ZipSink

MANIFEST = "manifest.json"
SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}


class Steps(Protocol):
    """Who wants to know how far it is. Each may raise to stop; nothing is left then."""

    def expect(self, total: int) -> None:
        """There will be about this many steps: one a frame, and one an image."""

    def advance(self, units: int = 1) -> None:
        """So many more are done."""


@dataclass(slots=True)
class Exported:
    """What came out. ``loss``: what the format could not hold, by code."""

    moment: datetime
    frames: int = 0
    boxes: int = 0
    images: int = 0
    missing_images: int = 0
    bytes: int = 0
    labels: dict[str, int] = field(default_factory=dict)
    loss: dict[str, int] = field(default_factory=dict)


class StoredImages:
    """Where the format finds the images of the frames (formats.records.Images)."""

    def __init__(self, path_of: Callable[[str], Path] = store.path_for) -> None:
        self.path_of = path_of
        self.endings: dict[str, str] = {}

    def now(self, frame: ReadFrame) -> None:
        """The frame that is written next: the records themselves do not say what their file is."""
        self.endings = {frame.record.md5: SUFFIXES[frame.media_type]}

    def suffix_for(self, frame: FrameRecord) -> str:
        return self.endings[frame.md5]

    def path_for(self, frame: FrameRecord) -> Path:
        return self.path_of(frame.md5)


@dataclass(frozen=True, slots=True)
class Content:
    """What is exported. ``version``: the one that it comes from, None for what is there now."""

    moment: datetime
    header: SetRecord
    frames: Reader | VersionReader
    path_of: Callable[[str], Path]
    version: DatasetVersion | None = None


@contextmanager
def content_of(project: Project, wish: ExportWish) -> Iterator[Content]:
    """Raises VersionGone, DatasetVersion.DoesNotExist."""
    if wish.version is None:
        with one_moment() as alias:
            moment, header = timezone.now(), header_of(project, wish, alias)
            reader = Reader(project, wish, alias)
            yield Content(moment, header, reader, store.path_for)
        return
    version = DatasetVersion.objects.get(project=project, number=wish.version)
    files = VersionFiles.of(version)
    frames = VersionReader(files, wish)
    yield Content(version.created_at, files.header(), frames, files.path_of, version)


def export(project: Project, wish: ExportWish, path: Path, steps: Steps) -> Exported:
    """Writes the archive, whole or not at all. Raises Refused when the disk is full, VersionGone,
    DatasetVersion.DoesNotExist, and whatever the steps raise."""
    check_room(0)
    folder = store.make_folder(path.parent / f".{path.name}.parts")
    unfinished = folder / "archive"
    sink = ZipSink(unfinished, folder)
    try:
        exported = _Export(project, wish, sink, steps).run()
        sink.close()
        unfinished.chmod(settings.FILE_UPLOAD_PERMISSIONS)
        exported.bytes = unfinished.stat().st_size
        unfinished.replace(path)
        store.sync_folder(path.parent)
        return exported
    finally:
        sink.abandon()
        shutil.rmtree(folder, ignore_errors=True)


class _Export:
    def __init__(self, project: Project, wish: ExportWish, sink: ZipSink, steps: Steps) -> None:
        self.project = project
        self.wish = wish
        self.format: Format = FORMATS[wish.format]
        self.sink = sink
        self.steps = steps
        self.exported = Exported(timezone.now())
        self.version: DatasetVersion | None = None

    def run(self) -> Exported:
        with (
            (self.sink.folder / "frames").open("wb") as states,
            content_of(self.project, self.wish) as content,
        ):
            self.exported.moment, self.version = content.moment, content.version
            loss = self._write(content, states)
        self.exported.loss = dict(loss.counts)
        self._take_images()
        self.sink.text(MANIFEST, self._manifest())
        return self.exported

    def _write(self, content: Content, states: Any) -> Loss:
        images = StoredImages(content.path_of) if self.wish.images else None
        self.steps.expect(content.frames.count() * (2 if images else 1))
        writer = self.format.writer(self.sink, content.header, images)
        for frame in content.frames:
            self._add(writer, frame, images)
            state = {"name": frame.record.name, "id": frame.id, "revision": frame.revision}
            states.write(msgspec.json.encode({**state, "md5": frame.record.md5}) + b"\n")
            self.steps.advance()
        writer.close()
        loss: Loss = writer.loss
        return loss

    def _add(self, writer: Any, frame: ReadFrame, images: StoredImages | None) -> None:
        if images is not None:
            images.now(frame)
        writer.add(frame.record)
        self.exported.frames += 1
        self.exported.boxes += len(frame.record.boxes)
        for box in frame.record.boxes:
            self.exported.labels[box.label] = self.exported.labels.get(box.label, 0) + 1

    def _take_images(self) -> None:
        for _name in self.sink.take_files():
            self.exported.images += 1
            self.steps.advance()
        self.exported.missing_images = self.sink.missing

    def _manifest(self) -> Iterator[str]:
        """As JSON, written piece by piece: there may be a million frames."""
        head = {
            "product": "hitl",
            "version": settings.VERSION,
            "format": self.wish.format,
            "project": {"id": self.project.pk, "name": self.project.name},
            "moment": self.exported.moment.isoformat(),
            "filters": msgspec.to_builtins(self.wish),
            "counts": {
                "frames": self.exported.frames,
                "boxes": self.exported.boxes,
                "images": self.exported.images,
                "labels": self.exported.labels,
            },
            "losses": self.exported.loss,
            **self._of_version(),
        }
        yield msgspec.json.encode(head).decode()[:-1]
        yield ',"frames":['
        with (self.sink.folder / "frames").open() as lines:
            yield from _listed(line.rstrip("\n") for line in lines)
        yield '],"sha256":{'
        yield from _listed(f"{_text(name)}:{_text(total)}" for name, total in self.sink.sums())
        yield "}}\n"

    def _of_version(self) -> dict[str, Any]:
        version = self.version
        if version is None:
            return {}
        named = {"number": version.number, "commit": version.git_commit, "digest": version.digest}
        return {"dataset_version": named}


def _listed(items: Iterable[str]) -> Iterator[str]:
    for number, item in enumerate(items):
        yield f",\n{item}" if number else f"\n{item}"


def _text(value: str) -> str:
    return msgspec.json.encode(value).decode()
