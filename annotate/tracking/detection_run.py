"""The run of a detection: what was found, and what people make of it, also long after its end."""

import json
from collections import defaultdict
from functools import partial
from typing import Any

from ..models import DetectionFrame, Proposal, TrackingEvent, TrackingRun
from .drawing import drawn, plain_json
from .fold import Addition, Artifact, Ending, Figures, Metric
from .openings import milliseconds
from .verdicts import Ratings, Verdicts, feedback_figures

MOST_PICTURES = 20
MOST_PROPOSALS = 20_000
STATUS = {"failed": "FAILED", "cancelled": "KILLED"}
TABLE = "frames.json"
LOOKING = ("preprocess", "inference", "postprocess")

Found = dict[int, list[Proposal]]


class DetectionFold:
    def __init__(self, run: TrackingRun) -> None:
        self.run = run
        self.verdicts = Verdicts()
        self.ratings = Ratings()
        self.figures = Figures()
        self.missed = 0

    def take(self, event: TrackingEvent) -> Addition:
        if event.kind == "finished":
            return self.finished(event)
        if event.kind == "stopped":
            return Addition(ending=Ending(STATUS[event.payload["state"]], milliseconds(event.at)))
        if event.kind == "judged":
            self.verdicts.take(event.payload["judged"])
        elif event.kind == "missed":
            self.missed += event.payload["created"]
        elif event.kind == "rated":
            self.ratings.take(event.payload)
        else:
            return Addition()
        at, step = milliseconds(event.at), event.seq or 0
        return Addition(metrics=self.figures.changed(self.numbers(), at=at, step=step))

    def numbers(self) -> dict[str, float | None]:
        return {
            **self.verdicts.figures(),
            "replaced": self.verdicts.outcomes["replaced"],
            "missed": self.missed,
            **feedback_figures(self.verdicts.feedback, self.ratings.counts()),
        }

    def finished(self, event: TrackingEvent) -> Addition:
        """A step per frame, in the order in which they were done. What the blind sample shows is told to nobody."""
        frames = list(DetectionFrame.objects.filter(detection=self.run.pk, is_silent=False).order_by("pk"))
        found = proposals_by_frame(self.run)
        table = [row_of(frame, found[frame.frame_id]) for frame in frames]
        metrics = [
            Metric(key, value, milliseconds(frame.created_at), step)
            for step, (frame, row) in enumerate(zip(frames, table, strict=True))
            for key, value in row.items()
            if key != "frame" and value is not None
        ]
        artifacts = [
            Artifact("proposals.json", lambda: proposals_json(found)),
            Artifact(TABLE, lambda: table_json(table)),
        ]
        artifacts += [
            Artifact(f"images/{one.frame_id}.jpg", partial(picture, one.frame_id, found[one.frame_id]))
            for one in frames[:MOST_PICTURES]
        ]
        tags = {"mlflow.loggedArtifacts": json.dumps([{"path": TABLE, "type": "table"}])}
        ending = Ending("FINISHED", milliseconds(event.at))
        return Addition(metrics=metrics, tags=tags, artifacts=artifacts, ending=ending)


def proposals_by_frame(run: TrackingRun) -> Found:
    """Only what was written once is read of a proposal."""
    found: Found = defaultdict(list)
    rows = Proposal.objects.filter(detection=run.pk).order_by("frame", "-confidence", "pk")
    for row in rows[:MOST_PROPOSALS]:
        found[row.frame_id].append(row)
    return found


def row_of(frame: DetectionFrame, found: list[Proposal]) -> dict[str, float | None]:
    confidence = sum(one.confidence for one in found) / len(found) if found else None
    return {
        "frame": frame.frame_id,
        "objects": frame.proposed,
        "latency_ms": round(sum(frame.timings.get(name, 0) for name in LOOKING), 2),
        "mean_confidence": None if confidence is None else round(confidence, 6),
    }


def table_json(table: list[dict[str, float | None]]) -> bytes:
    """As MLflow shows tables: names of columns, then rows."""
    columns = ["frame", "objects", "latency_ms", "mean_confidence"]
    return plain_json({"columns": columns, "data": [[row[name] for name in columns] for row in table]})


def proposals_json(found: Found) -> bytes:
    return plain_json(
        [
            {
                "frame": frame,
                "box": one.pk.hex,
                "class": one.class_name,
                "confidence": one.confidence,
                **edges_of(one),
            }
            for frame, proposals in sorted(found.items())
            for one in proposals
        ]
    )


def edges_of(one: Proposal) -> dict[str, Any]:
    return {"x1": one.x1, "y1": one.y1, "x2": one.x2, "y2": one.y2}


def picture(frame_id: int, found: list[Proposal]) -> bytes | None:
    boxes = [
        {**edges_of(one), "name": f"{one.class_name} {one.confidence:.2f}", "color": "#d55e00"}
        for one in found
    ]
    return drawn(frame_id, boxes)
