"""Bounds of a share that was counted. Pure."""

import math
from statistics import NormalDist

DOUBT = 0.05


def wilson(right: int, count: int, doubt: float = DOUBT) -> tuple[float, float]:
    """Lower and upper bound of a share (Wilson's score interval). Each alone is wrong with probability ``doubt``."""
    if count == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(1 - doubt)
    share = right / count
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - spread) / (1 + z * z / count), (middle + spread) / (1 + z * z / count)
