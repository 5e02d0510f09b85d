"""A room opens the editor for the first time: everybody's browser asks for every file of the interface."""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.cases import SETTLE_S, enter, leave
from bench.load import LEAD_S, Seat, Unexpected, drive, schedule, settle
from bench.measure import outcome_of
from bench.stage import Meter, Stage

CONNECTIONS = 6
"""That a browser opens to one host."""
EDITS_PER_S, SECONDS = 5.0, 8.0
PREFIX = re.compile(rb'"(/static/[^/"]+/)')
KINDS = ("*.js", "*.css")
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


async def files(stage: Stage, *, people: int) -> dict[str, Any]:
    """``people`` with nothing in their caches, at once, while two edit on."""
    seats = stage.seats(stage.frames[0], people)
    paths = await paths_of(stage, seats[0])
    bystanders = await enter(stage.seats(stage.take_frame(), 2))
    begin = time.perf_counter() + LEAD_S
    editing = asyncio.create_task(
        drive(schedule([one.edit for one in bystanders], rate=EDITS_PER_S, seconds=SECONDS, begin=begin))
    )
    await asyncio.sleep(1.0)
    meter, started = Meter(stage), time.perf_counter()
    sizes = await asyncio.gather(*(load(seat, paths) for seat in seats))
    took = time.perf_counter() - started
    figures = meter.read()
    await editing
    await settle(bystanders, within=SETTLE_S)
    outcome = outcome_of([[one.record for one in bystanders]], begin=started, end=started + max(took, 1.0))
    await leave(bystanders)
    return {
        "people": people,
        "files": len(paths),
        "kib": sizes[0] / 1024,
        "seconds_all": took,
        "server_ms_per_file": figures["server_cpu"] * 10 * took / (people * len(paths)),
        "bystander": asdict(outcome.to_peer),
        "bystander_delivered": outcome.delivered,
        **figures,
    }


async def paths_of(stage: Stage, seat: Seat) -> list[str]:
    """Of the scripts and styles of the measured tree, where its pages have them."""
    page = f"/projects/1/frames/{seat.frame}/"
    _size, text = (await connection(seat, iter([page])))[0]
    prefix = PREFIX.search(text)
    if prefix is None:
        raise Unexpected(f"{page} names no file of the interface")
    root = Path(stage.setup.tree) / "frontend"
    found = sorted(file.relative_to(root) for kind in KINDS for file in root.rglob(kind))
    return [prefix[1].decode() + str(file) for file in found]


async def load(seat: Seat, paths: Sequence[str]) -> int:
    """Bytes of all files, as a browser with so many connections fetches them."""
    waiting = iter(paths)
    done = await asyncio.gather(*(connection(seat, waiting) for _ in range(CONNECTIONS)))
    return sum(size for answers in done for size, _text in answers)


async def connection(seat: Seat, waiting: Iterator[str]) -> list[tuple[int, bytes]]:
    """Takes one path after the other. Raises Unexpected, OSError."""
    reader, writer = await asyncio.open_connection("127.0.0.1", seat.port)
    answers = []
    for path in waiting:
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{seat.port}\r\nCookie: {seat.cookie}\r\n"
        writer.write(f"{head}Accept-Encoding: gzip\r\n\r\n".encode())
        answered = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(answered)
        if b" 200 " not in answered.partition(b"\r\n")[0] or length is None:
            raise Unexpected(f"{path}: {answered[:200]!r}")
        body = await reader.readexactly(int(length[1]))
        answers.append((len(body), body))
    writer.close()
    return answers
