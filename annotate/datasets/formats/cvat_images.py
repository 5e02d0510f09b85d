"""CVAT for images 1.1: one annotations.xml with an <image> per frame. See docs/formats.md.

Coordinates are edges in pixels from the corner of the image, as here; written with all their digits.
"""

from collections.abc import Iterator
from itertools import chain
from xml.etree.ElementTree import Element

from . import checks
from .base import RowWriter
from .checks import Bad
from .cvat_meta import (
    FILE,
    SOURCES,
    AttributeNames,
    CvatReader,
    attribute_lines,
    corners,
    head,
    lost_of,
    source_of,
)
from .names import split_of
from .records import BoxRecord, FrameRecord, Images, SetRecord, Sink
from .spill import Spool
from .xml_text import escaped


class Writer(RowWriter):
    """annotations.xml; images, where there are any, in images/."""

    holds = frozenset({"label.color", "set.name", "frame.split", "box.source", "box.attributes", "box.z"})

    def __init__(self, sink: Sink, header: SetRecord, images: Images | None = None) -> None:
        super().__init__(sink, header, images)
        self.spool = Spool()
        self.attributes = AttributeNames()
        self.count = 0

    def add(self, frame: FrameRecord) -> None:
        self.count_losses(frame)
        name = self.name_of(frame, "images/")
        split = self.split_of(frame)
        subset = f' subset="{split}"' if split else ""
        place = (
            f'id="{self.count}" name="{escaped(name)}"{subset} width="{frame.width}" height="{frame.height}"'
        )
        self.spool.write(f"<image {place}>\n")
        for box in frame.boxes:
            self._box(box)
        self.spool.write("</image>\n")
        self.count += 1

    def _box(self, box: BoxRecord) -> None:
        self.number_of(box)
        self.attributes.see(box)
        for code in lost_of(box):
            self.loss.add(code)
        self.spool.write(
            f'<box label="{escaped(box.label)}" source="{SOURCES[box.source]}" {corners(box)}>\n'
        )
        for line in attribute_lines(box):
            self.spool.write(line)
        self.spool.write("</box>\n")

    def close(self) -> None:
        start = head(self.header, "annotation", self.count, self.attributes, ())
        self.sink.text(FILE, chain(start, self.spool.lines(), ["</annotations>\n"]))


class Reader(CvatReader):
    """Boxes alone: other shapes are counted as lost, rotated boxes refused."""

    wanted = frozenset({"meta", "image"})

    def frames(self) -> Iterator[FrameRecord]:
        if not self.labels:
            self.header()
        for place, element in self.elements():
            if element.tag != "image":
                continue
            try:
                yield self._frame(place, element)
            except Bad as bad:
                self.fail(self.file, place, bad)

    def _frame(self, place: str, element: Element) -> FrameRecord:
        """Raises Bad for the frame as a whole."""
        name = self.new_name(element.get("name"))
        width, height = self.size_of(name, element.get("width"), element.get("height"))
        self.count_shapes(element)
        boxes = []
        for number, box in enumerate(element.iterfind("box")):
            try:
                boxes.append(self._box(box, width, height))
            except Bad as bad:
                self.fail(self.file, f"{place}/box[{number}]", bad)
        return FrameRecord(name, width, height, tuple(boxes), split=split_of(element.get("subset") or ""))

    def _box(self, box: Element, width: int, height: int) -> BoxRecord:
        x1, y1, x2, y2, z, attributes = self.values_of(box)
        return BoxRecord(
            self.known_label(box.get("label")),
            checks.edges(x1, y1, x2, y2, width, height),
            source=source_of(box.get("source")),
            attributes=attributes,
            z=z,
        )
