"""The header Idempotency-Key: the same request twice is done once, and answered alike.

The answer is stored in the transaction of what was done, so a crash leaves both or neither. Two at once: the second
waits for the first. What was refused is not kept, and may be tried again under the same key.
"""

import hashlib
import re
from collections.abc import Callable
from typing import cast

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from ..jobs.housekeeping import ANSWERS_KEPT_FOR
from ..models import IdempotentAnswer, User
from .calls import Problem

HEADER = "Idempotency-Key"
LONGEST = 255
KEY = re.compile(rf"[!-~]{{1,{LONGEST}}}")
KEPT_HEADERS = ("Content-Type", "ETag", "Location")


def key_in(request: HttpRequest) -> str | None:
    """Raises Problem."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not KEY.fullmatch(key):
        raise Problem(
            400, _("Idempotency-Key: 1 to 255 ASCII characters without spaces. Nothing was changed.")
        )
    return key


def digest_of(request: HttpRequest) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    digest.update(request.body)
    return digest.hexdigest()


def once(request: HttpRequest, user: User, key: str, answer: Callable[[], HttpResponseBase]) -> HttpResponse:
    """The answer, made now or kept from before. Raises Problem: 422 for a key that meant another request."""
    digest = digest_of(request)
    known = kept(user, key, digest)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            row = IdempotentAnswer.objects.create(user=user, key=key, digest=digest)
            response = cast(HttpResponse, answer())
            row.status, row.body = response.status_code, response.content
            row.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
            row.save(update_fields=["status", "body", "headers"])
        return response
    except IntegrityError:
        known = kept(user, key, digest)
        if known is None:
            raise
        return known


def kept(user: User, key: str, digest: str) -> HttpResponse | None:
    row = IdempotentAnswer.objects.filter(user=user, key=key).first()
    if row is not None and row.created_at < timezone.now() - ANSWERS_KEPT_FOR:
        row.delete()
        return None
    if row is None:
        return None
    if row.digest != digest:
        raise Problem(
            422,
            _("This Idempotency-Key was used for another request. Nothing was changed."),
            code="key_reused",
        )
    response = HttpResponse(bytes(row.body), status=row.status, headers=row.headers)
    response["Idempotent-Replayed"] = "true"
    return response
