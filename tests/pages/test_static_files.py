"""Files of the interface are answered in front of Django, with the care that pages get; all else goes on to it."""

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pytest_django.fixtures import Settings

from hitlsite.static_files import Receive, Scope, Send, StaticFiles

STYLE = "css/base.css"
FILE = Path(settings.BASE_DIR) / "frontend" / STYLE


async def behind(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"Django"})


async def ask(
    path: str, method: str = "GET", *, files: StaticFiles | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    sent: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": named}
    await (files or StaticFiles(behind))(scope, receive, send)
    start, body = sent
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], told, body["body"]


async def test_a_file_with_what_keeps_it_safe_and_for_ever() -> None:
    status, headers, body = await ask(settings.STATIC_URL + STYLE)
    assert (status, body) == (200, FILE.read_bytes())
    assert headers["content-type"].startswith("text/css") and int(headers["content-length"]) == len(body)
    assert headers["cache-control"] == "max-age=31536000, public"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "access-control-allow-origin" not in headers


async def test_head_conditions_ranges_and_other_methods() -> None:
    path = settings.STATIC_URL + STYLE
    status, headers, body = await ask(path, "HEAD")
    assert (status, body) == (200, b"") and int(headers["content-length"]) == FILE.stat().st_size
    assert (await ask(path, if_none_match=headers["etag"]))[0] == 304
    status, part_headers, part = await ask(path, range="bytes=2-5")
    assert (status, part) == (206, FILE.read_bytes()[2:6])
    assert part_headers["content-range"] == f"bytes 2-5/{FILE.stat().st_size}"
    assert (await ask(path, "POST"))[0] == 405


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/static/other-version/css/base.css",
        settings.STATIC_URL,
        settings.STATIC_URL + "css",
        settings.STATIC_URL + "css/missing.css",
        settings.STATIC_URL + "../manage.py",
        settings.STATIC_URL + "css/../../manage.py",
        settings.STATIC_URL + "/etc/passwd",
        "css/base.css",
    ],
)
@pytest.mark.parametrize("debug", [False, True])
async def test_whatever_is_no_file_of_ours_goes_on(path: str, debug: bool, settings: Settings) -> None:
    settings.DEBUG = debug
    assert (await ask(path))[0] == 418


async def test_while_developing_a_change_shows_at_once(settings: Settings, tmp_path: Path) -> None:
    settings.DEBUG = True
    settings.STATICFILES_DIRS = [tmp_path]
    files = StaticFiles(behind)
    (tmp_path / "new.js").write_text("1")
    assert (await ask(settings.STATIC_URL + "new.js", files=files))[2] == b"1"


async def test_a_compressed_twin_is_given_to_who_takes_it(settings: Settings, tmp_path: Path) -> None:
    """The image has them beside the files (Dockerfile)."""
    settings.STATICFILES_DIRS = [tmp_path]
    content = b"export const one = 1;\n" * 100
    (tmp_path / "one.js").write_bytes(content)
    (tmp_path / "one.js.gz").write_bytes(gzip.compress(content))
    files = StaticFiles(behind)
    status, headers, body = await ask(settings.STATIC_URL + "one.js", files=files, accept_encoding="gzip")
    assert headers["content-encoding"] == "gzip" and gzip.decompress(body) == content
    assert "javascript" in headers["content-type"] and headers["vary"] == "Accept-Encoding"
    status, headers, body = await ask(settings.STATIC_URL + "one.js", files=files)
    assert (status, body) == (200, content) and "content-encoding" not in headers
