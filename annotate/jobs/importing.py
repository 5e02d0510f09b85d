"""Imports as jobs, in two steps: a check that changes nothing, and what its reader then confirms."""

import time
from collections.abc import Mapping
from datetime import timedelta

import msgspec
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from ..datasets import pictures
from ..datasets.checking import CheckReport
from ..datasets.checking import check as run_check
from ..datasets.import_wish import ImportWish
from ..datasets.imported import ImportChanged, Imported
from ..datasets.importing import Order, write
from ..datasets.workplace import Workplace, workplaces
from ..media.ingest import DISK_FULL
from ..media.refusals import Refused
from ..models import Job, Project, User
from . import queue
from .exporting import Progress
from .run import Cancelled, JobFailed, JobRun, LeaseLost, Stopping
from .said import Said, said

CHECK, WRITE = "check", "write"
KEPT_FOR = timedelta(days=1)
"""How long a checked file waits to be confirmed."""
LOOK_S = 1.0
MAY_NOT_CREATE = gettext_noop("You may not create projects any more. Nothing was imported.")
GONE = gettext_noop("The checked file is no longer there. Send it again.")


def queue_check(
    project: Project | None,
    *,
    user: User | None,
    place: Workplace,
    name: str,
    format_key: str = "",
    new: str = "",
) -> Job:
    """``place.upload`` holds what was sent. The job's result then holds the report, see ``report_of``.

    ``project`` None: one that the import makes, of the name ``new``; its jobs belong to it from then on.
    """
    payload = {"step": CHECK, "key": place.key, "name": name, "format": format_key}
    payload |= {"new": new} if project is None else {}
    return queue.enqueue(Job.Kind.IMPORT, project=project, user=user, payload=payload)


def queue_write(check: Job, wish: ImportWish, *, user: User | None) -> Job:
    """``wish`` was checked against the report (import_wish). The same check confirmed twice: the first one counts."""
    key = check.payload["key"]
    same = Job.objects.filter(kind=Job.Kind.IMPORT, payload__key=key, payload__step=WRITE)
    if not is_for_new(check):
        same = same.filter(project=check.project)
    same = same.exclude(state__in=[Job.State.FAILED, Job.State.CANCELLED])
    known = same.first()
    if known is not None:
        return known
    payload = {
        "step": WRITE,
        "key": key,
        "name": check.payload["name"],
        "check": str(check.pk),
        "wish": msgspec.to_builtins(wish),
        "report": report_of(check),
    }
    payload |= {"new": check.payload["new"]} if is_for_new(check) else {}
    return queue.enqueue(Job.Kind.IMPORT, project=check.project, user=user, payload=payload)


def report_of(job: Job) -> CheckReport | None:
    """What the check found; None while it runs, and where the file was refused as a whole."""
    report: CheckReport | None = job.result.get("check")
    return report


def is_for_new(job: Job) -> bool:
    """Whether it makes the project that it imports into."""
    return "new" in job.payload


def for_new_projects(user: User) -> QuerySet[Job]:
    """The imports into projects that they make, which are nobody's business but of who began them."""
    return Job.objects.filter(kind=Job.Kind.IMPORT, created_by=user, payload__has_key="new")


def can_be_confirmed(job: Job) -> bool:
    """Whether it is a check that found no error, and what it found is still there."""
    report = report_of(job)
    if job.state != Job.State.DONE or report is None or report["errors"]:
        return False
    return Workplace(job.payload["key"]).rows.is_file()


def cancel(job: Job) -> None:
    """Asks a check or an import to end. A check that waited is over at once, with what was sent for it."""
    queue.request_cancel(job)
    if job.state == Job.State.CANCELLED and job.payload["step"] == CHECK:
        Workplace(job.payload["key"]).remove()


def work(run: JobRun) -> None:
    """The work of both kinds of job. Raises Interrupted, JobFailed."""
    project = run.job.project
    if not is_for_new(run.job) and (project is None or not Project.objects.filter(pk=project.pk).exists()):
        return
    place = Workplace(run.payload["key"])
    if run.payload["step"] == CHECK:
        check(run, place)
    else:
        import_checked(run, place)


def check(run: JobRun, place: Workplace) -> None:
    if not place.upload.is_file():
        run.result = {"refusal": {"code": "upload_gone", "values": {}}}
        return
    try:
        report = run_check(place, run.payload["name"], run.job.project, run.payload["format"], Progress(run))
    except Refused as refused:
        run.result = {"refusal": {"code": refused.refusal.code, "values": refused.refusal.values}}
        place.remove()
        return
    except Cancelled:
        place.remove()
        raise
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        run.result = {"refusal": {"code": "disk_full", "values": {}}}
        place.remove()
        return
    run.result = {"check": report}


def import_checked(run: JobRun, place: Workplace) -> None:
    if "import" in run.job.result:  # committed by an attempt that died before it could say so
        run.result = run.job.result
        return
    wish = msgspec.convert(run.payload["wish"], ImportWish)
    order = Order(
        place,
        run.payload["new"] if is_for_new(run.job) else run.job.project_id or 0,
        run.job.created_by,
        wish,
        run.payload["report"],
        run.job.pk,
        run.payload["name"],
    )
    steps = Quiet(run)
    try:
        done = write(order, steps, steps.seal)
    except ImportChanged as changed:
        pictures.settle(place)
        raise JobFailed(changed.template, **texts_in(changed.values)) from changed
    except FileNotFoundError as error:
        pictures.settle(place)
        raise JobFailed(GONE) from error
    except Cancelled:
        pictures.settle(place)
        raise
    finally:  # after any other error the next attempt goes on with what is in the store
        run.is_alone = False
    run.result = {"import": msgspec.to_builtins(done)}
    run.write()
    pictures.settle(place)
    place.remove()


def texts_in(values: Mapping[str, str]) -> dict[str, str | Said]:
    """A reason is a text of ours too (datasets.problems.REASONS)."""
    return {name: said(value) if name == "reason" else value for name, value in values.items()}


class Quiet:
    """The steps of the one transaction: nothing is written into the job's row meanwhile, which would lock it until the
    commit. The heartbeat, on its own connection, tells how far it is; on SQLite nobody can write at all, and so nobody
    can take the job away either."""

    def __init__(self, run: JobRun) -> None:
        self.run = run
        self.looked = time.monotonic()

    def expect(self, total: int) -> None:
        self.run.total = total
        self.run.write()
        self.run.is_alone = connection.vendor == "sqlite"

    def advance(self, units: int = 1) -> None:
        run = self.run
        run.done += units
        if run.lost.is_set():
            raise LeaseLost
        if run.stopping:
            raise Stopping
        if time.monotonic() - self.looked >= LOOK_S:
            self.looked = time.monotonic()
            if queue.cancel_wanted(run.claim):
                raise Cancelled

    def seal(self, done: Imported) -> None:
        """With the commit: the job is still ours, and what it did is known even if we die right afterwards."""
        if is_for_new(self.run.job):
            self.hand_over(done.project)
        self.run.result["import"] = msgspec.to_builtins(done)
        self.run.write()

    def hand_over(self, project: int) -> None:
        """The jobs, to the project that was made. Raises ImportChanged where the person may make none any more."""
        maker = self.run.job.created_by
        maker = maker and User.objects.filter(pk=maker.pk, is_active=True).first()
        if maker is None or not maker.has_perm("annotate.add_project"):
            raise ImportChanged(MAY_NOT_CREATE)
        jobs = [self.run.job.pk, self.run.payload["check"]]
        Job.objects.filter(pk__in=jobs).update(project=project)


def unfinished() -> set[str]:
    """Keys of the workplaces that jobs may still need: those at work, and checks that may be confirmed."""
    jobs = Job.objects.filter(kind=Job.Kind.IMPORT)
    at_work = jobs.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])
    recent = jobs.filter(
        state__in=[Job.State.DONE, Job.State.FAILED], finished_at__gte=timezone.now() - KEPT_FOR
    )
    return {payload["key"] for payload in (at_work | recent).values_list("payload", flat=True)}


def forget_old_checks(*, older_than_s: float = KEPT_FOR.total_seconds()) -> int:
    """Removes the workplaces that nobody needs any more, with the images in the store that no frame needs. How many.

    Young ones are left alone: a command may be at work on one, of which no job tells."""
    needed = unfinished()
    old = [place for place in workplaces(older_than_s=older_than_s) if place.key not in needed]
    for place in old:
        pictures.settle(place)
        place.remove()
    return len(old)
