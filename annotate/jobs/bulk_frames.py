"""A change of many frames as a job, and its undo as another: their status, who is asked to work on them, whether they
are there at all.

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
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from msgspec import Struct

from ..assigning import ABLE
from ..bulk.edit import chunked
from ..comments import CommentRefused, Pin, add_comment
from ..comments import delete as delete_comment
from ..frames import put_back, set_aside, set_status
from ..models import Assignment, Comment, Frame, Job, Membership, User, locked_frames
from .bulk_start import ACCOUNT_GONE, BulkRefused, check_preview, enqueue
from .run import JobFailed, JobRun

MOST_FRAMES = 10_000
CHANGED, GONE, NO_MEMBER, NOT_ASIDE = "changed", "gone", "no_member", "not_aside"
THERE, ASIDE = "there", "aside"
PLACES = {"set_aside": ASIDE, "put_back": THERE, "erase": ""}
"""Where frames are after it; none where they are gone for ever."""

Given = tuple[int, str | None]
"""Of an assignment: id of the person and the day, as ISO text."""


class FrameEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """``status``: with a ``reason`` it becomes a comment on the frame. ``assign``: ``user`` (id; None takes the
    assignment away), ``work`` and ``due_on`` (ISO). ``erase``: deletes for ever what was set aside."""

    action: Literal["status", "assign", "set_aside", "put_back", "erase"]
    frames: list[int]
    status: str = ""
    reason: str = ""
    user: int | None = None
    work: str = "annotate"
    due_on: str | None = None


class Payload(Struct):
    """``before``: of each frame what the preview saw: its status, its assignment, or where it was. ``undoes``: "" for
    none."""

    edit: FrameEdit
    before: dict[str, str | Given | None]
    undoes: str = ""


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


def preview_of(edit: FrameEdit, *, within: int | None = None) -> Preview:
    """``within``: id of a project; frames of others are not there."""
    preview = Preview()
    wanted = list(dict.fromkeys(edit.frames))
    rows = rows_of(edit, wanted, within)
    preview.left_out[GONE] = len(wanted) - len(rows)
    given = assignments_of(wanted, edit.work) if edit.action == "assign" else {}
    able = projects_of(edit) if edit.action == "assign" else None
    for frame, project, status, aside_since in rows:
        place = THERE if aside_since is None else ASIDE
        now = {"assign": given.get(frame), "status": status}.get(edit.action, place)
        if able is not None and project not in able:
            preview.left_out[NO_MEMBER] += 1
        elif edit.action == "erase" and now != ASIDE:
            preview.left_out[NOT_ASIDE] += 1
        elif now == wanted_of(edit):
            preview.unchanged += 1
        else:
            preview.changing[frame], preview.projects[frame] = now, project
            preview.statuses[frame] = status
    return preview


def rows_of(edit: FrameEdit, wanted: Sequence[int], within: int | None) -> list[tuple[Any, ...]]:
    frames = frames_for(edit) if within is None else frames_for(edit).filter(project=within)
    names = ("pk", "project_id", "status", "set_aside_at")
    return [row for some in chunked(wanted) for row in frames.filter(pk__in=some).values_list(*names)]


def frames_for(edit: FrameEdit) -> QuerySet[Frame]:
    return Frame.everything.all() if edit.action in PLACES else Frame.objects.all()


def wanted_of(edit: FrameEdit) -> str | Given | None:
    if edit.action in PLACES:
        return PLACES[edit.action]
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


def check_size(edit: FrameEdit) -> None:
    """Raises BulkRefused."""
    if not 0 < len(edit.frames) <= MOST_FRAMES:
        text = _("Choose between 1 and %(most)s images. Nothing was changed.") % {"most": MOST_FRAMES}
        raise BulkRefused("frames", text)


def start_frames(edit: FrameEdit, user: User, *, digest: str, within: int | None = None) -> Job:
    """``digest``: of the preview that the person saw. Raises BulkRefused."""
    check_size(edit)
    preview = preview_of(edit, within=within)
    check_preview(preview.digest, seen=digest, count=len(preview.changing))
    chosen = msgspec.structs.replace(edit, frames=sorted(preview.changing))
    payload = Payload(chosen, {str(frame): now for frame, now in preview.changing.items()})
    return enqueue(stored(payload), user, set(preview.projects.values()))


def stored(payload: Payload) -> dict[str, Any]:
    return {"frame_edit": msgspec.to_builtins(payload)}


def payload_of(job: Job) -> Payload:
    return msgspec.convert(job.payload["frame_edit"], Payload, strict=False)


def undo_of(job: Job) -> dict[str, Any]:
    """What to queue; who may is decided by the caller."""
    done = payload_of(job)
    return stored(Payload(done.edit, done.before, undoes=str(job.pk)))


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
    change = CHANGES.get(edit.action, change_place)
    with transaction.atomic():
        frame = locked_frames(frames_for(edit).filter(pk=frame_id)).first()
        if frame is None:
            return "done" if edit.action == "erase" else GONE
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


def change_place(frame: Frame, edit: FrameEdit, before: Any, after: Any, user: User) -> bool:
    """As ``change_status``."""
    now = THERE if frame.set_aside_at is None else ASIDE
    if now == after:
        return True
    if now != before:
        return False
    if after == ASIDE:
        return set_aside(frame.pk, user)
    if after == THERE:
        return put_back(frame.pk)
    frame.delete()
    return True


CHANGES = {"status": change_status, "assign": change_assignment}


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
        with translation.override("en"):  # a refusal is translated where it is read
            add_comment(frame.pk, user, key, payload.edit.reason, Pin())
    except CommentRefused as refused:
        raise JobFailed(str(refused)) from refused
