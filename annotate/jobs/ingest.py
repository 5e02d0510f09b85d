"""Adding the images of an archive or a video to a project. Interrupted and run again, it adds nothing twice."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.utils import timezone

from ..media import store
from ..media.batches import Batch, Outcome, add_archive, add_video
from ..media.refusals import Refused
from ..media.report import Report
from ..media.video import Rate
from ..models import Frame, Job, Project, Source, User
from . import queue
from .run import Interrupted, JobRun, LeaseLost, Stopping

ARCHIVE, VIDEO = "archive", "video"
FOLDER = "jobs"
"""Of SCRATCH_DIR: uploads that jobs work on."""
KEPT_FOR = timedelta(days=1)
"""How long the upload of a failed job stays for another try."""
EMPTY_FOR = timedelta(days=1)


def new_upload() -> Path:
    """A path for an upload that a job will work on."""
    return store.scratch(FOLDER, uuid.uuid4().hex)


def upload_of(job: Job) -> Path:
    return store.scratch(FOLDER, job.payload["file"])


def queue_ingest(what: str, *, source: Source, user: User, upload: Path, rate: Rate | None = None) -> Job:
    """``what``: ARCHIVE or VIDEO. ``upload`` is a path of ``new_upload``; the job removes the file."""
    payload: dict[str, Any] = {"what": what, "source": source.pk, "file": upload.name, "name": source.name}
    if rate is not None:
        payload |= {"per_second": rate.per_second, "every": rate.every}
    return queue.enqueue(Job.Kind.INGEST, project=source.project, user=user, payload=payload)


def ingest(run: JobRun) -> None:
    """Raises Interrupted. A refusal of the whole file ends the job with ``result["refusal"]`` set."""
    source = Source.objects.filter(pk=run.payload["source"]).select_related("project").first()
    upload = upload_of(run.job)
    if source is None:  # deleted in the admin while the job waited
        return finish(upload, None)
    report = Report(source.pk)
    run.result = {**report.data}
    try:
        if not upload.is_file():
            raise Refused("upload_gone")
        take(run, upload, Batch(source.project, source, report, JobSteps(run, report)))
    except Refused as refused:
        run.result["refusal"] = {"code": refused.refusal.code, "values": refused.refusal.values}
    except (Stopping, LeaseLost):
        raise  # the next attempt needs the file
    except Interrupted:
        finish(upload, source)
        raise
    except (ObjectDoesNotExist, IntegrityError):
        if Source.objects.filter(pk=source.pk).exists():
            raise
        source = None  # it was deleted under our hands, or the whole project
    finish(upload, source)


class JobSteps:
    """The progress of a batch into the row of its job."""

    def __init__(self, run: JobRun, report: Report) -> None:
        self.run = run
        self.report = report

    def expect(self, total: int) -> None:
        self.run.total = total

    def did(self, name: str, outcome: Outcome) -> None:
        self.run.result.update(self.report.data)
        self.run.advance()

    def check(self) -> None:
        self.run.check()


def take(run: JobRun, upload: Path, batch: Batch) -> None:
    if run.payload["what"] == ARCHIVE:
        return add_archive(batch, upload)
    rate = Rate(run.payload.get("per_second") or 1.0, run.payload.get("every"))
    if add_video(batch, upload, rate, run.payload["name"]):
        run.result["stopped_at_limit"] = True


def finish(upload: Path, source: Source | None) -> None:
    """The upload is done with; a source that got no frame goes too."""
    if source is not None and not Frame.everything.filter(source=source).exists():
        source.delete()
    upload.unlink(missing_ok=True)


def cancel(job: Job) -> None:
    """Asks a job to end. One that waited is over at once, with its upload."""
    queue.request_cancel(job)
    if job.state == Job.State.CANCELLED and job.kind == Job.Kind.INGEST:
        finish(upload_of(job), Source.objects.filter(pk=job.payload["source"]).first())


def may_retry(job: Job) -> bool:
    """Whether a failed job has what it needs for another try."""
    return job.state == Job.State.FAILED and job.kind == Job.Kind.INGEST and upload_of(job).is_file()


def retry(job: Job) -> bool:
    """Queues a failed job once more; whether it could."""
    return may_retry(job) and queue.requeue_failed(job)


def unfinished_uploads() -> frozenset[str]:
    """Names of the files that waiting and running jobs need, and failed ones if somebody tries them again."""
    jobs = Job.objects.filter(kind=Job.Kind.INGEST)
    at_work = jobs.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])
    failed = jobs.filter(state=Job.State.FAILED, finished_at__gte=timezone.now() - KEPT_FOR)
    return frozenset(
        payload.get("file", "") for payload in (at_work | failed).values_list("payload", flat=True)
    )


def forget_empty_sources() -> int:
    """Sources of archives and videos that never got a frame, as of cancelled and failed jobs. How many."""
    waiting = Job.objects.filter(kind=Job.Kind.INGEST).exclude(
        state__in=[Job.State.DONE, Job.State.CANCELLED]
    )
    needed = {payload.get("source") for payload in waiting.values_list("payload", flat=True)}
    old = Source.objects.filter(
        kind__in=[Source.Kind.ARCHIVE, Source.Kind.VIDEO],
        created_at__lt=timezone.now() - EMPTY_FOR,
        frames__isnull=True,
    )
    forgotten = 0
    for source in old.exclude(pk__in=needed):
        with transaction.atomic():
            Project.objects.select_for_update(no_key=True).filter(pk=source.project_id).first()
            if not Frame.everything.filter(source=source).exists():
                source.delete()
                forgotten += 1
    return forgotten
