"""Bounds of a share that was counted. Pure."""

import math
from statistics import NormalDist

DOUBT = 0.05
FIRST_LOOK, LOOKS = 150, 8
"""While verdicts come in, a threshold is decided anew after so many of them, after twice as many, and so on; so often.
Few looks far apart find more than many: each spends of the doubt that all share."""


def wilson(right: int, count: int, doubt: float = DOUBT) -> tuple[float, float]:
    """Lower and upper bound of a share (Wilson's score interval). Each alone is wrong with probability ``doubt``."""
    if count == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(1 - doubt)
    share = right / count
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - spread) / (1 + z * z / count), (middle + spread) / (1 + z * z / count)


def fewest_for(precision: float, doubt: float = DOUBT) -> float:
    """How many verdicts, all of them right, Wilson's bound needs for ``precision``; infinite for all of them."""
    z = NormalDist().inv_cdf(1 - doubt)
    return math.ceil(z * z * precision / (1 - precision)) if precision < 1 else math.inf


def looks(verdicts: int) -> list[tuple[int, float]]:
    """After how many verdicts a threshold was decided so far, and the doubt that was spent on each; all looks together
    spend DOUBT."""
    sizes = [FIRST_LOOK * 2**number for number in range(LOOKS)]
    return [(size, DOUBT / LOOKS) for size in sizes if size <= verdicts]
