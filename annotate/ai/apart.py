"""A detector in a process of its own: a batch, which has what edits and people's detections leave, and whatever is a
program or cannot be stopped in a thread (opening.py).

For a batch a thread would not do. One that runs only when nothing else wants the core may stand still with Python's
lock held, and who waits for that lock may hold the one of the database. And a model that ends its process ends nobody
else's.
"""

import contextlib
import logging
import os
import select
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, TypeVar

import msgspec

from .. import pipes
from .apart_main import PATIENT
from .apart_process import AHEAD, SIZE_BYTES, Loaded, Look, Looked, Refused, Said, framed
from .detector import Answer, Request
from .limits import Limits, TookTooLong, Wait
from .loading import Order
from .problems import ModelError, gettext_noop

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "annotate.ai.apart_main")
KEPT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "HOME", "LANG", "CUDA_VISIBLE_DEVICES", "ORT_DISABLE_TELEMETRY")
"""Of the environment: no password is within reach of a model."""
GONE_WITHIN_S = 3.0

Item = TypeVar("Item")
Watch = Callable[[int], None]
"""Called now and then while the detector works, with the number of its process; may raise to stop it."""


class Ended(ModelError):
    """The process ended by itself. What it answered before stands, and trying again may help."""


class Apart:
    """A running detector; an Opened (opening.py). Close it."""

    def __init__(self, order: Order, limits: Limits, watch: Watch, *, is_patient: bool = False) -> None:
        """Loads it. Raises ModelError, OSError, and what ``watch`` raises."""
        self.limits = limits
        self.watch = watch
        started = time.perf_counter()
        self.process = subprocess.Popen(  # noqa: S603  (our own words)
            [*PROGRAM, *([PATIENT] if is_patient else [])],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: os.environ[name] for name in KEPT if name in os.environ} | threads_for(order.threads),
            bufsize=0,
            process_group=0,  # Ctrl+C is not for it; in the session of the others, where it can give way to them
        )
        self._asked, self._said = _pipes(self.process)
        try:
            self.info = self._loaded(order).info
        except BaseException:
            self.close()
            raise
        self._load_ms = (time.perf_counter() - started) * 1000

    def __enter__(self) -> "Apart":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether it can look."""
        return self.process.poll() is None

    def close(self) -> None:
        """At once, whatever it does."""
        self.process.kill()
        with contextlib.suppress(
            subprocess.TimeoutExpired
        ):  # on a busy machine it ends when it has a core again
            self.process.wait(GONE_WITHIN_S)
        self._asked.close()
        self._said.close()

    def look(self, data: bytes, request: Request, wait: Wait) -> Answer | None:
        """See Opened."""
        self.watch = lambda _: wait()
        try:
            self._send(Look(request, data))
            said = self._hear(self.limits.picture_s, self.limits.looking)
        except BaseException:
            self.close()
            raise
        return self._timed(answer_in(said))

    def answers(
        self, pictures: Iterable[tuple[Item, bytes]], request: Request
    ) -> Iterator[tuple[Item, Answer | None]]:
        """In the order of the pictures; None for one that cannot be read. Some are sent before the first answer is
        waited for, so that the detector never waits. Raises ModelError, and whatever ``watch`` raises."""
        sent: deque[Item] = deque()
        for item, data in pictures:
            self._send(Look(request, data))
            sent.append(item)
            if len(sent) > AHEAD:
                yield sent.popleft(), self._answer()
        while sent:
            yield sent.popleft(), self._answer()

    def _loaded(self, order: Order) -> Loaded:
        self._send(order)
        said = self._hear(self.limits.load_s, self.limits.loading)
        if not isinstance(said, Loaded):
            raise refusal_in(said)
        if said.is_in_reach:
            logger.warning(
                "the process for %s could not leave the network: %s", order.described.name, said.is_in_reach
            )
        return said

    def _answer(self) -> Answer | None:
        return self._timed(answer_in(self._hear(self.limits.picture_s, self.limits.looking)))

    def _timed(self, answer: Answer | None) -> Answer | None:
        """With the start of the process, which the detector in it cannot know, in the first one."""
        if answer is None:
            return None
        load_ms, self._load_ms = self._load_ms, 0.0
        return replace(answer, timings=replace(answer.timings, load=load_ms))

    def _send(self, message: Order | Look) -> None:
        """Raises TookTooLong, and what ``watch`` raises. Says nothing of a process that has ended: its last words are
        still to be read."""
        left = memoryview(framed(msgspec.msgpack.encode(message)))
        taken = time.monotonic()
        while left:
            _, is_free, _ = select.select([], [self._asked], [], pipes.LOOK_S)
            self.watch(self.process.pid)
            if is_free:
                try:
                    left = left[os.write(self._asked.fileno(), left) :]
                except BrokenPipeError:
                    return
                taken = time.monotonic()
            elif time.monotonic() - taken > self.limits.picture_s:
                raise self.limits.looking()

    def _hear(self, seconds: float, late: Callable[[], TookTooLong]) -> Said:
        """The next message. Raises Ended, ``late()`` where there is none for so long, and what ``watch`` raises."""
        try:
            size = int.from_bytes(self._exactly(SIZE_BYTES, seconds))
            said: Said = msgspec.msgpack.decode(self._exactly(size, seconds), type=Said)
        except pipes.Over:
            raise self._ended() from None
        except pipes.Silent:
            raise late() from None
        return said

    def _exactly(self, size: int, seconds: float) -> bytes:
        return pipes.exactly(self._said, size, lambda: self.watch(self.process.pid), silence_s=seconds)

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


def answer_in(said: Said) -> Answer | None:
    """Raises ModelError."""
    if not isinstance(said, Looked):
        raise refusal_in(said)
    return said.answer


def refusal_in(said: Said) -> ModelError:
    if not isinstance(said, Refused):
        raise TypeError(f"Out of turn: {type(said).__name__}")
    return ModelError(said.template, **said.values)


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
