"""Changes of many frames, in the words of people, as the edits that annotate.jobs.bulk_frames does."""

from collections.abc import Iterable
from datetime import date

from ..comments import clean
from ..jobs.bulk_frames import FrameEdit
from ..models import Frame


def sending_back(frames: Iterable[int], reason: str) -> FrameEdit:
    """With the reason as a comment on each. Raises CommentRefused for an empty or endless one."""
    return FrameEdit("status", list(frames), status=Frame.Status.RETURNED.value, reason=clean(reason))


def giving(frames: Iterable[int], user: int | None, work: str, due_on: date | None) -> FrameEdit:
    """To a person (id), to annotate or to review; None takes away what was given."""
    day = due_on.isoformat() if due_on and user else None
    return FrameEdit("assign", list(frames), user=user, work=work, due_on=day)
