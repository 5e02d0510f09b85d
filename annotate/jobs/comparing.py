"""Counting what became of all boxes between two versions, where so many images changed that nobody should wait for it.

Versions never change, so neither does what came out: it stays in the row of the job, and is looked for there.
"""

import msgspec
from django.db import transaction
from django.utils.translation import gettext_noop

from ..datasets.repository import Repository
from ..datasets.totals import Totals, totals_of
from ..datasets.versions import difference
from ..models import DatasetVersion, Job, Project, User
from . import queue
from .run import JobFailed, JobRun

AT_WORK = (Job.State.QUEUED, Job.State.RUNNING)
AT_ONCE = 3
"""Of one project that wait or run at a time: each reads two versions."""
FILES_MISSING = gettext_noop(
    "Files of one of these versions are not on the server. Fetch them from the remote first."
)
UNREADABLE = gettext_noop(
    "Files of one of these versions cannot be read; the log says which. Nothing was changed. An administrator can "
    "bring them back from the remote or a backup, then ask again."
)
GONE = gettext_noop("One of the versions is gone.")


class TooMany(Exception):
    """So many comparisons of this project are at work already."""


def job_for(before: DatasetVersion, after: DatasetVersion) -> Job | None:
    """The one that counts or has counted this, the newest; None where nobody asked."""
    pair = {"payload__before": before.number, "payload__after": after.number}
    jobs = Job.objects.filter(project=before.project_id, kind=Job.Kind.COMPARE, **pair)
    return jobs.order_by("-created_at", "pk").first()


def totals_in(job: Job | None) -> Totals | None:
    """What it counted, as soon as it has."""
    if job is None or job.state != Job.State.DONE:
        return None
    return msgspec.convert(job.result["totals"], Totals)


def start_comparison(before: DatasetVersion, after: DatasetVersion, *, user: User | None) -> Job:
    """Queues it, or gives the job that does or has done it. Raises TooMany."""
    with transaction.atomic():
        project = Project.objects.select_for_update(no_key=True).get(pk=before.project_id)
        known = job_for(before, after)
        if known is not None and known.state in (*AT_WORK, Job.State.DONE):
            return known
        if Job.objects.filter(project=project, kind=Job.Kind.COMPARE, state__in=AT_WORK).count() >= AT_ONCE:
            raise TooMany
        pair = {"before": before.number, "after": after.number, "name": f"{before} – {after}"}
        return queue.enqueue(Job.Kind.COMPARE, project=project, user=user, payload=pair)


def compare(run: JobRun) -> None:
    """``result``: the totals. Raises Interrupted, JobFailed."""
    project = run.job.project
    numbers = run.payload["before"], run.payload["after"]
    versions = DatasetVersion.objects.filter(project=project, number__in=numbers)
    digests = dict(versions.values_list("number", "digest"))
    if project is None or not digests.keys() >= set(numbers):
        raise JobFailed(GONE)
    run.done = 0
    try:
        found = difference(Repository(project.pk), *(digests[number] for number in numbers))
        run.total = len(found.files)
        run.check()
        totals = totals_of(project, found, run)
    except FileNotFoundError as error:
        raise JobFailed(FILES_MISSING) from error
    except (OSError, ValueError) as error:
        run.quote(str(error))
        raise JobFailed(UNREADABLE) from error
    run.result = {"totals": msgspec.to_builtins(totals)}
