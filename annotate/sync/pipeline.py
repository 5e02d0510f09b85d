"""How statements for PostgreSQL travel together, so that a process that stops in their midst keeps nobody waiting.

PostgreSQL ends a transaction whose client is idle (HUNG_AFTER_MS in sync.statements), but only while it waits for a new
batch of messages: not between two statements of one, and not behind a Flush. psycopg's own pipeline sends each
statement by itself, and a Flush when it is left; after it no transaction would ever be ended. Here each batch leaves in
one piece, and its last message is the Sync that starts the clock. Loaded with PostgreSQL only.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from psycopg import Connection, Error, Pipeline
from psycopg.abc import PQGen
from psycopg.pq import ConnStatus


@contextmanager
def pipeline(connection: "Connection[Any]") -> Iterator["PipelineInPieces"]:
    """In it, cursors ask, and have their answers when it is left. Not inside another one."""
    connection._pipeline = PipelineInPieces(connection)  # taken by the next line instead of psycopg's
    with connection.pipeline() as entered:
        assert isinstance(entered, PipelineInPieces)  # noqa: S101  (tests/sync/test_pipeline.py)
        yield entered


class PipelineInPieces(Pipeline):
    """Keeps what cursors ask until ``send``, or until it is left."""

    _is_waiting = False
    """Whether anything was asked since the last Sync."""

    def send(self) -> None:
        """What was asked so far, without waiting for answers."""
        with self._lock:
            self._conn.wait(self._send_gen())

    def _communicate_gen(self) -> PQGen[None]:
        """Called by a cursor behind each statement."""
        self._fill()
        return
        yield

    def _fill(self) -> None:
        """Into the driver's buffer, which it sends when it is told to (or has 64 KiB)."""
        while self.command_queue:
            self.command_queue.popleft()()
            self._is_waiting = True

    def _send_gen(self) -> PQGen[None]:
        if self._is_waiting:
            self._enqueue_sync()
            self._fill()
            self._is_waiting = False
            yield from super()._communicate_gen()

    def _exit_gen(self) -> PQGen[None]:
        try:
            yield from self._send_gen()
        except Error:
            # The first error says it; that of each statement behind it only that there was one.
            if self.pgconn.status != ConnStatus.BAD:
                with suppress(Error):
                    yield from self._fetch_gen(flush=False)
            raise
        yield from self._fetch_gen(flush=False)
