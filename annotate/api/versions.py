"""Dataset versions: the labelled data of a project at one moment, kept for ever."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from msgspec import Meta, Struct

from ..access import Role
from ..datasets.repository import Repository
from ..datasets.totals import AT_ONCE, totals_of
from ..datasets.versions import difference
from ..jobs.comparing import TooMany, job_for, start_comparison, totals_in
from ..jobs.versions import start_copy, start_restore, start_snapshot
from ..models import DatasetVersion, Project
from .calls import Call, Problem, missing
from .frames import Id
from .jobs import JobInfo
from .jobs import info_of as job_info
from .paging import Page, PageQuery, rows_of
from .routes import route

MOST_LISTED = 1000


class VersionInfo(Struct):
    """``commit`` and ``digest`` name it in git and DVC; ``counts``: frames and boxes, by split, label and source."""

    number: int
    message: str
    commit: str
    digest: str
    counts: dict[str, Any]
    filters: dict[str, Any]
    by: int | None
    created_at: datetime


class NewVersion(Struct, forbid_unknown_fields=True):
    message: Annotated[str, Meta(max_length=500, pattern="^[^\\x00]*$")] = ""


class Comparison(Struct, forbid_unknown_fields=True):
    before: Id
    after: Id


class VersionDifference(Struct):
    """``frames``: how many were added, removed and changed. ``ids``: of the first of them.

    ``boxes``: how many were added, removed, moved, relabelled, judged (accepted, rejected, rated) and changed
    otherwise; one box may be several of these. ``people``: the same by the sign-in name of whoever changed them last,
    ``models``: by the model that had proposed them. All three are null where so many images changed that a job has to
    count first (POST to this address); ``job``: that one, if somebody has asked.
    """

    before: int
    after: int
    frames: dict[str, int]
    ids: list[int]
    boxes: dict[str, int] | None
    people: dict[str, dict[str, int]] | None
    models: dict[str, dict[str, int]] | None
    job: UUID | None


class Copying(Struct, forbid_unknown_fields=True):
    direction: Literal["push", "pull"]


def info_of(version: DatasetVersion) -> VersionInfo:
    return VersionInfo(
        number=version.number,
        message=version.message,
        commit=version.git_commit,
        digest=version.digest,
        counts=version.counts,
        filters=version.filters,
        by=version.created_by_id,
        created_at=version.created_at,
    )


@route("GET", "projects/<id:project_id>/versions", role=Role.VIEWER)
def list_versions(call: Call, project: Project, query: PageQuery) -> Page[VersionInfo]:
    """The versions of a project, newest first."""
    found, following = rows_of(project.dataset_versions.all(), query, "-number")
    return Page([info_of(one) for one in found], following)


@route("GET", "projects/<id:project_id>/versions/<id:number>", role=Role.VIEWER)
def get_version(call: Call, project: Project, number: int) -> VersionInfo:
    """One version."""
    return info_of(version_in(project, number))


def version_in(project: Project, number: int) -> DatasetVersion:
    version = project.dataset_versions.select_related("project").filter(number=number).first()
    if version is None:
        raise missing()
    return version


@route(
    "GET",
    "projects/<id:project_id>/versions/compare",
    role=Role.VIEWER,
    also={409: "Files of a version are not here."},
)
def compare_versions(call: Call, project: Project, query: Comparison) -> VersionDifference:
    """How many images came, went and changed between two versions, which, and what became of the boxes."""
    before, after = version_in(project, query.before), version_in(project, query.after)
    job = job_for(before, after)
    try:
        found = difference(Repository(project.pk), before.digest, after.digest)
        totals = totals_in(job) or (totals_of(project, found) if len(found.files) <= AT_ONCE else None)
    except (OSError, ValueError) as error:
        detail = _("Files of one of these versions are not on the server. Fetch them from the remote first.")
        raise Problem(409, detail, code="files_missing") from error
    return VersionDifference(
        before=before.number,
        after=after.number,
        frames=found.frames,
        ids=sorted(found.files)[:MOST_LISTED],
        boxes=totals.boxes if totals else None,
        people=totals.people if totals else None,
        models=totals.models if totals else None,
        job=job.pk if job else None,
    )


@route(
    "POST",
    "projects/<id:project_id>/versions/compare",
    role=Role.VIEWER,
    status=202,
    also={409: "As many comparisons of the project are at work as may be."},
)
def count_difference(call: Call, project: Project, body: Comparison) -> JobInfo:
    """Queues the counting of what became of all boxes between two versions; GET of this address has it then. What was
    counted before is not counted again."""
    try:
        job = start_comparison(
            version_in(project, body.before), version_in(project, body.after), user=call.user
        )
    except TooMany as error:
        detail = _("Several comparisons are running already. Wait for one of them, or stop it.")
        raise Problem(409, detail, code="busy") from error
    return job_info(job, call.user, call.role)


@route("POST", "projects/<id:project_id>/versions/<id:number>/restore", role=Role.MANAGER, status=202)
def restore_version(call: Call, project: Project, number: int) -> JobInfo:
    """Queues bringing the boxes back to what they were in a version, by operations that can themselves be undone."""
    job = start_restore(version_in(project, number), user=call.user)
    return job_info(job, call.user, call.role)


@route("POST", "projects/<id:project_id>/versions/copy", role=Role.MANAGER, status=202)
def copy_versions(call: Call, project: Project, body: Copying) -> JobInfo:
    """Queues copying all versions to the remote that the administrator set, or from there. Where the same waits or runs
    already, that job is the answer."""
    job, _is_new = start_copy(project, user=call.user, pull=body.direction == "pull")
    return job_info(job, call.user, call.role)


@route("POST", "projects/<id:project_id>/versions", role=Role.MANAGER, status=202)
def create_version(call: Call, project: Project, body: NewVersion) -> JobInfo:
    """Queues the making of a version of what is complete now; its job tells the number."""
    job = start_snapshot(project, user=call.user, message=body.message)
    return job_info(job, call.user, call.role)
