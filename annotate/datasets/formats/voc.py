"""Pascal VOC: one XML file per image. See docs/formats.md.

The rule of VOC, which is exact: pixels are counted from 1 and both ends belong to the box. So xmin = left + 1,
ymin = top + 1, xmax = right, ymax = bottom, with our edges rounded to whole pixels (half up; a box keeps at least one
pixel). Whole edges come back as they were; others move by half a pixel at most, or where a box is small, by one.
"""

import math
from collections.abc import Iterator

from ...geometry import Edges
from .base import RowWriter, color_of, ordered_splits
from .names import split_suffix
from .records import BoxRecord, FrameRecord, Images, SetRecord, Sink
from .spill import Spool
from .voc_reader import FLAGS, LABEL_MAP, Reader
from .xml_text import attribute_text, tag

__all__ = ["Reader", "Writer", "whole_edges"]


class Writer(RowWriter):
    """Annotations/<stem>.xml, JPEGImages/<name>, ImageSets/Main/<split>.txt, labelmap.txt (names and colours)."""

    holds = frozenset({"label.color", "set.name", "frame.split", "box.attributes"})

    def __init__(self, sink: Sink, header: SetRecord, images: Images | None = None) -> None:
        super().__init__(sink, header, images)
        self.lists: dict[str, Spool] = {}

    def add(self, frame: FrameRecord) -> None:
        self.count_losses(frame)
        file = self.file_of(frame, "JPEGImages/")
        name = self.renamed(frame, file) if self.images else self.said_name(frame)
        stem = split_suffix(file)[0]
        if split := self.split_of(frame):
            if split not in self.lists:
                self.lists[split] = Spool()
            self.lists[split].write(f"{stem}\n")
        self.sink.text(f"Annotations/{stem}.xml", self._lines(frame, name))

    def _lines(self, frame: FrameRecord, name: str) -> Iterator[str]:
        folder, _, _file = name.rpartition("/")
        yield f"<annotation>\n  {tag('folder', folder)}\n  {tag('filename', name)}\n"
        yield f"  <source>{tag('database', self.header.name)}</source>\n"
        yield f"  <size>{tag('width', frame.width)}{tag('height', frame.height)}<depth>3</depth></size>\n"
        yield "  <segmented>0</segmented>\n"
        for box in frame.boxes:
            self.number_of(box)
            yield from self._object(box, frame.width, frame.height)
        yield "</annotation>\n"

    def _object(self, box: BoxRecord, width: int, height: int) -> Iterator[str]:
        whole = whole_edges(box.edges, width, height)
        if whole != box.edges:
            self.loss.add("rounded")
        yield f"  <object>\n    {tag('name', box.label)}\n    <pose>Unspecified</pose>\n"
        for flag in FLAGS:
            yield f"    {tag(flag, int(is_set(box.attributes.get(flag))))}\n"
        corners = {"xmin": whole.x1 + 1, "ymin": whole.y1 + 1, "xmax": whole.x2, "ymax": whole.y2}
        yield f"    <bndbox>{''.join(tag(name, int(value)) for name, value in corners.items())}</bndbox>\n"
        others = {name: value for name, value in box.attributes.items() if name not in FLAGS}
        if others:
            yield "    <attributes>\n"
            for name, value in others.items():
                text = attribute_text(value)
                self.loss.add("attribute_type", int(text != value))
                yield f"      <attribute>{tag('name', name)}{tag('value', text)}</attribute>\n"
            yield "    </attributes>\n"
        yield "  </object>\n"

    def close(self) -> None:
        for split in ordered_splits(self.lists):
            self.sink.text(f"ImageSets/Main/{split}.txt", self.lists[split].lines())
        self.sink.text(LABEL_MAP, self._label_map())

    def _label_map(self) -> Iterator[str]:
        """As CVAT writes it: name, colour as three numbers, parts, actions."""
        yield "# label:color_rgb:parts:actions\n"
        for label in self.header.labels:
            color = ",".join(str(part) for part in bytes.fromhex(color_of(label.color)[1:]))
            yield f"{label.name}:{color}::\n"


def whole_edges(edges: Edges, width: int, height: int) -> Edges:
    """The rule of the module's text: our edges as whole pixels."""
    x1, x2 = _whole_axis(edges.x1, edges.x2, width)
    y1, y2 = _whole_axis(edges.y1, edges.y2, height)
    return Edges(x1, y1, x2, y2)


def _whole_axis(low: float, high: float, limit: int) -> tuple[float, float]:
    first, last = math.floor(low + 0.5), math.floor(high + 0.5)
    if last <= first:  # less than a pixel after rounding: the one that its middle is in
        first = min(math.floor((low + high) / 2), limit - 1)
        last = first + 1
    return float(first), float(last)


def is_set(value: object) -> bool:
    return value in (True, 1, "1", "true")
