"""The statements that every batch of edits needs: read rows by key, write many rows at once, few trips.

Django composes the same SQL anew each time and waits for each answer; with many people on a frame both cost more
than what the database does (docs/performance.md). Here SQL is composed once, past Django's cursor. PostgreSQL gets rows
to write as one JSON document, what needs no answer in between travels together, what is written on the way is one
statement, and it plans a statement once for a connection (HITL_DATABASE_PREPARE). SQLite, in our own process, gets the
same statements one by one.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from importlib import import_module
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, models

from .protocol import encode

Model = type[models.Model]
Columns = tuple[str, ...]
Row = tuple[Any, ...]
Convert = Callable[[Any], Any]

HUNG_AFTER_MS = 5000
"""A process that hangs with a row locked must not keep everybody else from it: PostgreSQL ends its transaction."""

CLOCK = "idle_in_transaction_session_timeout"

FEW = 4
"""Rows. Of more, PostgreSQL had better write some while we make the others."""


@contextmanager
def one_trip() -> Iterator[None]:
    """Statements inside are sent without waiting for answers. What they read is there, and what they got wrong
    is raised, at the end. What is written becomes visible in the order in which it was asked for, to what is asked
    here; statements of Django's own are not in that order, so have none inside."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, _pipeline()(connection.connection) as pipeline:
        trip = _Trip(pipeline)
        token = _on_the_way.set(trip)
        try:
            yield
        finally:
            _on_the_way.reset(token)
        trip.send()


class _Trip:
    """Writes that wait to be sent as one statement, where they are of few rows: what PostgreSQL and its driver do for
    each statement costs more than writing them (docs/performance.md)."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._statements: list[str] = []
        self._values: list[str] = []
        self._rows: set[tuple[Model, Any]] = set()

    def add(self, statement: str, model: Model, rows: Sequence[msgspec.Struct]) -> None:
        key = _key(model)
        is_new = key not in rows[0].__struct_fields__  # the database will choose its key
        written = set() if is_new else {(model, getattr(row, key)) for row in rows}
        if written & self._rows:  # one statement sees no row that it has written itself
            self.send()
        self._rows |= written
        self._statements.append(statement)
        self._values.append(encode(rows).decode())
        if len(rows) > FEW:
            self.leave()

    def leave(self) -> None:
        """All that was asked so far goes to the server."""
        self.send()
        self._pipeline.send()

    def send(self) -> None:
        """To the pipeline."""
        if self._statements:
            _executed(_together(tuple(self._statements)), self._values).close()
        self._statements, self._values = [], []
        self._rows.clear()


_on_the_way: ContextVar[_Trip | None] = ContextVar("_on_the_way", default=None)


@lru_cache
def _together(statements: tuple[str, ...]) -> str:
    """As one; each has one parameter."""
    *others, last = statements
    named = ", ".join(f"write{number} AS ({one})" for number, one in enumerate(others))
    return f"WITH {named} {last}" if others else last


class Reading:
    """Rows that are asked for; ``rows`` fetches them, after the trip if there is one."""

    def __init__(self, cursor: Any, inward: dict[int, Convert]) -> None:
        """``cursor``: of Django or of the database's driver."""
        self._cursor = cursor
        self._inward = inward

    def rows(self) -> list[Row]:
        rows: list[Row] = self._cursor.fetchall()
        self._cursor.close()
        inward = self._inward
        if not inward:
            return rows
        return [
            tuple(inward[n](value) if n in inward else value for n, value in enumerate(row)) for row in rows
        ]


def ask(statement: str, values: Sequence[Any], inward: dict[int, Convert] | None = None) -> Reading:
    if trip := _on_the_way.get():
        trip.send()
    return Reading(_executed(statement, values), inward or {})


def _executed(statement: str, values: Sequence[Any]) -> Any:
    """The cursor, which has the answer, or will have it after the trip."""
    if not _is_direct():
        cursor = connection.cursor()
        cursor.execute(statement, values)
        return cursor
    with connection.wrap_database_errors:
        if connection.vendor == "sqlite":
            return connection.connection.execute(_marked(statement), values)
        # Django's puts the values into the text, so that the server meets a new statement each time.
        return _driver().Cursor(connection.connection).execute(statement, values)


def _is_direct() -> bool:
    """Whether Django's cursor is left out: not where somebody wants to see the statements."""
    if connection.queries_logged or connection.execute_wrappers:
        return False
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    return True


@lru_cache
def _driver() -> Any:
    """Of PostgreSQL; whoever has SQLite never loads it."""
    return import_module("psycopg")


@lru_cache
def _pipeline() -> Any:
    return import_module(".pipeline", __package__).pipeline


@lru_cache
def _marked(statement: str) -> str:
    """Placeholders as SQLite has them."""
    return statement.replace("%s", "?").replace("%%", "%")


def read(model: Model, columns: Columns, *, by: str, values: Collection[Any], lock: bool = False) -> Reading:
    """The columns of all rows whose column ``by`` has one of the values. ``lock``: nobody else may write them
    until this transaction ends, or has hung (SQLite has one writer at a time anyway)."""
    outward = _outward(model, by)
    among, given = one_of([outward(value) for value in values] if outward else values)
    statement = f"{_selection(model, columns, by)} {among}"
    if lock and connection.vendor == "postgresql":
        # The clock is set as the row is found, which is before it is locked: a statement less.
        statement += f" AND set_config('{CLOCK}', %s, true) IS NOT NULL FOR NO KEY UPDATE"
        given = [*given, str(HUNG_AFTER_MS)]
    reading = ask(statement, given, _inward(model, columns))
    if lock and (trip := _on_the_way.get()):
        trip.leave()  # whoever has to wait for the row waits while we make the rest
    return reading


def one_of(values: Collection[Any]) -> tuple[str, list[Any]]:
    """What is behind a column that is to have one of the values, and its parameters. On PostgreSQL the same text for
    any number of them."""
    if connection.vendor == "postgresql":
        return "= ANY(%s)", [list(values)]
    return f"IN ({', '.join(['%s'] * len(values)) or 'NULL'})", list(values)  # NULL equals nothing


def moment(value: datetime) -> Any:
    """As a parameter."""
    return connection.ops.adapt_datetimefield_value(value)


def insert(model: Model, rows: Sequence[msgspec.Struct]) -> None:
    if rows:
        columns = rows[0].__struct_fields__
        _write(_insertion(model, columns), model, columns, rows)


def upsert(model: Model, rows: Sequence[msgspec.Struct], *, updated: Columns) -> None:
    """Insert, or where the primary key exists write the columns ``updated``."""
    if rows:
        columns = rows[0].__struct_fields__
        sets = ", ".join(f"{_name(column)} = EXCLUDED.{_name(column)}" for column in updated)
        conflict = f" ON CONFLICT ({_name(_key(model))}) DO UPDATE SET {sets}"
        _write(_insertion(model, columns) + conflict, model, columns, rows)


def update(model: Model, rows: Sequence[msgspec.Struct], *, updated: Columns) -> None:
    """Write the columns ``updated`` of the rows with these primary keys."""
    if rows:
        _write(_change(model, updated), model, (*updated, _key(model)), rows)


def _write(statement: str, model: Model, columns: Columns, rows: Sequence[msgspec.Struct]) -> None:
    if trip := _on_the_way.get():
        trip.add(statement, model, rows)
    elif connection.vendor == "postgresql":
        _executed(statement, [encode(rows).decode()]).close()
    elif _is_direct():
        with connection.wrap_database_errors:
            connection.connection.executemany(_marked(statement), _tuples(model, columns, rows)).close()
    else:
        with connection.cursor() as cursor:
            cursor.executemany(statement, _tuples(model, columns, rows))


# Names below come from our own models, values never enter the text.


@lru_cache
def _selection(model: Model, columns: Columns, by: str) -> str:
    names = ", ".join(map(_name, columns))
    return f"SELECT {names} FROM {_name(model._meta.db_table)} WHERE {_name(by)}"  # noqa: S608


@lru_cache
def _insertion(model: Model, columns: Columns) -> str:
    names = ", ".join(map(_name, columns))
    into = f"INSERT INTO {_name(model._meta.db_table)} ({names}) "
    if connection.vendor == "postgresql":
        return f"{into}SELECT {names} FROM {_given(model, columns)}"  # noqa: S608
    return f"{into}VALUES ({', '.join(['%s'] * len(columns))})"


@lru_cache
def _change(model: Model, updated: Columns) -> str:
    table, key = _name(model._meta.db_table), _key(model)
    if connection.vendor == "postgresql":
        sets = ", ".join(f"{_name(column)} = given.{_name(column)}" for column in updated)
        given = _given(model, (*updated, key))
        return f"UPDATE {table} SET {sets} FROM {given} WHERE {table}.{_name(key)} = given.{_name(key)}"  # noqa: S608
    sets = ", ".join(f"{_name(column)} = %s" for column in updated)
    return f"UPDATE {table} SET {sets} WHERE {_name(key)} = %s"  # noqa: S608


def _given(model: Model, columns: Columns) -> str:
    """The one parameter as a table."""
    types = (f"{_name(column)} {_field(model, column).db_type(connection)}" for column in columns)
    return f"jsonb_to_recordset(%s) AS given ({', '.join(types)})"


def _tuples(model: Model, columns: Columns, rows: Sequence[msgspec.Struct]) -> list[Row]:
    outward = [(column, _outward(model, column)) for column in columns]
    return [
        tuple(
            convert(getattr(row, column)) if convert else getattr(row, column) for column, convert in outward
        )
        for row in rows
    ]


@lru_cache
def _outward(model: Model, column: str) -> Convert | None:
    """What a value of the column goes through on its way into the database, if anything."""
    if connection.vendor == "postgresql":
        return None
    known: dict[str, Convert] = {
        "UUIDField": lambda value: None if value is None else value.hex,
        "JSONField": lambda value: encode(value).decode(),
        "DateTimeField": connection.ops.adapt_datetimefield_value,
    }
    return known.get(_field(model, column).get_internal_type())


@lru_cache
def _inward(model: Model, columns: Columns) -> dict[int, Convert]:
    """By position, what the values of these columns go through on their way out."""
    known: dict[str, Convert] = {"JSONField": msgspec.json.decode}  # Django has psycopg give JSON as text
    if connection.vendor != "postgresql":
        known["UUIDField"] = lambda value: None if value is None else UUID(hex=value)
    types = {position: _field(model, column).get_internal_type() for position, column in enumerate(columns)}
    return {position: known[one] for position, one in types.items() if one in known}


@lru_cache
def _field(model: Model, column: str) -> "models.Field[Any, Any]":
    field = next(one for one in model._meta.concrete_fields if one.column == column)
    return field.target_field if isinstance(field, models.ForeignKey) else field


def _key(model: Model) -> str:
    return str(model._meta.pk.column)


def _name(name: str) -> str:
    return connection.ops.quote_name(name)
