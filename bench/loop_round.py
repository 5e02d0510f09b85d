"""One round of bench/loop.py: the frames of a project, and whether the database holds what was done."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annotate.geometry import Edges
from bench.annotator import CORRECTIONS, SAME, SECONDS, Act, Proposed, Step, Tally, steps_for, tally_of
from bench.bccd import Photo, TrueBox
from bench.detection_stage import DetectionStage
from bench.loop_client import Desk
from bench.measure import latency_of
from bench.stage import CannotMeasure

DETECTED_WITHIN_S = 600.0
EXACT_PX = 0.01
Done = dict[str, Step]
"""What was done, by the id of the box."""


@dataclass(frozen=True)
class Round:
    """``weights``: an ONNX file, "" for no proposals. ``training``: what is known of how it was made."""

    name: str
    weights: str = ""
    training: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Worked:
    """A frame that was worked on. ``waits``: seconds until each ack."""

    frame: int
    proposals: Sequence[Proposed]
    truth: Sequence[TrueBox]
    done: Done
    waits: Sequence[float]


async def work_through(
    stage: DetectionStage, project: dict[str, Any], chosen: Sequence[Photo], asked: dict[str, float | None]
) -> dict[str, Any]:
    """The figures of a round. Raises Unexpected; CannotMeasure where the database says otherwise."""
    detected_s = await asyncio.to_thread(propose, stage, project, asked) if project["model"] else 0.0
    worked = [await work_on(stage, project["frames"][photo.stem], photo) for photo in chosen]
    tally = tally_of((one.proposals, one.truth, list(one.done.values())) for one in worked)
    await asyncio.to_thread(check, stage, project, worked, tally)
    return figures(tally, worked) | {"detected_s_per_frame": detected_s / len(chosen)}


def propose(stage: DetectionStage, project: dict[str, Any], wanted: dict[str, float | None]) -> float:
    """Asks for proposals on every frame, as the project's page does, and waits; seconds. Raises CannotMeasure."""
    started = time.perf_counter()
    with stage.client() as client:
        asked = client.post("/ai/detect", json={"frames": list(project["frames"].values()), **wanted})
        if asked.status_code != 202:
            raise CannotMeasure(f"the detection was refused: {asked.text[:500]}")
        while True:
            card = client.get(f"/ai/detections/{asked.json()['detection']}").json()
            if card["state"] == "done":
                return time.perf_counter() - started
            if card["state"] == "failed" or time.perf_counter() - started > DETECTED_WITHIN_S:
                raise CannotMeasure(f"the detection did not end well: {card}")
            time.sleep(0.2)


async def work_on(stage: DetectionStage, frame: int, photo: Photo) -> Worked:
    """Raises Unexpected."""
    desk = Desk(stage.seat(frame, person=0))
    await desk.enter()
    try:
        proposals = desk.proposals()
        done = {await desk.do(step): step for step in steps_for(proposals, photo.boxes)}
    finally:
        desk.leave()
    return Worked(frame, proposals, photo.boxes, done, desk.waits)


def figures(tally: Tally, worked: Sequence[Worked]) -> dict[str, Any]:
    ack = latency_of(np.array([wait for one in worked for wait in one.waits]))
    return {
        "frames": tally.frames,
        "truths": tally.truths,
        "proposals": tally.proposals,
        "precision": tally.precision,
        "recall": tally.recall,
        "drawn": tally.of(Act.DRAW),
        "accepted": tally.of(Act.ACCEPT),
        "rejected": tally.of(Act.REJECT),
        "adjusted": tally.of(Act.ADJUST, Act.REDO),
        "relabelled": tally.of(Act.RELABEL, Act.REDO),
        "seconds_per_frame": tally.seconds / tally.frames,
        "ack_p50": ack.p50,
        "ack_p99": ack.p99,
    }


# The database is asked


def check(stage: DetectionStage, project: dict[str, Any], worked: Sequence[Worked], tally: Tally) -> None:
    """Raises CannotMeasure with what differs."""
    kept = stage.inside("kept", {"project": project["id"], "frames": [one.frame for one in worked]})
    differences = [text for one in worked for text in wrong_boxes(one, kept["frames"][str(one.frame)])]
    steps = sum(tally.acts.values())
    outcomes = {
        "accepted": tally.of(Act.ACCEPT),
        "corrected": tally.of(*CORRECTIONS),
        "rejected": tally.of(Act.REJECT),
    }
    expected = {
        "outcomes": {name: count for name, count in outcomes.items() if count},
        "open": 0,
        "operations": steps,
        "gestures": tally.actions,
        "ms": sum(round(SECONDS[act] * 1000) * count for act, count in tally.acts.items()),
    }
    differences += [
        f"{name}: {kept[name]} stored, {value} done"
        for name, value in expected.items()
        if kept[name] != value
    ]
    if differences:
        raise CannotMeasure("the database does not hold what was done:\n" + "\n".join(differences[:10]))


def wrong_boxes(worked: Worked, stored: Mapping[str, tuple[str, Sequence[float]]]) -> list[str]:
    """Every true box is there once: exactly where it was drawn or moved, near where a proposal was accepted."""
    meant = {box: step for box, step in worked.done.items() if step.true is not None}
    wrong = [f"frame {worked.frame}: box {box} differs" for box in meant.keys() ^ stored.keys()]
    for box in meant.keys() & stored.keys():
        name, edges = stored[box]
        if not is_as_meant(meant[box], name, Edges(*edges)):
            wrong.append(f"frame {worked.frame}: {meant[box]} became {name} {edges}")
    if len(meant) != len(worked.truth):
        wrong.append(f"frame {worked.frame}: {len(meant)} boxes for {len(worked.truth)} true ones")
    return wrong


def is_as_meant(step: Step, name: str, edges: Edges) -> bool:
    assert step.true is not None, "rejected boxes are not kept"
    true = step.true.edges
    if step.act in (Act.ACCEPT, Act.RELABEL):
        return name == step.true.name and edges.iou(true) >= SAME
    offsets = (edges.x1 - true.x1, edges.y1 - true.y1, edges.x2 - true.x2, edges.y2 - true.y2)
    return name == step.true.name and max(map(abs, offsets)) <= EXACT_PX
