"""Errors of the API, in the form of RFC 9457: ``application/problem+json``."""

from http import HTTPStatus
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

PREFIX = "/api/v1/"
MEDIA_TYPE = "application/problem+json"
CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    412: "precondition_failed",
    413: "too_large",
    415: "media_type",
    422: "invalid",
    429: "too_many",
    500: "server_error",
    503: "unavailable",
    507: "full",
}
"""What a problem is called where nothing more exact is known."""


def problem_response(
    request: HttpRequest, status: int, *, title: str = "", detail: str = "", code: str = "", **more: Any
) -> HttpResponse:
    """``code`` is for programs and never changes; ``title`` and ``detail`` are for people, in their language."""
    code = code or CODES.get(status, "error")
    body = {
        "type": f"urn:hitl:problem:{code}",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": getattr(request, "request_id", "-"),
        **more,
    }
    response = HttpResponse(msgspec.json.encode(body), status=status, content_type=MEDIA_TYPE)
    response["Cache-Control"] = "private, no-store"
    return response
