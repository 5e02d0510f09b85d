"""Detections, verdicts and boxes as people make them, through the one door for edits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from annotate.feedback import rate
from annotate.figures.choice import Asked, Choice
from annotate.figures.figure import Figure, Row
from annotate.figures.report import Report, report_for
from annotate.frames import set_status
from annotate.models import (
    Box,
    Detection,
    DetectionFrame,
    Frame,
    ModelVersion,
    Operation,
    Proposal,
    Review,
    StatusChange,
)
from annotate.sync.operations import STRICT_FIELDS, Command
from annotate.sync.submit import Submission, submit
from tests.sync.world import EDGES, World, accepted


def make_version(name: str = "Nano", number: int = 1) -> ModelVersion:
    return ModelVersion.objects.create(name=name, number=number, kind="onnx", sha256="0" * 64)


@dataclass
class Lab:
    """Frames of ``world`` on which models and people work. Counters of clients are kept per client."""

    world: World
    counters: dict[UUID, int] = field(default_factory=dict)

    def version(self, name: str = "Nano", number: int = 1) -> ModelVersion:
        return make_version(name, number)

    def detect(
        self,
        frame: Frame,
        version: ModelVersion,
        confidences: Sequence[float] = (0.9,),
        *,
        label: str = "car",
        is_silent: bool = False,
        by_machine: bool = False,
    ) -> list[UUID]:
        """The ids of the proposed boxes; of a silent detection there are none. ``by_machine``: accepted without a
        person."""
        detection = Detection.objects.create(
            project=self.world.project, model_version=version, trigger="editor", scope="frame",
            confidence=0.1, iou=0.7, image_size=640,
        )  # fmt: skip
        boxes = {} if is_silent else {uuid4(): confidence for confidence in confidences}
        for box, confidence in boxes.items():
            status = "accepted" if by_machine else "proposed"
            fields = {**EDGES, "label": self.world.labels[label], "status": status}
            self.send(
                frame, None, uuid4(), kind="create", box=box, fields=fields, source="model",
                confidence=confidence, detection=detection.pk,
            )  # fmt: skip
        frame.refresh_from_db()
        Proposal.objects.bulk_create(
            Proposal(
                box_id=box, detection=detection, frame=frame, class_name=label,
                label_id=self.world.labels[label], confidence=confidence, **EDGES, by_machine=by_machine,
                outcome="accepted" if by_machine else "open", judged_at=timezone.now() if by_machine else None,
            )
            for box, confidence in boxes.items()
        )  # fmt: skip
        DetectionFrame.objects.create(
            detection=detection, frame=frame, revision=frame.revision, proposed=len(boxes), is_silent=is_silent,
            accepted=len(boxes) * by_machine,
            found=[{**EDGES, "class": label, "confidence": one} for one in confidences] if is_silent else [],
        )  # fmt: skip
        Frame.objects.filter(pk=frame.pk).update(detections_revision=frame.detections_revision + 1)
        return [*boxes]

    def send(self, frame: Frame, who: str | None, client: UUID, **words: Any) -> None:
        """One command; it must be accepted."""
        counter = self.counters[client] = self.counters.get(client, 0) + 1
        user = self.world.people[who].pk if who else None
        origin = "user" if who else "model"
        command = Command(counter, **words)
        [[outcome]] = submit(frame.pk, [Submission(client, user, [command], origin)]).outcomes  # type: ignore[arg-type]
        accepted(outcome)

    def change(
        self, frame: Frame, box: UUID, *, who: str = "annotator", ms: int | None = 1500, **fields: Any
    ) -> None:
        versions = Box.objects.values_list("versions", flat=True).get(pk=box)
        base = {name: versions[name] for name in STRICT_FIELDS & fields.keys()}
        self.send(frame, who, uuid4(), kind="set", box=box, fields=fields, base=base, ms=ms)

    def draw(
        self,
        frame: Frame,
        *,
        who: str = "annotator",
        ms: int | None = 7000,
        label: str = "car",
        left: float = 300,
    ) -> UUID:
        box = uuid4()
        fields = {**EDGES, "x1": left, "x2": left + 50, "label": self.world.labels[label]}
        self.send(frame, who, uuid4(), kind="create", box=box, fields=fields, ms=ms)
        return box

    def delete(self, frame: Frame, box: UUID, *, who: str = "annotator") -> None:
        self.send(frame, who, uuid4(), kind="delete", box=box, ms=900)

    def complete(self, frame: Frame, who: str = "annotator") -> None:
        set_status(frame.pk, Frame.Status.COMPLETE, self.world.people[who])

    def review(self, frame: Frame, verdict: str, who: str = "reviewer") -> None:
        """Only the decision; the status stays."""
        Review.objects.create(
            frame=frame, reviewer=self.world.people[who], verdict=verdict, revision=frame.revision
        )

    def rate(self, frame: Frame, verdict: str, who: str = "annotator") -> None:
        [detection] = Detection.objects.filter(frames__frame=frame)[:1]
        rate(frame, detection, self.world.people[who], verdict, "")

    def choice(self, who: str | None = None, now: datetime | None = None, **asked: Any) -> Choice:
        """``who`` None sees everybody."""
        reader = self.world.people[who].pk if who else None
        return Choice(self.world.project.pk, reader, Asked(**asked), now or timezone.now())

    def report(self, who: str | None = None, **asked: Any) -> Report:
        return report_for(self.choice(who, **asked))

    def figure(self, name: str, who: str | None = None, **asked: Any) -> Figure:
        return figure_in(self.report(who, **asked), name)


def figure_in(report: Report, name: str) -> Figure:
    [found] = [figure for figure in report.figures if figure.name == name]
    return found


def rows_of(figure: Figure) -> list[dict[str, Any]]:
    """Rows as words, by the names of their columns."""
    return [dict(zip([one.key for one in figure.columns], row.cells, strict=True)) for row in figure.rows]


def last(figure: Figure) -> dict[str, Any]:
    """The newest row of a figure over time."""
    return rows_of(figure)[-1]


def selects_of(figure: Figure) -> list[tuple[Row, str, dict[str, Any]]]:
    """For every cell with frames behind it: its row, the name of its column and the words that lead to them."""
    return [
        (row, column.key, {**row.select, **column.select})
        for row in figure.rows
        for column, cell in zip(figure.columns, row.cells, strict=True)
        if column.select is not None and cell
    ]


def move_back(frame: Frame, when: datetime) -> None:
    """As if all that happened on the frame had happened then."""
    Operation.objects.filter(frame=frame).update(created_at=when)
    Proposal.objects.filter(frame=frame, judged_at__isnull=False).update(judged_at=when)
    StatusChange.objects.filter(frame=frame).update(created_at=when)
