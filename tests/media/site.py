"""A whole site for tests from outside: own data, own port, a real server and, if wanted, a real worker."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.prepared import prepare
from tests.services import free_port

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a long enough password"
FILL = f"""
import django
django.setup()
from annotate.models import Label, Membership, Project, User
project = Project.objects.create(name="Harbour cameras")
Label.objects.create(project=project, name="boat", color="#0072b2", key="1", position=1)
for name, role in (("maria", "manager"), ("ada", "annotator"), ("otto", None)):
    user = User.objects.create_user(name, password={PASSWORD!r})
    if role:
        Membership.objects.create(project=project, user=user, role=role)
"""


def until(condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """The first true answer of ``condition``; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not in {seconds:g} s: {what}"
        time.sleep(0.05)
    return found


@dataclass
class Site:
    """``project`` 1 belongs to maria (manager) and ada (annotator); otto is a stranger."""

    data: Path
    server: str
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HITL_")}
        return {
            **kept,
            "DJANGO_SETTINGS_MODULE": "hitlsite.settings",
            "HITL_DATA_DIR": str(self.data),
            "HITL_BIND": f"127.0.0.1:{self.port}",
            "HITL_SERVER": self.server,
            "HITL_MIN_FREE_MB": "1",
            **self.settings,
        }

    def prepare(self) -> None:
        """Tables and people."""
        prepare(self.environment, FILL)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """``manage.py`` with these words; its output is in ``log(word)``."""
        with (self.data / f"{words[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *words],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def log(self, word: str) -> str:
        return (self.data / f"{word}.log").read_text(errors="replace")

    def wait_for_web(self) -> None:
        def answers() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return httpx.get(f"{self.url}/livez").is_success
            return False

        until(answers, f"{self.url} answers")

    def stop(self, process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> int:
        self.processes.remove(process)
        process.send_signal(number)
        return process.wait(30)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Asks the database directly; a statement that changes something gives []."""
        if "HITL_DATABASE_URL" in self.settings:
            with psycopg.connect(self.settings["HITL_DATABASE_URL"]) as server:
                cursor = server.execute(sql.encode())
                return cursor.fetchall() if cursor.description else []
        with contextlib.closing(sqlite3.connect(self.data / "hitl.sqlite3", timeout=20)) as file, file:
            return file.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def sign_in(self, name: str = "maria") -> "Person":
        return Person(self, name)

    def stored(self) -> list[Path]:
        """All files of the store and of scratch, without the lock files."""
        folders = (self.data / "store", self.data / "scratch")
        found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return [path for path in found if "locks" not in path.parts]


class Person:
    """Somebody signed in, with the token that forms need."""

    def __init__(self, site: Site, name: str) -> None:
        self.site = site
        self.http = httpx.Client(base_url=site.url, timeout=60)
        self.http.get("/login/")
        form = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": self.token}
        answer = self.http.post("/login/", data=form)
        assert answer.status_code == 302, answer.text

    @property
    def token(self) -> str:
        return self.http.cookies["hitl_csrf"]

    @property
    def headers(self) -> dict[str, str]:
        return {"Accept": "application/json", "X-CSRFToken": self.token}

    def upload(self, name: str, data: bytes, **fields: str) -> httpx.Response:
        return self.http.post(
            "/projects/1/uploads/", files={"file": (name, data)}, data=fields, headers=self.headers
        )

    def jobs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("/api/ui/projects/1/jobs", headers=self.headers).json()[
            "jobs"
        ]
        return found

    def job_ended(self, job_id: str, seconds: float = 60) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            return next((job for job in self.jobs() if job["id"] == job_id and not job["is_active"]), None)

        job: dict[str, Any] = until(ended, f"the job {job_id} ends", seconds)
        return job


@contextmanager
def running_site(
    data: Path, server: str = "daphne", *, worker: bool = False, **settings: str
) -> Iterator[Site]:
    site = Site(data, server, settings)
    site.prepare()
    try:
        site.start("serve")
        site.wait_for_web()
        if worker:
            site.start("worker")
        yield site
    finally:
        for process in list(site.processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
