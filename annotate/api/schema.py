"""The OpenAPI 3.1 description of the API, made from its routes."""

import re
from functools import cache
from typing import Any

import msgspec
from django.conf import settings
from msgspec import Struct

from ..actions.detections import DetectBody
from .idempotency import HEADER, LONGEST
from .routes import BYTES, JSON, ROUTES, Route

REF = "#/components/schemas/{name}"
CONVERTERS: dict[str, dict[str, Any]] = {
    "id": {"type": "integer", "minimum": 0, "maximum": 10**15 - 1},
    "uuid": {"type": "string", "format": "uuid"},
}
ALWAYS = {401: "Nobody is signed in, or the token does not hold.", 429: "Too many requests at once."}
WITH_QUERY = {400: "The query cannot be understood."}
WITH_BODY = {
    400: "The body is no JSON.",
    415: "The body has another content type.",
    422: "Values that cannot be used, field by field.",
}
WITH_IDS = {404: "There is no such thing, or the caller is not a member of its project."}
ABOUT = (
    "Everything the pages can do. Errors are problems (RFC 9457). Lists come in pages: send “next” back as “cursor”. "
    "Names of the query that an address does not know are refused."
)


class ProblemField(Struct):
    field: str
    message: str


class ProblemDetails(Struct):
    """An error, by RFC 9457. ``code`` is for programs; ``request_id`` finds the lines of the log."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[ProblemField] = []


class DetectionStarted(Struct):
    """Ids of the detection and its job, and how many images it is about."""

    detection: str
    job: str
    frames: int


@cache
def schema() -> dict[str, Any]:
    types = {each for one in ROUTES for each in (one.query, one.body, one.answer) if each is not None}
    extra = (ProblemDetails, DetectBody, DetectionStarted)
    ordered = sorted({*types, *extra}, key=repr)
    made, components = msgspec.json.schema_components(ordered, ref_template=REF)
    by_type = dict(zip(ordered, made, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in ROUTES:
        address = "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", one.path)
        paths.setdefault(address, {})[one.method.lower()] = operation(one, by_type, components)
    paths["/ai/detect"] = {"post": seeds_detect(by_type)}
    described: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "HITL", "version": settings.VERSION, "description": ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": components, "securitySchemes": SECURITY},
    }
    portable: dict[str, Any] = portable_patterns(described)
    return portable


SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token of the profile page: hitl_…"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": settings.SESSION_COOKIE_NAME,
        "description": "A signed-in browser; what changes something also sends X-CSRFToken.",
    },
}


def operation(route: Route, by_type: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    needs = f"Needs a token that may: {route.scope}."
    needs += f" Role in the project: {route.role}." if route.role else ""
    asked = [
        *path_parameters(route),
        *query_parameters(route, by_type, components),
        *header_parameters(route),
    ]
    described: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "description": f"{route.details}\n\n{needs}".strip(),
        "parameters": asked,
        "responses": responses(route, by_type),
    }
    if route.takes == JSON:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": by_type[route.body]}}}
    elif route.takes:
        binary = {"type": "string", "contentMediaType": BYTES}
        described["requestBody"] = {"required": True, "content": {route.takes: {"schema": binary}}}
    return described


def path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": CONVERTERS[kind]}
        for name, kind in route.parameters.items()
    ]


def query_parameters(
    route: Route, by_type: dict[Any, Any], components: dict[str, Any]
) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    named = by_type[route.query]["$ref"].rsplit("/", 1)[-1]
    described = components[named]
    required = set(described.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": without_null(each)}
        for name, each in described["properties"].items()
    ]


def without_null(described: dict[str, Any]) -> dict[str, Any]:
    """In an address a value is there or not."""
    choices = [one for one in described.get("anyOf", ()) if one != {"type": "null"}]
    rest = {name: value for name, value in described.items() if name not in {"anyOf", "default"}}
    if len(choices) == 1:
        return {**rest, **choices[0]}
    if "enum" in rest:
        rest["enum"] = [one for one in rest["enum"] if one is not None]
    return {**rest, **({"anyOf": choices} if choices else {})}


def header_parameters(route: Route) -> list[dict[str, Any]]:
    headers = []
    if route.takes_key:
        text = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"}
        headers.append({"name": HEADER, "in": "header", "required": False, "schema": text})
    if route.is_conditional:
        name = "If-None-Match" if route.method == "GET" else "If-Match"
        headers.append({"name": name, "in": "header", "required": False, "schema": {"type": "string"}})
    return headers


def responses(route: Route, by_type: dict[Any, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done."}
    if route.answer is not None:
        good["content"] = {JSON: {"schema": by_type[route.answer]}}
    elif route.gives and route.status != 204:
        binary = {"type": "string", "contentMediaType": route.gives}
        good["content"] = {route.gives: {"schema": {"type": "object"} if route.gives == JSON else binary}}
    found: dict[str, Any] = {str(route.status): good}
    for status, text in {**statuses_of(route), **route.also}.items():
        same = good if route.answer is not None else {}
        found[str(status)] = {**same, "description": text} if status < 300 else problem(text, by_type)
    if route.is_conditional and route.method == "GET":
        found["304"] = {"description": "It is as it was."}
    return dict(sorted(found.items()))


def statuses_of(route: Route) -> dict[int, str]:
    needs = (
        f"A role below {route.role}, or a token that may not."
        if route.role
        else "A right or scope is missing."
    )
    found = {**ALWAYS, **WITH_QUERY, 403: needs}
    if route.parameters or route.body is DetectBody:
        found |= WITH_IDS
    if route.takes:
        found |= WITH_BODY
    if route.is_conditional and route.method != "GET":
        found[412] = "Something has changed since."
    if route.takes:
        found[413] = "The body is too large."
    return found


def problem(text: str, by_type: dict[Any, Any]) -> dict[str, Any]:
    return {
        "description": text,
        "content": {"application/problem+json": {"schema": by_type[ProblemDetails]}},
    }


def seeds_detect(by_type: dict[Any, Any]) -> dict[str, Any]:
    """The address that the editor uses; its errors have the shape of the editor's other ones."""
    answers: dict[str, Any] = {
        "202": {
            "description": "It is queued.",
            "content": {JSON: {"schema": by_type[DetectionStarted]}},
        }
    }
    error = {"type": "object", "properties": {"error": {"type": "object"}}}
    for status in (400, 401, 403, 404, 409, 413, 429, 503):
        answers[str(status)] = {"description": "An error.", "content": {JSON: {"schema": error}}}
    return {
        "operationId": "ai_detect",
        "tags": ["detections"],
        "summary": "Asks a model for proposals: the same as POST /api/v1/detections, as the editor does it.",
        "requestBody": {"required": True, "content": {JSON: {"schema": by_type[DetectBody]}}},
        "responses": answers,
    }


def portable_patterns(described: Any) -> Any:
    """Python's ends of a text in the words of JSON Schema."""
    if isinstance(described, dict):
        return {
            name: value.replace(r"\A", "^").replace(r"\Z", "$")
            if name == "pattern" and isinstance(value, str)
            else portable_patterns(value)
            for name, value in described.items()
        }
    return [portable_patterns(one) for one in described] if isinstance(described, list) else described
