"""Who calls: a token in ``Authorization``, else the session of a browser with its CSRF token."""

import time
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext as _

from .. import tokens
from ..models import ApiToken, User
from ..refused import note_refused
from ..sync.limits import TokenBucket
from .calls import Problem
from .routes import Route

BURST = 10
"""Seconds' worth of calls that may come at once."""
FORGET_ABOVE = 10_000
WHERE = {"WWW-Authenticate": 'Bearer realm="hitl"'}


class CsrfCheck(CsrfViewMiddleware):
    """Says why a request is refused instead of answering it."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def signed_in(request: HttpRequest, route: Route) -> tuple[User, ApiToken | None]:
    """Raises Problem: 401 for nobody, 403 for a session without its CSRF token or a token without the scope, 429."""
    text = tokens.token_in(request)
    if text is not None:
        token = by_token(request, text)
        check_scope(request, token, route)
        check_rate(token.user)
        return token.user, token
    if isinstance(request.user, AnonymousUser) or not request.user.is_active:
        raise Problem(401, _("Sign in, or send a token: Authorization: Bearer hitl_…"), headers=WHERE)
    check_csrf(request)
    check_rate(request.user)
    return request.user, None


def by_token(request: HttpRequest, text: str) -> ApiToken:
    try:
        return tokens.authenticate(request, text)
    except tokens.TooManyFailures as error:
        detail = _("Too many tokens that are none came from this address. Wait five minutes.")
        raise Problem(429, detail, headers={"Retry-After": "300"}) from error
    except tokens.BadToken as error:
        detail = _("This token is unknown, revoked or expired. Make another one in your profile.")
        raise Problem(401, detail, headers=WHERE) from error


def check_scope(request: HttpRequest, token: ApiToken, route: Route) -> None:
    if not tokens.allows(token, route.scope):
        note_refused(request, f"a token for {token.scope} alone", user=token.user.pk)
        detail = _("The token may only: %(has)s. This needs: %(needs)s.")
        words = {"has": token.get_scope_display(), "needs": ApiToken.Scope(route.scope).label}
        raise Problem(403, detail % words, code="scope", scope=route.scope)


def check_csrf(request: HttpRequest) -> None:
    check = CsrfCheck(lambda _request: HttpResponse())
    check.process_request(request)
    if check.process_view(request, lambda _request: HttpResponse(), (), {}):
        detail = _(
            "Send the CSRF token of the site in X-CSRFToken, or use an API token. Nothing was changed."
        )
        raise Problem(403, detail, code="csrf")


_buckets: dict[int, TokenBucket] = {}


def check_rate(user: User) -> None:
    """Per person and process."""
    rate = settings.API_REQUESTS_PER_SECOND
    bucket = _buckets.get(user.pk)
    if bucket is None or bucket.rate != rate:
        forget_idle()
        bucket = _buckets[user.pk] = TokenBucket(rate, rate * BURST)
    if not bucket.take():
        seconds = max(1, round(bucket.wait_ms() / 1000))
        detail = _("Too many requests at once. Wait a moment, then send this one again; nothing was changed.")
        raise Problem(429, detail, headers={"Retry-After": str(seconds)})


def forget_idle() -> None:
    if len(_buckets) >= FORGET_ABOVE:
        full = [pk for pk, one in _buckets.items() if time.monotonic() - one.filled_at > BURST]
        for pk in full:
            del _buckets[pk]
