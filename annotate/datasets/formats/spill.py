"""What does not fit into memory: text written again later, boxes sorted by frame, names seen. All of it on disk,
in files without a name that are gone with the process."""

import errno
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import msgspec

BATCH = 1000
CACHE_KIB = 8192


class Spool:
    """Text that is collected now and read once later."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115  # closed by lines()
        self.empty = True

    def write(self, text: str) -> None:
        self.file.write(text)
        self.empty = False

    def lines(self) -> Iterator[str]:
        with closing(self.file):
            self.file.seek(0)
            while piece := self.file.read(1 << 16):
                yield piece


def scratch(*tables: str) -> sqlite3.Connection:
    """A database without a name: in memory while small, then in a temporary file that is deleted at once."""
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for statement in (
        "PRAGMA journal_mode=OFF",
        "PRAGMA synchronous=OFF",
        f"PRAGMA cache_size=-{CACHE_KIB}",
        *tables,
        "BEGIN",
    ):
        connection.execute(statement)
    return connection


def on_disk(error: sqlite3.Error) -> OSError:
    """What SQLite says when the disk is full or broken, as any other writing to it would say it."""
    return OSError(errno.ENOSPC if "full" in str(error) else errno.EIO, f"temporary file: {error}")


class SeenNames:
    """Tells whether a name came before, for any number of names."""

    def __init__(self) -> None:
        self.db = scratch("CREATE TABLE seen (name TEXT PRIMARY KEY) WITHOUT ROWID")

    def add(self, name: str) -> bool:
        """False when it was there already."""
        try:
            return self.db.execute("INSERT OR IGNORE INTO seen VALUES (?)", (name,)).rowcount == 1
        except sqlite3.Error as error:
            raise on_disk(error) from error


class Gathered:
    """Frames and their boxes that come in any order, given back frame by frame in the order of the frames.

    What is stored of each is anything that msgpack can hold; ``key`` says which frame.
    """

    def __init__(self) -> None:
        self.db = scratch(
            "CREATE TABLE frames (place INTEGER PRIMARY KEY, key TEXT UNIQUE, data BLOB)",
            "CREATE TABLE boxes (place INTEGER PRIMARY KEY, key TEXT, data BLOB)",
        )
        self.waiting: list[tuple[str, bytes]] = []
        self.encode = msgspec.msgpack.Encoder().encode
        self.decode = msgspec.msgpack.Decoder().decode

    def add_frame(self, key: str, data: Any) -> bool:
        """False when a frame of that key is there already; it then stays as it was."""
        try:
            row = (key, self.encode(data))
            return (
                self.db.execute("INSERT OR IGNORE INTO frames (key, data) VALUES (?, ?)", row).rowcount == 1
            )
        except sqlite3.Error as error:
            raise on_disk(error) from error

    def add_box(self, key: str, data: Any) -> None:
        self.waiting.append((key, self.encode(data)))
        if len(self.waiting) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        try:
            self.db.executemany("INSERT INTO boxes (key, data) VALUES (?, ?)", self.waiting)
        except sqlite3.Error as error:
            raise on_disk(error) from error
        self.waiting = []

    def close_input(self) -> None:
        """Once, before anything is read."""
        self._flush()
        try:
            self.db.execute("CREATE INDEX box_of ON boxes (key)")
        except sqlite3.Error as error:
            raise on_disk(error) from error

    def frames(self) -> Iterator[tuple[str, Any, list[Any]]]:
        """Key, what was stored of the frame, and of its boxes in the order in which they came."""
        for key, data, boxes in self.streams():
            yield key, data, list(boxes)

    def streams(self) -> Iterator[tuple[str, Any, Iterator[Any]]]:
        """As ``frames``, for keys that stand for more boxes than fit into memory."""
        for key, data in self.db.execute("SELECT key, data FROM frames ORDER BY place"):
            boxes = self.db.execute("SELECT data FROM boxes WHERE key = ? ORDER BY place", (key,))
            yield key, self.decode(data), (self.decode(row[0]) for row in boxes)

    def orphans(self) -> Iterator[tuple[str, Any]]:
        """Key and what was stored of the boxes whose frame never came."""
        found = self.db.execute(
            "SELECT key, data FROM boxes WHERE NOT EXISTS (SELECT 1 FROM frames WHERE frames.key = boxes.key)"
            " ORDER BY place"
        )
        for key, data in found:
            yield key, self.decode(data)
