"""What a client sees through the real web servers: handshakes, close codes and sizes are theirs as much as ours."""

import importlib.util
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from .site import LEAVING, Site, running_site

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("HITL_DATABASE_URL")),
    reason="it has a SQLite of its own: the run on SQLite covers it",
)
PATIENCE_S = 20
PROMISED_S = 5.0
BUSY_S = 5.0
"""On top of what is promised, for a machine that runs other things too."""


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    with running_site(tmp_path_factory.mktemp(request.param), request.param) as site:
        yield site


@pytest.fixture(scope="module")
def cookies(site: Site) -> dict[str, str]:
    return site.cookies


@contextmanager
def opened(
    site: Site, cookie: str = "", *, path: str | None = None, origin: str | None = None, **how: Any
) -> Iterator[ClientConnection]:
    """After the handshake. The origin is the site's own where none is given; "" sends none."""
    headers = {"Cookie": f"hitl_session={cookie}"} if cookie else {}
    address = site.url.replace("http", "ws", 1) + (path or f"/ws/frames/{site.frames[0]}/")
    given = site.url if origin is None else origin
    with connect(
        address, additional_headers=headers, origin=Origin(given) if given else None, max_size=None, **how
    ) as socket:
        yield socket


@contextmanager
def joined(site: Site, cookie: str, *, client: str = "", **how: Any) -> Iterator[ClientConnection]:
    with opened(site, cookie, **how) as socket:
        say(socket, {"t": "hello", "v": 1, "client": client or str(uuid4())})
        until(socket, "welcome")
        yield socket


def say(socket: ClientConnection, message: dict[str, Any]) -> None:
    socket.send(json.dumps(message))


def until(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = json.loads(socket.recv(timeout=PATIENCE_S))
        if message["t"] == kind:
            return message


def end_of(socket: ClientConnection) -> tuple[int, dict[str, Any] | None]:
    """The close code (1006: none came), and the ``bye`` before it."""
    bye = None
    try:
        while True:
            message = json.loads(socket.recv(timeout=PATIENCE_S))
            bye = message if message["t"] == "bye" else bye
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006, bye


def sql(site: Site, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(site.database, timeout=PATIENCE_S)) as database, database:
        assert database.execute(statement, values).rowcount > 0


class TestHandshake:
    @pytest.mark.parametrize("origin", ["", "null", "https://", "port", "http://evil.example"])
    def test_w1_a_page_of_another_site_gets_403(
        self, site: Site, cookies: dict[str, str], origin: str
    ) -> None:
        own = site.url
        foreign = {"https://": own.replace("http", "https"), "port": f"{own[:-1]}{(int(own[-1]) + 1) % 10}"}
        with (
            pytest.raises(InvalidStatus) as refusal,
            opened(site, cookies["erin"], origin=foreign.get(origin, origin)),
        ):
            pytest.fail("it was opened")
        assert refusal.value.response.status_code == 403

    def test_w2_without_a_session_it_is_accepted_and_closed_with_4401(self, site: Site) -> None:
        """As docs/protocol.md says: a browser tells its page a close code, and nothing of a refused handshake."""
        with opened(site) as socket:
            code, bye = end_of(socket)
        assert (code, bye) == (4401, {"t": "bye", "code": 4401, "detail": ""})

    def test_w31_a_frame_that_is_not_there_closes_with_4403(
        self, site: Site, cookies: dict[str, str]
    ) -> None:
        with opened(site, cookies["erin"], path=f"/ws/frames/{10**9}/") as socket:
            assert end_of(socket)[0] == 4403

    @pytest.mark.parametrize(
        "path",
        [
            "/ws/",
            "/ws/frames/",
            "/ws/frames/x/",
            "/ws/frames/-1/",
            f"/ws/frames/{'9' * 30}/",
            "/ws/frames/1/../2/",
            "/ws/frames/%00/",
            "/ws/frames/1;drop/",
            "/",
        ],
    )
    def test_w30_other_addresses_open_nothing_and_break_nothing(
        self, site: Site, cookies: dict[str, str], path: str
    ) -> None:
        with pytest.raises(InvalidStatus) as refusal, opened(site, cookies["erin"], path=path):
            pytest.fail("it was opened")
        assert refusal.value.response.status_code in (403, 404)
        assert "Traceback" not in site.log()


class TestClosing:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("hello", 4400),
            (b"hello", 4400),
            ('{"t":"hello","v":99,"client":"01900000-0000-7000-8000-000000000001"}', 4426),
            ("x" * 65_537, 4413),
        ],
        ids=["no hello", "binary", "other version", "64 KiB and one"],
    )
    def test_the_code_arrives(
        self, site: Site, cookies: dict[str, str], text: str | bytes, code: int
    ) -> None:
        with opened(site, cookies["erin"]) as socket:
            socket.send(text)
            if site.server == "uvicorn" and code == 4413:
                code = 1009  # it refuses by itself what is over 64 KiB
            assert end_of(socket)[0] == code

    @pytest.mark.parametrize("compression", [None, "deflate"])
    def test_w19_w33_a_message_of_megabytes_is_cut_off(
        self, site: Site, cookies: dict[str, str], compression: str | None
    ) -> None:
        """Compressed, where the server lets a client compress, it is a few kilobytes on the way."""
        with joined(site, cookies["erin"], compression=compression) as socket:
            before = site.resident_bytes()
            for _ in range(3):
                try:
                    socket.send("x" * 8_000_000)
                except ConnectionClosed:
                    break
            assert end_of(socket)[0] in (1006, 1009, 4413)
        assert site.resident_bytes() - before < 32_000_000

    def test_w7_text_that_is_no_utf8_closes_only_its_own_socket(
        self, site: Site, cookies: dict[str, str]
    ) -> None:
        with joined(site, cookies["erin"]) as bad, joined(site, cookies["fred"]) as good:
            bad.send(b"\xff\xfe", text=True)
            with pytest.raises(ConnectionClosed):
                until(bad, "never")
            say(good, {"t": "op", "ops": [{"c": 1, "k": "undo"}]})
            assert until(good, "nack")["code"] == "nothing"

    def test_w9_bombs_are_answered(self, site: Site, cookies: dict[str, str]) -> None:
        with joined(site, cookies["erin"]) as socket:
            for text in (
                "[" * 60_000,
                '{"t":"seen","r":%s}' % ("9" * 5000),
                '{"t":"eph","kind":"cursor","val":NaN}',
            ):
                socket.send(text)
                assert until(socket, "error")["code"] == "malformed"

    def test_4409_the_newer_socket_wins(self, site: Site, cookies: dict[str, str]) -> None:
        client = str(uuid4())
        with (
            joined(site, cookies["erin"], client=client) as old,
            joined(site, cookies["erin"], client=client),
        ):
            assert end_of(old)[0] == 4409

    def test_4503_a_restored_frame(self, site: Site, cookies: dict[str, str]) -> None:
        frame = site.frames[1]
        with joined(site, cookies["erin"], path=f"/ws/frames/{frame}/") as socket:
            sql(site, "UPDATE annotate_frame SET epoch = ? WHERE id = ?", uuid4().hex, frame)
            code, bye = end_of(socket)
        assert code == 4503
        assert bye is not None and 0 < bye["after"] < 2000

    def test_4404_a_deleted_frame(self, site: Site, cookies: dict[str, str]) -> None:
        frame = site.frames[2]
        with joined(site, cookies["erin"], path=f"/ws/frames/{frame}/") as socket:
            sql(site, "DELETE FROM annotate_frame WHERE id = ?", frame)
            assert end_of(socket)[0] == 4404


@pytest.fixture
def sockets(site: Site, cookies: dict[str, str]) -> Iterator[dict[str, ClientConnection]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(joined(site, cookies[name])) for name in LEAVING}


def test_w3_w4_w5_the_end_of_access_reaches_an_idle_socket_in_time(
    site: Site, cookies: dict[str, str], sockets: dict[str, ClientConnection]
) -> None:
    """These four need their sessions in no other test."""
    with httpx.Client(
        base_url=site.url, cookies={"hitl_session": cookies["ada"]}, headers={"Referer": site.url}
    ) as browser:
        browser.get("/")
        token = browser.cookies["hitl_csrf"]
        answer = browser.post("/logout/", headers={"X-CSRFToken": token})
        assert answer.status_code in (200, 302), answer.text
    sql(site, "UPDATE annotate_user SET is_active = 0 WHERE username = 'bob'")
    sql(site, "UPDATE annotate_user SET password = '!' WHERE username = 'cleo'")
    sql(
        site,
        "DELETE FROM annotate_membership WHERE user_id = (SELECT id FROM annotate_user WHERE username = 'dan')",
    )
    began = time.monotonic()
    codes = {name: end_of(socket)[0] for name, socket in sockets.items()}
    took = time.monotonic() - began
    assert codes == {"ada": 4401, "bob": 4401, "cleo": 4401, "dan": 4403}
    assert took < PROMISED_S + BUSY_S
