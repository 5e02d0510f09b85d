"""A second person decides: what changes, and who may."""

import random
from typing import Any

import pytest

from annotate.comments import Pin
from annotate.frames import set_status
from annotate.models import Box, Comment, Frame, Project, Review, StatusChange
from annotate.review.deciding import ReviewRefused, why_not
from annotate.review.own_work import labelled_by, open_spans
from annotate.signals import frame_reviewed

from .conftest import Desk


def refused(desk: Desk, frame: Frame, *args: Any, **rest: Any) -> str:
    """The code of the refusal; nothing was written."""
    before = Frame.objects.values().get(pk=frame.pk), Review.objects.count(), Comment.objects.count()
    with pytest.raises(ReviewRefused) as caught:
        desk.decide(frame, *args, **rest)
    assert before == (
        Frame.objects.values().get(pk=frame.pk),
        Review.objects.count(),
        Comment.objects.count(),
    )
    return caught.value.code


def test_it_approves(desk: Desk) -> None:
    frame, told = desk.labelled(), []
    listener = lambda review, **_: told.append((review.pk, review.frame.status))  # noqa: E731
    frame_reviewed.connect(listener)
    try:
        review = desk.decide(frame)
    finally:
        frame_reviewed.disconnect(listener)
    assert desk.status_of(frame) == "approved"
    assert (review.verdict, review.revision, review.comment) == ("approved", frame.revision, None)
    change = StatusChange.objects.get(frame=frame, after="approved")
    assert (change.before, change.user) == ("complete", desk.person("reviewer"))
    assert [pk for pk, _ in told] == [review.pk]


def test_it_returns_with_the_reason_pinned_to_a_box(desk: Desk) -> None:
    frame = desk.labelled()
    box = Box.objects.get(frame=frame)
    review = desk.decide(frame, "returned", reason="Too wide on the left.", pin=Pin(box=box.pk))
    assert desk.status_of(frame) == "returned"
    assert review.comment is not None
    assert (review.comment.box_id, review.comment.text) == (box.pk, "Too wide on the left.")


@pytest.mark.parametrize("reason", ["", "   "])
def test_it_does_not_return_without_a_reason(reason: str, desk: Desk) -> None:
    assert refused(desk, desk.labelled(), "returned", reason=reason) == "reason"


def test_a_reason_that_cannot_be_written_decides_nothing(desk: Desk) -> None:
    other = Box.objects.get(frame=desk.labelled())
    assert refused(desk, desk.labelled(), "returned", reason="Wrong.", pin=Pin(box=other.pk)) == "reason"


def test_what_the_reviewer_has_not_seen_is_not_approved(desk: Desk) -> None:
    frame = desk.labelled()
    seen = frame.revision
    desk.world.author(frame, "second").draw()
    assert refused(desk, frame, revision=seen) == "changed"


@pytest.mark.parametrize("status", ["to_annotate", "in_progress", "returned"])
def test_only_what_is_complete_is_reviewed(status: str, desk: Desk) -> None:
    frame = desk.labelled()
    set_status(frame.pk, status, desk.person("annotator"))
    assert refused(desk, frame) == "status"


def test_what_is_approved_can_be_returned_and_not_be_approved_twice(desk: Desk) -> None:
    frame = desk.labelled()
    desk.decide(frame)
    assert refused(desk, frame) == "status"
    desk.decide(frame, "returned", reason="Seen later: one is missing.")
    assert desk.status_of(frame) == "returned"


def test_without_review_nothing_is_reviewed(desk: Desk) -> None:
    Project.objects.update(review="none")
    assert refused(desk, desk.labelled()) == "off"


class TestOwnWork:
    def test_nobody_approves_what_they_drew(self, desk: Desk) -> None:
        assert refused(desk, desk.labelled("reviewer")) == "own"

    def test_nor_when_somebody_else_declares_it_complete(self, desk: Desk) -> None:
        frame = desk.world.frame()
        desk.world.author(frame, "reviewer").draw()
        desk.label(frame, "annotator")
        assert refused(desk, frame) == "own"

    def test_nor_what_they_only_declared_complete(self, desk: Desk) -> None:
        frame = desk.world.frame()
        desk.world.author(frame, "annotator").draw()
        set_status(frame.pk, Frame.Status.COMPLETE, desk.person("reviewer"))
        assert refused(desk, frame) == "own"

    def test_returning_it_is_always_possible(self, desk: Desk) -> None:
        frame = desk.labelled("reviewer")
        desk.decide(frame, "returned", reason="I was wrong.")
        assert desk.status_of(frame) == "returned"

    def test_a_correction_while_reviewing_is_no_own_work(self, desk: Desk) -> None:
        frame = desk.labelled()
        desk.world.author(frame, "reviewer").draw()
        desk.decide(frame)
        assert desk.status_of(frame) == "approved"

    def test_drawing_after_it_came_back_is(self, desk: Desk) -> None:
        frame = desk.labelled()
        desk.decide(frame, "returned", reason="More.", who="owner")
        desk.world.author(frame, "reviewer").draw()
        desk.label(frame, "annotator")
        assert refused(desk, frame) == "own"

    def test_a_project_may_allow_it(self, desk: Desk) -> None:
        Project.objects.update(reviews_own_work=True)
        frame = desk.labelled("reviewer")
        assert (
            why_not(Frame.objects.select_related("project").get(pk=frame.pk), desk.person("reviewer")) == ""
        )
        desk.decide(frame)
        assert desk.status_of(frame) == "approved"


@pytest.mark.parametrize("seed", range(4))
def test_own_work_is_what_was_edited_while_the_frame_was_open(seed: int, desk: Desk) -> None:
    """Against the plainest reading: remember of each edit whether the frame was open then."""
    dice = random.Random(seed)
    frame = desk.world.frame()
    worked: set[str] = set()
    completed_last = ""
    status = "to_annotate"
    for _ in range(40):
        who = dice.choice(["annotator", "second", "reviewer"])
        if dice.random() < 0.5:
            desk.world.author(frame, who).draw()
            if status not in Frame.DONE:
                worked.add(who)
        else:
            status = dice.choice(["in_progress", "complete", "complete", "approved", "returned"])
            before = desk.status_of(frame)
            set_status(frame.pk, status, desk.person(who))
            if status == "complete" and before != "complete":
                completed_last = who
        for name in ("annotator", "second", "reviewer"):
            if status in Frame.DONE:
                expected = name in worked or name == completed_last
                assert labelled_by(frame, desk.person(name)) == expected, (seed, name)


def test_what_an_import_completed_may_be_reviewed_by_whoever_brought_it(desk: Desk) -> None:
    frame = desk.world.frame()
    set_status(frame.pk, Frame.Status.COMPLETE, desk.person("reviewer"), is_import=True)
    assert not labelled_by(frame, desk.person("reviewer"))
    set_status(frame.pk, Frame.Status.IN_PROGRESS, desk.person("reviewer"))
    set_status(frame.pk, Frame.Status.COMPLETE, desk.person("reviewer"))
    assert labelled_by(frame, desk.person("reviewer"))


def test_a_frame_that_was_never_complete_has_no_finished_span() -> None:
    assert open_spans([]) == []
    assert open_spans([("complete", 4, 1), ("returned", 6, 2), ("complete", 9, 1)]) == [(0, 4), (6, 9)]
    assert open_spans([("complete", 4, 1), ("approved", 4, 2), ("in_progress", 5, 1)]) == [(0, 4)]
