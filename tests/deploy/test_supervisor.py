"""The supervisor behind `make run`: what it starts it restarts, and nothing survives it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate.supervisor import Child, ChildFailed, Supervisor
from tests.deploy.stack import alive

SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN_WITH_CHILD = """
import signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def until(condition: Callable[[], bool], timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.02)


async def test_it_prefixes_output_and_stops_everything_with_grandchildren() -> None:
    lines: list[str] = []
    supervisor = Supervisor(
        [Child("web", python(SLEEPER)), Child("worker", python(STUBBORN_WITH_CHILD))], say=lines.append
    )
    running = asyncio.create_task(supervisor.run())
    await until(lambda: len(lines) == 2)
    pids = [process.pid for process in supervisor.running.values()]
    pids.append(int(next(line for line in lines if line.startswith("worker | ")).split()[-1]))
    assert "web    | up" in lines
    assert all(alive(pid) for pid in pids)
    supervisor.stop()
    await running
    await until(lambda: not any(alive(pid) for pid in pids))  # a killed one needs a moment to be gone


async def test_it_restarts_a_child_that_dies_and_waits_longer_each_time() -> None:
    lines: list[str] = []
    supervisor = Supervisor(
        [Child("worker", python("raise SystemExit(3)"))], say=lines.append, first_delay=0.05
    )
    running = asyncio.create_task(supervisor.run())
    await until(lambda: len(lines) >= 3)
    supervisor.stop()
    await running
    assert lines[:3] == [
        f"worker ended with status 3; starting it again in {delay} s" for delay in ("0.05", "0.1", "0.2")
    ]


async def test_it_gives_up_when_the_web_server_cannot_start() -> None:
    supervisor = Supervisor(
        [Child("web", python("raise SystemExit(1)"), essential=True), Child("worker", python(SLEEPER))],
        say=lambda line: None,
    )
    running = asyncio.create_task(supervisor.run())
    with pytest.raises(ChildFailed, match="web ended with status 1"):
        await running
    assert supervisor.running == {}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="PR_SET_PDEATHSIG is Linux's")
async def test_its_children_end_even_when_it_is_killed(tmp_path: Path) -> None:
    code = f"""
import asyncio, sys
from annotate.supervisor import Child, Supervisor
code = "import os, time; print(os.getpid(), flush=True); time.sleep(9)"
children = [Child("a", [sys.executable, "-c", code])]
asyncio.run(Supervisor(children, say=lambda line: open({str(tmp_path / "log")!r}, "a").write(line)).run())
"""
    process = subprocess.Popen(python(code), stdin=subprocess.DEVNULL, start_new_session=True)
    log = tmp_path / "log"
    await until(lambda: log.exists() and log.read_text() != "")
    child = int(log.read_text().split()[-1])
    assert alive(child)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    await until(lambda: not alive(child))
