"""Threads in which the event loop's code talks to the database.

Django's own bridge runs every call of a process in one thread; here readers never wait for writers. Each
thread keeps its connection; one that broke is closed, so that the next call opens a new one.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection

P = ParamSpec("P")
T = TypeVar("T")

CONNECTION_ERRORS = (OperationalError, InterfaceError)

# SQLite has one writer at a time anyway; more threads would only sleep on its lock.
_writers = ThreadPoolExecutor(1 if connection.vendor == "sqlite" else 4, "database-writer")
_readers = ThreadPoolExecutor(4, "database-reader")


async def write(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that commits, in a writer thread."""
    call = partial(function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_writers, _guarded, call)


async def read(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that only reads, in a reader thread. Where the thread finds its old connection dead (the
    database was restarted meanwhile), once more on a new one."""
    call = partial(function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_readers, _read, call)


def _read(call: Callable[[], T]) -> T:
    was_connected = connection.connection is not None
    try:
        return _guarded(call)
    except CONNECTION_ERRORS:
        if not was_connected:
            raise
    return _guarded(call)


def _guarded(call: Callable[[], T]) -> T:
    try:
        return call()
    except CONNECTION_ERRORS:
        connection.close()
        raise
    except DatabaseError as error:
        if _severity_of(error) != "FATAL":
            raise
        # PostgreSQL has ended the connection because this process had stopped in a transaction for too long.
        connection.close()
        raise OperationalError(*error.args) from error


def _severity_of(error: DatabaseError) -> str | None:
    """As PostgreSQL said it, in English."""
    return getattr(getattr(error.__cause__, "diag", None), "severity_nonlocalized", None)
