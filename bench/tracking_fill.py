"""Fills the outbox of a site: ``python tracking_fill.py EVENTS``, with the settings of the site and HITL_TRACKING=0.

Fifty people in visits of 200 events each, an event every ten seconds: what the product writes when they draw, judge
what a model proposed, rate it and complete images. Rows are written as they are, not through the live connection: that
takes hours. Prints as JSON what MLflow must say in the end.
"""

import hashlib
import io
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import django
from django.conf import settings

from annotate.uuid7 import uuid7

PEOPLE = 50
PER_VISIT = 200
STEP = timedelta(seconds=10)
PAUSE = timedelta(hours=1)  # between two visits: ends the one before
BEGIN = datetime(2026, 1, 5, 8, tzinfo=UTC)
FRAMES = 20
WIDTH, HEIGHT = 1280, 800
BOXES, PROPOSALS = 50, 20
COMPLETED = 2
RATED = 3
EDGES = ("x1", "y1", "x2", "y2")


def frame_with_picture(project: Any, source: Any, index: int) -> Any:
    from PIL import Image

    from annotate.media import store
    from annotate.models import Frame

    data = io.BytesIO()
    Image.effect_noise((WIDTH, HEIGHT), 20 + index).convert("RGB").save(data, "JPEG")
    md5 = hashlib.md5(data.getvalue(), usedforsecurity=False).hexdigest()
    store.write_file(store.path_for(md5), data.getvalue())
    return Frame.objects.create(
        project=project, source=source, index=index, name=f"photo-{index}.jpg", md5=md5, original_md5=md5,
        media_type="image/jpeg", width=WIDTH, height=HEIGHT,
    )  # fmt: skip


class Filling:
    """A project, and what happens in it."""

    def __init__(self, dice: random.Random) -> None:
        from annotate.models import Label, Membership, ModelVersion, Project, Source
        from bench.seed import draw, people

        self.dice = dice
        self.project = Project.objects.create(name="Replayed")
        self.people = people(PEOPLE)
        Membership.objects.bulk_create(
            Membership(project=self.project, user=user, role="annotator") for user in self.people
        )
        self.label = Label.objects.create(project=self.project, name="car", color="#0072b2", key="1")
        source = Source.objects.create(project=self.project, kind="upload", name="first")
        self.version = ModelVersion.objects.create(
            name="bench", kind="onnx", sha256="0" * 64, classes=["car"]
        )
        self.frames = [frame_with_picture(self.project, source, index) for index in range(FRAMES)]
        for frame in self.frames:
            draw(frame.pk, self.people[0].pk, self.label.pk, BOXES)
            frame.refresh_from_db()

    def visit(self, user: Any, begin: datetime) -> tuple[list[Any], Counter[str]]:
        """One visit, and what MLflow must say of it. The model has looked at the first of the images only."""
        dice = self.dice
        frames = dice.sample(self.frames, 8)
        detection, boxes = self.detect(user, frames[0], begin)
        rest = PER_VISIT - 2 - 2 * PROPOSALS - 2 * RATED - COMPLETED
        kinds = ["drawn"] * rest + ["judged"] * PROPOSALS + ["rated"] * RATED
        dice.shuffle(kinds)
        acts: Iterator[list[Any]] = iter(
            [
                [
                    (
                        "asked",
                        {"detection": detection.hex, "prompts": ["car"], "model": str(self.version)},
                        None,
                    )
                ],
                [("finished", {}, detection)],
                *(self.act(kind, user, frames, detection, boxes) for kind in kinds),
                *([self.completed(frame)] for frame in frames[:COMPLETED]),
            ]
        )
        rows = [
            self.event(row, user, begin + number * STEP) for number, act in enumerate(acts) for row in act
        ]
        said: Counter[str] = Counter(created=rest, detections=1, frames_completed=COMPLETED)
        for row in rows:
            if row.kind == "edits" and "judged" in row.payload:
                said[row.payload["judged"][0][1]] += 1
        return rows, said

    def act(self, kind: str, user: Any, frames: list[Any], detection: UUID, boxes: list[UUID]) -> list[Any]:
        if kind == "drawn":
            frame, ms = self.dice.choice(frames[1:]), self.dice.randrange(2000, 9000)
            return [("edits", {"frame": frame.pk, "created": 1, "ms": ms}, None)]
        if kind == "judged":
            outcome = self.dice.choice(["accepted", "accepted", "corrected", "rejected"])
            iou = round(self.dice.uniform(0.4, 0.95), 4) if outcome == "corrected" else None
            said = {"frame": frames[0].pk, "judged": [[boxes.pop().hex, outcome, iou, "", True]]}
            return [("edits", {**said, "ms": 1500}, None), ("judged", said, detection)]
        said = {"frame": frames[0].pk, "detection": detection.hex, "user": user.pk, "verdict": "positive"}
        return [("rated", said, None), ("rated", said, detection)]

    def completed(self, frame: Any) -> tuple[str, dict[str, Any], None]:
        return "status", {"frame": frame.pk, "revision": frame.revision, "status": "complete"}, None

    def event(self, row: tuple[str, dict[str, Any], UUID | None], user: Any, at: datetime) -> Any:
        from annotate.models import TrackingEvent

        kind, payload, stream = row
        who = None if stream is not None else user.pk
        return TrackingEvent(
            project=self.project, user_id=who, kind=kind, payload=payload, at=at, stream=stream
        )

    def detect(self, user: Any, frame: Any, at: datetime) -> tuple[UUID, list[UUID]]:
        from annotate.models import Detection, DetectionFrame, Proposal

        made = Detection.objects.create(
            project=self.project, model_version=self.version, created_by=user, trigger="editor", scope="frame",
            frame_ids=[frame.pk], prompts=["car"], confidence=0.2, iou=0.5, image_size=640,
        )  # fmt: skip
        Detection.objects.filter(pk=made.pk).update(created_at=at, finished_at=at + STEP)
        looked = DetectionFrame.objects.create(
            detection=made, frame=frame, revision=1, proposed=PROPOSALS, timings={"inference": 60.0}
        )
        DetectionFrame.objects.filter(pk=looked.pk).update(created_at=at + STEP)
        boxes = {uuid7(): self.proposal(number) for number in range(PROPOSALS)}
        self.propose(frame, made, boxes)
        Proposal.objects.bulk_create(
            Proposal(box_id=box, detection=made, frame=frame, class_name="car", label=self.label, **fields)
            for box, fields in boxes.items()
        )
        return made.pk, list(boxes)

    def proposal(self, number: int) -> dict[str, float]:
        edges = {"x1": 40.0 * number, "y1": 100.0, "x2": 40.0 * number + 30, "y2": 150.0}
        return {**edges, "confidence": round(self.dice.uniform(0.2, 0.9), 4)}

    def propose(self, frame: Any, detection: Any, boxes: dict[UUID, dict[str, float]]) -> None:
        from annotate.sync.operations import Command
        from annotate.sync.submit import Submission, submit

        commands = []
        for number, (box, proposal) in enumerate(boxes.items(), start=1):
            fields: dict[str, Any] = {name: proposal[name] for name in EDGES}
            fields |= {"label": self.label.pk, "status": "proposed"}
            confidence = proposal["confidence"]
            commands.append(
                Command(
                    number,
                    "create",
                    box,
                    fields,
                    source="model",
                    confidence=confidence,
                    detection=detection.pk,
                )
            )
        submit(frame.pk, [Submission(uuid7(), None, commands, "model")])


def fill(events: int) -> dict[str, Any]:
    """Everybody begins at a moment of their own, so that all are mixed."""
    from django.db import transaction

    from annotate.models import TrackingEvent

    filling = Filling(random.Random(5))
    rows: list[Any] = []
    said: dict[str, dict[str, int]] = {}
    for number in range(events // PER_VISIT):
        person = number % PEOPLE
        begin = BEGIN + person * timedelta(seconds=7) + number // PEOPLE * PAUSE
        with transaction.atomic():
            visit, wanted = filling.visit(filling.people[person], begin)
        rows += visit
        said[f"Session of person{person} · {begin:%Y-%m-%d %H:%M}"] = wanted
    rows.sort(key=lambda row: row.at)
    with transaction.atomic():
        TrackingEvent.objects.bulk_create(rows, batch_size=1000)
    return {"events": len(rows), "sessions": said}


if __name__ == "__main__":
    sys.path[0] = str(settings.BASE_DIR)
    django.setup()
    print(json.dumps(fill(int(sys.argv[1]))))
