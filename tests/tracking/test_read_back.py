"""What MLflow's own client finds on a real server, against the rows of the database."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from annotate.models import Box, Detection, DetectionFrame, Feedback, Operation, Proposal
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
JUDGED = ("accepted", "corrected", "rejected")
LOOKING = ("preprocess", "inference", "postprocess")


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


def verdicts_on(proposals: list[Proposal]) -> dict[str, float]:
    """What people made of them. Corrections here are small, and so were right."""
    outcomes = Counter(one.outcome for one in proposals)
    overlaps = [one.iou for one in proposals if one.outcome == "corrected" and one.iou is not None]
    right = outcomes["accepted"] + outcomes["corrected"]
    return {
        **{name: outcomes[name] for name in JUDGED},
        "precision": right / (right + outcomes["rejected"]),
        "mean_iou_of_corrections": sum(overlaps) / len(overlaps),
    }


def feedback_on(detection: Detection) -> dict[str, float]:
    """Of it as a whole, and of its boxes."""
    words = Counter(Feedback.objects.filter(detection=detection).values_list("verdict", flat=True))
    words.update(Proposal.objects.filter(detection=detection).values_list("feedback", flat=True))
    return {f"feedback_{word}": words[word] for word in ("positive", "neutral", "negative")}


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
    looked = DetectionFrame.objects.get(detection=detection)
    drawn = Operation.objects.filter(frame=looked.frame, kind="create", box__source="human")
    expected = {
        "objects": len(proposals),
        "latency_ms": sum(looked.timings.get(name, 0) for name in LOOKING),
        "mean_confidence": sum(one.confidence for one in proposals.values()) / len(proposals),
        "replaced": sum(one.outcome == "replaced" for one in proposals.values()),
        "missed": drawn.count(),
        **verdicts_on(list(proposals.values())),
        **feedback_on(detection),
    }
    assert run["metrics"] == pytest.approx(expected, abs=1e-4), "all of them, and no more"
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
    detection, project = Detection.objects.get(created_by=visit.person), visit.lab.world.project
    verdicts = verdicts_on(list(Proposal.objects.filter(frame=visit.frame)))
    created = mine.filter(kind="create").count()
    seconds = sum(one.ms or 0 for one in mine) / 1000
    expected = {
        "created": created,
        "deleted": mine.filter(kind="delete").count(),
        "changed": mine.filter(kind="set").count(),
        "detections": 1,
        "seconds_per_box": seconds / (created + sum(verdicts[name] for name in JUDGED)),
        "seconds_per_frame": seconds,
        "frames_completed": 1,
        **verdicts,
        **feedback_on(detection),
    }
    assert run["metrics"] == pytest.approx(expected, abs=1e-4), "all of them, and no more"
    assert run["params"] == {
        "user": visit.person.username,
        "project": project.name,
        "queue_strategy": project.strategy,
        "model_version": "none",
        "prompts": ", ".join(detection.prompts),
        "models_shown": str(detection.model_version),
    }
    visit.frame.refresh_from_db()
    name = f"frames/{visit.frame.pk}-r{visit.frame.revision}"
    assert run["artifacts"] == [f"{name}.jpg", f"{name}.json"]
    with Image.open(files / f"{name}.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (visit.frame.width, visit.frame.height))
    told = json.loads((files / f"{name}.json").read_text())
    kept = Box.objects.filter(frame=visit.frame, deleted_revision=None, status="accepted")
    assert told["frame"]["md5"] == visit.frame.md5
    assert {one["id"]: [one[edge] for edge in EDGES] for one in told["boxes"]} == {
        box.pk.hex: [getattr(box, edge) for edge in EDGES] for box in kept
    }
