"""What is measured: a source tree's web server on a database, on a core of its own, filled and running."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from annotate.servers import APPLICATION, Address, web_command
from bench.load import Seat
from bench.machine import busy_seconds
from tests.services import PostgresServer, RedisServer, descendants, free_port

ROOT = Path(__file__).resolve().parent.parent
PEOPLE = 100
START_TIMEOUT_S = 30.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
SERVER_CORE, LOAD_CORE = 0, 1
LIMITS = {
    "HITL_OPS_PER_SECOND": "100000",
    "HITL_SOCKETS_PER_USER": "100000",
    "HITL_SOCKETS_PER_FRAME": "100000",
    "HITL_LOG_LEVEL": "WARNING",
}


@dataclass(frozen=True)
class Setup:
    """What to start. ``tree``: a checkout, this one or one to compare with. ``application``: instead of its own."""

    server: str
    database: str
    tree: Path = ROOT
    processes: int = 1
    pinned: bool = True
    variant: str = ""
    application: str = APPLICATION

    def facts(self) -> dict[str, str | int]:
        """What tells rows of different setups apart."""
        return {
            "server": self.server,
            "database": self.database,
            "processes": self.processes,
            "variant": self.variant,
        }

    @property
    def name(self) -> str:
        redis = f", {self.processes} processes and Redis" if self.processes > 1 else ""
        return f"{self.server}, {self.database}{redis}{f' ({self.variant})' if self.variant else ''}"


@dataclass
class Stage:
    """A running setup. ``frames`` is used up: every run takes a fresh frame."""

    setup: Setup
    folder: Path
    environment: dict[str, str]
    postgres: PostgresServer | None
    redis: RedisServer | None = None
    ports: list[int] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    crowded: dict[str, Any] = field(default_factory=dict)

    def take_frame(self) -> dict[str, Any]:
        return self.frames.pop()

    def seats(self, frame: dict[str, Any], count: int) -> list[Seat]:
        """Different people, taking turns on the processes."""
        return [
            Seat(
                port=self.ports[number % len(self.ports)],
                frame=frame["id"],
                boxes=frame["boxes"],
                cookie=self.cookies[number % len(self.cookies)],
            )
            for number in range(count)
        ]

    def operations_of(self, frame_id: int) -> tuple[int, int]:
        """Of a frame, asked of the database itself: how many operations, and its revision."""
        operations = "SELECT count(*) FROM annotate_operation WHERE frame_id = "
        revision = "SELECT revision FROM annotate_frame WHERE id = "
        return self.ask(f"{operations}{int(frame_id)}"), self.ask(f"{revision}{int(frame_id)}")

    def commits(self) -> int | None:
        """Transactions so far; only PostgreSQL counts them."""
        if self.postgres is None:
            return None
        return self.ask("SELECT xact_commit FROM pg_stat_database WHERE datname = 'hitl'")

    def ask(self, query: str) -> int:
        if self.postgres is not None:
            with psycopg.connect(self.postgres.url, autocommit=True) as connection:
                row = connection.execute(query.encode()).fetchone()
        else:
            with contextlib.closing(sqlite3.connect(self.folder / "hitl.sqlite3")) as file:
                row = file.execute(query).fetchone()
        assert row is not None
        return int(row[0])

    # Cost

    def server_seconds(self) -> float:
        """CPU time of the web processes so far."""
        return sum(cpu_seconds(process.pid) for process in self.processes)

    def database_seconds(self) -> float:
        if self.postgres is None or self.postgres.process is None:
            return 0.0
        pid = self.postgres.process.pid
        return sum(cpu_seconds(one) for one in [pid, *descendants(pid)])

    def resident_mib(self) -> float:
        return sum(_resident_kib(process.pid) for process in self.processes) / 1024

    # Life

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.setup.tree,
            env={**self.environment, "PYTHONPATH": str(self.setup.tree)},
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise CannotMeasure(f"{arguments[0]} failed in {self.setup.tree}:\n{done.stderr[-2000:]}")
        return done.stdout

    def fill(self, frames: int) -> None:
        self.manage("manage.py", "migrate", "--no-input", "-v", "0")
        seed = json.loads(self.manage(str(ROOT / "bench" / "seed.py"), str(PEOPLE), str(frames)))
        self.cookies, self.frames, self.crowded = seed["cookies"], seed["frames"], seed["crowded"]

    def start(self) -> None:
        for _ in range(self.setup.processes):
            port = free_port()
            words = web_command(self.setup.server, Address("127.0.0.1", port), behind_proxy=False)
            command = [self.setup.application if word == APPLICATION else word for word in words]
            with (self.folder / "server.log").open("ab") as log:
                process = subprocess.Popen(
                    command,
                    cwd=self.setup.tree,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    process_group=0,  # in one session, as the supervisor starts them
                    preexec_fn=_pin_server if self.setup.pinned else _release,
                )
            self.ports.append(port)
            self.processes.append(process)
        for port in self.ports:
            self._wait(port)

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.processes.clear()
        self.ports.clear()

    def _wait(self, port: int) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=2).close()
                return
            if time.monotonic() > deadline:
                log = (self.folder / "server.log").read_text(errors="replace")
                raise CannotMeasure(f"{self.setup.name} does not start:\n{log[-2000:]}")
            time.sleep(0.05)


class CannotMeasure(Exception):
    """The text says what is missing."""


@contextlib.contextmanager
def site(setup: Setup) -> Iterator[Stage]:
    """A stage with private services and nothing in its database yet; everything is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="hitl-bench-"))
    with contextlib.ExitStack() as stack, released():
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = stack.enter_context(PostgresServer()) if setup.database == "postgres" else None
        redis = stack.enter_context(RedisServer()) if setup.processes > 1 else None
        stage = Stage(setup, folder, _environment(folder, postgres, redis), postgres, redis)
        stack.callback(stage.stop)
        yield stage


@contextlib.contextmanager
def staged(setup: Setup, *, frames: int) -> Iterator[Stage]:
    """A stage that is filled and running."""
    with site(setup) as stage:
        stage.fill(frames)
        stage.start()
        with pinned(LOAD_CORE) if setup.pinned else contextlib.nullcontext():
            yield stage


def _environment(folder: Path, postgres: PostgresServer | None, redis: RedisServer | None) -> dict[str, str]:
    services = {
        "HITL_DATABASE_URL": postgres.url if postgres else "",
        "HITL_REDIS_URL": redis.url if redis else "",
    }
    return {
        "PATH": os.environ.get("PATH", ""),
        "DJANGO_SETTINGS_MODULE": "hitlsite.settings",
        "HITL_DATA_DIR": str(folder),
        "HITL_SECRET_KEY": secrets.token_urlsafe(48),
        **LIMITS,
        **services,
    }


# Cores. Everything but the web server and this process is left to the scheduler.


def can_pin() -> bool:
    return hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) >= 2


def _pin_server() -> None:
    os.sched_setaffinity(0, {SERVER_CORE})


def _release() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))


@contextlib.contextmanager
def pinned(core: int) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def released() -> Iterator[None]:
    """What is started inside may run on any core, even while this process is pinned."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    _release()
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


# /proc


def cpu_seconds(pid: int) -> float:
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # gone meanwhile
        return 0.0
    return (int(words[11]) + int(words[12])) / TICKS_PER_S


def _resident_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise CannotMeasure(f"process {pid} is gone")


class Meter:
    """CPU and commits between two moments. ``others_cpu``: what the rest of the machine did meanwhile."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._wall = time.perf_counter()
        self._own = time.process_time()
        self._server = stage.server_seconds()
        self._database = stage.database_seconds()
        self._commits = stage.commits()
        self._busy = busy_seconds()

    def read(self) -> dict[str, float]:
        """CPU in percent of one core."""
        wall = time.perf_counter() - self._wall
        server = self.stage.server_seconds() - self._server
        database = self.stage.database_seconds() - self._database
        own = time.process_time() - self._own
        others = busy_seconds() - self._busy - server - database - own
        commits = self.stage.commits()
        figures = {
            "server_cpu": 100 * server / wall,
            "database_cpu": 100 * database / wall,
            "load_cpu": 100 * own / wall,
            "others_cpu": max(0.0, 100 * others / wall),
            "server_mib": self.stage.resident_mib(),
        }
        if commits is not None and self._commits is not None:
            figures["commits_per_s"] = (commits - self._commits) / wall
        return figures
