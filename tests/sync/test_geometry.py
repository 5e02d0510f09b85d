"""The one rule for edges. What the browser must do alike is in tests/shared/geometry-cases.json."""

import math
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from annotate.geometry import MIN_SIDE_PX, ROUNDING_PX, Edges, GeometryError, merged_edges
from annotate.sync.operations import EDGES

WIDTH, HEIGHT = 640.0, 480.0
PRESENT = Edges(10, 20, 110, 90)
SOME_EDGES = [names for size in range(1, 5) for names in combinations(EDGES, size)]


def merged(present: Edges | None, **given: float) -> tuple[float, float, float, float]:
    edges = merged_edges(present, given, width=WIDTH, height=HEIGHT)
    return edges.x1, edges.y1, edges.x2, edges.y2


@pytest.mark.parametrize(
    ("given", "result"),
    [
        ({}, (10, 20, 110, 90)),
        ({"x1": 30}, (30, 20, 110, 90)),
        ({"x1": -5}, (0, 20, 110, 90)),
        ({"x1": 109}, (109, 20, 110, 90)),
        ({"x1": 109.5}, (109, 20, 110, 90)),
        ({"x1": 900}, (109, 20, 110, 90)),
        ({"x2": -900}, (10, 20, 11, 90)),
        ({"x2": 10.5}, (10, 20, 11, 90)),
        ({"x2": 900}, (10, 20, 640, 90)),
        ({"y1": 1000}, (10, 89, 110, 90)),
        ({"y2": 0}, (10, 20, 110, 21)),
        ({"x1": 60, "x2": 40}, (40, 20, 60, 90)),
        ({"y1": 500, "y2": -1}, (10, 0, 110, 480)),
        ({"x1": 1, "y2": 200}, (1, 20, 110, 200)),
        ({"x1": 700, "y1": -9, "x2": -9, "y2": 900}, (0, 0, 640, 480)),
        ({"x1": 5, "x2": 6}, (5, 20, 6, 90)),
    ],
)
def test_w12_it_clamps_orders_and_keeps_what_was_not_named(
    given: dict[str, float], result: tuple[float, ...]
) -> None:
    assert merged(PRESENT, **given) == result


@pytest.mark.parametrize(
    ("present", "given"),
    [
        (None, {}),
        (None, {"x1": 1, "y1": 1, "x2": 5}),
        (None, {"x1": 1, "y1": 1, "x2": 1.5, "y2": 9}),
        (None, {"x1": 641, "y1": 1, "x2": 900, "y2": 9}),
        (None, {"x1": -9, "y1": -9, "x2": 0, "y2": 9}),
        (PRESENT, {"x1": 5, "x2": 5}),
        (PRESENT, {"y1": 480, "y2": 481}),
        (PRESENT, {"x1": math.nan}),
        (PRESENT, {"y2": math.inf}),
        (PRESENT, {"x1": -math.inf, "x2": 5}),
        (None, {"x1": 1, "y1": math.nan, "x2": 5, "y2": 9}),
    ],
)
def test_w12_it_refuses_what_makes_no_box(present: Edges | None, given: dict[str, float]) -> None:
    with pytest.raises(GeometryError):
        merged(present, **given)


@pytest.mark.parametrize(
    "given", [{"x1": -0.0}, {"x1": -0.0, "x2": 9}, {"x1": 9, "x2": -0.0}, {"x1": -1e-300}]
)
def test_w8_minus_zero_becomes_zero(given: dict[str, float]) -> None:
    assert math.copysign(1.0, merged(PRESENT, **given)[0]) == 1.0


def test_what_rounding_takes_away_does_not_count() -> None:
    assert MIN_SIDE_PX > 1.4 - 0.4
    assert merged(None, x1=0.4, y1=0.4, x2=1.4, y2=1.4) == (0.4, 0.4, 1.4, 1.4)


numbers = st.floats(-1e7, 1e7) | st.integers(-700, 700).map(float)
sides = st.integers(1, 1_000_000)


@st.composite
def boxes_on(draw: st.DrawFn, width: float, height: float) -> Edges:
    """A box that merged_edges itself has made, as all stored ones are."""
    corners = [draw(numbers | st.floats(0, max(width, height))) for _ in EDGES]
    try:
        return merged_edges(None, dict(zip(EDGES, corners, strict=True)), width=width, height=height)
    except GeometryError:
        assume(False)
        raise


@st.composite
def writes(draw: st.DrawFn) -> tuple[Edges, dict[str, float], float, float]:
    width, height = float(draw(sides)), float(draw(sides))
    present = draw(boxes_on(width, height))
    names = draw(st.sampled_from(SOME_EDGES))
    near = st.sampled_from([present.x1, present.y1, present.x2, present.y2])
    return present, {name: draw(numbers | near) for name in names}, width, height


@given(writes())
def test_i9_what_comes_out_is_a_box_inside_the_image(
    write: tuple[Edges, dict[str, float], float, float],
) -> None:
    present, given, width, height = write
    try:
        edges = merged_edges(present, given, width=width, height=height)
    except GeometryError:
        assert {"x1", "x2"} <= given.keys() or {"y1", "y2"} <= given.keys(), "one edge alone always fits"
        return
    assert 0 <= edges.x1 < edges.x2 <= width
    assert 0 <= edges.y1 < edges.y2 <= height
    assert min(edges.width, edges.height) >= MIN_SIDE_PX - ROUNDING_PX


@given(writes())
def test_i9_an_edge_that_was_not_named_stays(write: tuple[Edges, dict[str, float], float, float]) -> None:
    present, given, width, height = write
    try:
        edges = merged_edges(present, given, width=width, height=height)
    except GeometryError:
        return
    for name in set(EDGES) - given.keys():
        assert getattr(edges, name) == getattr(present, name)


@given(writes())
def test_writing_the_result_again_changes_nothing(
    write: tuple[Edges, dict[str, float], float, float],
) -> None:
    """So a client that sends what it was told is never refused."""
    present, given, width, height = write
    try:
        edges = merged_edges(present, given, width=width, height=height)
    except GeometryError:
        return
    whole = {name: getattr(edges, name) for name in EDGES}
    assert merged_edges(edges, whole, width=width, height=height) == edges
    assert merged_edges(None, whole, width=width, height=height) == edges


@given(st.data())
def test_iou_is_a_share_and_symmetric(data: st.DataObject) -> None:
    one, other = data.draw(boxes_on(WIDTH, HEIGHT)), data.draw(boxes_on(WIDTH, HEIGHT))
    assert 0 <= one.iou(other) <= 1 + 1e-12
    assert one.iou(other) == other.iou(one)
    assert math.isclose(one.iou(one), 1)
