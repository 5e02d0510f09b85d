"""Adding the images of an archive or a video to a project. Interrupted and run again, it adds nothing twice."""

from pathlib import Path
from typing import Any

from ..media import store
from ..media.archives import Archive
from ..media.ingest import add_image, clean_name
from ..media.limits import archive_limits, image_limits
from ..media.refusals import Refusal, Refused
from ..media.report import Report
from ..media.video import Cutting, Rate, check_is_video, identity_of, md5_of_file
from ..models import Job, Project, Source, User
from . import queue
from .run import Interrupted, JobRun, LeaseLost, Stopping

ARCHIVE, VIDEO = "archive", "video"


def queue_ingest(what: str, *, source: Source, user: User, upload: Path, rate: Rate | None = None) -> Job:
    """``what``: ARCHIVE or VIDEO. ``upload`` lies in the folder jobs of SCRATCH_DIR; the job removes it."""
    payload: dict[str, Any] = {"what": what, "source": source.pk, "file": upload.name, "name": source.name}
    if rate is not None:
        payload |= {"per_second": rate.per_second, "every": rate.every}
    return queue.enqueue(Job.Kind.INGEST, project=source.project, user=user, payload=payload)


def ingest(run: JobRun) -> None:
    """Raises Interrupted. A refusal of the whole file ends the job with ``result["refusal"]`` set."""
    source = Source.objects.filter(pk=run.payload["source"]).select_related("project").first()
    upload = store.scratch("jobs", run.payload["file"])
    if source is None:  # deleted in the admin while the job waited
        return finish(upload, None)
    report = Report(source.pk)
    run.result = {**report.data}
    try:
        if not upload.is_file():
            raise Refused("upload_gone")
        take = take_archive if run.payload["what"] == ARCHIVE else take_video
        take(run, upload, source, report)
    except Refused as refused:
        run.result["refusal"] = {"code": refused.refusal.code, "values": refused.refusal.values}
    except (Stopping, LeaseLost):
        raise  # the next attempt needs the file
    except Interrupted:
        finish(upload, source)
        raise
    finish(upload, source)


def finish(upload: Path, source: Source | None) -> None:
    """The upload is done with; a source that got no frame goes too."""
    if source is not None and not source.frames.exists():
        source.delete()
    upload.unlink(missing_ok=True)


def unfinished_uploads() -> frozenset[str]:
    """Names of the files that waiting and running jobs need."""
    at_work = Job.objects.filter(kind=Job.Kind.INGEST, state__in=[Job.State.QUEUED, Job.State.RUNNING])
    return frozenset(payload.get("file", "") for payload in at_work.values_list("payload", flat=True))


def take_archive(run: JobRun, upload: Path, source: Source, report: Report) -> None:
    archive = Archive(upload, archive_limits(), image_limits())
    run.total = archive.total
    try:
        for entry in archive:
            if entry.refusal is not None:
                report.refuse(entry.name, entry.refusal)
            elif entry.data is None:
                report.leave_out()
            else:
                take_image(report, source.project, source, entry.name, entry.data)
            step(run, report)
    finally:
        archive.close()


def take_video(run: JobRun, upload: Path, source: Source, report: Report) -> None:
    check_is_video(upload)
    rate = Rate(run.payload.get("per_second") or 1.0, run.payload.get("every"))
    video_md5 = md5_of_file(upload, run.check)
    stem = clean_name(run.payload["name"]).rsplit(".", 1)[0][:200]
    with Cutting(upload, rate, run.check) as cutting:
        for image in cutting:
            run.total = cutting.total
            name = f"{stem}_{image.number:06d}.jpg"
            identity = identity_of(video_md5, image.number)
            take_image(report, source.project, source, name, image.data, identity)
            step(run, report)
        if cutting.stopped_at_limit:
            run.result["stopped_at_limit"] = True


def take_image(
    report: Report, project: Project, source: Source, name: str, data: bytes, identity: str | None = None
) -> None:
    """Adds one image. Raises Refused when the disk is full: going on would only refuse the rest as well."""
    outcome = add_image(project, source, name, data, identity=identity)
    if isinstance(outcome, Refusal) and outcome.code == "disk_full":
        raise Refused("disk_full")
    report.add(name, outcome)


def step(run: JobRun, report: Report) -> None:
    run.result.update(report.data)
    run.advance()
