"""Going back to an earlier revision of a frame, as new operations on top of all that happened since. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from .apply import deletion_of, restoration_of
from .operations import BoxState, Change, FieldValue, LoggedChange

REWOUND = "rewound"
"""In ``authored_before`` of what a rewind writes: the revision that it went back to."""


@dataclass(slots=True)
class Past:
    """What a box was: alive or not (absent counts as not), and the values that differ from the present ones."""

    alive: bool
    fields: dict[str, FieldValue] = field(default_factory=dict)


def past_of(logged: Iterable[LoggedChange], boxes: Mapping[UUID, BoxState]) -> dict[UUID, Past]:
    """Takes the operations since the wanted revision back in mind, newest first, from the present ``boxes``."""
    pasts: dict[UUID, Past] = {}
    for change in logged:
        box = boxes[change.box]
        past = pasts.setdefault(change.box, Past(alive=not box.is_deleted))
        if change.kind == "set":
            past.fields.update(change.before)
        else:
            past.alive = change.kind == "delete"
    return pasts


def rewind_of(
    logged: Iterable[LoggedChange],
    boxes: Mapping[UUID, BoxState],
    *,
    to: int,
    lost_labels: frozenset[int] = frozenset(),
) -> list[Change]:
    """The changes that make the present boxes what they were at revision ``to``, before ``logged`` (given newest
    first). A label that exists no more, one of ``lost_labels``, cannot come back."""
    changes: list[Change] = []
    for box_id, past in past_of(logged, boxes).items():
        box = boxes[box_id]
        if not past.alive:
            changes += [] if box.is_deleted else [deletion_of(box)]
            continue
        if box.is_deleted:
            changes.append(restoration_of(box))
        values = {name: value for name, value in past.fields.items() if value != box.fields[name]}
        if values.get("label") in lost_labels:
            del values["label"]
        if values:
            changes.append(
                Change(
                    "set",
                    box_id,
                    fields=values,
                    before={name: box.fields[name] for name in values},
                    authored_before={name: box.authored.get(name, 0) for name in values},
                )
            )
    return [replace(one, authored_before={**one.authored_before, REWOUND: to}) for one in changes]
