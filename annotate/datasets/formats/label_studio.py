"""Label Studio: a JSON list of tasks with annotations and predictions. See docs/formats.md.

Places are percent of the image. What each model proposed is a prediction with its scores; config.xml has the labels.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any
from urllib.parse import quote

from .base import RowWriter
from .label_studio_reader import CONFIG, LOCAL, Reader
from .records import BoxRecord, FrameRecord, Images, SetRecord, Sink
from .spill import Spool
from .xml_text import escaped

__all__ = ["Reader", "Writer"]


def model_of(box: BoxRecord) -> str:
    return str(box.extra.get("model") or "")


class Writer(RowWriter):
    """tasks.json, config.xml; images, where there are any, in images/, as Label Studio's local files know them."""

    holds = frozenset(
        {"label.color", "label.key", "frame.split"} | {"box.id", "box.source", "box.status", "box.confidence"}
    )

    def __init__(self, sink: Sink, header: SetRecord, images: Images | None = None) -> None:
        super().__init__(sink, header, images)
        self.spool = Spool()
        self.count = 0

    def add(self, frame: FrameRecord) -> None:
        self.count_losses(frame)
        self.count += 1
        name = self.name_of(frame, "images/")
        kept = [self._region(box, frame) for box in frame.boxes if box.status == "accepted"]
        proposed: dict[str, list[BoxRecord]] = {}
        for box in frame.boxes:
            if box.status != "accepted":
                proposed.setdefault(model_of(box), []).append(box)
        self.loss.add("box_status", sum(box.status == "rejected" for box in frame.boxes))
        task: dict[str, Any] = {
            "id": self.count,
            "data": {
                "image": f"{LOCAL}images/{quote(name)}",
                "width": frame.width,
                "height": frame.height,
                "split": self.split_of(frame),
            },
            "annotations": [{"result": kept, "was_cancelled": False}],
            "predictions": [self._prediction(model, boxes, frame) for model, boxes in proposed.items()],
        }
        comma = "" if self.spool.empty else ",\n"
        self.spool.write(comma + json.dumps(task, ensure_ascii=False, allow_nan=False))

    def _prediction(self, model: str, boxes: list[BoxRecord], frame: FrameRecord) -> dict[str, Any]:
        scores = [box.confidence for box in boxes if box.confidence is not None]
        return {
            "result": [self._region(box, frame) for box in boxes],
            "model_version": model,
            "score": sum(scores) / len(scores) if scores else None,
        }

    def lost_history(self, box: BoxRecord) -> Iterable[str]:
        """Which model it was is said of predictions."""
        is_said = box.status != "accepted"
        return (code for code in super().lost_history(box) if not (is_said and code == "box_model"))

    def _region(self, box: BoxRecord, frame: FrameRecord) -> dict[str, Any]:
        self.number_of(box)
        edges = box.edges
        region: dict[str, Any] = {
            "from_name": "label",
            "to_name": "image",
            "type": "rectanglelabels",
            "origin": "manual" if box.source == "human" else "prediction",
            "original_width": frame.width,
            "original_height": frame.height,
            "image_rotation": 0,
            "value": {
                "x": edges.x1 / frame.width * 100,
                "y": edges.y1 / frame.height * 100,
                "width": edges.width / frame.width * 100,
                "height": edges.height / frame.height * 100,
                "rotation": 0,
                "rectanglelabels": [box.label],
            },
        }
        if box.id:
            region["id"] = box.id
        if box.confidence is not None:
            region["score"] = box.confidence
        return region

    def close(self) -> None:
        self.sink.text("tasks.json", chain(["[\n"], self.spool.lines(), ["\n]\n"]))
        self.sink.text(CONFIG, self._config())

    def _config(self) -> Iterator[str]:
        yield '<View>\n  <Image name="image" value="$image"/>\n  <RectangleLabels name="label" toName="image">\n'
        for label in self.header.labels:
            color = f' background="{escaped(label.color)}"' if label.color else ""
            key = f' hotkey="{escaped(label.key)}"' if label.key else ""
            yield f'    <Label value="{escaped(label.name)}"{color}{key}/>\n'
        yield "  </RectangleLabels>\n</View>\n"
