"""The schema is true: requests made from it, good and bad, are answered as it says, and never with 500."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    negative_data_rejection,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.result import Ok

from annotate.api.frames import Status
from annotate.api.routes import ROUTES
from annotate.api.schema import schema
from annotate.api.webhooks import Event
from annotate.models import Frame, Webhook

from .conftest import Api
from .test_rights import TAGS, things

__all__ = ["things"]

GOOD, BAD = 4, 4
"""Examples per operation: as the schema says, and otherwise."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def app(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Names that a machine made up are not looked up. As with Django's own test client, the end of a request does not
    end the connection that the test is in the middle of."""
    api.token("all", "admin")
    monkeypatch.setattr("annotate.actions.webhooks.resolve", lambda host, port: ["93.184.215.14"])
    about_requests = (request_started, request_finished)
    for signal in about_requests:
        signal.disconnect(close_old_connections)
    yield WSGIHandler()
    for signal in about_requests:
        signal.connect(close_old_connections)


@pytest.mark.parametrize("tag", [*TAGS])
def test_requests_from_the_schema_are_answered_as_it_says(
    tag: str, api: Api, app: Any, things: dict[str, Any]
) -> None:
    headers = {"Authorization": f"Bearer {api.texts['all']}"}
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, headers=headers)
    for result in described.include(tag=tag).get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        names = {one.name for one in operation.path_parameters}
        ids = {name: str(things[name]) for name in names}
        for mode, count in ((GenerationMode.POSITIVE, GOOD), (GenerationMode.NEGATIVE, BAD)):
            cases = operation.as_strategy(mode, path_parameters=ids or None)
            try_all(cases, headers, count, is_bad=mode is GenerationMode.NEGATIVE)


def try_all(cases: Any, headers: dict[str, str], count: int, *, is_bad: bool) -> None:
    @seed(20260101)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def attempt(case: Case[Any]) -> None:
        with transaction.atomic():
            checks = [*CHECKS, *([negative_data_rejection] if is_bad else [])]
            case.call_and_validate(headers=headers, checks=checks)
            transaction.set_rollback(True)

    attempt()


def test_the_schema_lists_every_route_and_the_address_of_the_editor() -> None:
    paths = schema()["paths"]
    listed = {one["operationId"] for methods in paths.values() for one in methods.values()}
    assert listed == {one.name for one in ROUTES} | {"ai_detect"}
    assert set(paths["/ai/detect"]) == {"post"}


def test_words_of_the_schema_are_those_of_the_tables() -> None:
    assert set(Status.__args__) == set(Frame.Status.values)  # type: ignore[attr-defined]
    assert set(Event.__args__) == set(Webhook.Event.values)  # type: ignore[attr-defined]


def test_s7_schema_and_page_are_for_people_who_are_signed_in(api: Api) -> None:
    assert api.get("anonymous", "/api/v1/openapi.json").status_code == 401
    assert api.get("anonymous", "/api/v1/docs").status_code == 302
    page = api.get("viewer", "/api/v1/docs")
    assert page.status_code == 200
    assert "<script" not in page.content.decode().split("<main")[1]
    for one in ROUTES:
        assert f'id="{one.name}"' in page.content.decode(), one.name
