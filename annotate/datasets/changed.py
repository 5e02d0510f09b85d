"""Reads what a version needs from the database, all of one moment: every frame's facts, and the boxes of those frames
that changed since the version before."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

from django.db.models import CharField
from django.db.models.functions import Cast

from ..models import Box, Frame, Label, Project, Source
from .box_rows import COLUMNS, BoxRows
from .fingerprints import fingerprints_of
from .formats.records import BoxRecord, FrameRecord
from .frame_files import image_name
from .manifest import ManifestLabel
from .marks import marked_parts
from .sides import Sides
from .state import Place

PAGE = 250
"""Frames whose boxes are in memory at a time."""

FETCHED = 2000
"""Rows of frames that come at a time."""

LABEL = COLUMNS.index("label_id")

FRAME_COLUMNS = (
    *("pk", "revision", "history", "status", "name", "md5", "original_md5", "media_type", "width", "height"),
    *("index", "is_blind", "source_id"),
)
ID, STATUS, SOURCE = 0, FRAME_COLUMNS.index("status"), FRAME_COLUMNS.index("source_id")

RawRow: TypeAlias = tuple[Any, ...]
"""FRAME_COLUMNS of a frame, as the database gives them."""


@dataclass(frozen=True, slots=True)
class FrameRow:
    """A frame that is read with its boxes: FRAME_COLUMNS, its source and its split. ``is_blind``: its own."""

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
    source_id: int
    source: str
    source_kind: str
    split: str

    @property
    def image(self) -> str:
        return image_name(self.name, self.id, self.media_type)


class Moment:
    """``alias``: of the connection that reads (moment.one_moment). ``read``: how many frames were read with boxes.
    ``places``: the sources of the project."""

    def __init__(self, project: Project, alias: str) -> None:
        self.project = project
        self.alias = alias
        self.read = 0
        self.rows = BoxRows(project, alias)
        labels = Label.objects.using(alias).filter(project=project).order_by("position", "pk")
        self.labels = [ManifestLabel(*row) for row in labels.values_list("pk", "name", "color", "key")]
        self.sides = Sides(project, alias)
        sources = Source.objects.using(alias).filter(project=project).values_list("pk", "name", "kind")
        blind = self.sides.blind_videos
        self.places = {pk: Place(name, kind, pk in blind) for pk, name, kind in sources}

    def fingerprints(self, statuses: Collection[str], parts: Collection[int] | None = None) -> dict[int, str]:
        """Of the rows of each part (state.PART), by its number; ``parts``: only of these."""
        return fingerprints_of(self.project.pk, statuses, self.alias, parts)

    def marked_parts(self, commit: str) -> set[int] | None:
        """Those that may be other than in the version of this commit; None: nobody knows."""
        return marked_parts(self.project.pk, commit, self.alias)

    def frames(self, statuses: Collection[str], low: int, high: int) -> Iterator[RawRow]:
        """Those with ids from ``low`` up to, and without, ``high``; in the order of their ids."""
        frames = Frame.objects.using(self.alias).filter(project=self.project, pk__gte=low, pk__lt=high)
        # As text: a UUID per frame is what takes longest of all.
        rows = frames.order_by("pk").annotate(history=Cast("epoch", CharField())).values_list(*FRAME_COLUMNS)
        return (row for row in rows.iterator(FETCHED) if row[STATUS] in statuses)

    def row_of(self, raw: RawRow) -> FrameRow:
        pk, revision, epoch, status, name, md5, original, *rest, is_blind, source = raw
        place = self.places[source]
        split = self.sides.split(original, source, place.kind, is_blind=is_blind)
        facts = (name, md5, original, *rest, is_blind, source, place.name, place.kind, split)
        return FrameRow(pk, revision, epoch.replace("-", ""), status, *facts)

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
