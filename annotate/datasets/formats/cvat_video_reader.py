"""Reads CVAT's tracks: boxes between two keyframes are interpolated, as CVAT does it."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from . import checks
from .checks import Bad
from .cvat_meta import CvatReader, iter_text, source_of
from .files import cannot
from .records import OF_VIDEO, BoxRecord, FrameRecord
from .spill import Gathered

MAX_FRAMES = 1_000_000
MAX_BOXES = 10_000_000
"""A track says two boxes and means one per frame: a small file may mean very many."""


class Reader(CvatReader):
    """A frame without a name in the file is "frame_000012"; its size is the video's, or asked for.

    Within a track, from one box to the next: nothing where the first is "outside"; otherwise edges move in
    proportion, and label, order and attributes stay those of the first. The last box stays to the end of the video.
    """

    wanted = frozenset({"meta", "track", "image"})

    def frames(self) -> Iterator[FrameRecord]:
        self.header()
        gathered = Gathered()
        count = self._frames(gathered)
        for place, element in self.elements():
            if element.tag == "track":
                self.count_shapes(element)
                self._track(place, element, count, gathered)
        gathered.close_input()
        yield from self._sweep(gathered)

    def _frames(self, gathered: Gathered) -> int:
        """Puts the frames in; how many there are."""
        listed = self.meta.findall("*/frame_list/frame")
        if listed:
            for number, element in enumerate(listed):
                row = (element.get("name"), element.get("width"), element.get("height"))
                gathered.add_frame(str(number), row)
            return len(listed)
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

    def _largest(self) -> int:
        """The last frame that a track names. Raises Bad."""
        frames = [
            checks.integer(box.get("frame") or "") for _, one in self.elements() for box in one.iter("box")
        ]
        return max(frames, default=-1)

    def _track(self, place: str, track: Element, count: int, gathered: Gathered) -> None:
        """Its stretches: (first frame, last frame, values at the first, values after the last or None)."""
        try:
            label = self.known_label(track.get("label"))
            name = checks.text(track.get("name", track.get("id") or ""))
        except Bad as bad:
            self.fail(self.file, place, bad)
            return
        shared = (label, source_of(track.get("source")), name or None)
        keys: list[tuple[int, bool, Any, str]] = []
        for number, box in enumerate(track.iterfind("box")):
            where = f"{place}/box[{number}]"
            try:
                frame = checks.integer(box.get("frame") or "")
                if not 0 <= frame < count:
                    raise Bad("unknown_frame", frame=frame, count=count)
                keys.append((frame, box.get("outside") == "1", self.values_of(box), where))
            except Bad as bad:
                self.fail(self.file, where, bad)
        keys.sort(key=lambda key: key[0])
        for place_of_key, (frame, outside, values, where) in enumerate(keys):
            after = keys[place_of_key + 1] if place_of_key + 1 < len(keys) else None
            last = after[0] - 1 if after else count - 1
            if not outside and last >= frame:
                row = (frame, last, values, (after[0], after[2]) if after else None, shared, where)
                gathered.add_box(str(frame), row)

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


def box_at(number: int, row: Any, width: int, height: int) -> BoxRecord:
    """Raises Bad."""
    first, _, (*start, z, attributes), after, (label, source, track), _ = row
    places = start
    if after and number > first:
        share = (number - first) / (after[0] - first)
        places = [low + (high - low) * share for low, high in zip(start, after[1][:4], strict=True)]
    edges = checks.edges(places[0], places[1], places[2], places[3], width, height)
    return BoxRecord(label, edges, source=source, attributes=attributes, z=z, track=track)
