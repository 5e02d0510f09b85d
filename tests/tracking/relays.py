"""Relays that a test can stop anywhere."""

from datetime import datetime
from typing import Any

from annotate.tracking.relay import Relay
from annotate.tracking.rest import Mlflow

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
