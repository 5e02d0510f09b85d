"""MLflow through the site: L1 to L4 and L8 of the threats. Deny by default."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.test import AsyncClient, Client
from pytest_django.fixtures import Settings

from annotate.models import TrackingRun, User
from tests.sync.world import World, make_world

SEARCH = "ajax-api/2.0/mlflow/runs/search"
DELETE = "ajax-api/2.0/mlflow/runs/delete"
READ_WITH_POST = (
    SEARCH,
    "ajax-api/3.0/mlflow/traces/search",
    "ajax-api/3.0/mlflow/traces/metrics",
    "graphql",
)
CURATED = (
    DELETE,
    "ajax-api/2.0/mlflow/experiments/set-experiment-tag",
    "ajax-api/2.0/mlflow/runs/set-tag",
    "ajax-api/2.0/mlflow/registered-models/alias",
    "ajax-api/2.0/mlflow/model-versions/create",
    "ajax-api/2.0/mlflow/logged-models/m-1/tags",
)
NOT_FOR_PEOPLE = (
    "2.0/mlflow/experiments/create",  # says in which folder of the server its artifacts are
    "2.0/mlflow/runs/create",
    "2.0/mlflow/runs/create-promptlab-run",
    "2.0/mlflow/runs/log-batch",
    "2.0/mlflow/runs/log-model",
    "2.0/mlflow/logged-models",
    "2.0/mlflow/upload-artifact",
    "2.0/mlflow/gateway-proxy",
    "2.0/mlflow/traces/metrics",
    "3.0/mlflow/traces",
    "3.0/mlflow/traces/metrics/1",
    "3.0/mlflow/traces/delete-traces",
)
OUR_ORIGIN = "http://testserver"


class Upstream:
    """Stands where MLflow would, and writes down what reached it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.content_type = "application/json"
        self.body = b"{}"
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                upstream.seen.append((self.command, self.path, dict(self.headers)))
                self.send_response(200)
                self.send_header("Content-Type", upstream.content_type)
                self.send_header("Set-Cookie", "mlflow=1")
                self.send_header("ETag", '"of-mlflow"')
                self.send_header("Content-Length", str(len(upstream.body)))
                self.end_headers()
                self.wfile.write(upstream.body)

            do_GET = do_POST = do_DELETE = do_PATCH = do_PUT = answer

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()


@pytest.fixture
def upstream(settings: Settings) -> Iterator[Upstream]:
    one = Upstream()
    settings.MLFLOW_URL = f"http://127.0.0.1:{one.server.server_port}/mlflow"
    settings.ALLOWED_HOSTS = ["testserver"]
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def reader(world: World, *codenames: str) -> Client:
    user = world.people["owner"]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


READER, WRITER = ("view_trackingrun",), ("view_trackingrun", "change_trackingrun")


async def sent(client: Client, path: str, *, origin: str | None = OUR_ORIGIN, **words: Any) -> Any:
    """A POST as a browser makes it. Origins are a matter of ASGI."""
    browser = AsyncClient()
    browser.cookies = client.cookies
    headers = {"origin": origin} if origin else {}
    given = {"data": "{}", "content_type": "application/json", **words}
    return await browser.post(f"/mlflow/{path}", headers=headers, **given)


class TestWhoMayLook:
    def test_l1_who_is_not_signed_in_is_asked_to(self, upstream: Upstream, db: None) -> None:
        answer = Client().get("/mlflow/")
        assert answer.status_code == 302 and "/login" in answer["Location"]
        assert not upstream.seen

    def test_l1_a_member_without_the_right_sees_nothing(self, upstream: Upstream, world: World) -> None:
        assert reader(world).get("/mlflow/").status_code == 403
        assert not upstream.seen

    def test_who_has_the_right_looks(self, upstream: Upstream, world: World) -> None:
        answer = reader(world, *READER).get("/mlflow/ajax-api/2.0/mlflow/runs/get?run_id=1")
        assert (answer.status_code, answer.content) == (200, b"{}")
        [(method, path, headers)] = upstream.seen
        assert (method, path) == ("GET", "/mlflow/ajax-api/2.0/mlflow/runs/get?run_id=1")
        assert "Cookie" not in headers
        assert "Set-Cookie" not in answer.headers and not answer.cookies

    def test_without_an_mlflow_there_is_no_such_page(self, settings: Settings, world: World) -> None:
        settings.MLFLOW_URL = ""
        assert reader(world, *READER).get("/mlflow/").status_code == 404


class TestWhatIsPassedOn:
    @pytest.mark.parametrize(
        "path",
        [
            "ajax-api/2.0/mlflow/gateway-proxy/more?gateway_path=api",
            "gateway/endpoints",
            "ajax-api/3.0/jobs/search",
            "ajax-api/2.0/mlflow/webhooks/list",
            "ajax-api/2.0/mlflow/users/get",
            "api/2.0/mlflow/runs/get",
            "metrics",
            "v1/traces",
            "docs",
            "openapi.json",
            "signup",
        ],
    )
    def test_l2_l7_what_is_not_listed_does_not_exist(
        self, path: str, upstream: Upstream, world: World
    ) -> None:
        assert reader(world, *WRITER).get(f"/mlflow/{path}").status_code == 404
        assert not upstream.seen

    def test_l7_there_is_no_gateway_and_nobody_is_asked_for_one(
        self, upstream: Upstream, world: World
    ) -> None:
        path = "/mlflow/ajax-api/2.0/mlflow/gateway-proxy?gateway_path=api/2.0/endpoints/"
        assert reader(world, *READER).get(path).json() == {"endpoints": []}
        assert reader(world).get(path).status_code == 403
        assert not upstream.seen

    @pytest.mark.parametrize(
        "path",
        [
            "static-files/../../etc/passwd",
            "static-files/%2e%2e/secret",
            "static-files/%252e%252e/secret",
            "static-files/..%5c..%5csecret",
            "get-artifact?path=../../secret&run_uuid=1",
            "get-artifact?path=a/%2e%2e/%2e%2e/secret&run_uuid=1",
            "ajax-api/2.0/mlflow-artifacts/artifacts/1/%2e%2e/2",
            "static-files//etc/passwd",
            "static-files/a%00b",
        ],
    )
    def test_l4_no_path_climbs(self, path: str, upstream: Upstream, world: World) -> None:
        assert reader(world, *READER).get(f"/mlflow/{path}").status_code == 400
        assert not upstream.seen

    @pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/xhtml+xml"])
    def test_l8_an_artifact_runs_nothing(self, content_type: str, upstream: Upstream, world: World) -> None:
        upstream.content_type = content_type
        answer = reader(world, *READER).get("/mlflow/get-artifact?path=a.svg&run_uuid=1")
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"] == "attachment"
        assert "sandbox" in answer["Content-Security-Policy"]

    def test_mlflows_page_begins_with_our_choice_of_its_face(self, upstream: Upstream, world: World) -> None:
        """MLflow's own script is deferred, so ours has chosen before it asks."""
        upstream.content_type = "text/html; charset=utf-8"
        upstream.body = b'<html><head><script defer src="main.js"></script></head><body></body></html>'
        client = reader(world, *READER)
        answer = client.get("/mlflow/")
        ours, mlflows = re.findall(r'<script (?:defer )?src="([^"]+)">', answer.content.decode())
        assert ours == static("src/pages/mlflow-face.js") and mlflows == "main.js"
        assert b"<head><script src=" in answer.content
        assert "ETag" not in answer.headers
        script = finders.find("src/pages/mlflow-face.js")
        assert script and "mlflow.workflowType_v1" in Path(str(script)).read_text()
        elsewhere = client.get("/mlflow/static-files/index.html")
        assert (elsewhere.content, elsewhere["ETag"]) == (upstream.body, '"of-mlflow"')

    def test_a_picture_is_shown(self, upstream: Upstream, world: World) -> None:
        upstream.content_type = "image/jpeg"
        answer = reader(world, *READER).get("/mlflow/get-artifact?path=a.jpg&run_uuid=1")
        assert answer["Content-Type"] == "image/jpeg"

    def test_l9_an_mlflow_that_is_away_is_said_to_be(
        self, upstream: Upstream, world: World, settings: Settings
    ) -> None:
        settings.MLFLOW_URL = "http://127.0.0.1:9/mlflow"
        answer = reader(world, *READER).get("/mlflow/")
        assert answer.status_code == 503
        assert "kept" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
class TestWhoMayWrite:
    async def test_l3_a_reader_searches_and_changes_nothing(self, upstream: Upstream) -> None:
        client = await made(READER)
        for name in READ_WITH_POST:
            assert (await sent(client, name)).status_code == 200
        for name in CURATED:
            assert (await sent(client, name)).status_code == 403
        assert [path for _, path, _ in upstream.seen] == [f"/mlflow/{name}" for name in READ_WITH_POST]

    async def test_a_writer_changes(self, upstream: Upstream) -> None:
        client = await made(WRITER)
        for name in CURATED:
            assert (await sent(client, name)).status_code == 200
        assert [path for _, path, _ in upstream.seen] == [f"/mlflow/{name}" for name in CURATED]

    @pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "https://testserver"])
    async def test_z11_another_site_changes_nothing(self, origin: str | None, upstream: Upstream) -> None:
        assert (await sent(await made(WRITER), DELETE, origin=origin)).status_code == 403
        assert not upstream.seen

    async def test_z11_a_form_changes_nothing(self, upstream: Upstream) -> None:
        answer = await sent(await made(WRITER), DELETE, content_type="text/plain")
        assert answer.status_code == 403
        assert not upstream.seen

    async def test_a_writer_too_has_only_what_is_listed(self, upstream: Upstream) -> None:
        client = await made(WRITER)
        for name in NOT_FOR_PEOPLE:
            assert (await sent(client, f"ajax-api/{name}")).status_code == 404, name
        assert not upstream.seen


async def made(codenames: tuple[str, ...]) -> Client:
    from asgiref.sync import sync_to_async

    return await sync_to_async(lambda: reader(make_world(), *codenames))()


class TestTheWayToARun:
    def test_it_leads_to_the_run(self, world: World) -> None:
        key = uuid4()
        TrackingRun.objects.create(
            pk=key, kind="detection", project=world.project, opening={}, experiment="3", mlflow_run="abc"
        )
        answer = reader(world).get(f"/runs/{key}/")
        assert answer["Location"] == "/mlflow/#/experiments/3/runs/abc?workflowType=machine_learning"

    def test_z1_it_leads_no_stranger(self, world: World) -> None:
        key = uuid4()
        TrackingRun.objects.create(
            pk=key, kind="detection", project=world.project, opening={}, experiment="3", mlflow_run="abc"
        )
        client = Client()
        client.force_login(world.people["stranger"])
        assert client.get(f"/runs/{key}/").status_code == 404

    def test_what_mlflow_has_not_been_told_is_not_there_yet(self, world: World) -> None:
        assert reader(world).get(f"/runs/{uuid4()}/").status_code == 404
