"""What every answer carries: an id that finds its log lines, security headers, and the reader's language."""

import logging
import uuid
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import check_for_language

from .headers import EVERYWHERE

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="-")
THEMES = ("system", "light", "dark")
THEME_COOKIE = "hitl_theme"
PRIVATE_TYPES = ("text/html", "application/json")

Answer = HttpResponseBase | Awaitable[HttpResponseBase]


class RequestIdFilter(logging.Filter):
    """Puts ``request_id`` on each log record, so that an error page leads to its log lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        record.request_id = getattr(request, "request_id", None) or REQUEST_ID.get()
        return True


def content_security_policy(host: str) -> str:
    """The policy of our own pages: only our own files, no inline code; sockets to this host and port only."""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "font-src 'self'",
            f"connect-src 'self' ws://{host} wss://{host}",
            "worker-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        ]
    )


def host_of(request: HttpRequest) -> str:
    """The validated Host of the request; a forged one is answered with 400 and never repeated."""
    try:
        return request.get_host()
    except DisallowedHost:
        return "localhost"


def set_headers(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Adds the headers that the view did not set itself."""
    headers = response.headers
    headers["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
    for name, value in EVERYWHERE.items():
        headers.setdefault(name, value)
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
    if "Content-Security-Policy" not in headers:
        headers["Content-Security-Policy"] = content_security_policy(host_of(request))
    if headers.get("Content-Type", "").startswith(PRIVATE_TYPES):
        headers.setdefault("Cache-Control", "private, no-store")
    return response


class PageMiddleware:
    """First of all middleware: request id, theme and security headers, also on errors and redirects."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Answer]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]
        REQUEST_ID.set(request.request_id)  # type: ignore[attr-defined]
        theme = request.COOKIES.get(THEME_COOKIE, "system")
        request.theme = theme if theme in THEMES else "system"  # type: ignore[attr-defined]
        if self.is_async:
            return self.answer_async(request)
        return set_headers(request, cast(HttpResponseBase, self.get_response(request)))

    async def answer_async(self, request: HttpRequest) -> HttpResponseBase:
        return set_headers(request, await cast(Awaitable[HttpResponseBase], self.get_response(request)))


class UserLanguageMiddleware(MiddlewareMixin):
    """After authentication: the language that a person chose goes before that of the browser."""

    def process_request(self, request: HttpRequest) -> None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return  # nobody is signed in: spare the query
        try:
            language = getattr(request.user, "language", "")
        except DatabaseError:
            return  # /readyz has to be able to say so; every other view meets the same error itself
        if language and check_for_language(language):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
