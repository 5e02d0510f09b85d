"""How far confidences can be believed: from verdicts of people on proposals of what serves."""

import random
from uuid import uuid4

import pytest
from django.utils import timezone

from annotate.learning.calibration import recalibrate, recalibrate_all
from annotate.learning.promotion import promote
from annotate.models import Box, ClassMapping, Detection, ModelVersion, Proposal
from tests.datasets.conftest import Studio
from tests.figures.factory import Lab
from tests.sync.world import EDGES

from .conftest import AddModel


@pytest.fixture
def version(studio: Studio, add_model: AddModel) -> ModelVersion:
    version = add_model()
    promote(studio.world.project, version, user=None, kind="manual")
    studio.world.project.refresh_from_db()
    return version


def fresh(version: ModelVersion) -> ModelVersion:
    version.refresh_from_db()
    return version


def test_verdicts_of_people_count(studio: Studio, version: ModelVersion) -> None:
    lab = Lab(studio.world)
    frame = studio.add(1, boxes=0)[0]
    right, moved, shifted, wrong, relabelled, untouched = lab.detect(
        frame, version, (0.9, 0.8, 0.7, 0.6, 0.5, 0.4)
    )
    lab.change(frame, right, status="accepted")
    lab.change(frame, moved, status="accepted", x1=EDGES["x1"] + 5)
    lab.change(frame, shifted, status="accepted", x1=EDGES["x1"] + 60)
    lab.change(frame, wrong, status="rejected")
    lab.change(frame, relabelled, status="accepted", label=studio.world.labels["bus"])
    assert Box.objects.filter(pk=untouched, status="proposed").exists()
    assert recalibrate_all() == 1
    found = fresh(version).calibration
    assert (found["verdicts"], found["classes"]["car"]["verdicts"], found["classes"]["car"]["right"]) == (
        5,
        5,
        2,
    )
    assert found["classes"]["car"]["auto_accept"] is None


def test_nothing_new_writes_nothing(studio: Studio, version: ModelVersion) -> None:
    assert not recalibrate(studio.world.project)
    lab = Lab(studio.world)
    frame = studio.add(1, boxes=0)[0]
    [box] = lab.detect(frame, version)
    lab.change(frame, box, status="accepted")
    assert recalibrate(studio.world.project)
    assert not recalibrate(studio.world.project)


def judged(studio: Studio, version: ModelVersion, verdicts: list[tuple[float, bool]]) -> None:
    """Without the way through the editor: there are hundreds."""
    frame = studio.add(1, boxes=0)[0]
    detection = Detection.objects.create(
        project=studio.world.project, model_version=version, trigger="editor", scope="frame",
        confidence=0.1, iou=0.7, image_size=64,
    )  # fmt: skip
    template = Box.objects.get(pk=studio.draw(frame))
    for confidence, is_right in verdicts:
        template.pk = uuid4()
        Box.objects.bulk_create([template])
        Proposal.objects.create(
            box_id=template.pk, detection=detection, frame=frame, class_name="car", label_id=template.label_id,
            confidence=confidence, outcome="accepted" if is_right else "rejected", judged_at=timezone.now(), **EDGES,
        )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_a_threshold_stands_only_where_the_precision_is_guaranteed(
    studio: Studio, version: ModelVersion, seed: int
) -> None:
    dice = random.Random(seed)
    sure = [(dice.uniform(0.9, 1.0), True) for _ in range(210)]
    unsure = [(dice.uniform(0.2, 0.6), dice.random() < 0.5) for _ in range(90)]
    verdicts = dice.sample([*sure, *unsure], 300)
    judged(studio, version, verdicts[:299])
    recalibrate(studio.world.project)
    assert fresh(version).calibration["classes"]["car"]["auto_accept"] is None, (
        "between looks nothing is decided"
    )
    judged(studio, version, verdicts[299:])
    recalibrate(studio.world.project)
    promise = fresh(version).calibration["classes"]["car"]["auto_accept"]
    assert promise is not None and promise["threshold"] > 0.6 and promise["precision"] >= 0.95


def test_what_a_class_meant_before_is_no_evidence_for_what_it_means_now(
    studio: Studio, version: ModelVersion
) -> None:
    judged(studio, version, [(0.9, True)] * 5)
    cars = ClassMapping.objects.filter(project=studio.world.project, class_name="car")
    assert cars.update(label_id=studio.world.labels["bus"])
    recalibrate(studio.world.project)
    assert fresh(version).calibration.get("classes", {}) == {}


def test_a_model_for_everybody_is_not_calibrated_by_one_project(studio: Studio, add_model: AddModel) -> None:
    common = add_model(project=None)
    promote(studio.world.project, common, user=None, kind="manual")
    lab = Lab(studio.world)
    frame = studio.add(1, boxes=0)[0]
    [box] = lab.detect(frame, common)
    lab.change(frame, box, status="accepted")
    assert recalibrate_all() == 0 and fresh(common).calibration == {}
