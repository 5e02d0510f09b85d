"""Error answers: what happened, that nothing was lost, what to do, and the id that finds the log lines.

Never the exception itself. These pages need no database, session or user, so they work when those do not.
"""

import sys

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from ..access import Refused
from ..problems import PREFIX, problem_response
from ..refused import is_signed_in, note_refused


def answer(request: HttpRequest, status: int, *, title: str, detail: str, advice: str) -> HttpResponse:
    if request.path.startswith(PREFIX):
        return problem_response(request, status, title=title, detail=detail)
    request_id = getattr(request, "request_id", "-")
    wants_json = "application/json" in request.headers.get("Accept", "")
    if wants_json or request.path.startswith(("/api/", "/ai/")):
        error = {"error": {"status": status, "title": title, "detail": detail, "request_id": request_id}}
        return JsonResponse(error, status=status)
    context = {
        "status": status,
        "title": title,
        "detail": detail,
        "advice": advice,
        "request_id": request_id,
        "theme": getattr(request, "theme", "system"),
    }
    return HttpResponse(render_to_string("annotate/error.html", context), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(
        request,
        400,
        title=_("This request cannot be read"),
        detail=_("The server did not understand what the browser sent. Nothing was changed."),
        advice=_("Go back and try again. If it keeps happening, reload the page."),
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_signed_in(request):
        note_refused(request, "no permission")
    return answer(
        request,
        403,
        title=_("You may not do this"),
        detail=str(exception)
        if isinstance(exception, Refused)
        else _("Your account does not have the right to do this."),
        advice=_("Nothing was changed. Ask a manager of the project for the role you need."),
    )


def page_not_found(request: HttpRequest, exception: Http404) -> HttpResponse:
    return answer(
        request,
        404,
        title=_("Nothing here"),
        detail=_("There is no such page, or you are not a member of its project."),
        advice=_("Check the address, or ask a manager of the project to add you."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    # Django calls this while the exception is being handled, and does not hand it on.
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return unavailable(request)
    return answer(
        request,
        500,
        title=_("Something went wrong on the server"),
        detail=_("This is our mistake, not yours. Edits that were marked as saved are safe."),
        advice=_("Try again in a moment. If it keeps happening, give the administrator the reference below."),
    )


def unavailable(request: HttpRequest) -> HttpResponse:
    response = answer(
        request,
        503,
        title=_("The database cannot be reached"),
        detail=_("Nothing was lost. Edits that are not saved yet are kept in the browser that made them."),
        advice=_("Wait a moment, then reload the page. An open editor goes on by itself."),
    )
    response["Retry-After"] = "5"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(
        request,
        403,
        title=_("This form is out of date"),
        detail=_("The page was open for a long time, or cookies are blocked. Nothing was changed."),
        advice=_("Go back, reload the page and send the form again. Cookies must be allowed for this site."),
    )
