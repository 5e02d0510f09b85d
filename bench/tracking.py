"""What telling MLflow costs, and how fast it goes: ``.venv/bin/python bench/tracking.py``. See bench/README.md.

Cases: overhead (what an edit costs with and without), replay (a full outbox, then everything again); only when asked
for: lag (how far MLflow is behind while people work), away (MLflow is killed for as much as happens in an hour, and
comes back). Figures in test-results/bench-tracking.json.
"""

import argparse
import asyncio
import itertools
import json
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # started as a file, not as a module

from annotate.tracking import server as mlflow  # noqa: E402
from bench import cases, machine  # noqa: E402
from bench.cases import Row  # noqa: E402
from bench.detection_stage import Others  # noqa: E402
from bench.stage import Setup, Stage, can_pin  # noqa: E402
from bench.tracking_away import BEGINNING_S, VARIANTS, away, is_disturbed, progress  # noqa: E402
from bench.tracking_lag import lag  # noqa: E402
from bench.tracking_mlflow import tracked  # noqa: E402
from bench.tracking_replay import replay  # noqa: E402

RESULTS = ROOT / "test-results" / "bench-tracking.json"
SHOWN = (("to_ack", "p50"), ("to_ack", "p99"), ("to_peer", "p50"), ("to_peer", "p99"))
CLIENTS, RATE = {"overhead": 20, "lag": 50, "away": 50}, {"overhead": 2.0, "lag": 0.5, "away": 3.0}
"""A person draws or judges a box every two seconds at best; an hour of that in ten minutes."""
TURNS = {"not told": signal.SIGUSR2, "told": signal.SIGUSR1, "not told again": signal.SIGUSR2}
SWITCHED = "bench.told:application"
SPILL_S = 4.0
"""The relay delivers the round before every few seconds."""
SECONDS, ROUNDS = {"overhead": 8.0, "away": 60.0}, {"overhead": 12, "away": 10}


def setup_of(options: argparse.Namespace, variant: str = "") -> Setup:
    return Setup(options.server, options.database, pinned=can_pin(), variant=variant)


def measure_overhead(options: argparse.Namespace) -> list[Row]:
    """With an MLflow that is away, then with one that is told (where it is installed): in both one web process, told of
    edits in every third round, and not in the two others.

    Two processes that do the same differ for as long as they live (what lies where in memory, the seeds of hashes), by
    more than is asked here; and so do two rounds of one process: the third kind of round says by how much."""
    rows: list[Row] = []
    clients, rate = how_many(options, "overhead")
    seconds, rounds = how_long(options, "overhead")
    orders = list(itertools.permutations(TURNS))
    turns = [(turn, name) for turn in range(rounds) for name in orders[turn % len(orders)]]
    with asyncio.Runner(loop_factory=machine.event_loop_factory()) as runner:
        for variant in ("away", *(["on"] if mlflow.is_installed() else [])):
            setup = replace(setup_of(options, variant), application=SWITCHED)
            with tracked(setup, rounds * len(TURNS) + 1) as (stage, _):
                runner.run(cases.steady(stage, clients=clients, rate=rate, seconds=BEGINNING_S))
                for turn, name in turns:
                    switch(stage, name)
                    others = Others()
                    row = runner.run(cases.steady(stage, clients=clients, rate=rate, seconds=seconds))
                    facts = {
                        "case": "overhead",
                        **setup.facts(),
                        "variant": f"{variant}, {name}",
                        "round": turn,
                    }
                    rows.append({**facts, "foreign_cpu": others.read(), **row})
                    print(progress(rows[-1]), flush=True)
    return rows


def switch(stage: Stage, name: str) -> None:
    """What its processes do from now on: one of TURNS. Waits until the relay has told what was before."""
    for process in stage.processes:
        process.send_signal(TURNS[name])
    time.sleep(SPILL_S)


def how_many(options: argparse.Namespace, case: str) -> tuple[int, float]:
    """People, and edits a second of each."""
    return options.clients or CLIENTS[case], options.rate or RATE[case]


def how_long(options: argparse.Namespace, case: str) -> tuple[float, int]:
    """Seconds of one round, and rounds."""
    return options.seconds or SECONDS[case], options.rounds or ROUNDS[case]


def measure_replay(options: argparse.Namespace) -> list[Row]:
    return replay(setup_of(options), options.events)


def measure_lag(options: argparse.Namespace) -> list[Row]:
    clients, rate = how_many(options, "lag")
    return [lag(setup_of(options), clients=clients, rate=rate, minutes=options.minutes)]


def measure_away(options: argparse.Namespace) -> list[Row]:
    clients, rate = how_many(options, "away")
    seconds, rounds = how_long(options, "away")
    return away(setup_of(options), clients=clients, rate=rate, seconds=seconds, rounds=rounds)


MEASURES: dict[str, Callable[[argparse.Namespace], list[Row]]] = {
    "overhead": measure_overhead,
    "replay": measure_replay,
    "lag": measure_lag,
    "away": measure_away,
}


def line_of_variant(rows: Sequence[Row], off: Sequence[Sequence[Row]]) -> str:
    """The medians of the rounds of one variant, as a line of a table. Ratios are those of one round, to the mean of
    what ``off`` has of it; what they reach from and to is beside them."""
    times = [f"{statistics.median(row[who][what] for row in rows):.1f}" for who, what in SHOWN]
    cost = statistics.median(map(cost_of, rows))
    pairs = list(zip(rows, zip(*off, strict=True), strict=True))
    of_cost = spread(cost_of(row) / statistics.mean(map(cost_of, others)) for row, others in pairs)
    of_time = spread(time_of(row) / statistics.mean(map(time_of, others)) for row, others in pairs)
    lost = sum(row["edits"] - row["acked"] for row in rows)
    disturbed = f"{sum(map(is_disturbed, rows))} of {len(rows)}"
    ratios = [of_time, f"{cost:.0f}", of_cost]
    return line([rows[0]["variant"], rows[0]["database"], *times, *ratios, str(lost), disturbed])


def cost_of(row: Row) -> float:
    return float(row["server_us_per_edit"])


def time_of(row: Row) -> float:
    return float(row["to_ack"]["p50"])


def spread(ratios: Iterable[float]) -> str:
    """Median, least and most."""
    values = sorted(ratios)
    return f"{statistics.median(values):.2f} ({values[0]:.2f} to {values[-1]:.2f})"


def line_of_back(row: Row) -> str:
    health = row["health"]
    gone = [f"{row['events']:,}", f"{row['hours']:.2f}", f"{row['minutes']:.0f}", str(health["failures"])]
    seen = [f"{health['waiting']:,}", f"{health['oldest_s']:,.0f}", f"{row['health_ms']:.0f}"]
    back = [f"{row[name]:,.0f}" for name in ("noticed_s", "caught_up_s", "events_per_s")]
    edits = [f"{row['to_ack'][name]:.1f}" for name in ("p50", "p99")]
    return line([row["database"], *gone, *seen, *back, *edits, f"{row['wrong']:.0f}"])


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


OF_VARIANTS = (
    "tracking,database,ack p50 ms,p99,peer p50 ms,p99,ack p50 / without,"
    "µs/edit,µs/edit / without,edits lost,disturbed rounds"
)
HEADS = {
    "overhead": OF_VARIANTS,
    "away": OF_VARIANTS,
    "back": "database,events,hours of 50 people,minutes away,failures in a row,waiting,oldest s,health page ms,"
    "noticed after s,caught up after s,events/s,ack p50 ms meanwhile,p99,edits off",
    "replay": "step,database,events,runs,points,s,events/s,CPU s,of MLflow,most memory MiB,of MLflow,"
    "runs that differ,load",
    "lag": "database,people,edits/s each,minutes,most waiting,at the end,oldest s at most,at the end,caught up s,"
    "edits off,ack p99 ms",
}


def lines_of(case: str, rows: Sequence[Row]) -> list[str]:
    if case in OF_ROUNDS:
        names = dict.fromkeys([*VARIANTS, *sorted({row["variant"] for row in rows})])
        by_variant = {one: [row for row in rows if row["variant"] == one] for one in names}
        return [
            line_of_variant(found, [by_variant[off] for off in without(one)])
            for one, found in by_variant.items()
            if found
        ]
    return [LINES[case](row) for row in rows]


def without(variant: str) -> list[str]:
    """The variants that it is compared with: where nobody is told, both times, so that chance counts for less."""
    site, comma, what = variant.partition(", ")
    if not comma:
        return ["off"]
    quiet = [f"{site}, {name}" for name in TURNS if name != "told"]
    return quiet if what == "told" else quiet[:1]


OF_ROUNDS = ("overhead", "away")
LINES = {"replay": line_of_replay, "lag": line_of_lag, "back": line_of_back}


def show(rows: Sequence[Row]) -> None:
    """A table for each case."""
    for case in dict.fromkeys(row["case"] for row in rows):
        head = HEADS[case].split(",")
        lines = lines_of(case, [row for row in rows if row["case"] == case])
        print("", line(head), line(["---"] * len(head)), *lines, sep="\n", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=MEASURES, default=["overhead", "replay"])
    parser.add_argument("--server", default="uvicorn")
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgres"))
    parser.add_argument("--clients", type=int, default=0, help="people; 20 for overhead, 50 for lag and away")
    parser.add_argument("--rate", type=float, default=0, help="edits of one per second; 2, 0.5 and 3")
    parser.add_argument("--seconds", type=float, default=0, help="of one round; 8 of overhead, 60 of away")
    parser.add_argument("--rounds", type=int, default=0, help="12 of overhead, 10 of away")
    parser.add_argument("--events", type=int, default=100_000, help="of replay; a multiple of 200")
    parser.add_argument("--minutes", type=float, default=10.0, help="of lag")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that started servers are stopped
    options = parser.parse_args()
    if not mlflow.is_installed() and options.cases != ["overhead"]:
        parser.error("MLflow is not installed (pip install '.[tracking]'); only overhead can be measured")
    found: list[Row] = []
    for case in options.cases:
        rows = MEASURES[case](options)
        show(rows)
        found += rows
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(json.dumps({"machine": machine.facts(pinned=can_pin()), "rows": found}, indent=1))


if __name__ == "__main__":
    main()
