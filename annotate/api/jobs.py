"""Work that outlasts a request: how far it is, stopping it, and trying it again."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from msgspec import Struct

from ..access import Refused, Role
from ..actions import jobs as acting
from ..models import Job, Project, User
from .calls import Call, Problem, missing
from .paging import Page, PageQuery, rows_of
from .routes import route

State = Literal["queued", "running", "done", "failed", "cancelled"]


class JobInfo(Struct):
    """``total``: 0 while unknown. ``message``: why it failed or ended early. ``result`` depends on the kind."""

    id: UUID
    kind: str
    state: str
    name: str
    done: int
    total: int
    message: str
    result: dict[str, Any]
    by: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    may_cancel: bool
    may_retry: bool


class JobQuery(PageQuery):
    kind: str | None = None
    state: State | None = None


def info_of(job: Job, user: User, role: str) -> JobInfo:
    may = acting.may_change(job, user, role)
    is_active = job.state in {Job.State.QUEUED, Job.State.RUNNING}
    return JobInfo(
        id=job.pk,
        kind=job.kind,
        state=job.state,
        name=job.payload.get("name", ""),
        done=job.done_units,
        total=job.total_units,
        message=acting.message_about(job),
        result=job.result,
        by=job.created_by_id,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        may_cancel=may and is_active and not job.cancel_requested,
        may_retry=may and acting.may_retry(job),
    )


def job_in(project: Project, job_id: UUID) -> Job:
    job = acting.jobs_of(project).filter(pk=job_id).first()
    if job is None:
        raise missing()
    return job


@route("GET", "projects/<id:project_id>/jobs", role=Role.VIEWER)
def list_jobs(call: Call, project: Project, query: JobQuery) -> Page[JobInfo]:
    """The jobs of a project, newest first."""
    wanted = {"kind": query.kind, "state": query.state}
    jobs = acting.jobs_of(project).filter(
        **{name: value for name, value in wanted.items() if value is not None}
    )
    found, following = rows_of(jobs, query, "-created_at", "-pk")
    return Page([info_of(one, call.user, call.role) for one in found], following)


@route("GET", "projects/<id:project_id>/jobs/<uuid:job_id>", role=Role.VIEWER)
def get_job(call: Call, project: Project, job_id: UUID) -> JobInfo:
    """One job."""
    return info_of(job_in(project, job_id), call.user, call.role)


@route("POST", "projects/<id:project_id>/jobs/<uuid:job_id>/cancel", role=Role.ANNOTATOR)
def cancel_job(call: Call, project: Project, job_id: UUID) -> JobInfo:
    """Asks it to stop; what it did so far stays. Managers, and whoever started it. An ended one stays as it is."""
    job = changeable(call, project, job_id)
    acting.cancel(job)
    return info_of(job, call.user, call.role)


@route(
    "POST",
    "projects/<id:project_id>/jobs/<uuid:job_id>/retry",
    role=Role.ANNOTATOR,
    also={409: "The job has not failed, or cannot be tried again."},
)
def retry_job(call: Call, project: Project, job_id: UUID) -> JobInfo:
    """Queues a failed job once more."""
    job = changeable(call, project, job_id)
    if not (acting.may_retry(job) and acting.retry(job)):
        raise Problem(409, _("This job cannot be tried again. Nothing was changed."), code="not_failed")
    job.refresh_from_db()
    return info_of(job, call.user, call.role)


def changeable(call: Call, project: Project, job_id: UUID) -> Job:
    job = job_in(project, job_id)
    if not acting.may_change(job, call.user, call.role):
        raise Refused(_("Your role in this project does not allow this."))
    return job
