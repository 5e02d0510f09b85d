"""A full outbox: how fast the relay catches up, how fast everything is told again, and whether it is the same."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from bench import machine
from bench.stage import ROOT, Setup, Stage, cpu_seconds, site
from bench.tracking_mlflow import RELAY_LOG, Mlflow, running

LOOK_S = 0.5
LONGEST_S = 3600.0
UNPLACED = "SELECT count(*) FROM annotate_trackingevent WHERE run_id IS NULL"
BEHIND = "SELECT count(*) FROM annotate_trackingrun WHERE delivered < sequenced"
OPEN = "SELECT count(*) FROM annotate_annotationsession WHERE ended_at IS NULL"

Row = dict[str, Any]


def replay(setup: Setup, events: int) -> list[Row]:
    """Two rows: the relay of a worker that finds ``events`` waiting; then the command that tells all of it again to an
    empty MLflow."""
    with site(setup) as stage:
        stage.environment["HITL_TRACKING"] = "0"
        stage.manage("manage.py", "migrate", "--no-input", "-v", "0")
        wanted = json.loads(stage.manage(str(ROOT / "bench" / "tracking_fill.py"), str(events)))
        mlflow = Mlflow(stage.folder / "mlflow")
        stage.environment |= {"HITL_TRACKING": "1", "HITL_MLFLOW_URL": mlflow.url}
        about = {"case": "replay", **setup.facts()}
        with mlflow.started() as server:
            caught_up = {**about, "step": "catching up", **catch_up(stage, server)}
        first = mlflow.told()
        caught_up |= {"runs": len(first), "points": points_in(first), "wrong": wrong_in(first, wanted)}
        mlflow.wipe()
        with mlflow.started() as server:
            again = {**about, "step": "tracking_replay", **tell_again(stage, server)}
        second = mlflow.told()
        differing = sum(first.get(key) != second.get(key) for key in first.keys() | second.keys())
        again |= {"runs": len(second), "points": points_in(second), "wrong": differing}
    rows = [caught_up, again]
    for row in rows:
        row |= {"events": events, "events_per_s": events / row["seconds"]}
    return rows


def catch_up(stage: Stage, server: "subprocess.Popen[bytes]") -> Row:
    command = [sys.executable, "manage.py", "tracking_relay"]
    with running(command, stage.environment, stage.folder / RELAY_LOG) as relay, metered(server) as figures:
        deadline = time.monotonic() + LONGEST_S
        while any(map(stage.ask, (UNPLACED, BEHIND, OPEN))):
            assert relay.poll() is None, "the relay ended"
            assert time.monotonic() < deadline, "it does not catch up"
            look_at(relay.pid, figures)
            time.sleep(LOOK_S)
    return figures


def tell_again(stage: Stage, server: "subprocess.Popen[bytes]") -> Row:
    command = [sys.executable, "manage.py", "tracking_replay"]
    with running(command, stage.environment, stage.folder / RELAY_LOG) as program, metered(server) as figures:
        while program.poll() is None:
            look_at(program.pid, figures)
            time.sleep(LOOK_S)
        assert program.returncode == 0, (stage.folder / RELAY_LOG).read_text()[-2000:]
    return figures


@contextlib.contextmanager
def metered(server: "subprocess.Popen[bytes]") -> Iterator[Row]:
    """Time and how busy the machine was; CPU time and most memory of MLflow, and of what ``look_at`` saw."""
    figures: Row = {"cpu_s": 0.0, "mib": 0.0}
    started, busy, cpu = time.perf_counter(), machine.busy_seconds(), cpu_seconds(server.pid)
    yield figures
    seconds = time.perf_counter() - started
    figures |= {
        "seconds": seconds,
        "mlflow_cpu_s": cpu_seconds(server.pid) - cpu,
        "mlflow_mib": peak_mib(server.pid),
        "busy_cores": (machine.busy_seconds() - busy) / seconds,
        "load": os.getloadavg()[0],
    }


def look_at(pid: int, figures: Row) -> None:
    """Both only grow; nothing of a program that has ended is known."""
    figures["cpu_s"] = max(figures["cpu_s"], cpu_seconds(pid))
    figures["mib"] = max(figures["mib"], peak_mib(pid))


def peak_mib(pid: int) -> float:
    """0 where it has ended."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status") as file:
        return next((int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM:")), 0.0)
    return 0.0


def points_in(told: Row) -> int:
    return sum(len(run["points"]) for run in told.values())


def wrong_in(told: Row, wanted: Row) -> int:
    """How many sessions are not there, or do not say in the end what was done in them (counted by tracking_fill)."""
    sessions = {run["about"][0]: run for run in told.values() if run["tags"]["kind"] == "annotation_session"}
    wrong = sessions.keys() ^ wanted["sessions"].keys()
    for name in sessions.keys() & wanted["sessions"].keys():
        if any(last_of(sessions[name], key) != value for key, value in wanted["sessions"][name].items()):
            wrong.add(name)
    return len(wrong)


def last_of(run: Row, key: str) -> float | None:
    """Points are in the order of steps."""
    values = [value for name, _step, _at, value in run["points"] if name == key]
    return values[-1] if values else None
