"""The machine under the measurement: what it is, and who else uses it."""

import asyncio
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from tests.services import postgres_program

PACKAGES = ("Django", "channels", "daphne", "uvicorn", "uvloop", "websockets", "psycopg", "msgspec")
SYNCS = 200


def facts(*, pinned: bool) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "gpu": _gpu(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgres": _version(postgres_program("postgres")),
        "redis": _version("redis-server"),
        "sync_us": sync_us(),
        "pinned": pinned,
        "packages": {name: _installed(name) for name in PACKAGES},
    }


def sync_us() -> float:
    """Median time to write 8 KiB and have it on the disk: what a commit cannot be faster than."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(SYNCS):
            started = time.perf_counter()
            os.pwrite(file.fileno(), bytes(8192), 0)
            os.fsync(file.fileno())
            times.append(time.perf_counter() - started)
    return statistics.median(times) * 1e6


def busy_seconds() -> float:
    """CPU time of everything on the machine so far, all cores together."""
    try:
        user, nice, system, _, _, irq, softirq, *_ = Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    except OSError:
        return 0.0
    return sum(map(int, (user, nice, system, irq, softirq))) / os.sysconf("SC_CLK_TCK")


def event_loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where it is installed: the load has to be cheaper than what it measures."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _gpu() -> str:
    """The name of the first one by NVIDIA, which is what a training would take; empty where there is none."""
    try:
        asked = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        done = subprocess.run(asked, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.partition("\n")[0].strip() if done.returncode == 0 else ""


def _version(program: str | None) -> str:
    if program is None:
        return ""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip()


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
