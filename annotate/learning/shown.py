"""The confidence from which on proposals are made: a promotion takes over the one that its model was measured at, and
going back restores the one before.

Each such change is kept beside what was measured, in ``params["shown"]`` of the training whose model it was: by the
number of the Promotion that made it, so that the history says who, when and why.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..models import Project, Promotion, Training
from .deciding import number_in, part

KEY = "shown"
LOWEST, HIGHEST = 0.01, 1.0
"""Of Project.confidence."""


class Change(NamedTuple):
    before: float
    now: float


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


def take_over(project: Project, promotion: Promotion, training: Training) -> None:
    """What was measured is what serves. Inside the transaction of the promotion, with the project locked."""
    value = taken_over(training.evaluation)
    if value is not None and value != project.confidence:
        _change(project, promotion, training, value)


def restore(project: Project, promotion: Promotion, undone: Promotion | None) -> None:
    """``promotion`` takes ``undone`` back: what served before it serves again, where it had changed that."""
    training = undone.training if undone is not None else None
    if undone is None or training is None:
        return
    change = _changes_of(training).get(undone.pk)
    if change is not None and change.before != project.confidence:
        _change(project, promotion, training, change.before)


def _change(project: Project, promotion: Promotion, training: Training, value: float) -> None:
    params = Training.objects.values_list("params", flat=True).get(pk=training.pk)
    known = part(params, KEY)
    training.params = {**params, KEY: {**known, str(promotion.pk): [project.confidence, value]}}
    Training.objects.filter(pk=training.pk).update(params=training.params)
    Project.objects.filter(pk=project.pk).update(confidence=value)
    project.confidence = value


def changes_in(project: Project) -> dict[int, Change]:
    """By the number of the promotion."""
    found: dict[int, Change] = {}
    for training in Training.objects.filter(project=project, params__has_key=KEY).only("params"):
        found |= _changes_of(training)
    return found


def _changes_of(training: Training) -> dict[int, Change]:
    return {int(number): Change(*values) for number, values in part(training.params, KEY).items()}
