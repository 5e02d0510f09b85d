"""The dry run of an import: reads everything, writes nothing into the project, and tells what would be written.

What it found lies in the workplace as rows; confirmed, exactly these are written (importing.py). Memory does not grow
with the file: readers stream, frames are matched a few hundred at a time.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypedDict

from ..media.refusals import Refused
from ..models import Box, Label, Project
from .catalogue import FORMATS
from .exporting import Steps
from .formats.catalogue import sniff
from .formats.records import CannotRead, FrameRecord, Loss, RowError, SetRecord
from .image_files import ImageFiles
from .import_rows import FrameLine, RowsFile
from .matching import Match, Matcher
from .taking import Taker, Unfit
from .unpacking import unpack
from .workplace import Workplace

TOGETHER = 200
BOXES_TOGETHER = 20_000
LISTED = 100
NAMES_LISTED = 20
MOST_LABELS = 1000


class LabelReport(TypedDict):
    """``to``: the label of the project of that name, None where there is none. ``boxes``: how many have it."""

    name: str
    color: str
    key: str
    boxes: int
    to: int | None


class Row(TypedDict):
    """One thing that is wrong: where it is, and what (``problems.text_of``)."""

    file: str
    where: str
    code: str
    values: dict[str, str | int | float]


class CheckReport(TypedDict):
    """``matched`` frames are in the project, ``new`` ones came with their image, ``missing`` ones neither.

    ``labelled``: of the matched ones, how many have boxes already. ``errors`` counts all, ``rows`` lists the first.
    """

    format: str
    name: str
    frames: int
    boxes: int
    empty: int
    matched: int
    labelled: int
    new: int
    missing: int
    missing_names: list[str]
    proposals: int
    statuses: dict[str, int]
    labels: list[LabelReport]
    losses: dict[str, int]
    errors: int
    rows: list[Row]


@dataclass(slots=True)
class _Counts:
    report: CheckReport
    labels: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)


def check(place: Workplace, name: str, project: Project | None, format_key: str, steps: Steps) -> CheckReport:
    """``name``: of the file, as its sender calls it. ``format_key``: "" finds out. ``project`` None: a new one.

    Raises Refused for a file that is hostile or no data set, and whatever the steps raise.
    """
    unpack(place.upload, name, place.files, steps)
    try:
        key = format_key or sniff(place.files)
    except CannotRead as error:
        raise Refused("format_unknown") from error
    if key not in FORMATS:
        raise Refused("format_unknown")
    return _Check(place, project, key, steps).run()


class _Check:
    def __init__(self, place: Workplace, project: Project | None, key: str, steps: Steps) -> None:
        self.place = place
        self.project = project
        self.steps = steps
        self.matcher = Matcher(
            project, ImageFiles(place.files), lambda: steps.advance(0), numbered=key == "cvat_video"
        )
        self.reader = FORMATS[key].reader(place.files, self.matcher.size_of)
        self.taker = Taker(place)
        self.counts = _Counts(empty_report(key))

    @property
    def report(self) -> CheckReport:
        return self.counts.report

    def run(self) -> CheckReport:
        try:
            header = self.reader.header()
            self.report["name"] = header.name
            RowsFile(self.place.rows).write(self.lines())
        except CannotRead as error:
            self.fail(error.error)
            header = None
        for row in self.reader.errors:
            self.fail(row)
        self.report["statuses"] = dict(self.counts.statuses)
        found = {one.name: (one.color, one.key) for one in header.labels} if header else {}
        self.report["labels"] = self.label_reports(found)
        if header is not None:
            self.count_header(header)
        self.report["losses"] = Loss(dict(self.reader.loss.counts)).plus(self.taker.loss).counts
        return self.report

    def lines(self) -> Iterator[FrameLine]:
        """What can be written; all else is counted."""
        for records in batches(self.reader.frames()):
            matches = self.matcher.match(records)
            labelled = self.labelled([one.frame.pk for one in matches if one.frame])
            for record, match in zip(records, matches, strict=True):
                self.count(record)
                line = self.line(record, match)
                if line is not None:
                    self.report["labelled"] += line.frame in labelled
                    yield line
                self.steps.advance()

    def count_header(self, header: SetRecord) -> None:
        """What it says of the set and of labels that are there already, where the project says something else."""
        lost = self.taker.loss
        there = (
            {label.pk: label for label in Label.objects.filter(project=self.project)} if self.project else {}
        )
        keys = {label.key for label in there.values()} - {""}
        for one in self.report["labels"]:
            label = there.get(one["to"] or 0)
            if label is None:
                lost.add("label_key", int(one["key"] in keys))
            else:
                lost.add("label_color", int(one["color"] not in ("", label.color.lower())))
                lost.add("label_key", int(one["key"] not in ("", label.key)))
        if self.project is not None:
            lost.add("set_name", int(header.name not in ("", self.project.name)))
        here = {"description": self.project.description} if self.project else {}
        lost.add(
            "set_extra", sum(value not in ("", None, here.get(key)) for key, value in header.extra.items())
        )

    def count(self, record: FrameRecord) -> None:
        self.report["frames"] += 1
        self.report["boxes"] += len(record.boxes)
        self.report["empty"] += not record.boxes
        self.report["proposals"] += sum(box.status == "proposed" for box in record.boxes)
        self.counts.labels.update(box.label for box in record.boxes)
        if record.status:
            self.counts.statuses[record.status] += 1

    def labelled(self, frames: list[int]) -> set[int]:
        boxes = Box.objects.filter(frame__in=frames, deleted_revision__isnull=True)
        return set(boxes.values_list("frame", flat=True).distinct())

    def line(self, record: FrameRecord, match: Match) -> FrameLine | None:
        """None where nothing can be written, for a reason that is counted then."""
        if match.error is not None:
            self.fail(match.error)
            return None
        if match.frame is None and match.image is None:
            self.report["missing"] += 1
            if len(self.report["missing_names"]) < NAMES_LISTED:
                self.report["missing_names"].append(record.name)
            return None
        try:
            line = self.taker.line(record, match)
        except Unfit as unfit:
            self.fail(unfit.error)
            return None
        self.report["matched" if match.frame else "new"] += 1
        while self.taker.unfit:
            self.fail(self.taker.unfit.pop(0))
        return line

    def fail(self, error: RowError) -> None:
        self.report["errors"] += 1
        if len(self.report["rows"]) < LISTED:
            values = dict(error.values)
            row = Row(file=error.file[:255], where=error.where[:80], code=error.code, values=values)
            self.report["rows"].append(row)

    def label_reports(self, found: dict[str, tuple[str, str]]) -> list[LabelReport]:
        """In the order of the file; those without boxes too, since they number the classes."""
        known = {label.name.casefold(): label.pk for label in Label.objects.filter(project=self.project)}
        names = list(dict.fromkeys([*found, *self.counts.labels]))
        if len(names) > MOST_LABELS:
            self.fail(RowError("", "", "too_many_labels", {"limit": MOST_LABELS}))
        return [
            LabelReport(
                name=name,
                color=found.get(name, ("", ""))[0],
                key=found.get(name, ("", ""))[1],
                boxes=self.counts.labels[name],
                to=known.get(name.casefold()) if self.project else None,
            )
            for name in names[:MOST_LABELS]
        ]


def empty_report(key: str) -> CheckReport:
    return CheckReport(
        format=key,
        name="",
        frames=0,
        boxes=0,
        empty=0,
        matched=0,
        labelled=0,
        new=0,
        missing=0,
        missing_names=[],
        proposals=0,
        statuses={},
        labels=[],
        losses={},
        errors=0,
        rows=[],
    )


def batches(records: Iterator[FrameRecord]) -> Iterator[list[FrameRecord]]:
    """Few hundred frames at a time, fewer where they are crowded."""
    batch: list[FrameRecord] = []
    boxes = 0
    for record in records:
        batch.append(record)
        boxes += len(record.boxes)
        if len(batch) >= TOGETHER or boxes >= BOXES_TOGETHER:
            yield batch
            batch, boxes = [], 0
    if batch:
        yield batch
