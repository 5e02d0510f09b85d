"""Whose verdict holds: after undo, redo, restoration and rewind it is again that of the operation that came to it."""

import random
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.models import Frame, Operation, Proposal
from annotate.sync.judges import judge_in
from annotate.sync.submit import submit
from annotate.sync.verdicts import ProposalRow

from .proposals import judge, proposed, standing
from .replica import check_replay
from .world import Author, World, accepted, make_world


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


def undo(author: Author, kind: str = "undo", **rest: Any) -> None:
    accepted(author.do(kind, gesture=uuid4().hex, ms=547, **rest))


def test_a_correction_taken_back_leaves_the_verdict_to_whoever_accepted(
    world: World, box: UUID, ada: Author, linus: Author
) -> None:
    accepted(judge(world, ada, box, "J", ms=3544))
    accepted(linus.do("set", box, x1=12.0, ms=800))
    assert standing(box) == ("corrected", "", linus.user.pk, 3, 800)
    undo(linus)
    assert standing(box) == ("accepted", "", ada.user.pk, 2, 3544)
    undo(linus, "redo")
    assert standing(box) == ("corrected", "", linus.user.pk, 3, 800)


def test_a_verdict_done_again_is_the_one_that_was_given(world: World, box: UUID, ada: Author) -> None:
    accepted(judge(world, ada, box, "A", ms=3544))
    undo(ada)
    assert standing(box) == ("open", "", None, None, None)
    undo(ada, "redo")
    assert standing(box) == ("accepted", "positive", ada.user.pk, 2, 3544)
    undo(ada)
    undo(ada, "redo")
    assert standing(box) == ("accepted", "positive", ada.user.pk, 2, 3544)


def test_of_many_presses_the_first_corrected_and_still_did_after_an_undo(
    world: World, box: UUID, ada: Author, linus: Author
) -> None:
    for step in range(1, 5):
        accepted(ada.do("set", box, x1=10.0 + step, gesture="nudge", ms=100 * step))
    corrected = ("corrected", "", ada.user.pk, 2, 100)
    assert standing(box) == corrected
    accepted(judge(world, linus, box, "K"))
    undo(linus)
    assert standing(box) == corrected
    accepted(judge(world, linus, box, "Delete"))
    assert standing(box)[:4] == ("rejected", "", linus.user.pk, 8)
    undo(linus)
    assert standing(box) == corrected


def test_a_box_that_is_brought_back_has_its_verdict_again(
    world: World, box: UUID, ada: Author, linus: Author
) -> None:
    accepted(judge(world, ada, box, "S"))
    accepted(judge(world, linus, box, "Delete"))
    accepted(ada.do("restore", box, ms=9))
    assert standing(box) == ("rejected", "negative", ada.user.pk, 2, 1600)


def test_of_two_verdicts_alike_it_is_the_one_whose_values_are_back(
    world: World, box: UUID, ada: Author, linus: Author
) -> None:
    accepted(judge(world, ada, box, "J", gesture="first"))
    accepted(judge(world, linus, box, "K", gesture="second"))
    accepted(judge(world, ada, box, "J", gesture="third"))
    undo(ada)
    assert standing(box)[:4] == ("rejected", "", linus.user.pk, 3)
    undo(linus)
    assert standing(box)[:4] == ("accepted", "", ada.user.pk, 2)


def test_of_two_who_corrected_it_is_the_one_whose_correction_is_left(
    box: UUID, ada: Author, linus: Author
) -> None:
    accepted(linus.do("set", box, x1=12.0))
    accepted(ada.do("set", box, status="accepted", x2=100.0, base={"status": 2}, ms=700))
    assert standing(box)[2:4] == (linus.user.pk, 2)
    accepted(linus.do("undo", gesture="back"))
    assert standing(box)[0] == "open", "the acceptance was his"
    accepted(ada.do("set", box, status="accepted", base={"status": 4}, ms=300))
    accepted(linus.do("set", box, x1=13.0))
    accepted(linus.do("undo", gesture="back again"))
    assert standing(box) == ("corrected", "", ada.user.pk, 5, 300)


def test_a_rewind_gives_the_verdict_back_to_whoever_came_to_it(
    world: World, frame: Frame, box: UUID, ada: Author, linus: Author
) -> None:
    accepted(judge(world, ada, box, "A", ms=3544))
    accepted(judge(world, linus, box, "S"))
    rita = world.author(frame, "reviewer")
    accepted(rita.do("rewind", to=2, gesture="back", ms=5000))
    assert standing(box) == ("accepted", "positive", ada.user.pk, 2, 3544)
    accepted(linus.do("set", box, x1=12.0, gesture="move"))
    undo(linus)
    assert standing(box) == ("accepted", "positive", ada.user.pk, 2, 3544), "also later"
    undo(rita)
    assert standing(box)[:4] == ("rejected", "negative", linus.user.pk, 3)


def test_each_of_a_batch_counts(world: World, frame: Frame, box: UUID, ada: Author, linus: Author) -> None:
    """Whatever was committed together: the first move corrected, and a verdict was turned round."""
    move = ada.command("set", box, x1=12.0, ms=10)
    again = ada.command("set", box, x1=13.0, ms=20)
    no = linus.command("set", box, status="rejected", base={"status": 2}, ms=30)
    submit(frame.pk, [ada.submission(move, again)])
    assert standing(box) == ("corrected", "", ada.user.pk, 2, 10)
    submit(frame.pk, [linus.submission(no, linus.command("undo", ms=40))])
    assert standing(box) == ("corrected", "", ada.user.pk, 2, 10)
    assert Proposal.objects.get(pk=box).reversals == 2


def test_nobody_is_named_where_a_machine_had_accepted(world: World, box: UUID, ada: Author) -> None:
    Proposal.objects.filter(pk=box).update(outcome="open", by_machine=True)
    accepted(judge(world, ada, box, "J"))
    undo(ada)
    assert standing(box) == ("open", "", None, None, None)


@pytest.mark.django_db
@given(seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_the_log_alone_tells_the_same(seed: int) -> None:
    """However people judge, take back and rewind, alone or in one batch."""
    chance = random.Random(seed)
    world = make_world()
    frame = world.frame()
    box = proposed(world, frame)
    people = [world.author(frame, who) for who in ("annotator", "second", "reviewer")]
    for turn in range(14):
        author = chance.choice(people)
        act = chance.choice(
            ["A", "S", "D", "J", "K", "Delete", "move", "relabel", "undo", "redo", "restore", "rewind"]
        )
        if act == "rewind":
            author.do("rewind", to=chance.randrange(1, turn + 2), gesture=uuid4().hex)
        elif act in ("undo", "redo", "restore"):
            author.do(act, *[box] if act == "restore" else [], gesture=uuid4().hex, ms=turn)
        elif act == "move":
            author.send(
                *(author.command("set", box, x1=chance.choice([10.0, 12.0, 14.0]), ms=turn) for _ in range(2))
            )
        else:
            judge(world, author, box, act, gesture=uuid4().hex, ms=turn)
        check_told_by_log(box, f"seed {seed}, turn {turn}: {act}")
    check_replay(frame)


def check_told_by_log(box: UUID, where: str) -> None:
    row = ProposalRow(*Proposal.objects.filter(pk=box).values_list(*ProposalRow.__struct_fields__).get())
    told = judge_in(Operation.objects.filter(box=box).order_by("revision"), row)
    if row.outcome == "open" and not row.feedback:
        assert told is None and row.judged_by_id is None, where
        return
    assert told is not None, where
    assert (row.judged_by_id, row.judged_revision, row.ms) == (told.user_id, told.revision, told.ms), where
    assert not told.reverts, f"{where}: judged by an undo"
