"""Doing a bulk edit on one frame, and taking it back: one transaction, through submit() like every other edit.

Open screens get it live, the log has its author, and the whole of it is one gesture on every frame.
"""

import uuid
from collections import Counter
from collections.abc import Collection
from functools import partial
from uuid import UUID

from django.db import transaction

from ..models import Frame, locked_frames
from ..sync.fanout import announce
from ..sync.operations import STRICT_FIELDS, Accepted, BoxState, Command, Outcome
from ..sync.records import states_for
from ..sync.submit import Submission, submit
from .edit import WRITTEN, BulkEdit, labels_named

CHANGED, GONE, NO_LABEL, REFUSED = "changed", "gone", "no_label", "refused"
"""Why a box was left out: somebody changed what is to be written since the preview, it was deleted, ..."""


def apply_to_frame(
    edit: BulkEdit, frame_id: int, boxes: Collection[UUID], *, user_id: int, gesture: str, seen: int
) -> Counter[str]:
    """How many boxes were done, and how many left out, by reason. ``seen``: the revision that the preview was made of;
    what people wrote since stands. Done again after a crash, it changes nothing more."""
    with transaction.atomic():
        frame = locked_frames(Frame.objects.filter(pk=frame_id)).first()
        if frame is None:
            return Counter({GONE: len(boxes)})
        label = labels_named(edit.label, [frame.project_id]).get(frame.project_id)
        if edit.action == "relabel" and label is None:
            return Counter({NO_LABEL: len(boxes)})
        found = {box: state for box, (on, state) in states_for(boxes).items() if on == frame_id}
        counts = Counter({GONE: len(boxes) - len(found)})
        commands: list[Command] = []
        for box, state in found.items():
            why = why_left_out(state, edit, seen, gesture_label=label)
            if why == "":
                commands.append(command_for(edit, box, state, label, gesture, len(commands) + 1))
            elif why != "done":
                counts[why] += 1
        outcomes = submitted(frame_id, user_id, commands)
        counts["done"] = sum(isinstance(outcome, Accepted) for outcome in outcomes)
        counts[REFUSED] = len(outcomes) - counts["done"]
        transaction.on_commit(partial(announce, frame_id))
    return +counts


def why_left_out(state: BoxState, edit: BulkEdit, seen: int, *, gesture_label: int | None) -> str:
    """Empty: it is to be done. ``done``: it is so already."""
    if state.is_deleted:
        return "done" if edit.action == "delete" else GONE
    field, value = (
        ("label", gesture_label) if edit.action == "relabel" else ("status", WRITTEN.get(edit.action))
    )
    if edit.action != "delete" and state.fields[field] == value:
        return "done"
    newest = max(state.versions.values()) if edit.action == "delete" else state.versions[field]
    return CHANGED if newest > seen else ""


def command_for(
    edit: BulkEdit, box: UUID, state: BoxState, label: int | None, gesture: str, counter: int
) -> Command:
    if edit.action == "delete":
        return Command(counter=counter, kind="delete", box=box, gesture=gesture)
    fields = {"label": label} if edit.action == "relabel" else {"status": WRITTEN[edit.action]}
    base = {name: state.versions[name] for name in fields if name in STRICT_FIELDS}
    return Command(counter=counter, kind="set", box=box, fields=fields, base=base, gesture=gesture)


def undo_on_frame(frame_id: int, *, user_id: int, gesture: str) -> bool:
    """Takes the gesture of that person back as far as nobody changed the same since; whether anything was."""
    with transaction.atomic():
        command = Command(counter=1, kind="undo", gesture=f"undo-{gesture}", target=gesture)
        [outcome] = submitted(frame_id, user_id, [command])
        transaction.on_commit(partial(announce, frame_id))
    return isinstance(outcome, Accepted) and outcome.first is not None


def submitted(frame_id: int, user_id: int, commands: list[Command]) -> list[Outcome]:
    if not commands:
        return []
    return submit(frame_id, [Submission(uuid.uuid4(), user_id, commands, "admin")]).outcomes[0]
