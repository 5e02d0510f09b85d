"""Detections on a running site: how soon people see proposals, and what a batch does to those who edit meanwhile."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import numpy as np

from bench.cases import Row, enter, leave, steady
from bench.detection_report import INTERACTIVE_STEPS
from bench.detection_stage import DetectionStage, Others
from bench.load import Editor
from bench.measure import latency_of
from bench.stage import CannotMeasure

WARM_UP = 3
HEARD_WITHIN_S = 20.0
MODEL = b'"o":"model"'

CLIENTS, EDITS_PER_S = 10, 5.0
STARTED = 5
"""Images that a batch has done when it counts as running."""
TRAINS_WITHIN_S = 300.0
MANY_EPOCHS = 1000


# How soon


async def interactive(stage: DetectionStage, frames: Sequence[int], confidence: float | None) -> Row:
    """Two people look at a frame, one of them asks for proposals; frame after frame, the first few to warm up."""
    others, source = Others(), random.Random(1)
    heard: list[dict[str, Any]] = []
    with stage.client() as client:
        for frame in frames:
            heard.append(await ask(stage, client, frame, confidence))
            await asyncio.sleep(0.2 + source.random() * 0.5)  # not in step with anybody's polling
    measured = [one for one in heard[WARM_UP:] if one["heard"]]
    if not measured:
        raise CannotMeasure("the model found nothing on any of these images: take other --weights")
    times = stage.inside("times", {"ids": [one["detection"] for one in measured]})
    parts = [parts_of(one, times[one["detection"]]) for one in measured]
    sockets = np.array([seconds for one in measured for seconds in one["heard"]])
    return {
        "requests": len(heard) - WARM_UP,
        "without_proposals": len(heard) - WARM_UP - len(measured),
        "proposals": float(np.mean([times[one["detection"]]["proposed"] for one in measured])),
        "latency": vars(latency_of(sockets)),
        "slowest": max(parts, key=lambda part: sum(part.values())),
        "steps": {step: float(np.median([part[step] for part in parts])) for step in INTERACTIVE_STEPS},
        "others_cpu": others.read(),
    }


async def ask(
    stage: DetectionStage, client: httpx.Client, frame: int, confidence: float | None
) -> dict[str, Any]:
    """``heard``: seconds until the last operation of the model, for both sockets; empty: it found nothing."""
    editors = await enter([stage.seat(frame, person) for person in (0, 1)])
    asked, asked_at = time.perf_counter(), time.time()
    body = {"frames": [frame], "confidence": confidence}
    answer = await asyncio.to_thread(client.post, "/ai/detect", json=body)
    if answer.status_code != 202:
        raise CannotMeasure(f"the detection was refused: {answer.text[:500]}")
    detection = answer.json()["detection"]
    await ended(client, detection)
    await asyncio.sleep(0.3)  # the last event may come after the job has ended
    moments = [last_of_model(editor) for editor in editors]
    await leave(editors)
    if (moments[0] is None) != (moments[1] is None):
        raise CannotMeasure(f"one of two sockets did not hear of detection {detection}")
    heard = [moment - asked for moment in moments if moment is not None]
    return {"detection": detection, "asked_at": asked_at, "heard": heard}


def last_of_model(editor: Editor) -> float | None:
    """When the last operation of a model came."""
    return max((at for at, text in editor.record.events if MODEL in text), default=None)


async def ended(client: httpx.Client, detection: str) -> dict[str, Any]:
    """The card of the detection when it is done. Raises CannotMeasure."""
    deadline = time.perf_counter() + HEARD_WITHIN_S
    while time.perf_counter() < deadline:
        card = await card_of(client, detection)
        if card["state"] == "done":
            return card
        await asyncio.sleep(0.05)
    raise CannotMeasure(f"the detection did not end: {card}")


async def card_of(client: httpx.Client, detection: str) -> dict[str, Any]:
    answer = await asyncio.to_thread(client.get, f"/ai/detections/{detection}")
    card: dict[str, Any] = answer.json()
    return card


def parts_of(one: Mapping[str, Any], times: Mapping[str, Any]) -> dict[str, float]:
    """Milliseconds. ``request``: until the job was queued. ``wait``: until a worker began. ``inference``: with
    preparing and cleaning up. ``commit``: writing the proposals. ``delivery``: from the last statement of that
    transaction to the slower of the sockets, its commit included."""
    steps = times["steps"]
    heard_at = one["asked_at"] + max(one["heard"])
    return {
        "request": (times["queued_at"] - one["asked_at"]) * 1000,
        "wait": steps["wait"],
        "inference": steps["preprocess"] + steps["inference"] + steps["postprocess"],
        "commit": steps["commit"],
        "delivery": (heard_at - times["written_at"]) * 1000,
    }


# Beside a batch


async def beside_batch(stage: DetectionStage, frames: Sequence[int], seconds: float) -> list[Row]:
    """Ten people edit a frame of their own before, while and after the other images are looked at."""
    rows = [await edits(stage, "before", seconds)]
    with stage.client() as client:
        answer = client.post("/ai/detect", json={"frames": list(frames)})
        if answer.status_code != 202:
            raise CannotMeasure(f"the detection was refused: {answer.text[:500]}")
        detection = answer.json()["detection"]
        begun = await until_running(client, detection)
        started = time.perf_counter()
        row = await edits(stage, "during", seconds)
        card = await card_of(client, detection)
        row["images_per_s"] = (card["done"] - begun) / (time.perf_counter() - started)
        row["ran_throughout"] = card["state"] == "running"
    rows.append(row)
    await asyncio.to_thread(stage.wait_idle)
    rows.append(await edits(stage, "after", seconds))
    return rows


async def until_running(client: httpx.Client, detection: str) -> int:
    """How many images are done. Raises CannotMeasure."""
    deadline = time.perf_counter() + HEARD_WITHIN_S
    while time.perf_counter() < deadline:
        card = await card_of(client, detection)
        if card["done"] >= STARTED:
            return int(card["done"])
        await asyncio.sleep(0.1)
    raise CannotMeasure(f"the batch does not get going: {card}")


# Beside a training


async def beside_training(
    stage: DetectionStage, project: Mapping[str, Any], seconds: float, rounds: int
) -> list[Row]:
    """Ten people edit a frame of their own before a training, while it runs, and after it was cancelled."""
    rows = [{"round": turn, **await edits(stage, "before", seconds)} for turn in range(rounds)]
    wish = {"project": project["id"], "frames": list(project["frames"].values()), "epochs": MANY_EPOCHS}
    training = stage.inside("train", wish)
    address = f"/api/ui/projects/{project['id']}/trainings/{training['training']}"
    with stage.client() as client:
        await until_epoch(client, address, 1)
        for turn in range(rounds):
            rows.append({"round": turn, **await edits(stage, "during", seconds)})
            rows[-1]["ran_throughout"] = bool(client.get(address).json()["is_active"])
    stage.inside("stop", training)
    await asyncio.to_thread(stage.wait_idle)
    return rows + [{"round": turn, **await edits(stage, "after", seconds)} for turn in range(rounds)]


async def until_epoch(client: httpx.Client, address: str, epoch: int) -> None:
    """Raises CannotMeasure."""
    deadline = time.perf_counter() + TRAINS_WITHIN_S
    while time.perf_counter() < deadline:
        card = (await asyncio.to_thread(client.get, address)).json()
        if card["epoch"] >= epoch:
            return
        if not card["is_active"]:
            break
        await asyncio.sleep(0.5)
    raise CannotMeasure(f"the training does not get going: {card}")


async def edits(stage: DetectionStage, phase: str, seconds: float) -> Row:
    others = Others()
    row = await steady(stage, clients=CLIENTS, rate=EDITS_PER_S, seconds=seconds)
    return {"phase": phase, **row, "others_cpu": others.read()}
