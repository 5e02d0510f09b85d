"""A detector in a process of its own, for work that nobody waits for: it has what edits and people's detections leave.

A thread would not do. One that runs only when nothing else wants the core may stand still with Python's lock held,
and who waits for that lock may hold the one of the database. And a model that ends its process ends nobody else's.
"""

import contextlib
import os
import select
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, TypeVar

import msgspec

from .. import pipes
from .apart_process import AHEAD, SIZE_BYTES, Refused, Said, Task, framed
from .detector import Answer
from .problems import ModelError, gettext_noop

ROOT = Path(__file__).parents[2]
KEPT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "HOME", "LANG", "CUDA_VISIBLE_DEVICES", "ORT_DISABLE_TELEMETRY")
"""Of the environment: no password is within reach of a model."""
GONE_WITHIN_S = 3.0

Item = TypeVar("Item")
Wait = Callable[[int], None]
"""Called now and then while the detector works, with the number of its process; may raise to stop it."""


class Ended(ModelError):
    """The process ended by itself. What it answered before stands, and trying again may help."""


class Apart:
    """A running detector. Close it."""

    def __init__(self, task: Task, wait: Wait) -> None:
        """Raises OSError."""
        self.task = task
        self.wait = wait
        self.process = subprocess.Popen(
            [sys.executable, "-m", "annotate.ai.apart_main"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: os.environ[name] for name in KEPT if name in os.environ}
            | threads_for(task.order.threads),
            bufsize=0,
            process_group=0,  # Ctrl+C is not for it; in the session of the others, where it can give way to them
        )
        self._asked, self._said = _pipes(self.process)

    def __enter__(self) -> "Apart":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        with contextlib.suppress(
            subprocess.TimeoutExpired
        ):  # on a busy machine it ends when it has a core again
            self.process.wait(GONE_WITHIN_S)
        self._asked.close()
        self._said.close()

    def answers(self, pictures: Iterable[tuple[Item, bytes]]) -> Iterator[tuple[Item, Answer | None]]:
        """In the order of the pictures; None for one that cannot be read. Some are sent before the first answer is
        waited for, so that the detector never waits. Raises ModelError, and whatever ``wait`` raises."""
        self._send(msgspec.msgpack.encode(self.task))
        sent: deque[Item] = deque()
        for item, data in pictures:
            self._send(data)
            sent.append(item)
            if len(sent) > AHEAD:
                yield sent.popleft(), self._answer()
        while sent:
            yield sent.popleft(), self._answer()

    def _send(self, message: bytes) -> None:
        """What ``wait`` raises. Says nothing of a process that has ended: its last words are still to be read."""
        left = memoryview(framed(message))
        while left:
            _, is_free, _ = select.select([], [self._asked], [], pipes.LOOK_S)
            self.wait(self.process.pid)
            if is_free:
                try:
                    left = left[os.write(self._asked.fileno(), left) :]
                except BrokenPipeError:
                    return

    def _answer(self) -> Answer | None:
        size = int.from_bytes(self._exactly(SIZE_BYTES))
        said: Said = msgspec.msgpack.decode(self._exactly(size), type=Said)
        if isinstance(said, Refused):
            raise ModelError(said.template, **said.values)
        return said.answer

    def _exactly(self, size: int) -> bytes:
        """The next bytes. Raises Ended, and what ``wait`` raises."""
        try:
            return pipes.exactly(self._said, size, lambda: self.wait(self.process.pid))
        except pipes.Over:
            raise self._ended() from None

    def _ended(self) -> Ended:
        status = self.process.wait()
        if status < 0:
            return Ended(
                gettext_noop(
                    "The process that looks at the images was ended by the system (signal %(number)s), most likely"
                    " because memory ran out. What was found before is kept. Take a smaller model or image size, or"
                    " try again."
                ),
                number=-status,
            )
        return Ended(
            gettext_noop(
                "The process that looks at the images ended by an error of its own; the worker's log has it. What was"
                " found before is kept. Try again, or take another model."
            )
        )


def threads_for(threads: int) -> dict[str, str]:
    """For libraries that count the cores as they are loaded: it may be when one is left alone for a while. Their
    threads wait without keeping each other from a core that they share."""
    return {"OMP_NUM_THREADS": str(threads or os.cpu_count() or 1), "OMP_WAIT_POLICY": "PASSIVE"}


def _pipes(process: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    """To the process, and from it."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("A process with both pipes is needed")
    os.set_blocking(process.stdin.fileno(), False)
    return process.stdin, process.stdout
