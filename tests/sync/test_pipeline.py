"""A process that stops wherever it may stop keeps nobody from the frame that it has locked: PostgreSQL's own clock."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from annotate.models import Frame
from annotate.sync import statements, threads
from annotate.sync.records import FrameRow

from .world import make_world

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is in our own process"),
]
PATIENCE_S = 30


def lock(frame: Frame) -> None:
    statements.read(Frame, ("revision",), by="id", values=[frame.pk], lock=True)


def write(frame: Frame, revision: int, rows: int = 1) -> None:
    """More than FEW rows leave at once, fewer with the trip."""
    statements.update(
        Frame, [FrameRow(frame.pk, revision, "in_progress")] * rows, updated=("revision", "status")
    )


def in_the_midst_of_reading(frame: Frame, stops: Callable[[], None]) -> None:
    with statements.one_trip():
        lock(frame)
        statements.read(Frame, ("epoch",), by="id", values=[frame.pk])
        stops()


def between_reading_and_writing(frame: Frame, stops: Callable[[], None]) -> None:
    with statements.one_trip():
        lock(frame)
    stops()


def before_the_commit(frame: Frame, stops: Callable[[], None]) -> None:
    with statements.one_trip():
        lock(frame)
    with statements.one_trip():
        write(frame, 1)
    stops()


def in_the_midst_of_writing_much(frame: Frame, stops: Callable[[], None]) -> None:
    with statements.one_trip():
        lock(frame)
    with statements.one_trip():
        write(frame, 1, rows=statements.FEW + 1)
        stops()


def after_a_statement_by_itself(frame: Frame, stops: Callable[[], None]) -> None:
    lock(frame)
    stops()


PLACES = [
    in_the_midst_of_reading,
    between_reading_and_writing,
    before_the_commit,
    in_the_midst_of_writing_much,
    after_a_statement_by_itself,
]


@contextmanager
def somebody_else() -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    parameters = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    given = {name: parameters[name] for name in names if parameters.get(name)}
    with psycopg.connect(**given, autocommit=True) as other:
        yield other


@pytest.fixture
def writers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Of its own: a connection must not outlive the database of the tests."""
    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(threads, "_writers", pool)
        yield
        pool.submit(lambda: connection.close()).result()


@pytest.mark.usefixtures("writers")
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_who_stops_with_a_frame_locked_loses_it_to_the_next(
    monkeypatch: pytest.MonkeyPatch, place: Callable[[Frame, Callable[[], None]], None]
) -> None:
    """And is told what every lost connection tells, so that it tries again, on a new one."""
    monkeypatch.setattr(statements, "HUNG_AFTER_MS", 200)
    frame = make_world().frame()
    stopped = []

    def stops() -> None:
        """As a process does that gets SIGSTOP: another one wants the frame meanwhile."""
        with somebody_else() as other:
            other.execute(f"SET lock_timeout = '{PATIENCE_S}s'")
            other.execute("UPDATE annotate_frame SET revision = 7 WHERE id = %s", [frame.pk])
        stopped.append(place)

    def hang() -> None:
        with transaction.atomic():
            place(frame, stops)

    with pytest.raises(OperationalError):
        asyncio.run(threads.write(hang))
    assert stopped == [place]
    frame.refresh_from_db()
    assert frame.revision == 7
    asyncio.run(threads.write(frame.refresh_from_db))


def test_a_trip_begins_one_transaction_and_the_server_has_nothing_to_complain_of() -> None:
    frame = make_world().frame()
    complaints: list[str] = []
    with transaction.atomic():
        connection.connection.add_notice_handler(lambda notice: complaints.append(notice.message_primary))
        between_reading_and_writing(frame, lambda: write(frame, 1))
    frame.refresh_from_db()
    assert (complaints, frame.revision) == ([], 1)
