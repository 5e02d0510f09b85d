"""What is one object to several people, how much they agree, and what the rule makes of it."""

import random
from itertools import combinations

import pytest

from annotate.agreement.alpha import alpha
from annotate.agreement.consensus import FEW, NAMES, consensus_of, median_of
from annotate.agreement.matching import Drawn, groups_of, labels_in, overlaps_in, pairs_of
from annotate.geometry import Edges


def drawn(person: int, left: float, label: str = "car", width: float = 100) -> Drawn:
    return Drawn(person, label, Edges(left, 0, left + width, 50))


def some(dice: random.Random) -> list[Drawn]:
    """Up to four people who draw around the same places."""
    boxes = []
    for person in range(dice.randint(1, 4)):
        for place in range(dice.randint(0, 5)):
            left, top = place * 60 + dice.uniform(-20, 20), dice.uniform(0, 15)
            edges = Edges(left, top, left + dice.uniform(60, 100), top + dice.uniform(40, 60))
            boxes.append(Drawn(person, dice.choice(["car", "bus"]), edges))
    dice.shuffle(boxes)
    return boxes


def test_it_finds_who_drew_the_same() -> None:
    groups = groups_of([drawn(1, 0), drawn(2, 5), drawn(1, 400), drawn(3, 8, "bus")])
    assert [[box.person for box in group] for group in groups] == [[1, 2, 3], [1]]
    assert labels_in(groups[0], [1, 2, 3]) == {1: "car", 2: "car", 3: "bus"}
    assert labels_in(groups[1], [1, 2, 3], absent="-") == {1: "car", 2: "-", 3: "-"}


def test_the_better_overlap_wins() -> None:
    groups = groups_of([drawn(1, 0), drawn(2, 30), drawn(2, 2)])
    assert [[box.edges.x1 for box in group] for group in groups] == [[0, 2], [30]]


@pytest.mark.parametrize("seed", range(40))
def test_groups_are_a_partition_without_two_of_one_person(seed: int) -> None:
    boxes = some(random.Random(seed))
    groups = groups_of(boxes)
    assert sorted(map(id, boxes)) == sorted(id(box) for group in groups for box in group)
    for group in groups:
        people = [box.person for box in group]
        assert len(set(people)) == len(people) and people == sorted(people)
        assert len(group) == 1 or max(overlaps_in(group)) >= 0.5


@pytest.mark.parametrize("seed", range(40))
def test_the_sweep_finds_every_pair(seed: int) -> None:
    boxes = some(random.Random(seed))
    plain = {
        (first, second)
        for first, second in combinations(range(len(boxes)), 2)
        if boxes[first].person != boxes[second].person and boxes[first].edges.iou(boxes[second].edges) >= 0.3
    }
    assert {pair[1:] for pair in pairs_of(boxes, 0.3)} == plain


@pytest.mark.parametrize("seed", range(20))
def test_what_no_pair_is_left_over_could_have_been_grouped(seed: int) -> None:
    """Greedy to the end: no two groups could still be joined by a pair that overlaps enough."""
    boxes = some(random.Random(seed))
    groups = groups_of(boxes)
    for one, other in combinations(groups, 2):
        people = [box.person for box in (*one, *other)]
        if len(set(people)) == len(people):
            assert all(a.edges.iou(b.edges) < 0.5 for a in one for b in other)


def test_krippendorffs_own_example() -> None:
    """ "Computing Krippendorff's Alpha-Reliability" (2011), section C: four observers, twelve units, missing values."""
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    units = [[name for name in unit if name is not None] for unit in zip(*observers, strict=True)]
    assert alpha(units) == pytest.approx(0.743, abs=0.0005)


def test_alpha_at_its_ends() -> None:
    assert alpha([["car", "car"], ["bus", "bus"]]) == 1
    assert alpha([["car", "bus"], ["bus", "car"]]) == pytest.approx(-0.5)
    assert alpha([["car", "car"]]) is None and alpha([["car"], []]) is None and alpha([]) is None


def test_chance_gives_nothing() -> None:
    dice = random.Random(3)
    units = [[dice.choice("abc"), dice.choice("abc")] for _ in range(20_000)]
    found = alpha(units)
    assert found is not None and abs(found) < 0.02


def test_more_than_half_decide() -> None:
    result = consensus_of([drawn(1, 0), drawn(2, 10), drawn(3, 4, "bus"), drawn(1, 300)], 3)
    [agreed] = result.agreed
    assert (agreed.label, agreed.edges) == ("car", Edges(4, 0, 104, 50))
    assert [one.why for one in result.disputed] == [FEW]
    assert result.disputed[0].edges.x1 == 300


def test_two_of_four_are_not_enough_and_two_names_are_no_name() -> None:
    assert [one.why for one in consensus_of([drawn(1, 0), drawn(2, 0)], 4).disputed] == [FEW]
    assert [one.why for one in consensus_of([drawn(1, 0), drawn(2, 0, "bus")], 2).disputed] == [NAMES]


@pytest.mark.parametrize("seed", range(40))
def test_everything_is_agreed_or_disputed_and_edges_stay_in_order(seed: int) -> None:
    boxes = some(random.Random(seed))
    people = 4
    result = consensus_of(boxes, people)
    assert len(result.agreed) + len(result.disputed) == len(groups_of(boxes))
    for one in result.agreed:
        assert 2 * len(one.group) > people
        assert one.edges.x1 < one.edges.x2 and one.edges.y1 < one.edges.y2
    for group in groups_of(boxes):
        middle = median_of(group)
        assert min(box.edges.x1 for box in group) <= middle.x1 <= max(box.edges.x1 for box in group)
