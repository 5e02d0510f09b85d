"""CSV: one row per box, one row with empty box columns for a frame without boxes. See docs/formats.md.

annotations.csv has the columns of COLUMNS, labels.csv those of LABEL_COLUMNS. Edges in pixels, decimal point, commas.
Text that a spreadsheet would run as a formula gets an apostrophe in front, which reading takes away.
"""

import csv
import io
from collections.abc import Iterator

import msgspec

from .base import RowWriter
from .csv_reader import COLUMNS, FILE, LABEL_COLUMNS, LABEL_FILE, Reader, starts_formula
from .records import BoxRecord, FrameRecord, Images, SetRecord, Sink
from .spill import Spool

__all__ = ["Reader", "Writer"]


class Writer(RowWriter):
    """Images, where there are any, in images/."""

    holds = frozenset(
        {"label.color", "label.key", "frame.split"}
        | {f"box.{name}" for name in ("id", "source", "status", "feedback", "confidence")}
        | {f"box.{name}" for name in ("attributes", "track", "author")}
    )

    def __init__(self, sink: Sink, header: SetRecord, images: Images | None = None) -> None:
        super().__init__(sink, header, images)
        self.spool = Spool()
        self.spool.write(row(COLUMNS))

    def add(self, frame: FrameRecord) -> None:
        self.count_losses(frame)
        place = (
            escaped(self.name_of(frame, "images/")),
            str(frame.width),
            str(frame.height),
            self.split_of(frame),
        )
        for box in frame.boxes:
            self.number_of(box)
            self.spool.write(row((*place, *box_columns(box))))
        if not frame.boxes:
            self.spool.write(row((*place, *[""] * (len(COLUMNS) - len(place)))))

    def close(self) -> None:
        self.sink.text(FILE, self.spool.lines())
        labels = ((escaped(label.name), label.color, label.key) for label in self.header.labels)
        self.sink.text(LABEL_FILE, (row(one) for one in (LABEL_COLUMNS, *labels)))


def box_columns(box: BoxRecord) -> Iterator[str]:
    edges = box.edges
    yield escaped(box.label)
    yield from (repr(edge) for edge in (edges.x1, edges.y1, edges.x2, edges.y2))
    yield "" if box.confidence is None else repr(box.confidence)
    yield from (box.source, box.status, box.feedback, box.id)
    yield escaped(box.track or "")
    yield escaped(box.author)
    yield msgspec.json.encode(box.attributes).decode() if box.attributes else ""


def escaped(text: str) -> str:
    """Undone by csv_reader.unescaped, for any text."""
    return f"'{text}" if starts_formula(text.removeprefix("'")) or text.startswith("''") else text


def row(values: tuple[str, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()
