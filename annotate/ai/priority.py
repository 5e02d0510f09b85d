"""Work that nobody waits for takes only what processors have left: edits of people go first (docs/performance.md)."""

import os

LAST = 19
"""The highest niceness."""


def yield_to_everyone() -> None:
    """This process, and all that it starts from now on, run where nothing else wants the core.

    In Linux's class ``SCHED_IDLE``: whatever else wakes up has the core at once, where a process that is only nice
    keeps it until its slice is over, milliseconds later. For processes that hold no lock which others wait for: on a
    machine that is busy with other things they may stand still. Only nice where there is no such class.
    """
    try:
        os.nice(LAST - os.nice(0))
    except (AttributeError, OSError):
        return
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):
        return
