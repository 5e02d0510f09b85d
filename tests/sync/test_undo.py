"""Undo and redo through submit: the stack is read from the log."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from annotate.models import Box, Frame, Label, Operation
from annotate.sync.operations import Accepted, Code, Outcome, Refused
from annotate.sync.submit import Submission, submit

from .replica import check_replay, fresh_replica
from .world import Author, World, accepted, edges_of, make_command, refused


@pytest.fixture
def frame(world: World) -> Frame:
    return world.frame()


@pytest.fixture
def me(world: World, frame: Frame) -> Author:
    return world.author(frame)


@pytest.fixture
def other(world: World, frame: Frame) -> Author:
    return world.author(frame, "second")


def boxes_on(frame: Frame) -> dict[str, dict[str, Any]]:
    """What is to be seen: live boxes without the history of their fields."""
    return {
        box: {name: value for name, value in fields.items() if name != "versions"}
        for box, fields in fresh_replica(frame).boxes.items()
    }


def last(frame: Frame) -> Operation:
    return Operation.objects.filter(frame=frame).latest("revision")


def test_undo_takes_back_the_newest_gesture_and_redo_does_it_again(frame: Frame, me: Author) -> None:
    box = me.draw()
    accepted(me.do("set", box, x1=30.0, gesture="move"))
    outcome = accepted(me.do("undo", gesture="back"))
    assert (outcome.first, outcome.last, outcome.skipped) == (3, 3, ())
    undo = last(frame)
    assert (undo.origin, undo.gesture, undo.reverts, undo.fields) == ("undo", "back", "move", {"x1": 10.0})
    accepted(me.do("redo", gesture="again"))
    redo = last(frame)
    assert (redo.origin, redo.gesture, redo.reverts, redo.fields) == ("redo", "again", "back", {"x1": 30.0})
    check_replay(frame)


def test_a_gesture_of_several_boxes_is_one_step(frame: Frame, me: Author) -> None:
    boxes = [me.draw() for _ in range(3)]
    me.send(*(me.command("set", box, x1=30.0 + index, gesture="all") for index, box in enumerate(boxes)))
    before = fresh_replica(frame)
    outcome = accepted(me.do("undo"))
    assert (outcome.first, outcome.last) == (7, 9)
    assert {edges_of(box)[0] for box in boxes} == {10.0}
    parts = Operation.objects.filter(frame=frame, client=me.client, counter=me.counter)
    assert sorted(parts.values_list("part", flat=True)) == [0, 1, 2]
    check_replay(frame, before)
    accepted(me.do("redo"))
    assert [edges_of(box)[0] for box in boxes] == [30.0, 31.0, 32.0]
    check_replay(frame, before)


@pytest.mark.parametrize("kind", ["create", "set", "delete", "restore"])
def test_each_kind_can_be_undone_and_redone(frame: Frame, me: Author, kind: str) -> None:
    box = me.draw()
    if kind == "set":
        accepted(me.do("set", box, x1=30.0, label=me.label))
    if kind in ("delete", "restore"):
        accepted(me.do("delete", box))
    if kind == "restore":
        accepted(me.do("restore", box))
    done = boxes_on(frame)
    before = fresh_replica(frame)
    accepted(me.do("undo"))
    assert boxes_on(frame) != done
    accepted(me.do("redo"))
    assert boxes_on(frame) == done
    check_replay(frame, before)


def test_i12_what_somebody_changed_since_is_left_alone_and_named(
    frame: Frame, me: Author, other: Author
) -> None:
    box = me.draw()
    accepted(me.do("set", box, x1=30.0, y1=40.0))
    accepted(other.do("set", box, x1=50.0))
    outcome = accepted(me.do("undo"))
    assert [(one.box, one.fields) for one in outcome.skipped] == [(box, ("x1",))]
    assert edges_of(box)[:2] == (50.0, 20.0)
    check_replay(frame)


def test_undoing_a_creation_that_somebody_touched_leaves_the_box(
    frame: Frame, me: Author, other: Author
) -> None:
    box = me.draw(gesture="draw")
    accepted(other.do("set", box, x1=50.0))
    outcome = accepted(me.do("undo", target="draw"))
    assert (outcome.first, [one.fields for one in outcome.skipped]) == (None, [("deleted",)])
    assert Box.objects.get(pk=box).deleted_revision is None
    refused(me.do("undo"), Code.NOTHING)


def test_a_creation_that_a_machine_touched_counts_as_touched(world: World, frame: Frame, me: Author) -> None:
    box = me.draw()
    machine = Submission(uuid4(), None, [make_command(1, "set", box, x1=50.0)], "model")
    accepted(submit(frame.pk, [machine]).outcomes[0][0])
    refused(me.do("undo"), Code.NOTHING)


def test_undoing_a_creation_that_only_i_changed_deletes_it(frame: Frame, me: Author) -> None:
    box = me.draw(gesture="draw")
    accepted(me.do("set", box, x1=30.0))
    accepted(me.do("undo", target="draw"))
    assert Box.objects.get(pk=box).deleted_revision == 3


def test_undo_passes_over_what_is_exhausted(frame: Frame, me: Author, other: Author) -> None:
    first, second = me.draw(), me.draw()
    accepted(me.do("set", first, x1=30.0))
    accepted(me.do("set", second, x1=31.0))
    accepted(other.do("set", second, x1=50.0))
    accepted(me.do("undo"))
    assert (edges_of(first)[0], edges_of(second)[0]) == (10.0, 50.0)


def test_redo_passes_over_what_is_exhausted(frame: Frame, me: Author, other: Author) -> None:
    first, second = me.draw(), me.draw()
    accepted(me.do("set", second, x1=31.0))
    accepted(me.do("set", first, x1=30.0))
    for _ in range(2):
        accepted(me.do("undo"))
    accepted(other.do("set", second, x1=50.0))
    accepted(me.do("redo"))
    assert (edges_of(first)[0], edges_of(second)[0]) == (30.0, 50.0)


def test_a_named_gesture_is_undone_out_of_order(frame: Frame, me: Author) -> None:
    box = me.draw()
    accepted(me.do("set", box, x1=30.0, gesture="left"))
    accepted(me.do("set", box, y1=40.0, gesture="top"))
    accepted(me.do("undo", target="left"))
    assert edges_of(box)[:2] == (10.0, 40.0)
    accepted(me.do("redo"))
    assert edges_of(box)[:2] == (30.0, 40.0)


@pytest.mark.parametrize("target", ["never", "theirs", "left undone"])
def test_w14_a_gesture_of_others_answers_like_one_that_never_was(
    frame: Frame, me: Author, other: Author, target: str
) -> None:
    box = me.draw()
    accepted(other.do("set", box, x1=30.0, gesture="theirs"))
    accepted(me.do("set", box, y1=40.0, gesture="left undone"))
    accepted(me.do("undo", target="left undone"))
    assert refused(me.do("undo", target=target), Code.NOTHING).detail == "nothing left to undo"
    assert edges_of(box)[0] == 30.0


def test_a_new_edit_clears_redo(frame: Frame, me: Author) -> None:
    box = me.draw()
    accepted(me.do("set", box, x1=30.0))
    accepted(me.do("undo"))
    accepted(me.do("set", box, y1=40.0))
    refused(me.do("redo"), Code.NOTHING)


def test_a_new_edit_of_somebody_else_does_not_clear_my_redo(frame: Frame, me: Author, other: Author) -> None:
    box = me.draw()
    accepted(me.do("set", box, x1=30.0))
    accepted(me.do("undo"))
    accepted(other.do("set", box, y1=40.0))
    accepted(me.do("redo"))
    assert edges_of(box)[0] == 30.0


def test_with_nothing_done_there_is_nothing_to_take_back(me: Author) -> None:
    refused(me.do("undo"), Code.NOTHING)
    refused(me.do("redo"), Code.NOTHING)


@pytest.mark.parametrize("origin", ["model", "admin", "import"])
@pytest.mark.parametrize("by", ["a machine", "myself"])
def test_only_my_own_edits_enter_the_stack(frame: Frame, me: Author, origin: Any, by: str) -> None:
    box = me.draw(gesture="draw")
    user_id = None if by == "a machine" else me.user.pk
    outside = Submission(uuid4(), user_id, [make_command(1, "set", box, x1=30.0, gesture="outside")], origin)
    accepted(submit(frame.pk, [outside]).outcomes[0][0])
    refused(me.do("undo", target="outside"), Code.NOTHING)


def test_the_stack_is_per_frame(world: World, me: Author) -> None:
    me.draw()
    elsewhere = world.author(world.frame())
    refused(elsewhere.do("undo"), Code.NOTHING)


def test_it_survives_a_reload_and_is_shared_by_all_my_tabs(world: World, frame: Frame, me: Author) -> None:
    box = me.draw()
    accepted(me.do("set", box, x1=30.0))
    tab = world.author(frame)
    accepted(tab.do("undo"))
    assert edges_of(box)[0] == 10.0
    accepted(me.do("redo"))
    assert edges_of(box)[0] == 30.0


def test_edits_of_the_same_batch_can_be_undone(frame: Frame, me: Author) -> None:
    box = uuid4()
    edges = {"x1": 10.0, "y1": 20.0, "x2": 110.0, "y2": 90.0}
    outcomes = me.send(
        me.command("create", box, **edges, label=me.label),
        me.command("set", box, x1=30.0),
        me.command("undo"),
        me.command("redo"),
        me.command("undo"),
        me.command("undo"),
        me.command("undo"),
    )
    assert [isinstance(one, Accepted) for one in outcomes] == [True] * 6 + [False]
    assert Box.objects.get(pk=box).deleted_revision == 6
    check_replay(frame)


def test_a_machine_has_no_stack(world: World, frame: Frame) -> None:
    machine = Submission(uuid4(), None, [make_command(1, "undo")], "model")
    refused(submit(frame.pk, [machine]).outcomes[0][0], Code.INVALID)


@pytest.mark.parametrize("name", ["draw", "the undo"])
def test_the_gesture_of_an_undo_has_to_be_new(frame: Frame, me: Author, name: str) -> None:
    me.draw(gesture="draw")
    me.draw(gesture="other")
    accepted(me.do("undo", gesture="the undo"))
    refused(me.do("undo", gesture=name), Code.INVALID)


def test_a_label_that_was_deleted_since_does_not_block_the_stack(
    world: World, frame: Frame, me: Author
) -> None:
    gone = Label.objects.create(project=world.project, name="gone", color="#000000", position=9)
    first = me.draw()
    box = me.draw(label=gone.pk, gesture="draw")
    accepted(me.do("set", box, label=me.label, gesture="relabel"))
    gone.delete()
    outcome = accepted(me.do("undo", target="relabel"))
    assert (outcome.first, [one.fields for one in outcome.skipped]) == (None, [("label",)])
    accepted(me.do("undo"))
    accepted(me.do("undo"))
    assert Box.objects.get(pk=first).deleted_revision is not None
    check_replay(frame)


def test_an_undo_of_a_viewer_is_refused_although_it_was_their_edit(
    world: World, frame: Frame, me: Author
) -> None:
    box = me.draw()
    world.project.memberships.filter(user=me.user).update(role="viewer")
    refused(me.do("undo"), Code.FORBIDDEN)
    assert Box.objects.get(pk=box).deleted_revision is None


# k undos and k redos

STEP = st.tuples(
    st.sampled_from(["create", "set", "set", "set", "delete", "restore", "rewind"]),
    st.integers(0, 3),  # which box
    st.sampled_from(["x1", "y1", "x2", "y2", "label", "z", "attributes"]),
    st.integers(0, 640),
)
GESTURE = st.lists(STEP, min_size=1, max_size=3)


def run_gesture(me: Author, name: str, steps: list[tuple[str, int, str, int]], labels: list[int]) -> None:
    for kind, place, field, number in steps:
        if kind == "create" or not me.boxes:
            left, top = float(number % 500), float(number % 300)
            me.draw(x1=left, y1=top, x2=left + 100, y2=top + 50, gesture=name)
        elif kind == "rewind":
            me.do("rewind", to=max(0, Frame.objects.get(pk=me.frame.pk).revision - number % 4), gesture=name)
        else:
            special = {"label": labels[number % 2], "attributes": {"n": float(number)}}
            given = {field: special.get(field, float(number))} if kind == "set" else {}
            me.do(kind, me.boxes[place % len(me.boxes)], gesture=name, **given)


def undo_one_by_one(me: Author, states: list[dict[str, dict[str, Any]]], times: int) -> int:
    """Each undo leads to the state before one more gesture. How many there were."""
    place = len(states) - 1
    for count in range(times):
        outcome = me.do("undo")
        if isinstance(outcome, Refused):
            assert outcome.code == Code.NOTHING
            return count
        assert not outcome.skipped
        place = state_before(states, place, boxes_on(me.frame))
    return times


def state_before(states: list[dict[str, dict[str, Any]]], place: int, now: dict[str, dict[str, Any]]) -> int:
    """Where ``now`` is in ``states``, one gesture before ``place``. A gesture that changed nothing to be seen may
    be a step of its own or be passed over."""
    while place and states[place - 1] == states[place]:
        place -= 1
        if now == states[place]:
            return place
    assert place and now == states[place - 1], "another gesture was undone than the newest"
    return place - 1


def as_often(me: Author, kind: str, times: int) -> list[Outcome]:
    outcomes = []
    for _ in range(times):
        outcomes.append(me.do(kind))
        if isinstance(outcomes[-1], Refused):
            assert outcomes.pop().code == Code.NOTHING  # type: ignore[union-attr]
            break
    return outcomes


@pytest.mark.usefixtures("db")
@seed(20260101)
@settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(gestures=st.lists(GESTURE, min_size=1, max_size=6), times=st.integers(1, 7))
def test_i12_undos_and_redos_in_equal_number_change_nothing(
    world: World, gestures: list[list[tuple[str, int, str, int]]], times: int
) -> None:
    frame = world.frame()
    me = world.author(frame)
    labels = [world.labels["car"], world.labels["bus"]]
    states = [boxes_on(frame)]
    for index, steps in enumerate(gestures):
        run_gesture(me, f"gesture-{index}", steps, labels)
        states.append(boxes_on(frame))
    undone = undo_one_by_one(me, states, times)
    assert len(as_often(me, "redo", undone)) == undone
    assert boxes_on(frame) == states[-1]
    undo_one_by_one(me, states, len(gestures) + 1)
    assert boxes_on(frame) == {}, "with everything undone nothing is left"
    check_replay(frame)
