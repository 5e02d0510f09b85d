"""The jobs of a project over HTTP: seen and steered by its managers alone."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from annotate.jobs import queue
from annotate.jobs.ingest import ARCHIVE, new_upload, queue_ingest
from annotate.models import Job, Project, Source
from annotate.views.job_cards import card_of
from annotate.views.jobs import MOST_SHOWN
from tests.media.conftest import World

JSON: Any = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def job(world: World) -> Job:
    path = new_upload()
    path.write_bytes(b"PK")
    source = Source.objects.create(project=world.project, kind=Source.Kind.ARCHIVE, name="photos.zip")
    return queue_ingest(ARCHIVE, source=source, user=world.people["manager"], upload=path)


def change(world: World, job_id: object, action: str, who: str = "manager", **headers: Any) -> Any:
    return world.client(who).post(
        reverse("change_job", args=[world.project.pk, job_id]), {"action": action}, **headers
    )


def listed(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        world.client("manager").get(reverse("jobs", args=[world.project.pk]), **JSON).json()["jobs"]
    )
    return found


def test_z1_each_role_gets_what_it_may(world: World, job: Job) -> None:
    address = reverse("jobs", args=[world.project.pk])
    statuses = {"manager": 200, "annotator": 403, "stranger": 404, "anonymous": 401}
    for who, status in statuses.items():
        assert world.client(who).get(address, **JSON).status_code == status, who
        assert change(world, job.pk, "cancel", who, **JSON).status_code == status or who == "manager"
    assert world.client("anonymous").get(address).status_code == 302, "a person is sent to sign in"


def test_those_at_work_come_first_then_the_latest_and_no_thumbnails(world: World) -> None:
    queue.enqueue(Job.Kind.THUMBNAIL, project=world.project)
    done = [queue.enqueue(Job.Kind.INGEST, project=world.project) for _ in range(2)]
    Job.objects.filter(pk__in=[each.pk for each in done]).update(state=Job.State.DONE)
    waiting = queue.enqueue(Job.Kind.INGEST, project=world.project)
    other = queue.enqueue(Job.Kind.INGEST, project=Project.objects.create(name="Other"))
    assert [each["id"] for each in listed(world)] == [str(each.pk) for each in (waiting, done[1], done[0])]
    assert str(other.pk) not in str(listed(world))


def test_r3_the_list_is_bounded(world: World) -> None:
    for _ in range(MOST_SHOWN + 5):
        queue.enqueue(Job.Kind.INGEST, project=world.project)
    assert len(listed(world)) == MOST_SHOWN


def test_a_card_tells_progress_rate_and_refusals(world: World, job: Job) -> None:
    Job.objects.update(
        state=Job.State.RUNNING,
        attempts=1,
        started_at=timezone.now() - timedelta(seconds=10),
        done_units=50,
        total_units=200,
        result={
            "added": 47,
            "duplicates": 1,
            "refused": 2,
            "refusals": [{"name": "<b>.jpg", "code": "truncated", "values": {}}],
        },
    )
    [card] = listed(world)
    assert (card["done"], card["total"], card["added"], card["refused"]) == (50, 200, 47, 2)
    assert card["rate"] == pytest.approx(5, rel=0.2)
    assert card["refusals"] == [{"name": "<b>.jpg", "message": card["refusals"][0]["message"]}]
    assert card["refusals"][0]["message"].startswith("The image is cut off")
    assert (card["name"], card["is_active"], card["may_cancel"], card["may_retry"]) == (
        "photos.zip",
        True,
        True,
        False,
    )


def test_the_rate_of_a_job_that_was_taken_up_again_counts_from_there(world: World, job: Job) -> None:
    now = timezone.now()
    job.payload["taken_up"] = {"attempt": 2, "at": (now - timedelta(seconds=10)).isoformat(), "done": 30}
    Job.objects.update(
        state=Job.State.RUNNING,
        attempts=2,
        started_at=now - timedelta(hours=1),
        done_units=50,
        payload=job.payload,
    )
    assert listed(world)[0]["rate"] == pytest.approx(2, rel=0.2)


def test_the_rate_is_not_guessed_before_the_new_worker_has_written_anything(world: World, job: Job) -> None:
    Job.objects.update(
        state=Job.State.RUNNING, attempts=2, started_at=timezone.now() - timedelta(hours=1), done_units=5
    )
    assert listed(world)[0]["rate"] is None


def test_texts_follow_the_language_of_the_reader(world: World, job: Job) -> None:
    Job.objects.update(
        state=Job.State.DONE, result={"refusal": {"code": "archive_too_large", "values": {"limit": "9"}}}
    )
    job.refresh_from_db()
    assert "more than 9 bytes" in card_of(job)["message"]
    with translation.override("fr"):
        assert "9" in card_of(job)["message"] and "more than" not in card_of(job)["message"]


def test_a_code_of_another_version_is_shown_as_it_is(world: World, job: Job) -> None:
    Job.objects.update(
        result={"refused": 1, "refusals": [{"name": "a", "code": "from_the_future", "values": {}}]}
    )
    assert listed(world)[0]["refusals"][0]["message"] == "from_the_future"


def test_a_waiting_job_is_cancelled(world: World, job: Job) -> None:
    card = change(world, job.pk, "cancel", **JSON).json()["job"]
    assert (card["state"], card["is_active"]) == ("cancelled", False)
    assert not Source.objects.filter(name="photos.zip").exists()


def test_a_running_job_is_asked_to_stop(world: World, job: Job) -> None:
    assert queue.claim([Job.Kind.INGEST])
    card = change(world, job.pk, "cancel", **JSON).json()["job"]
    assert (card["state"], card["state_name"], card["may_cancel"]) == ("running", "Stopping", False)


def test_a_failed_job_is_repeated(world: World, job: Job) -> None:
    Job.objects.update(state=Job.State.FAILED, error=queue.WORKER_LOST)
    [card] = listed(world)
    assert card["may_retry"] and card["message"].startswith("The worker stopped unexpectedly")
    assert change(world, job.pk, "retry", **JSON).json()["job"]["state"] == "queued"


def test_what_comes_too_late_changes_nothing(world: World, job: Job) -> None:
    Job.objects.update(state=Job.State.DONE)
    for action in ("cancel", "retry"):
        assert change(world, job.pk, action, **JSON).json()["job"]["state"] == "done"


def test_without_script_it_leads_back_to_the_project(world: World, job: Job) -> None:
    response = change(world, job.pk, "cancel", follow=True)
    assert "photos.zip: Cancelled" in response.content.decode()


def test_an_unknown_action_or_job_changes_nothing(world: World, job: Job) -> None:
    assert change(world, job.pk, "explode").status_code == 400
    assert change(world, uuid4(), "cancel").status_code == 404
    thumbnail = queue.enqueue(Job.Kind.THUMBNAIL, project=world.project)
    assert change(world, thumbnail.pk, "cancel").status_code == 404
    assert set(Job.objects.values_list("state", flat=True)) == {"queued"}


def test_z1_a_job_of_another_project_is_not_reached_through_ones_own(world: World) -> None:
    other = Project.objects.create(name="Other")
    job = queue.enqueue(Job.Kind.INGEST, project=other)
    assert change(world, job.pk, "cancel").status_code == 404
    assert Job.objects.get(pk=job.pk).state == Job.State.QUEUED


def test_z11_steering_needs_the_token(world: World, job: Job) -> None:
    client = world.client("manager", csrf=True)
    address = reverse("change_job", args=[world.project.pk, job.pk])
    assert client.post(address, {"action": "cancel"}).status_code == 403
    assert client.get(address).status_code == 405
