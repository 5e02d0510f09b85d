"""What the API says of itself: its schema, and the same as a page. For people who are signed in."""

from typing import Any

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..problems import problem_response
from .calls import Call, missing
from .routes import JSON, route
from .schema import schema
from .shapes import fields_of, words_for


@route("GET", "openapi.json")
def get_schema(call: Call) -> HttpResponse:
    """This description of the API."""
    return HttpResponse(msgspec.json.encode(schema()), content_type=JSON)


@require_safe
@login_required
def documentation(request: HttpRequest) -> HttpResponse:
    """The schema for people: made on the server, without a script."""
    described = schema()
    shapes = [
        {"name": name, "description": shape.get("description", ""), "fields": fields_of(shape)}
        for name, shape in sorted(described["components"]["schemas"].items())
    ]
    context = {"groups": groups_of(described), "shapes": shapes, "about": described["info"]["description"]}
    return render(request, "annotate/api.html", context)


def groups_of(described: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The operations by what they are about."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for address, methods in described["paths"].items():
        for method, one in methods.items():
            groups.setdefault(one["tags"][0], []).append(card_of(address, method, one))
    return dict(sorted(groups.items()))


def card_of(address: str, method: str, one: dict[str, Any]) -> dict[str, Any]:
    asked = one.get("requestBody", {}).get("content", {})
    return {
        "id": one["operationId"],
        "method": method.upper(),
        "address": address,
        "summary": one["summary"],
        "description": one.get("description", ""),
        "parameters": [
            {
                "name": each["name"],
                "where": each["in"],
                "words": words_for(each["schema"]),
                "is_required": each["required"],
            }
            for each in one.get("parameters", ())
        ],
        "body": [{"type": kind, "words": words_for(each["schema"])} for kind, each in asked.items()],
        "responses": [
            {"status": status, "text": each["description"], "words": shape_in(each)}
            for status, each in one["responses"].items()
        ],
    }


def shape_in(response: dict[str, Any]) -> str:
    return ", ".join(words_for(each["schema"]) for each in response.get("content", {}).values())


def nothing(request: HttpRequest, rest: str | None = None) -> HttpResponse:
    """Every other address of the API."""
    return problem_response(request, 404, detail=str(missing()))
