"""Many images at once: out of an archive, a video or a folder. Interrupted and run again, nothing is added twice."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..models import Project, Source
from .archives import Archive
from .folders import FolderFile, files_of
from .ingest import AddedFrame, add_image, clean_name, frame_with
from .limits import archive_limits, image_limits
from .refusals import Refusal, Refused
from .report import Report
from .video import Cutting, Rate, check_is_video, identity_of, md5_of_file

Outcome = AddedFrame | Refusal | None
"""None: left out without a word."""


class Steps(Protocol):
    """Who wants to know how far it is. Each may raise to stop."""

    def expect(self, total: int) -> None:
        """There will be about this many."""

    def did(self, name: str, outcome: Outcome) -> None:
        """One more is done with; the report counts it already."""

    def check(self) -> None:
        """Called while nothing is ready yet."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Where the images go, and what became of them."""

    project: Project
    source: Source
    report: Report
    steps: Steps

    def take(self, name: str, data: bytes, *, identity: str | None = None, index: int | None = None) -> None:
        """Adds one image. Raises Refused when the disk is full: going on would only refuse the rest as well."""
        outcome = add_image(self.project, self.source, name, data, identity=identity, index=index)
        if isinstance(outcome, Refusal) and outcome.code == "disk_full":
            raise Refused("disk_full")
        self.report.add(name, outcome)
        self.steps.did(name, outcome)

    def refuse(self, name: str, refusal: Refusal) -> None:
        self.report.refuse(name, refusal)
        self.steps.did(name, refusal)

    def leave_out(self, name: str) -> None:
        self.report.leave_out()
        self.steps.did(name, None)


def add_archive(batch: Batch, path: Path) -> None:
    """Raises Refused for the archive as a whole, and whatever the steps raise."""
    archive = Archive(path, archive_limits(), image_limits())
    batch.steps.expect(archive.total)
    try:
        for entry in archive:
            if entry.refusal is not None:
                batch.refuse(entry.name, entry.refusal)
            elif entry.data is None:
                batch.leave_out(entry.name)
            else:
                batch.take(entry.name, entry.data)
    finally:
        archive.close()


def add_folder(batch: Batch, folder: Path) -> None:
    """All images below ``folder``. Raises Refused when the disk is full, and whatever the steps raise."""
    files = files_of(folder)
    batch.steps.expect(len(files))
    for file in files:
        take_file(batch, file)


def take_file(batch: Batch, file: FolderFile) -> None:
    if file.is_companion:
        return batch.leave_out(file.name)
    try:
        data = file.read(image_limits().file_bytes)
    except Refused as refused:
        return batch.refuse(file.name, refused.refusal)
    batch.take(file.name, data)


def add_video(batch: Batch, path: Path, rate: Rate, name: str) -> bool:
    """Images of a video at ``rate``; whether they ended at the limit, before the video did.

    Raises Refused for the video as a whole, and whatever the steps raise.
    """
    check_is_video(path)
    video_md5 = md5_of_file(path, batch.steps.check)
    batch = with_earlier_images(batch, video_md5)
    stem = clean_name(name).rsplit(".", 1)[0][:200]
    with Cutting(path, rate, batch.steps.check) as cutting:
        for image in cutting:
            batch.steps.expect(cutting.total)
            identity = identity_of(video_md5, image.number)
            batch.take(f"{stem}_{image.number:06d}.jpg", image.data, identity=identity, index=image.number)
        return cutting.stopped_at_limit


def with_earlier_images(batch: Batch, video_md5: str) -> Batch:
    """The same video again, at another rate or after a cancel, goes where its images are: they are alike, and
    must stay together when the data is split for training. Every rate takes the first image."""
    first = frame_with(batch.project, identity_of(video_md5, 0))
    if first is None:
        return batch
    return Batch(batch.project, first.source, batch.report, batch.steps)
