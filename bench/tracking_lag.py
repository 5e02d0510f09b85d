"""How far MLflow is behind while a room full of people works for minutes, as the health page of the product says it."""

import asyncio
import contextlib
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from bench import cases, machine
from bench.stage import Setup, Stage
from bench.tracking_mlflow import Mlflow, tracked

TOKEN = "bench"  # noqa: S105
LOOK_S = 2.0
CAUGHT_UP_WITHIN_S = 600.0

Row = dict[str, Any]


def lag(setup: Setup, *, clients: int, rate: float, minutes: float) -> Row:
    """Everybody on one image, ``rate`` edits a second each. ``wrong``: by how many edits MLflow's sums are off."""
    setup = replace(setup, variant="on")
    with (
        tracked(setup, 1, {"HITL_HEALTH_TOKEN": TOKEN}) as (stage, mlflow),
        asyncio.Runner(loop_factory=machine.event_loop_factory()) as runner,
    ):
        frame = stage.frames[-1]
        row, samples = runner.run(
            working(stage, partial(behind, stage), clients=clients, rate=rate, seconds=60 * minutes)
        )
        seconds = caught_up(stage)
        operations, _revision = stage.operations_of(frame["id"])
        sessions, changed = sums_in(mlflow)
    waiting, oldest = ([one[name] for one in samples] for name in ("waiting", "oldest_s"))
    return {
        "case": "lag",
        **setup.facts(),
        **row,
        "minutes": minutes,
        "samples": samples,
        "waiting_most": max(waiting),
        "waiting_last": waiting[-1],
        "oldest_s_most": max(oldest),
        "oldest_s_last": oldest[-1],
        "failures": max(one["failures"] for one in samples),
        "caught_up_s": seconds,
        "sessions": sessions,
        "wrong": abs(operations - len(frame["boxes"]) - changed),
    }


async def working(
    stage: Stage, sample: Callable[[], Row], *, clients: int, rate: float, seconds: float
) -> tuple[Row, list[Row]]:
    """What editing costs, and what ``sample`` says of the health page meanwhile."""
    samples: list[Row] = []

    async def look() -> None:
        while True:
            samples.append(await asyncio.to_thread(sample))
            await asyncio.sleep(LOOK_S)

    looking = asyncio.create_task(look())
    try:
        row = await cases.steady(stage, clients=clients, rate=rate, seconds=seconds)
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
    return row, samples


def behind(stage: Stage) -> Row:
    address = f"http://127.0.0.1:{stage.ports[0]}/readyz"
    request = urllib.request.Request(address, headers={"X-Health-Token": TOKEN})
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  (our own child)
        return dict(json.load(answer)["tracking"])


def caught_up(stage: Stage) -> float:
    """Seconds from the last edit until nothing waits."""
    started = time.perf_counter()
    while behind(stage)["waiting"]:
        assert time.perf_counter() - started < CAUGHT_UP_WITHIN_S, "it does not catch up"
        time.sleep(LOOK_S / 4)
    return time.perf_counter() - started


def sums_in(mlflow: Mlflow) -> tuple[int, float]:
    """How many sessions there are, and how many changes they say in the end, together."""
    told = mlflow.told().values()
    sessions = [run for run in told if run["tags"]["kind"] == "annotation_session"]
    return len(sessions), sum(max(changes_in(run), default=0.0) for run in sessions)


def changes_in(run: Row) -> Iterator[float]:
    """Sums so far: they only grow."""
    return (value for name, _step, _at, value in run["points"] if name == "changed")
