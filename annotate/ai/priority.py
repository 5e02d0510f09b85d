"""Work that nobody waits for takes only what processors have left: edits of people go first (docs/performance.md)."""

import contextlib
import os
from pathlib import Path

LAST = 19
"""The highest niceness."""
GROUP = Path("/proc/self/autogroup")


def yield_to_everyone() -> None:
    """This process, and all that it starts from now on, run where nothing else wants the core. Before libraries are
    loaded that start threads.

    In Linux's class ``SCHED_IDLE``: whatever else wakes up has the core at once, where a process that is only nice
    keeps it until its slice is over, milliseconds later. For processes that hold no lock which others wait for: on a
    machine that is busy with other things they may stand still. Only nice where there is no such class.

    Linux weighs sessions against each other before it looks at the processes in them (sched_autogroup), so what leads a
    session of its own steps back with all of it. Containers are weighed by their own shares.
    """
    try:
        os.nice(LAST - os.nice(0))
    except (AttributeError, OSError):
        return
    with contextlib.suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with contextlib.suppress(OSError):
        if os.getsid(0) == os.getpid():
            GROUP.write_text(f"{LAST}\n", encoding="ascii")
