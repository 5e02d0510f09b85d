"""The figures of a project: the page, the same as JSON for looking on live, as files, and the frames behind them."""

import hashlib
from typing import Any, cast

import msgspec
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..access import Role, at_least, check_role, require_role
from ..figures.asking import choice_for
from ..figures.behind import MOST_SHOWN, frames_behind, going_on
from ..figures.catalogue import BY_NAME, CATALOGUE
from ..figures.choice import DAYS, STEPS, BadChoice, Choice
from ..figures.files import csv_of
from ..figures.report import report_for
from ..figures.state import state_of
from ..models import Frame, Project, User
from .api import api_view
from .json_body import BadBody


def choice_of(request: HttpRequest, project: Project, role: str) -> Choice:
    """What the address asks for, as far as the reader may see it. Raises BadBody."""
    try:
        return choice_for(request.GET.dict(), project.pk, reader_for(request, role))
    except BadChoice as bad:
        raise BadBody(_("The server did not understand this: %(why)s.") % {"why": bad}) from bad


def reader_for(request: HttpRequest, role: str) -> int | None:
    """Whose work is shown: everybody's (None) from reviewers on, else one's own."""
    return None if at_least(role, Role.REVIEWER) else cast(User, request.user).pk


def etag_of(choice: Choice) -> str:
    """Another whenever the answer may be: by what is in the project, what was asked, and the day or hour. One query."""
    facts = (settings.VERSION, get_language(), choice.project, choice.reader, choice.asked, choice.since)
    return f'"{hashlib.sha256(repr((facts, state_of(choice.project))).encode()).hexdigest()[:32]}"'


def project_for(request: HttpRequest, project_id: int) -> tuple[Project, str]:
    """The project and the reader's role in it. Raises Http404."""
    project = Project.objects.filter(pk=project_id).first()
    if project is None:
        raise Http404(_("There is no such page, or you are not a member of its project."))
    return project, check_role(request.user, project, Role.VIEWER)


@require_safe
@require_role(Role.VIEWER)
def dashboard(request: HttpRequest, project: Project) -> HttpResponse:
    """The page; its script asks for the figures. An address that asks for something wrongly is said to, and nothing of
    it is chosen."""
    role: str = request.role  # type: ignore[attr-defined]
    bad = ""
    try:
        choice = choice_of(request, project, role)
    except BadBody as refused:
        bad, choice = refused.detail, choice_for({}, project.pk, reader_for(request, role))
    context = {
        "project": project,
        "section": "figures",
        "is_manager": at_least(role, Role.MANAGER),
        "sees_everybody": at_least(role, Role.REVIEWER),
        "catalogue": CATALOGUE,
        "days": DAYS,
        "asked": choice.asked,
        "bad": bad,
        "steps": STEPS,
    }
    return render(request, "annotate/dashboard.html", context)


@require_safe
@api_view
def figures(request: HttpRequest, project_id: int) -> HttpResponse:
    """Every figure. 304 for the ETag of the last answer while nothing has changed."""
    project, role = project_for(request, project_id)
    choice = choice_of(request, project, role)
    etag = etag_of(choice)
    response: HttpResponse | None = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(msgspec.json.encode(report_for(choice)), content_type="application/json")
    response["ETag"] = etag
    return response


@require_safe
@require_role(Role.VIEWER)
def figure_file(request: HttpRequest, project: Project, name: str) -> HttpResponse:
    """One figure as CSV."""
    role: str = request.role  # type: ignore[attr-defined]
    try:
        choice = choice_for(request.GET.dict(), project.pk, reader_for(request, role))
    except BadChoice as bad:
        return HttpResponse(str(bad), status=400, content_type="text/plain; charset=utf-8")
    found = [figure for figure in report_for(choice).figures if figure.name == name]
    if not found:
        raise Http404(_("There is no such figure."))
    response = HttpResponse(csv_of(found[0]), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="project-{project.pk}-{name}-{choice.asked.days}-days.csv"'
    )
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@api_view
def figure_frames(request: HttpRequest, project_id: int, name: str) -> HttpResponse:
    """The frames that a figure, a row or a cell counts: MOST_SHOWN of them, from the first or from the one behind
    ``after`` on, and how many there are in all."""
    project, role = project_for(request, project_id)
    if name not in BY_NAME:
        raise Http404(_("There is no such figure."))
    choice = choice_of(request, project, role)
    found = frames_behind(name, choice)
    frames = [card_of(frame) for frame in going_on(found, choice)[: MOST_SHOWN + 1]]
    shown = frames[:MOST_SHOWN]
    total = len(frames) if frames == shown and choice.asked.after is None else found.count()
    return JsonResponse({"frames": shown, "total": total, "has_more": frames != shown})


def card_of(frame: Frame) -> dict[str, Any]:
    return {
        "id": frame.pk,
        "name": frame.name,
        "status": frame.status,
        "status_name": frame.get_status_display(),
        "url": reverse("editor", args=[frame.project_id, frame.pk]),
        "thumbnail": reverse("frame_thumbnail", args=[frame.pk]),
    }
