"""API tokens: made once, shown once, kept as a hash, and asked for in ``Authorization: Bearer``."""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from .models import ApiToken, Project, SignInAttempt, User
from .sign_in import WINDOW, key_of, network_of

WORD = "hitl"
PREFIX_BYTES, SECRET_BYTES = 6, 32
LONGEST_DAYS = 366
MOST_PER_USER = 50
FAILURES_PER_ADDRESS = 50
NOTED_EVERY = timedelta(minutes=1)
"""How exact ``last_used_at`` is: a write per request would cost more than most requests."""
RANK: dict[str, int] = {ApiToken.Scope.READ: 0, ApiToken.Scope.WRITE: 1, ApiToken.Scope.MANAGE: 2}

security_log = logging.getLogger("annotate.security")


class BadToken(Exception):
    """Unknown, revoked, expired, or of somebody who may not sign in. Which of these is not told."""


class TooManyFailures(BadToken):
    """From this address there were too many tokens that are none."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """``text`` is what its owner keeps: nothing shows it again."""

    token: ApiToken
    text: str


def make_token(user: User, name: str, *, scope: str, days: int, project: Project | None = None) -> NewToken:
    """``days`` from 1 to LONGEST_DAYS."""
    prefix, secret = secrets.token_hex(PREFIX_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        digest=digest_of(secret),
        scope=scope,
        project=project,
        expires_at=timezone.now() + timedelta(days=days),
    )
    security_log.info("token %s was made for user %s, scope %s", prefix, user.pk, scope)
    return NewToken(token, f"{WORD}_{prefix}_{secret}")


def renew(token: ApiToken) -> NewToken:
    """Another secret for the same name, scope and project, for as many days as before; the old one ends at once."""
    days = min(max(1, round((token.expires_at - token.created_at) / timedelta(days=1))), LONGEST_DAYS)
    with transaction.atomic():
        revoke(token)
        return make_token(token.user, token.name, scope=token.scope, days=days, project=token.project)


def holding(user: User) -> QuerySet[ApiToken]:
    """The person's tokens that neither ended nor were revoked."""
    return ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=timezone.now())


def digest_of(secret: str) -> str:
    """A plain hash: the secret has 256 random bits, so there is nothing to guess and nothing to slow down."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def token_in(request: HttpRequest) -> str | None:
    """What stands behind ``Bearer``; None without that header. Another scheme is a token that is none."""
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        return None
    scheme, _, text = header.partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def authenticate(request: HttpRequest, text: str) -> ApiToken:
    """The token, with its ``user`` limited to its project. Raises BadToken, TooManyFailures."""
    token = find(text)
    if token is None:
        note_failure(request)
        raise BadToken
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    token.user.limited_to = token.project_id
    return token


def find(text: str) -> ApiToken | None:
    """The token if it holds now."""
    word, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if word != WORD or not prefix.isascii() or "\0" in prefix:
        return None
    token = ApiToken.objects.select_related("user").filter(prefix=prefix).first()
    is_same = secrets.compare_digest(digest_of(secret), token.digest if token else "")
    if token is None or not is_same or token.revoked_at is not None or not token.user.is_active:
        return None
    return token if token.expires_at > timezone.now() else None


def note_failure(request: HttpRequest) -> None:
    """Raises TooManyFailures. A good token passes in any case: its secret cannot be guessed, and nobody is shut out by
    a neighbour's script."""
    key = key_of("token", network_of(request.META.get("REMOTE_ADDR", "")))
    now = timezone.now()
    if SignInAttempt.objects.filter(key=key, at__gte=now - WINDOW).count() >= FAILURES_PER_ADDRESS:
        raise TooManyFailures
    SignInAttempt.objects.create(key=key, at=now)
    security_log.warning("a token was refused (key %s)", key[:8])


def allows(token: ApiToken, wanted: str) -> bool:
    return RANK[token.scope] >= RANK[wanted]


def revoke(token: ApiToken) -> None:
    """At once and for good; twice is once."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
    security_log.info("token %s was revoked", token.prefix)
