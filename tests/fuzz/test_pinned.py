"""What went wrong once must not go wrong again."""

import shutil
from collections.abc import Iterator

import pytest

from .node import NodeBrowsers
from .pinned import PINNED
from .walk import play

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed: it runs the client"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(scope="module")
def node() -> Iterator[NodeBrowsers]:
    with NodeBrowsers() as browsers:
        yield browsers


@pytest.mark.parametrize("name", PINNED)
def test_it_ends_well(node: NodeBrowsers, name: str) -> None:
    play(node, PINNED[name])
