"""One image into a project: the only place that makes frames, for uploads, archives, videos and folders.

The same original twice in a project is not added twice; the same name with other content is a new frame.
"""

import errno
import shutil
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.dispatch import Signal
from django.utils import timezone

from ..models import Frame, Project, Source, User
from . import store
from .decode import Picture, decode, md5_of
from .limits import image_limits
from .refusals import Refusal, Refused

NAME_CHARACTERS = 255
DISK_FULL = {errno.ENOSPC, errno.EDQUOT}

frame_added = Signal()
"""Sent with ``frame`` inside the transaction that adds it: the jobs queue a thumbnail."""

Check = Callable[[], None]
"""Raises when the commit must not happen, for example because the right to upload was taken away."""


@dataclass(frozen=True, slots=True)
class AddedFrame:
    """``is_new``: False when the project had this image already, under perhaps another name."""

    frame: Frame
    is_new: bool


def add_image(
    project: Project,
    source: Source,
    name: str,
    data: bytes,
    *,
    identity: str | None = None,
    check: Check | None = None,
) -> AddedFrame | Refusal:
    """Stores one image file and makes its frame, in one transaction; or says why not and changes nothing.

    ``data`` is the whole file. ``identity`` replaces the md5 of the file in the rule "not twice" (the image
    of a video). ``check`` runs inside the transaction.
    """
    original = identity or md5_of(data)
    known = frame_with(project, original)
    if known is not None:
        return AddedFrame(known, is_new=False)
    try:
        check_room(len(data))
        picture = decode(data, image_limits())
        return commit(project, source, clean_name(name), original, picture, check)
    except Refused as refused:
        return refused.refusal
    except OSError as error:
        if error.errno in DISK_FULL:
            return Refusal("disk_full")
        raise


def commit(
    project: Project, source: Source, name: str, original: str, picture: Picture, check: Check | None
) -> AddedFrame:
    """Two uploads of the same image at once: the lock on the source or the constraint lets one win."""
    with store.keeping(picture.md5, picture.data), transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(
            pk=project.pk
        )  # one image at a time: indexes without a hole
        if check is not None:
            check()
        known = frame_with(project, original)
        if known is not None:
            return AddedFrame(known, is_new=False)
        frame = Frame.objects.create(
            project=project,
            source=source,
            index=next_index(source),
            name=name,
            md5=picture.md5,
            original_md5=original,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
        )
        frame_added.send(sender=Frame, frame=frame)
        return AddedFrame(frame, is_new=True)


def frame_with(project: Project, original_md5: str) -> Frame | None:
    return Frame.objects.filter(project=project, original_md5=original_md5).first()


def next_index(source: Source) -> int:
    last = source.frames.aggregate(last=Max("index"))["last"]
    return 0 if last is None else last + 1


def clean_name(name: str) -> str:
    """The last part of a path as data to show: no control or invisible direction characters, 255 at most."""
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    visible = "".join(
        each for each in last if unicodedata.category(each) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )
    return unicodedata.normalize("NFC", visible).strip()[:NAME_CHARACTERS] or "image"


def check_room(size: int) -> None:
    """Raises Refused when storing ``size`` bytes would leave less than the reserve that editing needs."""
    if shutil.disk_usage(settings.DATA_DIR).free - size < settings.MIN_FREE_BYTES:
        raise Refused("disk_full")


def uploads_of(project: Project, user: User, now: datetime | None = None) -> Source:
    """The source of single images that ``user`` adds on this day (UTC); made on first use."""
    name = f"{user.get_username()} {(now or timezone.now()):%Y-%m-%d}"[:NAME_CHARACTERS]
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(
            pk=project.pk
        )  # two requests at once must not make two
        source, _created = Source.objects.get_or_create(
            project=project, kind=Source.Kind.UPLOAD, name=name, created_by=user
        )
    return source
