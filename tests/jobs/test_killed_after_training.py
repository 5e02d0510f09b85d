"""The worker is killed between the end of a pipeline and the first proposals of its model: while weights are kept, the
model is registered and promoted, and while it looks at the images that nobody touched. Each time the next worker brings
it to the same end; nothing is done twice, and nothing is half there meanwhile.

Killed in the pipeline: tests/training/test_pipeline.py; while the pipeline runs: tests/faults/test_killed_trainer.py.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from annotate.ai.detector import Answer, Findings, Found, Timings
from annotate.detection.versions import path_of, weights_path
from annotate.geometry import Edges
from annotate.jobs import (
    detecting,
    minding,
    queue,
    repropose,
    train_outcome,
    training_course,
    training_folder,
    weights,
)
from annotate.jobs.runner import Runner
from annotate.learning import promotion
from annotate.learning.promotion import promote, roll_back
from annotate.models import (
    Box,
    Detection,
    DetectionFrame,
    Frame,
    Job,
    ModelVersion,
    Project,
    Promotion,
    Proposal,
    TrackingEvent,
    Training,
)
from annotate.training import workspace
from tests.datasets.conftest import Studio, committed_studio, folders
from tests.learning.conftest import add_model

from .killing import Killer, Place, in_a_process, places_passed
from .trainings import Gym, command, fresh, job_of, make_code

__all__ = ["add_model", "committed_studio", "folders"]

PROMOTION: tuple[Place, ...] = (
    (promotion, "_change"),
    (promotion, "bind_classes"),
    (repropose, "detection_for"),
    (queue, "enqueue"),
    (promotion, "close_trainings"),
)
CONCLUSION: tuple[Place, ...] = (
    (weights, "keep"),
    (hashlib, "file_digest"),  # a copy of weights is on the disk and not yet what it will be
    (train_outcome, "register"),
    (train_outcome, "finish"),
    (train_outcome, "promote"),
    *PROMOTION,
    (train_outcome, "trim"),
    (queue, "finish"),
)
PROPOSING: tuple[Place, ...] = (
    (detecting, "propose"),
    (detecting, "score_frames"),
    (detecting, "finish"),
    (queue, "finish"),
)
UNTOUCHED = 4


@pytest.fixture
def studio(committed_studio: Studio) -> Studio:
    """Really committed, so that it is there for a process of its own, and without what that one did not commit."""
    return committed_studio


@pytest.fixture
def gym(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gym:
    """A project that promotes by itself, with images to learn from and images that nobody has touched."""
    code = make_code(tmp_path / "code")
    monkeypatch.setattr(training_folder, "CODE_ROOT", code)
    monkeypatch.setattr(workspace, "command", command)
    monkeypatch.setattr(training_course, "LOOK_S", 0.02)
    studio.add(12)
    studio.add(UNTOUCHED, boxes=0, status="to_annotate")
    Project.objects.update(promotes_itself=True)
    gym = Gym(studio, code)
    gym.order(epochs=1, seconds=0.0, champion={"map50_95": 0.4}, low=0.01)
    return gym


def next_worker(lane: str) -> None:
    """Finds the job when its lease has run out; one whose end was written is nobody's any more."""
    Job.objects.filter(state="running").update(lease_until="2020-01-01T00:00:00Z")
    if queue.requeue_expired():
        assert Runner(lane, threading.Event()).run_one()


def check_nothing_of(training: Training, before: ModelVersion | None) -> None:
    """As long as the end of a training is not written, nobody sees anything of it."""
    assert training.outcome == "" and training.model_version is None
    assert not ModelVersion.objects.filter(origin=f"training {training.pk}").exists()
    assert not Promotion.objects.filter(training=training).exists()
    assert training.project.model_version == before


def check_all_of(gym: Gym, training: Training, before: ModelVersion | None) -> None:
    version = ModelVersion.objects.get(origin=f"training {training.pk}")
    assert (training.outcome, training.model_version) == ("promoted", version)
    done = Promotion.objects.get(training=training)
    assert (done.kind, done.model_version, done.previous) == ("automatic", version, before)
    assert training.project.model_version == version
    detection = Detection.objects.get(model_version=version)
    assert detection.trigger == "automatic" and detection.job is not None
    assert list(repropose.started_by_promotions(training.project_id)) == [detection], (
        "older ones were stopped"
    )
    for path, sha256 in (
        (path_of(version), version.sha256),
        (weights_path(training.weights_sha256, "pt"), training.weights_sha256),
    ):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    told = TrackingEvent.objects.filter(kind="trained", stream=training.pk)
    assert [event.payload["outcome"] for event in told] == ["challenger"], "its promotion is told by itself"
    promoted = TrackingEvent.objects.filter(kind="promoted").values_list("payload", flat=True)
    assert [one["version"] for one in promoted].count(version.pk) == 1


def half_copies(folder: Path) -> int:
    return len(list((folder / "models").rglob("*.new")))


def test_killed_while_a_training_is_concluded(
    gym: Gym, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gym.start()
    places = places_passed(gym.work, CONCLUSION)
    assert {name.partition(" ")[2] for name in places} == {name for _, name in CONCLUSION}
    written = []
    for at, place in enumerate(places, 1):
        before = Project.objects.get().model_version
        training = gym.start()

        def die(at: int = at) -> None:
            Killer(at).install(CONCLUSION)
            gym.work()

        assert in_a_process(die) == 9, place
        training = fresh(training)
        written.append(training.finished_at is not None)
        if written[-1]:
            check_all_of(gym, training, before)
        else:
            check_nothing_of(training, before)
        next_worker("train")
        training, job = fresh(training), job_of(training)
        check_all_of(gym, training, before)
        assert (job.state, job.done_units, job.total_units) == ("done", 1, 1), place
        assert not (gym.folder(training) / "data").exists(), place
        assert (gym.folder(training) / "epochs-done").read_text().split() == ["1"], "it was not trained again"
    assert written == sorted(written) and {*written} == {False, True}, "in one moment, somewhere between"
    minding.look()
    assert half_copies(tmp_path) == 4, "before and after each digest; somebody may still be writing them"
    monkeypatch.setattr(minding, "COPY_AGE_S", 0.0)
    minding.look()
    assert half_copies(tmp_path) == 0
    assert (
        Training.objects.count()
        == Promotion.objects.count()
        == ModelVersion.objects.count()
        == 1 + len(places)
    )


@pytest.mark.parametrize("action", ["promote", "roll back"])
def test_killed_in_a_promotion_by_hand(gym: Gym, add_model: Callable[..., ModelVersion], action: str) -> None:
    """By the web server, say: all of it is there or nothing, and whoever clicks again gets it."""
    project, owner = gym.studio.world.project, gym.studio.world.people["owner"]
    Project.objects.update(promotes_itself=False)
    old = add_model("Old")
    if action == "promote":
        promote(project, old, user=owner, kind="manual")
        training = gym.train(epochs=1, seconds=0.0, champion={"map50_95": 0.4}, low=0.01)
        version = training.model_version
        assert training.outcome == "challenger" and version is not None
        before, after = old, version

        def act() -> None:
            promote(project, version, user=owner, kind="manual", training=training)
    else:
        promote(project, old, user=owner, kind="manual")
        before, after = add_model("New"), old
        promote(project, before, user=owner, kind="manual")
        training = None

        def act() -> None:
            roll_back(project, owner)

    def seen() -> tuple[Any, ...]:
        counts = [model.objects.count() for model in (Promotion, Detection, Job, TrackingEvent)]
        waits = Job.objects.filter(cancel_requested=True).count()
        return Project.objects.get().model_version, waits, *counts, *Training.objects.values_list("outcome")

    def would() -> None:
        """Counts, and ends before it is committed."""
        with transaction.atomic():
            act()
            transaction.set_rollback(True)

    places, start = places_passed(would, PROMOTION), seen()
    assert start[0] == before
    for at, place in enumerate(places, 1):

        def die(at: int = at) -> None:
            Killer(at).install(PROMOTION)
            act()

        assert in_a_process(die) == 9, place
        assert seen() == start, place
    act()
    assert Project.objects.get().model_version == after
    assert seen()[2] == start[2] + 1
    detection = Detection.objects.get(job__state="queued")
    assert detection.model_version == after
    if training is not None:
        assert fresh(training).outcome == "promoted"


@pytest.fixture
def models(add_model: Callable[..., ModelVersion], monkeypatch: pytest.MonkeyPatch) -> list[ModelVersion]:
    """Two that look nowhere and find two boxes on every image, each its own."""
    found = [add_model("One", project=None), add_model("Two", project=None)]
    places = {version.sha256: 20.0 + 200 * number for number, version in enumerate(found)}

    def look(series: detecting.Series, frame_ids: Sequence[int]) -> Iterator[tuple[int, detecting.Looked]]:
        left = places[series.version.sha256]
        boxes = [
            Found(Edges(left, top, left + 60, top + 60), name, 0.6)
            for top, name in ((20, "car"), (120, "bus"))
        ]
        for frame_id in frame_ids:
            yield frame_id, (Answer((Findings(tuple(boxes)),), Timings()), {})

    monkeypatch.setattr(detecting.Series, "look_apart", look)
    monkeypatch.setattr(detecting, "SCORED_TOGETHER", 3)
    return found


def check_proposals(detection: Detection, frames: list[Frame]) -> None:
    """Of the new model, once on each image, in place of the old ones'; and the queue knows."""
    rows = DetectionFrame.objects.filter(detection=detection)
    assert sorted(rows.values_list("frame", flat=True)) == [frame.pk for frame in frames]
    for frame in Frame.objects.filter(pk__in=[frame.pk for frame in frames]):
        alive = Box.objects.filter(frame=frame, deleted_revision__isnull=True)
        assert sorted(alive.values_list("label__name", flat=True)) == ["bus", "car"]
        waiting = Proposal.objects.filter(frame=frame, outcome=Proposal.Outcome.OPEN)
        assert {one.detection_id for one in waiting} == {detection.pk} and len(waiting) == 2
        assert frame.score is not None
    assert detection.finished_at is not None
    assert TrackingEvent.objects.filter(kind="finished", stream=detection.pk).count() == 1


def test_killed_while_the_new_model_proposes(studio: Studio, models: list[ModelVersion]) -> None:
    frames = studio.add(UNTOUCHED, boxes=0, status="to_annotate")
    project, owner = studio.world.project, studio.world.people["owner"]

    def promoted(turn: int) -> Detection:
        Frame.objects.update(score=None)
        done = promote(project, models[turn % 2], user=owner, kind="manual")
        return Detection.objects.get(model_version=done.model_version, finished_at=None)

    def work() -> None:
        assert Runner("batch", threading.Event()).run_one()

    promoted(0)
    places = places_passed(work, PROPOSING)
    assert {name.partition(" ")[2] for name in places} == {name for _, name in PROPOSING}
    for at, place in enumerate(places, 1):
        detection = promoted(at)
        revisions = dict(Frame.objects.values_list("pk", "revision"))

        def die(at: int = at) -> None:
            Killer(at).install(PROPOSING)
            work()

        assert in_a_process(die) == 9, place
        next_worker("batch")
        detection.refresh_from_db()
        check_proposals(detection, frames)
        steps = {pk: revision - revisions[pk] for pk, revision in Frame.objects.values_list("pk", "revision")}
        assert set(steps.values()) == {4}, f"{place}: two boxes gone and two new ones, each once"
        assert Job.objects.get(detection=detection).state == "done"
