"""A figure as a CSV file: a header of stable English names, numbers with a point, times UTC."""

import csv
import io

from .figure import Cell, Figure

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(figure: Figure) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(column.key for column in figure.columns)
    for row in figure.rows:
        writer.writerow(safe(cell) for cell in row.cells)
    return file.getvalue()


def safe(cell: Cell) -> str | int | float:
    """A name that a spreadsheet would take for a formula gets an apostrophe; nothing becomes an empty cell."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    if isinstance(cell, float):
        return round(cell, 6)
    return "" if cell is None else cell
