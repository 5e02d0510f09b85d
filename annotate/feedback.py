"""What a person says of a detection of a frame as a whole, where they say it outside the editor: the same operation."""

from functools import partial
from uuid import UUID, uuid5

from django.db import transaction

from .models import ClientCursor, Detection, Frame, User, locked_frames
from .sync.fanout import announce
from .sync.operations import Command, Opinion, Refused
from .sync.submit import FrameMissing, Submission, submit

CLIENTS = UUID("5d0f3b0c-2f6e-4d0b-9a34-0c6d8a6f5e21")
"""Namespace of the clients in whose name ratings are numbered, one per person and frame."""


class RatingRefused(Exception):
    """The rating was not taken; in words of docs/protocol.md."""


def rate(frame: Frame, detection: Detection, user: User, verdict: str, note: str) -> None:
    """One opinion per person; a new one replaces it, an empty verdict takes it back. Open screens see it at once, and
    it can be undone there. Raises RatingRefused, FrameMissing."""
    with transaction.atomic():
        epoch = locked_frames(Frame.objects.filter(pk=frame.pk)).values_list("epoch", flat=True).first()
        if epoch is None:
            raise FrameMissing(frame.pk)
        client = uuid5(CLIENTS, f"{user.pk}:{frame.pk}:{epoch}")
        last = ClientCursor.objects.filter(pk=client).values_list("last_counter", flat=True).first() or 0
        command = Command(last + 1, "rate", detection=detection.pk, opinion=Opinion(verdict, note))
        [[outcome]] = submit(frame.pk, [Submission(client, user.pk, [command])]).outcomes
        transaction.on_commit(partial(announce, frame.pk))
    if isinstance(outcome, Refused):
        raise RatingRefused(outcome.detail)
