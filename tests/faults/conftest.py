import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.checks import Store
from tests.faults.site import Site, fresh_secret
from tests.services import PostgresServer, RedisServer

LONG = os.environ.get("HITL_FAULTS") == "long"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    if not PostgresServer.available():
        pytest.skip("PostgreSQL is not installed")
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    if not RedisServer.available():
        pytest.skip("Redis is not installed")
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def full_site(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, redis: RedisServer) -> Site:
    """Prepared, not started: two web processes on PostgreSQL and Redis. Each test takes frames of its own."""
    settings = {
        "HITL_DATABASE_URL": postgres.url,
        "HITL_REDIS_URL": redis.url,
        "HITL_SECRET_KEY": fresh_secret(),
    }
    site = Site(tmp_path_factory.mktemp("full"), settings=settings)
    site.prepare()
    return site


@pytest.fixture
def sqlite_site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.prepare()
    return site


def store_of(site: Site) -> Store:
    return Store(site.folder, site.settings.get("HITL_DATABASE_URL", ""))
