"""When it is time to train: the arithmetic, what counts as newly labelled, and the alarm of drift."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from annotate.frames import set_status
from annotate.geometry import Edges
from annotate.jobs import minding, train_request
from annotate.jobs.train import start_training
from annotate.learning import trigger
from annotate.learning.promotion import promote
from annotate.learning.trigger import (
    DRIFT_FRAMES,
    Drift,
    agreement,
    drift_of,
    may_start_by_itself,
    need_of,
    wanted_after,
)
from annotate.models import (
    DatasetVersion,
    Detection,
    DetectionFrame,
    Frame,
    ModelVersion,
    Project,
    StatusChange,
    Training,
)
from annotate.queue.scoring import Found
from tests.datasets.conftest import Studio
from tests.sync.world import EDGES

from .conftest import AddModel, AddTraining


@pytest.mark.parametrize(
    ("trained", "wanted"), [(0, 50), (499, 50), (500, 50), (501, 51), (510, 51), (511, 52), (10_000, 1000)]
)
def test_a_tenth_or_fifty_whichever_is_more(trained: int, wanted: int) -> None:
    assert wanted_after(trained) == wanted


def version_of(studio: Studio, *, days_ago: float = 1, frames: int = 20) -> DatasetVersion:
    return DatasetVersion.objects.create(
        project=studio.world.project,
        number=DatasetVersion.objects.count() + 1,
        git_commit="0" * 40,
        digest="0" * 32 + ".dir",
        counts={"frames": frames},
        created_at=timezone.now() - timedelta(days=days_ago),
    )


def complete(studio: Studio, count: int, **fields: Any) -> list[Frame]:
    frames = studio.add(count, status="in_progress", **{"boxes": 0, **fields})
    for frame in frames:
        set_status(frame.pk, "complete", studio.world.people["annotator"])
    return frames


def test_before_the_first_training_all_complete_images_count(studio: Studio) -> None:
    complete(studio, 3)
    studio.add(2, status="in_progress")
    need = need_of(studio.world.project)
    assert (need.new, need.wanted, need.last, need.is_due) == (3, 50, None, False)


def test_after_it_those_that_were_completed_since(studio: Studio, add_training: AddTraining) -> None:
    old = complete(studio, 4)
    later = timezone.now() + timedelta(hours=1)
    version = version_of(studio, frames=600)
    DatasetVersion.objects.filter(pk=version.pk).update(created_at=later)
    add_training(dataset_version=version)
    assert need_of(studio.world.project).new == 0
    DatasetVersion.objects.filter(pk=version.pk).update(created_at=timezone.now() - timedelta(hours=1))
    need = need_of(studio.world.project)
    assert (need.new, need.wanted) == (4, 60)
    set_status(old[0].pk, "in_progress", studio.world.people["annotator"])
    assert need_of(studio.world.project).new == 3
    set_status(old[0].pk, "complete", studio.world.people["annotator"])
    assert need_of(studio.world.project).new == 4


def test_a_training_without_a_model_does_not_count(studio: Studio, add_training: AddTraining) -> None:
    complete(studio, 2)
    version = version_of(studio, days_ago=-1)
    add_training(dataset_version=version, outcome="no_model")
    assert need_of(studio.world.project).last is None


def test_who_may_start_by_itself(studio: Studio, add_training: AddTraining) -> None:
    project = studio.world.project
    assert not may_start_by_itself(project)
    project.training_mode = Project.TrainingMode.AUTOMATIC
    assert may_start_by_itself(project)
    failed = add_training(outcome="no_model")
    assert not may_start_by_itself(project)
    assert may_start_by_itself(project, timezone.now() + timedelta(hours=7))
    Training.objects.filter(pk=failed.pk).update(outcome="kept_old")
    assert may_start_by_itself(project)
    Training.objects.filter(pk=failed.pk).update(finished_at=None)
    assert not may_start_by_itself(project)


def test_housekeeping_starts_what_is_due_once(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_request, "NEEDED", ())
    studio.add(50, boxes=0)
    assert minding.start_due() == []
    Project.objects.update(training_mode="ask")
    assert minding.start_due() == []
    Project.objects.update(training_mode="automatic")
    [training] = minding.start_due()
    assert (training.trigger, training.created_by) == ("automatic", None)
    assert minding.start_due() == []


def test_housekeeping_starts_nothing_too_early(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_request, "NEEDED", ())
    Project.objects.update(training_mode="automatic")
    studio.add(49, boxes=0)
    assert minding.start_due() == []


def test_housekeeping_removes_folders_of_trainings_that_are_gone(
    studio: Studio, add_training: AddTraining, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(minding, "FOLDER_AGE_S", -1.0)
    kept, orphan, other = str(add_training().pk), str(uuid4()), "notes"
    for name in (kept, orphan, other):
        (settings.TRAININGS_DIR / name).mkdir(parents=True)
    assert minding.remove_orphans() == 1
    assert sorted(one.name for one in settings.TRAININGS_DIR.iterdir()) == sorted([kept, other])


@pytest.mark.parametrize(
    ("worse", "frames", "is_alarm"),
    [(20, 20, True), (17, 20, True), (15, 20, False), (19, 19, False), (70, 100, True), (60, 100, False)],
)
def test_the_alarm_of_drift_needs_enough_images_and_certainty(
    worse: int, frames: int, is_alarm: bool
) -> None:
    assert Drift(frames, worse, 0.8).is_alarm == is_alarm


def test_agreement_of_one_image() -> None:
    car, far = Found(Edges(0, 0, 10, 10), 1, 0.9), Found(Edges(50, 50, 60, 60), 1, 0.9)
    assert agreement([], []) == 1.0 and agreement([car], []) == 0.0 and agreement([], [car]) == 0.0
    assert agreement([car], [car]) == 1.0 and agreement([car, far], [car]) == pytest.approx(2 / 3)
    assert agreement([car], [Found(car.edges, 2, 1.0)]) == 0.0


@pytest.fixture
def served(studio: Studio, add_model: AddModel, add_training: AddTraining) -> ModelVersion:
    training = add_training(dataset_version=version_of(studio))
    assert training.model_version is not None
    promote(studio.world.project, training.model_version, user=None, kind="manual", training=training)
    studio.world.project.refresh_from_db()
    return training.model_version


def look_in_silence(studio: Studio, version: ModelVersion, frame: Frame, *, finds: bool) -> None:
    detection = Detection.objects.create(
        project=studio.world.project, model_version=version, trigger="automatic", scope="project",
        confidence=0.25, iou=0.7, image_size=64,
    )  # fmt: skip
    found = [{**EDGES, "x1": 0.0, "x2": 50.0, "class": "car", "confidence": 0.9}] if finds else []
    DetectionFrame.objects.create(detection=detection, frame=frame, revision=0, is_silent=True, found=found)


def test_drift_is_seen_on_blind_images_alone(studio: Studio, served: ModelVersion) -> None:
    project, since = studio.world.project, timezone.now() - timedelta(hours=1)
    assert drift_of(project, since) is None
    frames = complete(studio, DRIFT_FRAMES, is_blind=True, boxes=1)
    shown = complete(studio, 3, boxes=1)
    for number, frame in enumerate([*frames, *shown]):
        look_in_silence(studio, served, frame, finds=number < 2)
    drift = drift_of(project, since)
    assert drift is not None and (drift.frames, drift.worse) == (DRIFT_FRAMES, DRIFT_FRAMES - 2)
    assert drift.expected == pytest.approx(0.8) and drift.is_alarm
    assert need_of(project).is_due
    assert drift_of(project, timezone.now() + timedelta(hours=1)) is None


def test_an_image_counts_once_by_what_was_found_last_however_often_anybody_looked(
    studio: Studio, served: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trigger, "MOST_DRIFT_FRAMES", DRIFT_FRAMES)
    people = studio.world.people
    frames = complete(studio, DRIFT_FRAMES, is_blind=True, boxes=1)
    for finds in (True, False):
        for frame in frames:
            look_in_silence(studio, served, frame, finds=finds)
            set_status(frame.pk, "in_progress", people["annotator"])
            set_status(frame.pk, "complete", people["annotator"])
    since = timezone.now() - timedelta(hours=1)
    drift = drift_of(studio.world.project, since)
    assert drift is not None and (drift.frames, drift.worse) == (DRIFT_FRAMES, DRIFT_FRAMES)
    StatusChange.objects.filter(after="complete").update(created_at=since - timedelta(hours=1))
    assert drift_of(studio.world.project, since) is None, "reopened since, and completed before"


def test_a_model_that_does_as_it_was_measured_raises_no_alarm(studio: Studio, served: ModelVersion) -> None:
    frames = complete(studio, DRIFT_FRAMES, is_blind=True, boxes=1)
    for number, frame in enumerate(frames):
        look_in_silence(studio, served, frame, finds=number % 10 < 8)
    drift = drift_of(studio.world.project, timezone.now() - timedelta(hours=1))
    assert drift is not None and not drift.is_alarm


def test_two_starts_at_once_become_one(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check before and the constraint behind: the second one meets the constraint alone."""
    monkeypatch.setattr(train_request, "NEEDED", ())
    studio.add(12, boxes=0)
    wish = train_request.TrainWish()
    start_training(studio.world.project, wish, user=None, trigger="api")
    monkeypatch.setattr(Training.objects, "filter", lambda **_: Training.objects.none())
    with pytest.raises(train_request.TrainingRefused) as refused:
        start_training(studio.world.project, wish, user=None, trigger="api")
    monkeypatch.undo()
    assert refused.value.code == "busy" and Training.objects.count() == 1
