"""Data sets that come in: sent, checked by a job that changes nothing, then confirmed."""

from collections.abc import Callable
from typing import Annotated, cast
from uuid import UUID

from django.utils.translation import gettext as _
from msgspec import Meta, Struct

from ..access import Role
from ..actions.data import receive, receive_new
from ..actions.incoming import BodyFile, IncomingFile
from ..actions.jobs import cancel
from ..actions.projects import check_may_create
from ..actions.uploads import RAW
from ..datasets.catalogue import FORMATS
from ..datasets.checking import CheckReport
from ..datasets.export_wish import WishRefused
from ..datasets.import_wish import ImportWish, check_import
from ..jobs import importing
from ..media.ingest import DISK_FULL
from ..media.refusals import MESSAGES
from ..models import Job, Project
from .calls import Call, Problem, missing
from .jobs import JobInfo, info_of
from .routes import Scope, route


class ImportQuery(Struct, forbid_unknown_fields=True):
    """``format``: a word of docs/formats.md, or nothing to have it found out."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    format: Annotated[str, Meta(max_length=40)] = ""


class ImportInfo(Struct):
    """``report``: what the check found; null while it runs. ``can_be_confirmed``: it waits for a decision."""

    job: JobInfo
    report: CheckReport | None
    can_be_confirmed: bool


class NewImportQuery(ImportQuery, kw_only=True, forbid_unknown_fields=True):
    """``project``: the name of the project to make."""

    project: Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")]


def import_in(project: Project, job_id: UUID) -> Job:
    job = project.jobs.filter(pk=job_id, kind=Job.Kind.IMPORT).select_related("project").first()
    if job is None:
        raise missing()
    return job


@route(
    "POST",
    "projects/<id:project_id>/imports",
    role=Role.MANAGER,
    status=202,
    takes=RAW,
    also={507: "The server has no room left."},
)
def start_import(call: Call, project: Project, query: ImportQuery) -> JobInfo:
    """Takes a data set in, which is the body, and checks it. Nothing of the project changes before it is confirmed."""
    job = taken(call, query, lambda file: receive(project, call.user, file, query.format))
    return info_of(job, call.user, call.role)


def taken(call: Call, query: ImportQuery, take: Callable[[IncomingFile], Job]) -> Job:
    file = cast(IncomingFile, BodyFile(call.request))
    if not file.size:
        raise Problem(422, str(MESSAGES["no_file"]), code="no_file")
    if query.format and query.format not in FORMATS:
        raise Problem(422, str(MESSAGES["format_unknown"]), code="format_unknown")
    try:
        return take(file)
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        raise Problem(507, str(MESSAGES["disk_full"]), code="disk_full") from error


@route("GET", "projects/<id:project_id>/imports/<uuid:job_id>", role=Role.MANAGER)
def get_import(call: Call, project: Project, job_id: UUID) -> ImportInfo:
    """How far it is, and what the check found."""
    return shown(call, import_in(project, job_id), call.role)


def shown(call: Call, job: Job, role: str) -> ImportInfo:
    can_be_confirmed = importing.can_be_confirmed(job)
    return ImportInfo(info_of(job, call.user, role), importing.report_of(job), can_be_confirmed)


@route(
    "POST",
    "projects/<id:project_id>/imports/<uuid:job_id>/confirm",
    role=Role.MANAGER,
    status=202,
    also={409: "There is no check that waits for a decision."},
)
def confirm_import(call: Call, project: Project, job_id: UUID, body: ImportWish) -> JobInfo:
    """Imports what was checked. The same check confirmed twice is imported once."""
    check = import_in(project, job_id)
    return info_of(confirmed(call, project, check, body), call.user, call.role)


def confirmed(call: Call, project: Project | None, check: Job, body: ImportWish) -> Job:
    report = importing.report_of(check)
    if report is None or not importing.can_be_confirmed(check):
        detail = _("This check can no longer be confirmed. Send the file again.")
        raise Problem(409, detail, code="not_waiting")
    try:
        check_import(project, report, body)
    except WishRefused as refused:
        raise Problem(422, str(refused), code=refused.code) from refused
    return importing.queue_write(check, body, user=call.user)


def import_by(call: Call, job_id: UUID) -> Job:
    """Into a new project: of whoever began it, as long as they may make one."""
    check_may_create(call.user)
    job = importing.for_new_projects(call.user).filter(pk=job_id).select_related("project").first()
    if job is None:
        raise missing()
    return job


@route(
    "POST",
    "imports",
    scope=Scope.MANAGE,
    status=202,
    takes=RAW,
    also={507: "The server has no room left."},
)
def start_new_import(call: Call, query: NewImportQuery) -> JobInfo:
    """Takes a data set in, which is the body, and checks it for a new project. The import makes that, with me as its
    first manager, or nothing at all. Needs the permission to create projects."""
    check_may_create(call.user)
    name = query.project.strip()
    job = taken(call, query, lambda file: receive_new(call.user, file, name, query.format))
    call.headers["Location"] = f"/api/v1/imports/{job.pk}"
    return info_of(job, call.user, Role.MANAGER)


@route("GET", "imports/<uuid:job_id>", scope=Scope.MANAGE)
def get_new_import(call: Call, job_id: UUID) -> ImportInfo:
    """How far an import into a new project is, what its check found, and in the end (``result.import.project``) which
    project was made."""
    return shown(call, import_by(call, job_id), Role.MANAGER)


@route("POST", "imports/<uuid:job_id>/cancel", scope=Scope.MANAGE)
def cancel_new_import(call: Call, job_id: UUID) -> JobInfo:
    """Stops a check or an import into a new project: there is no project then, and of a check no file. One that has
    ended stays as it is."""
    job = import_by(call, job_id)
    cancel(job)
    return info_of(job, call.user, Role.MANAGER)


@route(
    "POST",
    "imports/<uuid:job_id>/confirm",
    scope=Scope.MANAGE,
    status=202,
    also={409: "There is no check that waits for a decision."},
)
def confirm_new_import(call: Call, job_id: UUID, body: ImportWish) -> JobInfo:
    """Makes the project and imports what was checked, both or neither. The same check confirmed twice is one import."""
    check = import_by(call, job_id)
    return info_of(confirmed(call, None, check, body), call.user, Role.MANAGER)
