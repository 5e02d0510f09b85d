"""What addresses have in common that serve a plain form and a script alike."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from .api import signed_out

View = Callable[..., HttpResponseBase]


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def tells_scripts(view: View) -> View:
    """A script of somebody signed out gets 401 as JSON; a person is sent to sign in, by the view itself."""

    @wraps(view)
    def guarded(request: HttpRequest, **rest: Any) -> HttpResponseBase:
        if wants_json(request) and not request.user.is_authenticated:
            return signed_out()
        return view(request, **rest)

    return guarded
