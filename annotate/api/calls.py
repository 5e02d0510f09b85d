"""One call of the API: who asks, with what, and what goes back besides the answer."""

from dataclasses import dataclass, field
from typing import Any

from django.forms import BaseForm
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from ..models import ApiToken, User


class Problem(Exception):
    """Ends a call with this status; nothing was changed. ``more`` are further members of the answer."""

    def __init__(
        self, status: int, detail: str, *, code: str = "", headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.code = code
        self.headers = headers or {}
        self.more = more


@dataclass(slots=True)
class Call:
    """``role`` in the project of the address. ``status`` and ``headers`` of the answer may be set."""

    request: HttpRequest
    user: User
    token: ApiToken | None
    status: int
    role: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def missing() -> Http404:
    return Http404(_("There is no such thing, or you are not a member of its project."))


def invalid(errors: dict[str, list[str]]) -> Problem:
    """422 with what is wrong, field by field."""
    flat = [{"field": name, "message": text} for name, texts in errors.items() for text in texts]
    return Problem(422, _("Some values cannot be used. Nothing was changed."), errors=flat)


def refused_by(form: BaseForm) -> Problem:
    errors = {
        "" if name == "__all__" else name: [str(one) for one in texts] for name, texts in form.errors.items()
    }
    return invalid(errors)
