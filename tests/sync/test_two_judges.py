"""Two people judge one proposal at once: whatever they do, the first verdict holds and the second person is told."""

from itertools import product
from uuid import UUID

import pytest

from annotate.models import Frame
from annotate.sync.operations import Accepted, Code

from .proposals import judge, proposed, standing
from .replica import fresh_replica
from .world import Author, World, accepted, operations_of, refused

ACTS = ("A", "S", "D", "J", "K", "Delete", "move", "relabel")
OUTCOMES = {
    **{"A": ("accepted", "positive"), "S": ("rejected", "negative"), "D": ("open", "neutral")},
    **{"J": ("accepted", ""), "K": ("rejected", ""), "Delete": ("rejected", "")},
    **{"move": ("corrected", ""), "relabel": ("corrected", "")},
}
MADE = 1
"""The revision of the proposal."""


@pytest.fixture
def frame(world: World) -> Frame:
    return world.frame()


@pytest.fixture
def box(world: World, frame: Frame) -> UUID:
    return proposed(world, frame)


@pytest.fixture
def ada(world: World, frame: Frame) -> Author:
    return world.author(frame)


@pytest.fixture
def linus(world: World, frame: Frame) -> Author:
    return world.author(frame, "second")


@pytest.mark.parametrize("offline", [False, True], ids=["online", "offline"])
@pytest.mark.parametrize(("first", "second"), [*product(ACTS, ACTS)])
def test_the_first_verdict_holds_and_the_second_is_told_whose_it_is(
    world: World, frame: Frame, box: UUID, ada: Author, linus: Author, first: str, second: str, offline: bool
) -> None:
    accepted(judge(world, ada, box, first, seen=MADE))
    held = standing(box)
    assert held == (*OUTCOMES[first], ada.user.pk, 2, 1600)
    told = judge(world, linus, box, second, seen=MADE, offline=offline)
    if (first, second) == ("Delete", "Delete"):
        assert told == Accepted(1, None, None)
    else:
        no = refused(told, Code.GONE if first == "Delete" else Code.STALE)
        assert no.by == ada.user.pk
        now = fresh_replica(frame).boxes[str(box)] if no.current else {}
        assert no.current == {name: now[name] for name in no.current}
        assert ("status" in no.current) is (first not in ("D", "Delete"))
    assert standing(box) == held
    assert len(operations_of(frame)) == 2


@pytest.mark.parametrize(
    ("first", "second"), [*product(("A", "S", "D", "J", "K"), ("A", "S", "D", "J", "K", "Delete"))]
)
def test_whoever_saw_the_first_verdict_may_have_another(
    world: World, box: UUID, ada: Author, linus: Author, first: str, second: str
) -> None:
    accepted(judge(world, ada, box, first))
    accepted(judge(world, linus, box, second))
    outcome, feedback, *_ = standing(box)
    kept = OUTCOMES[first][1].replace("neutral", "")  # J, K and Delete say nothing of a rating
    assert (outcome, feedback) == (OUTCOMES[second][0], OUTCOMES[second][1] or kept)


def test_a_deletion_that_names_no_verdict_goes_by_none(
    box: UUID, world: World, ada: Author, linus: Author
) -> None:
    """As pages and programs of before say it."""
    accepted(judge(world, ada, box, "A"))
    accepted(linus.do("delete", box, offline=True))
    assert standing(box)[:3] == ("rejected", "positive", linus.user.pk)


def test_moving_edges_alone_never_stands_in_the_way_of_a_deletion(ada: Author, linus: Author) -> None:
    box = ada.draw()
    accepted(ada.do("set", box, x1=40.0))
    accepted(linus.do("delete", box, base={"status": 1, "feedback": 1}, offline=True))


def test_a_box_that_somebody_rejected_meanwhile_is_not_deleted_unseen(ada: Author, linus: Author) -> None:
    box = ada.draw()
    accepted(ada.do("set", box, status="rejected", base={"status": 1}))
    no = refused(linus.do("delete", box, base={"status": 1, "feedback": 1}, offline=True), Code.STALE)
    assert (no.current, no.versions, no.by) == ({"status": "rejected"}, {"status": 2}, ada.user.pk)
    accepted(linus.do("delete", box, base={"status": 2, "feedback": 1}))


def test_the_answer_names_the_first_also_when_it_is_asked_for_again(
    world: World, box: UUID, ada: Author, linus: Author
) -> None:
    accepted(judge(world, ada, box, "A"))
    command = linus.command("delete", box, base={"status": MADE, "feedback": MADE})
    [no] = linus.send(command)
    assert refused(no, Code.STALE).by == ada.user.pk
    assert linus.send(command) == [no]


def test_it_names_the_first_of_one_batch(world: World, box: UUID, ada: Author) -> None:
    first = ada.command("set", box, status="accepted", base={"status": MADE})
    second = ada.command("set", box, status="rejected", base={"status": MADE})
    _, no = ada.send(first, second)
    assert refused(no, Code.STALE).by == ada.user.pk


@pytest.mark.parametrize("act", ["J", "K", "move", "relabel"])
def test_whoever_decides_takes_the_neutral_rating_back(
    world: World, box: UUID, ada: Author, linus: Author, act: str
) -> None:
    """It says that it is undecided."""
    accepted(judge(world, ada, box, "D"))
    accepted(judge(world, linus, box, act))
    assert standing(box)[:3] == (*OUTCOMES[act], linus.user.pk)
    accepted(linus.do("undo"))
    assert standing(box)[:3] == ("open", "neutral", ada.user.pk)


def test_moving_without_a_word_on_the_status_decides_too(world: World, box: UUID, ada: Author) -> None:
    accepted(judge(world, ada, box, "D"))
    accepted(ada.do("set", box, x1=12.0))
    assert standing(box)[:2] == ("corrected", "")


def test_what_is_said_with_the_status_stands(box: UUID, ada: Author) -> None:
    """A version that is brought back is what it was (datasets.restore)."""
    accepted(ada.do("set", box, status="accepted", feedback="neutral", base={"status": 1, "feedback": 1}))
    assert standing(box)[:2] == ("accepted", "neutral")
    accepted(ada.do("set", box, status="rejected", feedback="neutral", base={"status": 2, "feedback": 2}))
    assert standing(box)[:2] == ("rejected", "neutral")


def test_a_neutral_rating_can_open_again_what_was_decided(world: World, box: UUID, ada: Author) -> None:
    accepted(judge(world, ada, box, "A"))
    base = {"status": 2, "feedback": 2}
    accepted(ada.do("set", box, status="proposed", feedback="neutral", base=base))
    assert standing(box)[:2] == ("open", "neutral")
    accepted(ada.do("undo"))
    assert standing(box)[:4] == ("accepted", "positive", ada.user.pk, 2)
