"""What was measured after an epoch, as points of MLflow. Whatever numbers the pipeline wrote are taken."""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from .fold import DIGITS, Metric
from .metric_names import metric_name
from .openings import milliseconds

ABOUT = frozenset({"epoch", "epochs", "eta_s", "at", "stage", "metrics"})
MOST_METRICS = 200


def number_of(entry: Mapping[str, Any], place: int) -> int:
    """``place``: where it stands, from 1; counts where the entry does not say."""
    number = entry.get("epoch")
    return number if isinstance(number, int) and not isinstance(number, bool) and number >= 0 else place


def points_of(entry: Mapping[str, Any], step: int, otherwise: datetime) -> list[Metric]:
    """An entry of Training.epochs: ``metrics`` and ``at``; or the numbers themselves.

    ``otherwise``: when it was, where the entry does not say.
    """
    at = milliseconds(time_of(entry) or otherwise)
    metrics = entry.get("metrics")
    rest = {key: value for key, value in entry.items() if key not in ABOUT}
    named = list(numbers_in(metrics if isinstance(metrics, Mapping) else rest))
    return [Metric(name, value, at, step) for name, value in named[:MOST_METRICS]]


def numbers_in(group: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, float]]:
    """What is finite: MLflow could keep the others, and no plot could show them."""
    for key, value in group.items():
        if isinstance(value, Mapping):
            yield from numbers_in(value, f"{above}{key}/")
        elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            yield metric_name(f"{above}{key}"), round(float(value), DIGITS)


def time_of(entry: Mapping[str, Any]) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(entry["at"]))
    except (KeyError, ValueError):
        return None
    return found if found.tzinfo is not None else None
