"""What the API consists of: a table of routes, filled by the decorators below where the functions are.

The table is all there is: addresses, the schema and the tests of rights are made from it.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_type_hints

from django.http import HttpResponseBase
from msgspec import Struct

from ..access import Role
from ..models import ApiToken

Scope = ApiToken.Scope
Function = TypeVar("Function", bound=Callable[..., Any])

JSON, BYTES = "application/json", "application/octet-stream"
ROLE_OF_ADDRESS = {"project_id": "project", "frame_id": "frame"}
"""Ids of an address that are looked up, and checked, before a function runs: it gets the row instead."""


@dataclass(frozen=True, slots=True)
class Route:
    """``path`` is Django's, from the root. ``role``: what it needs in the project of its address; empty where the
    function sees to it. ``scope``: the least of a token. ``query`` and ``body``: Structs; ``answer``: a Struct, None
    for no content or for a response of its own. ``also``: statuses besides those that every such route has."""

    method: str
    path: str
    function: Callable[..., Any]
    tag: str
    scope: str
    role: str
    status: int
    takes: str
    gives: str
    query: type[Struct] | None
    body: Any
    answer: Any
    also: dict[int, str] = field(default_factory=dict)
    takes_key: bool = False
    is_conditional: bool = False
    """Understands If-Match, and says ETag."""

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def summary(self) -> str:
        """The first sentence of what the function says of itself."""
        return self._says()[0]

    @property
    def details(self) -> str:
        """What it says beyond that."""
        return self._says()[1]

    def _says(self) -> tuple[str, str]:
        first, _blank, rest = inspect.cleandoc(self.function.__doc__ or "").partition("\n\n")
        sentence, _end, more = re.sub(r"\s+", " ", first).partition(". ")
        is_all = not more
        return sentence if is_all else f"{sentence}.", "\n\n".join(each for each in (more, rest) if each)

    @property
    def parameters(self) -> dict[str, str]:
        """Names in the path, with the name of their converter."""
        return {name: kind for kind, name in re.findall(r"<(\w+):(\w+)>", self.path)}


ROUTES: list[Route] = []


def route(
    method: str,
    path: str,
    *,
    scope: str = "",
    role: str = "",
    status: int = 200,
    takes: str = JSON,
    gives: str = JSON,
    also: dict[int, str] | None = None,
    takes_key: bool | None = None,
    is_conditional: bool = False,
    root: str = "api/v1/",
) -> Callable[[Function], Function]:
    """Registers ``f(call, *ids, query, body) -> answer``; which of these it wants is read from its annotations."""

    def register(function: Function) -> Function:
        hints = get_type_hints(function, include_extras=True)
        answer = hints.get("return")
        no_answer = answer is type(None)
        reads = method == "GET"
        new = Route(
            method=method,
            path=root + path,
            function=function,
            tag=function.__module__.rsplit(".", 1)[-1],
            scope=scope or (Scope.READ if reads else Scope.MANAGE if role == Role.MANAGER else Scope.WRITE),
            role=role,
            status=204 if no_answer else status,
            takes=takes if takes != JSON or "body" in hints else "",
            gives="" if no_answer else gives,
            query=hints.get("query"),
            body=hints.get("body"),
            answer=None if no_answer or _is_response(answer) else answer,
            also=also or {},
            takes_key=(method == "POST" and takes == JSON) if takes_key is None else takes_key,
            is_conditional=is_conditional,
        )
        ROUTES.append(new)
        return function

    return register


def _is_response(answer: Any) -> bool:
    return inspect.isclass(answer) and issubclass(answer, HttpResponseBase)


def by_path() -> dict[str, dict[str, Route]]:
    """Per path its routes by method."""
    found: dict[str, dict[str, Route]] = {}
    for one in ROUTES:
        found.setdefault(one.path, {})[one.method] = one
    return found
