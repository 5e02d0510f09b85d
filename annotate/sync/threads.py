"""Threads in which the event loop's code talks to the database.

Django's own bridge runs every call of a process in one thread; here readers never wait for writers. Each
thread keeps its connection; one that broke is closed, so that the next call opens a new one.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

P = ParamSpec("P")
T = TypeVar("T")

CONNECTION_ERRORS = (OperationalError, InterfaceError)

# SQLite has one writer at a time anyway; more threads would only sleep on its lock.
_writers = ThreadPoolExecutor(1 if connection.vendor == "sqlite" else 4, "database-writer")
_readers = ThreadPoolExecutor(4, "database-reader")


async def write(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that commits, in a writer thread."""
    return await asyncio.get_running_loop().run_in_executor(_writers, _guarded(function, *args, **kwargs))


async def read(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that only reads, in a reader thread."""
    return await asyncio.get_running_loop().run_in_executor(_readers, _guarded(function, *args, **kwargs))


def _guarded(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]:
    def call() -> T:
        try:
            return function(*args, **kwargs)
        except CONNECTION_ERRORS:
            connection.close()
            raise

    return call
