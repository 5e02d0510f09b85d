"""How far a model's confidence can be believed, class by class, from what people said of its proposals.

A proposal was right when it was kept with its class and an IoU of at least three quarters. The curve says how often
that was so at each confidence. The threshold is the confidence from which on the project's precision is guaranteed
with 95 % certainty (training.calibration); most classes have none until there are hundreds of verdicts. Worker only
(numpy).

What was accepted without a person is no evidence, also where a person has looked at it since: the right ones are left
as they are, and only the wrong ones get a verdict. It can break a promise, though (``is_broken``).
"""

import json
from collections import defaultdict
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Count
from django.utils import timezone

from ..detection.mapping import mapping_for
from ..models import Frame, ModelVersion, Project, Proposal
from ..training.calibration import calibrate, standing
from ..training.statistics import wilson
from .judged import JUDGED, RIGHT
from .promotion import serving

MOST_VERDICTS = 50_000
"""The newest ones count."""
MOST_POINTS = 40
BROKEN_DOUBT = 0.01
"""A promise is broken when people, on images that are complete, have found so many of what was accepted without them to
be wrong that a precision as promised is as unlikely as this."""

Verdicts = list[tuple[float, bool]]
"""Confidence, and whether the proposal was right; in the order in which they were judged."""


class Alone(NamedTuple):
    """Of a class: accepted without a person on images that are complete, and how many of them are right."""

    accepted: int = 0
    right: int = 0


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
    labels = mapping_for(project, version.classes)
    by_class, alone = verdicts_of(version, labels), alone_of(version)
    precision = project.auto_accept_precision
    classes = {
        name: {
            **calibration_of(verdicts, precision),
            **alone_block(alone.get(name, Alone()), precision),
            "label": labels[name],
        }
        for name, verdicts in by_class.items()
    }
    classes = json.loads(json.dumps(classes))  # to compare with what was stored
    known = version.calibration
    is_known = precision == known.get("precision") or not classes
    if is_known and classes == known.get("classes", {}):
        return False
    calibration = {
        "verdicts": sum(map(len, by_class.values())),
        "precision": precision,
        "at": timezone.now().isoformat(),
        "classes": classes,
    }
    ModelVersion.objects.filter(pk=version.pk).update(calibration=calibration)
    return True


def verdicts_of(version: ModelVersion, labels: dict[str, int | None]) -> dict[str, Verdicts]:
    """By class, of people. What a class means by ``labels`` counts: another label would be another question."""
    judged = Proposal.objects.filter(detection__model_version=version, outcome__in=JUDGED, by_machine=False)
    columns = ("pk", "class_name", "label_id", "confidence")
    newest = list(judged.order_by("-judged_at", "-pk").values_list(*columns)[:MOST_VERDICTS])
    right = set(judged.filter(RIGHT).values_list("pk", flat=True))
    by_class: dict[str, Verdicts] = defaultdict(list)
    for pk, name, label, confidence in reversed(newest):
        if labels.get(name) == label:
            by_class[name].append((confidence, pk in right))
    return dict(by_class)


def alone_of(version: ModelVersion) -> dict[str, Alone]:
    """By class."""
    accepted = Proposal.objects.filter(
        detection__model_version=version, by_machine=True, outcome__in=JUDGED, frame__status__in=Frame.DONE
    )
    counted = (
        accepted.order_by().values_list("class_name").annotate(n=Count("pk"), r=Count("pk", filter=RIGHT))
    )
    return {name: Alone(boxes, right) for name, boxes, right in counted}


def alone_block(alone: Alone, precision: float) -> dict[str, Any]:
    is_broken = wilson(alone.right, alone.accepted, BROKEN_DOUBT)[1] < precision
    return {"alone": alone._asdict(), "is_broken": is_broken}


def calibration_of(verdicts: Verdicts, precision: float) -> dict[str, Any]:
    """As in the calibration of metrics/evaluation.json, so that both are shown alike; but verdicts go on coming in, so
    the threshold is that of the newest look (training.calibration.standing)."""
    confidences = np.array([confidence for confidence, _ in verdicts], np.float64)
    right = np.array([is_right for _, is_right in verdicts], np.bool_)
    found = calibrate(confidences, right, precision=precision)
    promise, points = standing(confidences, right, precision), found["points"]
    return {
        **found,
        "points": points[:: max(1, -(-len(points) // MOST_POINTS))],
        "auto_accept": None if promise is None else asdict(promise),
    }
