"""Reads MOT Challenge: every gt.txt of the folder; where there is none, every det.txt, as proposals of a model."""

import configparser
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from . import checks
from .base import RowReader
from .checks import Bad
from .files import cannot
from .names import IMAGE_SUFFIXES, split_suffix
from .records import OF_VIDEO, BoxRecord, FrameRecord, SetRecord
from .spill import Gathered

LABELS_FILE = "labels.txt"
VISIBILITY = "visibility"
MAX_FRAMES = 1_000_000
LONGEST_LINE = 4096
NUMBERED = re.compile(r"[0-9]{6}")
"""What an image is called, without its ending."""
CLASSES = (
    *("Pedestrian", "Person on vehicle", "Car", "Bicycle", "Motorbike", "Non-motorized vehicle"),
    *("Static person", "Distractor", "Occluder", "Occluder on the ground", "Occluder full", "Reflection"),
)
"""Of MOT16 and later, where no labels.txt says others."""


@dataclass(frozen=True, slots=True)
class Info:
    """Of seqinfo.ini; 0 or "" where it does not say."""

    length: int = 0
    width: int = 0
    height: int = 0
    suffix: str = ""


class Reader(RowReader):
    """A frame is called as its image in the folder: "<sequence>/img1/000001.jpg"."""

    @property
    def rows_files(self) -> list[str]:
        found = self.files.called("gt.txt") or self.files.called("det.txt")
        if not found:
            raise cannot("", "", "nothing_found", wanted="gt/gt.txt")
        return found

    def header(self) -> SetRecord:
        _ = self.rows_files
        self.labels = {}
        files = self.files.called(LABELS_FILE)
        for file in files:
            for number, line in enumerate(self.files.lines(file, LONGEST_LINE), 1):
                if line.strip() and line.strip() not in self.labels:
                    self._add(file, str(number), line)
        if not files:
            for name in CLASSES:
                self._add("", "", name)
        return self.set_record()

    def _add(self, file: str, where: str, name: str) -> None:
        try:
            self.add_label(name)
        except Bad as bad:
            raise cannot(file, where, bad.code, **bad.values) from bad

    def frames(self) -> Iterator[FrameRecord]:
        if not self.labels:
            self.header()
        for file in self.rows_files:
            yield from self._sequence(file)

    def _sequence(self, file: str) -> Iterator[FrameRecord]:
        folder = file.rpartition("/")[0]
        folder = folder.rpartition("/")[0] if folder.rpartition("/")[2] in {"gt", "det"} else folder
        prefix = f"{folder}/" if folder else ""
        try:
            info = self._info(f"{prefix}seqinfo.ini")
        except Bad as bad:
            raise cannot(f"{prefix}seqinfo.ini", "", bad.code, **bad.values) from bad
        last, suffix = self._images_in(f"{prefix}img1/")
        suffix = info.suffix or suffix
        gathered, largest = self._gather(file, info)
        for number in range(1, (info.length or max(largest, last)) + 1):
            gathered.add_frame(str(number), number)
        gathered.close_input()
        source = folder.rpartition("/")[2]
        for _, number, rows in gathered.frames():
            try:
                name = self.new_name(f"{prefix}img1/{number:06d}{suffix}")
                width, height = self.size_of(name, info.width or None, info.height or None)
            except Bad as bad:
                self.fail(file, f"frame[{number}]", bad)
                continue
            boxes = []
            for where, columns in rows:
                try:
                    if box := self._box(columns, width, height):
                        boxes.append(box)
                except Bad as bad:
                    self.fail(file, where, bad)
            yield FrameRecord(
                name, width, height, tuple(boxes), source=source, index=number - 1, extra=dict(OF_VIDEO)
            )

    def _gather(self, file: str, info: Info) -> tuple[Gathered, int]:
        """The rows by frame, and the last frame that they name."""
        gathered, largest = Gathered(), 0
        for number, line in enumerate(self.files.lines(file, LONGEST_LINE), 1):
            if not line.strip():
                continue
            columns = line.strip().split(",")
            try:
                if not 6 <= len(columns) <= 10:
                    raise Bad("bad_columns", found=len(columns), wanted="9")
                frame = checks.integer(columns[0])
                if not 1 <= frame <= (info.length or MAX_FRAMES):
                    raise Bad("unknown_frame", frame=frame, count=info.length or MAX_FRAMES)
                gathered.add_box(str(frame), (str(number), [checks.number(one) for one in columns[1:]]))
                largest = max(largest, frame)
            except Bad as bad:
                self.fail(file, str(number), bad)
        return gathered, largest

    def _box(self, columns: list[float], width: int, height: int) -> BoxRecord | None:
        """None for what the file says is to be ignored."""
        track, x, y, w, h = columns[:5]
        flag = columns[5] if len(columns) > 5 else 1.0
        number = checks.integer(columns[6]) if len(columns) > 6 else -1
        visible = columns[7] if len(columns) > 7 else 1.0
        is_detection = number == -1 and len(columns) > 5
        if not flag and not is_detection:
            self.loss.add("ignored")
            return None
        edges = checks.edges(x - 1, y - 1, x - 1 + w, y - 1 + h, width, height)
        label = self._label(max(number, 1))
        name = str(checks.integer(track)) if track >= 0 else None
        if is_detection:
            score = checks.confidence(flag)
            return BoxRecord(label, edges, source="model", status="proposed", confidence=score, track=name)
        attributes = {VISIBILITY: visible} if 0 <= visible < 1 else {}
        return BoxRecord(label, edges, attributes=attributes, track=name)

    def _label(self, number: int) -> str:
        if number > len(self.labels):
            raise Bad("unknown_class", number=number, count=len(self.labels))
        return list(self.labels)[number - 1]

    def _info(self, file: str) -> Info:
        """Raises Bad."""
        if not self.files.has(file):
            return Info()
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(self.files.small(file))
            section = dict(parser["Sequence"])
        except (configparser.Error, KeyError) as error:
            raise Bad("bad_seqinfo") from error
        length = checks.integer(section.get("seqlength", "0"))
        if not 0 <= length <= MAX_FRAMES:
            raise Bad("too_many_frames", limit=MAX_FRAMES)
        width, height = (checks.integer(section.get(name, "0")) for name in ("imwidth", "imheight"))
        suffix = section.get("imext", "").lower()
        return Info(length, width, height, suffix if suffix in IMAGE_SUFFIXES else "")

    def _images_in(self, folder: str) -> tuple[int, str]:
        """The last number of the images that came along, 0 of none, and their ending. CVAT writes no seqinfo.ini, and
        often PNG; without them images without a box at the end would be forgotten."""
        last, ending = 0, ".jpg"
        names = self.files.names()  # sorted: those of a folder stand together
        for name in takewhile(lambda one: one.startswith(folder), names[bisect_left(names, folder) :]):
            stem, suffix = split_suffix(name.removeprefix(folder))
            if suffix and NUMBERED.fullmatch(stem):
                last, ending = max(last, int(stem)), suffix
        return last, ending
