"""The jobs of a project: how far they are, and what a manager can do about them."""

import re
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Case, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ..access import Role, require_role
from ..jobs import ingest
from ..models import Job, Project
from .job_cards import JobCard, card_of
from .scripts import tells_scripts, wants_json

MOST_SHOWN = 30


def jobs_of(project: Project) -> QuerySet[Job]:
    """Those at work first, then the latest. Thumbnails are nobody's business."""
    active = Case(When(state__in=[Job.State.QUEUED, Job.State.RUNNING], then=Value(0)), default=Value(1))
    return project.jobs.exclude(kind=Job.Kind.THUMBNAIL).order_by(active, "-created_at", "pk")


def cards_of(project: Project) -> list[JobCard]:
    return [card_of(job) for job in jobs_of(project)[:MOST_SHOWN]]


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
@require_role(Role.MANAGER)
def change(request: HttpRequest, project: Project, job_id: str) -> HttpResponse:
    """``action`` is ``cancel`` or ``retry``; what comes too late changes nothing. JSON for scripts."""
    job = project.jobs.exclude(kind=Job.Kind.THUMBNAIL).filter(pk=job_id).first()
    if job is None:
        raise Http404
    action = request.POST.get("action")
    if action == "cancel":
        ingest.cancel(job)
    elif action == "retry":
        ingest.retry(job)
    else:
        return HttpResponseBadRequest(_("There is no such action. Nothing was changed."))
    job.refresh_from_db()
    if wants_json(request):
        return JsonResponse({"job": card_of(job)})
    card = card_of(job)
    messages.success(request, _("%(name)s: %(state)s") % {"name": card["name"], "state": card["state_name"]})
    return redirect("project", project.pk)
