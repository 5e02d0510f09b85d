"""A version as an archive: what it held then, in any format, whatever became of the project since."""

import json
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from annotate.datasets.catalogue import FORMATS
from annotate.datasets.export_wish import WishRefused, parse_export
from annotate.datasets.formats.lossless import FILE
from annotate.datasets.repository import Repository
from annotate.jobs import exporting
from annotate.models import Box, DatasetVersion, Frame, Job, Label
from annotate.sync.operations import Command
from tests.sync.world import World, make_world

from .conftest import Studio
from .harbour import add_pictures, draw_some, export, manifest_of, run_one


@pytest.fixture
def world(db: None) -> World:
    world = make_world()
    frames = add_pictures(world, 3)
    Frame.objects.filter(pk=frames[2].pk).update(name="quay 000.png")  # a second one of that name
    for frame in frames:
        draw_some(world, frame, 4)
    Frame.objects.filter(project=world.project).update(status="complete")
    return world


def snapshot(world: World) -> DatasetVersion:
    return Studio(world).snapshot()


def content(path: Path) -> dict[str, bytes]:
    """Every file but the manifest."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}


def change_everything(world: World) -> None:
    """A box moved, one drawn, an image renamed, one deleted, a label renamed."""
    first, second, third = Frame.objects.filter(project=world.project).order_by("pk")
    box = Box.objects.filter(frame=first)[0]
    world.author(first).send(Command(1, "set", box=box.pk, fields={"x2": box.x2 + 1}))
    draw_some(world, second, 2, seed=7)
    Frame.objects.filter(pk=second.pk).update(name="renamed.png", status="in_progress")
    third.delete()
    Label.objects.filter(pk=world.labels["car"]).update(name="motor car")


@pytest.mark.parametrize("key", list(FORMATS))
def test_it_is_what_an_export_was_when_the_version_was_made(world: World, key: str) -> None:
    snapshot(world)
    then, _ = export(world.project, format=key)
    change_everything(world)
    now, _ = export(world.project, format=key)
    path, _ = export(world.project, format=key, version=1)
    found, wanted = content(path), content(then)
    if key == "hitl":  # the description of a project is not in a version
        for files in (found, wanted):
            head, _, frames = files[FILE].partition(b"\n")
            files[FILE] = json.dumps({**json.loads(head), "extra": {}}).encode() + b"\n" + frames
    assert found == wanted
    assert content(now) != content(then), "what happened since shows in what is exported now"


def test_the_manifest_names_the_version(world: World) -> None:
    version = snapshot(world)
    change_everything(world)
    manifest = manifest_of(export(world.project, version=1)[0])
    assert manifest["dataset_version"] == {
        "number": 1, "commit": version.git_commit, "digest": version.digest,
    }  # fmt: skip
    assert manifest["moment"] == version.created_at.isoformat()
    assert manifest["counts"]["frames"] == 3 and manifest["counts"]["images"] == 3


def test_by_split_and_status_and_without_images(world: World) -> None:
    version = snapshot(world)
    for split, counts in version.counts["splits"].items():
        _, result = export(world.project, version=1, splits=[split], images=False)
        assert (result["frames"], result["images"]) == (counts["frames"], 0)
    assert export(world.project, version=1, statuses=["in_progress"])[1]["frames"] == 0


@pytest.mark.parametrize("given", [{"version": 2}, {"version": 1, "labels": "car"}, {"version": "one"}])
def test_r1_what_a_version_cannot_give_is_refused(world: World, given: dict[str, Any]) -> None:
    snapshot(world)
    if "labels" in given:
        given = {**given, "labels": [world.labels["car"]]}
    with pytest.raises(WishRefused):
        parse_export(world.project, {"format": "coco", **given})


def test_missing_files_fail_the_job_and_say_what_to_do(world: World) -> None:
    version = snapshot(world)
    Repository(world.project.pk).cache.path_for(version.digest).unlink()
    wish = parse_export(world.project, {"format": "coco", "version": 1})
    job = exporting.start_export(world.project, wish, user=None)
    run_one()
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, exporting.VERSION_GONE)
    assert not exporting.path_of(job).exists()


def test_the_command_takes_a_version(world: World, tmp_path: Path) -> None:
    snapshot(world)
    change_everything(world)
    path, out = tmp_path / "v1.zip", StringIO()
    words = ("export_dataset", world.project.pk, path, "--format", "yolo", "--dataset-version")
    call_command(*map(str, (*words, 1)), stdout=out)
    assert "3 images, 12 boxes" in out.getvalue()
    with pytest.raises(CommandError):
        call_command(*map(str, (*words, 9)), stdout=out)


def test_a_reviewer_downloads_one_from_the_page(world: World) -> None:
    snapshot(world)
    client = Client()
    client.force_login(world.people["reviewer"])
    versions = reverse("versions", args=[world.project.pk])
    assert "Export version 1" in client.get(versions).content.decode()
    address = reverse("export_version", args=[world.project.pk, 1])
    assert client.post(address, {"format": "no such"}).headers["Location"] == versions
    assert not Job.objects.filter(kind="export").exists()
    assert client.post(address, {"format": "voc"}).status_code == 302
    run_one()
    job = Job.objects.get(kind="export")
    assert "Pascal VOC, version 1" in client.get(reverse("data", args=[world.project.pk])).content.decode()
    file = client.get(reverse("download_export", args=[world.project.pk, job.pk]))
    assert file.headers["Content-Disposition"].endswith('-voc-v1.zip"')
    client.force_login(world.people["annotator"])
    assert "Export version 1" not in client.get(versions).content.decode()


def test_the_api_gives_one(world: World, tmp_path: Path) -> None:
    snapshot(world)
    then, _ = export(world.project, format="voc")
    wanted = content(then)
    change_everything(world)
    client = Client()
    client.force_login(world.people["reviewer"])
    address = f"/api/v1/projects/{world.project.pk}/exports"
    wish = {"format": "voc", "version": 1}
    refused = client.post(address, {**wish, "version": 9}, content_type="application/json")
    assert refused.status_code == 422 and not Job.objects.filter(kind="export", state="queued").exists()
    asked = client.post(address, wish, content_type="application/json")
    assert asked.status_code == 202, asked.content
    file = f"{address}/{asked.json()['id']}/file"
    assert client.get(file).status_code == 404, "it is not written yet"
    run_one()
    fetched = tmp_path / "v1.zip"
    fetched.write_bytes(b"".join(client.get(file)))
    assert content(fetched) == wanted
    client.force_login(world.people["annotator"])
    assert client.post(address, wish, content_type="application/json").status_code == 403
