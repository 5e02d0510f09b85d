"""The status of a frame: an explicit act of a person, recorded, and seen at once on open screens."""

from collections.abc import Iterable
from functools import partial

from django.db import transaction

from .models import Frame, StatusChange, User
from .queue import claims
from .signals import status_changed
from .sync.fanout import announce


def set_status(frame_id: int, status: Frame.Status | str, user: User | None) -> Frame | None:
    """The frame with its status written, None where there is none. Writing the present status records nothing."""
    with transaction.atomic():
        frame = Frame.objects.select_for_update(no_key=True).filter(pk=frame_id).first()
        if frame is None or frame.status == status:
            return frame
        change = StatusChange.objects.create(
            frame=frame, user=user, before=frame.status, after=status, revision=frame.revision
        )
        frame.status = str(status)
        frame.save(update_fields=["status"])
        if status in Frame.DONE:
            claims.release_frame(frame_id)
        status_changed.send(set_status, frame=frame, user=user, at=change.created_at)
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
