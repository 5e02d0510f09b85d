"""The SQL that every batch uses, against the ORM that it stands in for. On SQLite and on PostgreSQL alike."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from msgspec import Struct

from annotate.models import Box, ClientCursor, Frame, Operation
from annotate.sync import statements
from annotate.sync.cursors import CursorRow
from annotate.sync.records import UPDATED_COLUMNS, BoxRow, FrameRow, OperationRow

from .world import World

NOW = datetime(2026, 2, 3, 4, 5, 6, 789012, tzinfo=UTC)


def box(world: World, frame: Frame, **other: Any) -> BoxRow:
    values: dict[str, Any] = {
        "id": uuid4(),
        "frame_id": frame.pk,
        "x1": 0.1,
        "y1": 1e-7,
        "x2": 123456.789012345,
        "y2": 2 / 3,
        "label_id": world.labels["car"],
        "attributes": {"colour": 'r"ed % %s \\ é 🦆', "count": 2, "share": 0.1, "seen": True, "none": None},
        "z": 1.0,
        "source": "model",
        "status": "proposed",
        "feedback": "neutral",
        "confidence": 0.75,
        "detection_id": uuid4(),
        "versions": {"x1": 1, "deleted": 1},
        "authored": {"x1": 1},
        "created_by_id": world.people["annotator"].pk,
        "created_revision": 2**40,
        "deleted_revision": None,
    }
    return BoxRow(**{**values, **other})


def operation(world: World, frame: Frame, box_id: UUID, **other: Any) -> OperationRow:
    values: dict[str, Any] = {
        "frame_id": frame.pk,
        "revision": 1,
        "client": uuid4(),
        "counter": 2**53 - 1,
        "part": 3,
        "user_id": None,
        "kind": "set",
        "origin": "user",
        "box_id": box_id,
        "fields": {"x1": 10.0, "attributes": {"a": "b"}},
        "before": {"x1": 2.5},
        "authored_before": {"x1": 1},
        "authored": {},
        "overwrote": {"x1": 4},
        "gesture": "g.1",
        "reverts": "",
        "offline": True,
        "ms": 1600,
        "created_at": NOW,
    }
    return OperationRow(**{**values, **other})


def stored(model: type[models.Model], pk: object) -> dict[str, Any]:
    """By column."""
    return model._default_manager.values(*(one.attname for one in model._meta.concrete_fields)).get(pk=pk)


def as_dict(row: Struct) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


@pytest.mark.parametrize(
    ("row", "model", "without"),
    [(BoxRow, Box, set()), (OperationRow, Operation, {"id"}), (CursorRow, ClientCursor, set())],
    ids=["box", "operation", "cursor"],
)
def test_every_column_is_named(row: type[Struct], model: type[models.Model], without: set[str]) -> None:
    """A new column would otherwise stay at its default for ever."""
    columns = {one.column for one in model._meta.concrete_fields}
    assert set(row.__struct_fields__) == columns - without


def test_what_is_inserted_is_what_the_orm_reads(world: World) -> None:
    frame = world.frame()
    row = box(world, frame)
    statements.insert(Box, [row, box(world, frame)])
    assert stored(Box, row.id) == as_dict(row)
    done = operation(world, frame, row.id)
    statements.insert(Operation, [done])
    kept = stored(Operation, Operation.objects.get(box_id=row.id).pk)
    del kept["id"]
    assert kept == as_dict(done)


def test_what_is_read_is_what_was_written(world: World) -> None:
    frame = world.frame()
    rows = [box(world, frame), box(world, frame)]
    statements.insert(Box, rows)
    columns = BoxRow.__struct_fields__
    found = statements.read(Box, columns, by="id", values=[rows[0].id, uuid4()]).rows()
    assert [BoxRow(*one) for one in found] == rows[:1]
    assert statements.read(Box, columns, by="id", values=[]).rows() == []


def test_an_update_writes_the_named_columns_of_its_rows_alone(world: World) -> None:
    frame = world.frame()
    first, second = box(world, frame), box(world, frame)
    statements.insert(Box, [first, second])
    changed = box(world, frame, id=first.id, x1=5.5, deleted_revision=9, confidence=0.1, created_revision=1)
    statements.update(Box, [changed], updated=UPDATED_COLUMNS)
    expected = {**as_dict(first), **{name: getattr(changed, name) for name in UPDATED_COLUMNS}}
    assert stored(Box, first.id) == expected
    assert (expected["x1"], expected["deleted_revision"], expected["confidence"]) == (5.5, 9, 0.75)
    assert stored(Box, second.id) == as_dict(second)


def test_an_update_of_a_row_that_is_gone_makes_none(world: World) -> None:
    frame = world.frame()
    statements.update(Box, [box(world, frame)], updated=UPDATED_COLUMNS)
    assert not frame.boxes.exists()


def test_an_upsert_inserts_or_writes_the_named_columns(world: World) -> None:
    frame, other = world.frame(), world.frame()
    person = world.people["annotator"].pk
    client = uuid4()
    updated = ("last_counter", "outcomes", "seen_at")
    first = CursorRow(client, frame.pk, person, 1, {"1": {"code": "gone"}}, NOW)
    statements.upsert(ClientCursor, [first], updated=updated)
    assert stored(ClientCursor, client) == as_dict(first)
    again = CursorRow(client, other.pk, person, 2, {}, NOW.replace(year=2027))
    statements.upsert(ClientCursor, [again], updated=updated)
    assert stored(ClientCursor, client) == {**as_dict(again), "frame_id": frame.pk}


def test_nothing_to_write_is_no_statement(world: World, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        statements.insert(Box, [])
        statements.update(Box, [], updated=UPDATED_COLUMNS)
        statements.upsert(ClientCursor, [], updated=("last_counter",))


def test_what_a_trip_asked_for_is_there_after_it(world: World) -> None:
    frame = world.frame()
    with statements.one_trip():
        asked = statements.read(Frame, ("id", "epoch", "revision"), by="id", values=[frame.pk], lock=True)
        nothing = statements.read(Frame, ("id",), by="id", values=[10**9])
        statements.update(Frame, [FrameRow(frame.pk, 7, "complete")], updated=("revision", "status"))
        later = statements.read(Frame, ("revision", "status"), by="id", values=[frame.pk])
    assert asked.rows() == [(frame.pk, frame.epoch, 0)]
    assert nothing.rows() == []
    assert later.rows() == [(7, "complete")]


def test_what_the_database_refuses_in_a_trip_is_djangos_error_and_undoes_all(world: World) -> None:
    frame = world.frame()
    taken = box(world, frame)
    statements.insert(Box, [taken])
    fresh = box(world, frame)
    with pytest.raises(IntegrityError), transaction.atomic(), statements.one_trip():
        statements.insert(Box, [fresh])
        statements.insert(Box, [taken])
        statements.update(Frame, [FrameRow(frame.pk, 7, "complete")], updated=("revision", "status"))
    assert not Box.objects.filter(pk=fresh.id).exists()
    frame.refresh_from_db()
    assert frame.revision == 0


@pytest.mark.parametrize("pause_s", [0, 0.1])
def test_of_many_rows_too_the_error_is_the_first_one_and_not_what_follows_from_it(
    world: World, pause_s: float
) -> None:
    """They leave before the rest, which fails because they did, whether or not that is known by then."""
    frame = world.frame()
    taken = box(world, frame)
    statements.insert(Box, [taken])
    rows = [box(world, frame) for _ in range(statements.FEW)]
    with pytest.raises(IntegrityError), transaction.atomic(), statements.one_trip():
        statements.insert(Box, [*rows, taken])
        time.sleep(pause_s)
        statements.update(Frame, [FrameRow(frame.pk, 7, "complete")], updated=("revision", "status"))
    assert Box.objects.filter(frame=frame).count() == 1


def test_what_a_trip_writes_is_one_statement_on_postgresql(world: World) -> None:
    frame = world.frame()
    row, done = box(world, frame), FrameRow(frame.pk, 1, "in_progress")
    with CaptureQueriesContext(connection) as captured, statements.one_trip():
        statements.insert(Box, [row])
        statements.insert(Operation, [operation(world, frame, row.id)])
        statements.update(Frame, [done], updated=("revision", "status"))
    assert len(captured.captured_queries) == (1 if connection.vendor == "postgresql" else 3)
    assert stored(Box, row.id) == as_dict(row)
    assert Operation.objects.filter(box_id=row.id).count() == 1
    frame.refresh_from_db()
    assert (frame.revision, frame.status) == (1, "in_progress")


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite's driver keeps what it has compiled itself"
)
@pytest.mark.parametrize("prepares", [True, False])
def test_postgresql_plans_once_what_comes_often(
    world: World, monkeypatch: pytest.MonkeyPatch, *, prepares: bool
) -> None:
    """Whatever the number of values. Not where HITL_DATABASE_PREPARE says 0."""
    frame = world.frame()
    statements.read(Frame, ("id",), by="id", values=[frame.pk]).rows()  # there is a connection
    if not prepares:
        monkeypatch.setattr(connection.connection, "prepare_threshold", None)
    for count in range(10):
        with statements.one_trip():
            statements.read(Frame, ("height", "width"), by="id", values=[frame.pk] * count)
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE \'SELECT "height", "width"%\''
        )
        assert (cursor.fetchone()[0] > 0) == prepares


def test_a_row_that_is_written_twice_in_a_trip_is_as_it_was_written_last(world: World) -> None:
    frame = world.frame()
    row = box(world, frame)
    with statements.one_trip():
        statements.insert(Box, [row])
        for x1 in (5.5, 6.5):
            changed = box(world, frame, id=row.id, x1=x1, x2=50.0)
            statements.update(Box, [changed], updated=UPDATED_COLUMNS)
    assert Box.objects.get(pk=row.id).x1 == 6.5


def test_a_value_the_database_cannot_hold_is_an_error(world: World) -> None:
    frame = world.frame()
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        statements.insert(Box, [box(world, frame, x1=float("nan"))])


def test_whoever_wants_to_see_the_statements_sees_them(world: World) -> None:
    """On SQLite they go past Django's cursor only where nobody looks."""
    row = box(world, world.frame())
    with CaptureQueriesContext(connection) as captured:
        statements.insert(Box, [row])
        [found] = statements.read(Box, ("id",), by="id", values=[row.id]).rows()
    assert found == (row.id,)
    seen = [one["sql"] for one in captured.captured_queries]
    assert ["INSERT" in seen[0], "SELECT" in seen[-1], len(seen)] == [True, True, 2]


def test_nothing_is_written_in_a_transaction_that_is_broken(world: World) -> None:
    row = box(world, world.frame())
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            statements.insert(Box, [row])
        with pytest.raises(TransactionManagementError):
            statements.read(Box, ("id",), by="id", values=[row.id])
        transaction.set_rollback(False)
    assert not Box.objects.filter(pk=row.id).exists()
