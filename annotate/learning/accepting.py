"""Whether a project accepts without a person what is surely right: the switch, and what stands for it.

Off until a manager turns it on, which takes a promise: a class of the model that proposes now whose precision is
guaranteed from some confidence on, by what people said of its proposals (calibration.py). A new model has no verdicts
of its own, so nothing is accepted until it has; no switch has to be remembered for that. What a promise does on a frame
is in detection.accepting.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from ..detection.accepting import promises_in
from ..models import Frame, ModelVersion, Project, Proposal
from ..training.statistics import FIRST_LOOK
from .judged import JUDGED, Outcome
from .promotion import serving


class AcceptingRefused(Exception):
    """Nothing was changed. The text is for the person."""


@dataclass(frozen=True, slots=True)
class ClassPromise:
    """From ``threshold`` on, guaranteed by ``verdicts`` of people on proposals that were that sure. ``wrong`` of
    ``accepted``, accepted without a person on images that are complete, were found to be wrong; ``is_broken``: too
    many."""

    name: str
    threshold: float
    verdicts: int
    accepted: int
    wrong: int
    is_broken: bool


@dataclass(frozen=True, slots=True)
class Accepting:
    """``judged``: verdicts of people on all proposals of the model. ``is_counted``: the promises were made at the
    precision that the project asks for. ``accepted``: boxes that are there without a person's verdict; ``unseen`` of
    them on images that are not complete; ``changed``: those that people corrected or rejected since."""

    is_on: bool
    precision: float
    judged: int
    is_counted: bool
    promises: list[ClassPromise]
    accepted: int
    unseen: int
    changed: int

    @property
    def holding(self) -> list[ClassPromise]:
        return [one for one in self.promises if not one.is_broken]

    @property
    def may_turn_on(self) -> bool:
        return self.is_counted and bool(self.holding)

    @property
    def percent(self) -> str:
        value = round(self.precision * 100, 1)
        return number_format(int(value) if value.is_integer() else value)

    @property
    def fewest(self) -> int:
        """Verdicts on one class before anything is decided."""
        return FIRST_LOOK


def accepting_in(project: Project) -> Accepting:
    version = own_champion(project)
    calibration: dict[str, Any] = version.calibration if version else {}
    alone = accepted_alone(project)
    return Accepting(
        is_on=project.accepts_itself,
        precision=project.auto_accept_precision,
        judged=calibration.get("verdicts", 0),
        is_counted=calibration.get("precision") == project.auto_accept_precision,
        promises=[promise_of(name, one) for name, one in promised(calibration)],
        accepted=alone.count(),
        unseen=alone.exclude(frame__status__in=Frame.DONE).count(),
        changed=changed_since(project).count(),
    )


def own_champion(project: Project) -> ModelVersion | None:
    """The only model that can be believed so far: one that was chosen here, and serves nowhere else."""
    version = serving(project)
    if version is None or (version.project_id, version.pk) != (project.pk, project.model_version_id):
        return None
    return version


def promised(calibration: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return sorted(
        (name, one) for name, one in calibration.get("classes", {}).items() if one.get("auto_accept")
    )


def promise_of(name: str, one: dict[str, Any]) -> ClassPromise:
    promise, alone = one["auto_accept"], one["alone"]
    return ClassPromise(
        name,
        promise["threshold"],
        promise["verdicts"],
        alone["accepted"],
        alone["accepted"] - alone["right"],
        one["is_broken"],
    )


def accepted_alone(project: Project) -> QuerySet[Proposal]:
    """Boxes that nobody has said anything about since they were accepted without a person."""
    found = Proposal.objects.filter(frame__project=project, by_machine=True, outcome=Outcome.ACCEPTED)
    return found.filter(judged_by=None, feedback="").order_by()


def changed_since(project: Project) -> QuerySet[Proposal]:
    wrong = [one for one in JUDGED if one != Outcome.ACCEPTED]
    return Proposal.objects.filter(frame__project=project, by_machine=True, outcome__in=wrong).order_by()


def switch(project: Project, is_on: bool) -> None:
    """Raises AcceptingRefused where nothing is guaranteed. Turning off is always possible, and leaves boxes alone."""
    with transaction.atomic():
        locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if is_on and not locked.accepts_itself:
            check_promised(locked)
        Project.objects.filter(pk=project.pk).update(accepts_itself=is_on)
    project.accepts_itself = is_on


def check_promised(project: Project) -> None:
    """Raises AcceptingRefused."""
    version = own_champion(project)
    if version is None or not promises_in(version.calibration, project.auto_accept_precision):
        raise AcceptingRefused(
            _(
                "No class of the model that proposes now has a confidence from which its precision is guaranteed. "
                "People have to judge more of its proposals first. Nothing was changed."
            )
        )
