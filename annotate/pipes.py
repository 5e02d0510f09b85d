"""What a process says on a pipe, read to the byte while something else is seen to. Imports no Django."""

import os
import select
import time
from collections.abc import Callable
from typing import IO

LOOK_S = 0.2
MOST_AT_ONCE = 1 << 20


class Over(Exception):
    """The process ended before it had said all."""


class Silent(Exception):
    """It has said nothing for too long."""


def exactly(pipe: IO[bytes], size: int, wait: Callable[[], None], *, silence_s: float | None = None) -> bytes:
    """The next ``size`` bytes. ``wait`` is called now and then and may raise. Raises Over, and Silent."""
    parts, missing, heard = [], size, time.monotonic()
    while missing:
        ready, _, _ = select.select([pipe], [], [], LOOK_S)
        wait()
        if ready:
            part = os.read(pipe.fileno(), min(missing, MOST_AT_ONCE))
            if not part:
                raise Over
            parts.append(part)
            missing -= len(part)
            heard = time.monotonic()
        elif silence_s is not None and time.monotonic() - heard > silence_s:
            raise Silent
    return b"".join(parts)
