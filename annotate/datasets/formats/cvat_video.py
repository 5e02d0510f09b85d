"""CVAT for video 1.1: one annotations.xml with a <track> per object, whose boxes are keyframes. See docs/formats.md.

Frames are numbered from 0 in the order of the export. CVAT's file says nothing of a frame; a <frame_list> in its meta,
which CVAT passes over, holds names, sizes and frames without boxes, so that reading gives them back.
"""

from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any

from .base import RowWriter
from .cvat_meta import FILE, SOURCES, AttributeNames, attribute_lines, corners, head, lost_of
from .cvat_video_reader import Reader
from .records import BoxRecord, FrameRecord, Images, SetRecord, Sink
from .spill import Gathered, Spool
from .xml_text import escaped, tag

__all__ = ["Reader", "Writer"]


class Writer(RowWriter):
    """Every box is a keyframe, so nothing is interpolated; after the last of a run the object is "outside".

    A box without a track is a track of its own. With images: images/frame_000000.jpg and so on.
    """

    holds = frozenset(
        {"label.color", "set.name", "box.source", "box.attributes", "box.z", "box.track", "frame.index"}
    )

    def __init__(self, sink: Sink, header: SetRecord, images: Images | None = None) -> None:
        super().__init__(sink, header, images)
        self.frame_list = Spool()
        self.tracks = Gathered()
        self.attributes = AttributeNames()
        self.count = 0
        self.size = (1, 1)

    def add(self, frame: FrameRecord) -> None:
        self.count_losses(frame)
        self.loss.add("frame_index", int(frame.index != self.count))
        if self.images:
            file = f"images/frame_{self.count:06d}{self.images.suffix_for(frame)}"
            self.sink.file(file, self.images.path_for(frame))
        self.size = (frame.width, frame.height) if not self.count else self.size
        name = self.said_name(frame)
        size = f'width="{frame.width}" height="{frame.height}"'
        self.frame_list.write(f'<frame number="{self.count}" name="{escaped(name)}" {size}/>\n')
        used: set[str] = set()
        for place, box in enumerate(frame.boxes):
            self._box(box, place, frame.source, used)
        self.count += 1

    def _box(self, box: BoxRecord, place: int, source: str, used: set[str]) -> None:
        self.number_of(box)
        self.attributes.see(box)
        for code in lost_of(box):
            self.loss.add(code)
        key, name = f"\0{self.count} {place}", ""
        if box.track is not None:
            shared = f"{source}\0{box.track}\0{box.label}\0{box.source}"
            if shared in used:  # one object cannot be at two places
                self.loss.add("box_track")
            else:
                key, name = shared, box.track
                used.add(shared)
        self.tracks.add_frame(key, (name, box.label, SOURCES[box.source]))
        self.tracks.add_box(key, (self.count, corners(box), "".join(attribute_lines(box))))

    def close(self) -> None:
        self.tracks.close_input()
        size = f"<original_size>{tag('width', self.size[0])}{tag('height', self.size[1])}</original_size>\n"
        frames = chain([size, "<frame_list>\n"], self.frame_list.lines(), ["</frame_list>\n"])
        start = head(self.header, "interpolation", self.count, self.attributes, frames)
        self.sink.text(FILE, chain(start, self._tracks(), ["</annotations>\n"]))

    def _tracks(self) -> Iterator[str]:
        for number, (_, (name, label, source), rows) in enumerate(self.tracks.streams()):
            yield f'<track id="{number}" name="{escaped(name)}" label="{escaped(label)}" source="{source}">\n'
            yield from self._rows(rows)
            yield "</track>\n"

    def _rows(self, rows: Iterator[Any]) -> Iterator[str]:
        for (frame, box, attributes), after in pairwise(chain(rows, [None])):
            yield f'<box frame="{frame}" outside="0" keyframe="1" {box}>\n{attributes}</box>\n'
            next_frame = after[0] if after else None
            if next_frame != frame + 1 and frame + 1 < self.count:
                yield f'<box frame="{frame + 1}" outside="1" keyframe="1" {box}>\n{attributes}</box>\n'
