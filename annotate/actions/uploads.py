"""One file that came in: a single image is added at once, an archive or a video becomes a job. Managers only."""

import os
import threading
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from ..access import Role, check_role
from ..jobs.ingest import ARCHIVE, VIDEO, new_upload, queue_ingest
from ..media.connection import let_go
from ..media.ingest import AddedFrame, add_image, uploads_of
from ..media.limits import image_limits
from ..media.refusals import Refusal, Refused
from ..media.sniff import is_archive, is_video, kind_of
from ..media.video import Rate
from ..models import Job, Project, Source, User
from .incoming import IncomingFile

RAW = "application/octet-stream"
VIDEO_ENDINGS = {
    ".mp4",
    ".m4v",
    ".mov",
    ".avi",
    ".mkv",
    ".webm",
    ".mpg",
    ".mpeg",
    ".wmv",
    ".flv",
    ".ogv",
    ".3gp",
}
STATUS_OF_REFUSAL = {"disk_full": 507, "file_too_large": 413, "too_many_waiting": 429}
IN_MEMORY = threading.BoundedSemaphore(4)  # image files of up to MAX_IMAGE_BYTES, read at the same time

Outcome = AddedFrame | Job | Refusal


@dataclass(frozen=True, slots=True)
class Upload:
    """Who sends what, with which choice for videos."""

    project: Project
    user: User
    file: IncomingFile
    rate: tuple[str, str]

    @property
    def name(self) -> str:
        return self.file.name

    def check_right(self) -> None:
        """Raises Http404, Refused (access): asked again where the commit is made."""
        check_role(self.user, self.project, Role.MANAGER)


def take(upload: Upload) -> Outcome:
    """Adds the image, or queues the archive or video."""
    let_go()  # waiting for a turn, decoding and writing take long
    head = upload.file.head
    try:
        if is_archive(head):
            check_is_zip(head)
            return queue(upload, ARCHIVE, None)
        if is_video(head):
            return queue(upload, VIDEO, Rate.parse(*upload.rate))
        check_promise(upload.name, head)
    except Refused as refused:
        return refused.refusal
    return take_image(upload)


def check_is_zip(head: bytes) -> None:
    kind = kind_of(head)
    if kind != "ZIP":
        raise Refused("archive_kind", kind=kind)


def check_promise(name: str, head: bytes) -> None:
    """A better word than "no image" for what calls itself a video or an archive, and for playlists, which are
    videos only by name: they would make the decoder open other files and addresses."""
    ending = os.path.splitext(name)[1].lower()
    if kind_of(head) == "M3U8" or (ending in VIDEO_ENDINGS and head):
        raise Refused("not_a_video")
    if ending == ".zip" and head:
        raise Refused("archive_unreadable")


def take_image(upload: Upload) -> Outcome:
    limit = image_limits().file_bytes
    if upload.file.size > limit:
        return Refusal("file_too_large", {"bytes": str(upload.file.size), "limit": str(limit)})
    with IN_MEMORY:
        return add_image(
            upload.project,
            lambda: uploads_of(upload.project, upload.user),
            upload.name,
            upload.file.read(),
            check=upload.check_right,
        )


def check_queue(user: User) -> None:
    """Of parallel uploads a few more than the limit may pass."""
    limit = settings.WAITING_UPLOADS_PER_USER
    unfinished = Job.objects.filter(
        kind=Job.Kind.INGEST, created_by=user, state__in=[Job.State.QUEUED, Job.State.RUNNING]
    )
    if unfinished.count() >= limit:
        raise Refused("too_many_waiting", limit=limit)


def queue(upload: Upload, what: str, rate: Rate | None) -> Job:
    """Moves the file to where the worker finds it, then queues the job: after the answer it survives a crash.
    Raises Refused when enough of this person's waits there already."""
    check_queue(upload.user)
    path = new_upload()
    kind = Source.Kind.ARCHIVE if what == ARCHIVE else Source.Kind.VIDEO
    try:
        upload.file.keep(path)
        with transaction.atomic():
            upload.check_right()
            source = Source.objects.create(
                project=upload.project, kind=kind, name=upload.name, created_by=upload.user
            )
            return queue_ingest(what, source=source, user=upload.user, upload=path, rate=rate)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
