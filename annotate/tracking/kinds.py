"""The kinds of run. A new kind is a line here, an opening (``openings``) and a fold."""

from collections.abc import Callable

from ..models import TrackingRun
from .detection_run import DetectionFold
from .fold import Fold
from .session_run import SessionFold

KINDS: dict[str, Callable[[TrackingRun], Fold]] = {
    "annotation_session": SessionFold,
    "detection": DetectionFold,
}
