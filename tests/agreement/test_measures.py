"""How much people agree: known answers, and what must hold whatever they draw."""

import random
from itertools import combinations

import pytest

from annotate.agreement.alpha import alpha
from annotate.agreement.matching import labels_in
from annotate.agreement.measures import Looked, Score, measures_of, score_of

from .test_rules import drawn, some


def test_it_counts_the_same_objects_under_the_same_names() -> None:
    look = Looked(1, (1, 2), (drawn(1, 0), drawn(2, 0), drawn(1, 300), drawn(2, 300, "bus"), drawn(2, 600)))
    found = measures_of([look])
    assert found.pairs == {(1, 2): Score(same=1, one=2, other=3, overlap=2.0, matched=2)}
    assert found.whole.f1 == pytest.approx(2 / 5)
    assert found.whole.iou == 1
    assert {name: (one.boxes, one.score.f1) for name, one in found.classes.items()} == {
        "car": (4, pytest.approx(2 / 4)),
        "bus": (1, 0.0),
    }
    assert found.of_person(2) == Score(same=1, one=3, other=2, overlap=2.0, matched=2)


def test_those_who_saw_nothing_count_too() -> None:
    found = measures_of([Looked(1, (1, 2, 3), (drawn(1, 0), drawn(2, 0))), Looked(2, (1, 2), ())])
    assert found.looked == {1: 2, 2: 2, 3: 1}
    assert found.pairs[1, 2].f1 == 1
    assert found.pairs[1, 3].f1 == 0
    assert found.frames[2].f1 is None
    assert found.alpha == pytest.approx(1 - 2 * 2 / 4)  # car, car, nothing: by hand


def test_whoever_differs_from_all_the_others_stands_out() -> None:
    boxes = [
        drawn(person, place * 300, "car" if person < 3 else "bus")
        for person in (1, 2, 3)
        for place in range(4)
    ]
    found = measures_of([Looked(1, (1, 2, 3), tuple(boxes))])
    assert found.alphas[1] == found.alphas[2] > found.alphas[3]  # type: ignore[operator]
    # By hand: 4 pairs car car and 4 car bus; 12 car and 4 bus; 1 - (16 - 1) * 4 * 2 / (16**2 - 12**2 - 4**2)
    assert found.alphas[1] == pytest.approx(1 - 15 * 8 / 96)
    assert found.alphas[3] == pytest.approx(1 - 15 * 16 / 128)  # 8 pairs car bus


def test_the_alpha_of_one_of_two_people_is_that_of_both_and_of_nothing_there_is_none() -> None:
    dice = random.Random(8)
    looks = [
        Looked(frame, (1, 2), tuple(drawn(person, place * 300, dice.choice(["car", "bus"]))
            for person in (1, 2) for place in range(3) if dice.random() < 0.8))
        for frame in range(5)
    ]  # fmt: skip
    found = measures_of([*looks, Looked(9, (1, 3), ())])
    assert found.alpha is not None
    assert found.alphas == {1: pytest.approx(found.alpha), 2: pytest.approx(found.alpha), 3: None}


def test_who_was_not_there_does_not_count() -> None:
    alone = measures_of([Looked(1, (1, 2), (drawn(1, 0), drawn(2, 0), drawn(2, 300)))])
    more = measures_of(
        [
            Looked(1, (1, 2), (drawn(1, 0), drawn(2, 0), drawn(2, 300))),
            Looked(2, (2, 3), (drawn(2, 0, "bus"), drawn(3, 0, "car"))),
        ]
    )
    assert more.alphas[1] == alone.alphas[1] != more.alphas[2]


@pytest.mark.parametrize("seed", range(10))
def test_what_holds_for_whatever_is_drawn(seed: int) -> None:
    dice = random.Random(seed)
    looks = [Looked(frame, (0, 1, 2, 3), tuple(some(dice))) for frame in range(6)]
    found = measures_of(looks)
    assert len(found.pairs) == 6
    for part in (found.pairs, found.frames):
        total = Score()
        for score in part.values():
            total.add(score)
        assert (total.same, total.one, total.other, total.matched) == (
            found.whole.same, found.whole.one, found.whole.other, found.whole.matched,
        )  # fmt: skip
    assert sum(found.of_person(person).same for person in range(4)) == 2 * found.whole.same
    assert sum(one.score.same for one in found.classes.values()) == found.whole.same
    assert sum(one.boxes for one in found.classes.values()) == sum(len(look.boxes) for look in looks)
    for person in range(4):
        said = [labels_in(group, look.people) for look in looks for group in look.groups()]
        pairs = [(one[person], one[other]) for one in said for other in range(4) if other != person]
        expected = alpha(pairs)
        assert found.alphas[person] == (None if expected is None else pytest.approx(expected))
    for look in looks:
        for one, other in combinations(range(4), 2):
            there, back = score_of(look.groups(), one, other), score_of(look.groups(), other, one)
            assert (there.same, there.one, there.other) == (back.same, back.other, back.one)
            assert there.f1 is None or 0 <= there.f1 <= 1
            assert there.iou is None or 0 < there.iou <= 1  # below one half where a third holds them together


def test_a_person_agrees_perfectly_with_themselves_drawn_twice() -> None:
    dice = random.Random(3)
    looks = []
    for frame in range(5):
        own = [box for box in some(dice) if box.person == 0]
        twice = [drawn(person, box.edges.x1, box.label) for box in own[:1] for person in (1, 2)]
        looks.append(Looked(frame, (1, 2), tuple(twice)))
    found = measures_of(looks)
    assert (found.whole.f1, found.whole.iou) == (1, 1)
