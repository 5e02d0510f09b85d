"""Exports as jobs: asked for once, written by the worker, fetched for a few days."""

from datetime import timedelta
from pathlib import Path

import msgspec
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop

from ..datasets.export_wish import ExportWish
from ..datasets.exporting import export as write_export
from ..datasets.formats.messages import LOSSES
from ..datasets.version_reading import VersionGone
from ..media import store
from ..media.ingest import DISK_FULL
from ..media.refusals import Refused
from ..models import DatasetVersion, Job, Project, User
from . import queue
from .run import JobFailed, JobRun
from .said import said

KEPT_FOR = timedelta(days=7)
AT_ONCE = 3
"""Exports of one project that wait or run at a time: each reads all of it."""
VERSION_GONE = gettext_noop("Files of this version are not on the server. Fetch them from the remote first.")
DONE = gettext_noop("Images: %(frames)s, boxes: %(boxes)s, bytes: %(bytes)s.")
NOT_HELD = gettext_noop("What this format does not hold: %(losses)s.")
LOST = gettext_noop("%(what)s (%(number)s)")
AT_WORK = (Job.State.QUEUED, Job.State.RUNNING)


class TooMany(Exception):
    """So many exports of this project are at work already."""


def start_export(project: Project, wish: ExportWish, *, user: User | None) -> Job:
    """Queues it, or gives the one that waits for exactly this. ``wish`` was checked (export_wish). Raises TooMany."""
    wanted = msgspec.json.decode(msgspec.json.encode(wish))
    at_work = list(Job.objects.filter(project=project, kind=Job.Kind.EXPORT, state__in=AT_WORK))
    for job in at_work:
        if job.state == Job.State.QUEUED and job.payload["wish"] == wanted:
            return job
    if len(at_work) >= AT_ONCE:
        raise TooMany
    return queue.enqueue(
        Job.Kind.EXPORT, project=project, user=user, payload={"wish": wanted, "name": wish.format}
    )


def version_of(job: Job) -> int | None:
    """The number of the dataset version that is exported; None for what is there now."""
    number: int | None = job.payload.get("wish", {}).get("version")
    return number


def path_of(job: Job) -> Path:
    """Of the archive. Made from the id alone."""
    folder: Path = settings.EXPORTS_DIR
    return folder / f"{job.pk.hex}.zip"


def is_ready(job: Job) -> bool:
    return job.kind == Job.Kind.EXPORT and job.state == Job.State.DONE and path_of(job).is_file()


def export(run: JobRun) -> None:
    """The work of the job. Raises Interrupted, JobFailed."""
    project = run.job.project
    if project is None or not Project.objects.filter(pk=project.pk).exists():
        return
    wish = msgspec.convert(run.payload["wish"], ExportWish)
    store.make_folder(settings.EXPORTS_DIR)
    try:
        done = write_export(project, wish, path_of(run.job), Progress(run))
    except Refused as refused:
        run.result = {"refusal": {"code": refused.refusal.code, "values": refused.refusal.values}}
        return
    except (VersionGone, DatasetVersion.DoesNotExist) as error:
        raise JobFailed(VERSION_GONE) from error
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        run.result = {"refusal": {"code": "disk_full", "values": {}}}
        return
    run.result = {"export": msgspec.to_builtins(done)}
    run.say(DONE, frames=done.frames, boxes=done.boxes, bytes=done.bytes)
    if done.loss:
        lost = [said(LOST, what=said(LOSSES[code]), number=number) for code, number in done.loss.items()]
        run.say(NOT_HELD, losses=lost)


class Progress:
    """Steps of an export or of a check into the row of its job."""

    def __init__(self, run: JobRun) -> None:
        self.run = run

    def expect(self, total: int) -> None:
        self.run.total = total

    def advance(self, units: int = 1) -> None:
        self.run.advance(units)


def forget_old_exports() -> int:
    """Removes archives after their time, and what a killed worker left of one. How many."""
    folder: Path = settings.EXPORTS_DIR
    if not folder.is_dir():
        return 0
    at_work = Job.objects.filter(kind=Job.Kind.EXPORT, state__in=AT_WORK)
    needed = {pk.hex for pk in at_work.values_list("pk", flat=True)}
    since = (timezone.now() - KEPT_FOR).timestamp()
    removed = 0
    for path in folder.iterdir():
        name = path.name.lstrip(".").split(".")[0]
        is_part = path.name.startswith(".")
        if name in needed or (not is_part and path.stat().st_mtime >= since):
            continue
        remove(path)
        removed += 1
    return removed


def remove(path: Path) -> None:
    if path.is_dir():
        for each in path.iterdir():
            each.unlink(missing_ok=True)
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
