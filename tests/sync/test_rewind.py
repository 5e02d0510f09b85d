"""Going back to an earlier revision: by new operations, undoable, and exactly what was there."""

import random
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.models import Box, Frame
from annotate.sync import submit as submit_module
from annotate.sync.operations import Accepted, Code

from .replica import check_replay
from .world import EDGES, Author, World, accepted, make_world, operations_of, refused


@pytest.fixture
def frame(world: World) -> Frame:
    return world.frame()


@pytest.fixture
def me(world: World, frame: Frame) -> Author:
    return world.author(frame)


def picture_of(frame: Frame) -> dict[UUID, tuple[object, ...]]:
    """The live boxes and all their values."""
    rows = Box.objects.filter(frame=frame, deleted_revision__isnull=True)
    return {
        row[0]: row[1:]
        for row in rows.values_list("pk", "x1", "y1", "x2", "y2", "label", "z", "status", "attributes")
    }


def test_it_makes_the_boxes_what_they_were(world: World, frame: Frame, me: Author) -> None:
    kept, dropped = me.draw(), me.draw(x1=200.0, x2=260.0)
    then, revision = picture_of(frame), operations_of(frame)[-1].revision
    other = world.author(frame, "second")
    accepted(other.do("set", kept, x1=40.0, label=world.labels["bus"]))
    accepted(other.do("delete", dropped))
    accepted(other.do("create", uuid4(), **EDGES, label=me.label))
    before = len(operations_of(frame))
    outcome = accepted(me.do("rewind", to=revision, gesture="back"))
    assert picture_of(frame) == then
    assert (outcome.first, outcome.last) == (before + 1, before + 3), "new operations, nothing rewritten"
    check_replay(frame)


def test_it_can_be_undone(world: World, frame: Frame, me: Author) -> None:
    box = me.draw()
    other = world.author(frame, "second")
    accepted(other.do("set", box, x1=40.0))
    accepted(other.do("create", uuid4(), **EDGES, label=me.label))
    now = picture_of(frame)
    accepted(me.do("rewind", to=1, gesture="back"))
    assert len(picture_of(frame)) == 1
    accepted(me.do("undo", gesture="forth"))
    assert picture_of(frame) == now


def test_it_does_nothing_when_nothing_changed(frame: Frame, me: Author) -> None:
    me.draw()
    assert me.do("rewind", to=1) == Accepted(2, None, None)
    assert len(operations_of(frame)) == 1


def test_w24_sent_again_it_is_done_once(frame: Frame, me: Author) -> None:
    me.draw()
    me.draw()
    command = me.command("rewind", to=1)
    first = me.send(command)
    assert me.send(command) == first
    assert len(operations_of(frame)) == 3


@pytest.mark.parametrize("to", [None, 99])
def test_it_refuses_a_revision_that_was_not(frame: Frame, me: Author, to: int | None) -> None:
    me.draw()
    refused(me.do("rewind", to=to), Code.INVALID)
    assert len(operations_of(frame)) == 1


def test_w18_a_viewer_cannot(world: World, frame: Frame, me: Author) -> None:
    me.draw()
    refused(world.author(frame, "viewer").do("rewind", to=0), Code.FORBIDDEN)
    assert len(picture_of(frame)) == 1


def test_it_refuses_more_than_it_can_carry(frame: Frame, me: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submit_module, "REWIND_DEPTH", 1)
    me.draw()
    me.draw()
    refused(me.do("rewind", to=0), Code.INVALID)


@pytest.mark.django_db
@given(seed=st.integers(0, 2**32))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_any_revision_can_be_had_again(seed: int) -> None:
    chance = random.Random(seed)
    world = make_world()
    frame = world.frame()
    people = [world.author(frame), world.author(frame, "second")]
    boxes = [people[0].draw()]
    pictures = {0: {}, 1: picture_of(frame)}
    for _ in range(12):
        author = chance.choice(people)
        match chance.choice(["draw", "set", "delete", "restore", "undo", "rewind"]):
            case "draw":
                boxes.append(author.draw(x1=float(chance.randrange(90))))
            case "set":
                author.do("set", chance.choice(boxes), x2=float(chance.randrange(200, 600)))
            case "undo":
                author.do("undo", gesture=uuid4().hex)
            case "rewind":
                author.do("rewind", to=chance.choice(list(pictures)))
            case kind:
                author.do(kind, chance.choice(boxes))
        pictures[len(operations_of(frame))] = picture_of(frame)
    wanted = chance.choice(list(pictures))
    people[1].do("rewind", to=wanted)
    assert picture_of(frame) == pictures[wanted], f"seed {seed}, revision {wanted}"
    check_replay(frame)
