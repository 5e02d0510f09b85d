"""An import that makes its project, by page and API: all of it in one transaction, for whoever may make projects."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from annotate.datasets.import_labels import ImportLabels
from annotate.datasets.imported import ImportChanged
from annotate.datasets.workplace import workplaces
from annotate.jobs import importing
from annotate.models import Box, Frame, Job, Label, Membership, Project, Source, User
from tests.media.pictures import archive, numbered
from tests.sync.world import World, make_world

from .harbour import SIZE, run_one
from .test_importing import files_in_store

BODY = "application/octet-stream"
WISH = {"take": "boxes", "existing": "add", "status": "file", "label-0": "new"}


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def maker(world: World, who: str = "annotator") -> User:
    """Who may make projects."""
    user = world.people[who]
    user.user_permissions.add(Permission.objects.get(codename="add_project"))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def data_set() -> bytes:
    images = [{"id": 1, "file_name": "quay.png", "width": SIZE[0], "height": SIZE[1]}]
    annotations = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [5, 5, 20, 20]}]
    found = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "ship"}]}
    return archive({"a.json": json.dumps(found).encode(), "quay.png": numbered(7, SIZE)})


def everything() -> tuple[int, ...]:
    return tuple(each.objects.count() for each in (Project, Membership, Source, Frame, Label, Box))


def send(client: Client, *, as_body: bool = False, name: str = "Quays") -> str:
    """The address of the report."""
    address = reverse("import_project")
    if as_body:
        query = f"?name=set.zip&format=coco&project={name}"
        answer = client.post(
            address + query, data_set(), content_type=BODY, headers={"Accept": "application/json"}
        )
        assert answer.status_code == 202, answer.content
        return str(answer.json()["url"])
    file = SimpleUploadedFile("set.zip", data_set())
    answer = client.post(address, {"project": name, "file": file})
    assert answer.status_code == 302, answer.content
    return answer["Location"]


@pytest.mark.parametrize("as_body", [True, False], ids=["body", "form"])
def test_the_page_makes_a_project_of_a_file(as_body: bool, world: World) -> None:
    user = maker(world)
    client, before = signed_in(user), everything()
    assert reverse("import_project") in client.get(reverse("projects")).content.decode()
    assert b'name="project"' in client.get(reverse("import_project")).content
    report = send(client, as_body=as_body)
    assert client.get(report, {"part": "state"}).json()["active"] is True
    assert b"is being checked" in client.get(report).content
    run_one()
    page = client.get(report).content.decode()
    assert "What to do with it" in page and "does not exist yet" in page and everything() == before
    answer = client.post(report, WISH)
    assert answer.status_code == 302 and everything() == before
    assert client.get(answer["Location"]).status_code == 200
    again = client.post(report, WISH)
    assert again["Location"] == answer["Location"], "confirmed twice is one import"
    run_one()
    project = Project.objects.get(name="Quays")
    assert (project.created_by, project.frames.count(), project.labels.get().name) == (user, 1, "ship")
    assert list(project.memberships.values_list("user", "role")) == [(user.pk, "manager")]
    assert set(project.jobs.filter(kind="import").values_list("payload__step", flat=True)) == {
        "check",
        "write",
    }
    assert b"1 box added" in client.get(answer["Location"], follow=True).content
    assert client.get(answer["Location"], {"part": "state"}).json()["active"] is False
    assert list(workplaces()) == []


def test_the_api_makes_a_project_of_a_file(world: World) -> None:
    user = maker(world)
    client = signed_in(user)
    answer = client.post("/api/v1/imports?name=set.zip&project=Quays", data_set(), content_type=BODY)
    assert answer.status_code == 202, answer.content
    address = answer["Location"]
    run_one()
    told = client.get(address).json()
    assert (
        told["can_be_confirmed"] and told["report"]["new"] == 1 and not Project.objects.filter(name="Quays")
    )
    answer = client.post(f"{address}/confirm", {}, content_type="application/json")
    assert answer.status_code == 202, answer.content
    run_one()
    job = client.get(f"/api/v1/imports/{answer.json()['id']}").json()["job"]
    assert job["state"] == "done"
    assert job["result"]["import"]["project"] == Project.objects.get(name="Quays").pk
    for name in ("", " ", "x" * 121):
        answer = client.post(f"/api/v1/imports?name=set.zip&project={name}", data_set(), content_type=BODY)
        assert answer.status_code in {400, 422}, name
    assert Job.objects.filter(kind="import").count() == 2


def stop_by_page(client: Client, job: Job) -> None:
    report = client.get(reverse("new_import_report", args=[job.pk])).content.decode()
    address = reverse("stop_new_import", args=[job.pk])
    assert f'action="{address}"' in report and ">Stop<" in report
    answer = client.post(address)
    assert (answer.status_code, answer["Location"]) == (302, reverse("new_import_report", args=[job.pk]))


def stop_by_api(client: Client, job: Job) -> None:
    told = client.get(f"/api/v1/imports/{job.pk}").json()["job"]
    answer = client.post(f"/api/v1/imports/{job.pk}/cancel")
    assert told["may_cancel"] and answer.status_code == 200 and not answer.json()["may_cancel"]


def stopped_within(monkeypatch: pytest.MonkeyPatch, name: str, stop: Callable[[], None]) -> None:
    """Runs the next job, in which ``stop`` comes when it has begun."""
    work = getattr(importing, name)

    def stop_then_work(*given: Any) -> Any:
        stop()
        return work(*given)

    with monkeypatch.context() as patch:
        patch.setattr(importing, name, stop_then_work)
        patch.setattr(importing, "LOOK_S", 0.0)
        run_one()


STOPS = pytest.mark.parametrize("stop", [stop_by_page, stop_by_api], ids=["page", "API"])


@STOPS
@pytest.mark.parametrize("is_running", [False, True], ids=["waiting", "running"])
def test_a_check_that_is_stopped_leaves_nothing(
    is_running: bool, stop: Callable[[Client, Job], None], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, before = signed_in(maker(world)), everything()
    report = send(client)
    job = Job.objects.get()
    assert len(list(workplaces())) == 1
    if is_running:
        says: list[str] = []

        def stop_and_look() -> None:
            stop(client, job)
            says.append(client.get(report, {"part": "state"}).json()["says"])

        stopped_within(monkeypatch, "run_check", stop_and_look)
        assert says == ["Stopping"]
    else:
        stop(client, job)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED and list(workplaces()) == [] and everything() == before
    page = client.get(report).content.decode()
    assert "Cancelled" in page and ">Stop<" not in page and "is being checked" not in page
    client.post(report, WISH)
    client.post(reverse("stop_new_import", args=[job.pk]))
    assert Job.objects.get().state == Job.State.CANCELLED


@STOPS
def test_an_import_that_is_stopped_makes_no_project_and_can_be_confirmed_again(
    stop: Callable[[Client, Job], None], world: World, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, before = signed_in(maker(world)), everything()
    report = send(client)
    run_one()
    client.post(report, WISH)
    job = Job.objects.get(payload__step="write")
    stopped_within(monkeypatch, "write", lambda: stop(client, job))
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED and everything() == before and files_in_store(folders) == 0
    assert f'href="{report}"' in client.get(reverse("new_import_report", args=[job.pk])).content.decode()
    again = client.post(report, WISH)["Location"]
    run_one()
    assert b"1 box added" in client.get(again, follow=True).content


def test_z1_nobody_else_stops_it(world: World) -> None:
    user = maker(world)
    send(signed_in(user))
    job = Job.objects.get()
    for other in (world.people["owner"], maker(world, "viewer")):
        client = signed_in(other)
        assert client.post(reverse("stop_new_import", args=[job.pk])).status_code == 404
        assert client.post(f"/api/v1/imports/{job.pk}/cancel").status_code in {403, 404}
    user.user_permissions.clear()
    assert signed_in(user).post(reverse("stop_new_import", args=[job.pk])).status_code == 403
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED and not job.cancel_requested


def test_z1_it_is_for_whoever_may_make_projects_and_nobody_elses_business(world: World) -> None:
    user = maker(world)
    report = send(signed_in(user))
    job = Job.objects.get()
    for other in (world.people["owner"], maker(world, "viewer")):
        client = signed_in(other)
        assert client.get(report).status_code == client.post(report, WISH).status_code == 404
        assert client.get(f"/api/v1/imports/{job.pk}").status_code in {403, 404}
    assert signed_in(world.people["owner"]).get(reverse("import_project")).status_code == 403
    assert (
        reverse("import_project")
        not in signed_in(world.people["owner"]).get(reverse("projects")).content.decode()
    )


@pytest.mark.parametrize("what", ["right", "account"])
def test_z10_a_right_that_was_taken_away_meanwhile_holds_at_the_commit(what: str, world: World) -> None:
    user, before = maker(world), everything()
    client = signed_in(user)
    report = send(client)
    run_one()
    assert client.post(report, WISH).status_code == 302
    if what == "right":
        user.user_permissions.clear()
    else:
        User.objects.filter(pk=user.pk).update(is_active=False)
    run_one()
    job = Job.objects.get(payload__step="write")
    assert job.state == Job.State.FAILED and "Nothing was imported" in job.error
    assert everything() == before and list(Project.objects.filter(name="Quays")) == []


def test_a_refused_import_leaves_no_empty_project(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client, before = signed_in(maker(world)), everything()
    report = send(client)
    run_one()
    answer = client.post(report, WISH)

    def refuse(*_: Any) -> None:
        raise ImportChanged("A box was refused. Nothing was imported.")

    monkeypatch.setattr(ImportLabels, "record", refuse)
    run_one()
    assert everything() == before
    page = client.get(answer["Location"])
    assert page.status_code == 200 and b"Nothing was imported" in page.content


def test_a_file_with_errors_makes_nothing(world: World) -> None:
    client, before = signed_in(maker(world)), everything()
    file = SimpleUploadedFile("set.json", data_set()[:40])
    answer = client.post(reverse("import_project"), {"project": "Quays", "file": file})
    run_one()
    assert client.get(answer["Location"]).status_code == 200
    assert client.post(answer["Location"], WISH, follow=True).status_code == 200
    assert everything() == before and not importing.can_be_confirmed(Job.objects.get())
    for given in ({"project": "", "file": SimpleUploadedFile("a.zip", data_set())}, {"project": "Quays"}):
        assert client.post(reverse("import_project"), given).status_code == 400
