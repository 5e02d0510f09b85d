"""What detectors share at their end: the clock, and from rows of numbers to named boxes."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from ..geometry import Edges
from . import hygiene
from .detector import Findings, Found, Pixels, Timings


class Clock:
    """Adds up milliseconds by part."""

    def __init__(self) -> None:
        self.spent = {"preprocess": 0.0, "inference": 0.0, "postprocess": 0.0}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.spent[name] += (time.perf_counter() - started) * 1000

    def timings(self, load_ms: float) -> Timings:
        return Timings(load=load_ms, **self.spent)


def chosen(rows: hygiene.Rows, confidence: float, wanted: frozenset[int] | None) -> hygiene.Rows:
    """Sure enough, and of the wanted classes. What is left out here is no fault of the model: not counted."""
    keep = rows.scores >= confidence
    if wanted is not None:
        keep &= np.isin(rows.classes, list(wanted))
    return rows.only(keep)


def findings(rows: hygiene.Rows, image: Pixels, classes: Sequence[str], counts: hygiene.Counts) -> Findings:
    """Rows in image pixels, whose numbers and classes were checked, clamped, sorted and named."""
    height, width = image.shape[:2]
    rows = hygiene.clamp(rows, width=width, height=height, counts=counts)
    rows = hygiene.surest(rows, hygiene.MAX_BOXES, counts)
    found = (
        Found(Edges(*map(float, box)), classes[int(index)], float(score))
        for box, score, index in zip(rows.boxes, rows.scores, rows.classes, strict=True)
    )
    return Findings(tuple(found), {reason.value: count for reason, count in counts.items()})
