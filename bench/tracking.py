"""What telling MLflow costs, and how fast it goes: ``.venv/bin/python bench/tracking.py``. See bench/README.md.

Cases: overhead (what an edit costs with and without), replay (a full outbox, then everything again), lag (how far
MLflow is behind while people work; only when asked for). Figures in test-results/bench-tracking.json.
"""

import argparse
import asyncio
import contextlib
import json
import signal
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # started as a file, not as a module

from annotate.tracking import server as mlflow  # noqa: E402
from bench import cases, machine  # noqa: E402
from bench.cases import Row  # noqa: E402
from bench.stage import Setup, can_pin  # noqa: E402
from bench.tracking_lag import lag  # noqa: E402
from bench.tracking_mlflow import tracked  # noqa: E402
from bench.tracking_replay import replay  # noqa: E402

RESULTS = ROOT / "test-results" / "bench-tracking.json"
SHOWN = (("to_ack", "p50"), ("to_ack", "p99"), ("to_peer", "p50"), ("to_peer", "p99"))
CLIENTS, RATE = {"overhead": 20, "lag": 50}, {"overhead": 2.0, "lag": 0.5}
"""A person draws or judges a box every two seconds at best."""


def setup_of(options: argparse.Namespace, variant: str = "") -> Setup:
    return Setup(options.server, options.database, pinned=can_pin(), variant=variant)


def measure_overhead(options: argparse.Namespace) -> list[Row]:
    """The same site three times, in turn: nothing recorded; recorded, with a relay and an MLflow that is away; recorded
    and delivered to a real MLflow (where it is installed)."""
    variants = ["off", "away", *(["on"] if mlflow.is_installed() else [])]
    rows: list[Row] = []
    with contextlib.ExitStack() as stack:
        stages = [
            stack.enter_context(tracked(setup_of(options, one), options.rounds + 1))[0] for one in variants
        ]
        with asyncio.Runner(loop_factory=machine.event_loop_factory()) as runner:
            for turn in range(options.rounds):
                for stage in stages:
                    clients, rate = how_many(options, "overhead")
                    run = cases.steady(stage, clients=clients, rate=rate, seconds=options.seconds)
                    row = runner.run(run)
                    rows.append({"case": "overhead", **stage.setup.facts(), "round": turn, **row})
                    print(line_of_overhead(rows[-1:]), flush=True)
    return rows


def how_many(options: argparse.Namespace, case: str) -> tuple[int, float]:
    """People, and edits a second of each."""
    return options.clients or CLIENTS[case], options.rate or RATE[case]


def measure_replay(options: argparse.Namespace) -> list[Row]:
    return replay(setup_of(options), options.events)


def measure_lag(options: argparse.Namespace) -> list[Row]:
    clients, rate = how_many(options, "lag")
    return [lag(setup_of(options), clients=clients, rate=rate, minutes=options.minutes)]


MEASURES: dict[str, Callable[[argparse.Namespace], list[Row]]] = {
    "overhead": measure_overhead,
    "replay": measure_replay,
    "lag": measure_lag,
}


def line_of_overhead(rows: Sequence[Row]) -> str:
    """The medians of the rounds of one variant, as a line of a table."""
    times = [f"{statistics.median(row[who][what] for row in rows):.1f}" for who, what in SHOWN]
    cost = statistics.median(row["server_us_per_edit"] for row in rows)
    lost = sum(row["edits"] - row["acked"] for row in rows)
    cells = [rows[0]["variant"], rows[0]["database"], str(len(rows)), *times, f"{cost:.0f}", str(lost)]
    return line(cells)


def line_of_replay(row: Row) -> str:
    sizes = [f"{row[name]:,}" for name in ("events", "runs", "points")]
    figures = [
        f"{row[name]:,.0f}"
        for name in ("seconds", "events_per_s", "cpu_s", "mlflow_cpu_s", "mib", "mlflow_mib")
    ]
    return line([row["step"], row["database"], *sizes, *figures, str(row["wrong"]), f"{row['load']:.1f}"])


def line_of_lag(row: Row) -> str:
    whole = [f"{row[name]:,.0f}" for name in ("waiting_most", "waiting_last")]
    seconds = [f"{row[name]:.1f}" for name in ("oldest_s_most", "oldest_s_last", "caught_up_s")]
    about = [row["database"], str(row["clients"]), f"{row['rate']:g}", f"{row['minutes']:g}"]
    return line([*about, *whole, *seconds, f"{row['wrong']:.0f}", f"{row['to_ack']['p99']:.1f}"])


def line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


HEADS = {
    "overhead": "tracking,database,rounds,ack p50 ms,p99,peer p50 ms,p99,µs/edit,edits lost",
    "replay": "step,database,events,runs,points,s,events/s,CPU s,of MLflow,most memory MiB,of MLflow,"
    "runs that differ,load",
    "lag": "database,people,edits/s each,minutes,most waiting,at the end,oldest s at most,at the end,caught up s,"
    "edits off,ack p99 ms",
}


def lines_of(case: str, rows: Sequence[Row]) -> list[str]:
    if case == "overhead":
        variants = dict.fromkeys(row["variant"] for row in rows)
        return [line_of_overhead([row for row in rows if row["variant"] == one]) for one in variants]
    return [(line_of_replay if case == "replay" else line_of_lag)(row) for row in rows]


def show(case: str, rows: Sequence[Row]) -> None:
    head = HEADS[case].split(",")
    print("", line(head), line(["---"] * len(head)), *lines_of(case, rows), sep="\n", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=MEASURES, default=["overhead", "replay"])
    parser.add_argument("--server", default="uvicorn")
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgres"))
    parser.add_argument("--clients", type=int, default=0, help="people; 20 for overhead, 50 for lag")
    parser.add_argument("--rate", type=float, default=0, help="edits of one per second; 2 and 0.5")
    parser.add_argument("--seconds", type=float, default=10.0, help="of one round of overhead")
    parser.add_argument("--rounds", type=int, default=5, help="of overhead")
    parser.add_argument("--events", type=int, default=100_000, help="of replay; a multiple of 200")
    parser.add_argument("--minutes", type=float, default=10.0, help="of lag")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that started servers are stopped
    options = parser.parse_args()
    if not mlflow.is_installed() and options.cases != ["overhead"]:
        parser.error("MLflow is not installed (pip install '.[tracking]'); only overhead can be measured")
    found: list[Row] = []
    for case in options.cases:
        rows = MEASURES[case](options)
        show(case, rows)
        found += rows
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(json.dumps({"machine": machine.facts(pinned=can_pin()), "rows": found}, indent=1))


if __name__ == "__main__":
    main()
