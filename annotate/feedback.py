"""What a person thinks of a detection of a frame as a whole. Verdicts on single boxes are operations (sync)."""

from functools import partial

from django.db import transaction
from django.db.models import F

from .models import Detection, Feedback, Frame, User, locked_frames
from .signals import feedback_given
from .sync.fanout import announce


def rate(frame: Frame, detection: Detection, user: User, verdict: str, note: str) -> None:
    """One rating per person; a new one replaces it, an empty verdict takes it back. Open screens are told."""
    with transaction.atomic():
        locked_frames(Frame.objects.filter(pk=frame.pk)).first()
        mine = Feedback.objects.filter(frame=frame, detection=detection, user=user)
        if not verdict:
            mine.delete()
        elif not mine.update(verdict=verdict, note=note):
            Feedback.objects.create(frame=frame, detection=detection, user=user, verdict=verdict, note=note)
        Frame.objects.filter(pk=frame.pk).update(detections_revision=F("detections_revision") + 1)
        feedback_given.send(rate, frame=frame, detection=detection, user=user, verdict=verdict, note=note)
        transaction.on_commit(partial(announce, frame.pk))
