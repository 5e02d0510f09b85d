"""The process of ``apart``. It steps back first, so that threads which libraries start as they are loaded do too."""

import contextlib
import signal
from pathlib import Path

from .priority import yield_to_everyone

OUT_OF_MEMORY = Path("/proc/self/oom_score_adj")
FIRST_TO_GO = "1000"


def settle() -> None:
    """Gives way to everybody, and where memory runs out it is this process that ends. It ends with its input: a signal
    that asks everything of a machine or a service to stop must not look like a model that failed."""
    yield_to_everyone()
    with contextlib.suppress(OSError):
        OUT_OF_MEMORY.write_text(FIRST_TO_GO, encoding="ascii")
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


if __name__ == "__main__":
    settle()
    from .apart_process import main

    main()
