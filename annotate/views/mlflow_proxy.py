"""MLflow under the site's own address, for those who may see it. What is not listed here is not passed on.

MLflow has no accounts. Who may read and who may write is said by two permissions of the product, which staff gives in
the admin: "Can view tracking run" and "Can change tracking run". They hold for the whole installation.
"""

import http.client
import logging
import re
from http import HTTPStatus
from urllib.parse import parse_qsl, quote, urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from ..access import Refused
from ..models import User
from ..origin import is_own_origin
from .errors import answer

logger = logging.getLogger(__name__)

TIMEOUT_S = 30.0
LARGEST_ANSWER = 64_000_000
READ, WRITE = "annotate.view_trackingrun", "annotate.change_trackingrun"
SAFE_METHODS = ("GET", "HEAD")

API = r"ajax-api/[23]\.0/mlflow/"
PAGES = re.compile(rf"""
    $ | static-files/ | health$ | version$ | get-artifact$ | model-versions/get-artifact$
    | ajax-api/2\.0/mlflow-artifacts/artifacts(/|$)
    | {API}(experiments|runs|metrics|artifacts|registered-models|model-versions|logged-models|datasets|traces)/
    | {API}get-trace-artifact$ | ajax-api/3\.0/mlflow/server-info$ | server-info$
""", re.VERBOSE)  # fmt: skip
"""Read with GET."""
SEARCHES = re.compile(
    rf"graphql$ | {API}(experiments|runs|registered-models|model-versions|logged-models|traces|datasets)/"
    r"(search|search-datasets)$ | ajax-api/3\.0/mlflow/traces/metrics$",
    re.VERBOSE,
)
"""Read with POST: MLflow's GraphQL changes nothing, and of traces it only counts."""
WRITES = re.compile(rf"""
    {API}experiments/(delete|restore|update|set-experiment-tag|delete-experiment-tag)$
    | {API}runs/(delete|restore|update|set-tag|delete-tag)$
    | {API}registered-models/(create|delete|update|rename|set-tag|delete-tag|alias)$
    | {API}model-versions/(create|delete|update|transition-stage|set-tag|delete-tag)$
    | {API}logged-models/[\w-]+(/tags(/[^/]+)?)?$
""", re.VERBOSE)  # fmt: skip
"""What a person curates with. Experiments, runs and points are made by the relay alone: an experiment says in which
folder of the server its files are, and points that nobody measured would look like ours."""
NO_GATEWAY = "ajax-api/2.0/mlflow/gateway-proxy"
"""MLflow's page asks it for models to chat with, and shows an error to everybody where it is refused an answer. It gets
MLflow's own words for "there are none" from us, and nothing is passed on."""
UNSAFE_METHODS = ("POST", "PATCH", "PUT", "DELETE")

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",  # MLflow makes its styles as it goes
        "img-src 'self' blob: data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "frame-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    ]
)
ARTIFACT_POLICY = "default-src 'none'; sandbox"
ARTIFACTS = re.compile(
    r"get-artifact$|model-versions/get-artifact$|ajax-api/2\.0/mlflow-artifacts/|.*artifacts/files$"
)
HARMLESS = ("image/jpeg", "image/png", "image/webp", "image/gif", "text/plain", "application/json")
KEPT_HEADERS = ("Cache-Control", "ETag", "Last-Modified")
START = ""
"""MLflow's page itself; all else in it is a fragment."""
FACE_SCRIPT = "src/pages/mlflow-face.js"


@csrf_exempt  # MLflow's page knows no token of ours; check_origin does the same work
@login_required
def mlflow_proxy(request: HttpRequest, rest: str) -> HttpResponse:
    """Raises Http404 (no MLflow, not listed), Refused, SuspiciousOperation."""
    if not settings.MLFLOW_URL:
        raise Http404
    check_path(request, rest)
    check_rights(request, rest)
    if rest == NO_GATEWAY:
        return JsonResponse({"endpoints": []})
    try:
        return passed_on(request, rest)
    except (OSError, http.client.HTTPException) as error:
        logger.warning("MLflow cannot be reached: %s", error)
        return away(request)


def check_path(request: HttpRequest, rest: str) -> None:
    """Raises SuspiciousOperation where a path, also one in the query, climbs or is encoded twice."""
    values = [
        value for _name, value in parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True)
    ]
    for text in (rest, *values):
        climbs = ".." in text.replace("\\", "/").split("/")
        if climbs or "\0" in text or (text is rest and ("\\" in text or "%" in text or "//" in text)):
            raise SuspiciousOperation("a path that climbs")


def check_rights(request: HttpRequest, rest: str) -> None:
    """Deny by default: what nothing below allows does not exist here. Raises Http404, Refused."""
    user, method = request.user, request.method or ""
    if not isinstance(user, User) or not user.has_perm(READ):
        raise Refused(_("Your account may not see the experiments. An administrator can give the right."))
    if method in SAFE_METHODS and (PAGES.match(rest) or rest == NO_GATEWAY):
        return
    if method not in UNSAFE_METHODS:
        raise Http404
    check_origin(request)
    if method == "POST" and SEARCHES.match(rest):
        return
    if not WRITES.match(rest):
        raise Http404
    if not user.has_perm(WRITE):
        raise Refused(_("Your account may look at the experiments, and not change them."))


def check_origin(request: HttpRequest) -> None:
    """A page of another site can neither name our origin nor send JSON here. Raises Refused."""
    is_json = request.content_type == "application/json" or request.method == "DELETE"
    if not is_json or not is_own_origin(getattr(request, "scope", {"headers": []})):
        raise Refused(_("This was not sent by a page of this site. Nothing was changed."))


def passed_on(request: HttpRequest, rest: str) -> HttpResponse:
    """Of the request go on: method, path, query, body and its type. No cookie, no name of ours."""
    server = urlsplit(settings.MLFLOW_URL)
    make = http.client.HTTPSConnection if server.scheme == "https" else http.client.HTTPConnection
    connection = make(str(server.hostname), server.port, timeout=TIMEOUT_S)
    query = request.META.get("QUERY_STRING", "")
    path = f"{server.path.rstrip('/')}/{quote(rest)}" + (f"?{query}" if query else "")
    headers = {
        name: request.headers[name] for name in ("Accept", "Content-Type") if request.headers.get(name)
    }
    try:
        connection.request(str(request.method), path, request.body or None, headers)
        found = connection.getresponse()
        data = found.read(LARGEST_ANSWER + 1)
    finally:
        connection.close()
    if len(data) > LARGEST_ANSWER:
        return too_large(request)
    return given_back(rest, found, data)


def given_back(rest: str, found: http.client.HTTPResponse, data: bytes) -> HttpResponse:
    """A redirect is not followed and not repeated: nothing here needs one."""
    status = found.status if found.status < 300 or found.status >= 400 else 502
    response = HttpResponse(data, status=status, content_type=found.headers.get("Content-Type"))
    for name in KEPT_HEADERS:
        if found.headers.get(name):
            response[name] = found.headers[name]
    response["Content-Security-Policy"] = POLICY
    if rest == START and status == HTTPStatus.OK:
        begin_with_training(response)
    if ARTIFACTS.match(rest):
        make_harmless(response, found.headers.get_content_type())
    return response


def begin_with_training(response: HttpResponse) -> None:
    """Of the two faces of MLflow's page (``tracked.TRAINING_VIEW``) it remembers one in the browser, and has no setting
    for the first one: our script, before its own, chooses where nothing is remembered."""
    ours = f'<head><script src="{static(FACE_SCRIPT)}"></script>'
    response.content = response.content.replace(b"<head>", ours.encode(), 1)
    for name in ("ETag", "Last-Modified"):  # of what MLflow sent
        del response[name]


def make_harmless(response: HttpResponse, content_type: str) -> None:
    """A file that somebody logged runs nothing under our address (SVG, HTML)."""
    response["Content-Security-Policy"] = ARTIFACT_POLICY
    response["Cache-Control"] = "private, no-store"
    if content_type not in HARMLESS:
        response["Content-Type"] = "application/octet-stream"
        response["Content-Disposition"] = "attachment"


def away(request: HttpRequest) -> HttpResponse:
    return answer(
        request,
        503,
        title=_("The experiments cannot be shown now"),
        detail=_("MLflow does not answer. What happens in the product is kept and told to it later."),
        advice=_("Labelling goes on as always. Try again in a minute."),
    )


def too_large(request: HttpRequest) -> HttpResponse:
    return answer(
        request,
        502,
        title=_("This file is too large to show"),
        detail=_("Files above 64 MB do not pass through the site."),
        advice=_("Ask an administrator to get it from MLflow on the server."),
    )
