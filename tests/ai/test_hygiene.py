"""M5: whatever a model puts out, what is left are boxes on the picture, and what is gone was counted."""

import time
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotate.ai.hygiene import MAX_BOXES, Reason, Rows, clamp, clean, rows, surest

WIDTH, HEIGHT, CLASSES = 100, 60, 3
NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True, width=32),
    st.floats(-50, 150),
    st.sampled_from([0.0, 1.0, -1.0, 2.0, 99.5, 100.0, 1e38]),
)


def one(x1: float, y1: float, x2: float, y2: float, score: float = 0.5, index: float = 0) -> list[float]:
    return [x1, y1, x2, y2, score, index]


def made(*values: list[float]) -> Rows:
    table: NDArray[Any] = np.asarray(values, np.float64).reshape(-1, 6)
    return rows(table[:, :4], table[:, 4], table[:, 5])


def cleaned(*values: list[float], limit: int = MAX_BOXES) -> tuple[Rows, Counter[Reason]]:
    return clean(made(*values), class_count=CLASSES, width=WIDTH, height=HEIGHT, limit=limit)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (one(float("nan"), 1, 9, 9), Reason.NOT_FINITE),
        (one(1, 1, float("inf"), 9), Reason.NOT_FINITE),
        (one(1, 1, 9, 9, float("nan")), Reason.NOT_FINITE),
        (one(1, 1, 9, 9, 0.5, float("nan")), Reason.NOT_FINITE),
        (one(1, 1, 9, 9, 1.01), Reason.BAD_CONFIDENCE),
        (one(1, 1, 9, 9, -0.1), Reason.BAD_CONFIDENCE),
        (one(1, 1, 9, 9, 0.5, 3), Reason.BAD_CLASS),
        (one(1, 1, 9, 9, 0.5, -1), Reason.BAD_CLASS),
        (one(1, 1, 9, 9, 0.5, 1.5), Reason.BAD_CLASS),
        (one(9, 1, 9, 9), Reason.NO_AREA),
        (one(9, 1, 1, 9), Reason.NO_AREA),
        (one(100, 1, 120, 9), Reason.OUTSIDE),
        (one(1, -9, 9, -1), Reason.OUTSIDE),
        (one(99.5, 1, 120, 9), Reason.TOO_SMALL),
    ],
)
def test_m5_it_drops_what_is_no_box_and_says_why(row: list[float], reason: Reason) -> None:
    good = one(1, 2, 30, 40, 0.9, 2)
    left, counts = cleaned(row, good)
    assert counts == {reason: 1}
    assert left.boxes.tolist() == [good[:4]] and left.classes.tolist() == [2]


def test_it_clamps_a_box_that_sticks_out() -> None:
    left, counts = cleaned(one(-20, -5, 200, 30))
    assert left.boxes.tolist() == [[0, 0, WIDTH, 30]] and not counts


def test_it_keeps_the_surest_and_counts_the_rest() -> None:
    left, counts = cleaned(*(one(1, 1, 9, 9, score / 100) for score in range(50)), limit=10)
    assert left.scores.tolist() == [score / 100 for score in range(49, 39, -1)]
    assert counts == {Reason.TOO_MANY: 40}


def test_equally_sure_boxes_stay_in_their_order() -> None:
    left = surest(made(*(one(x, 1, x + 5, 9) for x in range(20))), 20, Counter())
    assert left.boxes[:, 0].tolist() == list(range(20))


def test_it_takes_no_rows() -> None:
    left, counts = cleaned()
    assert len(left) == 0 and not counts


@settings(deadline=None)
@given(st.lists(st.lists(NUMBERS, min_size=6, max_size=6), max_size=30), st.integers(0, 10))
def test_m5_what_is_left_is_good_and_nothing_vanishes_uncounted(
    values: list[list[float]], limit: int
) -> None:
    left, counts = cleaned(*values, limit=limit)
    assert len(left) + sum(counts.values()) == len(values) and len(left) <= limit
    assert np.isfinite(left.boxes).all() and ((left.scores >= 0) & (left.scores <= 1)).all()
    assert set(left.classes.tolist()) <= set(range(CLASSES))
    x1, y1, x2, y2 = left.boxes.T
    assert (x1 >= 0).all() and (y1 >= 0).all() and (x2 <= WIDTH).all() and (y2 <= HEIGHT).all()
    assert (x2 - x1 >= 1 - 1e-5).all() and (y2 - y1 >= 1 - 1e-5).all()
    assert (np.diff(left.scores) <= 0).all()


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 90), st.floats(0, 50), st.floats(1, 10), st.floats(1, 10)), max_size=20)
)
def test_good_boxes_are_left_as_they_are(values: list[tuple[float, float, float, float]]) -> None:
    given_rows = made(*(one(x, y, x + w, y + h) for x, y, w, h in values))
    counts: Counter[Reason] = Counter()
    left = clamp(given_rows, width=WIDTH, height=HEIGHT, counts=counts)
    assert left.boxes.tolist() == given_rows.boxes.tolist() and not counts


def test_m5_it_takes_300000_rows_quickly() -> None:
    random = np.random.default_rng(7)
    boxes = random.uniform(-50, 150, (300_000, 4))
    boxes[::3] = np.nan
    found = rows(boxes, random.uniform(-0.1, 1.1, 300_000), random.integers(-1, 5, 300_000))
    started = time.perf_counter()
    left, counts = clean(found, class_count=CLASSES, width=WIDTH, height=HEIGHT)
    assert time.perf_counter() - started < 2  # measured: 0.1 s
    assert len(left) == MAX_BOXES and len(left) + sum(counts.values()) == 300_000
    assert counts[Reason.NOT_FINITE] == 100_000
