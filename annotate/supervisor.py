"""Keeps the processes of an installation running: start, relay output, restart, stop without an orphan.

Imports no Django. ``manage.py up`` is its only user. Children run in process groups of their own, so that
Ctrl+C reaches only us and everything is stopped in order; on Linux they also end when we are killed.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 30.0
HEALTHY_AFTER_S = 30.0
STOP_TIMEOUT_S = 15.0
LONGEST_LINE_BYTES = 1 << 20

Say = Callable[[str], None]


@dataclass
class Child:
    """One program that must run. ``essential``: when it ends before it was ever ready, everything stops."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    essential: bool = False


class ChildFailed(Exception):
    """An essential child ended before it was ready."""


class Supervisor:
    """Runs ``children`` until ``stop`` is called or an essential one cannot start.

    ``say`` gets one line at a time: our own messages and, prefixed with their name, the children's.
    """

    def __init__(self, children: Sequence[Child], *, say: Say, first_delay: float = FIRST_DELAY_S) -> None:
        self.children = children
        self.say = say
        self.first_delay = first_delay
        self.running: dict[str, asyncio.subprocess.Process] = {}
        self.ready = asyncio.Event()  # set by whoever knows; from then on an essential child is restarted too
        self.stopping = asyncio.Event()
        self._width = max((len(child.name) for child in children), default=0)

    def stop(self) -> None:
        """Ask ``run`` to stop everything and return. Harmless when repeated."""
        self.stopping.set()

    async def run(self) -> None:
        """Return when all children have ended after ``stop``. Raises ChildFailed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._asked_to_stop)
        keepers = [asyncio.create_task(self._keep(child)) for child in self.children]
        try:
            await asyncio.gather(*keepers)
        finally:
            self.stop()
            await asyncio.gather(*keepers, return_exceptions=True)

    def _asked_to_stop(self) -> None:
        if not self.stopping.is_set():
            self.say("Stopping: unfinished work is put down first")
        self.stop()

    async def _keep(self, child: Child) -> None:
        delay = self.first_delay
        while not self.stopping.is_set():
            started = time.monotonic()
            status = await self._run_once(child)
            if self.stopping.is_set():
                return
            if child.essential and not self.ready.is_set():
                self.stop()
                raise ChildFailed(f"{child.name} ended with status {status} before it was ready")
            if time.monotonic() - started >= HEALTHY_AFTER_S:
                delay = self.first_delay
            self.say(f"{child.name} ended with status {status}; starting it again in {delay:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), delay)
            delay = min(delay * 2, LONGEST_DELAY_S)

    async def _run_once(self, child: Child) -> int:
        """Run until it ends by itself or because we stop it; its exit status (negative: the signal)."""
        process = await asyncio.create_subprocess_exec(
            *bound_to_us(child.command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **child.environment},
            process_group=0,
            limit=LONGEST_LINE_BYTES,
        )
        self.running[child.name] = process
        output = asyncio.create_task(self._relay(child, process))
        ended = asyncio.create_task(process.wait())
        asked = asyncio.create_task(self.stopping.wait())
        await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        await stop_group(process)
        await output
        del self.running[child.name]
        return await ended

    async def _relay(self, child: Child, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than LONGEST_LINE_BYTES: asyncio has thrown that part away
                line = b"(a line too long to show)"
            if not line:
                return
            text = line.decode(errors="replace").rstrip()
            self.say(f"{child.name:<{self._width}} | {text}")


async def stop_group(process: asyncio.subprocess.Process) -> None:
    """SIGTERM, then after STOP_TIMEOUT_S SIGKILL, to the child and whatever it started."""
    signal_group(process.pid, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
    signal_group(process.pid, signal.SIGKILL)


def signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
        os.killpg(group, number)


def bound_to_us(command: Sequence[str]) -> list[str]:
    """The command, made to end when this process dies without a chance to stop it (Linux only)."""
    if not sys.platform.startswith("linux"):
        return list(command)
    return [sys.executable, "-m", "annotate.supervised", str(os.getpid()), *command]
