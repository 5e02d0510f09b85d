"""A database that tests really commit to: other threads, and the event loop's readers and writers, see it."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.test.utils import setup_databases, teardown_databases

from annotate.sync import threads

POOL = 4


@contextmanager
def live_database(folder: Path) -> Iterator[None]:
    """The tables of the test database, empty. What the tests leave in it is gone afterwards.

    SQLite: a file, because a database in memory that threads share has other locks than those of production.
    """
    with ExitStack() as stack:
        if not _is_test_database():  # no test of this run asked pytest-django for one
            made = setup_databases(verbosity=0, interactive=False, aliases={"default": True})
            stack.callback(teardown_databases, made, verbosity=0)
        if connection.vendor == "sqlite":
            stack.enter_context(_on_file(folder / "live.sqlite3"))
        else:
            stack.callback(call_command, "flush", interactive=False, verbosity=0)
        stack.enter_context(_threads_of_its_own())
        yield


def _is_test_database() -> bool:
    name = str(connection.settings_dict["NAME"])
    return name.startswith((TEST_DATABASE_PREFIX, "file:memorydb_"))


@contextmanager
def _on_file(path: Path) -> Iterator[None]:
    connection.ensure_connection()
    with sqlite3.connect(path) as target:
        connection.connection.backup(target)
    target.close()
    memory, settings = connections["default"], connections.settings["default"]
    connections.settings["default"] = {**settings, "NAME": str(path)}
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = memory
        connections.settings["default"] = settings


@contextmanager
def _threads_of_its_own() -> Iterator[None]:
    """sync.threads keeps a connection per thread: those of the tests must not outlive their database."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_writers", "_readers"):
            size = 1 if name == "_writers" and connection.vendor == "sqlite" else POOL
            patch.setattr(threads, name, ThreadPoolExecutor(size, f"test{name}"))
        try:
            yield
        finally:
            for name in ("_writers", "_readers"):
                _end(getattr(threads, name))


def _end(pool: ThreadPoolExecutor) -> None:
    """Close the connection of every thread of the pool, then the pool."""
    size = pool._max_workers
    everybody = threading.Barrier(size)

    def close() -> None:
        everybody.wait(30)
        connection.close()

    for future in [pool.submit(close) for _ in range(size)]:
        future.result()
    pool.shutdown()
