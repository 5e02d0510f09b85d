"""Who is on which frame of a project: merged over processes, forgotten when a process falls silent."""

import pytest

from annotate.sync.presence import FORGET_AFTER_S
from annotate.sync.whereabouts import Whereabouts

ADA, BOB = {"user": 1, "name": "Ada"}, {"user": 2, "name": "Bob"}


def test_it_names_everybody_once_per_frame() -> None:
    where = Whereabouts()
    where.update(7, "other", {"12": [ADA, BOB], "13": [BOB]})
    assert where.everywhere(7, {"12": [ADA], "5": [ADA]}) == {"12": [ADA, BOB], "13": [BOB], "5": [ADA]}
    assert where.everywhere(8, {}) == {}


def test_it_says_whether_anything_changed() -> None:
    where = Whereabouts()
    assert where.update(7, "other", {"12": [ADA]})
    assert not where.update(7, "other", {"12": [ADA]})
    assert where.update(7, "other", {})
    assert not where.update(7, "other", {})


def test_a_silent_process_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("annotate.sync.whereabouts.time.monotonic", lambda: now)
    where = Whereabouts()
    where.update(7, "other", {"12": [ADA]})
    assert where.forget_silent() == set()
    now += FORGET_AFTER_S + 1
    assert where.forget_silent() == {7}
    assert where.everywhere(7, {}) == {}
