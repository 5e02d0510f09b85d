"""From a request to a function of the API and back: who, what, may they, and every error as a problem."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

import msgspec
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from ..access import Refused, check_role
from ..models import Frame, Project
from ..problems import problem_response
from ..refused import note_refused
from . import idempotency
from .calls import Call, Problem, missing
from .routes import JSON, Route
from .signing_in import signed_in

LONGEST_QUERY_VALUE = 1000
encode = msgspec.json.Encoder().encode


def view_of(methods: dict[str, Route]) -> Callable[..., HttpResponseBase]:
    """The view of one address. The check against CSRF is ours: a token in the header needs none."""

    @csrf_exempt
    def view(request: HttpRequest, **ids: Any) -> HttpResponseBase:
        response = answer(request, methods, ids)
        response.headers.setdefault("Cache-Control", "private, no-store")
        response["Vary"] = "Authorization, Cookie, Accept-Language"
        return response

    return view


def answer(request: HttpRequest, methods: dict[str, Route], ids: dict[str, Any]) -> HttpResponseBase:
    route = methods.get("GET" if request.method == "HEAD" else request.method or "")
    if route is None:
        return not_allowed(request, methods)
    try:
        return served(request, route, ids)
    except Problem as problem:
        response = problem_response(
            request, problem.status, detail=problem.detail, code=problem.code, **problem.more
        )
        for name, value in problem.headers.items():
            response[name] = value
        return response
    except Http404:  # in one text, whatever was not found
        return problem_response(request, 404, detail=str(missing()))
    except Refused as refused:
        return problem_response(request, 403, detail=str(refused), code="role")


def not_allowed(request: HttpRequest, methods: dict[str, Route]) -> HttpResponse:
    allowed = sorted({*methods, *({"HEAD"} if "GET" in methods else ())})
    detail = _("This address takes: %(methods)s.") % {"methods": ", ".join(allowed)}
    response = problem_response(request, 405, detail=detail)
    response["Allow"] = ", ".join(allowed)
    return response


def served(request: HttpRequest, route: Route, ids: dict[str, Any]) -> HttpResponseBase:
    """Raises Problem, Http404, Refused."""
    user, token = signed_in(request, route)
    try:
        return answered(request, route, ids, Call(request, user, token, route.status))
    except Refused:
        note_refused(request, "no permission", user=user.pk)
        raise


def answered(request: HttpRequest, route: Route, ids: dict[str, Any], call: Call) -> HttpResponseBase:
    """Raises as ``served``."""
    words: dict[str, Any] = rows_for(call, route, ids)
    query = query_in(request, route)
    if route.query is not None:
        words["query"] = query
    if route.takes == JSON:
        words["body"] = body_in(request, route)
    elif route.takes and request.content_type != route.takes:
        raise Problem(415, _("Send this with the content type %(type)s.") % {"type": route.takes})

    def done() -> HttpResponseBase:
        return response_of(call, route, route.function(call, **words))

    key = idempotency.key_in(request) if route.takes_key else None
    return idempotency.once(request, call.user, key, done) if key else done()


def rows_for(call: Call, route: Route, ids: dict[str, Any]) -> dict[str, Any]:
    """The ids of the address, those of projects and frames as rows that the caller may see."""
    words = dict(ids)
    project: Project | None = None
    if "project_id" in words:
        project = Project.objects.filter(pk=words.pop("project_id")).first()
        words["project"] = project
    elif "frame_id" in words:
        frame = Frame.objects.select_related("project", "source").filter(pk=words.pop("frame_id")).first()
        project, words["frame"] = (frame.project if frame else None), frame
    else:
        return words
    if project is None:
        raise missing()
    call.role = check_role(call.user, project, route.role)
    return words


def query_in(request: HttpRequest, route: Route) -> Any:
    """Raises Problem: 400 for a name that the address does not know, or twice, or a value of another type."""
    given = request.GET
    if any(len(values) != 1 for _name, values in given.lists()):
        raise Problem(400, _("Give each name of the query once. Nothing was changed."), code="query")
    known = set(route.query.__struct_fields__) if route.query is not None else set()
    unknown = sorted(set(given) - known)
    if unknown:
        words = {"name": unknown[0][:80], "known": ", ".join(sorted(known)) or "–"}
        detail = _("There is no parameter “%(name)s” here; there are: %(known)s.") % words
        raise Problem(400, detail, code="query")
    if any("\0" in value or len(value) > LONGEST_QUERY_VALUE for value in given.values()):
        raise Problem(400, _("A value of the query cannot be used. Nothing was changed."), code="query")
    if route.query is None:
        return None
    try:
        return msgspec.convert(given.dict(), type=route.query, strict=False)
    except msgspec.ValidationError as error:
        raise Problem(400, str(error)[:300], code="query") from error


def body_in(request: HttpRequest, route: Route) -> Any:
    """Raises Problem: 415 for another content type, 400 for what is no JSON, 422 for JSON of another shape."""
    if request.content_type != JSON:
        raise Problem(415, _("Send JSON with the content type application/json. Nothing was changed."))
    try:
        return msgspec.json.decode(request.body, type=route.body)
    except msgspec.ValidationError as error:
        errors = [{"field": path_in(str(error)), "message": str(error)[:300]}]
        raise Problem(422, _("Some values cannot be used. Nothing was changed."), errors=errors) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        why = str(error)[:200] if isinstance(error, msgspec.DecodeError) else type(error).__name__
        detail = _("The server did not understand this: %(why)s. Nothing was changed.") % {"why": why}
        raise Problem(400, detail, code="json") from error


def path_in(message: str) -> str:
    """``commands[0].set.x1`` from a message of msgspec."""
    _before, _at, path = message.partition(" - at `$")
    return path.rstrip("`").lstrip(".")


def response_of(call: Call, route: Route, result: Any) -> HttpResponseBase:
    if isinstance(result, HttpResponseBase):
        response: HttpResponseBase = result
    elif route.answer is None:
        response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    else:
        response = HttpResponse(encode(result), status=call.status, content_type=JSON)
    for name, value in call.headers.items():
        response[name] = value
    if route.is_conditional and route.method == "GET" and "ETag" in response:
        whole = cast(HttpResponse, response)
        return get_conditional_response(call.request, etag=response["ETag"], response=whole) or response
    return response
