"""A label as its history keeps it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from ..models import ClassMapping, Label

FIELDS = ("name", "color", "key", "position", "is_active")

States = dict[int, "LabelState"]
"""By id."""


class LabelState(Struct, frozen=True):
    """``classes``: of one that was deleted, the classes of detectors that meant it."""

    id: int
    name: str
    color: str
    key: str
    position: int
    is_active: bool
    classes: tuple[str, ...] = ()


def states_of(project_id: int) -> States:
    rows = Label.objects.filter(project=project_id).order_by("position", "pk").values_list("pk", *FIELDS)
    return {row[0]: LabelState(*row) for row in rows}


def classes_of(labels: Collection[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = ClassMapping.objects.filter(label__in=labels).order_by("class_name")
    for label, name in rows.values_list("label", "class_name"):
        found[label].append(name)
    return {label: tuple(names) for label, names in found.items()}


def stored(states: Iterable[LabelState]) -> list[dict[str, Any]]:
    """As LabelChange has them."""
    plain: list[dict[str, Any]] = msgspec.to_builtins(list(states))
    return plain


def read(rows: list[dict[str, Any]]) -> States:
    return {state.id: state for state in msgspec.convert(rows, list[LabelState])}


def differences(before: LabelState, after: LabelState) -> list[str]:
    """The names of the fields that are not the same."""
    return [name for name in FIELDS if getattr(before, name) != getattr(after, name)]
