"""COCO, detection: images, annotations and categories in one JSON file per split. See docs/formats.md.

bbox is [left, top, width, height] in pixels from the corner of the image, as floats.
"""

import json
from itertools import chain
from typing import Any

from .base import RowWriter, ordered_splits
from .coco_reader import Reader
from .records import BoxRecord, FrameRecord, Images, SetRecord, Sink
from .spill import Spool

__all__ = ["Reader", "Writer"]

UNSPLIT = "default"


class Writer(RowWriter):
    """annotations/instances_<split>.json, images/<split>/<name>; "default" for frames without a split.

    Images and annotations are numbered from 1 through all splits, categories from 1 in the order of the labels.
    """

    holds = frozenset({"set.name", "frame.split", "box.confidence", "box.attributes"})

    def __init__(self, sink: Sink, header: SetRecord, images: Images | None = None) -> None:
        super().__init__(sink, header, images)
        self.spools: dict[str, tuple[Spool, Spool]] = {}
        self.frames = 0
        self.boxes = 0

    def add(self, frame: FrameRecord) -> None:
        self.count_losses(frame)
        split = self.split_of(frame, UNSPLIT)
        if split not in self.spools:
            self.spools[split] = Spool(), Spool()
        images, annotations = self.spools[split]
        self.frames += 1
        name = self.name_of(frame, f"images/{split}/")
        image = {"id": self.frames, "file_name": name, "width": frame.width, "height": frame.height}
        _append(images, image)
        for box in frame.boxes:
            self.boxes += 1
            _append(annotations, self._annotation(box))

    def _annotation(self, box: BoxRecord) -> dict[str, Any]:
        edges = box.edges
        found: dict[str, Any] = {
            "id": self.boxes,
            "image_id": self.frames,
            "category_id": self.number_of(box) + 1,
            "bbox": [edges.x1, edges.y1, edges.width, edges.height],
            "area": edges.area,
            "iscrowd": 0,
            "segmentation": [],
        }
        if box.confidence is not None:
            found["score"] = box.confidence
        if box.attributes:
            found["attributes"] = dict(box.attributes)
        return found

    def close(self) -> None:
        for split in ordered_splits(self.spools or {UNSPLIT: None}):
            images, annotations = self.spools.get(split) or (Spool(), Spool())
            lines = chain(
                [self._head(), ',\n"images": [\n'],
                images.lines(),
                ['\n],\n"annotations": [\n'],
                annotations.lines(),
                ["\n]}\n"],
            )
            self.sink.text(f"annotations/instances_{split}.json", lines)

    def _head(self) -> str:
        """The object up to its categories, without its end."""
        head = {
            "info": {"description": self.header.name, "version": "1.0"},
            "licenses": [],
            "categories": [
                {"id": number, "name": label.name, "supercategory": ""}
                for number, label in enumerate(self.header.labels, 1)
            ],
        }
        return json.dumps(head, ensure_ascii=False, allow_nan=False)[:-1]


def _append(spool: Spool, value: dict[str, Any]) -> None:
    comma = "" if spool.empty else ",\n"
    spool.write(comma + json.dumps(value, ensure_ascii=False, allow_nan=False))
