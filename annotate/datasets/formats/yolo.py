"""Ultralytics YOLO, detection: data.yaml, images/<split>, labels/<split>. See docs/formats.md.

A line is "class x-centre y-centre width height", all four as shares of the image. Sizes are not in the files:
reading needs ``sizes``.
"""

from collections.abc import Iterator

import yaml

from .base import RowWriter, ordered_splits
from .names import split_suffix
from .records import FrameRecord, Images, SetRecord, Sink
from .spill import Spool
from .yolo_reader import Reader

__all__ = ["Reader", "Writer"]

DECIMALS = 12
"""A millionth of a pixel on an image of a million pixels: reading gives back what was written."""
UNSPLIT = "train"


class Writer(RowWriter):
    """With images: images/<split>/<name> and labels/<split>/<stem>.txt. Without: labels/<stem>.txt, and one list of
    images per split, so that their names are not lost. A frame without a split is one of train; the tools want train
    and val, so where one of them has no frame, data.yaml names what there is for both."""

    holds = frozenset({"frame.split"})

    def __init__(self, sink: Sink, header: SetRecord, images: Images | None = None) -> None:
        super().__init__(sink, header, images)
        self.lists: dict[str, Spool] = {}
        self.unsplit = 0

    def add(self, frame: FrameRecord) -> None:
        self.count_losses(frame)
        split = self.split_of(frame)
        self.unsplit += not split
        split = split or UNSPLIT
        if split not in self.lists:
            self.lists[split] = Spool()
        folder = f"{split}/" if self.images else ""
        name = self.renamed(frame, self.file_of(frame, f"images/{folder}"))
        if not self.images:
            self.lists[split].write(f"./images/{name}\n")
        self.sink.text(f"labels/{folder}{split_suffix(name)[0]}.txt", self._lines(frame))

    def _lines(self, frame: FrameRecord) -> Iterator[str]:
        for box in frame.boxes:
            edges = box.edges
            shares = (
                (edges.x1 + edges.x2) / 2 / frame.width,
                (edges.y1 + edges.y2) / 2 / frame.height,
                edges.width / frame.width,
                edges.height / frame.height,
            )
            yield f"{self.number_of(box)} {' '.join(f'{share:.{DECIMALS}f}' for share in shares)}\n"

    def close(self) -> None:
        splits = list(ordered_splits(self.lists))
        if splits != [UNSPLIT]:
            self.loss.add("frame_split", self.unsplit)
        places = {split: f"images/{split}" if self.images else f"{split}.txt" for split in splits}
        if not self.images:
            for split in splits:
                self.sink.text(places[split], self.lists[split].lines())
        first = places[splits[0]] if splits else f"images/{UNSPLIT}"
        content = {"path": "", **{split: places.get(split, first) for split in ("train", "val")}}
        content |= {split: place for split, place in places.items() if split not in content}
        content["names"] = dict(enumerate(label.name for label in self.header.labels))  # type: ignore[assignment]
        self.sink.text("data.yaml", iter([yaml.safe_dump(content, sort_keys=False, allow_unicode=True)]))
