"""Dataset versions and trainings in MLflow: runs, inputs, files, the registry, and what serves."""

import contextlib
import json
import random
import re
import shutil
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from annotate.jobs.train import finish
from annotate.learning import promotion
from annotate.models import Job, Promotion, TrackingEvent, TrackingRelay, TrackingRun, Training
from annotate.tracking.kinds import KINDS
from annotate.tracking.openings import git_commit
from annotate.tracking.replay import replay
from annotate.tracking.rest import Mlflow
from annotate.tracking.training_files import workspace_of
from tests.figures.factory import make_version

from .conftest import Clock
from .course import Course
from .fake_mlflow import FakeMlflow, Run
from .relays import CutMlflow, Killed, relay_for, settle
from .visit import Visit

MANUAL = Promotion.Kind.MANUAL
CUTS = 8
"""Of the calls of a relay; test_relay.py cuts every one where less is told."""


def told(mlflow: FakeMlflow, clock: Clock) -> None:
    clock.forward(seconds=11)  # what nobody sends a signal for is looked for every ten
    settle(relay_for(mlflow, clock), clock)
    TrackingRelay.objects.all().delete()


def run_of(mlflow: FakeMlflow, training: Training) -> Run:
    [run] = [one for one in mlflow.runs.values() if one.tags["event_id"] == training.pk.hex]
    return run


def aliases(mlflow: FakeMlflow) -> dict[str, str]:
    [(_, found)] = mlflow.registry().values()
    return dict(found)


TAGS = (
    "kind", "project", "user", "dataset_version", "model_version", "trigger", "git_commit", "page",
    "mlflow.source.git.commit", "mlflow.note.content", "event_id",
)  # fmt: skip


class TestTheRuns:
    def test_a_dataset_version_says_how_much_there_is(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        version = course.version()
        told(mlflow, clock)
        [run] = mlflow.runs.values()
        assert (run.tags["kind"], run.status) == ("dataset_version", "FINISHED")
        assert run.name == f"Dataset v1 · {version.created_at:%Y-%m-%d %H:%M}"
        assert run.tags["dataset_version"] == "v1"
        assert run.tags["git_commit"] == version.git_commit
        assert mlflow.last(run)["labels/car"] == 100
        [data] = [json.loads(one) for one in run.inputs]
        assert data["dataset"]["name"] == f"{course.project.name}/v1"
        assert data["dataset"]["digest"] == version.digest
        assert "555" not in json.dumps([run.tags, run.params, str(run.artifacts)])

    def test_a_training_has_a_name_to_read_and_its_data(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        training = course.whole()
        told(mlflow, clock)
        run = run_of(mlflow, training)
        assert run.name == f"Training on v1 · yolo26n · {training.created_at:%Y-%m-%d %H:%M}"
        assert run.params["train/epochs"] == "3"
        assert run.params["train/base"] == "yolo26n.pt"
        assert {name: run.tags[name] for name in ("kind", "dataset_version", "trigger", "outcome")} == {
            "kind": "training", "dataset_version": "v1", "trigger": "button", "outcome": "challenger",
        }  # fmt: skip
        assert "dataset version v1" in run.tags["mlflow.note.content"]
        [data] = [json.loads(one) for one in run.inputs]
        assert data["tags"] == [{"key": "mlflow.data.context", "value": "training"}]
        assert data["dataset"]["digest"] == training.dataset_version.digest  # type: ignore[union-attr]

    def test_its_epochs_are_steps_and_its_evaluation_is_told(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        training = course.start()
        course.learn(training, 1, 2, 3)
        course.finish(training, champion=0.4, challenger=0.6)
        told(mlflow, clock)
        run = run_of(mlflow, training)
        steps: dict[str, list[int]] = {key: [] for key, *_ in run.metrics}
        for key, _value, _at, step in sorted(run.metrics):
            steps[key].append(step)
        assert steps["metrics/mAP50-95B"] == [1, 2, 3]
        assert "nothing" not in steps
        last = mlflow.last(run)
        assert (last["challenger/map50"], last["champion/map50"]) == (0.6, 0.4)
        assert last["difference/map50_95/low"] == pytest.approx(0.09)
        assert last["challenger/map50_95 of car"] == 0.3
        assert run.status == "FINISHED"

    def test_the_machine_is_seen_from_the_first_sample_on(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        training = course.start()
        course.work_hard(training, 0)
        told(mlflow, clock)
        run = run_of(mlflow, training)
        assert (run.status, run.tags["dataset_version"]) == ("RUNNING", "v1")
        course.work_hard(training, 0, 10)  # a worker that took the job up reads it again
        course.work_hard(training, 10, 20)
        told(mlflow, clock)
        name = "system/cpu_utilization_percentage"
        points = sorted((step, value, at) for key, value, at, step in run.metrics if key == name)
        noon = 1_795_608_000_000
        assert points == [(1, 50.0, noon), (2, 60.0, noon + 10_000), (3, 70.0, noon + 20_000)]
        assert {key for key, *_ in run.metrics} == {name}, "what is not known is no point"

    def test_it_is_live(self, course: Course, mlflow: FakeMlflow, clock: Clock) -> None:
        training = course.start()
        course.learn(training, 1)
        told(mlflow, clock)
        run = run_of(mlflow, training)
        assert (run.status, mlflow.last(run)["train/box_loss"]) == ("RUNNING", 2.0)
        events = TrackingEvent.objects.count()
        told(mlflow, clock)
        assert TrackingEvent.objects.count() == events
        course.learn(training, 2)
        told(mlflow, clock)
        assert mlflow.last(run)["train/box_loss"] == 1.0
        course.finish(training)
        told(mlflow, clock)
        assert len([one for one in run.metrics if one[0] == "train/box_loss"]) == 2
        assert run.status == "FINISHED"

    def test_its_files_are_there_and_weights_come_from_the_models(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        training = course.whole()
        told(mlflow, clock)
        run = run_of(mlflow, training)
        assert sorted(run.artifacts) == [
            "data.yaml", "dvc.lock", "metrics/epochs.csv", "metrics/evaluation.json", "models/registration.json",
            "params.yaml", "plots/confusion_matrix.png", "plots/pr.csv", "samples/1.jpg", "weights/best.onnx",
            "weights/best.pt",
        ]  # fmt: skip
        assert run.artifacts["weights/best.pt"].startswith(b"pt ")
        assert run.artifacts["weights/best.onnx"].startswith(b"onnx ")
        assert run.artifacts["params.yaml"].splitlines()[4] == b'  base: "yolo26n.pt"'

    def test_l10_it_tells_no_path_of_this_machine(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        course.user.username = course.user.email = "ann@example.org"
        course.user.save()
        training = course.whole()
        told(mlflow, clock)
        assert run_of(mlflow, training).artifacts["dvc.lock"] == b"path: .\n"
        for run in mlflow.runs.values():
            words = json.dumps([run.name, run.tags, run.params, sorted(run.inputs), str(run.artifacts)])
            assert "@example" not in words
            assert not re.search(r"/(home|tmp|work|root|var)/", words)

    @pytest.mark.parametrize(("cancelled", "status"), [(True, "KILLED"), (False, "FAILED")])
    def test_it_says_when_no_model_came_out(
        self, cancelled: bool, status: str, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        training = course.start()
        course.learn(training, 1)
        Job.objects.filter(training=training).update(cancel_requested=cancelled)
        assert finish(training, Training.Outcome.NO_MODEL, reason="Cannot read /home/ann/x")
        told(mlflow, clock)
        run = run_of(mlflow, training)
        assert run.status == status
        assert mlflow.last(run)["train/box_loss"] == 2.0
        assert "reason" not in run.tags
        assert mlflow.models == {}

    def test_a_training_that_nobody_closed_is_not_said_to_run(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        training = course.start()
        course.learn(training, 1)
        told(mlflow, clock)
        Job.objects.filter(training=training).update(state="failed", finished_at=timezone.now())
        told(mlflow, clock)
        assert run_of(mlflow, training).status == "FAILED"

    def test_one_that_is_taken_up_again_ends_as_it_ends(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        training = course.start()
        course.learn(training, 1)
        finish(training, Training.Outcome.NO_MODEL)
        told(mlflow, clock)
        Training.objects.update(finished_at=None, outcome="")
        training.refresh_from_db()
        course.learn(training, 1, 2)
        course.finish(training)
        told(mlflow, clock)
        run = run_of(mlflow, training)
        assert run.status == "FINISHED"
        assert sorted(step for key, _, _, step in run.metrics if key == "train/box_loss") == [1, 2]
        before = mlflow.picture()
        mlflow.wipe()
        replay(Mlflow(mlflow.url), None, lambda line: None)
        assert mlflow.picture() == before

    def test_other_runs_say_which_data_they_have_to_do_with(
        self, course: Course, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        training = course.whole()
        visit.version = training.model_version
        visit.detect()
        visit.draw()
        told(mlflow, clock)
        kinds = {run.tags["kind"]: run.tags["dataset_version"] for run in mlflow.runs.values()}
        assert kinds == dict.fromkeys(
            ("annotation_session", "detection", "dataset_version", "training"), "v1"
        )

    def test_every_run_has_every_tag_also_of_what_there_is_none(
        self,
        course: Course,
        visit: Visit,
        mlflow: FakeMlflow,
        clock: Clock,
        settings: Settings,
        tmp_path: Path,
    ) -> None:
        """A person works before there is any version, with a model that nobody trained here, by a program without a
        commit."""
        settings.BASE_DIR, settings.GIT_COMMIT = tmp_path, ""
        git_commit.cache_clear()
        visit.version = make_version("Untrained")
        visit.detect()
        told(mlflow, clock)
        course.whole()
        told(mlflow, clock)
        git_commit.cache_clear()
        runs = {run.tags["kind"]: run.tags for run in mlflow.runs.values()}
        assert set(runs) == set(KINDS)
        for given in runs.values():
            assert [name for name in TAGS if not given.get(name)] == []
        for name in ("annotation_session", "detection"):
            assert (runs[name]["dataset_version"], runs[name]["git_commit"]) == ("none", "none")
        assert runs["dataset_version"]["model_version"] == "none"
        assert runs["detection"]["mlflow.source.git.commit"] == "none"


class TestTheRegistry:
    def test_a_model_version_says_what_it_is(self, course: Course, mlflow: FakeMlflow, clock: Clock) -> None:
        training = course.whole()
        told(mlflow, clock)
        [(name, model)] = mlflow.models.items()
        assert name == f"{course.project.name} {course.project.pk}"
        [version] = model.versions.values()
        run, tags = run_of(mlflow, training), {one["key"]: one["value"] for one in version["tags"]}
        assert version["source"] == f"mlflow-artifacts:/{run.experiment}/{run.run_id}/artifacts/weights"
        assert version["run_id"] == run.run_id
        assert training.model_version is not None
        assert tags["sha256"] == training.model_version.sha256
        assert tags["classes"] == "car, bus"
        assert tags["dataset_digest"].endswith(".dir")

    def test_aliases_say_what_serves_and_what_waits(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        first = course.whole()
        told(mlflow, clock)
        assert aliases(mlflow) == {"challenger": first.pk.hex}
        promote(course, first)
        told(mlflow, clock)
        assert aliases(mlflow) == {"champion": first.pk.hex}
        assert run_of(mlflow, first).tags["outcome"] == "promoted"
        second = next_one(course)
        told(mlflow, clock)
        assert aliases(mlflow) == {"champion": first.pk.hex, "challenger": second.pk.hex}
        promote(course, second)
        told(mlflow, clock)
        assert aliases(mlflow) == {"champion": second.pk.hex}
        promotion.roll_back(course.project, course.user)
        told(mlflow, clock)
        assert aliases(mlflow) == {"champion": first.pk.hex}
        assert run_of(mlflow, first).tags["promotion"] == "rollback"
        promotion.roll_back(course.project, course.user)  # to the default of the installation
        told(mlflow, clock)
        assert aliases(mlflow) == {}
        assert run_of(mlflow, first).tags["promotion"] == "replaced"

    def test_who_keeps_the_old_model_takes_the_alias_away(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        training = course.whole()
        told(mlflow, clock)
        promotion.keep_old(training, course.user)
        told(mlflow, clock)
        assert aliases(mlflow) == {}
        assert run_of(mlflow, training).tags["outcome"] == "kept_old"

    def test_a_version_is_not_made_twice(self, course: Course, mlflow: FakeMlflow, clock: Clock) -> None:
        """Also where the answer to the first request was lost."""
        course.whole()
        told(mlflow, clock)
        [(name, model)] = mlflow.models.items()
        mlflow.model_versions_create(dict(model.versions["1"]))
        assert len(model.versions) == 2
        TrackingRun.objects.update(delivered=0)
        told(mlflow, clock)
        assert list(model.versions) == ["1"]

    def test_a_name_that_somebody_else_has_is_left_to_them(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        taken = f"{course.project.name} {course.project.pk}"
        mlflow.registered_models_create({"name": taken, "tags": []})
        course.whole()
        told(mlflow, clock)
        assert mlflow.models[taken].versions == {}
        assert len(mlflow.models[f"{taken} (hitl)"].versions) == 1

    def test_any_name_of_a_project_makes_one_that_mlflow_takes(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        course.project.name = "Vögel: /@ 'Küste' 鳥 " + "x" * 90
        course.project.save()
        course.whole()
        told(mlflow, clock)
        [name] = mlflow.models
        assert name.startswith("Vögel Küste 鳥 xxx") and len(name) < 120
        assert not set(name) & set("/:@'\"")


def promote(course: Course, training: Training) -> None:
    assert training.model_version is not None
    promotion.promote(
        course.project, training.model_version, user=course.user, kind=MANUAL, training=training
    )
    course.project.refresh_from_db()


def next_one(course: Course) -> Training:
    """Compared with what serves, and better."""
    training = course.start()
    course.learn(training, 1)
    course.finish(training, champion=0.5, challenger=0.8)
    training.refresh_from_db()
    return training


def everything(course: Course, mlflow: FakeMlflow, clock: Clock) -> None:
    first = course.whole()
    promote(course, first)
    promote(course, next_one(course))
    promotion.roll_back(course.project, course.user)
    told(mlflow, clock)


class TestReplay:
    def test_it_is_the_same_and_the_aliases_too(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        everything(course, mlflow, clock)
        whole, registry = mlflow.picture(), mlflow.registry()
        course.project.name = "Another name"
        course.project.save()
        mlflow.models.clear()
        for _ in range(2):  # from nothing, then where everything is there
            assert replay(Mlflow(mlflow.url), None, lambda line: None) == 0
            TrackingRelay.objects.all().delete()
            assert mlflow.picture() == whole
        [(versions, found)] = mlflow.registry().values()
        [(before, wanted)] = registry.values()
        assert (sorted(versions), found) == (sorted(before), wanted)

    def test_without_the_workspace_all_but_its_files_comes_back(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        training = course.whole()
        told(mlflow, clock)
        before = mlflow.picture()[training.pk.hex]
        shutil.rmtree(workspace_of(training))
        mlflow.wipe()
        replay(Mlflow(mlflow.url), None, lambda line: None)
        after = mlflow.picture()[training.pk.hex]
        kept = ["data.yaml", "params.yaml", "weights/best.onnx", "weights/best.pt"]
        assert sorted(after.pop("artifacts")) == kept
        del before["artifacts"]
        assert after == before

    def test_however_often_the_relay_is_killed(
        self, course: Course, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        promote(course, course.whole())
        told(mlflow, clock)
        whole, registry = mlflow.picture(), mlflow.registry()
        calls = len(mlflow.calls)
        dice = random.Random(5)
        for cut in sorted(dice.sample(range(1, calls + 1), CUTS)):
            mlflow.wipe()
            TrackingRun.objects.update(delivered=0, mlflow_run="", experiment="", problem="")
            dying = CutMlflow(mlflow.url, cut, is_done=dice.random() < 0.5)
            with contextlib.suppress(Killed):
                settle(relay_for(mlflow, clock, dying), clock)
            clock.forward(seconds=31)
            told(mlflow, clock)
            assert (mlflow.picture(), mlflow.registry()) == (whole, registry), f"cut at call {cut}"
