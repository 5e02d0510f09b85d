"""A change of many boxes as a job, and its undo as another. Started by the admin; frame by frame, with progress.

The same kind of job changes frames (bulk_frames), and takes detections back (bulk_detection)."""

import uuid
from collections import Counter
from typing import Any
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _

from ..bulk.apply import apply_to_frame, undo_on_frame
from ..bulk.edit import MOST_BOXES, BulkEdit, preview_of
from ..models import Job, User
from . import bulk_detection, bulk_frames
from .bulk_start import ACCOUNT_GONE, BulkRefused, check_preview, enqueue
from .run import JobFailed, JobRun


class Payload(msgspec.Struct):
    """``frames``: for each, the revision that the preview saw and the ids of its boxes.

    ``undoes``: the job to take back, "" for none.
    """

    action: str
    gesture: str
    frames: list[tuple[int, int, list[UUID]]]
    label: str = ""
    undoes: str = ""


def check_size(edit: BulkEdit) -> None:
    """Raises BulkRefused."""
    if not 0 < len(edit.boxes) <= MOST_BOXES:
        text = _("Choose between 1 and %(most)s boxes. Nothing was changed.") % {"most": MOST_BOXES}
        raise BulkRefused("boxes", text)


def start_bulk(edit: BulkEdit, user: User, *, digest: str, within: int | None = None) -> Job:
    """``digest``: of the preview that the person saw. Raises BulkRefused where things are different by now."""
    check_size(edit)
    preview = preview_of(edit, within=within)
    check_preview(preview.digest, seen=digest, count=preview.boxes)
    frames = [
        (frame, preview.revisions[frame], [one.id for one in targets])
        for frame, targets in sorted(preview.changing.items())
    ]
    payload = Payload(edit.action, f"bulk-{uuid.uuid4()}", frames, edit.label)
    return enqueue(msgspec.to_builtins(payload), user, preview.projects)


def start_undo(job: Job, user: User) -> Job:
    """Takes back what the person did by ``job``, or what a detection did. Raises BulkRefused."""
    if job.kind in bulk_detection.KINDS:
        return bulk_detection.start_take_back(job, user)
    is_of_frames = "frame_edit" in job.payload
    done: Payload | bulk_frames.Payload = bulk_frames.payload_of(job) if is_of_frames else payload_of(job)
    if job.created_by_id != user.pk or done.undoes:
        raise BulkRefused("undo", _("Only who made a change of many boxes can take it back."))
    if isinstance(done, bulk_frames.Payload) and done.edit.action == "erase":
        raise BulkRefused("undo", _("What was deleted for ever cannot be brought back."))
    if job.state in (Job.State.QUEUED, Job.State.RUNNING):
        raise BulkRefused("busy", _("It is still running. Cancel it, or wait until it is done."))
    if not isinstance(done, Payload):
        return enqueue(bulk_frames.undo_of(job), user, projects_of(job))
    undo = Payload(done.action, done.gesture, done.frames, done.label, undoes=str(job.pk))
    return enqueue(msgspec.to_builtins(undo), user, projects_of(job))


def projects_of(job: Job) -> list[int]:
    return [job.project_id] if job.project_id else []


def payload_of(job: Job) -> Payload:
    return msgspec.convert(job.payload, Payload, strict=False)


def work(run: JobRun) -> None:
    """Taken up again it goes through all frames once more: what is done already changes nothing."""
    if "frame_edit" in run.payload:
        return bulk_frames.work(run)
    if "detection" in run.payload:
        return bulk_detection.work(run)
    payload = payload_of(run.job)
    run.total, run.done = len(payload.frames), 0
    counts: Counter[str] = Counter()
    user = run.job.created_by_id
    if user is None:
        raise JobFailed(ACCOUNT_GONE)
    for frame, seen, boxes in payload.frames:
        counts += one_frame(payload, frame, seen, boxes, user)
        run.result = {"counts": dict(counts), "gesture": payload.gesture}
        run.advance()


def one_frame(payload: Payload, frame: int, seen: int, boxes: list[UUID], user: int) -> Counter[str]:
    if payload.undoes:
        return Counter({"undone": int(undo_on_frame(frame, user_id=user, gesture=payload.gesture))})
    edit = BulkEdit(payload.action, boxes, payload.label)  # type: ignore[arg-type]  # written by start_bulk
    return apply_to_frame(edit, frame, boxes, user_id=user, gesture=payload.gesture, seen=seen)


def result_of(job: Job) -> dict[str, Any]:
    """Counts by outcome: done, undone, and why boxes were left out."""
    counts: dict[str, Any] = job.result.get("counts", {})
    return counts
