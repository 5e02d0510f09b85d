"""Who gets which frame, in which order, and how sure that is among many."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from django.db import connection, transaction

from annotate.models import Claim, Frame, Project
from annotate.queue import claims
from annotate.queue.picking import QueueJammed, resume, waiting_in
from annotate.queue.strategies import (
    RANDOM_SHARE,
    STRATEGIES,
    Choice,
    strategy,
    strategy_choices,
    strategy_named,
)
from annotate.queue.words import nothing_left

from .conftest import ALWAYS_RANDOM, NEVER_RANDOM, Dice, Queue, run_out


def ended(claim: Claim | None) -> str | None:
    assert claim is not None
    claim.refresh_from_db()
    assert (claim.released_at is not None) == ("ended" in claim.reasons)
    how: str | None = claim.reasons.get("ended")
    return how


# The order


def test_it_gives_the_most_useful_frame_first(queue: Queue) -> None:
    low, high = queue.frame(score=0.1), queue.frame(score=0.6)
    unscored = queue.frame()
    claim = queue.take("ada")
    assert claim is not None and claim.frame == high
    assert (claim.strategy, claim.score) == ("expected_use", 0.6)
    assert claim.reasons["why"] == "expected_use"
    assert queue.taken("linus") == low.pk
    assert queue.taken("ada") == unscored.pk, "what no model has seen comes last, except for the random share"


def test_it_writes_down_what_the_score_is_made_of(queue: Queue) -> None:
    frame = queue.frame(score=0.5)
    queue.detect(frame, [0.5])
    claim = queue.take("ada")
    assert claim is not None
    assert {name: claim.reasons[name] for name in ("uncertainty", "rarity", "disagreement")} == {
        "uncertainty": 0.5,
        "rarity": 1.0,
        "disagreement": None,
    }


def test_it_draws_a_share_at_random_and_writes_that_down(queue: Queue) -> None:
    queue.frame(score=0.6)
    last = queue.frame()
    claim = queue.take("ada", dice=Dice(RANDOM_SHARE - 0.01))
    assert claim is not None and claim.frame == last
    assert claim.reasons == {
        "why": "random", "drawn": RANDOM_SHARE - 0.01, "random_share": RANDOM_SHARE, "waiting": 2,
    }  # fmt: skip
    assert claim.strategy == "expected_use"


def test_it_draws_no_more_than_that_share(queue: Queue) -> None:
    best = queue.frame(score=0.6)
    queue.frame()
    claim = queue.take("ada", dice=Dice(RANDOM_SHARE))
    assert claim is not None and claim.frame == best and claim.reasons["drawn"] == RANDOM_SHARE


def test_a_quarter_of_many_picks_is_random(queue: Queue) -> None:
    queue.frame(score=0.6)
    queue.frame(score=0.2)
    dice = Random(20261125)
    reasons: Counter[str] = Counter()
    for _ in range(120):
        claim = queue.take("ada", dice=dice)
        assert claim is not None
        reasons[claim.reasons["why"]] += 1
        claim.delete()
    assert 0.15 <= reasons["random"] / 120 <= 0.35


def test_it_gives_every_frame_the_same_chance(queue: Queue) -> None:
    queue.follow("random")
    frames = [queue.frame().pk for _ in range(4)]
    dice = Random(7)
    got: Counter[int] = Counter()
    for _ in range(120):
        claim = queue.take("ada", dice=dice)
        assert claim is not None
        got[claim.frame_id] += 1
        claim.delete()
    assert set(got) == set(frames) and min(got.values()) >= 15


def test_in_order_it_gives_what_nobody_has_begun_first(queue: Queue) -> None:
    queue.follow("in_order")
    begun, first, second = queue.frame(status="in_progress", score=0.9), queue.frame(), queue.frame(score=0.9)
    assert [queue.taken("ada"), queue.taken("linus")] == [first.pk, second.pk]
    assert queue.taken("ada") == begun.pk


def test_it_goes_on_when_a_strategy_was_taken_out(queue: Queue) -> None:
    queue.follow("by_the_moon")
    queue.frame()
    claim = queue.take("ada")
    assert claim is not None and claim.strategy == "expected_use"


def test_another_strategy_can_be_plugged_in(queue: Queue) -> None:
    @strategy("newest", "Newest first")
    def newest(waiting, dice):  # type: ignore[no-untyped-def]
        yield Choice(waiting.order_by("-pk"), "newest", {"moon": "full"})

    try:
        assert ("newest", "Newest first") in strategy_choices()
        queue.follow("newest")
        queue.frame()
        last = queue.frame()
        claim = queue.take("ada")
        assert claim is not None and (claim.frame, claim.strategy) == (last, "newest")
        assert claim.reasons == {"why": "newest", "moon": "full"}
        with pytest.raises(ValueError, match="newest"):
            strategy("newest", "again")(newest)
    finally:
        del STRATEGIES["newest"]
    assert strategy_named("newest").name == "expected_use"


# Whose it is


def test_it_gives_no_frame_that_somebody_is_on(queue: Queue) -> None:
    frame = queue.frame()
    assert queue.taken("ada") == frame.pk
    assert queue.take("linus") is None


@pytest.mark.parametrize(("status", "is_given"), [("in_progress", True), ("complete", False)])
def test_it_gives_only_what_is_to_be_worked_on(queue: Queue, status: str, is_given: bool) -> None:
    queue.frame(status=status)
    assert (queue.take("ada") is not None) == is_given


def test_it_keeps_projects_apart(queue: Queue) -> None:
    queue.frame()
    other = type(queue.project).objects.create(name="Other")
    assert list(waiting_in(other)) == []


def test_whoever_takes_the_next_gives_the_last_one_back(queue: Queue) -> None:
    one, two = queue.frame(score=0.9), queue.frame(score=0.8)
    first = queue.take("ada")
    assert queue.taken("ada", leaving=one.pk) == two.pk
    assert ended(first) == "next"
    assert queue.taken("linus") == one.pk


def test_what_was_passed_over_comes_last_the_longest_ago_first(queue: Queue) -> None:
    frames = [queue.frame(score=score).pk for score in (0.9, 0.8, 0.7)]
    seen: list[int | None] = []
    for _ in range(7):
        seen.append(queue.taken("ada", leaving=seen[-1] if seen else None))
    assert seen == [*frames, *frames, frames[0]]
    assert queue.taken("linus") in frames[1:], "for others they are as good as before"


def test_whoever_has_the_only_one_keeps_it(queue: Queue) -> None:
    frame = queue.frame()
    claim = queue.take("ada")
    assert queue.take("ada", leaving=frame.pk) is None
    assert ended(claim) is None


def test_it_does_not_give_the_frame_that_the_person_looks_at(queue: Queue) -> None:
    shown, other = queue.frame(score=0.9), queue.frame(score=0.1)
    assert queue.taken("ada", leaving=shown.pk) == other.pk


def test_a_claim_that_nobody_renews_is_closed_by_the_next_pick(queue: Queue) -> None:
    frame = queue.frame()
    lost = queue.take("ada")
    assert lost is not None
    run_out(lost)
    assert queue.taken("linus") == frame.pk
    assert ended(lost) == "expired"


# Going on


def test_continue_leads_to_the_frame_that_is_still_mine(queue: Queue) -> None:
    queue.frame(score=0.2)
    mine = queue.take("ada")
    queue.frame(score=0.9)
    assert mine is not None
    again = resume(queue.project, queue.people["ada"], dice=NEVER_RANDOM)
    assert again == mine
    assert again is not None and again.expires_at > mine.expires_at, "and renews it"


@pytest.mark.parametrize("how", ["closed", "expired"])
def test_continue_leads_back_to_what_was_left_unfinished(queue: Queue, how: str) -> None:
    mine = queue.frame(score=0.2)
    left = queue.take("ada")
    assert left is not None
    queue.frame(score=0.9)
    if how == "closed":
        claims.release(left.pk, queue.people["ada"])
    else:
        run_out(left)
        claims.close_expired(queue.project.pk)
    again = resume(queue.project, queue.people["ada"], dice=NEVER_RANDOM)
    assert again is not None and again.frame == mine and again.pk != left.pk
    assert (again.strategy, again.reasons["why"], again.reasons["again"]) == (
        "expected_use",
        "expected_use",
        True,
    )


def test_continue_leads_on_when_somebody_else_has_it_now(queue: Queue) -> None:
    taken = queue.frame(score=0.9)
    left = queue.take("ada")
    assert left is not None
    claims.release(left.pk, queue.people["ada"])
    assert queue.taken("linus") == taken.pk
    other = queue.frame()
    again = resume(queue.project, queue.people["ada"], dice=NEVER_RANDOM)
    assert again is not None and again.frame == other


def test_continue_leads_on_from_what_is_complete(queue: Queue) -> None:
    mine, other = queue.frame(score=0.9), queue.frame(score=0.1)
    queue.take("ada")
    Frame.objects.filter(pk=mine.pk).update(status="complete")
    again = resume(queue.project, queue.people["ada"], dice=ALWAYS_RANDOM)
    assert again is not None and again.frame == other


# Many at once


def test_it_looks_again_when_somebody_was_quicker(queue: Queue) -> None:
    lost, free = queue.frame(), queue.frame()
    claims.hold(lost.pk, queue.people["linus"])
    looks = iter([lost.pk, free.pk])

    @strategy("late", "As it was a moment ago")
    def late(waiting, dice):  # type: ignore[no-untyped-def]
        yield Choice(Frame.objects.filter(pk=next(looks)), "late")

    queue.follow("late")
    try:
        assert queue.taken("ada") == free.pk
    finally:
        del STRATEGIES["late"]
    assert claims.holder_of(lost.pk) == queue.people["linus"]


def test_a_strategy_that_only_offers_what_is_taken_is_an_error_not_an_endless_search(queue: Queue) -> None:
    lost = queue.frame()
    claims.hold(lost.pk, queue.people["linus"])

    @strategy("stubborn", "Always the same")
    def stubborn(waiting, dice):  # type: ignore[no-untyped-def]
        yield Choice(Frame.objects.filter(pk=lost.pk), "stubborn")

    queue.follow("stubborn")
    try:
        with pytest.raises(QueueJammed):
            queue.take("ada")
    finally:
        del STRATEGIES["stubborn"]


def test_it_waits_for_a_frame_that_is_only_just_being_saved(committed_queue: Queue) -> None:
    frame, is_locked = committed_queue.frame(), threading.Event()

    def save() -> None:
        try:
            with transaction.atomic():
                Frame.objects.select_for_update().get(pk=frame.pk)
                is_locked.set()
                time.sleep(0.5)
        finally:
            connection.close()

    saving = threading.Thread(target=save)
    saving.start()
    assert is_locked.wait(10)
    try:
        assert committed_queue.taken("ada") == frame.pk, "nothing left is only said after a look that waited"
    finally:
        saving.join()


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_twenty_people_who_ask_at_once_get_twenty_frames(committed_queue: Queue, name: str) -> None:
    queue, people = committed_queue, 20
    queue.follow(name)
    frames = {queue.frame(score=number / 40 if number % 2 else None).pk for number in range(people)}
    users = [type(queue.people["ada"]).objects.create_user(f"person{number}") for number in range(people)]
    start = threading.Barrier(people)

    def ask(number: int) -> int | None:
        queue.people[f"person{number}"] = users[number]
        start.wait(30)
        try:
            return queue.taken(f"person{number}", dice=Random(number))
        finally:
            connection.close()

    with ThreadPoolExecutor(people) as pool:
        got = list(pool.map(ask, range(people)))
    assert None not in got, "nobody went away empty-handed"
    assert len(set(got)) == people and set(got) == frames
    assert Claim.objects.filter(released_at__isnull=True).count() == people
    assert Claim.objects.count() == people


def test_of_twenty_people_and_seven_frames_seven_get_one(committed_queue: Queue) -> None:
    queue, people = committed_queue, 20
    frames = {queue.frame().pk for _ in range(7)}
    users = [type(queue.people["ada"]).objects.create_user(f"person{number}") for number in range(people)]
    start = threading.Barrier(people)

    def ask(number: int) -> int | None:
        queue.people[f"person{number}"] = users[number]
        start.wait(30)
        try:
            return queue.taken(f"person{number}", dice=Random(number))
        finally:
            connection.close()

    with ThreadPoolExecutor(people) as pool:
        got = [frame for frame in pool.map(ask, range(people)) if frame is not None]
    assert sorted(got) == sorted(frames)


# Where several people label independently, in copies


def test_of_a_project_that_is_labelled_in_copies_it_gives_what_is_drawn_there_itself(queue: Queue) -> None:
    queue.frame(score=0.9)
    begun = queue.frame(score=0.8, status=Frame.Status.IN_PROGRESS)
    gold, merged, back = (queue.frame(score=score) for score in (0.3, 0.2, 0.1))
    assert {frame.pk for frame in waiting_in(queue.project)} >= {begun.pk, gold.pk}
    Project.objects.filter(pk=queue.project.pk).update(review=Project.ReviewMode.CONSENSUS)
    queue.project.refresh_from_db()
    Frame.objects.filter(pk=gold.pk).update(is_gold=True)
    Frame.objects.filter(pk=merged.pk).update(merged_from=2)
    Frame.objects.filter(pk=back.pk).update(status=Frame.Status.RETURNED)
    assert {frame.pk for frame in waiting_in(queue.project)} == {gold.pk, merged.pk, back.pk}
    assert {queue.taken("ada") for _ in range(3)} == {gold.pk, merged.pk, back.pk}

    Frame.objects.filter(pk__in=[gold.pk, merged.pk, back.pk]).update(status=Frame.Status.COMPLETE)
    assert queue.take("linus") is None
    assert "each in a copy" in nothing_left(queue.project)
