"""Proposals on a frame that people work on: through the log, live, once, and never over human work."""

from collections.abc import Callable
from uuid import UUID

import pytest

from annotate.detection.plan import Candidate
from annotate.detection.propose import DetectedRow, propose
from annotate.detection.take_back import take_back_on
from annotate.geometry import Edges
from annotate.models import Box, Detection, DetectionFrame, Frame, ModelVersion, Operation, Proposal
from annotate.sync.snapshot import snapshot_of
from tests.sync.replica import check_replay
from tests.sync.world import World

HERE, THERE = Edges(10, 20, 110, 90), Edges(300, 200, 400, 300)


@pytest.fixture
def start(world: World, model: ModelVersion) -> Callable[[], Detection]:
    def start() -> Detection:
        return Detection.objects.create(
            project=world.project,
            model_version=model,
            trigger="api",
            scope="project",
            confidence=0.25,
            iou=0.7,
            image_size=640,
        )

    return start


def run(world: World, detection: Detection, frame: Frame, *found: Candidate) -> DetectedRow | None:
    return propose(
        detection, frame.pk, found, labels=world.labels, dropped={"nan": 2}, timings={"inference": 51.234}
    )


def live(frame: Frame) -> list[Box]:
    return list(Box.objects.filter(frame=frame, deleted_revision=None).order_by("created_revision"))


def test_it_writes_proposals_by_a_machine(world: World, start: Callable[[], Detection]) -> None:
    frame, detection = world.frame(), start()
    row = run(world, detection, frame, Candidate(HERE, "car", 0.87), Candidate(THERE, "bus", 0.4))
    assert row is not None and (row.proposed, row.replaced, row.left_out) == (2, 0, {"nan": 2})
    assert row.uncertainty == pytest.approx(0.5 * ((1 - 0.74) + (1 - 0.2)) / 2)
    first, second = live(frame)
    assert (first.source, first.status, first.confidence) == ("model", "proposed", 0.87)
    assert first.detection_id == second.detection_id == detection.pk and first.created_by is None
    [operation, _] = Operation.objects.filter(frame=frame).order_by("revision")
    assert (operation.origin, operation.user_id) == ("model", None)
    proposal = Proposal.objects.get(box=first)
    assert (proposal.class_name, proposal.outcome, proposal.x2) == ("car", "open", 110)
    frame.refresh_from_db()
    assert frame.detections_revision == 1 and frame.status == Frame.Status.TO_ANNOTATE
    check_replay(frame)


def test_it_does_a_frame_once(world: World, start: Callable[[], Detection]) -> None:
    frame, detection = world.frame(), start()
    assert run(world, detection, frame, Candidate(HERE, "car", 0.87)) is not None
    assert run(world, detection, frame, Candidate(THERE, "car", 0.87)) is None
    assert len(live(frame)) == 1


def test_it_leaves_proposals_of_what_it_did_not_look_for(
    world: World, start: Callable[[], Detection]
) -> None:
    frame = world.frame()
    run(world, start(), frame, Candidate(HERE, "car", 0.8), Candidate(THERE, "bus", 0.6))
    limited = start()
    limited.prompts = ["bus"]
    row = run(world, limited, frame, Candidate(THERE, "bus", 0.7))
    assert row is not None and (row.proposed, row.replaced) == (1, 1)
    assert [(one.label.name, one.confidence) for one in live(frame)] == [("car", 0.8), ("bus", 0.7)]


def test_it_replaces_untouched_proposals_and_keeps_verdicts(
    world: World, start: Callable[[], Detection]
) -> None:
    frame = world.frame()
    run(world, start(), frame, Candidate(HERE, "car", 0.8), Candidate(THERE, "bus", 0.6))
    judged, untouched = live(frame)
    world.author(frame).do("set", judged.pk, status="accepted", base={"status": 1})
    row = run(world, start(), frame, Candidate(HERE, "car", 0.9), Candidate(Edges(0, 0, 50, 50), "bus", 0.5))
    assert row is not None and (row.proposed, row.replaced, row.left_out["already_there"]) == (1, 1, 1)
    assert judged.pk in {one.pk for one in live(frame)} and untouched.pk not in {
        one.pk for one in live(frame)
    }
    assert Proposal.objects.get(box=untouched).outcome == "replaced"
    check_replay(frame)


def test_a_batch_leaves_a_frame_for_which_somebody_asked_later(
    world: World, start: Callable[[], Detection]
) -> None:
    frame, batch, newer = world.frame(), start(), start()
    run(world, newer, frame, Candidate(HERE, "car", 0.8))
    row = run(world, batch, frame, Candidate(HERE, "car", 0.9), Candidate(THERE, "bus", 0.6))
    assert row is not None and (row.proposed, row.replaced, row.uncertainty) == (0, 0, None)
    assert row.left_out == {"nan": 2, "overtaken": 2}
    assert [(one.detection_id, one.confidence) for one in live(frame)] == [(newer.pk, 0.8)]
    again = run(world, start(), frame, Candidate(HERE, "car", 0.95))
    assert again is not None and (again.proposed, again.replaced) == (1, 1)
    check_replay(frame)


def test_it_says_so_too_where_the_batch_found_nothing(world: World, start: Callable[[], Detection]) -> None:
    frame, batch, newer = world.frame(), start(), start()
    run(world, newer, frame)
    row = run(world, batch, frame)
    assert row is not None and row.left_out == {"nan": 2, "overtaken": 0}


def test_a_batch_proposes_what_the_later_request_did_not_look_for(
    world: World, start: Callable[[], Detection]
) -> None:
    frame, batch, newer = world.frame(), start(), start()
    newer.prompts = ["car"]
    newer.save()
    run(world, newer, frame, Candidate(HERE, "car", 0.8))
    row = run(world, batch, frame, Candidate(THERE, "car", 0.9), Candidate(THERE, "bus", 0.6))
    assert row is not None and row.proposed == 1 and row.left_out == {"nan": 2, "overtaken": 1}
    assert [(one.label.name, one.confidence) for one in live(frame)] == [("car", 0.8), ("bus", 0.6)]
    assert row.uncertainty is not None


def test_a_later_request_that_was_taken_back_overtakes_nobody(
    world: World, start: Callable[[], Detection]
) -> None:
    frame, batch, newer = world.frame(), start(), start()
    run(world, newer, frame, Candidate(HERE, "car", 0.8))
    take_back_on(newer.pk, frame.pk, user_id=world.people["annotator"].pk)
    row = run(world, batch, frame, Candidate(THERE, "car", 0.9))
    assert row is not None and row.proposed == 1 and row.left_out == {"nan": 2}


def test_of_two_requests_of_one_moment_the_higher_id_is_the_later(
    world: World, start: Callable[[], Detection]
) -> None:
    frame = world.frame()
    lower, higher = sorted((start(), start()), key=lambda one: one.pk)
    Detection.objects.update(created_at=lower.created_at)
    higher.created_at = lower.created_at
    run(world, higher, frame, Candidate(HERE, "car", 0.8))
    row = run(world, lower, frame, Candidate(THERE, "car", 0.9))
    assert row is not None and row.left_out["overtaken"] == 1


def test_it_never_overwrites_human_work(world: World, start: Callable[[], Detection]) -> None:
    frame = world.frame()
    author = world.author(frame)
    drawn = author.draw(x1=10.0, y1=20.0, x2=110.0, y2=90.0)
    before = Box.objects.get(pk=drawn)
    run(world, start(), frame, Candidate(HERE, "car", 0.99))
    after = Box.objects.get(pk=drawn)
    assert before.versions == after.versions and len(live(frame)) == 1


def test_it_shows_nothing_of_the_blind_sample(world: World, start: Callable[[], Detection]) -> None:
    frame = world.frame(is_blind=True)
    row = run(world, start(), frame, Candidate(HERE, "car", 0.87))
    assert row is not None and row.is_silent and row.proposed == 0
    assert row.found == [{"x1": 10, "y1": 20, "x2": 110, "y2": 90, "class": "car", "confidence": 0.87}]
    assert live(frame) == [] and Operation.objects.filter(frame=frame).count() == 0


def test_it_leaves_no_trace_of_a_frame_that_is_gone(world: World, start: Callable[[], Detection]) -> None:
    frame, detection = world.frame(), start()
    frame_id = frame.pk
    frame.delete()
    frame.pk = frame_id
    assert run(world, detection, frame, Candidate(HERE, "car", 0.87)) is None
    assert not DetectionFrame.objects.exists()


def test_it_tells_open_screens_what_proposed_a_box(world: World, start: Callable[[], Detection]) -> None:
    frame, detection = world.frame(), start()
    run(world, detection, frame, Candidate(HERE, "car", 0.87))
    [state] = snapshot_of(frame.pk).boxes
    assert state.detection == detection.pk and isinstance(state.id, UUID)
