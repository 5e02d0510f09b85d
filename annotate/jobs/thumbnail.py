"""Thumbnails off the request path: one waiting job per project covers all frames from a certain id on."""

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ..media import store, thumbnails
from ..media.ingest import frame_added
from ..models import Frame, Job, Project
from . import queue
from .run import JobRun

logger = logging.getLogger(__name__)

PRIORITY = 10
CHUNK = 200
ASK_AGAIN_S = 10.0


def queue_thumbnail(frame: Frame) -> None:
    """Inside the transaction that adds ``frame``: makes sure that a waiting job will see it.

    The row of the waiting job is locked until our commit, so no worker can start on it and miss the frame.
    """
    waiting = Job.objects.filter(kind=Job.Kind.THUMBNAIL, project=frame.project_id, state=Job.State.QUEUED)
    if not any(job.payload.get("from", 0) <= frame.pk for job in waiting.select_for_update()):
        queue.enqueue(
            Job.Kind.THUMBNAIL, project=frame.project, payload={"from": frame.pk}, priority=PRIORITY
        )


def on_frame_added(sender: object, frame: Frame, **_: Any) -> None:
    queue_thumbnail(frame)


def connect() -> None:
    frame_added.connect(on_frame_added, dispatch_uid="annotate.jobs.thumbnail")


def ask_for_thumbnail(frame: Frame) -> None:
    """For a thumbnail that should be there and is not: one job, now and then, however many ask at once."""
    if is_under_way(frame.project_id) or not store.exists(frame.md5):
        return
    with transaction.atomic():
        # A stampede waits here, and then finds the job of the first.
        Project.objects.select_for_update(no_key=True).filter(pk=frame.project_id).first()
        if not is_under_way(frame.project_id):
            queue_thumbnail(frame)


def is_under_way(project_id: int) -> bool:
    """Whether a job of this project waits, works, or was made just now."""
    recently = timezone.now() - timedelta(seconds=ASK_AGAIN_S)
    fresh = Q(state__in=[Job.State.QUEUED, Job.State.RUNNING]) | Q(created_at__gte=recently)
    return Job.objects.filter(fresh, kind=Job.Kind.THUMBNAIL, project=project_id).exists()


def make_thumbnails(run: JobRun) -> None:
    """The missing thumbnails of the job's project, in the order of the frames, until there are no more."""
    last = int(run.payload.get("from", 0)) - 1
    made = failed = 0
    frames = Frame.objects.filter(project=run.job.project_id).order_by("pk").values_list("pk", "md5")
    while chunk := list(frames.filter(pk__gt=last)[:CHUNK]):
        for last, md5 in chunk:
            try:
                made += thumbnails.make(md5)
            except OSError as error:
                failed += 1
                logger.warning("no thumbnail of frame %d: %s", last, error)
            run.result = {"made": made, "failed": failed}
            run.advance()
