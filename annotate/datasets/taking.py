"""One record of a file as the line that an import would write, or why it cannot be."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from ..media.refusals import Refused
from ..models import Frame, Source
from ..sync.apply import change_for
from ..sync.operations import Code, Command, FrameFacts, Refusal
from .box_rows import TRACK
from .formats.extras import lost_of_box, lost_of_frame
from .formats.records import BoxRecord, FrameRecord, Loss, RowError
from .import_rows import BoxLine, FrameLine, NewImage
from .matching import Match, original_of
from .pictures import prepare
from .workplace import Workplace

ANY_LABEL = 1
SOME_BOX = UUID(int=1)


class Unfit(Exception):
    """The record cannot be imported."""

    def __init__(self, record: FrameRecord, where: str, code: str, **values: Any) -> None:
        super().__init__(code)
        self.error = RowError(record.name, where, code, values)


class Taker:
    """Makes the lines. New images are decoded into the workplace as they come; ``unfit``: boxes that are refused;
    ``loss``: what the lines do not say any more of the records that became one, by code."""

    def __init__(self, place: Workplace) -> None:
        self.place = place
        self.unfit: list[RowError] = []
        self.loss = Loss()
        self.pictures = 0
        self.seen: set[int | bytes] = set()

    def line(self, record: FrameRecord, match: Match) -> FrameLine:
        """For a record that has a frame or brings an image. Raises Unfit, and Refused when the disk is full."""
        if record.status and record.status not in Frame.Status.values:
            raise Unfit(record, "", "unknown_status", status=record.status[:40])
        new = None if match.frame else self._new_image(record, match)
        self._once(record, match.frame.pk if match.frame else bytes.fromhex(new.original_md5 if new else ""))
        size = FrameFacts(record.width, record.height, frozenset({ANY_LABEL}))
        boxes = []
        for number, box in enumerate(record.boxes, 1):
            try:
                boxes.append(self._box(record, number, box, size))
            except Unfit as unfit:
                self.unfit.append(unfit.error)
        frame = match.frame.pk if match.frame else 0
        count_lost(self.loss, record, is_new=new is not None)
        return FrameLine(frame, record.width, record.height, record.name, record.status, boxes, new)

    def _once(self, record: FrameRecord, identity: int | bytes) -> None:
        if identity in self.seen:
            raise Unfit(record, "", "frame_twice")
        self.seen.add(identity)

    def _new_image(self, record: FrameRecord, match: Match) -> NewImage:
        if match.image is None:
            raise Unfit(record, "", "upload_gone")
        self.pictures += 1
        try:
            picture = prepare(self.place, self.pictures, match.image)
        except Refused as refused:
            if refused.refusal.code == "disk_full":
                raise
            raise Unfit(record, "", refused.refusal.code, **refused.refusal.values) from refused
        if (picture.width, picture.height) != (record.width, record.height):
            here = {"here_width": picture.width, "here_height": picture.height}
            raise Unfit(record, "", "size_differs", width=record.width, height=record.height, **here)
        kind = record.extra.get("source_kind", "")
        original = original_of(record)
        return NewImage(
            picture=self.pictures,
            name=record.name,
            md5=picture.md5,
            original_md5=original if is_md5(original) else match.md5,
            media_type=picture.media_type,
            source=record.source,
            source_kind=kind if kind in Source.Kind.values else "",
            index=record.index,
        )

    def _box(self, record: FrameRecord, number: int, box: BoxRecord, size: FrameFacts) -> BoxLine:
        """Checked by the rules that hold for everybody's edits (sync.apply)."""
        attributes = dict(box.attributes)
        if box.track is not None:
            attributes[TRACK] = box.track
        edges = box.edges
        fields = {"x1": edges.x1, "y1": edges.y1, "x2": edges.x2, "y2": edges.y2, "z": box.z}
        command = Command(
            1,
            "create",
            SOME_BOX,
            {**fields, "label": ANY_LABEL, "attributes": attributes},
            confidence=box.confidence,
        )
        try:
            check_flat(attributes)
            change = change_for(command, None, size)
        except Refusal as refusal:
            raise Unfit(record, str(number), "box_refused", reason=refusal.detail) from refusal
        stored = change.fields if change else command.fields
        box = as_stored(box)
        return BoxLine(
            label=box.label,
            x1=stored["x1"],
            y1=stored["y1"],
            x2=stored["x2"],
            y2=stored["y2"],
            id=box.id,
            source=box.source,
            status=box.status,
            feedback=box.feedback,
            confidence=box.confidence,
            attributes=stored["attributes"],
            z=stored["z"],
        )


def as_stored(box: BoxRecord) -> BoxRecord:
    """As the product knows boxes: only what a model said waits for a person, is rejected or rated.
    Whatever the file says did it, a box that nobody accepted never becomes one that somebody drew."""
    if box.source == "model":
        return box
    if box.status != "accepted":
        return replace(box, source="model")
    return replace(box, feedback="")


def count_lost(loss: Loss, record: FrameRecord, *, is_new: bool) -> None:
    """What the record says and an import does not take: who did what in another place, and the side of a split, which
    the image itself decides here (datasets.split)."""
    loss.add("frame_split", int(bool(record.split)))
    for code in lost_of_frame(record.extra):
        loss.add(code, int(is_new or code != "frame_blind"))
    for box in record.boxes:
        stored = as_stored(box)
        loss.add("human_proposal", int(stored.source != box.source))
        loss.add("box_feedback", int(stored.feedback != box.feedback))
        loss.add("box_confidence", int(stored.source == "human" and box.confidence is not None))
        loss.add("box_author", int(bool(box.author)))
        for code in lost_of_box(box.extra):
            loss.add(code)


def check_flat(attributes: dict[str, Any]) -> None:
    """Raises Refusal for what the wire does not allow either."""
    if any(isinstance(value, list | dict) for value in attributes.values()):
        raise Refusal(Code.INVALID, "an attribute is a list or an object")


def is_md5(text: str) -> bool:
    return len(text) == 32 and all(each in "0123456789abcdef" for each in text)
