"""A change of many frames as a job, and its undo as another: their status, or who is asked to work on them.

Each frame is changed in a transaction of its own, through the same functions as everywhere, so that open screens see
it and it stands in the log. What is not as the preview showed it is left alone.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal
from uuid import UUID, uuid5

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from msgspec import Struct

from ..assigning import ABLE
from ..bulk.edit import chunked
from ..comments import CommentRefused, Pin, add_comment
from ..comments import delete as delete_comment
from ..frames import set_status
from ..models import Assignment, Comment, Frame, Job, Membership, Project, User
from . import queue
from .run import JobFailed, JobRun

MOST_FRAMES = 10_000
CHANGED, GONE, NO_MEMBER = "changed", "gone", "no_member"
ACCOUNT_GONE = gettext_noop("The account that asked for this is gone. Nothing more was changed.")

Given = tuple[int, str | None]
"""Of an assignment: id of the person and the day, as ISO text."""


class FrameEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """``status``: with a ``reason`` it becomes a comment on the frame. ``assign``: ``user`` (id; None takes the
    assignment away), ``work`` and ``due_on`` (ISO)."""

    action: Literal["status", "assign"]
    frames: list[int]
    status: str = ""
    reason: str = ""
    user: int | None = None
    work: str = "annotate"
    due_on: str | None = None


class Payload(Struct):
    """``before``: of each frame what the preview saw: its status, or its assignment. ``undoes``: "" for none."""

    edit: FrameEdit
    before: dict[str, str | Given | None]
    undoes: str = ""


class FramesRefused(Exception):
    """Nothing was started. The text is for the person; ``code`` for programs."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(slots=True)
class Preview:
    """``changing``: for each frame what is now; ``projects``: of each frame."""

    changing: dict[int, str | Given | None] = field(default_factory=dict)
    projects: dict[int, int] = field(default_factory=dict)
    statuses: dict[int, str] = field(default_factory=dict)
    unchanged: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr(sorted(self.changing.items())).encode()).hexdigest()


def preview_of(edit: FrameEdit) -> Preview:
    preview = Preview()
    wanted = list(dict.fromkeys(edit.frames))
    rows = [
        row
        for some in chunked(wanted)
        for row in Frame.objects.filter(pk__in=some).values_list("pk", "project_id", "status")
    ]
    preview.left_out[GONE] = len(wanted) - len(rows)
    given = assignments_of(wanted, edit.work) if edit.action == "assign" else {}
    able = projects_of(edit) if edit.action == "assign" else None
    for frame, project, status in rows:
        now = given.get(frame) if edit.action == "assign" else status
        if able is not None and project not in able:
            preview.left_out[NO_MEMBER] += 1
        elif now == wanted_of(edit):
            preview.unchanged += 1
        else:
            preview.changing[frame], preview.projects[frame] = now, project
            preview.statuses[frame] = status
    return preview


def wanted_of(edit: FrameEdit) -> str | Given | None:
    if edit.action == "status":
        return edit.status
    return None if edit.user is None else (edit.user, edit.due_on)


def assignments_of(frames: Sequence[int], work: str) -> dict[int, Given]:
    found: dict[int, Given] = {}
    for some in chunked(frames):
        for one in Assignment.objects.filter(frame__in=some, work=work):
            found[one.frame_id] = given_by(one)
    return found


def given_by(assignment: Assignment) -> Given:
    return assignment.user_id, assignment.due_on.isoformat() if assignment.due_on else None


def projects_of(edit: FrameEdit) -> set[int] | None:
    """Ids of the projects in which the person's role is enough for the work; None: everywhere."""
    if edit.user is None or User.objects.filter(pk=edit.user, is_superuser=True).exists():
        return None
    return set(
        Membership.objects.filter(user=edit.user, role__in=ABLE[Assignment.Work(edit.work)]).values_list(
            "project_id", flat=True
        )
    )


def start_frames(edit: FrameEdit, user: User, *, digest: str) -> Job:
    """``digest``: of the preview that the person saw. Raises FramesRefused."""
    if not 0 < len(edit.frames) <= MOST_FRAMES:
        text = _("Choose between 1 and %(most)s images. Nothing was changed.") % {"most": MOST_FRAMES}
        raise FramesRefused("frames", text)
    preview = preview_of(edit)
    if preview.digest != digest:
        text = _(
            "Somebody changed these images meanwhile. Nothing was changed; look at the preview once more."
        )
        raise FramesRefused("changed", text)
    if not preview.changing:
        raise FramesRefused("nothing", _("There is nothing to change."))
    chosen = msgspec.structs.replace(edit, frames=sorted(preview.changing))
    payload = Payload(chosen, {str(frame): now for frame, now in preview.changing.items()})
    return enqueue(payload, user, set(preview.projects.values()))


def enqueue(payload: Payload, user: User, projects: set[int]) -> Job:
    project = Project.objects.filter(pk__in=projects).first() if len(projects) == 1 else None
    values = {"frame_edit": msgspec.to_builtins(payload)}
    return queue.enqueue(Job.Kind.BULK, project=project, user=user, payload=values)


def payload_of(job: Job) -> Payload:
    return msgspec.convert(job.payload["frame_edit"], Payload, strict=False)


def undo_of(job: Job, user: User) -> Job:
    """Queues it; who may is decided by the caller."""
    done = payload_of(job)
    undo = Payload(done.edit, done.before, undoes=str(job.pk))
    return enqueue(undo, user, {job.project_id} if job.project_id else set())


def work(run: JobRun) -> None:
    """Taken up again it goes through all frames once more: what is done already changes nothing."""
    payload, user = payload_of(run.job), run.job.created_by
    run.total, run.done = len(payload.edit.frames), 0
    counts: Counter[str] = Counter()
    if user is None:
        raise JobFailed(ACCOUNT_GONE)
    for frame in payload.edit.frames:
        counts[one_frame(payload, frame, user, run.job)] += 1
        run.result = {"counts": dict(counts)}
        run.advance()


def one_frame(payload: Payload, frame_id: int, user: User, job: Job) -> str:
    """What became of it: done, undone, or why it was left as it is."""
    edit = payload.edit
    before, after = payload.before[str(frame_id)], wanted_of(edit)
    if payload.undoes:
        before, after = after, before
    change = change_status if edit.action == "status" else change_assignment
    with transaction.atomic():
        frame = Frame.objects.select_for_update(no_key=True).filter(pk=frame_id).first()
        if frame is None:
            return GONE
        if not change(frame, edit, before, after, user):
            return CHANGED
        if edit.reason:
            say(payload, frame, user, job)
    return "undone" if payload.undoes else "done"


def change_status(frame: Frame, edit: FrameEdit, before: Any, after: Any, user: User) -> bool:
    """Whether it is as it should be afterwards; what somebody else made of it meanwhile stands."""
    if frame.status not in (before, after):
        return False
    set_status(frame.pk, after, user)
    return True


def change_assignment(frame: Frame, edit: FrameEdit, before: Any, after: Any, user: User) -> bool:
    """As ``change_status``."""
    found = Assignment.objects.filter(frame=frame, work=edit.work).first()
    now = given_by(found) if found else None
    if now == as_given(after):
        return True
    if now != as_given(before):
        return False
    if after is None:
        Assignment.objects.filter(frame=frame, work=edit.work).delete()
        return True
    person, day = after
    if not User.objects.filter(pk=person).exists():
        return False
    values = {"user_id": person, "due_on": date.fromisoformat(day) if day else None, "created_by": user}
    Assignment.objects.update_or_create(frame=frame, work=edit.work, defaults=values)
    return True


def as_given(value: Any) -> Given | None:
    return None if value is None else (value[0], value[1])


def say(payload: Payload, frame: Frame, user: User, job: Job) -> None:
    """Why the frame comes back, as a comment that is written once and goes with the undo."""
    key = uuid5(UUID(payload.undoes) if payload.undoes else job.pk, str(frame.pk))
    if payload.undoes:
        comment = Comment.objects.filter(pk=key, author=user, deleted_at=None).first()
        if comment is not None:
            delete_comment(comment)
        return
    try:
        add_comment(frame.pk, user, key, payload.edit.reason, Pin())
    except CommentRefused as refused:
        raise JobFailed(str(refused)) from refused
