"""What telling MLflow costs the people who edit: ``.venv/bin/python bench/tracking.py``. See bench/README.md.

The same site three times, in turn: nothing recorded; recorded, with a relay and an MLflow that is away; recorded, with
a relay that delivers to a real MLflow (where it is installed). Figures in test-results/bench-tracking.json.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # started as a file, not as a module

from annotate.servers import Address  # noqa: E402
from annotate.tracking import server as mlflow  # noqa: E402
from bench import cases, machine  # noqa: E402
from bench.cases import Row  # noqa: E402
from bench.stage import Setup, Stage, can_pin, released, staged  # noqa: E402
from tests.services import free_port  # noqa: E402

RESULTS = ROOT / "test-results" / "bench-tracking.json"
START_TIMEOUT_S = 120.0
SHOWN = (("to_ack", "p50"), ("to_ack", "p99"), ("to_peer", "p50"), ("to_peer", "p99"))


@contextlib.contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with released():
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def stage_with(setup: Setup, frames: int) -> Iterator[Stage]:
    """``setup.variant``: off, away or on."""
    with contextlib.ExitStack() as stack:
        stage = stack.enter_context(staged(setup, frames=frames))
        bind = Address("127.0.0.1", free_port())
        is_on = setup.variant != "off"
        own = (
            {"HITL_TRACKING": "1", "HITL_MLFLOW_URL": mlflow.url_of(bind)}
            if is_on
            else {"HITL_TRACKING": "0"}
        )
        stage.stop()
        stage.environment.update(own)
        stage.start()
        if setup.variant == "on":
            child = mlflow.child(bind, stage.folder / "mlflow")
            stack.enter_context(running(list(child.command), {**os.environ, **child.environment}))
            wait_for(mlflow.url_of(bind) + "/health")
        if is_on:
            command = ["nice", "-n", "5", sys.executable, "manage.py", "tracking_relay"]
            stack.enter_context(running(command, stage.environment))
        yield stage


def wait_for(url: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310  (our own child)
            return
        time.sleep(0.2)
    sys.exit(f"MLflow does not answer at {url}")


def measure(options: argparse.Namespace) -> list[Row]:
    variants = ["off", "away", *(["on"] if mlflow.is_installed() else [])]
    setups = [Setup(options.server, options.database, pinned=can_pin(), variant=one) for one in variants]
    rows: list[Row] = []
    with contextlib.ExitStack() as stack:
        stages = [stack.enter_context(stage_with(one, options.rounds + 1)) for one in setups]
        with asyncio.Runner(loop_factory=machine.event_loop_factory()) as runner:
            for turn in range(options.rounds):
                for stage in stages:
                    run = cases.steady(
                        stage, clients=options.clients, rate=options.rate, seconds=options.seconds
                    )
                    row = runner.run(run)
                    rows.append({"case": "tracking", **stage.setup.facts(), "round": turn, **row})
                    print(line_of(rows[-1:]), flush=True)
    return rows


def line_of(rows: list[Row]) -> str:
    """The medians of the rounds of one variant, as a line of a table."""
    times = [f"{statistics.median(row[who][what] for row in rows):.1f}" for who, what in SHOWN]
    cost = statistics.median(row["server_us_per_edit"] for row in rows)
    lost = sum(row["edits"] - row["acked"] for row in rows)
    cells = [rows[0]["variant"], rows[0]["database"], str(len(rows)), *times, f"{cost:.0f}", str(lost)]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--server", default="uvicorn")
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgres"))
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--rate", type=float, default=2.0, help="edits of one client per second")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=5)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that started servers are stopped
    rows = measure(parser.parse_args())
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": machine.facts(pinned=can_pin()), "rows": rows}, indent=1))
    print("\n| tracking | database | rounds | ack p50 ms | p99 | peer p50 ms | p99 | µs/edit | edits lost |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for variant in dict.fromkeys(row["variant"] for row in rows):
        print(line_of([row for row in rows if row["variant"] == variant]))


if __name__ == "__main__":
    main()
