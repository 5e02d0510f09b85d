"""Reads CVAT's tracks: boxes between two keyframes are interpolated, as CVAT does it."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from . import checks
from .checks import Bad
from .cvat_meta import FRAME_LIST, OTHER_SHAPES, CvatReader, iter_text, source_of
from .files import cannot
from .records import OF_VIDEO, BoxRecord, FrameRecord
from .spill import Gathered
from .xml_stream import records

MAX_FRAMES = 1_000_000
MAX_BOXES = 10_000_000
"""A track says two boxes and means one per frame: a small file may mean very many."""
REORDERED = 1000
"""So many boxes may a box of a track come too late."""


class Reader(CvatReader):
    """A frame without a name in the file is "frame_000012"; its size is the video's, or asked for.

    Within a track, from one box to the next: nothing where the first is "outside"; otherwise edges move in
    proportion, and label, order and attributes stay those of the first. The last box stays to the end of the video.
    """

    wanted = frozenset({"meta", "box", "image", *OTHER_SHAPES})
    opened = frozenset({"track"})

    def frames(self) -> Iterator[FrameRecord]:
        self.header()
        gathered = Gathered()
        count = self._frames(gathered)
        track: Track | None = None
        for place, element in self.elements():
            if element.tag == "track":
                if track is not None:
                    track.close()
                track = self._track(place, element, Span(count, gathered))
            elif track is not None:
                self._part(track, element)
        if track is not None:
            track.close()
        gathered.close_input()
        yield from self._sweep(gathered)

    def _frames(self, gathered: Gathered) -> int:
        """Puts the frames in; how many there are."""
        listed = 0
        for element in self._listed():
            row = (element.get("name"), element.get("width"), element.get("height"))
            gathered.add_frame(str(listed), row)
            listed += 1
        if listed:
            return listed
        try:
            count = checks.integer(next(iter_text(self.meta, "size"), 0)) or 1 + self._largest()
            if not 0 <= count <= MAX_FRAMES:
                raise Bad("too_many_frames", limit=MAX_FRAMES)
        except Bad as bad:
            raise cannot(self.file, "meta", bad.code, **bad.values) from bad
        size = self.meta.find("*/original_size")
        sides = [size.findtext(side) for side in ("width", "height")] if size is not None else [None, None]
        for number in range(count):
            gathered.add_frame(str(number), (f"frame_{number:06d}", *sides))
        return count

    def _listed(self) -> Iterator[Element]:
        """The frames of a list, one at a time. Raises CannotRead."""
        is_in_list = False
        with self.files.open(self.file) as data:
            opened = frozenset({FRAME_LIST, "track"})
            for _, element in records(data, self.file, frozenset({"frame"}), opened=opened):
                if element.tag == "track" and is_in_list:
                    return
                is_in_list |= element.tag == FRAME_LIST
                if is_in_list and element.tag == "frame":
                    yield element

    def _largest(self) -> int:
        """The last frame that a track names. Raises Bad."""
        frames = [
            checks.integer(box.get("frame") or "") for _, one in self.elements() for box in one.iter("box")
        ]
        return max(frames, default=-1)

    def _track(self, place: str, track: Element, span: "Span") -> "Track | None":
        """None, and its boxes are passed over, when it has no label that is known."""
        try:
            label = self.known_label(track.get("label"))
            name = checks.text(track.get("name", track.get("id") or ""))
        except Bad as bad:
            self.fail(self.file, place, bad)
            return None
        return Track(place, (label, source_of(track.get("source")), name or None), span)

    def _part(self, track: "Track", element: Element) -> None:
        if element.tag in OTHER_SHAPES:
            self.loss.add("shape")
        if element.tag != "box":
            return
        where = track.next_place()
        try:
            frame = checks.integer(element.get("frame") or "")
            if not 0 <= frame < track.span.count:
                raise Bad("unknown_frame", frame=frame, count=track.span.count)
            track.add(Key(frame, track.boxes, element.get("outside") == "1", self.values_of(element), where))
        except Bad as bad:
            self.fail(self.file, where, bad)

    def _sweep(self, gathered: Gathered) -> Iterator[FrameRecord]:
        active: list[Any] = []
        total = 0
        for key, (name, width, height), started in gathered.frames():
            number = int(key)
            active = [row for row in active if row[1] >= number] + started
            total += len(active)
            if total > MAX_BOXES:
                raise cannot(self.file, "", "too_many_boxes", limit=MAX_BOXES)
            try:
                yield self._frame(number, self.new_name(name), width, height, active)
            except Bad as bad:
                self.fail(self.file, f"frame[{number}]", bad)

    def _frame(self, number: int, name: str, width: Any, height: Any, active: list[Any]) -> FrameRecord:
        sides = self.size_of(name, width, height)
        boxes = []
        for row in active:
            try:
                boxes.append(box_at(number, row, *sides))
            except Bad as bad:
                self.fail(self.file, row[5], bad)
        source = next(iter_text(self.meta, "source"), "")
        extra = dict(OF_VIDEO)
        return FrameRecord(name, *sides, tuple(boxes), source=checks.shown(source), index=number, extra=extra)


class Key(NamedTuple):
    """A box as the file has it. ``number``: its place in the track, so that keys are in one order. ``values``: edges,
    order, attributes."""

    frame: int
    number: int
    outside: bool
    values: Any
    where: str


@dataclass(frozen=True, slots=True)
class Span:
    """How many frames there are, and where stretches of tracks go."""

    count: int
    gathered: Gathered


class Track:
    """Makes stretches of its boxes: (first frame, last frame, values at the first, values after the last or None).

    Few of them are in memory: tracks are written in the order of the frames, or nearly so.
    """

    def __init__(self, place: str, shared: tuple[str, str, str | None], span: Span) -> None:
        self.place = place
        self.shared = shared
        self.span = span
        self.boxes = 0
        self.waiting: list[Key] = []
        self.before: Key | None = None

    def next_place(self) -> str:
        """Where the box is that comes next."""
        self.boxes += 1
        return f"{self.place}/box[{self.boxes - 1}]"

    def add(self, key: Key) -> None:
        """Raises Bad for a box that comes more than REORDERED boxes too late."""
        if self.before is not None and key.frame < self.before.frame:
            raise Bad("track_order", limit=REORDERED)
        heapq.heappush(self.waiting, key)
        if len(self.waiting) > REORDERED:
            self._take(heapq.heappop(self.waiting))

    def close(self) -> None:
        while self.waiting:
            self._take(heapq.heappop(self.waiting))
        self._write(None)

    def _take(self, key: Key) -> None:
        self._write(key)
        self.before = key

    def _write(self, after: Key | None) -> None:
        key = self.before
        last = after.frame - 1 if after else self.span.count - 1
        if key is None or key.outside or last < key.frame:
            return
        following = (after.frame, after.values) if after else None
        row = (key.frame, last, key.values, following, self.shared, key.where)
        self.span.gathered.add_box(str(key.frame), row)


def box_at(number: int, row: Any, width: int, height: int) -> BoxRecord:
    """Raises Bad."""
    first, _, (*start, z, attributes), after, (label, source, track), _ = row
    places = start
    if after and number > first:
        share = (number - first) / (after[0] - first)
        places = [low + (high - low) * share for low, high in zip(start, after[1][:4], strict=True)]
    edges = checks.edges(places[0], places[1], places[2], places[3], width, height)
    return BoxRecord(label, edges, source=source, attributes=attributes, z=z, track=track)
