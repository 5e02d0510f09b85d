"""Which frame of a project a record of a file means: by the content of the image first, else by its name."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from django.db.models import Q

from ..media.ingest import clean_name
from ..media.video import md5_of_file
from ..models import Frame, Project
from .formats.names import split_suffix
from .formats.records import FrameRecord, RowError
from .image_files import ImageFiles

NUMBERED = "frame_{:06d}"
COLUMNS = ("pk", "name", "width", "height", "md5", "original_md5", "source__name", "index")


class Known(NamedTuple):
    """A frame of the project, in the order of COLUMNS."""

    pk: int
    name: str
    width: int
    height: int
    md5: str
    original_md5: str
    source: str
    place: int


class Match(NamedTuple):
    """``frame``: what is there. Without: ``image``, the file of a new one, with its ``md5``; or nothing at all."""

    frame: Known | None = None
    image: Path | None = None
    md5: str = ""
    error: RowError | None = None


class Matcher:
    """An image that came along decides by its content: another image of a known name is a new frame. Where no image
    came along, the MD5 that the file gives decides, and then the name."""

    def __init__(
        self, project: Project | None, images: ImageFiles, wait: Callable[[], None], *, numbered: bool = False
    ) -> None:
        """``project`` None: a new one. ``wait`` is called while a file is read, and may raise. ``numbered``: images may
        be called by their places, as those of a video are in CVAT."""
        self.numbered = numbered
        self.project = project
        self.images = images
        self.wait = wait

    def match(self, records: Sequence[FrameRecord]) -> list[Match]:
        """In the order of the records; a few queries for all of them."""
        files = [self._file_of(record) if self.images else None for record in records]
        sums = [
            md5_of_file(path, self.wait) if path else record.md5
            for path, record in zip(files, records, strict=True)
        ]
        known = self._known(records, sums)
        return [
            self._match_file(path, total, known) if path else self._match_name(record, total, known)
            for record, path, total in zip(records, files, sums, strict=True)
        ]

    def _file_of(self, record: FrameRecord) -> Path | None:
        found = self.images.find(record.name)
        return self.images.find(NUMBERED.format(record.index)) if found is None and self.numbered else found

    def size_of(self, name: str) -> tuple[int, int] | None:
        """Width and height of the image of this name, for formats that count in shares of them."""
        found = self.images.size_of(name) if self.images else None
        if found is not None or self.project is None:
            return found
        sizes = {(one.width, one.height) for one in self._named([name])}
        return sizes.pop() if len(sizes) == 1 else None

    def _known(self, records: Sequence[FrameRecord], sums: Sequence[str]) -> "_Known":
        if self.project is None:
            return _Known(())
        contents = {one for one in sums if one} | {original_of(record) for record in records} - {""}
        rows = self._rows(Q(md5__in=contents) | Q(original_md5__in=contents)) if contents else []
        found = _Known(rows)
        unmet = [r.name for r, total in zip(records, sums, strict=True) if not found.by_content.get(total)]
        found.add_names(self._named(unmet))
        return found

    def _named(self, names: Sequence[str]) -> list[Known]:
        whole = {clean_name(name) for name in names}
        rows = self._rows(Q(name__in=whole)) if whole else []
        for stem in {clean_name(name) for name in names if not split_suffix(name)[1]}:
            rows += self._rows(Q(name__startswith=f"{stem}."))
        return rows

    def _rows(self, which: Q) -> list[Known]:
        return [
            Known(*row) for row in Frame.objects.filter(which, project=self.project).values_list(*COLUMNS)
        ]

    def _match_file(self, path: Path, total: str, known: "_Known") -> Match:
        same = known.by_content.get(total)
        return Match(frame=same[0]) if same else Match(image=path, md5=total)

    def _match_name(self, record: FrameRecord, total: str, known: "_Known") -> Match:
        same = known.by_content.get(total) or known.by_content.get(original_of(record)) or []
        found = same or known.by_name.get(_key(record.name)) or []
        found = narrowed(found, record)
        if len(found) > 1:
            return Match(error=RowError(record.name, "", "several_frames", {"count": len(found)}))
        if not found:
            return Match()
        frame = found[0]
        if (frame.width, frame.height) != (record.width, record.height):
            sizes = {"width": record.width, "height": record.height}
            here = {"here_width": frame.width, "here_height": frame.height}
            return Match(error=RowError(record.name, "", "size_differs", {**sizes, **here}))
        return Match(frame=frame)


class _Known:
    """The frames that may be meant."""

    def __init__(self, rows: Iterable[Known]) -> None:
        self.by_content: dict[str, list[Known]] = defaultdict(list)
        self.by_name: dict[str, list[Known]] = defaultdict(list)
        for row in rows:
            for content in {row.md5, row.original_md5}:
                self.by_content[content].append(row)

    def add_names(self, rows: Iterable[Known]) -> None:
        for row in rows:
            for key in {_key(row.name), split_suffix(_key(row.name))[0]}:
                self.by_name[key].append(row)


def narrowed(found: Sequence[Known], record: FrameRecord) -> list[Known]:
    """Of several, those that agree with what else the record says, as long as any is left."""
    rules = (
        lambda one: one.name == clean_name(record.name),
        lambda one: (one.width, one.height) == (record.width, record.height),
        lambda one: record.source and one.source == record.source,
        lambda one: record.source and one.place == record.index,
    )
    left = list(dict.fromkeys(found))
    for rule in rules:
        if len(left) > 1:
            left = [one for one in left if rule(one)] or left
    return left


def original_of(record: FrameRecord) -> str:
    """The MD5 of the original, which the lossless format says."""
    value = record.extra.get("original_md5", "")
    return value if isinstance(value, str) else ""


def _key(name: str) -> str:
    return clean_name(name)
