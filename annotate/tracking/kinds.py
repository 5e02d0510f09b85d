"""The kinds of run. A new kind is a line here, an opening (``streams``) and a fold."""

from collections.abc import Callable

from ..models import TrackingRun
from .dataset_run import DatasetFold
from .detection_run import DetectionFold
from .fold import Fold
from .session_run import SessionFold
from .training_run import TrainingFold

KINDS: dict[str, Callable[[TrackingRun], Fold]] = {
    "annotation_session": SessionFold,
    "detection": DetectionFold,
    "dataset_version": DatasetFold,
    "training": TrainingFold,
}
