"""The confidence from which on proposals are made: a promotion takes over the one that its model was measured at."""

from collections.abc import Mapping
from typing import Any

from .deciding import number_in, part

LOWEST, HIGHEST = 0.01, 1.0
"""Of Project.confidence."""


def measured_at(evaluation: Mapping[str, Any], side: str = "challenger") -> float | None:
    """At which confidence precision, recall and seconds of a model were measured. None where that is not known."""
    value = number_in(part(evaluation, side), "shown_confidence")
    if value is None and side == "challenger":
        value = number_in(evaluation, "shown_confidence")
    return value if value is not None and LOWEST <= value <= HIGHEST else None


def taken_over(evaluation: Mapping[str, Any]) -> float | None:
    """The confidence that a promotion brings with it: none of a model which finds nothing from there on, because for it
    no proposals at all are the cheapest."""
    finds_nothing = number_in(part(evaluation, "challenger"), "recall") == 0.0
    return None if finds_nothing else measured_at(evaluation)
