"""Reads CSV files with a row per box: ours, and those of other tools that name their columns likewise."""

import csv
from collections.abc import Iterator
from typing import Any

import msgspec

from . import checks
from .base import RowReader
from .checks import Bad
from .files import cannot, shallowest
from .records import BoxRecord, FrameRecord, SetRecord
from .spill import Gathered

FILE, LABEL_FILE = "annotations.csv", "labels.csv"
COLUMNS = (
    *("frame", "width", "height", "split"),
    *("label", "x1", "y1", "x2", "y2"),
    *("confidence", "source", "status", "feedback", "id", "track", "author", "attributes"),
)
LABEL_COLUMNS = ("name", "color", "key")
NEEDED = ("frame", "label", "x1", "y1", "x2", "y2")
ALIASES = {
    **dict.fromkeys(("image", "filename", "file", "image_name", "path"), "frame"),
    **dict.fromkeys(("class", "label_name", "category"), "label"),
    **{"xmin": "x1", "ymin": "y1", "xmax": "x2", "ymax": "y2"},
    **{"image_width": "width", "image_height": "height", "score": "confidence"},
}
BOX_COLUMNS = COLUMNS[COLUMNS.index("label") :]
DANGEROUS = "=+-@\t\r\n"
LONGEST_LINE = 1_000_000


def starts_formula(text: str) -> bool:
    return text[:1] in DANGEROUS and bool(text)


def unescaped(text: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running it."""
    return text[1:] if text[:1] == "'" and (starts_formula(text[1:]) or text[1:2] == "'") else text


class Reader(RowReader):
    """Rows of a frame may lie apart. Without labels.csv the labels are those of the rows, as they first appear."""

    @property
    def file(self) -> str:
        found = [name for name in self.files.having(".csv") if name.rpartition("/")[2] != LABEL_FILE]
        if not found:
            raise cannot("", "", "nothing_found", wanted="*.csv")
        return shallowest([name for name in found if name.endswith(FILE)]) or shallowest(found)

    def header(self) -> SetRecord:
        self.labels = {}
        file = shallowest(self.files.called(LABEL_FILE))
        if not file:
            self._gather_labels()
            return self.set_record()
        for where, row in self._rows(file, ("name",)):
            try:
                self.add_label(unescaped(row["name"]), row.get("color", ""), row.get("key", ""))
            except Bad as bad:
                raise cannot(file, where, bad.code, **bad.values) from bad
        return self.set_record()

    def _gather_labels(self) -> None:
        """A name that cannot be one is reported when its row is read."""
        for _, row in self._rows(self.file, NEEDED):
            name = unescaped(row.get("label", "")).strip()
            if name and name not in self.labels:
                try:
                    self.add_label(name)
                except Bad:
                    continue

    def frames(self) -> Iterator[FrameRecord]:
        if not self.labels:
            self.header()
        gathered = Gathered()
        for where, row in self._rows(self.file, NEEDED):
            try:
                self._gather(where, row, gathered)
            except Bad as bad:
                self.fail(self.file, where, bad)
        gathered.close_input()
        for name, (width, height, split), rows in gathered.frames():
            boxes = []
            for where, row in rows:
                try:
                    boxes.append(self._box(row, width, height))
                except Bad as bad:
                    self.fail(self.file, where, bad)
            yield FrameRecord(name, width, height, tuple(boxes), split=split)

    def _gather(self, where: str, row: dict[str, str], gathered: Gathered) -> None:
        name = checks.frame_name(unescaped(row["frame"]))
        if self.seen.add(name):
            width, height = self.size_of(name, row.get("width"), row.get("height"))
            gathered.add_frame(name, (width, height, checks.choice("split", row.get("split", ""))))
        if any(row.get(column) for column in BOX_COLUMNS):
            for value in row.values():
                checks.text(value)
            gathered.add_box(name, (where, row))

    def _box(self, row: dict[str, str], width: int, height: int) -> BoxRecord:
        x1, y1, x2, y2 = (checks.number(row[name]) for name in ("x1", "y1", "x2", "y2"))
        score = row.get("confidence")
        status = checks.choice("status", row.get("status") or "accepted")
        unsaid = "human" if status == "accepted" else "model"
        return BoxRecord(
            label=self.known_label(unescaped(row["label"])),
            edges=checks.edges(x1, y1, x2, y2, width, height),
            id=checks.box_id(row.get("id", "")),
            source=checks.choice("source", row.get("source") or unsaid),
            status=status,
            feedback=checks.choice("feedback", row.get("feedback", "")),
            confidence=checks.confidence(score) if score else None,
            attributes=attributes_of(row.get("attributes", "")),
            track=unescaped(row.get("track", "")) or None,
            author=unescaped(row.get("author", "")),
        )

    def _rows(self, file: str, needed: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
        """Line and values by column; columns that nobody knows are passed over. Raises CannotRead."""
        lines = self.files.lines(file, LONGEST_LINE)
        first = next(lines, "")
        comma = ";" if first.count(";") > first.count(",") else ","
        names = next(csv.reader([first], delimiter=comma), [])
        columns = [ALIASES.get(name.strip().lower(), name.strip().lower()) for name in names]
        missing = [name for name in needed if name not in columns]
        if missing or len(set(columns)) != len(columns):
            raise cannot(file, "1", "missing_columns", columns=", ".join(missing or ["?"]))
        found = csv.reader(lines, delimiter=comma)
        try:
            for values in found:
                where = str(found.line_num + 1)
                if len(values) == len(columns):
                    yield where, dict(zip(columns, values, strict=True))
                elif values:
                    self.fail(file, where, Bad("bad_columns", found=len(values), wanted=str(len(columns))))
        except csv.Error as error:
            raise cannot(file, str(found.line_num + 1), "bad_csv") from error


def attributes_of(text: str) -> dict[str, Any]:
    """Raises Bad."""
    if not text:
        return {}
    try:
        return checks.json_object(msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Bad("bad_json_value") from error
