"""The shape that every figure has: a table, of which some columns are also drawn. Pure."""

from typing import Literal

from msgspec import Struct

Cell = str | int | float | None
Select = dict[str, str | int | float]
"""Words of choice.Asked that lead to the frames behind a row or a column."""

Unit = Literal["text", "time", "count", "number", "share", "seconds"]
"""``number``: with a decimal; ``share``: 0 to 1; ``time``: the name of a bucket."""


class Column(Struct, frozen=True):
    """``key`` is its name in files, ``title`` on screen. ``select`` None: no frames are behind it."""

    key: str
    title: str
    unit: Unit
    select: Select | None = None
    is_drawn: bool = False


class Row(Struct, frozen=True):
    cells: list[Cell]
    select: Select


class Figure(Struct, frozen=True):
    name: str
    columns: list[Column]
    rows: list[Row]


class Number(Struct, frozen=True):
    """One of the large numbers. ``figure`` and ``select`` lead to the frames behind it."""

    key: str
    title: str
    value: float | None
    unit: Unit
    figure: str
    select: Select
