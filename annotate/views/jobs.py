"""The jobs of a project: how far they are, and what a manager can do about them."""

import re
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ..access import Refused, Role, require_role
from ..actions.jobs import cancel, jobs_of, may_change, retry
from ..models import Job, Project, User
from .job_cards import JobCard, card_of
from .scripts import tells_scripts, wants_json

MOST_SHOWN = 30
BACK = {"jobs": "jobs_page", "data": "data", "versions": "versions", "agreement": "agreement"}
"""Pages from which a job can be changed, by what their forms say."""


def cards_of(project: Project) -> list[JobCard]:
    """Of archives and videos, for where images are added."""
    return [card_of(job) for job in jobs_of(project).filter(kind=Job.Kind.INGEST)[:MOST_SHOWN]]


def size_text(size: int) -> str:
    """Such as 256 MB or 1.5 GB, in the reader's language."""
    return re.sub(r"[.,]0(?=\D)", "", filesizeformat(size))


def upload_context(project: Project) -> dict[str, Any]:
    """For annotate/_upload.html: the jobs there are now, and the limits that the page can check by itself."""
    limits = {
        "upload_bytes": settings.MAX_UPLOAD_BYTES,
        "upload": size_text(settings.MAX_UPLOAD_BYTES),
        "image": size_text(settings.MAX_IMAGE_BYTES),
        "video_images": number_format(settings.MAX_VIDEO_FRAMES, force_grouping=True),
    }
    return {"job_cards": cards_of(project), "upload_limits": limits}


@require_safe
@tells_scripts
@require_role(Role.MANAGER)
def jobs(request: HttpRequest, project: Project) -> HttpResponse:
    return JsonResponse({"jobs": cards_of(project)})


@require_POST
@tells_scripts
@require_role(Role.ANNOTATOR)
def change(request: HttpRequest, project: Project, job_id: str) -> HttpResponse:
    """``action`` is ``cancel`` or ``retry``; what comes too late changes nothing. JSON for scripts."""
    job = project.jobs.exclude(kind=Job.Kind.THUMBNAIL).filter(pk=job_id).first()
    if job is None:
        raise Http404
    if not may_change(job, cast(User, request.user), request.role):  # type: ignore[attr-defined]
        raise Refused(_("Your role in this project does not allow this."))
    action = request.POST.get("action")
    if action == "cancel":
        cancel(job)
    elif action == "retry":
        retry(job)
    else:
        return HttpResponseBadRequest(_("There is no such action. Nothing was changed."))
    job.refresh_from_db()
    if wants_json(request):
        return JsonResponse({"job": card_of(job)})
    card = card_of(job)
    messages.success(request, _("%(name)s: %(state)s") % {"name": card["name"], "state": card["state_name"]})
    return redirect(BACK.get(request.POST.get("back", ""), "project"), project.pk)
