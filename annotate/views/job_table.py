"""The page of a project's jobs: what runs, what ran, who started it, how it went, and what can be done about it."""

from datetime import timedelta
from typing import Any, TypedDict, cast
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ..access import Role, at_least, require_role
from ..actions.jobs import jobs_of, may_change, may_retry, message_about
from ..jobs.queue import LEASE_S
from ..jobs.said import log_text
from ..models import Detection, Job, Project, User
from .job_cards import rate_of, state_name

PER_PAGE = 50


class JobRow(TypedDict):
    """``run``: the detection whose run in MLflow the reader may see. ``heartbeat``: when its worker was last heard of.
    ``rate``: units per second. ``took``: so far. ``message``, ``log``: in the reader's language."""

    job: Job
    name: str
    state_name: str
    who: str
    is_active: bool
    rate: float | None
    left: timedelta | None
    heartbeat: Any
    took: timedelta | None
    message: str
    log: str
    run: UUID | None
    summary: dict[str, Any]
    may_cancel: bool
    may_retry: bool


def row_of(job: Job, user: User, role: str) -> JobRow:
    is_active = job.state in {Job.State.QUEUED, Job.State.RUNNING}
    rate = rate_of(job, timezone.now())
    may = may_change(job, user, role)
    is_running = job.state == Job.State.RUNNING
    return {
        "job": job,
        "name": job.payload.get("name", ""),
        "state_name": state_name(job),
        "who": job.created_by.display_name if job.created_by else "",
        "is_active": is_active,
        "rate": rate,
        "left": rounded((job.total_units - job.done_units) / rate) if rate and job.total_units else None,
        "heartbeat": job.lease_until - timedelta(seconds=LEASE_S) if is_running and job.lease_until else None,
        "took": rounded(((job.finished_at or timezone.now()) - job.started_at).total_seconds())
        if job.started_at
        else None,
        "message": message_about(job),
        "log": log_text(job.log),
        "run": run_of(job, user),
        "summary": job.result,
        "may_cancel": is_active and not job.cancel_requested and may,
        "may_retry": may and may_retry(job),
    }


def run_of(job: Job, user: User) -> UUID | None:
    detection: Detection | None = getattr(job, "detection", None)
    return detection.pk if detection is not None and user.has_perm("annotate.view_trackingrun") else None


def rounded(seconds: float) -> timedelta:
    return timedelta(seconds=round(seconds))


@require_safe
@require_role(Role.VIEWER)
def jobs_page(request: HttpRequest, project: Project) -> HttpResponse:
    """With ``?part=rows`` only the table, for the script that keeps the page up to date."""
    role: str = request.role  # type: ignore[attr-defined]
    user = cast(User, request.user)
    jobs = jobs_of(project).select_related("created_by", "detection")
    page = Paginator(jobs, PER_PAGE).get_page(request.GET.get("page"))
    rows = [row_of(job, user, role) for job in page.object_list]
    context = {
        "project": project,
        "page": page,
        "rows": rows,
        "is_busy": any(row["is_active"] for row in rows),
        "is_manager": at_least(role, Role.MANAGER),
        "section": "jobs",
    }
    part = request.GET.get("part") == "rows"
    return render(request, "annotate/_job_rows.html" if part else "annotate/jobs.html", context)
