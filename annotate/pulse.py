"""What a process without a port says of itself: a file per part, touched whenever the part comes round.

A health check looks at their age (deploy/healthcheck.py). A part that begins something long takes its file away until
it is back: a job has a lease that says the same.
"""

import contextlib

from django.conf import settings


def beat(part: str) -> None:
    """Never fails: whoever cannot write a file goes on working, and is called ill."""
    if settings.PULSE_DIR is None:
        return
    with contextlib.suppress(OSError):
        settings.PULSE_DIR.mkdir(parents=True, exist_ok=True)
        (settings.PULSE_DIR / part).touch()


def rest(part: str) -> None:
    """Not to be heard of for a while."""
    if settings.PULSE_DIR is None:
        return
    with contextlib.suppress(OSError):
        (settings.PULSE_DIR / part).unlink(missing_ok=True)
