"""The other side of ``apart``: pictures come in by standard input, answers go out by standard output.

It ends when its input does, so it outlives nobody: the system closes the pipe of a process that was killed.
"""

import os
import sys
import threading
import traceback
from enum import Enum
from queue import Queue
from typing import IO

import msgspec

from .detector import Answer, Pixels, Request
from .loading import Order
from .pictures import decoded
from .problems import ModelError

AHEAD = 2
"""Pictures that may be sent before the answer to the first of them is read."""
SIZE_BYTES = 8


class Task(msgspec.Struct, frozen=True):
    """The first message: what to look with, and what for in every picture."""

    order: Order
    request: Request


class Looked(msgspec.Struct, frozen=True, tag=True):
    """``answer``: None where the picture cannot be read."""

    answer: Answer | None


class Refused(msgspec.Struct, frozen=True, tag=True):
    """A ModelError. The process ends with it."""

    template: str
    values: dict[str, str]


Said = Looked | Refused


class End(Enum):
    """After the last picture."""

    END = 0


END = End.END


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(SIZE_BYTES) + message


def take(pipe: IO[bytes]) -> bytes | None:
    """None where the other side has ended, in the middle of a message too."""
    size = pipe.read(SIZE_BYTES)
    if len(size) < SIZE_BYTES:
        return None
    message = pipe.read(expected := int.from_bytes(size))
    return message if len(message) == expected else None


def main() -> None:
    """Never returns: what still reads in a thread would end Python in disorder."""
    try:
        work()
    except BrokenPipeError:  # whoever asked is gone
        os._exit(0)
    except BaseException:  # noqa: BLE001  (told on standard error, and by the status)
        give_up()
    os._exit(0)


def give_up() -> None:
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)


def work() -> None:
    """Raises BrokenPipeError."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not get between the answers
    task = take(sys.stdin.buffer)
    if task is not None:
        look(msgspec.msgpack.decode(task, type=Task), sys.stdin.buffer, answers)


def look(task: Task, pictures: IO[bytes], answers: IO[bytes]) -> None:
    """Until there are no more pictures. Raises BrokenPipeError."""

    def say(said: Said) -> None:
        message = memoryview(framed(msgspec.msgpack.encode(said)))
        while message:
            message = message[answers.write(message) :]

    coming = read_ahead(pictures)
    try:
        detector = task.order.load()
        while (picture := coming.get()) is not END:
            say(Looked(None if picture is None else detector.detect([picture], task.request)))
    except ModelError as error:
        say(Refused(error.template, error.values))


def read_ahead(pictures: IO[bytes]) -> "Queue[Pixels | None | End]":
    """While the model is loaded, or looks at one picture, the next are read and decoded."""
    line: Queue[Pixels | None | End] = Queue(AHEAD)

    def read() -> None:
        try:
            while (data := take(pictures)) is not None:
                line.put(decoded(data))
        except BaseException:  # noqa: BLE001  (else the model would wait for ever)
            give_up()
        line.put(END)

    threading.Thread(target=read, name="picture", daemon=True).start()
    return line
