"""Keeping a frame while one is on it, and giving it back."""

import pytest

from annotate.frames import set_status
from annotate.models import Claim, Frame
from annotate.queue import claims

from .conftest import Queue, run_out


def held(queue: Queue, who: str, frame: Frame) -> Claim | None:
    return claims.hold(frame.pk, queue.people[who])


def taken(queue: Queue, who: str = "ada") -> Claim:
    claim = queue.take(who)
    assert claim is not None
    return claim


def test_it_is_renewed_while_the_person_is_there(queue: Queue) -> None:
    frame = queue.frame()
    claim = taken(queue)
    run_out(claim)
    assert held(queue, "ada", frame) == claim, "late, but nobody else wanted it"
    assert queue.take("linus") is None
    assert Claim.objects.count() == 1


def test_it_lasts_for_minutes_not_for_days() -> None:
    assert claims.CLAIM_FOR.total_seconds() == 600


def test_somebody_else_cannot_take_it_away(queue: Queue) -> None:
    frame = queue.frame()
    claim = taken(queue)
    assert held(queue, "linus", frame) is None
    assert claims.holder_of(frame.pk) == queue.people["ada"]
    claim.refresh_from_db()
    assert claim.user == queue.people["ada"] and claim.released_at is None


def test_a_frame_that_somebody_edits_by_hand_is_theirs(queue: Queue) -> None:
    frame = queue.frame()
    claim = held(queue, "ada", frame)
    assert claim is not None and claim.strategy == claims.BY_HAND
    assert queue.take("linus") is None


def test_after_its_time_it_can_be_taken_by_hand(queue: Queue) -> None:
    frame = queue.frame()
    lost = taken(queue)
    run_out(lost)
    claim = held(queue, "linus", frame)
    assert claim is not None and claim.user == queue.people["linus"]
    lost.refresh_from_db()
    assert lost.reasons["ended"] == "expired"


def test_the_person_who_was_away_gets_it_back_when_it_is_free(queue: Queue) -> None:
    frame = queue.frame(score=0.5)
    lost = taken(queue)
    run_out(lost)
    claims.close_expired(queue.project.pk)
    claim = held(queue, "ada", frame)
    assert claim is not None and claim != lost
    assert (claim.strategy, claim.score, "ended" in claim.reasons) == ("expected_use", 0.5, False)


@pytest.mark.parametrize("status", ["complete"])
def test_nobody_holds_what_is_not_to_be_worked_on(queue: Queue, status: str) -> None:
    assert held(queue, "ada", queue.frame(status=status)) is None
    assert claims.hold(999_999, queue.people["ada"]) is None
    assert not Claim.objects.exists()


def test_giving_back_makes_it_free_at_once(queue: Queue) -> None:
    frame = queue.frame()
    claim = taken(queue)
    assert claims.release(claim.pk, queue.people["ada"])
    assert queue.taken("linus") == frame.pk
    assert not claims.release(claim.pk, queue.people["ada"]), "a second time there is nothing to give back"


def test_nobody_gives_back_what_is_anothers(queue: Queue) -> None:
    queue.frame()
    claim = taken(queue)
    assert not claims.release(claim.pk, queue.people["linus"])
    assert not claims.release(999_999, queue.people["ada"])
    claim.refresh_from_db()
    assert claim.released_at is None


@pytest.mark.parametrize("who", ["ada", "linus"])
def test_a_frame_that_is_complete_is_nobodys_whoever_said_so(queue: Queue, who: str) -> None:
    frame = queue.frame()
    claim = taken(queue)
    set_status(frame.pk, Frame.Status.COMPLETE, queue.people[who])
    claim.refresh_from_db()
    assert claim.reasons["ended"] == "complete" and claim.released_at is not None


def test_another_status_leaves_the_claim_alone(queue: Queue) -> None:
    frame = queue.frame()
    claim = taken(queue)
    set_status(frame.pk, Frame.Status.IN_PROGRESS, queue.people["ada"])
    claim.refresh_from_db()
    assert claim.released_at is None


def test_only_what_is_late_is_closed(queue: Queue) -> None:
    queue.frame()
    queue.frame()
    late, present = taken(queue, "ada"), taken(queue, "linus")
    assert claims.close_expired(queue.project.pk) == 0
    run_out(late)
    assert claims.close_expired(queue.project.pk + 1) == 0
    assert claims.close_expired(queue.project.pk) == 1
    present.refresh_from_db()
    assert present.released_at is None
