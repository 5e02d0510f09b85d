"""Reading at one moment while everybody goes on writing."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

ALIAS = "moment"


@contextmanager
def one_moment() -> Iterator[str]:
    """The alias of a connection for reading, on which all that is read is of the moment of entry.

    A second connection of this thread, for two reasons: on SQLite Django's own transactions take the lock of the one
    writer at once, and progress is written meanwhile, which must not wait for the end. PostgreSQL: REPEATABLE READ.
    SQLite: a deferred transaction, which in WAL mode reads a snapshot and keeps nobody from writing; until it ends,
    the log file cannot be folded back and grows.

    Whoever is inside a transaction already reads in that one: a second connection would not see what it wrote.
    """
    if connection.in_atomic_block:
        yield connection.alias
        return
    apart: BaseDatabaseWrapper = connection.copy()
    connections[ALIAS] = apart
    try:
        _begin(apart)
        yield ALIAS
    finally:
        del connections[ALIAS]
        with suppress(DatabaseError):  # the server is gone, and its transaction with it
            apart.rollback()  # nothing was written; a pool complains of what comes back in a transaction
        apart.close()


def _begin(apart: BaseDatabaseWrapper) -> None:
    if apart.vendor == "postgresql":
        apart.set_autocommit(False)
        with apart.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT 1")  # the snapshot is taken by the first statement that reads
        return
    with apart.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        cursor.execute("SELECT 1 FROM annotate_frame LIMIT 1")
