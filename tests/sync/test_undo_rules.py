"""The undo stack and what an undo does, as pure functions."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

import pytest

from annotate.sync.apply import apply, change_for
from annotate.sync.operations import BoxState, Change, FrameFacts, LoggedChange, Skipped
from annotate.sync.undo import Reversal, StackEntry, reversal_of, stack_of

from .world import make_command

FACTS = FrameFacts(width=640, height=480, labels=frozenset({1, 2}))
WHOLE: dict[str, Any] = {"x1": 10.0, "y1": 20.0, "x2": 110.0, "y2": 90.0, "label": 1}
ME, OTHER = 7, 8


def entries(text: str) -> list[StackEntry]:
    """``a``: an edit of gesture a. ``u<a`` undoes a by gesture u, ``r>u`` redoes the undo u by gesture r."""
    found = []
    for word in text.split():
        if "<" in word:
            gesture, _, reverts = word.partition("<")
            found.append(StackEntry(gesture, "undo", reverts))
        elif ">" in word:
            gesture, _, reverts = word.partition(">")
            found.append(StackEntry(gesture, "redo", reverts))
        else:
            found.append(StackEntry(word, "user", ""))
    return found


@pytest.mark.parametrize(
    ("log", "done", "undone"),
    [
        ("", "", ""),
        ("a", "a", ""),
        ("a b c", "a b c", ""),
        ("a a a b", "a b", ""),
        ("a b a", "a b", ""),
        ("a u<a", "", "u"),
        ("a b u<b", "a", "u"),
        ("a b u<b v<a", "", "u v"),
        ("a b u<b v<a r>v", "a", "u"),
        ("a b u<b v<a r>v s>u", "a b", ""),
        ("a u<a r>u v<a", "", "v"),
        ("a b u<b c", "a c", ""),
        ("a b u<b v<a c", "c", ""),
        ("a b u<b v<a r>v c", "a c", ""),
        ("a b u<a", "b", "u"),
        ("a b u<a r>u", "b a", ""),
        ("a a u<a u<a", "", "u"),
        ("a a u<a u<a r>u r>u", "a", ""),
        ("u<a", "", "u"),
        ("r>u", "", ""),
        ("a u<a a", "a", ""),
    ],
)
def test_it_folds_the_log_into_a_stack(log: str, done: str, undone: str) -> None:
    stack = stack_of(entries(log))
    assert (stack.done, stack.undone) == (tuple(done.split()), tuple(undone.split()))


class Log:
    """Changes of one frame in memory, as submit records them."""

    def __init__(self) -> None:
        self.boxes: dict[UUID, BoxState] = {}
        self.revision = 0
        self.gestures: dict[str, list[LoggedChange]] = {}

    def record(self, change: Change, gesture: str, user: int = ME) -> None:
        self.revision += 1
        apply(change, self.boxes, revision=self.revision, user=user)
        logged = LoggedChange(
            self.revision,
            change.kind,
            change.box,
            change.fields,
            change.before,
            change.authored_before,
            change.authored,
        )
        self.gestures.setdefault(gesture, []).append(logged)

    def edit(self, gesture: str, kind: str, box: UUID, *, by: int = ME, **fields: Any) -> None:
        change = change_for(make_command(1, kind, box, **fields), self.boxes.get(box), FACTS)
        assert change is not None
        self.record(change, gesture, by)

    def drawn(self, gesture: str = "draw", by: int = ME) -> UUID:
        box = uuid4()
        self.edit(gesture, "create", box, by=by, **WHOLE)
        return box

    def reversal(self, gesture: str, touched: Iterable[UUID] = ()) -> Reversal:
        return reversal_of(self.gestures[gesture], self.boxes, touched_by_others=frozenset(touched))

    def revert(self, gesture: str, by: str) -> Reversal:
        """Undo or redo ``gesture`` as gesture ``by``."""
        reversal = self.reversal(gesture)
        for change in reversal.changes:
            self.record(change, by)
        return reversal

    def kinds(self, gesture: str, touched: Iterable[UUID] = ()) -> list[str]:
        return [change.kind for change in self.reversal(gesture, touched).changes]

    def value(self, box: UUID, name: str) -> Any:
        return self.boxes[box].fields[name]


@pytest.fixture
def log() -> Log:
    return Log()


class TestFields:
    def test_it_gives_back_the_values_of_before(self, log: Log) -> None:
        box = log.drawn()
        log.edit("move", "set", box, x1=30.0, y1=40.0)
        (change,) = log.reversal("move").changes
        assert change.fields == {"x1": 10.0, "y1": 20.0}
        assert change.before == {"x1": 30.0, "y1": 40.0}
        assert change.authored == {"x1": 1, "y1": 1}

    def test_of_several_writes_it_gives_back_the_first_before(self, log: Log) -> None:
        box = log.drawn()
        for left in (30.0, 31.0, 32.0):
            log.edit("drag", "set", box, x1=left)
        log.revert("drag", "undo")
        assert log.value(box, "x1") == 10.0

    def test_i12_it_skips_what_somebody_changed_since(self, log: Log) -> None:
        box = log.drawn()
        log.edit("move", "set", box, x1=30.0, y1=40.0)
        log.edit("theirs", "set", box, by=OTHER, x1=50.0)
        reversal = log.reversal("move")
        assert [change.fields for change in reversal.changes] == [{"y1": 20.0}]
        assert reversal.skipped == (Skipped(box, ("x1",)),)

    def test_i12_it_skips_also_when_the_value_is_the_same_by_chance(self, log: Log) -> None:
        """Somebody moved it away and back: the value is theirs now."""
        box = log.drawn()
        log.edit("move", "set", box, x1=30.0)
        log.edit("theirs", "set", box, by=OTHER, x1=50.0)
        log.edit("theirs too", "set", box, by=OTHER, x1=30.0)
        assert log.reversal("move") == Reversal((), (Skipped(box, ("x1",)),))

    def test_what_they_took_back_counts_as_untouched(self, log: Log) -> None:
        box = log.drawn()
        log.edit("move", "set", box, x1=30.0)
        log.edit("theirs", "set", box, by=OTHER, x1=50.0)
        log.revert("theirs", "their undo")
        log.revert("move", "undo")
        assert log.value(box, "x1") == 10.0

    def test_my_own_later_edit_protects_a_value_too(self, log: Log) -> None:
        """Undoing an older gesture by its name leaves what a newer one wrote."""
        box = log.drawn()
        log.edit("first", "set", box, x1=30.0)
        log.edit("second", "set", box, x1=50.0)
        assert log.reversal("first") == Reversal((), (Skipped(box, ("x1",)),))

    def test_a_deleted_box_gets_nothing_back(self, log: Log) -> None:
        box = log.drawn()
        log.edit("move", "set", box, x1=30.0)
        log.edit("theirs", "delete", box, by=OTHER)
        assert log.reversal("move") == Reversal((), (Skipped(box, ("x1",)),))

    def test_w12_an_edge_that_no_longer_fits_is_skipped_and_the_other_axis_is_not(self, log: Log) -> None:
        box = log.drawn()
        log.edit("move", "set", box, x1=5.0, y1=5.0)
        log.edit("grow", "set", box, x1=2.0, y1=2.0)
        log.edit("theirs", "set", box, by=OTHER, x2=3.0)
        reversal = log.reversal("grow")
        assert [change.fields for change in reversal.changes] == [{"y1": 5.0}]
        assert reversal.skipped == (Skipped(box, ("x1",)),)

    def test_a_label_that_is_gone_is_skipped_and_the_rest_is_not(self, log: Log) -> None:
        box = log.drawn()
        log.edit("change", "set", box, label=2, x1=30.0)
        reversal = reversal_of(
            log.gestures["change"], log.boxes, touched_by_others=frozenset(), lost_labels=frozenset({1})
        )
        assert [change.fields for change in reversal.changes] == [{"x1": 10.0}]
        assert reversal.skipped == (Skipped(box, ("label",)),)


class TestLife:
    def test_undoing_a_creation_deletes(self, log: Log) -> None:
        box = log.drawn()
        log.revert("draw", "undo")
        assert log.boxes[box].is_deleted

    def test_undoing_a_creation_that_somebody_touched_leaves_the_box(self, log: Log) -> None:
        box = log.drawn()
        assert log.reversal("draw", touched=[box]) == Reversal((), (Skipped(box, ("deleted",)),))

    def test_undoing_a_creation_that_somebody_deleted_does_nothing(self, log: Log) -> None:
        box = log.drawn()
        log.edit("theirs", "delete", box, by=OTHER)
        assert log.reversal("draw", touched=[box]) == Reversal((), ())

    def test_undoing_a_creation_takes_my_later_edits_along(self, log: Log) -> None:
        box = log.drawn()
        log.edit("move", "set", box, x1=30.0)
        log.revert("draw", "undo")
        log.revert("undo", "redo")
        assert not log.boxes[box].is_deleted and log.value(box, "x1") == 30.0

    def test_undoing_a_deletion_restores_all_of_it(self, log: Log) -> None:
        box = log.drawn()
        log.edit("delete", "delete", box)
        log.revert("delete", "undo")
        assert not log.boxes[box].is_deleted

    def test_undoing_a_restoration_deletes(self, log: Log) -> None:
        box = log.drawn()
        log.edit("delete", "delete", box)
        log.edit("restore", "restore", box)
        log.revert("restore", "undo")
        assert log.boxes[box].is_deleted

    @pytest.mark.parametrize("life", ["delete restore", "delete restore delete"])
    def test_somebody_elses_life_and_death_is_left_alone(self, log: Log, life: str) -> None:
        """They restored what I deleted: my undo of the deletion has nothing to give back, and says so."""
        box = log.drawn()
        log.edit("mine", "delete", box)
        for kind in life.split()[1:]:
            log.edit("theirs", kind, box, by=OTHER)
        assert log.reversal("mine") == Reversal((), (Skipped(box, ("deleted",)),))

    def test_a_box_that_died_and_came_back_in_one_gesture_stays_as_it_is(self, log: Log) -> None:
        box = log.drawn()
        log.edit("both", "delete", box)
        log.edit("both", "restore", box)
        assert log.reversal("both") == Reversal((), ())

    def test_a_change_and_a_deletion_in_one_gesture_are_both_taken_back(self, log: Log) -> None:
        box = log.drawn()
        log.edit("both", "set", box, x1=30.0)
        log.edit("both", "delete", box)
        assert log.kinds("both") == ["restore", "set"]
        assert log.revert("both", "undo").skipped == ()
        assert log.value(box, "x1") == 10.0

    def test_a_restoration_and_a_change_in_one_gesture_are_both_taken_back(self, log: Log) -> None:
        """The value too, although the box is deleted then: an older undo may bring it back."""
        box = log.drawn()
        log.edit("delete", "delete", box)
        log.edit("both", "restore", box)
        log.edit("both", "set", box, x1=30.0)
        assert log.kinds("both") == ["set", "delete"]
        assert log.revert("both", "undo").skipped == ()
        log.revert("delete", "older undo")
        assert not log.boxes[box].is_deleted and log.value(box, "x1") == 10.0

    def test_redo_of_such_an_undo_skips_nothing(self, log: Log) -> None:
        box = log.drawn()
        log.edit("both", "set", box, x1=30.0)
        log.edit("both", "delete", box)
        log.revert("both", "undo")
        assert log.revert("undo", "redo").skipped == ()
        assert log.boxes[box].is_deleted and log.value(box, "x1") == 30.0


class TestSeveralBoxes:
    def test_it_takes_the_boxes_back_in_reverse_order(self, log: Log) -> None:
        first, second = log.drawn("draw"), log.drawn("draw")
        assert [change.box for change in log.reversal("draw").changes] == [second, first]

    def test_one_box_that_cannot_go_back_does_not_keep_the_others(self, log: Log) -> None:
        first, second = log.drawn(), log.drawn()
        for box in (first, second):
            log.edit("move", "set", box, x1=30.0)
        log.edit("theirs", "set", first, by=OTHER, x1=31.0)
        reversal = log.reversal("move")
        assert [change.box for change in reversal.changes] == [second]
        assert reversal.skipped == (Skipped(first, ("x1",)),)

    def test_a_box_that_is_not_there_is_passed_over(self, log: Log) -> None:
        box = log.drawn()
        log.edit("move", "set", box, x1=30.0)
        del log.boxes[box]
        assert log.reversal("move") == Reversal((), ())
