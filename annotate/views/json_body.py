"""Reading the JSON body of a request, typed; the one way in for what the pages send by script."""

from typing import TypeVar

import msgspec
from django.http import HttpRequest
from django.utils.translation import gettext as _

T = TypeVar("T")
MAX_BYTES = 65_536


class BadBody(Exception):
    """The body is not what the address takes; ``detail`` is written for the person. Nothing was changed."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def read_json(request: HttpRequest, kind: type[T]) -> T:
    """The body as ``kind``. Raises BadBody; JSON under another content type is refused too (forms cannot send it)."""
    if request.content_type != "application/json":
        raise BadBody(_("Send JSON with the content type application/json. Nothing was changed."))
    if len(request.body) > MAX_BYTES:
        raise BadBody(_("The request is too large. Nothing was changed."))
    try:
        return msgspec.json.decode(request.body, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        detail = str(error)[:200] if isinstance(error, msgspec.DecodeError) else type(error).__name__
        raise BadBody(
            _("The server did not understand this: %(why)s. Nothing was changed.") % {"why": detail}
        ) from error
