"""What became of the boxes between two versions, all of them, however many images changed: a few images at a time are
in memory."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from ..models import Project
from .compare import KINDS, Sums
from .versions import Difference
from .who import who_changed

AT_ONCE = 1500
"""Changed images up to which boxes are counted while somebody waits; beyond, a job does it (jobs.comparing)."""
TOGETHER = 200


class Totals(Struct):
    """How many boxes by what became of them (compare.KINDS, each named): in all, by the sign-in name of whoever changed
    them last, and by the model that had proposed them."""

    boxes: dict[str, int]
    people: dict[str, dict[str, int]]
    models: dict[str, dict[str, int]]


class Steps(Protocol):
    """Who watches. May raise; nothing is changed by counting."""

    def advance(self, units: int = 1) -> None: ...


def totals_of(project: Project, found: Difference, steps: Steps | None = None) -> Totals:
    """Raises OSError and ValueError where files of a version are missing, and what ``steps`` raises."""
    sums, frame_ids = Sums(), list(found.files)
    for start in range(0, len(frame_ids), TOGETHER):
        changes = found.changes(frame_ids[start : start + TOGETHER])
        who = who_changed(project, changes)
        for change in changes:
            sums.add(change, who)
        if steps is not None:
            steps.advance(len(changes))
    return Totals(all_kinds(sums.kinds), named(sums.people), named(sums.models))


def named(counts: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {name: all_kinds(found) for name, found in sorted(counts.items())}


def all_kinds(counts: Mapping[str, int]) -> dict[str, int]:
    return {kind: counts.get(kind, 0) for kind in KINDS}
