"""What must hold whatever was killed: read from the database itself, past everything the product says of it."""

import json
import shutil
import sqlite3
import tempfile
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.load import LoadClient, Made
from tests.faults.replica import FIELDS, MARKS, Json, Replica

OPERATION_COLUMNS = (
    "revision, counter, part, kind, origin, user_id, gesture, reverts, "
    "client, box_id, fields, before, overwrote"
)
BOX_COLUMNS = (
    "id, x1, y1, x2, y2, label_id, attributes, z, status, feedback, source, confidence, detection_id, "
    "created_by_id, versions, deleted_revision"
)


@dataclass(frozen=True)
class Store:
    """The tables, read with plain SQL. ``url`` empty: SQLite in ``folder``."""

    folder: Path
    url: str = ""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if self.url:
            with psycopg.connect(self.url) as connection:
                return connection.execute(query.encode()).fetchall()
        return self._rows_of_copy(query)

    def _rows_of_copy(self, query: str) -> list[tuple[Any, ...]]:
        """From a copy, with its write-ahead log: a reader that closes last would tidy up what a crash has left."""
        with tempfile.TemporaryDirectory(prefix="hitl-copy-") as folder:
            for suffix in ("", "-wal"):
                source = self.folder / f"hitl.sqlite3{suffix}"
                if source.exists():
                    shutil.copy(source, folder)
            connection = sqlite3.connect(Path(folder) / "hitl.sqlite3")
            try:
                return connection.execute(query).fetchall()
            finally:
                connection.close()

    def operations(self, frame: int, after: int = 0) -> list[Json]:
        """Entries as in ``ev``, from the table."""
        rows = self.rows(
            f"SELECT {OPERATION_COLUMNS} FROM annotate_operation"  # noqa: S608
            f" WHERE frame_id = {frame} AND revision > {after} ORDER BY revision"
        )
        return [
            {
                **dict(zip(("r", "c", "part", "k", "o", "by", "g", "rv"), row[:8], strict=True)),
                **{"client": as_uuid(row[8]), "box": as_uuid(row[9]) if row[9] else ""},
                **{"f": as_json(row[10]), "b": as_json(row[11]), "over": as_json(row[12])},
            }
            for row in rows
        ]

    def boxes(self, frame: int) -> dict[str, tuple[Json, dict[str, int], bool]]:
        """Fields, versions and whether deleted, by id; tombstones too."""
        rows = self.rows(f"SELECT {BOX_COLUMNS} FROM annotate_box WHERE frame_id = {frame}")  # noqa: S608
        return {as_uuid(row[0]): (_fields_of(row), as_json(row[14]), row[15] is not None) for row in rows}

    def said(self, frame: int) -> dict[tuple[str, int], Json]:
        """Of detections as a whole, by detection and person: the rows that follow from the log."""
        rows = self.rows(
            "SELECT detection_id, user_id, verdict, note FROM annotate_feedback"  # noqa: S608
            f" WHERE frame_id = {frame} AND detection_id IS NOT NULL AND user_id IS NOT NULL"
        )
        return {
            (as_uuid(detection), user): {"feedback": verdict, "note": note}
            for detection, user, verdict, note in rows
        }

    def head(self, frame: int) -> int:
        return int(self.rows(f"SELECT revision FROM annotate_frame WHERE id = {frame}")[0][0])  # noqa: S608

    def last_counters(self, frame: int) -> dict[str, int]:
        query = f"SELECT client, last_counter FROM annotate_clientcursor WHERE frame_id = {frame}"  # noqa: S608
        return {as_uuid(client): last for client, last in self.rows(query)}


def as_uuid(value: Any) -> str:
    return str(value if isinstance(value, uuid.UUID) else uuid.UUID(value))


def as_json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _fields_of(row: tuple[Any, ...]) -> Json:
    names = (*FIELDS, *MARKS)
    values = (*row[1:6], as_json(row[6]), *row[7:14])
    return dict(zip(names, values, strict=True))


def check_everything(store: Store, frame: int, clients: Iterable[LoadClient]) -> Replica:
    """After the dust has settled: log, tables, clients and every single command agree. Returns the fold of the log."""
    clients = list(clients)
    log = store.operations(frame)
    bases = {
        (client.client, counter): made.message["base"]
        for client in clients
        for counter, made in client.made.items()
        if "base" in made.message
    }
    folded = check_log(store, frame, log, bases)
    check_commands(log, clients)
    last = store.last_counters(frame)
    for client in clients:
        assert client.undecided == {}
        assert last.get(client.client, 0) == len(client.made)
        assert client.replica.revision == folded.revision
        assert client.replica.live() == folded.live(), f"client {client.client} sees something else"
        assert client.replica.said() == folded.said(), f"client {client.client} hears something else"
    return folded


def check_log(
    store: Store, frame: int, log: list[Json], bases: dict[tuple[str, int], Json] | None = None
) -> Replica:
    """Dense from 1, each ``before`` true, ``over`` complete (where it is known what the authors of commands had seen),
    and the boxes are what the log makes."""
    folded = Replica()
    for operation in log:
        if bases is not None:
            base = bases.get((operation["client"], operation["c"]), {})
            assert operation["over"] == overwritten(folded, operation, base), f"over of {operation['r']}"
        folded.apply(operation)
    assert store.head(frame) == len(log)
    table = store.boxes(frame)
    made = {box_id: (box.fields, box.versions, box.deleted) for box_id, box in folded.boxes.items()}
    assert made == table
    assert folded.said() == store.said(frame)
    for fields, _, _ in table.values():
        assert 0 <= fields["x1"] < fields["x2"] and 0 <= fields["y1"] < fields["y2"]
    return folded


def overwritten(before: Replica, operation: Json, base: Json) -> dict[str, int]:
    """The fields that were newer than their author had seen, with their versions."""
    box = before.boxes.get(operation["box"])
    versions = box.versions if box else {}
    return {name: versions[name] for name in operation["f"] if name in base and versions[name] > base[name]}


def check_commands(log: list[Json], clients: Iterable[LoadClient]) -> None:
    """What was acknowledged is there, once; what was refused is not; nothing is there that nobody asked for."""
    by_command: dict[tuple[str, int], list[Json]] = defaultdict(list)
    for operation in log:
        by_command[operation["client"], operation["c"]].append(operation)
    for client in clients:
        order = [operation["c"] for operation in log if operation["client"] == client.client]
        assert order == sorted(order), "operations of one client out of order"
        for counter, made in client.made.items():
            check_command(made, by_command.pop((client.client, counter), []))
    assert not by_command, "operations that nobody made"


def check_command(made: Made, operations: list[Json]) -> None:
    message = made.message
    where = f"{message} {made}: {operations}"
    assert [operation["part"] for operation in operations] == list(range(len(operations))), where
    if message["k"] not in ("undo", "redo"):
        assert len(operations) <= 1, f"applied twice: {where}"
    if made.acked is not None:
        first, last = made.acked["from"], made.acked["to"]
        expected = [] if first is None else list(range(first, last + 1))
        assert [operation["r"] for operation in operations] == expected, (
            f"acknowledged, and not there: {where}"
        )
    if made.refused is not None:
        assert operations == [], f"refused, and there: {where}"
    if message["k"] == "create":
        assert len(operations) == 1, f"lost: {where}"
    for operation in operations:
        check_content(message, operation)


def check_content(message: Json, operation: Json) -> None:
    if message["k"] == "rate":
        assert (operation["k"], operation["box"]) == ("rate", "")
        assert operation["f"] == {"detection": message["detection"], **message["opinion"]}
    if message["k"] not in ("create", "set"):
        return
    assert (operation["k"], operation["box"]) == (message["k"], message["box"])
    asked, stored = message["set"], operation["f"]
    if message["k"] == "set":
        assert stored.keys() <= asked.keys()  # a value that was there already is left out
    for name in stored.keys() & asked.keys():
        # Alone, the right edge stops short of a left edge that somebody else moved meanwhile.
        assert stored[name] == asked[name] or (asked.keys() == {"x2"} and stored[name] > asked[name])


def check_acked_are_there(store: Store, frame: int, clients: Iterable[LoadClient], since: int = 0) -> None:
    """Right after a crash: every acknowledged command that made operations after revision ``since`` has them."""
    there = {(one["client"], one["c"]): one["r"] for one in store.operations(frame, since)}
    for client in clients:
        for counter, made in client.made.items():
            if made.acked is not None and (made.acked["to"] or 0) > since:
                assert there.get((client.client, counter)) == made.acked["to"], f"lost: {made}"


def is_settled(clients: Iterable[LoadClient]) -> bool:
    """Nothing undecided, and all at the same revision."""
    clients = list(clients)
    heads = {client.replica.revision for client in clients}
    newest = max(client.newest for client in clients)
    is_quiet = all(client.online and not client.undecided for client in clients)
    return is_quiet and len(heads) == 1 and max(heads) >= newest
