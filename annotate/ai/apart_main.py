"""The process of ``apart``. It steps back first, so that threads which libraries start as they are loaded do too, and
leaves the network."""

import contextlib
import signal
import sys
from pathlib import Path

from .isolation import cut_off
from .priority import yield_to_everyone

OUT_OF_MEMORY = Path("/proc/self/oom_score_adj")
FIRST_TO_GO = "1000"
PATIENT = "patient"
"""A word of the command line: it gives way to everybody."""


def settle() -> None:
    """Where memory runs out it is this process that ends. It ends with its input: a signal that asks everything of a
    machine or a service to stop must not look like a model that failed."""
    with contextlib.suppress(OSError):
        OUT_OF_MEMORY.write_text(FIRST_TO_GO, encoding="ascii")
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def run() -> None:
    """Never returns."""
    if PATIENT in sys.argv[1:]:
        yield_to_everyone()
    settle()
    is_in_reach = cut_off()
    from .apart_process import main

    main(is_in_reach)


if __name__ == "__main__":
    run()
