"""What somebody tried in the desk and may not: one line in the log, which names the account."""

import logging

from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import escape_uri_path

security_log = logging.getLogger("annotate.security")


def note_refused(request: HttpRequest, what: str) -> None:
    """``what``: words of ours, never of the request. The path is escaped, so that it stays on one line."""
    path = escape_uri_path(request.path)
    security_log.warning("user %s was refused at %s %s: %s", request.user.pk, request.method, path, what)


def is_in_desk(request: HttpRequest) -> bool:
    return request.path.startswith(reverse("admin:index"))
