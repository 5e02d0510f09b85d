"""The cases that are measured. Each takes a running stage and gives rows of figures."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from bench.load import (
    LEAD_S,
    Editor,
    Seat,
    Unexpected,
    drive,
    no_garbage_collection,
    schedule,
    seen_regularly,
    settle,
)
from bench.measure import latency_of, outcome_of
from bench.stage import Meter, Stage

Row = dict[str, Any]

WARM_UP_S = 1.5
SETTLE_S = 30.0
SATURATED_MS = 250.0
ROOM = 50
"""Sockets on one frame when there are many."""


async def enter(seats: Sequence[Seat]) -> list[Editor]:
    texts: dict[bytes, bytes] = {}
    editors = [Editor(seat, texts) for seat in seats]
    await asyncio.gather(*(editor.join() for editor in editors))
    return editors


async def leave(editors: Sequence[Editor]) -> None:
    for editor in editors:
        editor.leave()
    await asyncio.sleep(0.3)  # the server notices


async def steady(stage: Stage, *, clients: int, rate: float, seconds: float, frames: int = 1) -> Row:
    """Everybody edits ``rate`` times a second; every edit is looked for at every client of its frame."""
    rooms = [stage.take_frame() for _ in range(frames)]
    groups = [await enter(stage.seats(room, clients)) for room in rooms]
    editors = [editor for group in groups for editor in group]
    begin = time.perf_counter() + LEAD_S
    window = begin + WARM_UP_S, begin + WARM_UP_S + seconds
    moments = schedule(
        [editor.edit for editor in editors], rate=rate, seconds=WARM_UP_S + seconds, begin=begin
    )
    with no_garbage_collection(), seen_regularly(editors):
        metering = asyncio.create_task(_meter(stage, *window, editors))
        await drive(moments)
        figures = await metering
        settled = await settle(editors, within=SETTLE_S)
    outcome = outcome_of([[one.record for one in group] for group in groups], begin=window[0], end=window[1])
    row = {
        "clients": clients,
        "frames": frames,
        "rate": rate,
        "edits_per_s": outcome.edits / seconds,
        "deliveries_per_s": outcome.edits / seconds * clients,
        **asdict(outcome),
        **figures,
        "settled": settled,
        "complaints": [text for editor in editors for text in editor.complaints][:3],
        **_stored(stage, groups),
    }
    await leave(editors)
    return row


def _stored(stage: Stage, groups: list[list[Editor]]) -> Row:
    """What the database says: exactly one operation per acked edit, and a log without a hole."""
    acked = sum(len(editor.record.acks) for group in groups for editor in group)
    boxes = sum(len(group[0].seat.boxes) for group in groups)
    counts = [stage.operations_of(group[0].seat.frame) for group in groups]
    stored = sum(operations for operations, _ in counts) - boxes
    dense = all(operations == revision for operations, revision in counts)
    return {"stored_equals_acked": stored == acked and dense}


async def _meter(stage: Stage, begin: float, end: float, editors: Sequence[Editor]) -> Row:
    await asyncio.sleep(begin - time.perf_counter())
    meter = Meter(stage)
    bytes_before = sum(editor.bytes_in for editor in editors)
    acks_before = sum(len(editor.record.acks) for editor in editors)
    await asyncio.sleep(end - time.perf_counter())
    figures = meter.read()
    acked = sum(len(editor.record.acks) for editor in editors) - acks_before
    received = sum(editor.bytes_in for editor in editors) - bytes_before
    per_edit = 1e4 * (end - begin) / max(1, acked)  # from percent of a core to microseconds
    return {
        **figures,
        "acked_per_s": acked / (end - begin),
        "server_us_per_edit": figures["server_cpu"] * per_edit,
        "database_us_per_edit": figures["database_cpu"] * per_edit,
        "bytes_per_delivery": received / max(1, acked * len(editors)),
    }


async def saturation(stage: Stage, *, clients: int, rates: Sequence[float], seconds: float) -> list[Row]:
    """The rate is raised until an edit is lost or the 99th percentile passes SATURATED_MS."""
    rows = []
    for rate in rates:
        row = await steady(stage, clients=clients, rate=rate, seconds=seconds)
        row["passed"] = row["delivered"] == 1.0 and row["to_peer"]["p99"] < SATURATED_MS and row["settled"]
        rows.append(row)
        if not row["passed"]:
            break
    return rows


async def overload(stage: Stage, *, clients: int, rate: float, seconds: float) -> Row:
    """More than the server can take: latency must grow, but nothing may be lost and memory stay bounded."""
    before = stage.resident_mib()
    peak = [before]

    async def watch() -> None:
        while True:
            peak.append(stage.resident_mib())
            await asyncio.sleep(0.25)

    watching = asyncio.create_task(watch())
    try:
        row = await steady(stage, clients=clients, rate=rate, seconds=seconds)
    finally:
        watching.cancel()
    return {**row, "mib_before": before, "mib_peak": max(peak), "mib_after": stage.resident_mib()}


async def redis_away(stage: Stage, *, clients: int, rate: float, seconds: float) -> list[Row]:
    """People on two processes while Redis is gone, and while it hangs: what waits for the next look at the head."""
    redis = stage.redis
    if redis is None:
        raise Unexpected("this case needs Redis")
    rows = []
    for name, take_away, bring_back in (
        ("killed", redis.kill, redis.start),
        ("hangs", redis.pause, redis.resume),
    ):
        running = asyncio.create_task(steady(stage, clients=clients, rate=rate, seconds=seconds))
        await asyncio.sleep(LEAD_S + WARM_UP_S / 2)
        await asyncio.to_thread(take_away)
        await asyncio.sleep(WARM_UP_S / 2 + seconds)
        await asyncio.to_thread(bring_back)
        rows.append({**await running, "redis": name})
    return rows


async def batch(stage: Stage) -> list[Row]:
    """What the writer does with a batch, by itself: see batch.py."""
    script = Path(__file__).with_name("batch.py")
    sizes: list[Row] = json.loads(stage.manage(str(script), str(stage.take_frame()["id"])))
    return [
        {
            **row,
            "cpu_us_per_edit": row["cpu_us"] / row["size"],
            "wall_us_per_edit": row["wall_us"] / row["size"],
        }
        for row in sizes
    ]


def crowd(stage: Stage, sockets: int) -> list[Seat]:
    """Many sockets: ROOM on each of as many frames as it takes. The frames stay usable."""
    rooms = stage.frames[: -(-sockets // ROOM)]
    return [seat for room in rooms for seat in stage.seats(room, ROOM)][:sockets]


async def idle(stage: Stage, *, steps: Sequence[int]) -> Row:
    """Memory per socket that only listens: the slope over the steps."""
    seats = crowd(stage, max(steps))
    # The first sockets ever also pay for what is loaded lazily; that is not theirs.
    await leave(await enter(seats[:ROOM]))
    editors: list[Editor] = []
    sizes = []
    for step in steps:
        for start in range(len(editors), step, ROOM):
            editors += await enter(seats[start : min(step, start + ROOM)])
        await asyncio.sleep(2.0)
        sizes.append(stage.resident_mib())
    meter = Meter(stage)
    await asyncio.sleep(3.0)
    figures = meter.read()
    await leave(editors)
    slope = float(np.polyfit(np.array(steps), np.array(sizes) * 1024, 1)[0])
    return {
        "sockets": list(steps),
        "mib": sizes,
        "kib_per_socket": slope,
        "server_cpu": figures["server_cpu"],
    }


async def storm(stage: Stage, *, sockets: int) -> Row:
    """All connections break at once and all clients come back at once, while two people go on editing."""
    seats = crowd(stage, sockets)
    editors: list[Editor] = []
    for start in range(0, sockets, ROOM):
        editors += await enter(seats[start : start + ROOM])
    bystanders = await enter(stage.seats(stage.take_frame(), 2))
    begin = time.perf_counter() + LEAD_S
    moments = schedule([one.edit for one in bystanders], rate=5, seconds=8, begin=begin)
    editing = asyncio.create_task(drive(moments))
    await asyncio.sleep(1.0)
    meter = Meter(stage)
    broken = time.perf_counter()
    for editor in editors:
        editor.leave()
    back = await asyncio.gather(*(_come_back(editor, broken) for editor in editors), return_exceptions=True)
    took = time.perf_counter() - broken
    figures = meter.read()
    await editing
    await settle(bystanders, within=SETTLE_S)
    outcome = outcome_of([[one.record for one in bystanders]], begin=broken, end=begin + 8)
    await leave([*editors, *bystanders])
    times = np.array([one for one in back if isinstance(one, float)])
    return {
        "sockets": sockets,
        "back": len(times),
        "failed": sorted({repr(one) for one in back if not isinstance(one, float)})[:3],
        "seconds_p50": float(np.median(times)) if len(times) else None,
        "seconds_all": float(times.max()) if len(times) == sockets else None,
        "bystander": asdict(outcome.to_peer),
        "bystander_delivered": outcome.delivered,
        "kib_per_socket": sum(editor.bytes_in for editor in editors) / sockets / 1024,
        "server_ms_per_socket": figures["server_cpu"] * 10 * took / sockets,
        **figures,
    }


async def _come_back(editor: Editor, since: float) -> float:
    """With nothing in its hands, as after a crash of the browser: welcome and snapshot."""
    await editor.join()
    return time.perf_counter() - since


async def crowded_frame(stage: Stage, *, joins: int) -> Row:
    """Opening a frame of 2,000 boxes: from connect to the last byte of the snapshot."""
    seats = stage.seats(stage.crowded, joins + 1)
    times, editors = [], []
    for seat in seats:
        started = time.perf_counter()
        editors += await enter([seat])
        times.append(time.perf_counter() - started)
    size = editors[-1].bytes_in
    started = time.perf_counter()
    together = await enter(seats)
    all_s = time.perf_counter() - started
    await leave([*editors, *together])
    return {
        "boxes": len(stage.crowded["boxes"]),
        "bytes": size,
        "first_ms": times[0] * 1000,
        "next_ms": latency_of(np.array(times[1:])).p50,
        "together": len(seats),
        "together_ms": all_s * 1000,
    }


async def catch_up(stage: Stage, *, missed: int, times: int) -> Row:
    """A client was away for ``missed`` operations and comes back: from connect to the last one."""
    frame = stage.take_frame()
    author, absent = await enter(stage.seats(frame, 2))
    samples, sizes = [], []
    for _ in range(times):
        have = absent.applied
        await leave([absent])
        for _ in range(missed):
            author.edit(time.perf_counter())
            await asyncio.sleep(0)
        while not author.is_settled:
            await asyncio.sleep(0.01)
        started = time.perf_counter()
        await absent.join(have=have)
        samples.append(time.perf_counter() - started)
        sizes.append(absent.bytes_in)
        if absent.applied != have + missed:
            raise Unexpected(f"caught up to {absent.applied}, not {have + missed}")
    await leave([author, absent])
    return {"missed": missed, "ms": asdict(latency_of(np.array(samples))), "bytes": int(np.median(sizes))}


class _Value(msgspec.Struct):
    x: float


class _Item(msgspec.Struct):
    who: str
    val: _Value | None


class _Items(msgspec.Struct):
    items: list[_Item]


async def ephemera(stage: Stage, *, clients: int, hertz: float, rate: float, seconds: float) -> Row:
    """Everybody moves the cursor ``hertz`` times a second and edits ``rate`` times a second."""
    editors = await enter(stage.seats(stage.take_frame(), clients))
    begin = time.perf_counter() + LEAD_S
    window = begin + WARM_UP_S, begin + WARM_UP_S + seconds
    length = WARM_UP_S + seconds
    points = schedule([editor.point for editor in editors], rate=hertz, seconds=length, begin=begin)
    edits = schedule([editor.edit for editor in editors], rate=rate, seconds=length, begin=begin)
    with no_garbage_collection(), seen_regularly(editors):
        metering = asyncio.create_task(_meter(stage, *window, editors))
        await drive(sorted([*points, *edits], key=lambda moment: moment[0]))
        figures = await metering
        await settle(editors, within=SETTLE_S)
    outcome = outcome_of([[one.record for one in editors]], begin=window[0], end=window[1])
    shown, pairs = _shown(editors, *window)
    await leave(editors)
    return {
        "clients": clients,
        "hertz": hertz,
        "rate": rate,
        "cursor": asdict(latency_of(shown)),
        "cursor_shown": len(shown) / pairs,
        "to_peer": asdict(outcome.to_peer),
        "delivered": outcome.delivered,
        **figures,
    }


def _shown(editors: Sequence[Editor], begin: float, end: float) -> tuple["np.ndarray[Any, Any]", int]:
    """Latency of each cursor position that a peer was shown, and how many there were to show."""
    decoder = msgspec.json.Decoder(_Items)
    due = {editor.who: editor.ephemera_due for editor in editors}
    decoded = {
        text: [(item.who, int(item.val.x)) for item in decoder.decode(text).items if item.val is not None]
        for editor in editors
        for _, text in editor.ephemera
    }
    samples = [
        at - due[who][number - 1]
        for editor in editors
        for at, text in editor.ephemera
        for who, number in decoded[text]
        if who != editor.who and begin <= due[who][number - 1] < end
    ]
    sent = sum(begin <= moment < end for moments in due.values() for moment in moments)
    return np.array(samples), sent * (len(editors) - 1)
