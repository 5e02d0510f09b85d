"""A measured site with workers beside the web server: embedded (SQLite alone) or full (PostgreSQL, Redis, Celery)."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.load import Seat
from bench.machine import busy_seconds
from bench.stage import LIMITS, ROOT, TICKS_PER_S, CannotMeasure, Setup, Stage
from tests.services import PostgresServer, RedisServer, descendants

MODES = {"embedded": ("daphne", "sqlite"), "full": ("uvicorn", "postgres")}
CSRF = "c" * 32
IDLE_WITHIN_S = 120.0
STOP_WITHIN_S = 20.0
INSIDE = ROOT / "bench" / "detection_site.py"


@dataclass
class DetectionStage(Stage):
    """``projects`` are as detection_site.fill tells them."""

    mode: str = "embedded"
    script: Path = INSIDE
    projects: list[dict[str, Any]] = field(default_factory=list)
    worker: subprocess.Popen[bytes] | None = None

    def inside(self, command: str, wish: dict[str, Any]) -> Any:
        """Runs a command of ``script`` in the site."""
        done = subprocess.run(
            [sys.executable, str(self.script), command],
            cwd=ROOT,
            env=self.environment,
            input=json.dumps(wish),
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise CannotMeasure(f"{command} failed:\n{done.stderr[-2000:]}")
        return json.loads(done.stdout.splitlines()[-1])

    def fill_with(self, wish: dict[str, Any]) -> None:
        self.manage("manage.py", "migrate", "--no-input", "-v", "0")
        filled = self.inside("fill", wish)
        self.cookies, self.projects = filled["cookies"], filled["projects"]
        self.frames = filled["rooms"]

    def client(self, person: int = 0) -> httpx.Client:
        """What a page of this person sends by script."""
        return httpx.Client(base_url=f"http://127.0.0.1:{self.ports[0]}", headers=self._headers(person))

    def _headers(self, person: int) -> dict[str, str]:
        return {"Cookie": f"{self.cookies[person]}; hitl_csrf={CSRF}", "X-CSRFToken": CSRF}

    def seat(self, frame: int, person: int, boxes: list[str] | None = None) -> Seat:
        return Seat(self.ports[0], frame, boxes or [], self.cookies[person])

    def start_worker(self) -> None:
        """As ``manage.py worker`` starts it, with all lanes."""
        with (self.folder / "worker.log").open("ab") as log:
            self.worker = subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # in one session, as the supervisor starts them
            )

    def stop_worker(self) -> None:
        if self.worker is None:
            return
        family = [self.worker.pid, *descendants(self.worker.pid)]
        self.worker.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.worker.wait(STOP_WITHIN_S)
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.worker.wait()
        self.worker = None

    def wait_idle(self) -> None:
        """Until no job waits or runs: thumbnails of the photographs, above all."""
        deadline = time.monotonic() + IDLE_WITHIN_S
        while self.ask("SELECT count(*) FROM annotate_job WHERE state IN ('queued', 'running')"):
            if time.monotonic() > deadline:
                log = (self.folder / "worker.log").read_text(errors="replace")
                raise CannotMeasure(f"the worker does not get its jobs done:\n{log[-2000:]}")
            time.sleep(0.2)


class Others:
    """What the rest of the machine used since, in percent of one core: not this process, nor what it started."""

    def __init__(self) -> None:
        self._wall, self._busy, self._ours = time.perf_counter(), busy_seconds(), _our_seconds()

    def read(self) -> float:
        wall = time.perf_counter() - self._wall
        others = busy_seconds() - self._busy - (_our_seconds() - self._ours)
        return max(0.0, 100 * others / wall)


def _our_seconds() -> float:
    """With the children that have ended (the fields cutime and cstime of /proc)."""
    total = 0
    for pid in [os.getpid(), *descendants(os.getpid())]:
        with contextlib.suppress(OSError):  # gone meanwhile
            words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, words[11:15]))
    return total / TICKS_PER_S


@contextlib.contextmanager
def detecting(mode: str, wish: dict[str, Any], *, is_running: bool = True) -> Iterator[DetectionStage]:
    """Filled, and where it ``is_running`` with web server and worker, idle; nothing of it is left afterwards.

    No process is tied to a core: what a detection takes from the web server is part of the question.
    """
    server, database = MODES[mode]
    folder = Path(tempfile.mkdtemp(prefix="hitl-bench-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = stack.enter_context(PostgresServer()) if database == "postgres" else None
        redis = stack.enter_context(RedisServer()) if mode == "full" else None
        setup = Setup(server, database, pinned=False)
        stage = DetectionStage(setup, folder, environment_of(folder, postgres, redis), postgres, mode=mode)
        stack.callback(stage.stop)
        stack.callback(stage.stop_worker)
        stage.fill_with(wish)
        if is_running:
            stage.start()
            stage.start_worker()
            stage.wait_idle()
        yield stage


def environment_of(
    folder: Path, postgres: PostgresServer | None, redis: RedisServer | None
) -> dict[str, str]:
    services = {
        "HITL_DATABASE_URL": postgres.url if postgres else "",
        "HITL_REDIS_URL": redis.url if redis else "",
    }
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.environ.get("HOME", ""),  # where weights were fetched to before
        "DJANGO_SETTINGS_MODULE": "hitlsite.settings",
        "PYTHONPATH": str(ROOT),
        "HITL_DATA_DIR": str(folder),
        "HITL_SECRET_KEY": secrets.token_urlsafe(48),
        "HITL_JOB_ENGINE": "celery" if redis else "embedded",
        **LIMITS,
        **services,
    }
