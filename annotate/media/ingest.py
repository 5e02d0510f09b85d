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

from ..blind import is_blind
from ..models import Frame, Project, Source, User
from . import store
from .connection import let_go
from .decode import Picture, decode, md5_of
from .limits import image_limits
from .refusals import Refusal, Refused

NAME_CHARACTERS = 255
DISK_FULL = {errno.ENOSPC, errno.EDQUOT}

frame_added = Signal()
"""Sent with ``frame`` inside the transaction that adds it: the jobs queue a thumbnail."""

Check = Callable[[], object]
"""Raises when the commit must not happen, for example because the right to upload was taken away."""
MakeSource = Callable[[], Source]
"""Called inside the transaction, so that a refused image leaves no empty source."""


@dataclass(frozen=True, slots=True)
class AddedFrame:
    """``is_new``: False when the project had this image already, under perhaps another name."""

    frame: Frame
    is_new: bool


def add_image(
    project: Project,
    source: Source | MakeSource,
    name: str,
    data: bytes,
    *,
    identity: str | None = None,
    index: int | None = None,
    check: Check | None = None,
) -> AddedFrame | Refusal:
    """Stores one image file and makes its frame, in one transaction; or says why not and changes nothing.

    ``data`` is the whole file. ``identity`` replaces the md5 of the file in the rule "not twice" (the image
    of a video). ``index`` within the source; None: the next. ``check`` runs inside the transaction.
    """
    original = identity or md5_of(data)
    known = frame_with(project, original)
    if known is not None:
        return AddedFrame(known, is_new=False)
    try:
        check_room(len(data))
        let_go()  # decoding waits for its turn, and takes long
        picture = decode(data, image_limits())
        new = NewFrame(source, clean_name(name), original, index, picture)
        return commit(project, new, check)
    except Refused as refused:
        return refused.refusal
    except OSError as error:
        if error.errno in DISK_FULL:
            return Refusal("disk_full")
        raise


@dataclass(frozen=True, slots=True)
class NewFrame:
    source: Source | MakeSource
    name: str
    original_md5: str
    index: int | None
    picture: Picture


def commit(project: Project, new: NewFrame, check: Check | None) -> AddedFrame:
    """Two uploads of the same image at once: the lock on the project lets one win."""
    picture = new.picture
    with store.keeping(picture.md5, picture.data), transaction.atomic():
        # One image of a project at a time: indexes without a hole.
        present = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if check is not None:
            check()
        known = frame_with(project, new.original_md5)
        if known is not None:
            return AddedFrame(known, is_new=False)
        source = new.source if isinstance(new.source, Source) else new.source()
        frame = insert_frame(
            project,
            source,
            index=next_index(source) if new.index is None else new.index,
            name=new.name,
            md5=picture.md5,
            original_md5=new.original_md5,
            media_type=picture.media_type,
            size=(picture.width, picture.height),
            is_blind=is_blind(present, source, new.original_md5),
        )
        return AddedFrame(frame, is_new=True)


def insert_frame(
    project: Project,
    source: Source,
    *,
    index: int,
    name: str,
    md5: str,
    original_md5: str,
    media_type: str,
    size: tuple[int, int],
    is_blind: bool,
) -> Frame:
    """The row, inside a transaction that has the project locked; the file is in the store. ``size``: width, height."""
    frame = Frame.objects.create(
        project=project,
        source=source,
        index=index,
        name=name,
        md5=md5,
        original_md5=original_md5,
        media_type=media_type,
        width=size[0],
        height=size[1],
        is_blind=is_blind,
    )
    frame_added.send(sender=Frame, frame=frame)
    return frame


def frame_with(project: Project, original_md5: str) -> Frame | None:
    """The frame of this file. One that was set aside comes back, with all that was drawn on it: the file was wanted
    once more."""
    frame = Frame.everything.filter(project=project, original_md5=original_md5).first()
    if frame is not None and frame.set_aside_at is not None:
        Frame.everything.filter(pk=frame.pk).update(set_aside_at=None, set_aside_by=None)
    return frame


def next_index(source: Source) -> int:
    last = Frame.everything.filter(source=source).aggregate(last=Max("index"))["last"]
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
    name = f"{user.get_username()} {(now or timezone.now()):%Y-%m-%d}"
    return source_named(project, Source.Kind.UPLOAD, name, user)


def source_named(project: Project, kind: Source.Kind, name: str, user: User | None) -> Source:
    """The source of this kind, name and person; made on first use."""
    with transaction.atomic():
        # Two at once must not make two.
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        known = {"project": project, "kind": kind, "name": name[:NAME_CHARACTERS], "created_by": user}
        return Source.objects.filter(**known).order_by("pk").first() or Source.objects.create(**known)
