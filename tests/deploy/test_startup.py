"""`make run`: what it says, how it stops, and what it answers to settings that cannot be used."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from pytest_django.fixtures import Settings

from annotate import startup
from annotate.models import Project, User
from annotate.servers import Address
from hitlsite import env
from tests.deploy.compose import ROOT
from tests.deploy.stack import alive
from tests.services import descendants, free_port

READY_TIMEOUT_S = 90.0


class Running:
    """`manage.py up` in an installation of its own."""

    def __init__(self, data: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = data / "log"
        own = {"HITL_DATA_DIR": str(data), "HITL_BIND": f"127.0.0.1:{port}"}
        embedded = {"HITL_DATABASE_URL": "", "HITL_REDIS_URL": ""}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env={**os.environ, **own, **embedded},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def output(self) -> str:
        return self.log.read_text()

    def wait_ready(self) -> str:
        """Everything said until the last line of the advice."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        while "New manager:" not in self.output():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.05)
        return self.output()

    def stop(self, number: signal.Signals) -> None:
        """As Ctrl+C does; whatever it had started must be gone."""
        started = descendants(self.process.pid)
        assert len(started) >= 2, "web and worker"
        self.process.send_signal(number)
        assert self.process.wait(30) == 0
        deadline = time.monotonic() + 10
        while any(map(alive, started)):
            assert time.monotonic() < deadline, "something outlives it"
            time.sleep(0.02)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Running]]:
    """Starts the same installation each time; ends what a failed test has left."""
    started: list[Running] = []

    def begin() -> Running:
        started.append(Running(tmp_path, free_port()))
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            running.process.terminate()
            running.process.wait(30)


def sign_in(url: str, name: str, password: str) -> httpx.Response:
    with httpx.Client(base_url=url, follow_redirects=True, timeout=30) as client:
        page = client.get("/login/")
        token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        form = {"username": name, "password": password, "csrfmiddlewaretoken": token}
        return client.post("/login/", data=form, headers={"Referer": f"{url}/login/"})


@pytest.mark.faults
def test_s3_passwords_are_shown_at_the_first_start_alone_and_nothing_outlives_it(
    start: Callable[[], Running],
) -> None:
    running = start()
    said = running.wait_ready()
    assert f"Ready: {running.url}/" in said
    assert "Sign in as maria, ada, linus. The passwords are above." in said
    (password,) = re.findall(r"maria +password: (\S+)", said)
    assert sign_in(running.url, "maria", password).url.path == "/"
    running.stop(signal.SIGINT)
    assert "Nothing was lost" in running.output()

    again = start()
    said = again.wait_ready()
    assert "Demo account" not in said
    assert password not in said
    assert "The passwords were shown once" in said
    assert "manage.py changepassword NAME" in said
    assert sign_in(again.url, "maria", password).url.path == "/"
    again.stop(signal.SIGTERM)


def test_it_names_another_port_when_this_one_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(startup.CannotStart, match=f"HITL_BIND=127.0.0.1:{port + 1} make run"):
            startup.check_port_free(Address("127.0.0.1", port))


def test_it_says_that_an_address_is_not_of_this_machine() -> None:
    with pytest.raises(startup.CannotStart, match="192.0.2.1:5000.*HITL_BIND"):
        startup.check_port_free(Address("192.0.2.1", 5000))


@pytest.mark.django_db
def test_it_says_who_can_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HITL_DATA_DIR", "/srv/our data")
    (line,) = startup.how_to_sign_in(passwords_shown=False)
    assert line.startswith("Nobody can sign in yet. First account: HITL_DATA_DIR='/srv/our data' ")
    assert line.endswith(" manage.py create_manager NAME")
    for name in ("zoe", "ada", "bob", "carl"):
        User.objects.create_user(name)
    User.objects.create_user("gone", is_active=False)
    assert "zoe, ada, bob and others" in startup.how_to_sign_in(passwords_shown=False)[0]


@pytest.mark.django_db
def test_a_deleted_demo_does_not_come_back() -> None:
    owner = User.objects.create_user("owner")
    Project.objects.create(name="Ours", created_by=owner)
    said: list[str] = []
    assert startup.make_demo(said.append) == []
    assert said == []
    assert Project.objects.count() == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_it_is_quiet_when_only_this_machine_can_reach_it(host: str) -> None:
    assert startup.who_can_reach(Address(host, 5000)) == []


def test_it_warns_when_the_port_is_open_to_the_network(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["labels.example.org"]
    everywhere = Address("0.0.0.0", 5000)  # noqa: S104
    assert "labels.example.org (HITL_ALLOWED_HOSTS)" in startup.who_can_reach(everywhere)[0]
    settings.TLS = True
    assert startup.who_can_reach(everywhere) == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HITL_TLS", "maybe", "HITL_TLS='maybe': use 1 or 0"),
        ("HITL_MIN_FREE_MB", "lots", "HITL_MIN_FREE_MB='lots': use a whole number"),
        ("HITL_SECRET_KEY", "short", "HITL_SECRET_KEY is shorter than 32 characters"),
        ("HITL_DATABASE_URL", "mysql://x", "HITL_DATABASE_URL: use postgres://"),
        ("HITL_DATA_DIR", "/dev/null/data", "HITL_DATA_DIR='/dev/null/data': Not a directory"),
    ],
)
def test_s9_a_setting_that_cannot_be_used_is_named_in_one_line(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    environment = {"PATH": os.environ["PATH"], "HITL_DATA_DIR": str(tmp_path), name: value}
    answer = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith(said)
    assert answer.stderr.count("\n") == 1


def test_s1_full_mode_needs_a_key_that_all_processes_share(tmp_path: Path) -> None:
    full = {"HITL_DATABASE_URL": "postgres://h@127.0.0.1/h", "HITL_REDIS_URL": "redis://127.0.0.1"}
    environment = {"PATH": os.environ["PATH"], "HITL_DATA_DIR": str(tmp_path), **full}
    answer = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("HITL_SECRET_KEY is not set")
    assert not (tmp_path / "secret_key").exists()


def test_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HITL_X", "HITL_Y"):
        monkeypatch.setenv(name, "")
    assert env.text("HITL_X", "default") == "default"
    assert env.words("HITL_X", "a, b") == ["a", "b"]
    assert env.number("HITL_X", 7) == 7
    assert env.flag("HITL_Y", True) is True


@pytest.mark.parametrize(("said", "threshold"), [("", 5), ("1", 5), ("0", None)])
def test_plans_are_kept_unless_a_pooler_is_in_between(
    monkeypatch: pytest.MonkeyPatch, said: str, threshold: int | None
) -> None:
    monkeypatch.setenv("HITL_DATABASE_URL", "postgres://somebody@db/site?sslmode=require")
    monkeypatch.setenv("HITL_DATABASE_PREPARE", said)
    options = env.database("HITL_DATABASE_URL", Path("unused"))["OPTIONS"]
    assert isinstance(options, dict)
    assert (options.get("prepare_threshold"), options["sslmode"]) == (threshold, "require")
