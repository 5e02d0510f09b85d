"""Several people, real clients, real servers, every fault we know of: in the end all agree and nothing is lost.

HITL_FUZZ=long walks with new seeds for HITL_FUZZ_SECONDS; HITL_FUZZ_SEED=7 plays one walk again (docs/testing.md).
"""

import os
import random
import shutil
import time
from collections.abc import Iterator

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import seed as hypothesis_seed
from hypothesis.stateful import run_state_machine_as_test

from .machine import machine_of
from .node import NodeBrowsers
from .walk import failure_of, shortened, walk_of

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed: it runs the client"),
    pytest.mark.django_db(transaction=True),
]

IS_LONG = os.environ.get("HITL_FUZZ") == "long"
SECONDS = float(os.environ.get("HITL_FUZZ_SECONDS", "1800"))
SEED = int(os.environ.get("HITL_FUZZ_SEED", "0"))
WALKS = 90 if connection.vendor == "sqlite" else 30
"""Where every statement is a trip to a server, fewer: the walks are the same."""
EXAMPLES, EXAMPLES_LONG = 20, 1000


@pytest.fixture(scope="module")
def node() -> Iterator[NodeBrowsers]:
    with NodeBrowsers() as browsers:
        yield browsers


def seeds() -> Iterator[int]:
    """Those of every run, or new ones until the time is up, or the one that is asked for."""
    if SEED:
        yield SEED
    elif IS_LONG:
        first, deadline = random.randrange(10**6, 10**12), time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            yield first
            first += 1
    else:
        yield from range(1, WALKS + 1)


def test_it_agrees_and_loses_nothing_on_random_walks(node: NodeBrowsers) -> None:
    for seed in seeds():
        walk = walk_of(seed)
        failure = failure_of(node, walk)
        if failure:
            short = shortened(node, walk, failure, seconds=600 if IS_LONG else 60)
            pytest.fail(f"HITL_FUZZ_SEED={seed}: {failure}\nShortened:\n{short}", pytrace=False)


@pytest.mark.skipif(bool(SEED), reason="HITL_FUZZ_SEED asks for one walk")
def test_it_agrees_and_loses_nothing_in_the_state_machine(node: NodeBrowsers) -> None:
    machine = machine_of(node)
    if IS_LONG:
        chosen = random.randrange(2**32)
        print(f"hypothesis seed {chosen}")  # noqa: T201  (shown when the test fails)
        machine = hypothesis_seed(chosen)(machine)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES_LONG if IS_LONG else EXAMPLES,
            stateful_step_count=50,
            derandomize=not IS_LONG,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_it_plays_the_same_walk_for_the_same_seed(node: NodeBrowsers) -> None:
    first, second = walk_of(12), walk_of(12)
    assert first == second
    assert walk_of(13) != first
