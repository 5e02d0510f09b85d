"""The product's own format: everything, one JSON object per line. See docs/formats.md.

Line 1: {"format": "hitl", "version": 1, "labels": [...], ...}; then a FrameRecord per line.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from . import checks
from .base import RowReader, RowWriter
from .checks import Bad
from .files import cannot, shallowest
from .records import BoxRecord, FrameRecord, Images, LabelRecord, SetRecord, Sink
from .spill import Spool

FORMAT, VERSION = "hitl", 1
FILE = "annotations.jsonl"


class HeaderLine(msgspec.Struct):
    """The first line."""

    format: str
    version: int
    labels: list[LabelRecord]
    name: str = ""
    extra: dict[str, Any] = {}


ENCODER = msgspec.json.Encoder(order="sorted")
FRAMES = msgspec.json.Decoder(FrameRecord)
HEADERS = msgspec.json.Decoder(HeaderLine)


def encode_frame(frame: FrameRecord) -> bytes:
    """One line without its end, keys sorted: the same frame always gives the same bytes."""
    return ENCODER.encode(frame)


def decode_frame(line: str | bytes) -> FrameRecord:
    """What ``encode_frame`` wrote, checked like anything that comes in. Raises Bad.

    Whether the labels are known is for the caller: a line does not say.
    """
    try:
        frame = FRAMES.decode(line)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Bad("bad_line", reason=checks.shown(str(error))) from error
    except RecursionError as error:
        raise Bad("json_too_deep", limit=checks.DEEPEST_JSON) from error
    checks.size(frame.width, frame.height)
    checks.choice("split", frame.split)
    for value in (frame.status, frame.source, frame.md5):
        checks.text(value)
    checks.json_object(frame.extra)
    if not 0 <= frame.index < 2**63:
        raise Bad("bad_integer", value=checks.shown(frame.index))
    boxes = tuple(checked_box(box, frame.width, frame.height) for box in frame.boxes)
    return replace(frame, name=checks.frame_name(frame.name), boxes=boxes)


def checked_box(box: BoxRecord, width: int, height: int) -> BoxRecord:
    """Raises Bad."""
    checks.label_name(box.label)
    for field in checks.BOX_CHOICES:
        checks.choice(field, getattr(box, field))
    if box.confidence is not None:
        checks.confidence(box.confidence)
    checks.number(box.z)
    checks.text(box.author)
    checks.text(box.track or "")
    checks.json_object(box.attributes)
    checks.json_object(box.extra)
    edges = box.edges
    return replace(
        box,
        id=checks.box_id(box.id),
        edges=checks.edges(edges.x1, edges.y1, edges.x2, edges.y2, width, height),
    )


class Writer(RowWriter):
    """One file; images, where there are any, in images/."""

    holds = frozenset(
        {"label.color", "label.key", "set.name", "set.extra"}
        | {f"frame.{name}" for name in ("status", "split", "source", "index", "md5", "extra")}
        | {f"box.{name}" for name in ("id", "source", "status", "feedback", "confidence")}
        | {f"box.{name}" for name in ("attributes", "z", "track", "author", "extra")}
    )

    def __init__(self, sink: Sink, header: SetRecord, images: Images | None = None) -> None:
        super().__init__(sink, header, images)
        self.spool = Spool()
        line = HeaderLine(FORMAT, VERSION, list(header.labels), header.name, dict(header.extra))
        self.spool.write(msgspec.json.encode(line).decode() + "\n")

    def add(self, frame: FrameRecord) -> None:
        name = self.name_of(frame, "images/")
        self.spool.write(encode_frame(replace(frame, name=name, split=self.split_of(frame))).decode() + "\n")

    def close(self) -> None:
        self.sink.text(FILE, self.spool.lines())


class Reader(RowReader):
    """The shallowest .jsonl of the folder."""

    def header(self) -> SetRecord:
        line = next(self._lines(), "")
        try:
            found = HEADERS.decode(line)
            if found.format != FORMAT:
                raise Bad("bad_line", reason=checks.shown(found.format))
            if not 1 <= found.version <= VERSION:
                raise Bad("version_unknown", version=checks.shown(found.version), known=VERSION)
            checks.json_object(found.extra)
            checks.text(found.name)
            self.labels = {}
            for label in found.labels:
                self.add_label(label.name, label.color, label.key)
        except Bad as bad:
            raise cannot(self.file, "1", bad.code, **bad.values) from bad
        except (msgspec.DecodeError, UnicodeError) as error:
            raise cannot(self.file, "1", "bad_line", reason=checks.shown(str(error))) from error
        except RecursionError as error:
            raise cannot(self.file, "1", "json_too_deep", limit=checks.DEEPEST_JSON) from error
        return self.set_record(found.name, found.extra)

    def frames(self) -> Iterator[FrameRecord]:
        if not self.labels:
            self.header()
        for number, line in enumerate(self._lines(), 1):
            if number == 1 or not line.strip():
                continue
            try:
                frame = decode_frame(line)
                for box in frame.boxes:
                    self.known_label(box.label)
                self.new_name(frame.name)
            except Bad as bad:
                self.fail(self.file, str(number), bad)
            else:
                yield frame

    @property
    def file(self) -> str:
        return shallowest(self.files.having(".jsonl"))

    def _lines(self) -> Iterator[str]:
        if not self.file:
            raise cannot("", "", "nothing_found", wanted="*.jsonl")
        return self.files.lines(self.file)
