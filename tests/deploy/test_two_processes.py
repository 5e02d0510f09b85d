"""The deployment of docker-compose.yml without containers: nginx, two web processes, PostgreSQL, Redis.

One name ("web") leads to both replicas, as with `docker compose up --scale web=2`.
"""

import contextlib
import http.client
import io
import json
import signal
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from PIL import Image
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.deploy.names import NameServer
from tests.deploy.stack import FRONT_PROXY, HOSTS, Stack, database_and_redis, nginx_program, running
from tests.services import PostgresServer, RedisServer

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(not PostgresServer.available(), reason="PostgreSQL is not installed"),
    pytest.mark.skipif(not RedisServer.available(), reason="Redis is not installed"),
    pytest.mark.skipif(nginx_program() is None, reason="nginx is not installed"),
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="only Linux has 127.0.0.2 without asking"
    ),
]
ANSWER_TIMEOUT_S = 15.0


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, str], int]]:
    with database_and_redis(tmp_path_factory.mktemp("data")) as prepared:
        yield prepared


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def stack(
    request: pytest.FixtureRequest,
    servers: tuple[dict[str, str], int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    with (
        NameServer(list(HOSTS)) as names,
        running(Stack(folder, request.param, *servers, names)) as started,
    ):
        yield started


@pytest.fixture
def closing(stack: Stack) -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as opened:
        yield opened


@pytest.fixture
def everywhere(stack: Stack) -> Iterator[None]:
    """Both replicas are found again after the test."""
    yield
    for host in HOSTS:
        if host not in stack.replicas:
            stack.start_replica(host)
            stack.wait_ready(host)
    stack.route(*HOSTS)


class Editor:
    """The smallest client of docs/protocol.md; closes with the test."""

    def __init__(self, stack: Stack, browser: httpx.Client, closing: contextlib.ExitStack) -> None:
        self.client = str(uuid.uuid4())
        self.counter = 0
        self.socket: ClientConnection = closing.enter_context(
            connect(
                f"ws://127.0.0.1:{stack.proxy_port}/ws/frames/{stack.frame_id}/",
                additional_headers={"Cookie": f"hitl_session={browser.cookies['hitl_session']}"},
                origin=Origin(stack.url),
            )
        )
        self.send({"t": "hello", "v": 1, "client": self.client})
        self.welcome = self.until("welcome")

    def send(self, message: dict[str, Any]) -> None:
        self.socket.send(json.dumps(message))

    def until(self, kind: str) -> dict[str, Any]:
        """The next message of this type; others are passed over."""
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while True:  # heartbeats come for ever
            message: dict[str, Any] = json.loads(self.socket.recv(timeout=deadline - time.monotonic()))
            if message["t"] == kind:
                return message

    def create(self) -> str:
        self.counter += 1
        box = str(uuid.uuid4())
        label = self.welcome["labels"][0]["id"]
        values = {"x1": 10, "y1": 10, "x2": 60, "y2": 50, "label": label}
        self.send({"t": "op", "ops": [{"c": self.counter, "k": "create", "box": box, "set": values}]})
        return box

    def operation_on(self, box: str) -> dict[str, Any]:
        while True:
            for operation in self.until("ev")["ops"]:
                if operation["box"] == box:
                    found: dict[str, Any] = operation
                    return found


def test_it_serves_pages_and_files_through_the_proxy(stack: Stack) -> None:
    page = httpx.get(f"{stack.url}/login/")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    script = httpx.get(f"{stack.url}{settings.STATIC_URL}src/store.js", headers={"Accept-Encoding": "gzip"})
    assert script.status_code == 200
    assert "max-age=31536000" in script.headers["Cache-Control"]
    assert script.headers["Content-Encoding"] == "gzip"


def test_a_worker_beside_them_makes_what_they_show(stack: Stack) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), (0, len(stack.server), 178)).save(picture, "PNG")
    name = f"pier-{stack.server}.png"
    with stack.worker(), contextlib.closing(stack.sign_in("maria")) as maria:
        token = {"X-CSRFToken": maria.cookies["hitl_csrf"], "Referer": f"{stack.url}/"}
        sent = {"Content-Type": "application/octet-stream", "Accept": "application/json", **token}
        added = maria.post(f"/projects/1/uploads/?name={name}", content=picture.getvalue(), headers=sent)
        assert added.status_code == 201, added.text
        address = added.json()["url"].removeprefix("/projects/1")
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while (thumbnail := maria.get(f"{address}thumbnail")).status_code != 200:
            assert thumbnail.status_code == 202 and time.monotonic() < deadline
            time.sleep(0.1)
        assert thumbnail.headers["Content-Type"] == "image/webp"


@pytest.mark.parametrize("path", ["/.git/config", "/.env", "/static../manage.py", "/proxy-health/../.env"])
def test_g7_it_hides_what_is_not_for_the_web(stack: Stack, path: str) -> None:
    assert httpx.get(f"{stack.url}{path}").status_code == 404


def test_u1_the_proxy_refuses_a_body_over_its_limit_before_reading_it(stack: Stack) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", stack.proxy_port, timeout=5)
    connection.putrequest("POST", "/login/")
    connection.putheader("Content-Length", str(3 << 30))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize(("asked_from", "seen"), [("127.0.0.1", "127.0.0.1"), (FRONT_PROXY, "203.0.113.7")])
def test_it_believes_a_forwarded_address_only_from_the_proxy_in_front(
    stack: Stack, asked_from: str, seen: str
) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(local_address=asked_from)) as client:
        line = stack.logged(f"/livez/{uuid.uuid4()}", client)
    assert line.split()[1] == seen


def test_it_is_ready_with_postgresql_and_redis(stack: Stack) -> None:
    answer = httpx.get(f"{stack.url}/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_two_people_on_different_processes_see_each_others_edits(
    stack: Stack, everywhere: None, closing: contextlib.ExitStack
) -> None:
    ada_http, bob_http = stack.sign_in("ada"), stack.sign_in("bob")
    stack.route(HOSTS[0])
    ada = Editor(stack, ada_http, closing)
    stack.route(HOSTS[1])
    bob = Editor(stack, bob_http, closing)
    first, second = ada.create(), None
    assert bob.operation_on(first)["f"]["x2"] == 60
    second = bob.create()
    assert ada.operation_on(second)["by"] == bob.welcome["user"]["id"]
    # Proof that they were on different processes: only Ada's ends with the first.
    stack.end_replica(HOSTS[0], signal.SIGKILL)
    with pytest.raises(ConnectionClosed):
        ada.until("never")
    third = bob.create()
    assert bob.operation_on(third)["r"] > bob.welcome["head"]


def test_a_lost_replica_is_passed_over(stack: Stack, everywhere: None, closing: contextlib.ExitStack) -> None:
    browser = stack.sign_in("ada")
    stack.end_replica(HOSTS[1], signal.SIGKILL)
    for _ in range(12):  # the name still leads to both
        assert browser.get("/").status_code == 200
    editor = Editor(stack, browser, closing)
    editor.operation_on(editor.create())


def test_w1_a_page_of_another_site_gets_no_socket(stack: Stack) -> None:
    browser = stack.sign_in("ada")
    cookie = f"hitl_session={browser.cookies['hitl_session']}"
    with pytest.raises(Exception, match="403|4403"):
        connect(
            f"ws://127.0.0.1:{stack.proxy_port}/ws/frames/{stack.frame_id}/",
            additional_headers={"Cookie": cookie},
            origin=Origin("http://127.0.0.1:5001"),
        ).recv(timeout=5)
