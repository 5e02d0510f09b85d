"""What every answer carries, what an error tells, and whether the site says truly that it is ready."""

import logging
from pathlib import Path
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.conf import settings as django_settings
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path, reverse
from pytest_django.fixtures import Settings

from annotate.middleware import RequestIdFilter
from annotate.views import health
from hitlsite.urls import handler400, handler403, handler404, handler500
from hitlsite.urls import urlpatterns as site_urls

from .conftest import World


def explode(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("password=hunter2 in /srv/secret/path")


def lose_the_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection refused at db.internal:5432")


urlpatterns = [*site_urls, path("explode/", explode), path("lost/", lose_the_database)]
__all__ = ["handler400", "handler403", "handler404", "handler500"]


@override_settings(ROOT_URLCONF=__name__)
def test_f3_a_database_that_is_away_is_said_so_and_nothing_of_it(db: None) -> None:
    response = Client(raise_request_exception=False).get("/lost/")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    body = response.content.decode()
    assert "Nothing was lost" in body and "db.internal" not in body


@pytest.mark.parametrize("name", ["login", "projects", "jsi18n", "livez", "robots"])
def test_r11_every_answer_carries_the_security_headers(name: str, world: World) -> None:
    headers = world.client("admin").get(reverse(name)).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' ws://testserver wss://testserver"
    assert (
        "unsafe" not in headers["Content-Security-Policy"] and "*" not in headers["Content-Security-Policy"]
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("name", ["projects", "profile", "admin:index"])
def test_r16_pages_of_an_account_are_kept_by_no_cache(name: str, world: World) -> None:
    stored = world.client("admin").get(reverse(name)).headers["Cache-Control"]
    assert "no-store" in stored and "private" in stored


def test_pages_have_no_inline_script_style_or_handler(world: World) -> None:
    client = world.client("manager")
    for name in ("project", "labels", "members", "edit_project"):
        body = client.get(reverse(name, args=[world.project.pk])).content.decode()
        assert "<style" not in body and " style=" not in body and " onclick" not in body
        assert "<script>" not in body


def test_r8_a_forged_host_is_refused_and_not_repeated() -> None:
    response = Client().get(reverse("login"), HTTP_HOST="evil.example; script-src *")
    assert response.status_code == 400
    assert "evil" not in response.headers["Content-Security-Policy"]
    assert b"evil" not in response.content


@override_settings(ROOT_URLCONF="tests.pages.test_answers")
def test_r10_an_error_page_tells_nothing_but_a_reference(caplog: pytest.LogCaptureFixture) -> None:
    client = Client(raise_request_exception=False)
    response = client.get("/explode/")
    body = response.content.decode()
    assert response.status_code == 500
    assert response["X-Request-ID"] in body
    for secret in ("hunter2", "RuntimeError", "Traceback", "/srv", "Django", str(django_settings.BASE_DIR)):
        assert secret not in body
    records = [record for record in caplog.records if record.name == "django.request"]
    assert records and all(RequestIdFilter().filter(record) for record in records)
    assert records[0].request_id == response["X-Request-ID"]  # type: ignore[attr-defined]


@override_settings(ROOT_URLCONF="tests.pages.test_answers")
def test_r10_programs_get_their_errors_as_json() -> None:
    client = Client(raise_request_exception=False)
    response = client.get("/explode/", HTTP_ACCEPT="application/json")
    assert response.json()["error"]["status"] == 500
    assert "hunter2" not in response.content.decode()
    assert client.get("/api/nothing/").json()["error"]["request_id"]


def test_r10_a_missing_page_is_told_kindly(db: None) -> None:
    body = Client().get("/no/such/page/").content.decode()
    assert "Nothing here" in body and "no/such" not in body


def test_a_log_line_outside_a_request_has_a_dash() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "", None, None)
    RequestIdFilter().filter(record)
    assert len(record.request_id) in {1, 32}  # type: ignore[attr-defined]


def test_z5_the_theme_of_the_browser_reaches_the_page(db: None) -> None:
    client = Client()
    assert 'data-theme="system"' in client.get(reverse("login")).content.decode()
    client.post(reverse("set_theme"), {"theme": "dark"})
    assert 'data-theme="dark"' in client.get(reverse("login")).content.decode()
    client.cookies["hitl_theme"] = '"><script>'
    assert 'data-theme="system"' in client.get(reverse("login")).content.decode()


class TestReadiness:
    def ask(self, who: str = "", **headers: Any) -> tuple[int, dict[str, Any]]:
        response = Client().get(reverse("readyz"), headers=headers)
        return response.status_code, response.json()

    def test_it_is_ready(self, db: None) -> None:
        assert self.ask() == (200, {"status": "ready"})

    def test_s7_only_insiders_learn_what_fails(self, world: World, settings: Settings) -> None:
        settings.MIN_FREE_BYTES = 10**18
        settings.HEALTH_TOKEN = "probe"
        assert self.ask() == (503, {"status": "unavailable"})
        assert self.ask(X_Health_Token="wrong")[1] == {"status": "unavailable"}
        status, told = self.ask(X_Health_Token="probe")
        assert (status, told["status"], told["failing"]) == (503, "unavailable", ["disk"])
        assert world.client("staff").get(reverse("readyz")).json()["failing"] == ["disk"]
        assert "failing" not in world.client("manager").get(reverse("readyz")).json()

    def test_it_notices_a_lost_database(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse() -> None:
            raise OperationalError("gone")

        with monkeypatch.context() as broken:
            broken.setattr(connection, "cursor", refuse)
            assert health.check_database() == ["database"]

    def test_it_notices_a_missing_migration(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        from django.db.migrations.recorder import MigrationRecorder

        MigrationRecorder.Migration.objects.filter(app="annotate").delete()
        assert health.check_database() == ["migrations"]

    async def test_it_notices_a_deaf_channel_layer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def lose(self: object, channel: str, message: object) -> None:
            return None

        assert await health.check_channel_layer() == []
        monkeypatch.setattr(type(get_channel_layer()), "send", lose, raising=False)
        monkeypatch.setattr(health, "LAYER_SECONDS", 0.05)
        assert await health.check_channel_layer() == ["channel_layer"]

    def test_livez_needs_no_database(self) -> None:
        assert Client().get(reverse("livez")).content == b"ok"


def test_g7_nothing_of_the_installation_is_served(db: None) -> None:
    assert Path(django_settings.BASE_DIR, "manage.py").exists()
    for address in (
        "/.git/config",
        "/.env",
        "/.dvc/config",
        "/static/../manage.py",
        "/static/0.1.0/../../manage.py",
    ):
        assert Client().get(address).status_code == 404
