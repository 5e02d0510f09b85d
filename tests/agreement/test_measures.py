"""How much people agree: known answers, and what must hold whatever they draw."""

import random
from itertools import combinations

import pytest

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
