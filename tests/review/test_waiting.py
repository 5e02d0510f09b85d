"""The next frame to review, and the next one to label where people were asked or got something back."""

from datetime import date

import pytest

from annotate.models import Assignment, Claim, Frame, Project
from annotate.queue.picking import take
from annotate.review.waiting import take_for_review

from .conftest import Desk


def review(desk: Desk, who: str, leaving: Frame | None = None) -> int | None:
    claim = take_for_review(desk.world.project, desk.person(who), leaving=leaving.pk if leaving else None)
    return claim.frame_id if claim else None


def labelling(desk: Desk, who: str) -> tuple[int, str] | None:
    claim = take(desk.world.project, desk.person(who))
    return (claim.frame_id, claim.reasons["why"]) if claim else None


def test_what_waits_longest_comes_first_and_no_two_get_the_same(desk: Desk) -> None:
    first, second = desk.labelled(), desk.labelled()
    desk.world.frame()
    assert review(desk, "reviewer") == first.pk
    assert review(desk, "owner") == second.pk
    assert review(desk, "reviewer", leaving=first) is None
    assert Claim.objects.filter(released_at=None).count() == 2


def test_own_work_is_not_given(desk: Desk) -> None:
    desk.labelled("reviewer")
    other = desk.labelled("annotator")
    assert review(desk, "reviewer") == other.pk


def test_what_a_person_was_asked_to_review_comes_first_and_to_nobody_else(desk: Desk) -> None:
    first, asked = desk.labelled(), desk.labelled()
    Assignment.objects.create(frame=asked, user=desk.person("owner"), work="review")
    assert review(desk, "owner") == asked.pk
    assert review(desk, "reviewer") == first.pk
    assert review(desk, "reviewer", leaving=first) is None


def test_without_review_there_is_none(desk: Desk) -> None:
    desk.labelled()
    Project.objects.update(review="none")
    desk.world.project.refresh_from_db()
    assert review(desk, "reviewer") is None


def test_what_came_back_goes_to_who_labelled_it_first(desk: Desk) -> None:
    fresh = desk.world.frame()
    returned = desk.labelled("second")
    desk.decide(returned, "returned", reason="One is missing.")
    assert labelling(desk, "second") == (returned.pk, "returned")
    got = labelling(desk, "annotator")
    assert got is not None and got[0] == fresh.pk


def test_who_was_asked_gets_it_by_the_day_it_is_due_and_nobody_else_does(desk: Desk) -> None:
    late, soon = desk.world.frame(), desk.world.frame()
    for frame, day in ((late, date(2027, 2, 1)), (soon, date(2027, 1, 1))):
        Assignment.objects.create(frame=frame, user=desk.person("annotator"), due_on=day)
    assert labelling(desk, "second") is None
    assert labelling(desk, "annotator") == (soon.pk, "assigned")


@pytest.mark.parametrize("status", ["approved", "to_annotate", "returned"])
def test_only_what_is_complete_waits_for_review(status: str, desk: Desk) -> None:
    Frame.objects.filter(pk=desk.labelled().pk).update(status=status)
    assert review(desk, "reviewer") is None
