"""A project with frames that wait, and people who ask for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from annotate.models import (
    Box,
    Claim,
    Detection,
    DetectionFrame,
    Frame,
    Label,
    Membership,
    ModelVersion,
    Project,
    Proposal,
    Source,
    User,
)
from annotate.queue.picking import take
from tests.pages.conftest import add_frame
from tests.sync.live import live_database


class Dice(Random):
    """``always`` for random(); randrange() takes the last."""

    def __init__(self, always: float) -> None:
        super().__init__(0)
        self.always = always

    def random(self) -> float:
        return self.always

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        return (start if stop is None else stop) - 1


NEVER_RANDOM, ALWAYS_RANDOM = Dice(0.99), Dice(0.0)


@dataclass
class Queue:
    """``ada`` and ``linus`` annotate, ``vera`` looks, ``otto`` is a stranger."""

    project: Project
    source: Source
    labels: dict[str, Label]
    people: dict[str, User]
    model: ModelVersion

    def frame(self, **parts: Any) -> Frame:
        frame = add_frame(self.project, self.source, f"{self.source.frames.count()}.jpg")
        Frame.objects.filter(pk=frame.pk).update(**parts)
        return Frame.objects.get(pk=frame.pk)

    def take(self, who: str, **rest: Any) -> Claim | None:
        rest.setdefault("dice", NEVER_RANDOM)
        return take(self.project, self.people[who], **rest)

    def taken(self, who: str, **rest: Any) -> int | None:
        """The id of the frame that the person got."""
        claim = self.take(who, **rest)
        return claim.frame_id if claim else None

    def follow(self, strategy: str) -> None:
        self.project.strategy = strategy
        self.project.save()

    def client(self, who: str) -> Client:
        client = Client()
        if who != "anonymous":
            client.force_login(self.people[who])
        return client

    def detect(self, frame: Frame, confidences: list[float], **parts: Any) -> DetectionFrame:
        """A pass over ``frame`` that proposes a boat per confidence, side by side."""
        detection = Detection.objects.create(
            project=self.project, model_version=self.model, trigger="api", scope="frame",
            confidence=0.25, iou=0.5, image_size=640,
        )  # fmt: skip
        uncertainty = 0.5 * sum(1 - abs(2 * p - 1) for p in confidences) / len(confidences)
        row = DetectionFrame.objects.create(
            detection=detection, frame=frame, **{"revision": 10, "uncertainty": uncertainty, **parts}
        )
        for place, confidence in enumerate(confidences):
            self.propose(row, confidence, left=place * 100.0)
        return row

    def propose(
        self, row: DetectionFrame, confidence: float, *, left: float, label: str = "boat", **parts: Any
    ) -> Proposal:
        edges = {"x1": left, "y1": 0.0, "x2": left + 50, "y2": 50.0}
        box = Box.objects.create(
            id=uuid4(), frame_id=row.frame_id, label=self.labels[label], source="model", status="proposed",
            confidence=confidence, created_revision=1, **edges,
        )  # fmt: skip
        return Proposal.objects.create(
            box=box, detection=row.detection, frame_id=row.frame_id, class_name=label,
            label=self.labels[label], confidence=confidence, **edges, **parts,
        )  # fmt: skip


def make_queue() -> Queue:
    people = {name: User.objects.create_user(name) for name in ("ada", "linus", "vera", "otto")}
    project = Project.objects.create(name="Harbour cameras")
    for name, role in (("ada", "annotator"), ("linus", "annotator"), ("vera", "viewer")):
        Membership.objects.create(project=project, user=people[name], role=role)
    source = Source.objects.create(project=project, kind=Source.Kind.UPLOAD, name="first")
    labels = {
        name: Label.objects.create(project=project, name=name, color="#0072b2", position=place)
        for place, name in enumerate(("boat", "buoy"))
    }
    model = ModelVersion.objects.create(name="m", number=1, kind="onnx", sha256="0" * 64, image_size=640)
    return Queue(project, source, labels, people, model)


@pytest.fixture
def queue(db: None) -> Queue:
    return make_queue()


@pytest.fixture
def committed_queue(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path
) -> Iterator[Queue]:
    """The same, really committed: seen by other threads."""
    with django_db_blocker.unblock(), live_database(tmp_path):
        yield make_queue()


def run_out(claim: Claim) -> None:
    """As if nobody had renewed it for a minute too long."""
    Claim.objects.filter(pk=claim.pk).update(expires_at=timezone.now() - timedelta(seconds=60))
