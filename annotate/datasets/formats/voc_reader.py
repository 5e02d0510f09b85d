"""Reads Pascal VOC: every XML file of the folder whose root is "annotation"."""

from collections.abc import Iterator
from functools import cached_property
from xml.etree.ElementTree import Element

from . import checks
from .base import RowReader
from .checks import Bad
from .files import cannot
from .names import split_of
from .records import BoxRecord, FrameRecord, SetRecord
from .xml_stream import records

LABEL_MAP = "labelmap.txt"
FLAGS = ("truncated", "difficult", "occluded")
WANTED = frozenset({"folder", "filename", "size", "object"})
LONGEST_LINE = 4096


class Reader(RowReader):
    """Labels come from labelmap.txt; without one, from all objects, in the order in which they first appear."""

    def header(self) -> SetRecord:
        self.labels = {}
        maps = self.files.called(LABEL_MAP)
        if maps:
            self._read_map(maps[0])
        else:
            self._gather_labels()
        return self.set_record()

    @cached_property
    def xml_files(self) -> list[str]:
        found = self.files.having(".xml")
        if not found and not self.files.called(LABEL_MAP):
            raise cannot("", "", "nothing_found", wanted="Pascal VOC (*.xml)")
        return found

    def _read_map(self, file: str) -> None:
        for number, line in enumerate(self.files.lines(file, LONGEST_LINE), 1):
            if line.startswith("# label:") or not line.strip():
                continue
            name, color, *_ = *line.strip("\r\n").rsplit(":", 3), ""
            try:
                self.add_label(name, hex_color(color))
            except Bad as bad:
                raise cannot(file, str(number), bad.code, **bad.values) from bad

    def _gather_labels(self) -> None:
        """A name that cannot be one is reported when its frame is read."""
        for file in self.xml_files:
            for _, element in self._elements(file):
                name = (element.findtext("name") or "").strip()
                if element.tag == "object" and name not in self.labels:
                    try:
                        self.add_label(name)
                    except Bad:
                        continue

    @cached_property
    def splits(self) -> dict[str, str]:
        """Of the stem of an XML file: from ImageSets/Main/<split>.txt."""
        found: dict[str, str] = {}
        for file in self.files.having(".txt"):
            folder, _, name = file.rpartition("/")
            split = split_of(name.removesuffix(".txt"))
            if folder.endswith("ImageSets/Main") and name in {f"{split}.txt"}:
                for line in self.files.lines(file, LONGEST_LINE):
                    found.setdefault(line.strip("\r\n").strip(), split)
        return found

    def frames(self) -> Iterator[FrameRecord]:
        if not self.labels:
            self.header()
        for file in self.xml_files:
            parts = list(self._elements(file))
            try:
                yield self._frame(file, parts)
            except Bad as bad:
                self.fail(file, "", bad)

    def _elements(self, file: str) -> Iterator[tuple[str, Element]]:
        with self.files.open(file) as data:
            for place, element in records(data, file, WANTED):
                if place:
                    yield place, element
                elif element.tag != "annotation":
                    raise cannot(file, "", "wrong_root", found=checks.shown(element.tag), wanted="annotation")

    def _frame(self, file: str, parts: list[tuple[str, Element]]) -> FrameRecord:
        """Raises Bad for the frame as a whole."""
        once = {element.tag: element for _, element in parts}
        stem = stem_of(file)
        filename = once.get("filename")
        written = (filename.text or "").strip() if filename is not None else ""
        name = self.new_name(written or stem)
        size = once.get("size")
        found = [size.findtext(side) for side in ("width", "height")] if size is not None else []
        width, height = self.size_of(name, *found)
        boxes = []
        for place, element in parts:
            if element.tag != "object":
                continue
            try:
                boxes.append(self._box(element, width, height))
            except Bad as bad:
                self.fail(file, place, bad)
        return FrameRecord(name, width, height, tuple(boxes), split=self.splits.get(stem, ""))

    def _box(self, element: Element, width: int, height: int) -> BoxRecord:
        label = self.known_label(element.findtext("name"))
        corners = element.find("bndbox")
        if corners is None:
            raise Bad("bad_box")
        x1, y1, x2, y2 = (
            checks.number(corners.findtext(name) or "") for name in ("xmin", "ymin", "xmax", "ymax")
        )
        edges = checks.edges(x1 - 1, y1 - 1, x2, y2, width, height)
        if element.find("part") is not None:
            self.loss.add("parts")
        if element.find("polygon") is not None:
            self.loss.add("polygon")
        attributes: dict[str, str | bool] = {
            flag: True for flag in FLAGS if (element.findtext(flag) or "").strip() == "1"
        }
        for one in element.iterfind("attributes/attribute"):
            name = checks.text(one.findtext("name") or "").strip()
            if name:
                attributes[name] = checks.text(one.findtext("value") or "")
        return BoxRecord(label, edges, attributes=attributes)


def stem_of(file: str) -> str:
    """ "a/b" of "Annotations/a/b.xml"."""
    path = f"/{file}"[: -len(".xml")]
    head, found, tail = path.rpartition("/Annotations/")
    return tail if found else path[1:]


def hex_color(numbers: str) -> str:
    """#rrggbb of "255,0,16"; "" of anything else."""
    parts = numbers.split(",")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) <= 3 for part in parts):
        return ""
    values = [int(part) for part in parts]
    return "#" + bytes(values).hex() if max(values) < 256 else ""
