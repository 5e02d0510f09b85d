"""How much one socket may ask for: the arithmetic of the buckets."""

import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from annotate.sync import limits, protocol
from annotate.sync.limits import TokenBucket


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(limits, "time", clock)
    return clock


def test_a_bucket_gives_its_burst_at_once_and_then_its_rate(clock: Clock) -> None:
    bucket = TokenBucket(10, 20)
    assert sum(bucket.take() for _ in range(30)) == 20
    clock.now += 0.5
    assert sum(bucket.take() for _ in range(30)) == 5
    clock.now += 3600
    assert sum(bucket.take() for _ in range(30)) == 20


def test_what_is_refused_costs_nothing(clock: Clock) -> None:
    bucket = TokenBucket(10, 20)
    assert not bucket.take(21)
    assert bucket.take(20)


def test_who_waits_as_long_as_told_passes(clock: Clock) -> None:
    bucket = TokenBucket(40, 80)
    assert bucket.take(80)
    for units in (1, 17, 64):
        assert not bucket.take(units)
        clock.now += bucket.wait_ms(units) / 1000
        assert bucket.take(units)


def test_the_limits_are_those_of_the_page() -> None:
    assert limits.wire_limits() == {
        "ops_per_second": 40,
        "ops_burst": 5000,
        "eph_per_second": 30,
        "undecided": 64,
        "message_bytes": protocol.MAX_MESSAGE_BYTES,
    }
    assert (limits.GETS_PER_SECOND, limits.BYTES_PER_SECOND) == (4, 256 * 1024)
    assert (limits.SOCKETS_PER_USER, limits.SOCKETS_PER_FRAME, limits.UNREADABLE) == (10, 60, 20)


@pytest.fixture
def reread() -> Iterator[ModuleType]:
    """A second copy of the module: it reads the settings when it is made."""
    spec = importlib.util.spec_from_file_location("annotate.sync.limits_again", limits.__file__)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    module.read = lambda: spec.loader.exec_module(module)  # type: ignore[attr-defined]
    yield module
    del sys.modules[spec.name]


def test_a_full_message_passes_however_low_the_rate_is_set(reread: Any, settings: Any) -> None:
    """Else a client that sends as many commands as a message may hold would be told to wait for ever."""
    settings.SYNC_OPS_PER_SECOND = 5
    reread.read()
    assert reread.OPS_PER_SECOND == 5
    assert reread.OPS_BURST >= protocol.MAX_COMMANDS
