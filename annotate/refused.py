"""What somebody tried and may not, in the desk, on a page or by the API: a line in the log that names the account."""

import logging

from django.http import HttpRequest
from django.utils.encoding import escape_uri_path

security_log = logging.getLogger("annotate.security")


def note_refused(request: HttpRequest, what: str, *, user: int | None = None) -> None:
    """``what``: words of ours, never of the request. ``user``: id of whoever calls by a token; else it is who is signed
    in. The path is escaped, so that it stays on one line."""
    path = escape_uri_path(request.path)
    who = request.user.pk if user is None else user
    security_log.warning("user %s was refused at %s %s: %s", who, request.method, path, what)


def is_signed_in(request: HttpRequest) -> bool:
    """Also where a request is refused before it is known who sent it."""
    return hasattr(request, "user") and request.user.is_authenticated
