"""MLflow away while as much happens as in an hour: what edits cost meanwhile, beside a site that tells nobody and one
whose MLflow is there; then it comes back, and is told everything without anybody's doing.

It is really away: a real MLflow, which was told of the beginning, is killed. The hour is as many edits as 50 people
make in one, made faster.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from bench import cases, machine
from bench.cases import Row
from bench.detection_stage import Others
from bench.report import BUSY_OTHERS
from bench.stage import Setup, Stage
from bench.tracking_lag import LOOK_S, TOKEN, behind, sums_in, working
from bench.tracking_mlflow import Mlflow, tracked

VARIANTS = ("off", "away", "on")
PEOPLE, PACE = 50, 0.5
"""An hour is theirs: edits a second of each, as in ``lag``."""
HOUR = PEOPLE * PACE * 3600
BEGINNING_S, BACK_S = 5.0, 60.0
CURRENT_S = 10.0
"""Nothing waits longer while MLflow is well."""
WITHIN_S = 3600.0
EVENTS = "SELECT count(*) FROM annotate_trackingevent"
CHANGES = "SELECT count(*) FROM annotate_operation WHERE kind = 'set'"


def away(setup: Setup, *, clients: int, rate: float, seconds: float, rounds: int) -> list[Row]:
    """``rounds`` of every variant in turn, a row each; then a row of how it caught up."""
    with contextlib.ExitStack() as stack:
        sites = {
            variant: stack.enter_context(
                tracked(replace(setup, variant=variant), rounds + 2, {"HITL_HEALTH_TOKEN": TOKEN})
            )
            for variant in VARIANTS
        }
        stages = {variant: stage for variant, (stage, _) in sites.items()}
        stage, mlflow = sites["away"]
        runner = stack.enter_context(asyncio.Runner(loop_factory=machine.event_loop_factory()))
        with mlflow.started():
            for one in stages.values():
                runner.run(cases.steady(one, clients=clients, rate=rate, seconds=BEGINNING_S))
            wait_until_told(stage)
        gone_at, before = time.perf_counter(), stage.ask(EVENTS)
        rows: list[Row] = []
        for turn in range(rounds):
            for variant in (*VARIANTS[turn % 3 :], *VARIANTS[: turn % 3]):
                others, one = Others(), stages[variant]
                row = runner.run(cases.steady(one, clients=clients, rate=rate, seconds=seconds))
                facts = {"case": "away", **one.setup.facts(), "round": turn, "foreign_cpu": others.read()}
                rows.append({**facts, **row})
                print(progress(rows[-1]), flush=True)
        asked_at = time.perf_counter()
        health = behind(stage)
        gone = {
            "events": stage.ask(EVENTS) - before,
            "hours": (stage.ask(EVENTS) - before) / HOUR,
            "minutes": (asked_at - gone_at) / 60,
            "health": health,
            "health_ms": (time.perf_counter() - asked_at) * 1000,
        }
        back = come_back(stage, mlflow, runner)
    return [*rows, {"case": "back", **setup.facts(), **gone, **back}]


def come_back(stage: Stage, mlflow: Mlflow, runner: asyncio.Runner) -> Row:
    """Seconds from the moment when MLflow answers again. People go on for a minute, at their own pace."""
    others = Others()
    with mlflow.started():
        began, waiting = time.perf_counter(), behind(stage)["waiting"]
        row, samples = runner.run(
            working(stage, partial(sample, stage, began), clients=PEOPLE, rate=PACE, seconds=BACK_S)
        )
        samples += list(until_told(stage, began))
        sessions, changed = sums_in(mlflow)
    noticed = next(one["at"] for one in samples if not one["failures"])
    current = next(one["at"] for one in samples if one["at"] >= noticed and one["oldest_s"] <= CURRENT_S)
    return {
        **row,
        "samples": samples,
        "noticed_s": noticed,
        "caught_up_s": current,
        "events_per_s": waiting / (current - noticed) if current > noticed else float("nan"),
        "sessions": sessions,
        "wrong": abs(stage.ask(CHANGES) - changed),
        "foreign_cpu": others.read(),
    }


def until_told(stage: Stage, began: float) -> Iterator[Row]:
    while True:
        one = sample(stage, began)
        yield one
        if not one["waiting"]:
            return
        assert one["at"] < WITHIN_S, "it does not catch up"
        time.sleep(LOOK_S)


def wait_until_told(stage: Stage) -> None:
    for _ in until_told(stage, time.perf_counter()):
        pass


def sample(stage: Stage, began: float) -> Row:
    """What the health page says, and when it was asked."""
    return {"at": time.perf_counter() - began, **behind(stage)}


def progress(row: Row) -> str:
    doubt = "  (the machine is not quiet)" if is_disturbed(row) else ""
    times = f"ack p50 {row['to_ack']['p50']:.1f} p99 {row['to_ack']['p99']:.1f} ms"
    cost = f"{row['server_us_per_edit']:.0f} µs/edit, others {row['foreign_cpu']:.0f} %"
    return f"{row['variant']:<20} {row['database']} round {row['round']}: {times}, {cost}{doubt}"


def is_disturbed(row: Row) -> bool:
    """By what is neither the bench nor anything that it measures."""
    return bool(row["foreign_cpu"] > BUSY_OTHERS)
