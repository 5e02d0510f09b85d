"""From the bytes of a stored image to what detectors take."""

import cv2
import numpy as np

from .detector import Pixels


def decoded(data: bytes) -> Pixels | None:
    """RGB, as it was stored: upright. None where it cannot be read."""
    try:
        picture = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # nothing at all, or more pixels than OpenCV takes
        return None
    if picture is None:
        return None
    return np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).astype(np.uint8, copy=False)
