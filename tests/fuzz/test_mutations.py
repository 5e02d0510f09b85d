"""The fuzz is worth something only if it finds faults: each of tests.fuzz.mutations, by the invariant it breaks.

In every run a few walks for each; with HITL_FUZZ=long all of them without favourite actions as well.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from .actions import ACTIONS
from .mutations import MUTATIONS, Mutation, changed_sources
from .node import NodeBrowsers
from .test_convergence import IS_LONG
from .walk import failure_of, walk_of

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed: it runs the client"),
    pytest.mark.django_db(transaction=True),
]
WALKS = 40
LENGTH = 50


@pytest.mark.parametrize("name", MUTATIONS)
def test_it_finds(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mutation = MUTATIONS[name]
    if mutation.patch is not None:
        mutation.patch(monkeypatch)
    sources = changed_sources(mutation.script, tmp_path) if mutation.script else None
    with NodeBrowsers(sources) as node:
        assert finds(node, mutation)
        if IS_LONG and mutation.walk is None:
            assert finds(node, replace(mutation, actions=tuple(ACTIONS)), walks=20 * WALKS)


def finds(node: NodeBrowsers, mutation: Mutation, *, walks: int = WALKS) -> bool:
    """Whether the broken invariant is named, sooner or later; others may be broken as well."""
    if mutation.walk is not None:
        failure = failure_of(node, mutation.walk)
        print(failure)  # noqa: T201  (shown when the test fails)
        return failure.startswith(mutation.breaks)
    candidates = (walk_of(seed, names=mutation.actions, length=LENGTH) for seed in range(1, walks + 1))
    return any(failure_of(node, walk).startswith(mutation.breaks) for walk in candidates)
