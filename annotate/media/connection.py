"""Connections to the database are few, and live editing needs them: nobody keeps one while waiting for a disk,
a decoder or the network."""

from django.db import connection


def let_go() -> None:
    """Gives this thread's connection back; the next query takes a new one. Not inside a transaction."""
    if not connection.in_atomic_block:
        connection.close()
