"""The arithmetic of expected use, without a database."""

import pytest
from hypothesis import given, seed
from hypothesis import strategies as st

from annotate.geometry import Edges
from annotate.queue.scoring import (
    AGREED,
    MOST_BOXES,
    MOST_COMMON,
    RAREST,
    Found,
    Parts,
    disagreement_of,
    matched_overlaps,
    rarity_by_label,
    rarity_of,
)

SIDE = st.floats(1, 200)
SHARE = st.floats(0, 1)


@st.composite
def found(draw: st.DrawFn) -> Found:
    x, y = draw(st.floats(0, 500)), draw(st.floats(0, 500))
    edges = Edges(x, y, x + draw(SIDE), y + draw(SIDE))
    return Found(edges, draw(st.integers(1, 3)), draw(SHARE))


PASS = st.lists(found(), max_size=8)


def box(left: float, label: int = 1, confidence: float = 0.5) -> Found:
    return Found(Edges(left, 0, left + 10, 10), label, confidence)


@seed(4301)
@given(PASS, PASS)
def test_it_disagrees_between_0_and_1_and_alike_from_both_sides(one: list[Found], other: list[Found]) -> None:
    there, back = disagreement_of(one, other), disagreement_of(other, one)
    assert 0 <= there <= 1
    assert there == pytest.approx(back, abs=1e-9)


@seed(4302)
@given(PASS)
def test_it_sees_no_disagreement_in_two_equal_passes(boxes: list[Found]) -> None:
    assert disagreement_of(boxes, list(reversed(boxes))) == pytest.approx(0, abs=1e-9)


@seed(4303)
@given(PASS, PASS)
def test_it_matches_each_box_once_and_only_within_a_label(one: list[Found], other: list[Found]) -> None:
    overlaps = matched_overlaps(one, other)
    labels = {b.label for b in one} & {b.label for b in other}
    most = sum(
        min(sum(b.label == label for b in one), sum(b.label == label for b in other)) for label in labels
    )
    assert len(overlaps) <= most
    assert all(0 < overlap <= 1 for overlap in overlaps)


def test_it_counts_a_box_that_one_pass_missed_as_full_disagreement() -> None:
    assert disagreement_of([box(0)], []) == 1
    assert disagreement_of([box(0), box(100)], [box(0)]) == 0.5
    assert disagreement_of([], []) == 0


def test_it_counts_another_label_at_the_same_place_as_disagreement() -> None:
    assert disagreement_of([box(0, label=1)], [box(0, label=2)]) == 1


def test_it_measures_how_far_a_box_moved() -> None:
    assert disagreement_of([box(0)], [box(5)]) == pytest.approx(1 - 50 / 150)


def test_it_gives_each_box_its_best_partner_first() -> None:
    assert sorted(matched_overlaps([box(0), box(4)], [box(4)])) == [1.0]


def test_it_compares_the_most_confident_boxes_of_a_crowd_only() -> None:
    crowd = [box(place * 20, confidence=0.9) for place in range(MOST_BOXES)]
    doubtful = [box(place * 20 + 7, label=2, confidence=0.1) for place in range(MOST_BOXES)]
    assert disagreement_of(doubtful + crowd, crowd) == 0


@seed(4304)
@given(st.dictionaries(st.integers(1, 20), st.integers(0, 1_000_000), max_size=8))
def test_it_weighs_rarer_classes_higher_within_limits(counts: dict[int, int]) -> None:
    weights = rarity_by_label(counts)
    assert weights.keys() == counts.keys()
    assert all(MOST_COMMON <= weight <= RAREST for weight in weights.values())
    by_count = sorted(counts, key=lambda label: counts[label])
    assert [weights[label] for label in by_count] == sorted(weights.values(), reverse=True)


def test_it_weighs_classes_alike_that_are_alike() -> None:
    assert rarity_by_label({1: 40, 2: 40}) == {1: 1.0, 2: 1.0}
    assert rarity_by_label({1: 0, 2: 0}) == {1: 1.0, 2: 1.0}
    assert rarity_by_label({1: 3, 2: 15}) == {
        1: pytest.approx((10 / 4) ** 0.5),
        2: pytest.approx((10 / 16) ** 0.5),
    }


def test_it_takes_a_frame_for_as_rare_as_its_rarest_class() -> None:
    weights = {1: 0.6, 2: 1.8}
    assert rarity_of([1, 1, 1, 2], weights) == 1.8
    assert rarity_of([1], weights) == 0.6
    assert rarity_of([], weights) == rarity_of([99], weights) == 1.0


@seed(4305)
@given(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(MOST_COMMON, RAREST), SHARE, SHARE)
def test_it_expects_more_of_doubt_and_of_disagreement(
    doubt: float, more_doubt: float, rarity: float, agreed: float, disagreed: float
) -> None:
    low, high = sorted((doubt, more_doubt))
    assert Parts(low, rarity, agreed).score <= Parts(high, rarity, agreed).score
    small, large = sorted((agreed, disagreed))
    assert (
        Parts(low, rarity, small).score <= Parts(low, rarity, large).score <= Parts(low, rarity, None).score
    )


def test_it_never_wipes_out_doubt_because_a_model_agrees_with_itself() -> None:
    assert AGREED > 0
    assert Parts(0.4, 1.5, 0.0).score == pytest.approx(0.4 * 1.5 * AGREED)
    assert Parts(0.4, 1.5, None).score == pytest.approx(0.6)
