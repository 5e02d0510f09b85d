"""The stage of the bench of tracking: a site that tells a real MLflow; and what that was told, read from its files."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from annotate.servers import Address
from annotate.tracking import server
from bench.stage import ROOT, Setup, Stage, released, staged
from tests.services import free_port

START_TIMEOUT_S = 120.0
RELAY_LOG = "relay.log"


@contextlib.contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], said: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """``said``: a file to which its output is added."""
    with released(), said.open("ab") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def tracked(
    setup: Setup, frames: int, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[Stage, "Mlflow"]]:
    """``setup.variant``: off, nothing is recorded; away, recorded, with a relay and no MLflow; on, with both."""
    with contextlib.ExitStack() as stack:
        stage = stack.enter_context(staged(setup, frames=frames))
        mlflow = Mlflow(stage.folder / "mlflow")
        is_on = setup.variant != "off"
        own = {"HITL_TRACKING": "1", "HITL_MLFLOW_URL": mlflow.url} if is_on else {"HITL_TRACKING": "0"}
        stage.stop()
        stage.environment.update({**own, **settings})
        stage.start()
        if setup.variant == "on":
            stack.enter_context(mlflow.started())
        if is_on:
            command = ["nice", "-n", "5", sys.executable, "manage.py", "tracking_relay"]
            stack.enter_context(running(command, stage.environment, stage.folder / RELAY_LOG))
        yield stage, mlflow


class Mlflow:
    """Always at the same address, so that it can be begun anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bind = Address("127.0.0.1", free_port())
        self.url = server.url_of(self.bind)

    @contextlib.contextmanager
    def started(self) -> Iterator[subprocess.Popen[bytes]]:
        child = server.child(self.bind, self.folder)
        log = self.folder.with_suffix(".log")
        with running(child.command, {**os.environ, **child.environment}, log) as process:
            self._wait()
            yield process

    def wipe(self) -> None:
        shutil.rmtree(self.folder)

    def _wait(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"{self.url}/health", timeout=2).close()  # noqa: S310  (our own child)
                return
            time.sleep(0.2)
        sys.exit(f"MLflow does not answer at {self.url}")

    def told(self) -> dict[str, Any]:
        """Of each run by its ``event_id``: name, start, end, status, tags, parameters, all points, and files by their
        hash. Without the ids that MLflow gives."""
        with contextlib.closing(sqlite3.connect(self.folder / "mlflow.sqlite3")) as file:
            parts = {name: by_run(file.execute(query)) for name, query in QUERIES.items()}
            runs = file.execute(RUNS).fetchall()
        keys = {run: dict(parts["tags"][run])["event_id"] for run, *_ in runs}
        assert len(set(keys.values())) == len(runs), "a run was created twice"
        found: dict[str, Any] = {}
        for run, experiment, *about in runs:
            tags = dict(parts["tags"][run])
            if "mlflow.parentRunId" in tags:
                tags["mlflow.parentRunId"] = keys[tags["mlflow.parentRunId"]]  # an id that MLflow chose
            found[keys[run]] = {
                "about": about,
                "tags": tags,
                "params": parts["params"][run],
                "points": parts["metrics"][run],
                "files": hashes_in(self.folder / "artifacts" / str(experiment) / run / "artifacts"),
            }
        return found


RUNS = "SELECT run_uuid, experiment_id, name, start_time, end_time, status FROM runs WHERE lifecycle_stage = 'active'"
QUERIES = {
    "tags": "SELECT run_uuid, key, value FROM tags ORDER BY 1, 2",
    "params": "SELECT run_uuid, key, value FROM params ORDER BY 1, 2",
    "metrics": "SELECT run_uuid, key, step, timestamp, value FROM metrics ORDER BY 1, 2, 3, 4",
}


def by_run(rows: Iterator[tuple[Any, ...]]) -> defaultdict[str, list[tuple[Any, ...]]]:
    found: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for run, *values in rows:
        found[run].append(tuple(values))
    return found


def hashes_in(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
