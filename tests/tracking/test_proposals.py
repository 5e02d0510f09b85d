"""What a detection found, whole: however much it is, and exactly as much as that."""

import json
import tempfile
from typing import Any
from uuid import UUID, uuid4

import pytest

from annotate.models import Box, Detection, DetectionFrame, Frame, Proposal, TrackingRun
from annotate.tracking import detection_run
from annotate.tracking.lag import lag_at
from tests.sync.world import EDGES

from .conftest import Clock
from .fake_mlflow import FakeMlflow, Run
from .relays import relay_for, settle
from .visit import Visit

MANY = 20_500
"""More than the file once had."""
EDGE_NAMES = ("x1", "y1", "x2", "y2")


def found_on(visit: Visit, frame: Frame, detection: Detection, confidences: list[float]) -> list[UUID]:
    """Rows as a detector leaves them, without the log of edits."""
    label = visit.lab.world.labels["car"]
    boxes = [Box(id=uuid4(), frame=frame, label_id=label, **EDGES, created_revision=1) for _ in confidences]
    Box.objects.bulk_create(boxes, batch_size=2000)
    proposals = [
        Proposal(
            box_id=box.pk, detection=detection, frame=frame, class_name="Auto · 車", label_id=label,
            confidence=confidence, **EDGES,
        )
        for box, confidence in zip(boxes, confidences, strict=True)
    ]  # fmt: skip
    Proposal.objects.bulk_create(proposals, batch_size=2000)
    DetectionFrame.objects.create(detection=detection, frame=frame, revision=1, proposed=len(boxes))
    return [box.pk for box in boxes]


def the_run(mlflow: FakeMlflow) -> Run:
    [run] = [one for one in mlflow.runs.values() if one.tags["kind"] == "detection"]
    return run


def rows_of(detection: Detection) -> list[dict[str, Any]]:
    return [
        {
            "frame": one.frame_id, "box": one.pk.hex, "class": one.class_name, "confidence": one.confidence,
            **{edge: getattr(one, edge) for edge in EDGE_NAMES},
        }
        for one in Proposal.objects.filter(detection=detection).order_by("frame", "-confidence", "pk")
    ]  # fmt: skip


def test_the_file_has_all_of_many_and_the_means_are_over_all(
    visit: Visit, mlflow: FakeMlflow, clock: Clock
) -> None:
    """Confidences fall from the first to the last: whoever leaves the last ones out says too much."""
    detection = visit.detect(is_asked=False)
    other = visit.lab.world.frame(name="second.jpg", index=1)
    confidences = [1 - number / (2 * MANY) for number in range(MANY)]
    found_on(visit, other, detection, confidences)
    settle(relay_for(mlflow, clock), clock)
    run = the_run(mlflow)
    assert json.loads(run.artifacts["proposals.json"]) == rows_of(detection)
    table = json.loads(run.artifacts["frames.json"])
    by_frame = {row[0]: dict(zip(table["columns"], row, strict=True)) for row in table["data"]}
    assert by_frame[other.pk]["objects"] == MANY
    assert by_frame[other.pk]["mean_confidence"] == pytest.approx(sum(confidences) / MANY, abs=1e-6)
    assert by_frame[visit.frame.pk]["mean_confidence"] == pytest.approx(0.8)
    assert mlflow.last(run)["mean_confidence"] == by_frame[other.pk]["mean_confidence"]


def test_few_and_many_are_the_same_bytes(
    visit: Visit, mlflow: FakeMlflow, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From memory, and from a file."""
    detection = visit.detect(is_asked=False)
    relay = relay_for(mlflow, clock)
    settle(relay, clock)
    small = the_run(mlflow).artifacts["proposals.json"]
    monkeypatch.setattr(detection_run, "IN_MEMORY", 10)
    run = TrackingRun.objects.get(pk=detection.pk)
    large = detection_run.proposals_json(run)
    assert not isinstance(large, bytes)
    relay.delivery.mlflow.put_artifact(run.experiment, run.mlflow_run, "again.json", large)
    assert the_run(mlflow).artifacts["again.json"] == small
    assert large.closed, "nothing of it stays on the disk"
    assert small.count(b"\n") == 3 + 2, "a proposal a line"


def test_nothing_found_is_an_empty_list(visit: Visit, mlflow: FakeMlflow, clock: Clock) -> None:
    visit.detect(is_asked=False, confidences=())
    settle(relay_for(mlflow, clock), clock)
    run = the_run(mlflow)
    assert json.loads(run.artifacts["proposals.json"]) == []
    assert "mean_confidence" not in mlflow.last(run)


def test_without_room_for_the_file_it_is_told_later(
    visit: Visit, mlflow: FakeMlflow, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    detection = visit.detect(is_asked=False)
    relay = relay_for(mlflow, clock)
    with monkeypatch.context() as without_room:
        without_room.setattr(detection_run, "IN_MEMORY", 10)
        without_room.setattr(tempfile, "TemporaryFile", full)
        relay.round()
        assert relay.failures == 1
        assert "No space left" in lag_at(clock.now()).problem
        assert the_run(mlflow).status == "RUNNING"
    clock.forward(seconds=4)
    settle(relay, clock)
    assert json.loads(the_run(mlflow).artifacts["proposals.json"]) == rows_of(detection)
    assert the_run(mlflow).status == "FINISHED"
