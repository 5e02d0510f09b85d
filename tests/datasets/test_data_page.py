"""The page of data over HTTP: who gets what, and what an archive is sent with."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from annotate.datasets.workplace import workplaces
from annotate.jobs import exporting, importing
from annotate.models import Box, Job
from tests.media.pictures import archive
from tests.sync.world import World, make_world

from .harbour import add_pictures, checked, draw_some, run_one
from .test_importing import coco

JSON: Any = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def client(world: World, who: str) -> Client:
    visitor = Client()
    visitor.force_login(world.people[who])
    return visitor


def address(name: str, world: World, *more: object) -> str:
    return reverse(name, args=[world.project.pk, *more])


def ready(world: World) -> Job:
    draw_some(world, add_pictures(world, 1)[0], 2)
    answer = client(world, "reviewer").post(
        address("start_export", world), {"format": "hitl", "images": "on"}
    )
    assert answer.status_code == 302
    run_one()
    job: Job = Job.objects.get(kind="export")
    return job


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_z1_an_archive_is_for_reviewers_and_managers_of_its_project(world: World) -> None:
    job = ready(world)
    link = address("download_export", world, job.pk)
    statuses = {"owner": 200, "reviewer": 200, "annotator": 403, "viewer": 403, "stranger": 404}
    for who, status in statuses.items():
        assert client(world, who).get(link).status_code == status, who
    other = make_world()
    foreign = reverse("download_export", args=[other.project.pk, job.pk])
    assert client(other, "owner").get(foreign).status_code == 404


def test_r16_s10_how_an_archive_is_sent(world: World) -> None:
    job = ready(world)
    response = client(world, "owner").get(address("download_export", world, job.pk))
    assert response["Content-Type"] == "application/zip" and response["Cache-Control"] == "private, no-store"
    assert (
        response["X-Content-Type-Options"] == "nosniff" and "sandbox" in response["Content-Security-Policy"]
    )
    assert response["Content-Disposition"].startswith('attachment; filename="project-')
    with zipfile.ZipFile(io.BytesIO(body(response))) as found:
        assert "manifest.json" in found.namelist()
    exporting.path_of(job).unlink()
    assert client(world, "owner").get(address("download_export", world, job.pk)).status_code == 404
    assert b"removed" in client(world, "owner").get(address("data", world)).content


def test_the_page_shows_each_role_what_it_may_do(world: World) -> None:
    ready(world)
    pages = {
        who: client(world, who).get(address("data", world)).content.decode()
        for who in ("owner", "reviewer", "viewer")
    }
    assert 'id="import-form"' in pages["owner"] and 'id="export-form"' in pages["owner"]
    assert 'id="import-form"' not in pages["reviewer"] and "Download" in pages["reviewer"]
    assert "<form" not in pages["viewer"].partition("<main")[2] and "Download" not in pages["viewer"]
    with translation.override("fr"):
        assert client(world, "owner").get(address("data", world), {"part": "rows"}).status_code == 200


@pytest.mark.parametrize("given", [{}, {"format": "exe"}, {"format": "yolo", "labels": ["7' OR 1=1"]}])
def test_a_wish_that_makes_no_sense_starts_nothing(given: dict[str, Any], world: World) -> None:
    assert client(world, "owner").post(address("start_export", world), given).status_code == 400
    assert not Job.objects.exists()


@pytest.mark.parametrize("as_body", [True, False], ids=["body", "form"])
def test_a_file_comes_in_is_checked_confirmed_and_written(as_body: bool, world: World) -> None:
    [frame] = add_pictures(world, 1)
    data = archive({"a.json": coco({frame.name: [("tram", [5, 5, 20, 20])]})})
    visitor = client(world, "owner")
    if as_body:
        link = f"{address('upload_import', world)}?name=set.zip&format=coco"
        answer = visitor.post(link, data, content_type="application/octet-stream", **JSON)
        assert answer.status_code == 202
        report = answer.json()["url"]
    else:
        answer = visitor.post(address("upload_import", world), {"file": SimpleUploadedFile("set.zip", data)})
        assert answer.status_code == 302
        report = answer["Location"]
    assert visitor.get(report, {"part": "state"}).json()["active"] is True
    assert b"is being checked" in visitor.get(report).content
    run_one()
    assert b"What to do with it" in visitor.get(report).content
    wish = {"take": "boxes", "existing": "add", "status": "complete", "label-0": str(world.labels["car"])}
    bad = visitor.post(report, {**wish, "label-0": "999999"})
    assert bad.status_code == 400 and Job.objects.filter(kind="import").count() == 1
    answer = visitor.post(report, wish)
    assert answer.status_code == 302
    run_one()
    assert b"1 box added" in visitor.get(answer["Location"]).content
    assert Box.objects.get().label_id == world.labels["car"]
    again = visitor.post(report, wish, follow=True)
    assert b"can no longer be confirmed" in again.content


def test_no_file_and_an_unknown_format_are_said_and_leave_nothing(world: World) -> None:
    visitor = client(world, "owner")
    link = address("upload_import", world)
    assert visitor.post(link, {}).status_code == 400
    answer = visitor.post(f"{link}?format=exe", b"x", content_type="application/octet-stream", **JSON)
    assert answer.status_code == 400 and "format" in answer.json()["error"]["detail"]
    assert list(workplaces()) == [] and not Job.objects.exists()


def test_u5_names_in_a_file_are_text_on_the_page(world: World) -> None:
    name = "<img src=x onerror=alert(1)>"
    check = checked(world, coco({name: [("<script>", [1, 1, 9, 9])]}), "<b>.json")
    page = client(world, "owner").get(address("import_report", world, check.pk)).content.decode()
    assert (
        "<img src=x" not in page and "<script>" not in page.partition("<main")[2] and "<b>.json" not in page
    )
    assert importing.report_of(check) is not None
