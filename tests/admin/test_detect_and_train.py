"""Detecting again and training from the desk, as far as they go: a real small model, a pipeline that trains nothing."""

from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from annotate.jobs import training_course, training_folder
from annotate.jobs.train_request import TrainWish
from annotate.models import Box, Detection, Job, Label, ModelVersion, Project, Training, User
from annotate.training import workspace
from tests.admin.conftest import choose, confirm, run_now
from tests.api.conftest import HANDLER
from tests.datasets.conftest import Studio, studio
from tests.detection.test_detecting import add_picture, folders, model, work
from tests.jobs.trainings import Gym, command, fresh, make_code
from tests.sync.world import World, make_world

__all__ = ["folders", "model", "studio"]


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def staff(*rights: str) -> Client:
    """Somebody who is a member of no project, with these permissions."""
    user, _made = User.objects.get_or_create(username="desk", defaults={"is_staff": True})
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


DETECTS = ("view_frame", "detect_frame")


def page_of(job: Job) -> str:
    return reverse("admin:annotate_job_progress", args=[job.pk])


def take_back(client: Client, job: Job) -> Job:
    known = set(Job.objects.values_list("pk", flat=True))
    answer = client.post(page_of(job), {"action": "undo"})
    undo = Job.objects.exclude(pk__in=known).get()
    assert answer["Location"] == page_of(undo)
    return undo


def alive() -> int:
    return Box.objects.filter(deleted_revision=None).count()


class TestDetecting:
    def test_preview_start_and_taking_it_back(self, world: World, model: ModelVersion) -> None:
        frames = [add_picture(world, number) for number in range(3)]
        keys, client = [frame.pk for frame in frames[:2]], staff(*DETECTS)
        page = choose(client, "frame", "detect", keys)
        assert "Detect on 2 images?" in page and "You can take all of it back afterwards" in page
        assert f"<td>{world.project.name}</td>" in page and f"<td>{model}</td>" in page
        assert not Detection.objects.exists() and alive() == 0, "nothing happens before it is confirmed"
        job = confirm(client, "frame", "detect", page)
        detection = Detection.objects.get(job=job)
        assert (job.kind, job.project, detection.scope) == ("detect_many", world.project, "selection")
        assert detection.frame_ids == sorted(keys) and detection.created_by == job.created_by
        assert (detection.model_version, detection.confidence) == (model, world.project.confidence)
        waiting = client.get(page_of(job)).content.decode()
        assert (
            "Take it back" not in waiting and client.post(page_of(job), {"action": "undo"}).status_code == 403
        )
        work()
        assert alive() == 4
        page = client.get(page_of(job)).content.decode()
        assert "<strong>4</strong> proposals made" in page and "Take it back" in page
        judged = Box.objects.filter(frame=frames[0]).earliest("x1")
        world.author(frames[0]).do(
            "set", judged.pk, status="accepted", base={"status": judged.versions["status"]}
        )
        Job.objects.filter(pk=job.pk).update(state="running")
        assert "Take it back" not in client.get(page_of(job)).content.decode()
        Job.objects.filter(pk=job.pk).update(state="done")
        undo = take_back(client, job)
        assert run_now(undo) == {"removed": 3, "judged": 1}
        assert [box.pk for box in Box.objects.filter(deleted_revision=None)] == [judged.pk]
        page = client.get(page_of(undo)).content.decode()
        assert "Undo: Detect on images" in page and "Take it back" not in page and page_of(job) in page
        assert "<strong>1</strong> kept, as people judged or changed them" in page
        assert LogEntry.objects.filter(object_id__in=[str(job.pk), str(undo.pk)]).count() == 2

    def test_it_replaces_and_brings_back(self, world: World, model: ModelVersion) -> None:
        frame, client = add_picture(world, 1), staff(*DETECTS)
        for confidence in (0.25, 0.7):
            Project.objects.update(confidence=confidence)
            job = confirm(client, "frame", "detect", choose(client, "frame", "detect", [frame.pk]))
            work("detect")
        page = client.get(page_of(job)).content.decode()
        assert "<strong>1</strong> older proposals replaced" in page and alive() == 1
        assert run_now(take_back(client, job)) == {"brought_back": 1}
        assert alive() == 2

    def test_each_project_gets_a_detection_of_its_own(self, world: World, model: ModelVersion) -> None:
        other, client = make_world(), staff(*DETECTS, "view_job")
        frames = [add_picture(one, number) for number, one in enumerate((world, other))]
        page = choose(client, "frame", "detect", [frame.pk for frame in frames])
        form = {
            "chosen": page.partition('name="chosen" value="')[2].partition('"')[0],
            "digest": "",
            "confirm": "1",
        }
        answer = client.post(reverse("admin:annotate_frame_do", args=["detect"]), form)
        assert answer["Location"].startswith(reverse("admin:annotate_job_changelist"))
        projects = set(Detection.objects.values_list("project", flat=True))
        assert projects == {world.project.pk, other.project.pk} and Detection.objects.count() == 2

    def test_d2_taking_back_needs_the_right_to_detect(self, world: World, model: ModelVersion) -> None:
        frame, client = add_picture(world, 1), staff(*DETECTS)
        job = confirm(client, "frame", "detect", choose(client, "frame", "detect", [frame.pk]))
        work("detect")
        looking = staff("view_job", "change_frame", "curate_box")
        assert "Take it back" not in looking.get(page_of(job)).content.decode()
        assert looking.post(page_of(job), {"action": "undo"}).status_code == 403
        assert alive() == 2

    def test_the_api_takes_one_back_too(self, world: World, model: ModelVersion) -> None:
        frame, client = add_picture(world, 1), staff(*DETECTS)
        job = confirm(client, "frame", "detect", choose(client, "frame", "detect", [frame.pk]))
        address = f"/api/v1/projects/{world.project.pk}/jobs/{job.pk}/undo"

        def ask(who: str) -> int:
            caller = Client()
            caller.handler = HANDLER
            caller.force_login(world.people[who])
            return caller.post(address, content_type="application/json").status_code

        assert ask("reviewer") == 409, "it has not run yet"
        work("detect")
        assert ask("annotator") == 403 and ask("reviewer") == 202
        assert run_now(Job.objects.get(kind="bulk")) == {"removed": 2} and alive() == 0


class TestTraining:
    @pytest.fixture
    def gym(self, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gym:
        code = make_code(tmp_path / "code")
        monkeypatch.setattr(training_folder, "CODE_ROOT", code)
        monkeypatch.setattr(workspace, "command", command)
        monkeypatch.setattr(training_course, "LOOK_S", 0.02)
        studio.add(12)
        return Gym(studio, code)

    def test_a_training_begins_with_the_usual_settings_and_ends_with_a_model(self, gym: Gym) -> None:
        project, client = gym.studio.world.project, staff("view_project", "train_project")
        gym.order()
        page = choose(client, "project", "train", [project.pk])
        assert "Train a model of 1 project?" in page and f"<td>{project.name}</td>" in page
        assert not Job.objects.exists() and not Training.objects.exists()
        job = confirm(client, "project", "train", page)
        training = Training.objects.get(job=job)
        by_hand = gym.studio.world.people["owner"]
        assert (job.kind, job.project, training.trigger) == ("train", project, "button")
        assert training.created_by == job.created_by != by_hand
        rule = {
            "class_margin": project.class_margin,
            "auto_accept_precision": project.auto_accept_precision,
        }
        asked = {"asked": TrainWish().chosen(), "evaluate": rule}
        assert training.params == asked and training.model_version is None
        assert client.get(page_of(job)).status_code == 200
        gym.work()
        training = fresh(training)
        assert training.job is not None and training.job.state == "done"
        assert training.model_version is not None and training.model_version.classes == ["car", "bus"]
        assert "Take it back" not in client.get(page_of(job)).content.decode(), (
            "no label of people was touched"
        )

    def test_one_that_runs_already_is_not_started_twice(self, gym: Gym) -> None:
        project, client = gym.studio.world.project, staff("view_project", "train_project")
        page = choose(client, "project", "train", [project.pk])
        confirm(client, "project", "train", page)
        form = {
            "chosen": page.partition('name="chosen" value="')[2].partition('"')[0],
            "digest": "",
            "confirm": "1",
        }
        answer = client.post(reverse("admin:annotate_project_do", args=["train"]), form).content.decode()
        assert f"{project.name}: " in answer and Job.objects.count() == 1

    def test_a_project_that_refuses_keeps_no_other_from_its_training(self, gym: Gym) -> None:
        empty = Project.objects.create(name="Nothing to learn from")
        Label.objects.create(project=empty, name="car", color="#000000")
        client = staff("view_project", "train_project", "view_job")
        page = choose(client, "project", "train", [gym.studio.world.project.pk, empty.pk])
        assert "Train models of 2 projects?" in page
        job = confirm(client, "project", "train", page)
        assert job.project == gym.studio.world.project and Training.objects.count() == 1
