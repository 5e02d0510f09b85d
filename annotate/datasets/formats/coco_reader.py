"""Reads COCO's files. Their parts may come in any order, so images and boxes are gathered on disk first."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from . import checks
from .base import RowReader
from .checks import Bad
from .files import cannot
from .json_stream import JsonStream
from .names import split_of
from .records import BoxRecord, FrameRecord, SetRecord
from .spill import Gathered

LONGEST_ID = 100
MAX_FILES = 1000


class Reader(RowReader):
    """Every .json of the folder that is COCO's; of several, each is one split if its name says so."""

    def header(self) -> SetRecord:
        _ = self.gathered
        return self.set_record(self.set_name)

    @cached_property
    def gathered(self) -> Gathered:
        """All files, read once."""
        self.set_name = ""
        self.categories: dict[tuple[int, str], str] = {}
        gathered = Gathered()
        files = self.files.having(".json")[:MAX_FILES]
        if not sum([self._read(file, number, gathered) for number, file in enumerate(files)]):
            raise cannot("", "", "nothing_found", wanted="COCO (*.json)")
        gathered.close_input()
        for _, row in gathered.orphans():
            self.fail(files[row[0]], f"annotations[{row[1]}]", Bad("unknown_image"))
        return gathered

    def _read(self, file: str, number: int, gathered: Gathered) -> bool:
        """False for a JSON file of another kind."""
        keys = set()
        with self.files.open(file) as data:
            stream = JsonStream(data, file)
            if stream.peek() != "{":
                return False
            for key in stream.members():
                keys.add(key)
                if key not in PARTS or stream.peek() != "[":
                    self._other(key, stream)
                    continue
                for index, value in stream.items():
                    try:
                        if not isinstance(value, dict):
                            raise Bad("bad_json_value")
                        PARTS[key](self, value, index, file, number, gathered)
                    except Bad as bad:
                        self.fail(file, f"{key}[{index}]", bad)
        return "images" in keys

    def _other(self, key: str, stream: JsonStream) -> None:
        if key != "info":
            stream.skip()
            return
        info = stream.value()
        name = info.get("description") if isinstance(info, dict) else None
        if isinstance(name, str) and not self.set_name:
            self.set_name = checks.shown(name)

    def _category(
        self, value: dict[str, Any], index: int, file: str, number: int, gathered: Gathered
    ) -> None:
        name = checks.label_name(value.get("name"))
        if name not in self.labels:  # several files have the same categories
            self.add_label(name)
        self.categories[number, identity(value.get("id"))] = name

    def _image(self, value: dict[str, Any], index: int, file: str, number: int, gathered: Gathered) -> None:
        name = checks.frame_name(value.get("file_name"))
        size = self.size_of(name, value.get("width"), value.get("height"))
        split = split_of(file.rpartition("/")[2]) or split_of(file.rpartition("/")[0].rpartition("/")[2])
        if not gathered.add_frame(
            f"{number} {identity(value.get('id'))}", (self.new_name(name), *size, split)
        ):
            raise Bad("duplicate_id", value=identity(value.get("id")))

    def _annotation(
        self, value: dict[str, Any], index: int, file: str, number: int, gathered: Gathered
    ) -> None:
        for code in ("segmentation", "keypoints"):
            if value.get(code):
                self.loss.add(code)
        if value.get("iscrowd") in (1, True):
            self.loss.add("crowd")
            return
        bbox = value.get("bbox")
        if not isinstance(bbox, list) or len(bbox) != 4:
            raise Bad("bad_box")
        score = value.get("score")
        row = (
            number,
            index,
            identity(value.get("category_id")),
            [checks.number(one) for one in bbox],
            None if score is None else checks.confidence(score),
            checks.json_object(value.get("attributes") or {}),
        )
        gathered.add_box(f"{number} {identity(value.get('image_id'))}", row)

    def frames(self) -> Iterator[FrameRecord]:
        for _, (name, width, height, split), rows in self.gathered.frames():
            boxes = []
            for number, index, category, (x, y, w, h), score, attributes in rows:
                try:
                    label = self._label(number, category)
                    edges = checks.edges(x, y, x + w, y + h, width, height)
                except Bad as bad:
                    self.fail(self._file(number), f"annotations[{index}]", bad)
                else:
                    boxes.append(BoxRecord(label, edges, confidence=score, attributes=attributes))
            yield FrameRecord(name, width, height, tuple(boxes), split=split)

    def _file(self, number: int) -> str:
        return self.files.having(".json")[number]

    def _label(self, number: int, category: str) -> str:
        if (number, category) not in self.categories:
            raise Bad("unknown_label", label=category)
        return self.categories[number, category]


PARTS = {
    "images": Reader._image,
    "annotations": Reader._annotation,
    "categories": Reader._category,
}


def identity(value: object) -> str:
    """Of an image or a category: a whole number, or a short text."""
    if isinstance(value, str) and 0 < len(value) <= LONGEST_ID:
        return checks.text(value)
    return str(checks.integer(value))
