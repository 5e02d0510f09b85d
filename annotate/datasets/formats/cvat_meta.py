"""What both XML formats of CVAT say alike: the task, its labels, boxes and their attributes."""

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from . import checks
from .base import RowReader
from .checks import Bad
from .files import cannot
from .records import BoxRecord, LabelRecord, SetRecord
from .xml_stream import records
from .xml_text import attribute_text, escaped, tag

FILE = "annotations.xml"
FRAME_LIST = "frame_list"
"""Ours, with an element a frame (cvat_video): read by itself."""
OTHER_SHAPES = {"polygon", "polyline", "points", "ellipse", "cuboid", "mask", "skeleton", "tag"}
OCCLUDED = "occluded"
MOST_ATTRIBUTES = 1000
SOURCES = {"human": "manual", "model": "auto"}


class AttributeNames:
    """Which attributes the boxes of each label have: CVAT wants them said before."""

    def __init__(self) -> None:
        self.of: dict[str, dict[str, None]] = {}
        self.count = 0

    def see(self, box: BoxRecord) -> None:
        names = self.of.setdefault(box.label, {})
        for name in box.attributes:
            if name != OCCLUDED and name not in names and self.count < MOST_ATTRIBUTES:
                names[name] = None
                self.count += 1

    def lines(self, label: LabelRecord) -> Iterator[str]:
        for name in self.of.get(label.name, ()):
            yield f"<attribute>{tag('name', name)}<mutable>True</mutable><input_type>text</input_type>"
            yield "<default_value></default_value><values></values></attribute>"


def head(
    header: SetRecord, mode: str, frames: int, attributes: AttributeNames, more: Iterable[str]
) -> Iterator[str]:
    """The file up to the end of its meta. ``mode``: annotation for images, interpolation for a video."""
    yield '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n<meta>\n<task>\n'
    yield f"{tag('name', header.name)}{tag('size', frames)}{tag('mode', mode)}\n<labels>\n"
    for label in header.labels:
        color = tag("color", label.color) if label.color else ""
        yield f"<label>{tag('name', label.name)}{color}<type>any</type><attributes>"
        yield from attributes.lines(label)
        yield "</attributes></label>\n"
    yield "</labels>\n"
    yield from more
    yield "</task>\n</meta>\n"


def corners(box: BoxRecord) -> str:
    """Attributes of a <box>: places and order."""
    edges = box.edges
    places = f'xtl="{edges.x1!r}" ytl="{edges.y1!r}" xbr="{edges.x2!r}" ybr="{edges.y2!r}"'
    return f'occluded="{int(box.attributes.get(OCCLUDED) is True)}" {places} z_order="{int(box.z)}"'


def attribute_lines(box: BoxRecord) -> Iterator[str]:
    for name, value in box.attributes.items():
        if name != OCCLUDED or value is not True:
            yield f'<attribute name="{escaped(name)}">{escaped(attribute_text(value))}</attribute>\n'


def lost_of(box: BoxRecord) -> Iterator[str]:
    """Codes of what CVAT cannot hold of the attributes and of the order."""
    if box.z != int(box.z):
        yield "box_z"
    for name, value in box.attributes.items():
        if not (isinstance(value, str) or (name == OCCLUDED and value is True)):
            yield "attribute_type"


class CvatReader(RowReader):
    """Finds the file and its labels."""

    wanted = frozenset({"meta"})
    opened: frozenset[str] = frozenset()

    @property
    def file(self) -> str:
        found = self.files.having(".xml")
        if not found:
            raise cannot("", "", "nothing_found", wanted=f"CVAT ({FILE})")
        return min(found, key=lambda name: (not name.endswith(FILE), name.count("/"), name))

    def elements(self) -> Iterator[tuple[str, Element]]:
        """Raises CannotRead."""
        with self.files.open(self.file) as data:
            found = records(data, self.file, self.wanted, opened=self.opened, dropped=frozenset({FRAME_LIST}))
            for place, element in found:
                if place:
                    yield place, element
                elif element.tag != "annotations":
                    raise cannot(
                        self.file, "", "wrong_root", found=checks.shown(element.tag), wanted="annotations"
                    )

    def header(self) -> SetRecord:
        self.labels = {}
        self.meta = next(
            (element for _, element in self.elements() if element.tag == "meta"), Element("meta")
        )
        for number, label in enumerate(self.meta.iterfind(".//labels/label")):
            try:
                self.add_label(label.findtext("name"), (label.findtext("color") or "").strip())
            except Bad as bad:
                raise cannot(self.file, f"label[{number}]", bad.code, **bad.values) from bad
        if not self.labels:
            self.gather_labels()
        return self.set_record(checks.shown(next(iter_text(self.meta, "name"), "")))

    def gather_labels(self) -> None:
        """Of a file without them in its meta. A name that cannot be one is reported when its box is read."""
        for _, element in self.elements():
            for one in (element, *element.iter("box")):
                name = (one.get("label") or "").strip()
                if name and name not in self.labels:
                    try:
                        self.add_label(name)
                    except Bad:
                        continue

    def values_of(self, box: Element) -> tuple[float, float, float, float, float, dict[str, str | bool]]:
        """Its four edges as they are written, stacking order and attributes. Raises Bad."""
        if checks.number(box.get("rotation") or "0"):
            raise Bad("rotation")
        x1, y1, x2, y2 = (checks.number(box.get(name) or "") for name in ("xtl", "ytl", "xbr", "ybr"))
        attributes: dict[str, str | bool] = {OCCLUDED: True} if box.get(OCCLUDED) == "1" else {}
        for one in box.iterfind("attribute"):
            name = checks.text(one.get("name") or "")
            if name:
                attributes[name] = checks.text(one.text or "")
        return x1, y1, x2, y2, checks.number(box.get("z_order") or "0"), attributes

    def count_shapes(self, element: Element) -> None:
        for child in element:
            if child.tag in OTHER_SHAPES:
                self.loss.add("shape")


def source_of(value: str | None) -> str:
    return "model" if value == "auto" else "human"


def iter_text(element: Element, name: str) -> Iterator[str]:
    """The texts of a tag directly below the task, the project or the job."""
    for one in element.iterfind(f"*/{name}"):
        if one.text:
            yield one.text.strip()
