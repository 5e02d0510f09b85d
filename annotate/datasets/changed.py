"""Reads what a version needs from the database, all of one moment: every frame's facts, and the boxes of those frames
that changed since the version before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import CharField
from django.db.models.functions import Cast

from ..models import Box, Frame, Label, Project, Source
from .box_rows import COLUMNS, BoxRows
from .formats.records import BoxRecord, FrameRecord
from .frame_files import image_name
from .manifest import ManifestLabel
from .sides import Sides
from .state import fingerprint

PAGE = 250
"""Frames whose boxes are in memory at a time."""

LABEL = COLUMNS.index("label_id")

FRAME_COLUMNS = (
    *("pk", "revision", "history", "status", "name", "md5", "original_md5", "media_type", "width", "height"),
    *("index", "is_blind", "source_id"),
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
        self.rows = BoxRows(project, alias, with_provenance=True)
        labels = Label.objects.using(alias).filter(project=project).order_by("position", "pk")
        self.labels = [ManifestLabel(*row) for row in labels.values_list("pk", "name", "color", "key")]

    def frames(self, statuses: Sequence[str]) -> list[FrameRow]:
        """In the order of their numbers. Three statements, however many."""
        sources = Source.objects.using(self.alias).filter(project=self.project)
        places = {pk: (name, kind) for pk, name, kind in sources.values_list("pk", "name", "kind")}
        frames = Frame.objects.using(self.alias).filter(project=self.project).order_by("pk")
        # As text: a UUID per frame is what takes longest of all.
        rows = list(frames.annotate(history=Cast("epoch", CharField())).values_list(*FRAME_COLUMNS))
        sides = Sides(self.project, self.alias)
        found = []
        for pk, revision, epoch, status, name, md5, original, *rest, is_blind, source in rows:
            if status in statuses:
                title, kind = places[source]
                split = sides.split(original, source, kind, is_blind=is_blind)
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
        rows = boxes.order_by("frame_id", "created_revision", "id").values_list(*self.rows.columns)
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
        record = self.rows.record(row)
        return replace(record, extra={**record.extra, "label_id": row[LABEL]})
