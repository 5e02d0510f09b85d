"""Projects in which chance decides what models and people do, and when; the same seed makes the same one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.utils import timezone

from annotate.frames import set_aside, set_status
from annotate.models import (
    Box,
    Detection,
    Feedback,
    Frame,
    ModelVersion,
    Operation,
    Proposal,
    Review,
    StatusChange,
)

from .factory import Lab

PEOPLE = ("annotator", "second", "owner")
LABELS = ("car", "bus")
FRAMES, ROUNDS, ACTS = 6, 3, 45
DAYS_AGO = (0, 0, 1, 3, 8, 29, 40)


@dataclass
class Chance:
    lab: Lab
    seed: int
    random: Random = field(init=False)
    versions: list[ModelVersion] = field(init=False)
    frames: list[Frame] = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.versions = [self.lab.version(f"Nano {self.seed}", number) for number in (1, 2)]
        self.frames = [self.lab.world.frame(name=f"{number}.jpg", index=number) for number in range(FRAMES)]

    def work(self) -> None:
        """In rounds, so that frames are worked on at several times; at the end one of them is set aside."""
        for _round in range(ROUNDS):
            begun = timezone.now()
            for _act in range(ACTS):
                self.act(self.random.choice(self.frames))
            for frame in self.frames:
                self.move_back(frame, begun)
        set_aside(self.random.choice(self.frames).pk, None)

    def move_back(self, frame: Frame, begun: datetime) -> None:
        """As if what has happened on the frame since ``begun`` had happened some days ago."""
        when = timezone.now() - timedelta(days=self.random.choice(DAYS_AGO), minutes=5)
        for record in (Operation, StatusChange, Review, Feedback):
            record.objects.filter(frame=frame, created_at__gte=begun).update(created_at=when)
        Proposal.objects.filter(frame=frame, judged_at__gte=begun).update(judged_at=when)

    def act(self, frame: Frame) -> None:
        acts: list[Callable[[Frame], object]] = [self.detect, self.draw, self.rate, self.status, self.review]
        acts += [self.judge] * 4 + [self.edit] * 2
        self.random.choice(acts)(frame)

    @property
    def who(self) -> str:
        return self.random.choice(PEOPLE)

    @property
    def label(self) -> str:
        return self.random.choice(LABELS)

    def detect(self, frame: Frame) -> None:
        confidences = [self.random.random() for _box in range(self.random.randint(0, 3))]
        by_machine = self.random.random() < 0.2
        self.lab.detect(
            frame, self.random.choice(self.versions), confidences, label=self.label, by_machine=by_machine
        )

    def draw(self, frame: Frame) -> None:
        self.lab.draw(frame, who=self.who, label=self.label, left=self.random.uniform(0, 500))

    def rate(self, frame: Frame) -> None:
        if Detection.objects.filter(frames__frame=frame).exists():
            self.lab.rate(frame, self.random.choice(("positive", "negative", "neutral")), self.who)

    def status(self, frame: Frame) -> None:
        if self.random.random() < 0.7:
            self.lab.complete(frame, self.who)
        else:
            set_status(frame.pk, Frame.Status.IN_PROGRESS, self.lab.world.people[self.who])

    def review(self, frame: Frame) -> None:
        self.lab.review(frame, self.random.choice(("approved", "returned")))

    def judge(self, frame: Frame) -> None:
        proposed = Proposal.objects.filter(frame=frame, outcome="open").values_list("box", flat=True)
        if boxes := list(proposed.order_by("confidence", "box")):
            self.decide(frame, self.random.choice(boxes))

    def decide(self, frame: Frame, box: UUID) -> None:
        who, kind = (
            self.who,
            self.random.choice(("accept", "correct", "relabel", "reject", "delete", "neutral")),
        )
        fields: dict[str, dict[str, Any]] = {
            "accept": {"status": "accepted", "feedback": "positive"},
            "correct": {"status": "accepted", "x1": self.random.uniform(0, 100)},
            "relabel": {"status": "accepted", "label": self.lab.world.labels[self.label]},
            "reject": {"status": "rejected", "feedback": "negative"},
            "neutral": {"feedback": "neutral"},
        }
        if kind == "delete":
            self.lab.delete(frame, box, who=who)
        else:
            self.lab.change(frame, box, who=who, ms=self.random.choice((None, 700, 2500)), **fields[kind])

    def edit(self, frame: Frame) -> None:
        there = Box.objects.filter(frame=frame, status="accepted", deleted_revision__isnull=True)
        if boxes := list(there.order_by("created_revision", "pk").values_list("pk", flat=True)):
            self.lab.change(frame, self.random.choice(boxes), who=self.who, x2=self.random.uniform(200, 600))
