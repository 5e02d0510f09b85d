"""Frames and boxes of a project as records, page by page: a few frames and one frame's boxes are in memory."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from ..models import Box, Frame, Label, Project
from .box_rows import BoxRows
from .export_wish import ExportWish
from .formats.names import split_suffix
from .formats.records import BoxRecord, FrameRecord, LabelRecord, SetRecord
from .sides import Sides

PAGE = 200
ROWS = 2000
"""Boxes that are asked for at a time."""

FRAME_COLUMNS = (
    *("pk", "name", "width", "height", "status", "md5", "original_md5", "media_type", "revision", "is_blind"),
    *("index", "source_id", "source__name", "source__kind"),
)


@dataclass(frozen=True, slots=True)
class ReadFrame:
    """A record, and what is needed to find its image and to say in the manifest which state it is."""

    record: FrameRecord
    id: int
    revision: int
    media_type: str


def labels_of(project: Project, alias: str, only: Sequence[int] = ()) -> tuple[LabelRecord, ...]:
    """In the order of the project, which numbers the classes; set aside ones too, since boxes may have them."""
    labels = Label.objects.using(alias).filter(project=project).order_by("position", "pk")
    if only:
        labels = labels.filter(pk__in=only)
    return tuple(LabelRecord(*row) for row in labels.values_list("name", "color", "key"))


def header_of(project: Project, wish: ExportWish, alias: str) -> SetRecord:
    return SetRecord(
        labels_of(project, alias, wish.labels), project.name, {"description": project.description}
    )


class Reader:
    """Reads what a wish asks for. ``alias``: of the connection (moment.one_moment)."""

    def __init__(self, project: Project, wish: ExportWish, alias: str) -> None:
        self.project = project
        self.wish = wish
        self.alias = alias
        self.names = Names(self.frames().values_list("name", flat=True).iterator(ROWS))
        self.rows = BoxRows(project, alias)
        self.sides = Sides(project, alias)

    def frames(self) -> QuerySet[Frame]:
        frames = Frame.objects.using(self.alias).filter(project=self.project).order_by("pk")
        if self.wish.statuses:
            frames = frames.filter(status__in=self.wish.statuses)
        if self.wish.sources:
            frames = frames.filter(source__in=self.wish.sources)
        if self.wish.labels:
            frames = frames.filter(Exists(self.boxes().filter(frame=OuterRef("pk"))))
        return frames

    def boxes(self) -> QuerySet[Box]:
        """Of all frames."""
        boxes = Box.objects.using(self.alias).filter(
            deleted_revision__isnull=True, status__in=self.wish.shown_statuses
        )
        return boxes.filter(label__in=self.wish.labels) if self.wish.labels else boxes

    def count(self) -> int:
        """Frames, before the filter by split, which only the frame itself tells."""
        return self.frames().count()

    def __iter__(self) -> Iterator[ReadFrame]:
        last = 0
        while page := list(self.frames().filter(pk__gt=last).values_list(*FRAME_COLUMNS)[:PAGE]):
            last = page[-1][0]
            yield from self._page(page)

    def _page(self, page: list[tuple[Any, ...]]) -> Iterator[ReadFrame]:
        boxes = self.boxes().filter(frame__in=[row[0] for row in page])
        rows = (
            boxes.order_by("frame_id", "created_revision", "id")
            .values_list(*self.rows.columns)
            .iterator(ROWS)
        )
        groups = groupby(rows, key=itemgetter(0))
        coming = next(groups, None)
        for row in page:
            found: tuple[BoxRecord, ...] = ()
            if coming is not None and coming[0] == row[0]:
                found = tuple(map(self.rows.record, coming[1]))
                coming = next(groups, None)
            frame = self._frame(row, found)
            if not self.wish.splits or frame.record.split in self.wish.splits:
                yield frame

    def _frame(self, row: Sequence[Any], boxes: tuple[BoxRecord, ...]) -> ReadFrame:
        pk, name, width, height, status, md5, original, media_type, revision, is_blind, *place = row
        index, source_id, source, kind = place
        extra = {
            "revision": revision,
            "blind": is_blind,
            "original_md5": original,
            "media_type": media_type,
            "source_kind": kind,
        }
        record = FrameRecord(
            name=self.names.unique(name, pk),
            width=width,
            height=height,
            boxes=boxes,
            status=status,
            split=self.sides.split(original, source_id, kind, is_blind=is_blind),
            source=source,
            index=index,
            md5=md5,
            extra=extra,
        )
        return ReadFrame(record, pk, revision, media_type)


class Names:
    """Makes the names of frames unique within one export: where several images have a name, the number of the frame
    is appended to each. What of a name may stand in an archive is the business of the formats."""

    def __init__(self, names: Iterator[str]) -> None:
        self.seen: set[int] = set()
        self.crowded: set[int] = set()
        for name in names:
            key = _key(name)
            (self.crowded if key in self.seen else self.seen).add(key)

    def unique(self, name: str, pk: int) -> str:
        if _key(name) not in self.crowded:
            return name
        stem, ending = split_suffix(name)
        numbered = f"{stem}-{pk}"
        while _key(numbered + ending) in self.seen:  # somebody called an image so
            numbered += "_"
        return numbered + ending


def _key(name: str) -> int:
    """8 bytes instead of a name: a million of them are few megabytes."""
    return int.from_bytes(hashlib.blake2b(name.casefold().encode(), digest_size=8).digest())
