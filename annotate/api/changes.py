"""Changing many boxes or images of a project at once: first look, then do, then perhaps take it back.

A preview says what would be and gives a ``digest`` of it; only with that digest is anything started, and only while it
still holds. The job goes image by image, and what people change meanwhile stands.
"""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from msgspec import Meta, Struct

from ..access import Refused, Role, at_least
from ..actions import changes
from ..bulk.edit import MOST_BOXES, BulkEdit
from ..bulk.edit import Preview as BoxesPreview
from ..bulk.edit import preview_of as boxes_preview
from ..comments import CommentRefused
from ..jobs.bulk import check_size as check_boxes
from ..jobs.bulk import start_bulk, start_undo
from ..jobs.bulk_detection import KINDS as DETECTIONS
from ..jobs.bulk_frames import MOST_FRAMES, FrameEdit, start_frames
from ..jobs.bulk_frames import Preview as FramesPreview
from ..jobs.bulk_frames import check_size as check_frames
from ..jobs.bulk_frames import preview_of as frames_preview
from ..jobs.bulk_start import BulkRefused
from ..jobs.take_back import take_back
from ..models import Job, Project
from .assignments import Work
from .calls import Call, Problem, invalid
from .frames import Id
from .jobs import JobInfo, info_of, job_in
from .routes import Scope, route

Digest = Annotated[str, Meta(min_length=64, max_length=64)]
LATE = {409: "It is not as the preview showed it any more, or there is nothing to change."}
WRONG = {"boxes", "frames"}
"""Codes of refusals that are the sender's mistake."""


class BoxChange(Struct, forbid_unknown_fields=True):
    """``label``: name of the new one, for relabel alone."""

    action: Literal["accept", "reject", "relabel", "delete"]
    boxes: Annotated[list[UUID], Meta(min_length=1, max_length=MOST_BOXES)]
    label: Annotated[str, Meta(max_length=80, pattern="^[^\\x00]*$")] = ""


class DoBoxChange(BoxChange, forbid_unknown_fields=True, kw_only=True):
    digest: Digest


class FrameChange(Struct, forbid_unknown_fields=True):
    """``status``: for set_status. ``reason``: for send_back; it becomes a comment on each. ``user``, ``work``,
    ``due_on``: for assign; no user takes away what was given. set_aside takes images out of every list, queue, export
    and version, with all that was drawn kept; put_back brings them back."""

    action: Literal["set_status", "send_back", "assign", "set_aside", "put_back"]
    frames: Annotated[list[Id], Meta(min_length=1, max_length=MOST_FRAMES)]
    status: Literal["to_annotate", "in_progress", "complete"] | None = None
    reason: Annotated[str, Meta(max_length=2000)] = ""
    user: Id | None = None
    work: Work = "annotate"
    due_on: date | None = None


class DoFrameChange(FrameChange, forbid_unknown_fields=True, kw_only=True):
    digest: Digest


class Preview(Struct):
    """``changing``: how many boxes, or images, would change, on ``frames`` images. ``unchanged``: are so already.
    ``left_out``: by reason: gone, no_label, no_member. ``digest``: send it back to have it done."""

    changing: int
    frames: int
    unchanged: int
    left_out: dict[str, int]
    digest: str


def preview_info(found: BoxesPreview | FramesPreview, changing: int) -> Preview:
    left_out = {name: number for name, number in found.left_out.items() if number}
    return Preview(changing, len(found.changing), found.unchanged, left_out, found.digest)


def refused_by(refused: BulkRefused) -> Problem:
    return Problem(422 if refused.code in WRONG else 409, str(refused), code=refused.code)


def box_edit(body: BoxChange) -> BulkEdit:
    if body.action == "relabel" and not body.label:
        raise invalid({"label": [_("Name the new label.")]})
    edit = BulkEdit(body.action, body.boxes, body.label)
    try:
        check_boxes(edit)
    except BulkRefused as refused:
        raise refused_by(refused) from refused
    return edit


def frame_edit(body: FrameChange) -> FrameEdit:
    """Raises Problem."""
    if body.action == "set_status":
        if body.status is None:
            raise invalid({"status": [_("Name the new status.")]})
        edit = FrameEdit("status", body.frames, status=body.status)
    elif body.action == "send_back":
        try:
            edit = changes.sending_back(body.frames, body.reason)
        except CommentRefused as refused:
            raise invalid({"reason": [str(refused)]}) from refused
    elif body.action == "assign":
        edit = changes.giving(body.frames, body.user, body.work, body.due_on)
    else:
        edit = FrameEdit(body.action, body.frames)
    try:
        check_frames(edit)
    except BulkRefused as error:
        raise refused_by(error) from error
    return edit


def queued(call: Call, project: Project, job: Job) -> JobInfo:
    call.headers["Location"] = f"/api/v1/projects/{project.pk}/jobs/{job.pk}"
    return info_of(job, call.user, call.role)


@route(
    "POST",
    "projects/<id:project_id>/boxes/change/preview",
    role=Role.REVIEWER,
    scope=Scope.READ,
    takes_key=False,
)
def preview_boxes(call: Call, project: Project, body: BoxChange) -> Preview:
    """What a change of many boxes would do. Nothing is changed."""
    found = boxes_preview(box_edit(body), within=project.pk)
    return preview_info(found, found.boxes)


@route("POST", "projects/<id:project_id>/boxes/change", role=Role.REVIEWER, status=202, also=LATE)
def change_boxes(call: Call, project: Project, body: DoBoxChange) -> JobInfo:
    """Queues accepting, rejecting, relabelling or deleting many boxes, by operations of mine: live on open screens, in
    the log, and undone by ``undo`` of the job."""
    try:
        job = start_bulk(box_edit(body), call.user, digest=body.digest, within=project.pk)
    except BulkRefused as refused:
        raise refused_by(refused) from refused
    return queued(call, project, job)


@route(
    "POST",
    "projects/<id:project_id>/frames/change/preview",
    role=Role.MANAGER,
    scope=Scope.READ,
    takes_key=False,
)
def preview_frames(call: Call, project: Project, body: FrameChange) -> Preview:
    """What a change of many images would do. Nothing is changed."""
    found = frames_preview(frame_edit(body), within=project.pk)
    return preview_info(found, len(found.changing))


@route("POST", "projects/<id:project_id>/frames/change", role=Role.MANAGER, status=202, also=LATE)
def change_frames(call: Call, project: Project, body: DoFrameChange) -> JobInfo:
    """Queues another status, sending back, assigning, setting aside or putting back of many images."""
    try:
        job = start_frames(frame_edit(body), call.user, digest=body.digest, within=project.pk)
    except BulkRefused as refused:
        raise refused_by(refused) from refused
    return queued(call, project, job)


@route(
    "POST",
    "projects/<id:project_id>/jobs/<uuid:job_id>/undo",
    role=Role.REVIEWER,
    status=202,
    also={409: "It is no detection, and no change of many boxes or images of mine, or it is still running."},
)
def undo_job(call: Call, project: Project, job_id: UUID) -> JobInfo:
    """Queues taking back a change of many boxes or images that I made; what others changed since stays.

    Also a detection, whoever asked for it: its proposals that nobody has touched go, and those that they replaced come
    back; ``judged`` in the result says how many were kept."""
    job = job_in(project, job_id)
    if job.kind not in (Job.Kind.BULK, *DETECTIONS):
        raise Problem(409, _("This job changed nothing that could be taken back."), code="undo")
    if "frame_edit" in job.payload and not at_least(call.role, Role.MANAGER):
        raise Refused(_("Your role in this project does not allow this."))
    try:
        return queued(call, project, start_undo(job, call.user))
    except BulkRefused as refused:
        raise refused_by(refused) from refused


@route(
    "POST",
    "projects/<id:project_id>/accepting/take-back",
    role=Role.MANAGER,
    status=202,
    also={409: "There is nothing to change."},
)
def take_back_accepted(call: Call, project: Project) -> JobInfo:
    """Queues making proposals again of what was accepted without a person and nobody has said anything about since."""
    try:
        return queued(call, project, take_back(project, call.user))
    except BulkRefused as refused:  # whatever it is: the sender has chosen nothing
        raise Problem(409, str(refused), code="nothing") from refused
