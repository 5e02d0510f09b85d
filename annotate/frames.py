"""The status of a frame, and setting it aside: explicit acts of a person, recorded, seen at once on open screens."""

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.utils import timezone

from .models import Frame, StatusChange, User, locked_frames
from .queue import claims
from .signals import status_changed
from .sync.fanout import announce


def set_status(
    frame_id: int, status: Frame.Status | str, user: User | None, *, is_import: bool = False
) -> Frame | None:
    """The frame with its status written, None where there is none. Writing the present status records nothing.

    ``is_import``: a file says so, which ``user`` brought."""
    with transaction.atomic():
        frame = locked_frames(Frame.objects.filter(pk=frame_id)).first()
        if frame is None or frame.status == status:
            return frame
        change = StatusChange.objects.create(
            frame=frame,
            user=user,
            before=frame.status,
            after=status,
            is_import=is_import,
            revision=frame.revision,
        )
        frame.status = str(status)
        frame.save(update_fields=["status"])
        if status in Frame.DONE:
            claims.release_frame(frame_id)
        status_changed.send(set_status, frame=frame, user=user, at=change.created_at, is_import=is_import)
        transaction.on_commit(partial(announce, frame_id))
    return frame


def set_statuses(frame_ids: Iterable[int], status: Frame.Status, user: User | None) -> int:
    """Frame by frame, in the order of ids (two at once cannot block each other). How many were changed."""
    changed = 0
    for frame_id in sorted(frame_ids):
        before = Frame.objects.filter(pk=frame_id).values_list("status", flat=True).first()
        if before is not None and before != status:
            set_status(frame_id, status, user)
            changed += 1
    return changed


def set_aside(frame_id: int, user: User | None) -> bool:
    """Out of every list, queue, export and version, with all that was drawn and said kept; whether it was there.

    Open editors are told that the image is gone, and keep edits that were not sent. ``put_back`` is the way back."""
    with transaction.atomic():
        if locked_frames(Frame.objects.filter(pk=frame_id)).first() is None:
            return False
        claims.release_frame(frame_id)
        Frame.objects.filter(pk=frame_id).update(set_aside_at=timezone.now(), set_aside_by=user)
        transaction.on_commit(partial(announce, frame_id))
    return True


def put_back(frame_id: int) -> bool:
    """As it was before it was set aside; whether it was aside."""
    aside = Frame.everything.filter(pk=frame_id, set_aside_at__isnull=False)
    return bool(aside.update(set_aside_at=None, set_aside_by=None))
