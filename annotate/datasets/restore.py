"""The boxes of a version brought back, as new edits on top of all that happened since: nothing is overwritten for good.

Frame by frame, each in one transaction and as one gesture of whoever asked, which undo takes back. A frame that is
done is like the version, so an interrupted restore goes on where it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from ..models import Box, Frame, Label, User, locked_frames
from ..sync.fanout import announce
from ..sync.operations import EDGES, BoxState, Command, Refused
from ..sync.records import BOX_COLUMNS, state_of
from ..sync.submit import FrameMissing, Submission, submit
from .box_rows import TRACK
from .formats.records import BoxRecord, FrameRecord
from .manifest import ManifestLabel

SEEN_ALL = 2**62
"""A base newer than every revision: whatever was decided since is what shall be taken back."""


@dataclass(frozen=True, slots=True)
class Restored:
    """Of one frame. ``changed``: whether anything was to be done. ``refused``: boxes that could not be brought back,
    because their label is no longer in use."""

    changed: bool
    refused: int


def restore_frame(
    record: FrameRecord, frame_id: int, labels: Mapping[str, int], *, user: User, key: UUID
) -> Restored | None:
    """None when the frame is gone. ``labels``: the id of each label that may be given, by the name it has in the
    version. ``key``: of the restore as a whole."""
    with transaction.atomic():
        if not locked_frames(Frame.objects.filter(pk=frame_id)).exists():
            return None
        rows = Box.objects.filter(frame=frame_id).values_list(*BOX_COLUMNS)
        plan = plan_for(record.boxes, {box.id: box for box in map(state_of, rows)}, labels)
        if not plan.edits:
            return Restored(False, plan.without_label)
        commands = numbered(plan.edits, f"restore:{key.hex}")
        try:
            result = submit(frame_id, [Submission(uuid5(key, str(frame_id)), user.pk, commands)])
        except FrameMissing:
            return None
        transaction.on_commit(partial(announce, frame_id))
    refused = sum(isinstance(outcome, Refused) for outcome in result.outcomes[0])
    return Restored(bool(result.operations), refused + plan.without_label)


Edit = tuple[str, UUID, dict[str, Any], dict[str, Any]]
"""Kind, box, fields, and what else Command takes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``without_label``: boxes whose label can no longer be given; they stay as they are, or away."""

    edits: list[Edit]
    without_label: int


def plan_for(
    wanted: Sequence[BoxRecord], present: Mapping[UUID, BoxState], labels: Mapping[str, int]
) -> Plan:
    """What makes ``present`` (deleted ones too) into ``wanted``. Pure."""
    kept = {UUID(box.id) for box in wanted}
    edits: list[Edit] = []
    edits += [("delete", pk, {}, {}) for pk, box in present.items() if pk not in kept and not box.is_deleted]
    without_label = 0
    for record in wanted:
        pk = UUID(record.id)
        box = present.get(pk)
        fields = fields_of(record, labels)
        has_label = box is not None and box.fields["label"] == record.extra.get("label_id")
        without_label += "label" not in fields and not has_label
        if box is None:
            edits += creation(record, pk, fields) if "label" in fields else []
            continue
        if box.is_deleted:
            edits.append(("restore", pk, {}, {}))
        edits += corrections(
            box, {name: value for name, value in fields.items() if box.fields[name] != value}
        )
    return Plan(edits, without_label)


def fields_of(record: BoxRecord, labels: Mapping[str, int]) -> dict[str, Any]:
    """Without the label where it can no longer be given."""
    track = {} if record.track is None else {TRACK: record.track}
    fields = {name: getattr(record.edges, name) for name in EDGES}
    fields |= {"attributes": {**record.attributes, **track}, "z": record.z}
    fields |= {"status": record.status, "feedback": record.feedback}
    return fields | ({"label": labels[record.label]} if record.label in labels else {})


def creation(record: BoxRecord, pk: UUID, fields: dict[str, Any]) -> list[Edit]:
    detection = record.extra.get("detection")
    marks = {"source": record.source, "confidence": record.confidence}
    return [("create", pk, fields, {**marks, "detection": UUID(detection) if detection else None})]


def corrections(box: BoxState, changed: dict[str, Any]) -> list[Edit]:
    """Whoever moves an open proposal accepts it (sync.apply): one that shall stay open is opened again."""
    if not changed:
        return []
    base = {"base": dict.fromkeys(changed, SEEN_ALL)}
    edits: list[Edit] = [("set", box.id, changed, base)]
    is_open = box.source == "model" and box.fields["status"] == "proposed" and "status" not in changed
    if is_open and not changed.keys().isdisjoint({*EDGES, "label"}):
        edits.append(("set", box.id, {"status": "proposed"}, {"base": {"status": SEEN_ALL}}))
    return edits


def numbered(edits: Sequence[Edit], gesture: str) -> list[Command]:
    return [
        Command(number, kind, box=pk, fields=fields, gesture=gesture, **rest)  # type: ignore[arg-type]
        for number, (kind, pk, fields, rest) in enumerate(edits, 1)
    ]


def labels_now(project_id: int, labels: Sequence[ManifestLabel]) -> dict[str, int]:
    """The labels in use today by the names they had then: by their id, else by the same name."""
    active = dict(Label.objects.filter(project=project_id, is_active=True).values_list("pk", "name"))
    by_name = {name.casefold(): pk for pk, name in active.items()}
    found = {one.name: one.id if one.id in active else by_name.get(one.name.casefold()) for one in labels}
    return {name: pk for name, pk in found.items() if pk is not None}


def frame_now(project_id: int, frame_id: int, record: FrameRecord) -> int | None:
    """The frame itself, or the one that shows the same image where it was deleted and added again."""
    frames = Frame.objects.filter(project=project_id)
    same = frames.filter(original_md5=record.extra.get("original_md5", ""))
    return (
        frames.filter(pk=frame_id).values_list("pk", flat=True).first()
        or same.values_list("pk", flat=True).first()
    )
