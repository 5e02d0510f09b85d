"""A run as the sum of its events. A kind of run says what each event adds (``kinds``)."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple, Protocol

from ..models import TrackingEvent

DIGITS = 6


class Metric(NamedTuple):
    """One point. ``timestamp``: milliseconds; the same point sent twice is one point."""

    key: str
    value: float
    timestamp: int
    step: int


class Artifact(NamedTuple):
    """``make`` gives the bytes, a file of this machine, or an open one that is nobody else's; None where what they are
    made of is gone."""

    path: str
    make: Callable[[], bytes | Path | IO[bytes] | None]


class Registered(NamedTuple):
    """A version for the registry. ``folder``: of the run's artifacts, where its weights are."""

    folder: str
    tags: dict[str, str]


class Ending(NamedTuple):
    """``status``: a word of MLflow: FINISHED, FAILED or KILLED; ``at``: milliseconds."""

    status: str
    at: int


@dataclass
class Addition:
    """What an event adds to its run."""

    metrics: list[Metric] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    artifacts: list[Artifact] = field(default_factory=list)
    registered: Registered | None = None
    is_decision: bool = False
    """What serves may have changed: the aliases of the project's model are set anew."""
    ending: Ending | None = None


class Fold(Protocol):
    """Deterministic: what an event adds follows from the events before it, and from rows that never change."""

    def take(self, event: TrackingEvent) -> Addition: ...


class Figures:
    """Remembers what was logged, so that only what changed is."""

    def __init__(self) -> None:
        self.logged: dict[str, float | None] = {}

    def changed(self, now: dict[str, float | None], *, at: int, step: int) -> list[Metric]:
        """None: there is no such number yet, or no more (a share of what was all taken back): NaN in MLflow."""
        fresh = {key: None if value is None else round(float(value), DIGITS) for key, value in now.items()}
        metrics = [
            Metric(key, math.nan if value is None else value, at, step)
            for key, value in fresh.items()
            if self.logged.get(key) != value
        ]
        self.logged.update(fresh)
        return metrics


def share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
