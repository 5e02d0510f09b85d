"""What MLflow's own client finds on a real server, against the rows of the database."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from annotate.models import Box, Detection, Feedback, Operation, Proposal
from annotate.tracking import server

from .conftest import Clock
from .real import RealMlflow
from .relays import settle
from .test_real_mlflow import relay_to
from .visit import Visit

pytestmark = pytest.mark.skipif(
    not server.is_installed(), reason="MLflow is not installed (pip install '.[tracking]')"
)
READER = Path(__file__).with_name("read_back.py")
EDGES = ("x1", "y1", "x2", "y2")


def test_a_session_and_its_detection(visit: Visit, real: RealMlflow, clock: Clock, tmp_path: Path) -> None:
    detection = visit.whole()
    settle(relay_to(real, clock), clock)
    check_whole(visit, detection, real.url, tmp_path)


def check_whole(visit: Visit, detection: Detection, url: str, folder: Path) -> None:
    """A visit with one detection: nothing is missing, nothing is there twice, and all of it is what the rows say."""
    project = visit.lab.world.project
    told = read_back(url, project.pk, folder)
    assert len(told["experiments"]) == 1
    runs = {run["tags"]["kind"]: run for run in told["runs"]}
    assert set(runs) == {"annotation_session", "detection"} and len(told["runs"]) == 2
    session, asked = runs["annotation_session"], runs["detection"]
    assert asked["tags"]["mlflow.parentRunId"] == session["id"]
    assert {run["tags"]["project_id"] for run in told["runs"]} == {str(project.pk)}
    assert session["status"] == asked["status"] == "FINISHED"
    check_detection(asked, detection, folder / asked["id"])
    check_session(session, visit, folder / session["id"])
    check_histories(told)


def read_back(url: str, project: int, folder: Path) -> dict[str, Any]:
    """What ``read_back.py`` prints."""
    command = [sys.executable, str(READER), url, str(project), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def check_histories(told: dict[str, Any]) -> None:
    for run in told["runs"]:
        for name, points in run["history"].items():
            assert points[-1][1] == run["metrics"][name], "the last point is what the table shows"
            assert [step for step, _ in points] == sorted(step for step, _ in points)


def check_detection(run: dict[str, Any], detection: Detection, files: Path) -> None:
    proposals = {one.pk.hex: one for one in Proposal.objects.filter(detection=detection)}
    assert run["params"] == {
        "model": str(detection.model_version),
        "prompts": ", ".join(detection.prompts),
        "confidence": str(detection.confidence),
        "iou": str(detection.iou),
        "image_size": str(detection.image_size),
        "scope": detection.scope,
        "frame_ids": ", ".join(map(str, detection.frame_ids)),
    }
    outcomes = Counter(one.outcome for one in proposals.values())
    right = outcomes["accepted"] + outcomes["corrected"]
    overlaps = [one.iou for one in proposals.values() if one.outcome == "corrected" and one.iou is not None]
    ratings = Counter(Feedback.objects.filter(detection=detection).values_list("verdict", flat=True))
    expected = {
        "objects": len(proposals),
        "mean_confidence": sum(one.confidence for one in proposals.values()) / len(proposals),
        "accepted": outcomes["accepted"],
        "corrected": outcomes["corrected"],
        "rejected": outcomes["rejected"],
        "precision": right / (right + outcomes["rejected"]),
        "mean_iou_of_corrections": sum(overlaps) / len(overlaps),
        "feedback_positive": ratings["positive"],
        "feedback_negative": ratings["negative"],
    }
    assert {name: run["metrics"][name] for name in expected} == pytest.approx(expected, abs=1e-4)
    told = json.loads((files / "proposals.json").read_text())
    assert {one["box"] for one in told} == proposals.keys()
    for one in told:
        row = proposals[one["box"]]
        assert [one[edge] for edge in EDGES] == [getattr(row, edge) for edge in EDGES]
        assert (one["class"], one["confidence"], one["frame"]) == (
            row.class_name,
            row.confidence,
            row.frame_id,
        )
    frame = next(iter(proposals.values())).frame
    with Image.open(files / "images" / f"{frame.pk}.jpg") as picture:
        assert picture.size == (frame.width, frame.height)


def check_session(run: dict[str, Any], visit: Visit, files: Path) -> None:
    mine = Operation.objects.filter(frame=visit.frame, user=visit.person)
    outcomes = Counter(Proposal.objects.filter(frame=visit.frame).values_list("outcome", flat=True))
    expected = {
        "created": mine.filter(kind="create").count(),
        "deleted": mine.filter(kind="delete").count(),
        "changed": mine.filter(kind="set").count(),
        "accepted": outcomes["accepted"],
        "corrected": outcomes["corrected"],
        "rejected": outcomes["rejected"],
        "detections": Detection.objects.filter(created_by=visit.person).count(),
        "feedback_positive": Feedback.objects.filter(user=visit.person, verdict="positive").count(),
        "frames_completed": 1,
    }
    assert {name: run["metrics"][name] for name in expected} == expected
    assert run["params"]["user"] == visit.person.username
    assert run["params"]["project"] == visit.lab.world.project.name
    visit.frame.refresh_from_db()
    name = f"frames/{visit.frame.pk}-r{visit.frame.revision}"
    assert run["artifacts"] == [f"{name}.jpg", f"{name}.json"]
    told = json.loads((files / f"{name}.json").read_text())
    kept = Box.objects.filter(frame=visit.frame, deleted_revision=None, status="accepted")
    assert told["frame"]["md5"] == visit.frame.md5
    assert {one["id"]: [one[edge] for edge in EDGES] for one in told["boxes"]} == {
        box.pk.hex: [getattr(box, edge) for edge in EDGES] for box in kept
    }
