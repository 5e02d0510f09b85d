"""Exports: asked for, written by a job, fetched for a few days."""

from uuid import UUID

from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from ..access import Role
from ..actions.data import archive_of
from ..datasets.export_wish import ExportWish, WishRefused, checked_export
from ..jobs.exporting import TooMany
from ..jobs.exporting import start_export as start
from ..models import Project
from .calls import Call, Problem, missing
from .jobs import JobInfo, info_of
from .routes import route


@route(
    "POST",
    "projects/<id:project_id>/exports",
    role=Role.REVIEWER,
    status=202,
    also={409: "As many exports of the project are at work as may be."},
)
def start_export(call: Call, project: Project, body: ExportWish) -> JobInfo:
    """Queues an export in one of the formats of docs/formats.md. One that waits for exactly this is that one."""
    try:
        job = start(project, checked_export(project, body), user=call.user)
    except WishRefused as refused:
        raise Problem(422, str(refused), code=refused.code) from refused
    except TooMany as error:
        detail = _("Several exports are running already. Wait for one of them, or stop it.")
        raise Problem(409, detail, code="busy") from error
    call.headers["Location"] = f"/api/v1/projects/{project.pk}/jobs/{job.pk}"
    return info_of(job, call.user, call.role)


@route(
    "GET", "projects/<id:project_id>/exports/<uuid:job_id>/file", role=Role.REVIEWER, gives="application/zip"
)
def get_export(call: Call, project: Project, job_id: UUID) -> HttpResponseBase:
    """The archive; 404 until its job is done, and when it was cleared away."""
    response = archive_of(project, job_id)
    if response is None:
        raise missing()
    return response
