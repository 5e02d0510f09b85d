import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from annotate.models import Frame

from .live import live_database
from .room import Room
from .world import World, make_world


@pytest.fixture
def world(db: None) -> World:
    """In a transaction that is rolled back."""
    return make_world()


@pytest.fixture(scope="module")
def live(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """A database of the module's own that is really committed to."""
    with django_db_blocker.unblock(), live_database(tmp_path_factory.mktemp("live")):
        yield


@pytest.fixture
def live_world(live: None) -> World:
    return make_world()


@pytest.fixture
def live_frame(live_world: World) -> Frame:
    return live_world.frame()


@pytest.fixture
async def room(live_world: World, live_frame: Frame) -> AsyncIterator[Room]:
    """A frame and its people. Afterwards everybody leaves, and nothing may be left of them (I16)."""
    before = asyncio.all_tasks()
    room = Room(live_world, live_frame)
    try:
        yield room
        await room.clear()
        await room.check_nothing_left(before)
    finally:
        await room.stop()
