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

from .detector import Answer, Detector, Info, Pixels, Request
from .loading import Order
from .pictures import decoded
from .problems import ModelError

AHEAD = 2
"""Pictures that may be sent before the answer to the first of them is read."""
SIZE_BYTES = 8


LAST_WORDS_S = 10.0
"""After the end of its input it may finish what it was asked; one that hangs would outlive whoever asked."""


class Look(msgspec.Struct, frozen=True):
    """Every message after the first, which is an Order. ``data``: an image file."""

    request: Request
    data: bytes


class Loaded(msgspec.Struct, frozen=True, tag=True):
    """The answer to the Order. ``is_in_reach``: why the network still is; empty where it is not."""

    info: Info
    is_in_reach: str


class Looked(msgspec.Struct, frozen=True, tag=True):
    """``answer``: None where the picture cannot be read."""

    answer: Answer | None


class Refused(msgspec.Struct, frozen=True, tag=True):
    """A ModelError. The process ends with it where it was asked to load."""

    template: str
    values: dict[str, str]


Said = Loaded | Looked | Refused
Picture = tuple[Request, Pixels | None]


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


def main(is_in_reach: str = "") -> None:
    """Never returns: what still reads in a thread would end Python in disorder."""
    try:
        work(is_in_reach)
    except BrokenPipeError:  # whoever asked is gone
        os._exit(0)
    except BaseException:  # noqa: BLE001  (told on standard error, and by the status)
        give_up()
    os._exit(0)


def give_up() -> None:
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)


def work(is_in_reach: str) -> None:
    """Raises BrokenPipeError."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not get between the answers

    def say(said: Said) -> None:
        message = memoryview(framed(msgspec.msgpack.encode(said)))
        while message:
            message = message[answers.write(message) :]

    order = take(sys.stdin.buffer)
    if order is None:
        return
    coming = read_ahead(sys.stdin.buffer)
    try:
        detector = msgspec.msgpack.decode(order, type=Order).load()
    except ModelError as error:
        say(Refused(error.template, error.values))
        return
    say(Loaded(detector.info, is_in_reach))
    while (picture := coming.get()) is not END:
        say(look(detector, *picture))


def look(detector: Detector, request: Request, picture: Pixels | None) -> Looked | Refused:
    try:
        return Looked(None if picture is None else detector.detect([picture], request))
    except ModelError as error:
        return Refused(error.template, error.values)


def read_ahead(pipe: IO[bytes]) -> "Queue[Picture | End]":
    """While the model is loaded, or looks at one picture, the next are read and decoded."""
    line: Queue[Picture | End] = Queue(AHEAD)

    def read() -> None:
        try:
            while (message := take(pipe)) is not None:
                asked = msgspec.msgpack.decode(message, type=Look)
                line.put((asked.request, decoded(asked.data)))
        except BaseException:  # noqa: BLE001  (else the model would wait for ever)
            give_up()
        last = threading.Timer(LAST_WORDS_S, os._exit, (1,))
        last.daemon = True
        last.start()
        line.put(END)

    threading.Thread(target=read, name="picture", daemon=True).start()
    return line
