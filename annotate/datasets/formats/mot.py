"""MOT Challenge: per sequence gt/gt.txt, seqinfo.ini and, with images, img1/000001.jpg. See docs/formats.md.

A row is frame, track, left, top, width, height, 1, class, visibility. By the rule of MOT frames, classes and pixels are
counted from 1: left = our left edge + 1, top likewise; width and height stay. A box without a track has -1.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .base import RowWriter
from .mot_reader import LABELS_FILE, VISIBILITY, Reader
from .names import FileNames
from .records import BoxRecord, FrameRecord, Images, SetRecord, Sink
from .spill import Gathered

__all__ = ["Reader", "Writer"]


@dataclass(slots=True)
class Sequence:
    """Frames of one source and one size."""

    folder: str
    width: int
    height: int
    suffix: str = ".jpg"
    frames: int = 0
    tracks: dict[str, int] = field(default_factory=dict)


class Writer(RowWriter):
    """Tracks are numbered from 1 as they appear."""

    holds = frozenset({"frame.source", "frame.index", "box.track"})

    def __init__(self, sink: Sink, header: SetRecord, images: Images | None = None) -> None:
        super().__init__(sink, header, images)
        self.sequences: dict[tuple[str, int, int], Sequence] = {}
        self.rows = Gathered()
        self.folders = FileNames()

    def add(self, frame: FrameRecord) -> None:
        self.count_losses(frame)
        sequence = self._sequence(frame)
        self.loss.add("frame_index", int(frame.index != sequence.frames))
        sequence.frames += 1
        self.loss.add("frame_name")
        if self.images:
            sequence.suffix = self.images.suffix_for(frame)
            name = f"{sequence.folder}/img1/{sequence.frames:06d}{sequence.suffix}"
            self.sink.file(name, self.images.path_for(frame))
        for box in frame.boxes:
            self.rows.add_box(sequence.folder, self._row(sequence, box))

    def _sequence(self, frame: FrameRecord) -> Sequence:
        key = frame.source, frame.width, frame.height
        if key not in self.sequences:
            wanted = (frame.source or self.header.name or "sequence").replace("/", "_").replace("\\", "_")
            self.sequences[key] = Sequence(self.folders.stem_for(wanted), frame.width, frame.height)
        return self.sequences[key]

    def _row(self, sequence: Sequence, box: BoxRecord) -> str:
        track = -1
        if box.track is not None:
            track = sequence.tracks.setdefault(box.track, len(sequence.tracks) + 1)
            self.loss.add("track_name", int(str(track) != box.track))
        visibility = box.attributes.get(VISIBILITY)
        if not is_share(visibility):
            visibility = 1
        if set(box.attributes) - {VISIBILITY}:
            self.loss.add("box_attributes")
        left, top = box.edges.x1 + 1, box.edges.y1 + 1
        sides = box.edges.width, box.edges.height
        place = f"{left!r},{top!r},{sides[0]!r},{sides[1]!r}"
        return f"{sequence.frames},{track},{place},1,{self.number_of(box) + 1},{visibility}\n"

    def close(self) -> None:
        for sequence in self.sequences.values():
            self.rows.add_frame(sequence.folder, None)
            self.sink.text(f"{sequence.folder}/seqinfo.ini", info_lines(sequence))
            labels = (f"{label.name}\n" for label in self.header.labels)
            self.sink.text(f"{sequence.folder}/gt/{LABELS_FILE}", labels)
        self.rows.close_input()
        for folder, _, rows in self.rows.streams():
            self.sink.text(f"{folder}/gt/gt.txt", rows)


def is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def info_lines(sequence: Sequence) -> Iterator[str]:
    yield f"[Sequence]\nname={sequence.folder}\nimDir=img1\nframeRate=1\nseqLength={sequence.frames}\n"
    yield f"imWidth={sequence.width}\nimHeight={sequence.height}\nimExt={sequence.suffix}\n"
