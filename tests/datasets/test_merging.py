"""What the boxes of a file do to those of a frame, without a database: by rule, and for anything that comes."""

import random
from typing import Any
from uuid import UUID, uuid4

import pytest

from annotate.datasets.merging import Existing, Plan, Wanted, identity, key_of, plan_for
from annotate.sync.apply import apply, change_for
from annotate.sync.operations import EDGES, BoxState, Change, FrameFacts

FACTS = FrameFacts(640, 480, frozenset({1, 2}))
PROJECT, FRAME = 3, 4


def fields(x1: float = 10.0, label: int = 1, **other: Any) -> dict[str, Any]:
    edges = {"x1": x1, "y1": 20.0, "x2": x1 + 50.0, "y2": 80.0}
    return {
        **edges,
        "label": label,
        "attributes": {},
        "z": 0.0,
        "status": "accepted",
        "feedback": "",
        **other,
    }


def wanted(
    x1: float = 10.0, label: int = 1, *, own: UUID | None = None, place: int = 0, **other: Any
) -> Wanted:
    given = fields(x1, label, **other)
    key = str(own) if own else key_of(label, [given[edge] for edge in EDGES])
    return Wanted(identity(PROJECT, FRAME, key, place), own, given, other.get("source", "human"), None)


class Board:
    """Boxes of a frame, changed by the rules of sync.apply."""

    def __init__(self) -> None:
        self.boxes: dict[UUID, BoxState] = {}
        self.revision = 0

    def draw(self, source: str = "human", **given: Any) -> UUID:
        box = uuid4()
        self.record(Change("create", box, fields=fields(**given)), source)
        return box

    def record(self, change: Change, source: str = "human") -> None:
        self.revision += 1
        apply(change, self.boxes, revision=self.revision, user=1, source=source)

    def take(self, boxes: list[Wanted], existing: Existing = "add", **more: Any) -> Plan:
        plan = plan_for(self.boxes, boxes, existing=existing, gesture="import:1", **more)
        for command in plan.commands:
            assert command.box is not None
            change = change_for(command, self.boxes.get(command.box), FACTS)
            if change is not None:
                self.record(change, command.source)
        return plan

    def delete(self, box: UUID) -> None:
        self.record(Change("delete", box))

    def shapes(self) -> list[tuple[float, int]]:
        live = [box for box in self.boxes.values() if not box.is_deleted]
        return sorted((box.fields["x1"], box.fields["label"]) for box in live)


def test_new_boxes_are_added_and_the_second_time_are_there() -> None:
    board = Board()
    coming = [wanted(10), wanted(100, 2)]
    assert board.take(coming).added == 2
    again = board.take(coming)
    assert (again.commands, again.present) == ([], 2)


def test_equal_boxes_of_one_file_are_kept_apart() -> None:
    board = Board()
    twins = [wanted(10, place=0), wanted(10, place=1)]
    assert board.take(twins).added == 2 and board.take(twins).commands == []


@pytest.mark.parametrize(("shift", "is_same"), [(0.0, True), (0.99, True), (-0.99, True), (1.2, False)])
def test_what_a_format_rounded_is_the_same_box(shift: float, is_same: bool) -> None:
    board = Board()
    board.draw(x1=10.4)
    assert board.take([wanted(10.4 + shift)]).present == is_same
    assert board.take([wanted(10.4, 2)]).added == 1, "not with another label"


def test_a_box_that_people_deleted_or_moved_since_stays_so() -> None:
    board = Board()
    coming = [wanted(10), wanted(100)]
    board.take(coming)
    gone, moved = (one.identity for one in coming)
    board.delete(gone)
    board.record(Change("set", moved, fields={"x1": 120.0}))
    again = board.take(coming)
    assert (again.commands, again.kept_deleted, again.present) == ([], 1, 1)


def test_frames_with_boxes_are_skipped_where_that_is_wished() -> None:
    board = Board()
    gone = board.draw(x1=300.0)
    assert board.take([wanted(10)], "skip").skipped == 1 and board.shapes() == [(300.0, 1)]
    board.delete(gone)
    assert board.take([wanted(10)], "skip").added == 1


def test_replacing_leaves_exactly_what_the_file_has() -> None:
    board = Board()
    kept, other = board.draw(x1=10.0), board.draw(x1=300.0)
    own = uuid4()
    plan = board.take([wanted(10.3), wanted(200, own=own)], "replace")
    assert (plan.present, plan.added, plan.removed) == (1, 1, 1)
    assert board.boxes[other].is_deleted and not board.boxes[kept].is_deleted
    board.delete(own)
    back = board.take([wanted(10.3), wanted(210, own=own)], "replace")
    assert back.changed == 1 and board.shapes() == [(10.0, 1), (210.0, 1)]


def test_m7_proposals_replace_open_proposals_and_never_what_people_did() -> None:
    board = Board()
    drawn, judged = board.draw(x1=10.0), board.draw("model", x1=100.0)
    open_ = board.draw("model", x1=200.0, status="proposed")
    plan = board.take([wanted(400, status="proposed")], "replace", replaced="proposals")
    assert (plan.added, plan.removed) == (1, 1) and board.boxes[open_].is_deleted
    assert not board.boxes[drawn].is_deleted and not board.boxes[judged].is_deleted


def test_an_id_that_is_a_box_elsewhere_is_not_taken() -> None:
    board, own = Board(), uuid4()
    coming = [wanted(10, own=own)]
    plan = board.take(coming, taken=frozenset({own}))
    assert plan.added == 1 and own not in board.boxes
    assert board.take(coming, taken=frozenset({own})).commands == []
    assert board.take(coming).commands == [], "nor later, when it is free"


def test_the_rating_of_a_drawn_box_is_left_out_when_it_is_replaced() -> None:
    board, own = Board(), uuid4()
    board.take([wanted(10, own=own)])
    assert board.take([wanted(10, own=own, feedback="positive")], "replace").commands == []


@pytest.mark.parametrize("existing", ["add", "replace"])
@pytest.mark.parametrize("seed", range(20))
def test_whatever_comes_the_second_time_nothing_changes(seed: int, existing: Existing) -> None:
    chance, board = random.Random(seed), Board()
    for _number in range(chance.randrange(6)):
        board.draw(
            chance.choice(["human", "model"]), x1=float(chance.randrange(40)), label=chance.choice([1, 2])
        )
    owns = [*board.boxes, *(uuid4() for _ in range(3))]
    for box in chance.sample(list(board.boxes), k=len(board.boxes) // 3):
        board.delete(box)
    coming, times = [], dict[Any, int]()
    for _number in range(chance.randrange(12)):
        own = owns.pop(chance.randrange(len(owns))) if owns and chance.random() < 0.4 else None
        x1, label = (
            chance.choice([chance.randrange(40) + 0.5, float(chance.randrange(40))]),
            chance.choice([1, 2]),
        )
        place = times[x1, label] = times.get((x1, label), -1) + (own is None)
        coming.append(wanted(x1, label, own=own, place=place))
    board.take(coming, existing)
    shapes, second = board.shapes(), board.take(coming, existing)
    assert second.commands == [] and board.shapes() == shapes
    if existing == "replace":
        assert len(shapes) == len(coming), "as many as the file has"
