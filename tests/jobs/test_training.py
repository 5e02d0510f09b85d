"""The job of a training: followed, ended, taken up again, and what becomes of the model that came out."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
from pytest_django.fixtures import Settings

from annotate.detection.versions import path_of, weights_path
from annotate.jobs import engine, processes, queue, training_course, training_folder
from annotate.jobs.run import JobRun
from annotate.jobs.runner import Runner
from annotate.jobs.train import CANCELLED, cancel, retry, settle_cleared_away
from annotate.jobs.train_request import RANGES, TrainingRefused, TrainWish, check_wish
from annotate.jobs.training_course import OUT_OF_MEMORY, OUT_OF_TIME, STOPPED_WITH_ERROR, Course
from annotate.models import Job, Label, ModelVersion, Project, Promotion, TrackingEvent, Training
from annotate.signals import training_finished
from annotate.training import params, workspace
from annotate.training.messages import MESSAGES
from annotate.training.params import checked
from annotate.training.problems import Problem
from tests.datasets.conftest import Studio, folders, studio
from tests.media.site import until

from .trainings import Gym, command, fresh, job_of, make_code

__all__ = ["folders", "studio"]

CHAMPION = {"map50_95": 0.4}


@pytest.fixture
def gym(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gym:
    code = make_code(tmp_path / "code")
    monkeypatch.setattr(training_folder, "CODE_ROOT", code)
    monkeypatch.setattr(workspace, "command", command)
    monkeypatch.setattr(training_course, "LOOK_S", 0.02)
    studio.add(12)
    return Gym(studio, code)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Course], None]], None]:
    """Something that happens while the pipeline runs, after its first epoch."""

    def arrange(act: Callable[[Course], None]) -> None:
        checked = Course.check_limits
        done: list[bool] = []

        def check(self: Course, program: processes.Program) -> None:
            if self.follower.epochs and not done:
                done.append(True)
                act(self)
            checked(self, program)

        monkeypatch.setattr(Course, "check_limits", check)

    return arrange


def members(folder: Path) -> list[psutil.Process]:
    """Processes that work in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()) == folder and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_a_model_comes_out_and_waits_for_a_decision(gym: Gym) -> None:
    training = gym.train()
    job = job_of(training)
    assert (job.state, job.done_units, job.total_units) == ("done", 3, 3)
    assert training.finished_at is not None and training.outcome == "challenger"
    version = training.model_version
    assert version is not None and version.project == training.project and version.classes == ["car", "bus"]
    assert path_of(version).read_bytes().startswith(b"onnx ")
    assert weights_path(training.weights_sha256, "pt").read_bytes().startswith(b"pt ")
    assert [row["map50_95"] for row in training.epochs] == [0.1, 0.2, 0.3]
    assert training.dataset_version is not None and training.dataset_version.counts["frames"] == 12
    assert Project.objects.get(pk=training.project_id).model_version is None


def test_what_can_be_had_again_is_removed_and_what_people_look_at_stays(gym: Gym) -> None:
    folder = gym.folder(gym.train())
    assert not (folder / "data").exists() and not (folder / "models" / "best.pt").exists()
    assert (folder / "samples" / "sample-1.jpg").exists() and (folder / "params.yaml").exists()
    assert not (folder / processes.MARK).exists()


def test_the_pipeline_gets_none_of_our_secrets(gym: Gym, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, str] = {}
    real = processes.start

    def note(words: Any, folder: Any, environment: Any, output: Any) -> processes.Program:
        given.update(environment)
        return real(words, folder, environment, output)

    monkeypatch.setattr(processes, "start", note)
    monkeypatch.setenv("HITL_SECRET_KEY", "very secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very secret")
    gym.train()
    assert "very secret" not in given.values() and "PATH" in given


def test_the_log_has_no_control_characters(gym: Gym) -> None:
    log = job_of(gym.train()).log
    assert "epoch 3 [31mof 3" in log and "\x1b" not in log


@pytest.mark.parametrize(
    ("low", "promotes_itself", "outcome", "serves"),
    [(0.01, True, "promoted", True), (0.01, False, "challenger", False), (-0.01, True, "kept_old", False)],
)
def test_the_rule_decides_and_the_project_says_who_acts(
    gym: Gym, low: float, promotes_itself: bool, outcome: str, serves: bool
) -> None:
    project = gym.studio.world.project
    Project.objects.filter(pk=project.pk).update(promotes_itself=promotes_itself)
    training = gym.train(low=low, champion=CHAMPION)
    project.refresh_from_db()
    assert training.outcome == outcome
    assert (project.model_version == training.model_version) == serves
    assert [one.kind for one in Promotion.objects.all()] == (["automatic"] if serves else [])


def test_the_end_is_told_once_and_after_everything_is_written(gym: Gym) -> None:
    told: list[tuple[str, bool]] = []

    def hear(training: Training, **_: Any) -> None:
        told.append((training.outcome, training.model_version is not None))

    training_finished.connect(hear)
    try:
        gym.train()
    finally:
        training_finished.disconnect(hear)
    assert told == [("challenger", True)]


def test_the_next_training_goes_on_from_the_champion(gym: Gym) -> None:
    Project.objects.update(promotes_itself=True)
    first = gym.train()
    assert first.params["train"]["base"] == "yolo26n" and first.params["evaluate"]["champion"] == ""
    second = gym.train(champion=CHAMPION)
    assert first.model_version is not None
    assert second.champion == first.model_version
    assert second.params["train"]["base"] == str(weights_path(first.weights_sha256, "pt"))
    assert second.params["evaluate"]["champion"] == str(path_of(first.model_version))


def test_nothing_new_means_the_same_dataset_version(gym: Gym) -> None:
    first, second = gym.train(), gym.train()
    assert first.dataset_version == second.dataset_version


def test_the_same_model_is_not_registered_twice(gym: Gym) -> None:
    first, second = gym.train(content="same"), gym.train(content="same")
    assert (first.outcome, second.outcome, second.model_version) == ("challenger", "kept_old", None)
    assert ModelVersion.objects.count() == 1


def test_a_class_that_is_deleted_meanwhile_breaks_nothing(
    gym: Gym, meanwhile: Callable[[Callable[[Course], None]], None]
) -> None:
    meanwhile(lambda course: Label.objects.filter(name="bus").delete() and None)
    Project.objects.update(promotes_itself=True)
    training = gym.train(epochs=5)
    assert training.outcome == "promoted"


def test_a_project_that_is_deleted_meanwhile_ends_the_pipeline(
    gym: Gym, meanwhile: Callable[[Callable[[Course], None]], None]
) -> None:
    training = gym.start()
    folder = gym.folder(training)
    meanwhile(lambda course: Job.objects.all().delete() and None)
    gym.order(hang_after=2)
    gym.work()
    assert members(folder) == []


def test_cancelling_ends_all_of_it_within_seconds(
    gym: Gym, meanwhile: Callable[[Callable[[Course], None]], None]
) -> None:
    meanwhile(lambda course: cancel(course.training))
    started = time.monotonic()
    training = gym.train(hang_after=1)
    assert time.monotonic() - started < 10
    assert (job_of(training).state, training.outcome, training.reason) == ("cancelled", "no_model", CANCELLED)
    assert members(gym.folder(training)) == [] and training.finished_at is not None


def test_a_waiting_training_is_cancelled_at_once_and_frees_the_place(gym: Gym) -> None:
    training = gym.start()
    cancel(training)
    assert (fresh(training).outcome, fresh(training).reason) == ("no_model", CANCELLED)
    gym.start()


def test_a_stage_that_refuses_is_heard(gym: Gym) -> None:
    problem = {"code": "loss_not_finite", "text": "The loss is not finite", "values": {"epoch": "2"}}
    training = gym.train(problem_after=2, problem=problem)
    job = job_of(training)
    assert (job.state, job.attempts, training.outcome) == ("failed", 1, "no_model")
    assert training.reason == MESSAGES["loss_not_finite"] % {"epoch": 2}
    assert job.result["problem"] == {"template": MESSAGES["loss_not_finite"], "values": {"epoch": "2"}}
    assert ModelVersion.objects.count() == 0


def test_an_error_that_nobody_foresaw_is_told_with_the_log(gym: Gym) -> None:
    training = gym.train(exit_after=1)
    assert (job_of(training).state, training.reason) == ("failed", STOPPED_WITH_ERROR)
    assert "epoch 1" in job_of(training).log


def test_a_failed_training_goes_on_where_it_stopped(gym: Gym) -> None:
    training = gym.train(exit_after=2)
    gym.order()
    assert retry(job_of(training))
    assert fresh(training).finished_at is None
    gym.work()
    training = fresh(training)
    assert training.outcome == "challenger" and len(training.epochs) == 3
    assert (gym.folder(training) / "epochs-done").read_text().split() == ["1", "2", "3"]


def test_a_failed_training_does_not_go_on_beside_another(gym: Gym) -> None:
    failed = gym.train(exit_after=1)
    gym.start()
    assert not retry(job_of(failed))
    assert job_of(failed).state == "failed" and fresh(failed).finished_at is not None


def test_weights_that_are_not_what_was_registered_are_not_used(gym: Gym) -> None:
    training = gym.train(registered="something else")
    assert training.outcome == "no_model" and ModelVersion.objects.count() == 0


def test_it_is_ended_when_it_takes_too_long(gym: Gym, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_course, "SLACK", 0.001)
    monkeypatch.setattr(training_course, "SLACK_S", -59.5)
    gym.order(hang_after=1)
    training = gym.start(time_limit_min=1)
    gym.work()
    assert (job_of(training).state, fresh(training).reason) == ("failed", OUT_OF_TIME)
    assert members(gym.folder(training)) == []


def test_it_is_ended_when_it_needs_too_much_memory(gym: Gym, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_course, "MEMORY_EVERY_S", 0.0)
    gym.order(hang_after=1, memory_mb=400)
    training = gym.start(memory_limit_mb=256)
    gym.work()
    assert (job_of(training).state, fresh(training).reason) == ("failed", OUT_OF_MEMORY)
    assert members(gym.folder(training)) == []


def test_a_worker_that_is_asked_to_stop_ends_the_pipeline_and_the_next_one_goes_on(
    gym: Gym, meanwhile: Callable[[Callable[[Course], None]], None]
) -> None:
    stop = threading.Event()
    meanwhile(lambda course: stop.set())
    gym.order(hang_after=2)
    training = gym.start()
    gym.work(stop)
    job = job_of(training)
    assert (job.state, job.attempts, fresh(training).finished_at) == ("queued", 0, None)
    assert members(gym.folder(training)) == []
    gym.order()
    gym.work()
    assert fresh(training).outcome == "challenger"
    assert (gym.folder(training) / "epochs-done").read_text().split() == ["1", "2", "3"]


def test_a_pipeline_that_a_dead_worker_left_is_found_and_followed(gym: Gym) -> None:
    gym.order(epochs=6, seconds=0.2)
    training = gym.start()
    left = leave_running(gym, training)
    gym.work()
    training = fresh(training)
    assert training.outcome == "challenger" and len(training.epochs) == 6
    assert (gym.folder(training) / "epochs-done").read_text().split() == ["1", "2", "3", "4", "5", "6"]
    assert left.poll() == 0


def leave_running(gym: Gym, training: Training) -> Any:
    """As after a kill -9 of the worker: the pipeline goes on, and its exit status is nobody's business here."""
    job = queue.claim(["train"])
    assert job is not None
    training_folder.prepare(JobRun(job, threading.Event()), fresh(training))
    program = training_folder.start(gym.folder(training))
    until(lambda: (gym.folder(training) / "progress.jsonl").exists(), "the pipeline runs")
    Job.objects.update(lease_until="2020-01-01T00:00:00Z")
    assert queue.requeue_expired() == 1 and program.child is not None
    threading.Thread(target=program.child.wait, daemon=True).start()  # as init would
    return program.child


def test_what_is_said_of_the_machine_is_told_once(gym: Gym) -> None:
    training = gym.train(seconds=0.2)
    events = TrackingEvent.objects.filter(kind="machine").order_by("pk")
    assert {event.stream for event in events} == {training.pk}
    told = [one["system"] for event in events for one in event.payload["samples"]]
    assert told == [{"cpu_utilization_percentage": value} for value in (10.0, 20.0, 30.0)]
    assert len(events) > 1, "as it goes on"


def test_a_pipeline_that_was_killed_is_begun_again_where_it_stopped(gym: Gym) -> None:
    gym.order(hang_after=1)
    training = gym.start()
    child = leave_running(gym, training)
    folder = gym.folder(training)
    os.kill(child.pid, signal.SIGKILL)
    until(lambda: processes.find(folder) is None, "it is gone")
    gym.order()
    gym.work()
    assert fresh(training).outcome == "challenger"


def test_a_number_that_another_process_has_by_now_is_not_taken_for_the_pipeline(tmp_path: Path) -> None:
    mine = processes.Mark(os.getpid(), 1.0, socket.gethostname())
    (tmp_path / processes.MARK).write_bytes(msgspec.json.encode(mine))
    assert processes.find(tmp_path) is None
    processes.end_leftovers(tmp_path)


def test_one_training_at_a_time(gym: Gym) -> None:
    gym.start()
    with pytest.raises(TrainingRefused) as refused:
        gym.start()
    assert refused.value.code == "busy" and Training.objects.count() == Job.objects.count() == 1


def test_m9_a_worker_that_died_three_times_ends_the_training_too(gym: Gym) -> None:
    training = gym.start()
    Job.objects.update(state="running", attempts=3, lease_until="2020-01-01T00:00:00Z")
    queue.requeue_expired()
    training = fresh(training)
    assert (training.outcome, training.reason) == ("no_model", queue.WORKER_LOST)
    gym.start()


def test_m9_a_job_that_was_cleared_away_ends_the_training_too(gym: Gym) -> None:
    training = gym.start()
    Job.objects.all().delete()
    assert settle_cleared_away() == 1 and fresh(training).outcome == "no_model"
    gym.start()


@pytest.mark.parametrize(
    "wish",
    [
        {"epochs": 0},
        {"patience": 0},
        {"batch": 513},
        {"epochs": 1001},
        {"image_size": 100},
        {"image_size": 4096},
        {"batch": -1},
        {"seed": -5},
        {"time_limit_min": 0},
        {"memory_limit_mb": 1},
    ],
)
def test_m10_absurd_parameters_are_refused(gym: Gym, wish: dict[str, int]) -> None:
    with pytest.raises(TrainingRefused) as refused:
        gym.start(**wish)
    assert refused.value.code == "range" and not Job.objects.exists()


@pytest.mark.parametrize("name", ["epochs", "image_size", "batch", "seed", "patience"])
def test_m10_what_may_be_asked_for_is_what_the_pipeline_takes(gym: Gym, name: str) -> None:
    low, high = RANGES[name]
    for value in (low, high):
        checked({"dataset": {"repository": "x", "version": 1}, "train": {name: value}})
        check_wish(gym.studio.world.project, TrainWish(**{name: value}))
    for value in (low - 1, high + 1):
        with pytest.raises(Problem):
            checked({"dataset": {"repository": "x", "version": 1}, "train": {name: value}})


@pytest.mark.parametrize(("few", "epochs"), [(1000, 60), (1, 30)])
def test_a_small_set_is_looked_at_more_often_unless_somebody_says_how_often(
    gym: Gym, monkeypatch: pytest.MonkeyPatch, few: int, epochs: int
) -> None:
    monkeypatch.setattr(training_folder, "GPU_FILES", ())
    monkeypatch.setattr(training_folder, "FEW_IMAGES", few)
    chosen = gym.train().params["train"]
    assert (chosen["epochs"], chosen["patience"]) == (epochs, 30)
    gym.order()
    training = gym.start(epochs=7, patience=3)
    gym.work()
    asked = fresh(training).params["train"]
    assert (asked["epochs"], asked["patience"]) == (7, 3)


def test_m10_a_parameter_that_the_pipeline_refuses_ends_it_with_the_reason(gym: Gym) -> None:
    """Asked for by an older version, say. It is not tried again, and no error that nobody foresaw."""
    training = gym.start()
    training.params["asked"]["patience"] = 0
    training.save()
    gym.work()
    job = job_of(training)
    assert (job.state, job.attempts) == ("failed", 1)
    assert fresh(training).outcome == "no_model" and "patience" in fresh(training).reason


def test_it_is_measured_by_what_the_project_promises(gym: Gym) -> None:
    Project.objects.update(auto_accept_precision=0.9, class_margin=0.2)
    gym.studio.world.project.refresh_from_db()
    gym.order()
    training = gym.start()
    Project.objects.update(auto_accept_precision=0.99, class_margin=0.3)
    gym.work()
    evaluate = fresh(training).params["evaluate"]
    assert (evaluate["auto_accept_precision"], evaluate["class_margin"]) == (0.9, 0.2)
    told = params.read(gym.folder(training) / params.FILE_NAME)
    assert told.evaluate.auto_accept_precision == 0.9


def test_a_model_that_takes_over_by_itself_serves_from_where_it_was_measured(gym: Gym) -> None:
    Project.objects.update(promotes_itself=True)
    assert gym.train(shown=0.41).outcome == "promoted"
    assert Project.objects.get(pk=gym.studio.world.project.pk).confidence == 0.41


def test_nothing_takes_over_by_itself_on_too_few_held_out_images(gym: Gym) -> None:
    Project.objects.update(promotes_itself=True)
    training = gym.train(frames=3, champion=CHAMPION)
    assert training.outcome == "challenger" and not Promotion.objects.exists()


def test_too_few_images_and_unknown_versions_are_refused(gym: Gym) -> None:
    with pytest.raises(TrainingRefused) as refused:
        gym.start(version=7)
    assert refused.value.code == "unknown_version"
    gym.studio.world.project.frames.update(status="in_progress")
    with pytest.raises(TrainingRefused) as refused:
        gym.start()
    assert refused.value.code == "too_few" and not Training.objects.exists()


def test_without_the_extras_nothing_starts_and_the_reason_is_said(
    gym: Gym, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    from annotate.jobs import train_request

    monkeypatch.setattr(train_request, "NEEDED", ("torch", "no_such_package_at_all"))
    with pytest.raises(TrainingRefused) as refused:
        gym.start()
    assert refused.value.code == "not_installed" and "no_such_package_at_all" in str(refused.value)
    settings.JOB_ENGINE = "celery"  # the worker is elsewhere; it says so itself
    monkeypatch.setattr(engine, "announce", lambda job: None)
    training = gym.start()
    assert Runner("train", threading.Event()).run_one()
    assert "no_such_package_at_all" in fresh(training).reason and job_of(training).attempts == 1
