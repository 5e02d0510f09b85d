"""Several threads, as several processes, on one frame: the order of revisions is the order of commits."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection

from annotate.models import Box, Frame
from annotate.sync import log
from annotate.sync import submit as submit_module
from annotate.sync.operations import Accepted, Code, FrameFacts, Outcome, Refused
from annotate.sync.submit import submit

from .replica import check_replay
from .world import EDGES, Author, World, accepted, refused

ROUNDS = 20


@pytest.fixture
def together() -> Iterator[Callable[..., list[object]]]:
    """Runs functions in threads that begin at the same moment; each has a database connection of its own."""
    with ThreadPoolExecutor(8) as pool:

        def run(*functions: Callable[[], object]) -> list[object]:
            start = threading.Barrier(len(functions))

            def one(function: Callable[[], object]) -> object:
                try:
                    start.wait(30)
                    return function()
                finally:
                    connection.close()

            futures: list[Future[object]] = [pool.submit(one, function) for function in functions]
            return [future.result(60) for future in futures]

        yield run


def drawing(author: Author) -> Callable[[], list[Outcome]]:
    commands = [author.command("create", uuid4(), **EDGES, label=author.label) for _ in range(ROUNDS)]
    return lambda: [author.send(command)[0] for command in commands]


def test_i3_the_log_of_two_writers_is_dense(
    live_world: World, live_frame: Frame, together: Callable[..., list[list[Outcome]]]
) -> None:
    authors = [live_world.author(live_frame), live_world.author(live_frame, "second")]
    answers = together(*(drawing(author) for author in authors))
    revisions = [[accepted(outcome).first for outcome in one] for one in answers]
    assert all(one == sorted(one) for one in revisions), "I7: each client in the order of its counters"  # type: ignore[type-var]
    assert sorted(sum(revisions, [])) == list(range(1, 2 * ROUNDS + 1))  # type: ignore[type-var]
    check_replay(live_frame)


def test_i3_who_sees_a_revision_sees_all_before_it(
    live_world: World, live_frame: Frame, together: Callable[..., object]
) -> None:
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while not done.is_set() or not seen or seen[-1] < 2 * ROUNDS:
            revisions = [revision for revision, _ in log.operations_since(live_frame.pk, 0, limit=1000)]
            assert revisions == list(range(1, len(revisions) + 1))
            seen.append(len(revisions))

    def write(author: Author) -> Callable[[], object]:
        draw = drawing(author)

        def run() -> object:
            try:
                return draw()
            finally:
                done.set()

        return run

    authors = [live_world.author(live_frame), live_world.author(live_frame, "second")]
    together(read, *(write(author) for author in authors))
    assert seen == sorted(seen)


def test_w24_one_client_on_two_connections_counts_once(
    live_world: World, live_frame: Frame, together: Callable[..., list[list[Outcome]]]
) -> None:
    author = live_world.author(live_frame)
    send_all = drawing(author)
    answers = together(send_all, send_all, send_all)
    for counter in range(ROUNDS):
        decided = {one[counter] for one in answers if not is_hole(one[counter])}
        assert decided == {Accepted(counter + 1, counter + 1, counter + 1)}
    check_replay(live_frame)


def is_hole(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.code == Code.HOLE


def test_w15_one_id_on_two_frames_at_the_same_moment_is_taken_once(
    live_world: World, together: Callable[..., list[Outcome]]
) -> None:
    for _ in range(5):
        authors = [live_world.author(live_world.frame()), live_world.author(live_world.frame(), "second")]
        box = uuid4()
        commands = [author.command("create", box, **EDGES, label=author.label) for author in authors]
        outcomes = together(
            lambda: authors[0].send(commands[0])[0],  # noqa: B023  (called before the next round)
            lambda: authors[1].send(commands[1])[0],  # noqa: B023
        )
        assert sorted(type(one).__name__ for one in outcomes) == ["Accepted", "Refused"]
        winner = authors[[isinstance(one, Accepted) for one in outcomes].index(True)]
        assert Box.objects.get(pk=box).frame_id == winner.frame.pk
        for author in authors:
            check_replay(author.frame)


def test_z10_rights_taken_away_meanwhile_are_not_used(
    live_world: World, live_frame: Frame, together: Callable[..., tuple[int, list[Outcome]]]
) -> None:
    """What was in its transaction at that moment may pass; after it nothing is committed any more."""
    author = live_world.author(live_frame)
    send_all = drawing(author)

    def lower() -> int:
        live_world.project.memberships.filter(user=author.user).update(role="viewer")
        # A submission of our own waits for the frame, and so for what is being committed now.
        live_world.author(live_frame, "viewer").do("undo")
        return Frame.objects.values_list("revision", flat=True).get(pk=live_frame.pk)

    revision, outcomes = together(lower, send_all)
    assert Frame.objects.get(pk=live_frame.pk).revision == revision
    assert [isinstance(one, Accepted) for one in outcomes] == [n < revision for n in range(ROUNDS)]
    for outcome in outcomes[revision:]:
        refused(outcome, Code.FORBIDDEN)
    check_replay(live_frame)


def test_what_fails_only_at_the_commit_is_isolated_too(
    live_world: World, live_frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Foreign keys are checked at the end of the transaction: a label that is deleted between check and commit."""
    mine, other = live_world.author(live_frame), live_world.author(live_frame, "second")
    gone = 10**9
    monkeypatch.setattr(
        submit_module,
        "FrameFacts",
        lambda width, height, labels: FrameFacts(width, height, labels | {gone}),
    )
    whole = {**EDGES, "label": mine.label}
    commands = [
        mine.command("create", uuid4(), **whole),
        mine.command("create", uuid4(), **{**whole, "label": gone}),
        mine.command("create", uuid4(), **whole),
    ]
    theirs = other.command("create", uuid4(), **whole)
    batch = [mine.submission(*commands), other.submission(theirs)]
    result = submit(live_frame.pk, batch)
    assert [type(one) for one in result.outcomes[0]] == [Accepted, Refused, Accepted]
    accepted(result.outcomes[1][0])
    assert submit(live_frame.pk, batch).outcomes == result.outcomes
    check_replay(live_frame)
