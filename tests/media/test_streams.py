"""Bodies and files through real servers, counted and streamed: memory stays flat, whatever is sent or not read."""

import contextlib
import http.client
import json
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.media.pictures import archive, jpeg, numbered
from tests.media.site import Person, Site, running_site, until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="reads memory and open files from /proc"),
]
MB = 1 << 20
LIMIT = 48 * MB
FLAT_MB = 24  # how much memory a large body may take; it would be LIMIT and more if it were kept
VIDEO_HEAD = b"\0\0\0\x18ftypmp42" + bytes(500)
RAW = "application/octet-stream"


AT_ONCE = 8


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    with running_site(
        folder, request.param, HITL_MAX_UPLOAD_BYTES=str(LIMIT), HITL_UPLOADS_PER_USER=str(AT_ONCE)
    ) as running:
        yield running


@pytest.fixture(scope="module")
def maria(site: Site) -> Person:
    return site.sign_in("maria")


@pytest.fixture(scope="module")
def ada(site: Site) -> Person:
    return site.sign_in("ada")


class Memory:
    """The most memory that the web server took since the beginning, in MB above what it had then."""

    def __init__(self, site: Site) -> None:
        self.folder = Path(f"/proc/{site.processes[0].pid}")
        (self.folder / "clear_refs").write_text("5")  # the mark falls to what is used now
        self.start = self.mark()

    def mark(self) -> float:
        [line] = [
            line for line in (self.folder / "status").read_text().splitlines() if line.startswith("VmHWM")
        ]
        return int(line.split()[1]) / 1024

    def check_flat(self) -> None:
        taken = self.mark() - self.start
        assert taken < FLAT_MB, f"{taken:.0f} MB more"


def pieces(size: int, head: bytes = VIDEO_HEAD) -> Iterator[bytes]:
    yield head
    piece = bytes(1 << 16)
    for _ in range((size - len(head)) // len(piece)):
        yield piece
    yield bytes((size - len(head)) % len(piece))


def post(person: Person, body: Iterable[bytes], name: str = "clip.mp4", **headers: str) -> httpx.Response:
    """Chunked, unless a Content-Length is given."""
    sent = {**person.headers, "Content-Type": RAW, **headers}
    return person.http.post(f"/projects/1/uploads/?name={name}", content=body, headers=sent)


def raw(site: Site, lines: list[str]) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", site.port), timeout=20)
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    return connection


def upload_lines(person: Person, *lines: str) -> list[str]:
    cookies = "; ".join(f"{name}={value}" for name, value in person.http.cookies.items())
    return [
        "POST /projects/1/uploads/?name=clip.mp4 HTTP/1.1",
        f"Host: 127.0.0.1:{person.site.port}",
        f"Cookie: {cookies}",
        f"X-CSRFToken: {person.token}",
        "Accept: application/json",
        f"Content-Type: {RAW}",
        *lines,
    ]


def answer_of(connection: socket.socket) -> tuple[int, Any]:
    response = http.client.HTTPResponse(connection)
    response.begin()
    body = response.read()
    return response.status, json.loads(body) if body else None


def scratch(site: Site) -> list[str]:
    return [path.name for path in site.stored() if "scratch" in path.parts and "jobs" not in path.parts]


@pytest.fixture(autouse=True)
def emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test begins with an empty project and store."""
    yield
    if "site" in request.fixturenames:
        site: Site = request.getfixturevalue("site")
        for table in ("job", "frame", "source"):
            site.rows(f"DELETE FROM annotate_{table}")  # noqa: S608
        for path in site.stored():
            path.unlink()


@pytest.mark.parametrize("is_chunked", [True, False])
def test_u21_a_large_file_streams_to_the_disk_and_memory_stays_flat(
    site: Site, maria: Person, is_chunked: bool
) -> None:
    size = LIMIT - 1000
    headers = {} if is_chunked else {"Content-Length": str(size)}
    memory = Memory(site)
    response = post(maria, pieces(size), **headers)
    assert response.status_code == 202, response.text
    memory.check_flat()
    [stored] = (site.data / "scratch" / "jobs").iterdir()
    assert stored.stat().st_size == size
    until(lambda: scratch(site) == [], "the body itself is gone")


def test_u21_a_large_form_streams_too(site: Site, maria: Person) -> None:
    head = b'--B\r\nContent-Disposition: form-data; name="file"; filename="clip.mp4"\r\n\r\n' + VIDEO_HEAD

    def form() -> Iterator[bytes]:
        yield from pieces(LIMIT - 1 * MB, head)
        yield b"\r\n--B--\r\n"

    memory = Memory(site)
    response = post(maria, form(), **{"Content-Type": "multipart/form-data; boundary=B"})
    assert response.status_code == 202, response.text
    memory.check_flat()
    until(lambda: scratch(site) == [], "the body itself is gone")


def test_u21_more_than_the_limit_is_refused_by_counted_bytes(site: Site, maria: Person) -> None:
    memory = Memory(site)
    response = post(maria, pieces(LIMIT + 1))
    assert response.status_code == 413
    assert str(LIMIT) in response.json()["error"]["detail"]
    memory.check_flat()
    until(lambda: site.stored() == [], "nothing of it is left")


def test_u21_a_promise_over_the_limit_is_refused_before_the_first_byte(site: Site, maria: Person) -> None:
    with raw(site, upload_lines(maria, f"Content-Length: {LIMIT + 1}")) as connection:
        status, body = answer_of(connection)
    assert status == 413 and body["error"]["request_id"]


def test_u21_a_false_length_gives_no_more_than_it_promised(site: Site, maria: Person) -> None:
    """More comes than was promised: the rest is not part of this request, and no valid one either."""
    with raw(site, upload_lines(maria, "Content-Length: 4")) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"four" + bytes(200_000))
        response = http.client.HTTPResponse(connection)
        response.begin()
    assert response.status == 400
    assert site.stored() == []


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (["Content-Length: 5", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
        (["Content-Length: x"], b""),
        (["Content-Length: -1"], b""),
        (["Transfer-Encoding: chunked"], b"zz\r\n"),
        (["Transfer-Encoding: gzip"], b"0\r\n\r\n"),
    ],
    ids=str,
)
def test_u21_lengths_that_make_no_sense_are_refused(
    site: Site, maria: Person, lines: list[str], body: bytes
) -> None:
    with raw(site, upload_lines(maria, *lines)) as connection:
        connection.sendall(body)
        first = connection.recv(64)
    assert first == b"" or first.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501")), first
    assert site.stored() == []


@pytest.mark.parametrize("path", ["/language/", "/login/", "/nothing/here/"])
def test_u21_other_addresses_take_a_megabyte(site: Site, maria: Person, path: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", **maria.headers}
    memory = Memory(site)
    response = maria.http.post(path, content=pieces(40 * MB), headers=headers)
    assert response.status_code == 413
    memory.check_flat()
    fits = maria.http.post(path, content=b"x=" + b"y" * 900_000, headers=headers)
    assert fits.status_code != 413


def test_u21_a_page_says_it_in_the_language_of_the_reader(site: Site, maria: Person) -> None:
    french = {"Accept": "text/html", "Accept-Language": "fr", "X-CSRFToken": maria.token}
    response = maria.http.post("/language/", content=pieces(2 * MB), headers=french)
    assert response.status_code == 413 and '<html lang="fr"' in response.text
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Request-ID"] in response.text


@pytest.mark.parametrize("who", ["ada", "nobody"])
def test_u21_a_long_body_is_not_taken_from_whom_may_not_upload(site: Site, ada: Person, who: str) -> None:
    """The answer comes at once, although the body never ends."""
    lines = upload_lines(ada, "Transfer-Encoding: chunked")
    if who == "nobody":
        lines = [line for line in lines if not line.startswith("Cookie")]
    with raw(site, lines) as connection:
        connection.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")
        status, body = answer_of(connection)
    assert (status, body["error"]["status"]) == ((403, 403) if who == "ada" else (401, 401))
    assert site.stored() == []


def test_the_refusal_reaches_a_browser_that_is_still_sending(site: Site, ada: Person) -> None:
    """Closing at once would reset the connection, and the browser would only know that it failed."""
    response = post(ada, pieces(20 * MB))
    assert response.status_code == 403 and response.json()["error"]["detail"]


def test_u20_an_interrupted_upload_leaves_nothing_and_can_be_repeated(site: Site, maria: Person) -> None:
    with raw(site, upload_lines(maria, f"Content-Length: {20 * MB}")) as connection:
        connection.sendall(VIDEO_HEAD + bytes(8 * MB))
        until(lambda: scratch(site) != [], "it is being received")
    until(lambda: site.stored() == [], "nothing of it is left")
    assert site.value("SELECT COUNT(*) FROM annotate_source") == 0
    assert post(maria, pieces(20 * MB)).status_code == 202


def test_u20_an_interrupted_image_leaves_nothing(site: Site, maria: Person) -> None:
    data = jpeg(size=(2000, 2000))
    with raw(site, upload_lines(maria, f"Content-Length: {len(data)}")) as connection:
        connection.sendall(data[: len(data) // 2])
    maria.http.get("/livez")
    assert site.stored() == [] and site.value("SELECT COUNT(*) FROM annotate_frame") == 0


def test_a_body_that_comes_in_drops_is_put_together(site: Site, maria: Person) -> None:
    data = archive({"a.png": numbered(1)})
    with raw(site, upload_lines(maria, f"Content-Length: {len(data)}")) as connection:
        for place in range(0, len(data), 7):
            connection.sendall(data[place : place + 7])
        status, body = answer_of(connection)
    assert status == 202
    [stored] = (site.data / "scratch" / "jobs").iterdir()
    assert stored.read_bytes() == data and body["outcome"] == "queued"


def test_several_requests_share_one_connection(site: Site, maria: Person) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    headers = dict(line.split(": ", 1) for line in upload_lines(maria)[1:])
    for _ in range(3):
        connection.request("POST", "/projects/1/uploads/?name=a.jpg", b"no image", headers)
        response = connection.getresponse()
        assert (response.status, json.loads(response.read())["code"]) == (400, "not_an_image")
    connection.request("GET", "/livez")
    assert connection.getresponse().read() == b"ok"
    connection.close()


def test_u23_parallel_uploads_are_all_answered_and_counted_exactly(site: Site, maria: Person) -> None:
    images = [numbered(number, (200, 150)) for number in range(12)]

    def send(number: int) -> str:
        response = post(maria, [images[number % 12]], name=f"{number}.png")
        assert response.status_code in {200, 201}, response.text
        return str(response.json()["outcome"])

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(send, range(36)))
    assert (outcomes.count("added"), outcomes.count("duplicate")) == (12, 24)
    assert sorted(site.rows('SELECT "index" FROM annotate_frame')) == [(number,) for number in range(12)]
    assert len(site.stored()) == 12


def test_x1_one_upload_too_many_at_once_is_told_to_wait(site: Site, maria: Person) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(AT_ONCE):
            connection = stack.enter_context(raw(site, upload_lines(maria, "Content-Length: 9000000")))
            connection.sendall(VIDEO_HEAD + bytes(4 * MB))  # and no more: it stays on its way
        until(lambda: len(scratch(site)) == AT_ONCE, "all are being received")
        response = post(maria, [numbered(1)], name="one.png")
        assert response.status_code == 429 and int(response.headers["Retry-After"]) > 0
        assert str(AT_ONCE) in response.json()["error"]["detail"]
        assert maria.http.get("/projects/1/").status_code == 200, "nothing else waits"
    until(lambda: scratch(site) == [], "the others were broken off")
    assert post(maria, [numbered(1)], name="one.png").status_code == 201


def test_a_large_image_is_streamed_to_a_slow_reader(site: Site, maria: Person) -> None:
    """The file is put into the store by hand: what matters is how it is sent."""
    md5 = "ab" * 16
    path = site.data / "store" / "files" / "md5" / md5[:2] / md5[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(100 * MB)
    post(maria, [numbered(500)], name="large.png")
    frame = site.value("SELECT MAX(id) FROM annotate_frame")
    site.rows(f"UPDATE annotate_frame SET md5 = '{md5}' WHERE id = {frame}")  # noqa: S608
    cookies = "; ".join(f"{name}={value}" for name, value in maria.http.cookies.items())
    lines = [f"GET /frames/{frame}/image HTTP/1.1", f"Host: 127.0.0.1:{site.port}", f"Cookie: {cookies}"]
    memory = Memory(site)
    with raw(site, lines) as connection:
        assert connection.recv(12) == b"HTTP/1.1 200"
        time.sleep(1)  # not a race: memory may only be found flat wrongly if the server did nothing in it
        memory.check_flat()
        while connection.recv(1 << 20) and memory.mark() - memory.start < FLAT_MB:
            if next(file_positions(site, path), 0) >= 90 * MB:
                break
        memory.check_flat()
    until(lambda: not list(file_positions(site, path)), "the file is closed when the reader has gone")
    path.unlink()


def file_positions(site: Site, path: Path) -> Iterator[int]:
    """How far the server has read ``path``, for each time that it has it open."""
    folder = Path(f"/proc/{site.processes[0].pid}")
    for descriptor in (folder / "fd").iterdir():
        with contextlib.suppress(OSError):
            if descriptor.readlink() == path:
                yield int((folder / "fdinfo" / descriptor.name).read_text().split()[1])


@pytest.fixture
def full_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A disk that has less room than is kept in reserve."""
    with running_site(tmp_path, "daphne", HITL_MIN_FREE_MB=str(1 << 30)) as running:
        yield running


def test_u24_a_full_disk_is_said_before_the_body_is_taken_and_editing_goes_on(full_site: Site) -> None:
    maria = full_site.sign_in()
    for size, length in ((20 * MB, True), (20 * MB, False)):
        headers = {"Content-Length": str(size)} if length else {}
        response = post(maria, pieces(size), **headers)
        assert response.status_code == 507
        assert "no room left" in response.json()["error"]["detail"]
    small = maria.upload("a.jpg", jpeg())
    assert (small.status_code, small.json()["code"]) == (507, "disk_full")
    assert full_site.stored() == [] and maria.http.get("/projects/1/").status_code == 200
