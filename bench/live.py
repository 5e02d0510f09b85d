"""Measure live editing: ``make bench`` or ``.venv/bin/python bench/live.py --quick``. See bench/README.md."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # started as a file, not as a module

from annotate.servers import SERVERS  # noqa: E402
from bench import cases, machine, report  # noqa: E402
from bench.cases import Row  # noqa: E402
from bench.files import files  # noqa: E402
from bench.load import Unexpected  # noqa: E402
from bench.stage import CannotMeasure, Setup, Stage, can_pin, staged  # noqa: E402
from tests.services import PostgresServer, RedisServer, ServiceUnavailable  # noqa: E402

RESULTS = ROOT / "test-results" / "bench-live.json"
DOCUMENT = ROOT / "docs" / "performance.md"
DATABASES = ("sqlite", "postgres")
CROWD_FRAMES = 20
FRAMES_PER_ROUND = 44

Run = Callable[[Stage], Awaitable[Row | list[Row]]]


@dataclass(frozen=True)
class Case:
    name: str
    run: Run
    processes: int = 1


def full_plan(seconds: float) -> list[Case]:
    rates = (20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 160.0, 200.0, 240.0, 320.0, 400.0, 480.0, 640.0)
    steady = [(clients, rate) for rate in (1.0, 10.0) for clients in (2, 5, 20, 50, 100)]
    return [
        Case("batch", cases.batch),
        Case("idle", lambda stage: cases.idle(stage, steps=(0, 500, 1000))),
        Case("storm", lambda stage: cases.storm(stage, sockets=1000)),
        Case("files", lambda stage: files(stage, people=20)),
        *(Case("steady", _steady(clients, rate, seconds)) for clients, rate in steady),
        Case("frames", _steady(10, 10.0, seconds, frames=8)),
        Case("processes", _steady(20, 10.0, seconds), processes=2),
        Case("processes", _steady(50, 10.0, seconds), processes=2),
        Case(
            "redis", lambda stage: cases.redis_away(stage, clients=20, rate=1.0, seconds=seconds), processes=2
        ),
        Case("ephemera", _ephemera(20, seconds)),
        Case("ephemera", _ephemera(50, seconds)),
        Case("crowded", lambda stage: cases.crowded_frame(stage, joins=10)),
        Case("catch-up", lambda stage: cases.catch_up(stage, missed=500, times=5)),
        Case("saturation", lambda stage: cases.saturation(stage, clients=50, rates=rates, seconds=seconds)),
        Case("overload", lambda stage: cases.overload(stage, clients=50, rate=300.0, seconds=seconds)),
    ]


def quick_plan() -> list[Case]:
    return [
        Case("idle", lambda stage: cases.idle(stage, steps=(0, 200, 400))),
        Case("storm", lambda stage: cases.storm(stage, sockets=400)),
        Case("steady", _steady(20, 10.0, 3.0)),
        Case("steady", _steady(50, 10.0, 3.0)),
        Case("steady", _steady(50, 40.0, 3.0)),
        Case("ephemera", _ephemera(20, 3.0)),
        Case("crowded", lambda stage: cases.crowded_frame(stage, joins=3)),
        Case("catch-up", lambda stage: cases.catch_up(stage, missed=500, times=1)),
    ]


def _steady(clients: int, rate: float, seconds: float, frames: int = 1) -> Run:
    return lambda stage: cases.steady(stage, clients=clients, rate=rate, seconds=seconds, frames=frames)


def _ephemera(clients: int, seconds: float) -> Run:
    return lambda stage: cases.ephemera(stage, clients=clients, hertz=15.0, rate=1.0, seconds=seconds)


def setups_of(options: argparse.Namespace, processes: int) -> Iterator[list[Setup]]:
    """Setups that are measured side by side: this tree, and the one to compare with."""
    trees = [(ROOT, "this" if options.against else "")]
    if options.against:
        trees.append((options.against.resolve(), "other"))
    for database in options.databases:
        for server in options.servers:
            if processes == 1 or (database == "postgres" and RedisServer.available()):
                yield [
                    Setup(server, database, tree, processes, not options.no_pin, variant)
                    for tree, variant in trees
                ]


def measure(options: argparse.Namespace) -> list[Row]:
    plan = quick_plan() if options.quick else full_plan(options.seconds)
    plan = [case for case in plan if not options.cases or case.name in options.cases]
    rows: list[Row] = []
    for processes in sorted({case.processes for case in plan}):
        chosen = [case for case in plan if case.processes == processes]
        for setups in setups_of(options, processes):
            with contextlib.ExitStack() as stack:
                frames = CROWD_FRAMES + FRAMES_PER_ROUND * options.rounds
                stages = [stack.enter_context(staged(setup, frames=frames)) for setup in setups]
                rows += _run(chosen, stages, options.rounds)
    return rows


def _run(plan: Sequence[Case], stages: Sequence[Stage], rounds: int) -> list[Row]:
    """Round after round, case after case, the stages in turn: what disturbs one disturbs the other."""
    rows: list[Row] = []
    with asyncio.Runner(loop_factory=machine.event_loop_factory()) as runner:
        for turn in range(rounds):
            for case in plan:
                for stage in stages:
                    for row in _rows(runner, case, stage):
                        rows.append({"case": case.name, **stage.setup.facts(), "round": turn, **row})
                        report.say(rows[-1])
    return rows


def _rows(runner: asyncio.Runner, case: Case, stage: Stage) -> list[Row]:
    async def run() -> Row | list[Row]:
        return await case.run(stage)

    try:
        result = runner.run(run())
    except (Unexpected, OSError, TimeoutError) as error:
        return [{"error": repr(error)}]
    return result if isinstance(result, list) else [result]


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("--quick", action="store_true", help="under a minute: fewer cases, one server, one database")
    add("--servers", nargs="+", choices=SERVERS)
    add("--databases", nargs="+", choices=DATABASES)
    add("--cases", nargs="+", metavar="CASE", help="only these: " + " ".join(_case_names()))
    add("--seconds", type=float, default=8.0, help="measured time of a run")
    add("--rounds", type=int, default=1, help="repeat everything; tables show the median")
    add("--against", type=Path, metavar="DIR", help="another checkout, measured in turn with this one")
    add("--no-pin", action="store_true", help="leave server and load to the scheduler")
    add("--json", type=Path, default=RESULTS, metavar="FILE", help="where the figures go")
    add("--read", type=Path, metavar="FILE", help="measure nothing, show the figures of an earlier run")
    add("--docs", action="store_true", help=f"write the tables into {DOCUMENT.relative_to(ROOT)}")
    options = parser.parse_args(arguments)
    has_postgres = PostgresServer.available()
    if not options.servers:
        options.servers = ["uvicorn"] if options.quick else list(SERVERS)
    if not options.databases:
        options.databases = [one for one in DATABASES if one == "sqlite" or has_postgres]
        options.databases = options.databases[-1:] if options.quick else options.databases
    options.no_pin = options.no_pin or not can_pin()
    return options


def _case_names() -> list[str]:
    return sorted({case.name for case in full_plan(1.0)})


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that started servers are stopped
    options = options_of(sys.argv[1:])
    if options.read:
        result: dict[str, Any] = json.loads(options.read.read_text())
    else:
        try:
            result = {"machine": machine.facts(pinned=not options.no_pin), "rows": measure(options)}
        except (CannotMeasure, ServiceUnavailable) as error:
            sys.exit(str(error))
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(result, indent=1))
        print(f"\nAll figures: {options.json}")
    print(report.markdown(result))
    if options.docs:
        report.write_into(DOCUMENT, result)


if __name__ == "__main__":
    main()
