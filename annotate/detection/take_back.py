"""Taking a detection back on one frame: what it proposed and nobody has touched goes, what it replaced comes back.

By operations like everything else: live on open screens, in the log under the name of who did it. They are a machine's
all the same, as those of the detection were: they begin no work on a frame, and say nothing about the model.
"""

import uuid
from collections import Counter
from functools import partial
from itertools import count
from uuid import UUID

from django.db import transaction
from django.db.models import F

from ..models import DetectionFrame, Frame, Operation, locked_frames
from ..sync.apply import edges_of
from ..sync.fanout import announce
from ..sync.operations import BoxState, Command
from ..sync.records import states_for
from ..sync.snapshot import snapshot_of
from ..sync.submit import Submission, submit
from .log import brought_back, gesture_of, is_outdated, undo_gesture_of
from .plan import is_same_object, is_untouched_proposal

REMOVED, BACK, JUDGED, NOT_BACK, AWAY = "removed", "brought_back", "judged", "not_back", "away"
"""What became of proposals: taken away; those before them restored; kept, as people touched them; those before them
left deleted, as something else is there by now. AWAY: frames that are gone."""


def take_back_on(detection: UUID, frame_id: int, *, user_id: int) -> Counter[str]:
    """How many boxes, by what became of them. Done again it changes nothing more."""
    with transaction.atomic():
        frame = locked_frames(Frame.objects.filter(pk=frame_id)).first()
        if frame is None:
            return Counter({AWAY: 1})
        row = DetectionFrame.objects.filter(detection=detection, frame=frame).first()
        if row is None:
            return Counter()
        made, replaced = boxes_of(detection, frame_id)
        living = {state.id: state for state in snapshot_of(frame_id).boxes}
        back = brought_back(frame_id, living.values())
        own = [living[box] for box in made if box in living]
        removing = [state.id for state in own if is_untouched_proposal(state, is_back=state.id in back)]
        gone = still_deleted(replaced)
        around = [state for state in living.values() if state.id not in removing]
        is_old = is_outdated(frame_id, row.revision)
        restoring = [] if is_old else [one.id for one in gone if not is_taken(one, around)]
        write(frame_id, user_id, undo_gesture_of(detection), removing, restoring)
    return +Counter(
        {
            REMOVED: len(removing),
            BACK: len(restoring),
            JUDGED: len(own) - len(removing),
            NOT_BACK: len(gone) - len(restoring),
        }
    )


def boxes_of(detection: UUID, frame_id: int) -> tuple[list[UUID], dict[UUID, int]]:
    """What it proposed on the frame, and what it replaced, with the revision in which that was deleted."""
    log = Operation.objects.filter(frame=frame_id, gesture=gesture_of(detection), origin="model")
    rows = list(log.order_by("revision").values_list("kind", "box_id", "revision"))
    made = [box for kind, box, _revision in rows if kind == Operation.Kind.CREATE]
    return made, {box: revision for kind, box, revision in rows if kind == Operation.Kind.DELETE}


def still_deleted(replaced: dict[UUID, int]) -> list[BoxState]:
    """Those that nobody restored, or restored and deleted again, since."""
    states = [state for _frame, state in states_for(replaced).values()]
    return [state for state in states if state.is_deleted and state.versions["deleted"] == replaced[state.id]]


def is_taken(box: BoxState, around: list[BoxState]) -> bool:
    """Whether the same object has a box by now."""
    return any(is_same_object(other, edges_of(box), box.fields["label"]) for other in around)


def write(frame_id: int, user_id: int, gesture: str, removing: list[UUID], restoring: list[UUID]) -> None:
    number = count(1)
    commands = [Command(next(number), "delete", box=box, gesture=gesture) for box in removing]
    commands += [Command(next(number), "restore", box=box, gesture=gesture) for box in restoring]
    if not commands:
        return
    submit(frame_id, [Submission(uuid.uuid4(), user_id, commands, "model")])
    Frame.objects.filter(pk=frame_id).update(detections_revision=F("detections_revision") + 1)
    transaction.on_commit(partial(announce, frame_id))
