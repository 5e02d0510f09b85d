"""How busy the machine was during a training, as points under ``system/``: MLflow shows them in a tab of their own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .epochs import numbers_in, time_of
from .fold import Metric
from .openings import milliseconds

ABOVE = "system/"
MOST_FIGURES = 100
"""Of one sample."""


class Machine:
    """Steps count samples, as MLflow's own monitor does."""

    def __init__(self) -> None:
        self.until: datetime | None = None
        self.step = 0

    def take(self, samples: Sequence[Mapping[str, Any]]) -> list[Metric]:
        """What is older than what was told before was told before: a worker that takes a job up reads all again."""
        metrics: list[Metric] = []
        for sample in samples:
            at = time_of(sample)
            if at is None or (self.until is not None and at <= self.until):
                continue
            self.until, self.step = at, self.step + 1
            figures = list(numbers_in(sample["system"], ABOVE))[:MOST_FIGURES]
            metrics += [Metric(name, value, milliseconds(at), self.step) for name, value in figures]
        return metrics
