"""Reads YOLO's label files. Where they are is for yolo_layout."""

from collections.abc import Iterator
from functools import cached_property

from . import checks
from .base import RowReader
from .checks import Bad
from .files import cannot
from .records import BoxRecord, FrameRecord, SetRecord
from .yolo_layout import Layout, Place

LONGEST_LINE = 1_000_000
"""Characters: a polygon with very many points."""
POLYGON_FROM = 7


class Reader(RowReader):
    """``path``, ``download`` and all else that a data.yaml may say is ignored: what lies below the folder counts."""

    @cached_property
    def layout(self) -> Layout:
        return Layout(self.files)

    def header(self) -> SetRecord:
        self.labels = {}
        for place, name in enumerate(self.layout.class_names()):
            try:
                self.add_label(name)
            except Bad as bad:
                raise cannot(self.layout.source, f"names[{place}]", bad.code, **bad.values) from bad
        self.numbered = list(self.labels)
        return self.set_record()

    def frames(self) -> Iterator[FrameRecord]:
        self.header()
        for place in self.layout.places():
            if not isinstance(place, Place):
                self.fail(place.file, place.where, place.bad)
                continue
            try:
                name = self.new_name(place.name)
                size = self.size_of(name)
            except Bad as bad:
                self.fail(place.label_file, "", bad)
                continue
            yield FrameRecord(name, *size, tuple(self._boxes(place.label_file, *size)), split=place.split)

    def _boxes(self, file: str, width: int, height: int) -> Iterator[BoxRecord]:
        """A missing file is an image without boxes."""
        if not self.files.has(file):
            return
        for number, line in enumerate(self.files.lines(file, LONGEST_LINE), 1):
            if not line.strip():
                continue
            try:
                yield self._box(line.split(), width, height)
            except Bad as bad:
                self.fail(file, str(number), bad)

    def _box(self, columns: list[str], width: int, height: int) -> BoxRecord:
        count = len(columns)
        if count not in (5, 6) and (count < POLYGON_FROM or not count % 2):
            raise Bad("bad_columns", found=count, wanted="5")
        label = self._label(columns[0])
        numbers = [checks.number(column) for column in columns[1:]]
        if count >= POLYGON_FROM:
            self.loss.add("polygon")
            x1, x2, y1, y2 = min(numbers[::2]), max(numbers[::2]), min(numbers[1::2]), max(numbers[1::2])
        else:
            x, y, w, h = numbers[:4]
            x1, y1, x2, y2 = x - w / 2, y - h / 2, x + w / 2, y + h / 2
        edges = checks.edges(x1 * width, y1 * height, x2 * width, y2 * height, width, height)
        if count != 6:
            return BoxRecord(label, edges)
        score = checks.confidence(numbers[4])
        return BoxRecord(label, edges, source="model", status="proposed", confidence=score)

    def _label(self, column: str) -> str:
        number = checks.integer(column)
        if not 0 <= number < len(self.numbered):
            raise Bad("unknown_class", number=number, count=len(self.numbered))
        return self.numbered[number]
