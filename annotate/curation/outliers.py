"""Boxes whose size or shape is far from others of their label: robust limits from a bounded sample."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import TypeAlias
from uuid import UUID

from django.core.cache import cache
from django.db.models import F, QuerySet

from ..models import Box

Measured: TypeAlias = tuple[UUID, int, float, float]
"""A box, its label, width and height."""
SAMPLE = 50_000
"""Boxes that are looked at."""
MOST_FOUND = 5_000
FEWEST = 20
"""Of a label with fewer nothing is said."""
MOST_LABELS = 100
SPREADS = 4.5
"""How many (robust) standard deviations from the middle are far. Of a normal distribution 7 in a million are."""
TO_DEVIATION = 1.4826
LEAST_SPREAD = 0.05
"""Of logarithms: where nearly all boxes are alike, 5 % are not far."""
KEPT_S = 300


@dataclass(frozen=True, slots=True)
class Limits:
    """Area in square pixels and width by height, each from and to."""

    area: tuple[float, float]
    aspect: tuple[float, float]


def span_of(values: list[float]) -> tuple[float, float]:
    """The middle of the logarithms, give or take SPREADS deviations; as values."""
    middle = median(values)
    spread = max(LEAST_SPREAD, TO_DEVIATION * median(abs(value - middle) for value in values))
    return math.exp(middle - SPREADS * spread), math.exp(middle + SPREADS * spread)


def limits_of(rows: Iterable[Measured]) -> dict[int, Limits]:
    """By label, for the most frequent ones."""
    areas: dict[int, list[float]] = {}
    aspects: dict[int, list[float]] = {}
    counts: Counter[int] = Counter()
    for _box, label, width, height in rows:
        counts[label] += 1
        areas.setdefault(label, []).append(math.log(width) + math.log(height))
        aspects.setdefault(label, []).append(math.log(width) - math.log(height))
    often = [label for label, count in counts.most_common(MOST_LABELS) if count >= FEWEST]
    return {label: Limits(span_of(areas[label]), span_of(aspects[label])) for label in often}


def is_far(limits: Limits, width: float, height: float) -> bool:
    low, high = limits.area
    narrow, wide = limits.aspect
    return not (low <= width * height <= high and narrow <= width / height <= wide)


def outliers(boxes: QuerySet[Box], key: str) -> list[UUID]:
    """Ids, the first MOST_FOUND. One query, at most every KEPT_S; ``key`` names the boxes.

    Not asked of the database: limits of many labels are a condition that it takes seconds to work through.
    """
    name = f"annotate.outliers.{key}"
    known: list[UUID] | None = cache.get(name)
    if known is None:
        sized = boxes.annotate(width=F("x2") - F("x1"), height=F("y2") - F("y1")).order_by()
        rows: list[Measured] = list(sized.values_list("pk", "label_id", "width", "height")[:SAMPLE])
        limits = limits_of(rows)
        far = (box for box, label, w, h in rows if label in limits and is_far(limits[label], w, h))
        known = list(islice(far, MOST_FOUND))
        cache.set(name, known, KEPT_S)
    return known
