"""Which classes of a model are accepted without a person, now, on this frame. What is promised is worked out by
learning.calibration and stored with the model; here it is only read, in the transaction that proposes.

Nothing is accepted unless all of this holds: the project wants it; the model is the one that the project chose, and is
the project's own; the promise was made at the precision that the project asks for now, and has not been broken since;
the detection looks as the verdicts were looked at; and the frame is not one of those that are left to people.
"""

import hashlib
from collections.abc import Mapping

from ..models import Detection, Project
from .plan import NOTHING_PROMISED, Promise
from .request import IOU

LEFT_TO_PEOPLE = 0.1
"""Share of the frames on which people judge everything. Their verdicts go on showing whether the promise holds."""


def promises_for(detection: Detection, md5: str) -> Mapping[str, Promise]:
    """By class of the model, for the image ``md5``. At most one query."""
    if is_left_to_people(md5):
        return NOTHING_PROMISED
    version = detection.model_version
    if (detection.iou, detection.image_size) != (IOU, version.image_size):
        return NOTHING_PROMISED
    found = (
        Project.objects.filter(pk=detection.project_id, accepts_itself=True, model_version=version)
        .filter(model_version__project=detection.project_id, model_version__is_active=True)
        .values_list("auto_accept_precision", "model_version__calibration")
        .first()
    )
    return promises_in(found[1], found[0]) if found else NOTHING_PROMISED


def promises_in(calibration: Mapping[str, object], precision: float) -> Mapping[str, Promise]:
    """Those that were made at ``precision`` and hold."""
    classes = calibration.get("classes")
    if not isinstance(classes, dict) or calibration.get("precision") != precision:
        return NOTHING_PROMISED
    return {
        name: Promise(one["label"], one["auto_accept"]["threshold"])
        for name, one in classes.items()
        if one.get("auto_accept") and one.get("label") and not one.get("is_broken")
    }


def is_left_to_people(md5: str) -> bool:
    """Decided by the image itself: a second detection changes nothing about it."""
    digest = hashlib.sha256(f"left to people:{md5}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < LEFT_TO_PEOPLE
