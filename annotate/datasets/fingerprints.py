"""Which parts of the frames of a project are as they were: the database itself puts all that it knows of a part into
one text and gives its md5. However many frames there are, a line per part comes; nothing is made of a frame here."""

from collections.abc import Collection, Iterable

from django.db import connections

from ..models import Frame
from .state import PART

COLUMNS = (
    *("id", "revision", "epoch", "status", "name", "md5", "original_md5", "media_type", "width", "height"),
    *("index", "is_blind", "source_id"),
)
"""Those of changed.FRAME_COLUMNS. None may be empty: an empty value would not be noticed."""

TOGETHER = {"sqlite": "GROUP_CONCAT({column})", "postgresql": "STRING_AGG(CAST({column} AS text), ',')"}
ORDER = {"sqlite": "", "postgresql": " ORDER BY id"}
"""SQLite goes by an index, in the same order each time. In another order a part would look changed, and be looked at
for nothing."""

ALL_PARTS = """
    SELECT MIN(id) / {part} FROM {table} WHERE project_id = %s
    UNION ALL
    SELECT (SELECT MIN(id) / {part} FROM {table} WHERE project_id = %s AND id >= (part.number + 1) * {part})
    FROM part WHERE part.number IS NOT NULL
"""
STATEMENT = """
WITH RECURSIVE part (number) AS ({parts})
SELECT number, (
    SELECT MD5({text}) FROM (
        SELECT * FROM {table} WHERE project_id = %s AND id >= number * {part} AND id < (number + 1) * {part}
        AND set_aside_at IS NULL AND status IN ({statuses}){order}
    ) AS frame
) FROM part WHERE number IS NOT NULL
"""
"""From part to part by the index of the ids, and each by itself: grouping all frames would sort them first, which takes
as long again."""


TOGETHER_AT_MOST = 400
"""Parts that are named in one statement."""


def fingerprints_of(
    project_id: int, statuses: Collection[str], alias: str, parts: Collection[int] | None = None
) -> dict[int, str]:
    """By the number of the part; of frames that are not set aside and have one of these statuses. ``parts``: only of
    these."""
    if parts is None:
        return _found(ALL_PARTS, [project_id] * 2, project_id, statuses, alias)
    found: dict[int, str] = {}
    numbers = sorted(parts)
    for start in range(0, len(numbers), TOGETHER_AT_MOST):
        some = numbers[start : start + TOGETHER_AT_MOST]
        named = "VALUES " + ", ".join(["(CAST(%s AS bigint))"] * len(some))
        found |= _found(named, some, project_id, statuses, alias)
    return found


def part_of(frame_id: int) -> int:
    return frame_id // PART


def _found(
    parts: str, given: Iterable[int], project_id: int, statuses: Collection[str], alias: str
) -> dict[int, str]:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement(alias, len(statuses), parts), [*given, project_id, *statuses])
        return {number: found for number, found in cursor.fetchall() if found is not None}


def statement(alias: str, statuses: int, parts: str = ALL_PARTS) -> str:
    """Column by column, which is quicker than row by row; with the lengths of the names, so that no two sets of names
    make the same text."""
    database = connections[alias]
    quote, together = database.ops.quote_name, TOGETHER[database.vendor]
    columns = [*map(quote, COLUMNS), "LENGTH(name)"]
    table = quote(Frame._meta.db_table)
    return STATEMENT.format(
        parts=parts.format(part=PART, table=table),
        part=PART,
        table=table,
        text=" || '|' || ".join(together.format(column=column) for column in columns),
        statuses=", ".join(["%s"] * statuses),
        order=ORDER[database.vendor],
    )
