"""A figure as a CSV file: a header of stable English names, numbers with a point, times UTC."""

import csv
import io
from collections.abc import Iterable

from .figure import Cell, Figure

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(figure: Figure) -> str:
    return csv_text((column.key for column in figure.columns), (row.cells for row in figure.rows))


def csv_text(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows((safe(cell) for cell in row) for row in rows)
    return file.getvalue()


def safe(cell: Cell) -> str | int | float:
    """A name that a spreadsheet would take for a formula gets an apostrophe; nothing becomes an empty cell."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    if isinstance(cell, float):
        return round(cell, 6)
    return "" if cell is None else cell
