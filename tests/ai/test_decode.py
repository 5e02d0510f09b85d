"""From network output to boxes in image pixels, against the definition written out slowly."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.ai import letterbox
from annotate.ai.decode import decoded, head_of, without_overlaps
from annotate.ai.described import Head
from annotate.ai.detector import Pixels
from annotate.ai.hygiene import Rows, rows
from annotate.ai.problems import UnusableModel
from annotate.geometry import Edges


def blank(width: int, height: int) -> Pixels:
    return np.zeros((height, width, 3), np.uint8)


@pytest.mark.parametrize(
    ("shape", "end_to_end", "head"),
    [
        ((1, 84, 8400), False, Head.DENSE),
        ((1, 300, 6), False, Head.END_TO_END),
        ((1, 84, 6), True, Head.END_TO_END),
        ((1, 3549, 85), False, Head.GRID),
    ],
)
def test_it_tells_the_heads_apart(shape: tuple[int, ...], end_to_end: bool, head: Head) -> None:
    assert head_of(shape, 80, end_to_end=end_to_end) is head


@pytest.mark.parametrize("shape", [(1, 116, 8400), (2, 84, 8400), (84, 8400), (1, 1000), ()])
def test_m11_it_refuses_an_output_that_does_not_fit_the_class_names(shape: tuple[int, ...]) -> None:
    with pytest.raises(UnusableModel, match="80 classes"):
        head_of(shape, 80, end_to_end=False)


def test_it_decodes_a_dense_head() -> None:
    output = np.array([[[50.0], [40.0], [20.0], [10.0], [0.1], [0.7], [0.3]]], np.float32)
    found = decoded(output, Head.DENSE, 64, 64)
    assert found.boxes.tolist() == [[40, 35, 60, 45]]
    assert found.classes.tolist() == [1] and found.scores[0] == pytest.approx(0.7)


def test_a_nan_among_the_scores_is_not_hidden_by_a_good_one() -> None:
    output = np.array([[[50.0], [40.0], [20.0], [10.0], [0.1], [math.nan], [0.9]]], np.float32)
    assert math.isnan(decoded(output, Head.DENSE, 64, 64).scores[0])


def test_it_decodes_a_grid_cell_by_cell() -> None:
    """64 x 96: 8 x 12 cells of 8 px, 4 x 6 of 16 px, 2 x 3 of 32 px, row by row."""
    output = np.zeros((1, 96 + 24 + 6, 7), np.float32)
    output[0, 12 + 5] = [0.5, 0.25, math.log(2), math.log(3), 0.8, 0.5, 0.25]  # second row, sixth cell
    output[0, 96 + 24 + 4] = [0.0, 0.0, 0.0, 0.0, 1.0, 0.1, 0.9]  # the coarse grid: second row, second cell
    found = decoded(output, Head.GRID, 64, 96)
    assert found.boxes[17] == pytest.approx([44 - 8, 10 - 12, 44 + 8, 10 + 12])
    assert found.scores[17] == pytest.approx(0.4) and found.classes[17] == 0
    assert found.boxes[124] == pytest.approx([16, 16, 48, 48]) and found.classes[124] == 1


def test_it_refuses_a_grid_of_another_size() -> None:
    with pytest.raises(UnusableModel, match="126 cells"):
        decoded(np.zeros((1, 125, 7), np.float32), Head.GRID, 64, 96)


SIDES = st.integers(1, 3000)


@settings(deadline=None)
@given(SIDES, SIDES, st.sampled_from([64, 320, 640]), st.booleans())
def test_boxes_find_back_to_the_picture(width: int, height: int, size: int, is_fixed: bool) -> None:
    """The corners of the picture, as they lie in the input, are within one input pixel of where they were."""
    image = blank(width, height)
    high, wide = letterbox.input_shape(image, size, (size, size) if is_fixed else None)
    assert high % 32 == wide % 32 == 0 and max(high, wide) <= size
    for place in (letterbox.centred, letterbox.cornered):
        canvas, placement = place(image, high, wide)
        assert canvas.shape == (high, wide, 3)
        inside = np.argwhere((canvas == 0).all(axis=2))
        (top, left), (bottom, right) = inside.min(axis=0), inside.max(axis=0) + 1
        back = placement.to_image(np.array([[left, top, right, bottom]], np.float64))[0]
        slack = 1.01 / placement.scale
        assert back == pytest.approx([0, 0, width, height], abs=slack)


def test_models_get_their_own_order_of_colours() -> None:
    red = np.full((2, 2, 3), (255, 0, 51), np.uint8)
    assert letterbox.unit_rgb(red, np.float32)[0, :, 0, 0].tolist() == pytest.approx([1.0, 0.0, 0.2])
    assert letterbox.byte_bgr(red, np.float32)[0, :, 0, 0].tolist() == [51, 0, 255]


def slow(found: Rows, iou: float) -> list[int]:
    """The rule as one says it, one box after the other."""
    boxes = [Edges(*box) for box in found.boxes.tolist()]
    kept: list[int] = []
    for index in np.argsort(-found.scores, kind="stable").tolist():
        same = [other for other in kept if found.classes[other] == found.classes[index]]
        if all(boxes[index].iou(boxes[other]) <= iou for other in same):
            kept.append(index)
    return kept


BOX = st.tuples(
    st.integers(0, 40), st.integers(0, 40), st.integers(1, 30), st.integers(1, 30), st.integers(0, 2)
)


@settings(deadline=None)
@given(st.lists(BOX, max_size=40), st.sampled_from([0.30071, 0.45071, 0.70071]))
def test_it_keeps_the_surest_of_overlapping_boxes_of_one_class(
    values: list[tuple[int, int, int, int, int]], iou: float
) -> None:
    table = np.array(values, np.float64).reshape(-1, 5)
    boxes = np.concatenate([table[:, :2], table[:, :2] + table[:, 2:4]], axis=1)
    scores = (np.arange(len(table)) * 7919 % 1009 + 1) / 2000  # all different
    found = rows(boxes, scores, table[:, 4])
    kept = without_overlaps(found, iou, reach=1000)
    assert sorted(kept.scores.tolist()) == sorted(found.scores[slow(found, iou)].tolist())


def test_an_absurd_edge_does_not_cost_the_others() -> None:
    found = rows(
        np.array([[0, 0, 10, 10], [1, 1, 11, 11], [0, 0, 1e30, 1e30]]), np.array([0.9, 0.8, 0.7]), np.ones(3)
    )
    assert without_overlaps(found, 0.5, reach=256).scores.tolist() == [0.9, 0.7]
