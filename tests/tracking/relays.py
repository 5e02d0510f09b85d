"""Relays that a test can stop anywhere."""

import contextlib
from datetime import datetime
from typing import Any

from annotate.tracking.relay import Relay
from annotate.tracking.rest import Mlflow, Refused, Unavailable

from .conftest import Clock
from .fake_mlflow import FakeMlflow


class Killed(BaseException):
    """As SIGKILL: nothing of ours catches it."""


class CutMlflow(Mlflow):
    """Dies at its ``cut``-th call: before MLflow hears it, or after MLflow did it and before we hear so."""

    def __init__(self, url: str, cut: int, *, is_done: bool) -> None:
        super().__init__(url)
        self.left, self.is_done = cut, is_done

    def _call(self, *words: Any, **more: Any) -> bytes:
        self.left -= 1
        if self.left == 0 and not self.is_done:
            raise Killed
        answer = super()._call(*words, **more)
        if self.left == 0:
            raise Killed
        return answer


class LateMlflow(Mlflow):
    """The first call with ``part`` in its address is given up, and comes true when the next one like it is made: before
    that one does, or after. ``error``: how it is given up."""

    def __init__(self, url: str, part: str, when: str, error: BaseException | None = None) -> None:
        super().__init__(url)
        self.part, self.when = part, when
        self.error = error or Unavailable("timed out")
        self.held: tuple[Any, ...] = ()
        self.is_done = False

    def _call(self, method: str, path: str, *rest: Any, **more: Any) -> bytes:
        if self.part not in path or self.is_done:
            return super()._call(method, path, *rest, **more)
        if not self.held:
            self.held = method, path, *rest
            raise self.error
        self.is_done = True
        if self.when == "before":
            self.come_true()
        answer = super()._call(method, path, *rest, **more)
        if self.when == "after":
            self.come_true()
        return answer

    def come_true(self) -> None:
        with contextlib.suppress(Refused):
            super()._call(*self.held)


def relay_for(fake: FakeMlflow, clock: Clock, mlflow: Mlflow | None = None) -> Relay:
    return Relay(mlflow or Mlflow(fake.url), now=clock.now, clock=clock.seconds)


def settle(relay: Relay, clock: Clock, rounds: int = 20) -> None:
    """Until nothing is waiting. A relay that was killed keeps its lease for a while."""
    for _ in range(rounds):
        more = relay.round()
        if relay.lease.is_held and not more and not relay.failures:
            return
        clock.forward(seconds=61)
    raise AssertionError("it does not settle")


def later(clock: Clock, **time: float) -> datetime:
    clock.forward(**time)
    return clock.now()
