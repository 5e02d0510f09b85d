"""Merging independent labels as a job, and taking a merge back as another; image by image, with progress."""

from collections import Counter
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ..agreement.comparing import piles_in
from ..agreement.copies import copies_of
from ..agreement.merging import CHANGED, GONE, MERGED, merge_frame, mergeable, undo_frame, words_for
from ..models import Job, Project, User
from ..review.independent import wanted_in
from . import queue
from .run import JobFailed, JobRun

ACCOUNT_GONE = gettext_noop("The account that asked for this is gone. Nothing more was changed.")
MOST_FRAMES = 5000
ACTIVE = (Job.State.QUEUED, Job.State.RUNNING)


class MergeRefused(Exception):
    """Nothing was started. The text is for the person."""


class Payload(msgspec.Struct):
    """``frames``: each with the status that it had. ``undoes``: id of the merge to take back, "" for none."""

    frames: list[tuple[int, str]]
    undoes: str = ""


def start_merge(project: Project, user: User) -> Job:
    """Of every image that all who were asked, and as many as the project wants, have finished. Raises MergeRefused."""
    check_idle(project)
    free, _left_out = mergeable(piles_in(project))
    if not free:
        text = _(
            "There is no image to merge: everybody who was asked has to finish it first, and at least %(number)s "
            "people."
        )
        raise MergeRefused(text % {"number": wanted_in(project)})
    frames = [(pile.original.pk, pile.original.status) for pile in free[:MOST_FRAMES]]
    return enqueue(project, user, Payload(frames))


def start_undo(job: Job, user: User) -> Job:
    """Takes ``job`` back. Raises MergeRefused."""
    done = payload_of(job)
    if job.project is None or done.undoes or job.kind != Job.Kind.MERGE:
        raise MergeRefused(_("This cannot be undone."))
    if job.created_by_id != user.pk:
        raise MergeRefused(_("Only who merged can take it back."))
    check_idle(job.project)
    return enqueue(job.project, user, Payload(done.frames, str(job.pk)))


def check_idle(project: Project) -> None:
    """Raises MergeRefused."""
    if project.jobs.filter(kind=Job.Kind.MERGE, state__in=ACTIVE).exists():
        raise MergeRefused(
            _("A merge of this project is still running. Cancel it, or wait until it is done.")
        )


def enqueue(project: Project, user: User, payload: Payload) -> Job:
    return queue.enqueue(Job.Kind.MERGE, project=project, user=user, payload=msgspec.to_builtins(payload))


def payload_of(job: Job) -> Payload:
    return msgspec.convert(job.payload, Payload, strict=False)


def work(run: JobRun) -> None:
    """``result``: how many images by what became of them, boxes and disputes. Taken up again it goes through all once
    more: what is done already changes nothing."""
    payload, user, project = payload_of(run.job), run.job.created_by, run.job.project
    if user is None or project is None:
        raise JobFailed(ACCOUNT_GONE)
    run.total, run.done = len(payload.frames), 0
    with translation.override(user.language or settings.LANGUAGE_CODE):  # comments stay as they are written
        take_back(run, payload, user) if payload.undoes else merge(run, payload, user, project)


def merge(run: JobRun, payload: Payload, user: User, project: Project) -> None:
    copies = copies_of(project)
    words = words_for(project, copies)
    piles = {pile.original.pk: pile for pile in piles_in(project, copies)}
    counts: Counter[str] = Counter()
    for frame, _before in payload.frames:
        pile = piles.get(frame)
        became, boxes, disputes = GONE, 0, 0
        if pile is not None and pile.is_ready:
            became, boxes, disputes = merge_frame(pile, user, words, key=run.job.pk)
        elif pile is not None:
            became = CHANGED
        counts.update({became: 1, "boxes": boxes, "disputes": disputes})
        run.result = {"counts": dict(+counts)}
        run.advance()


def take_back(run: JobRun, payload: Payload, user: User) -> None:
    counts: Counter[str] = Counter()
    for frame, before in payload.frames:
        counts[undo_frame(frame, before, user, key=UUID(payload.undoes))] += 1
        run.result = {"counts": dict(counts)}
        run.advance()


def last_merge(project: Project) -> tuple[Job | None, Job | None]:
    """The latest job of this kind, and the merge that can be taken back now: one that ended and was not taken back, or
    not to the end."""
    last = (
        project.jobs.filter(kind=Job.Kind.MERGE).select_related("created_by").order_by("-created_at").first()
    )
    if last is None or last.state in ACTIVE:
        return last, None
    if not last.payload["undoes"]:
        did: dict[str, Any] = last.result.get("counts", {})
        return last, last if did.get(MERGED, 0) else None
    is_whole = last.state == Job.State.DONE
    return last, None if is_whole else project.jobs.filter(pk=last.payload["undoes"]).first()
