"""How far a model's confidence can be believed, class by class, from what people said of its proposals.

A proposal was right when it was kept with its class and an IoU of at least three quarters. The curve says how often
that was so at each confidence. The threshold is the confidence from which on the project's precision is guaranteed
with 95 % certainty (training.calibration); most classes have none until there are hundreds of verdicts. Worker only
(numpy).
"""

from collections import defaultdict
from typing import Any

import numpy as np
from django.db.models import F, Q
from django.utils import timezone

from ..models import ModelVersion, Project, Proposal
from ..training.calibration import calibrate
from .promotion import serving

RIGHT_FROM_IOU = 0.75
MOST_VERDICTS = 50_000
"""The newest ones count."""
MOST_POINTS = 40

Outcome = Proposal.Outcome
JUDGED = (Outcome.ACCEPTED, Outcome.CORRECTED, Outcome.REJECTED)
RIGHT = Q(outcome=Outcome.ACCEPTED) | Q(
    outcome=Outcome.CORRECTED, iou__gte=RIGHT_FROM_IOU, box__label=F("label")
)
Verdicts = list[tuple[float, bool]]
"""Confidence, and whether the proposal was right."""


def recalibrate_all() -> int:
    """What serves in each project, where people have judged something since. How many changed."""
    return sum(recalibrate(project) for project in Project.objects.filter(model_version__isnull=False))


def recalibrate(project: Project) -> bool:
    """Whether anything is new."""
    version = serving(project)
    if (
        version is None or version.project_id != project.pk
    ):  # one for everybody means another thing in each project
        return False
    by_class = verdicts_of(version)
    total = sum(map(len, by_class.values()))
    precision = project.auto_accept_precision
    known = version.calibration
    if total == known.get("verdicts", 0) and (not total or precision == known.get("precision")):
        return False
    calibration = {
        "verdicts": total,
        "precision": precision,
        "at": timezone.now().isoformat(),
        "classes": {name: calibration_of(verdicts, precision) for name, verdicts in by_class.items()},
    }
    ModelVersion.objects.filter(pk=version.pk).update(calibration=calibration)
    return True


def verdicts_of(version: ModelVersion) -> dict[str, Verdicts]:
    judged = Proposal.objects.filter(detection__model_version=version, outcome__in=JUDGED)
    newest = list(judged.order_by("-judged_at").values_list("pk", "class_name", "confidence")[:MOST_VERDICTS])
    right = set(judged.filter(RIGHT).values_list("pk", flat=True))
    by_class: dict[str, Verdicts] = defaultdict(list)
    for pk, name, confidence in newest:
        by_class[name].append((confidence, pk in right))
    return dict(by_class)


def calibration_of(verdicts: Verdicts, precision: float) -> dict[str, Any]:
    """As in the calibration of metrics/evaluation.json, so that both are shown alike."""
    confidences = np.array([confidence for confidence, _ in verdicts], np.float64)
    right = np.array([is_right for _, is_right in verdicts], np.bool_)
    found = calibrate(confidences, right, precision=precision)
    points = found["points"]
    return {**found, "points": points[:: max(1, -(-len(points) // MOST_POINTS))]}
