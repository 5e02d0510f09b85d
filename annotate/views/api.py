"""What the addresses under /api/ui/ have in common: JSON in, JSON out, also for errors."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from .. import tokens
from ..refused import note_refused
from .json_body import BadBody

View = Callable[..., HttpResponse]


def problem(status: int, title: str, detail: str) -> JsonResponse:
    """An error in the shape that the pages' scripts read."""
    return JsonResponse({"error": {"status": status, "title": title, "detail": detail}}, status=status)


def signed_out() -> JsonResponse:
    detail = _("You are signed out. Sign in again to go on; your edits are kept.")
    return problem(401, _("Signed out"), detail)


def api_view(view: View) -> View:
    """401 for somebody signed out, 400 for a body that cannot be read; both as JSON."""

    @wraps(view)
    def guarded(request: HttpRequest, **rest: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return signed_out()
        try:
            return view(request, **rest)
        except BadBody as bad:
            return problem(400, _("This was not done"), bad.detail)

    return guarded


def open_to_tokens(scope: str) -> Callable[[View], View]:
    """Decorates a view that programs also reach with an API token; browsers still need their session and its token."""

    def decorate(view: View) -> View:
        from_browsers: View = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, **rest: Any) -> HttpResponse:
            text = tokens.token_in(request)
            if text is None:
                return from_browsers(request, **rest)
            try:
                token = tokens.authenticate(request, text)
            except tokens.TooManyFailures:
                return problem(429, _("Too many attempts"), _("Wait five minutes, then try again."))
            except tokens.BadToken:
                return problem(401, _("Signed out"), _("This token is unknown, revoked or expired."))
            if not tokens.allows(token, scope):
                note_refused(request, f"a token for {token.scope} alone", user=token.user.pk)
                return problem(403, _("You may not do this"), _("The token may not do this."))
            request.user = token.user
            return view(request, **rest)

        return guarded

    return decorate
