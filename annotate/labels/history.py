"""What was changed about the labels of a project, for pages: the newest first, with the way back where there is one."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from ..models import LabelChange
from .states import read
from .taking_back import can_be_taken_back
from .words import words_of

MOST_SHOWN = 20
MOST_SEARCHED = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """``may``: nobody changed the same since, so it can be taken back as one step."""

    row: LabelChange
    words: list[str]
    may: bool


def entries(project_id: int, rows: Iterable[LabelChange]) -> list[Entry]:
    """Of one project."""
    rows = list(rows)
    undone = can_be_taken_back(project_id, rows)
    return [Entry(row, words_of(row), row.pk in undone) for row in rows]


def newest(project_id: int) -> list[Entry]:
    return entries(project_id, rows_of(project_id)[:MOST_SHOWN])


def newest_of_label(project_id: int, label: int) -> list[Entry]:
    """Among the MOST_SEARCHED newest of its project."""
    found = [row for row in rows_of(project_id)[:MOST_SEARCHED] if names(row, label)]
    return entries(project_id, found[:MOST_SHOWN])


def names(row: LabelChange, label: int) -> bool:
    return label in read(row.before) or label in read(row.after)


def rows_of(project_id: int) -> QuerySet[LabelChange]:
    rows = LabelChange.objects.filter(project=project_id)
    return rows.select_related("user", "takes_back").order_by("-pk")
