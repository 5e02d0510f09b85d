"""The run of a detection: what was found, and what people make of it, also long after its end."""

import json
import math
from functools import partial
from itertools import groupby
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.db.models import QuerySet

from ..models import DetectionFrame, Proposal, TrackingEvent, TrackingRun
from .drawing import drawn, plain_json
from .fold import Addition, Artifact, Ending, Figures, Metric
from .openings import milliseconds
from .rest import Unavailable
from .verdicts import Ratings, Verdicts, feedback_figures

MOST_PICTURES = 20
IN_MEMORY = 1_000_000
"""Bytes of proposals.json; more of them wait in a file without a name."""
STATUS = {"failed": "FAILED", "cancelled": "KILLED"}
TABLE = "frames.json"
LOOKING = ("preprocess", "inference", "postprocess")


class DetectionFold:
    def __init__(self, run: TrackingRun) -> None:
        self.run = run
        self.verdicts = Verdicts()
        self.ratings = Ratings()
        self.figures = Figures()
        self.missed = 0

    def take(self, event: TrackingEvent) -> Addition:
        if event.kind == "finished":
            return self.over(event, "FINISHED")
        if event.kind == "stopped":
            return self.over(event, STATUS[event.payload["state"]])
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

    def over(self, event: TrackingEvent, status: str) -> Addition:
        """A step per frame, in the order in which they were done. What was found before it was stopped is there, and
        people judge it. What the blind sample shows is told to nobody."""
        frames = list(DetectionFrame.objects.filter(detection=self.run.pk, is_silent=False).order_by("pk"))
        means = mean_confidences(self.run)
        table = [row_of(frame, means.get(frame.frame_id)) for frame in frames]
        metrics = [
            Metric(key, value, milliseconds(frame.created_at), step)
            for step, (frame, row) in enumerate(zip(frames, table, strict=True))
            for key, value in row.items()
            if key != "frame" and value is not None
        ]
        artifacts = [
            Artifact("proposals.json", lambda: proposals_json(self.run)),
            Artifact(TABLE, lambda: table_json(table)),
        ]
        artifacts += [
            Artifact(f"images/{one.frame_id}.jpg", partial(picture, self.run, one.frame_id))
            for one in frames[:MOST_PICTURES]
        ]
        tags = {"mlflow.loggedArtifacts": json.dumps([{"path": TABLE, "type": "table"}])}
        ending = Ending(status, milliseconds(event.at))
        return Addition(metrics=metrics, tags=tags, artifacts=artifacts, ending=ending)


def proposals_of(run: TrackingRun) -> QuerySet[Proposal]:
    """All of them, which may be a million; only what was written once is read of a proposal."""
    return Proposal.objects.filter(detection=run.pk).order_by("frame", "-confidence", "pk")


def mean_confidences(run: TrackingRun) -> dict[int, float]:
    """By frame. The sums are exact, so that they are the same in whatever order a database gives the rows."""
    rows = Proposal.objects.filter(detection=run.pk).order_by("frame").values_list("frame", "confidence")
    found = {}
    for frame, group in groupby(rows.iterator(), key=lambda row: row[0]):
        values = [confidence for _, confidence in group]
        found[frame] = round(math.fsum(values) / len(values), 6)
    return found


def row_of(frame: DetectionFrame, mean_confidence: float | None) -> dict[str, float | None]:
    return {
        "frame": frame.frame_id,
        "objects": frame.proposed,
        "latency_ms": round(sum(frame.timings.get(name, 0) for name in LOOKING), 2),
        "mean_confidence": mean_confidence,
    }


def table_json(table: list[dict[str, float | None]]) -> bytes:
    """As MLflow shows tables: names of columns, then rows."""
    columns = ["frame", "objects", "latency_ms", "mean_confidence"]
    return plain_json({"columns": columns, "data": [[row[name] for name in columns] for row in table]})


def proposals_json(run: TrackingRun) -> bytes | IO[bytes]:
    """A list, one proposal a line. Raises Unavailable where there is no room here for what does not stay in memory: it
    is told later."""
    try:
        file = SpooledTemporaryFile(IN_MEMORY, dir=str(settings.SCRATCH_DIR))  # noqa: SIM115  (closed when sent)
        for number, one in enumerate(proposals_of(run).iterator()):
            file.write(b",\n" if number else b"[\n")
            file.write(json.dumps(described(one), sort_keys=True, ensure_ascii=False).encode())
        file.write(b"\n]\n" if file.tell() else b"[]\n")
    except OSError as error:
        raise Unavailable(f"the proposals of a detection cannot be written down: {error}") from error
    if file.tell() > IN_MEMORY:
        return file
    with file:
        file.seek(0)
        return file.read()


def described(one: Proposal) -> dict[str, Any]:
    return {
        "frame": one.frame_id,
        "box": one.pk.hex,
        "class": one.class_name,
        "confidence": one.confidence,
        **edges_of(one),
    }


def edges_of(one: Proposal) -> dict[str, Any]:
    return {"x1": one.x1, "y1": one.y1, "x2": one.x2, "y2": one.y2}


def picture(run: TrackingRun, frame_id: int) -> bytes | None:
    boxes = [
        {**edges_of(one), "name": f"{one.class_name} {one.confidence:.2f}", "color": "#d55e00"}
        for one in proposals_of(run).filter(frame=frame_id)
    ]
    return drawn(frame_id, boxes)
