"""Verdicts are operations: first wins, everything can be undone, and the row of the proposal keeps step."""

from uuid import UUID

import pytest

from annotate.detection.plan import Candidate
from annotate.detection.propose import propose
from annotate.geometry import Edges
from annotate.models import Detection, Frame, ModelVersion, Proposal
from annotate.sync.operations import Code
from tests.sync.world import Author, World, accepted, refused

HERE = Edges(10, 20, 110, 90)


@pytest.fixture
def frame(world: World, model: ModelVersion) -> Frame:
    frame = world.frame()
    detection = Detection.objects.create(
        project=world.project,
        model_version=model,
        trigger="api",
        scope="frame",
        confidence=0.25,
        iou=0.7,
        image_size=640,
    )
    propose(detection, frame.pk, [Candidate(HERE, "car", 0.87)], labels=world.labels, dropped={}, timings={})
    return frame


def proposal(frame: Frame) -> Proposal:
    return Proposal.objects.select_related("box").get(frame=frame)


def judge(author: Author, box: UUID, **fields: object) -> object:
    base = dict.fromkeys(fields, 1)
    return author.do("set", box, base=base, ms=1600, gesture=f"verdict.{author.counter}", **fields)


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"status": "accepted", "feedback": "positive"}, "accepted"),
        ({"status": "rejected", "feedback": "negative"}, "rejected"),
        ({"feedback": "neutral"}, "open"),
        ({"status": "accepted"}, "accepted"),
        ({"x1": 12.0, "status": "accepted"}, "corrected"),
    ],
)
def test_it_records_a_verdict(world: World, frame: Frame, fields: dict[str, object], outcome: str) -> None:
    author = world.author(frame)
    accepted(judge(author, proposal(frame).box_id, **fields))  # type: ignore[arg-type]
    row = proposal(frame)
    assert (row.outcome, row.feedback) == (outcome, fields.get("feedback", ""))
    assert (row.judged_by, row.ms, row.judged_revision) == (author.user, 1600, 2)
    assert (row.x1, row.confidence) == (10, 0.87)  # what the model said stays
    assert row.iou == pytest.approx(98 / 100 if "x1" in fields else 1)


def test_moving_or_relabelling_accepts_as_corrected(world: World, frame: Frame) -> None:
    author = world.author(frame)
    accepted(author.do("set", proposal(frame).box_id, label=world.labels["bus"]))
    row = proposal(frame)
    assert (row.box.status, row.outcome, row.iou) == ("accepted", "corrected", 1)


def test_only_proposals_can_be_rated(world: World, frame: Frame) -> None:
    author = world.author(frame)
    drawn = author.draw()
    refused(author.do("set", drawn, feedback="positive", base={"feedback": 9}), Code.INVALID)


def test_the_first_of_two_verdicts_wins_and_the_second_is_told(world: World, frame: Frame) -> None:
    box = proposal(frame).box_id
    first, second = world.author(frame), world.author(frame, "second")
    accepted(judge(first, box, status="accepted", feedback="positive"))  # type: ignore[arg-type]
    late = refused(judge(second, box, status="rejected", feedback="negative"), Code.STALE)  # type: ignore[arg-type]
    assert late.current == {"status": "accepted", "feedback": "positive"}
    assert proposal(frame).judged_by == first.user


def test_undo_takes_a_verdict_back_and_redo_gives_it_again(world: World, frame: Frame) -> None:
    author = world.author(frame)
    accepted(judge(author, proposal(frame).box_id, status="rejected", feedback="negative"))  # type: ignore[arg-type]
    accepted(author.do("undo"))
    row = proposal(frame)
    assert (row.outcome, row.feedback, row.judged_by, row.ms) == ("open", "", None, None)
    assert (row.box.status, row.box.feedback) == ("proposed", "")
    accepted(author.do("redo"))
    assert (proposal(frame).outcome, proposal(frame).judged_by) == ("rejected", author.user)


def test_a_verdict_that_is_turned_round_is_counted(world: World, frame: Frame) -> None:
    author = world.author(frame)
    box = proposal(frame).box_id
    author.do("set", box, status="accepted", base={"status": 1})
    author.do("set", box, x1=12.0)
    assert proposal(frame).reversals == 0
    author.do("set", box, status="rejected", base={"status": 2})
    assert (proposal(frame).outcome, proposal(frame).reversals) == ("rejected", 1)


def test_a_proposal_that_a_person_deletes_was_rejected(world: World, frame: Frame) -> None:
    author = world.author(frame)
    author.do("delete", proposal(frame).box_id)
    assert proposal(frame).outcome == "rejected"
    author.do("undo")
    assert proposal(frame).outcome == "open"
