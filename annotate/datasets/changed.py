"""Reads what a version needs from the database, all of one moment: every frame's facts, and the boxes of those frames
that changed since the version before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import CharField
from django.db.models.functions import Cast

from ..geometry import Edges
from ..models import Box, Frame, Label, ModelVersion, Project, Source, User
from .formats.records import BoxRecord, FrameRecord
from .frame_files import TRACK, image_name
from .manifest import ManifestLabel
from .split import group_of, split_of
from .state import fingerprint

PAGE = 250
"""Frames whose boxes are in memory at a time."""

FRAME_COLUMNS = (
    *("pk", "revision", "history", "status", "name", "md5", "original_md5", "media_type", "width", "height"),
    *("index", "is_blind", "source_id"),
)
BOX_COLUMNS = (
    *(
        "frame_id",
        "id",
        "x1",
        "y1",
        "x2",
        "y2",
        "label_id",
        "attributes",
        "z",
        "source",
        "status",
        "feedback",
    ),
    *("confidence", "created_by_id", "detection_id", "created_revision"),
    *("proposal__outcome", "proposal__iou", "proposal__judged_by_id", "proposal__judged_at"),
    *("proposal__class_name", "proposal__detection__model_version_id"),
)


@dataclass(frozen=True, slots=True)
class FrameRow:
    """A frame that goes into the version: FRAME_COLUMNS, its source and its split. ``is_blind``: its own."""

    id: int
    revision: int
    epoch: str
    status: str
    name: str
    md5: str
    original_md5: str
    media_type: str
    width: int
    height: int
    index: int
    is_blind: bool
    source: str
    source_kind: str
    split: str

    @property
    def image(self) -> str:
        return image_name(self.name, self.id, self.media_type)

    @property
    def facts(self) -> bytes:
        return fingerprint([getattr(self, name) for name in self.__slots__])


class Moment:
    """``alias``: of the connection that reads (moment.one_moment). ``read``: how many frames were read with boxes."""

    def __init__(self, project: Project, alias: str) -> None:
        self.project = project
        self.alias = alias
        self.read = 0
        self._people: dict[int, str] = {}
        self._models: dict[int, str] = {}
        labels = Label.objects.using(alias).filter(project=project).order_by("position", "pk")
        self.labels = [ManifestLabel(*row) for row in labels.values_list("pk", "name", "color", "key")]
        self.names = {label.id: label.name for label in self.labels}

    def frames(self, statuses: Sequence[str]) -> list[FrameRow]:
        """In the order of their numbers. Two statements, however many."""
        sources = Source.objects.using(self.alias).filter(project=self.project)
        places = {pk: (name, kind) for pk, name, kind in sources.values_list("pk", "name", "kind")}
        frames = Frame.objects.using(self.alias).filter(project=self.project).order_by("pk")
        # As text: a UUID per frame is what takes longest of all.
        rows = list(frames.annotate(history=Cast("epoch", CharField())).values_list(*FRAME_COLUMNS))
        # Of a video, all images go with those of the blind sample.
        blind = {group_of(row[6], row[12], places[row[12]][1]) for row in rows if row[11]}
        found = []
        for pk, revision, epoch, status, name, md5, original, *rest, is_blind, source in rows:
            if status in statuses:
                title, kind = places[source]
                group = group_of(original, source, kind)
                split = split_of(group, group in blind)
                facts = (name, md5, original, *rest, is_blind, title, kind, split)
                found.append(FrameRow(pk, revision, epoch.replace("-", ""), status, *facts))
        return found

    def records(self, rows: Sequence[FrameRow]) -> Iterator[tuple[FrameRow, FrameRecord]]:
        """With their boxes, a page of frames at a time."""
        for start in range(0, len(rows), PAGE):
            page = rows[start : start + PAGE]
            found = self._boxes([row.id for row in page])
            self.read += len(page)
            for row in page:
                yield row, self._frame(row, found.get(row.id, ()))

    def _boxes(self, frame_ids: Sequence[int]) -> Mapping[int, tuple[BoxRecord, ...]]:
        boxes = Box.objects.using(self.alias).filter(frame__in=frame_ids, deleted_revision__isnull=True)
        rows = boxes.order_by("frame_id", "created_revision", "id").values_list(*BOX_COLUMNS)
        return {pk: tuple(map(self._box, group)) for pk, group in groupby(rows, key=itemgetter(0))}

    def _frame(self, row: FrameRow, boxes: tuple[BoxRecord, ...]) -> FrameRecord:
        return FrameRecord(
            name=row.image,
            width=row.width,
            height=row.height,
            boxes=boxes,
            status=row.status,
            split=row.split,
            source=row.source,
            index=row.index,
            md5=row.md5,
            extra={
                "id": row.id,
                "title": row.name,
                "revision": row.revision,
                "epoch": row.epoch,
                "original_md5": row.original_md5,
                "media_type": row.media_type,
                "blind": row.is_blind,
                "source_kind": row.source_kind,
            },
        )

    def _box(self, row: Sequence[Any]) -> BoxRecord:
        _frame, pk, x1, y1, x2, y2, label, attributes, z, source, status, feedback, *rest = row
        confidence, by, detection, revision, *proposal = rest
        attributes = dict(attributes)
        track = attributes.pop(TRACK, None)
        extra: dict[str, Any] = {"created_revision": revision, "label_id": label}
        if detection is not None:
            extra["detection"] = str(detection)
        return BoxRecord(
            label=self.names[label],
            edges=Edges(x1, y1, x2, y2),
            id=str(pk),
            source=source,
            status=status,
            feedback=feedback,
            confidence=confidence,
            attributes=attributes,
            z=z,
            track=None if track is None else str(track),
            author=self._person(by),
            extra=extra | self._proposal(proposal),
        )

    def _proposal(self, row: Sequence[Any]) -> dict[str, Any]:
        """What a model had proposed, and what a person made of it. ``iou``: between the two."""
        outcome, iou, by, at, class_name, model = row
        if outcome is None:
            return {}
        verdict = {"outcome": outcome, "iou": iou, "class": class_name, "by": self._person(by)}
        verdict["at"] = at.isoformat() if at else None
        return {"verdict": verdict, "model": self._model(model)}

    def _person(self, pk: int | None) -> str:
        if pk is not None and pk not in self._people:
            name = User.objects.using(self.alias).filter(pk=pk).values_list("username", flat=True).first()
            self._people[pk] = name or ""
        return self._people[pk] if pk is not None else ""

    def _model(self, pk: int | None) -> str:
        if pk is not None and pk not in self._models:
            self._models[pk] = str(ModelVersion.objects.using(self.alias).filter(pk=pk).first() or "")
        return self._models[pk] if pk is not None else ""
