"""How long a model may take. One that hangs must not keep others waiting: it is ended, and whoever asked is told."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from .. import pipes
from .problems import ModelError, gettext_noop

logger = logging.getLogger(__name__)

PATIENCE = 10
"""How many times as long as one picture loading may take, and a picture of a batch, which gets what others leave."""
OBEYS_WITHIN_S = 2.0

LOADS_TOO_LONG = gettext_noop(
    "The model was not loaded after %(seconds)s seconds and was given up. Nothing was changed. Take another model, or"
    " try again when the server has less to do."
)
LOOKS_TOO_LONG = gettext_noop(
    "The model looked at one image for more than %(seconds)s seconds and was ended. What was found before is kept."
    " Take a smaller model or image size, or try again when the server has less to do."
)

Result = TypeVar("Result")
Wait = Callable[[], None]
"""Called now and then by whoever waits for a model; may raise to stop it."""


class TookTooLong(ModelError):
    """The model was ended. Trying again is likely to take as long."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds."""

    picture_s: float
    load_s: float

    def loading(self) -> TookTooLong:
        return TookTooLong(LOADS_TOO_LONG, seconds=f"{self.load_s:g}")

    def looking(self) -> TookTooLong:
        return TookTooLong(LOOKS_TOO_LONG, seconds=f"{self.picture_s:g}")


def limits(seconds: float, *, is_patient: bool = False) -> Limits:
    """``seconds``: for a picture that somebody waits for."""
    return Limits(seconds * PATIENCE if is_patient else seconds, seconds * PATIENCE)


def within(
    seconds: float,
    work: Callable[[], Result],
    *,
    late: Callable[[], TookTooLong],
    wait: Wait,
    stop: Callable[[], None] = lambda: None,
) -> Result:
    """What ``work`` gives, done in a thread of its own. When ``wait`` raises, or the time is over, ``stop`` is called;
    what does not obey is left to itself, so that others can go on.

    Raises what ``work`` and ``wait`` raise, and ``late()``.
    """
    done: Future[Result] = Future()
    threading.Thread(target=_fulfil, args=(done, work), daemon=True, name="model").start()
    end = time.monotonic() + seconds
    try:
        while not is_over(done, pipes.LOOK_S):
            wait()
            if time.monotonic() > end:
                raise late()
    except BaseException:
        stop()
        if not is_over(done, OBEYS_WITHIN_S):
            logger.warning("a model does not end when it is asked to; its thread is left to itself")
        raise
    return done.result()


def is_over(work: "Future[Result]", seconds: float) -> bool:
    """Waits for it so long."""
    return bool(futures.wait([work], seconds).done)


def _fulfil(done: "Future[Result]", work: Callable[[], Result]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:  # noqa: BLE001  (for whoever waits)
        done.set_exception(error)
