"""In and out by the page, by the API and by command: the same wish gives the same, whoever asks for it and however."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from annotate.jobs import importing
from annotate.models import Box, Frame, Job, Operation, Source
from tests.media.pictures import archive, numbered
from tests.sync.world import World, make_world

from .harbour import SIZE, add_pictures, draw_some, run_one, shapes
from .test_importing import coco

JSON = "application/json"


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def signed_in(world: World) -> Client:
    client = Client()
    client.force_login(world.people["owner"])
    return client


def sent(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def newest(kind: str) -> Job:
    found: Job = Job.objects.filter(kind=kind).latest("created_at")
    return found


# Out

Filters = dict[str, Any]
"""As in export_wish.ExportWish, with the names of labels and sources."""


def out_by_page(world: World, filters: Filters, path: Path) -> None:
    client = signed_in(world)
    ids = {
        "labels": [world.labels[name] for name in filters["labels"]],
        "sources": list(Source.objects.filter(name__in=filters["sources"]).values_list("pk", flat=True)),
    }
    asked = client.post(reverse("start_export", args=[world.project.pk]), {**filters, **ids})
    assert asked.status_code == 302, asked.content
    run_one()
    path.write_bytes(
        sent(client.get(reverse("download_export", args=[world.project.pk, newest("export").pk])))
    )


def out_by_api(world: World, filters: Filters, path: Path) -> None:
    client, address = signed_in(world), f"/api/v1/projects/{world.project.pk}/exports"
    ids = {
        "labels": [world.labels[name] for name in filters["labels"]],
        "sources": list(Source.objects.filter(name__in=filters["sources"]).values_list("pk", flat=True)),
        "images": False,
    }
    asked = client.post(address, {**filters, **ids}, content_type=JSON)
    assert asked.status_code == 202, asked.content
    run_one()
    path.write_bytes(sent(client.get(f"{address}/{asked.json()['id']}/file")))


OPTIONS = {
    "statuses": "--status",
    "labels": "--label",
    "splits": "--split",
    "sources": "--source",
    "box_statuses": "--boxes",
}


def out_by_command(world: World, filters: Filters, path: Path) -> None:
    words = ["--format", filters["format"], "--no-images"]
    for name, option in OPTIONS.items():
        words += [word for value in filters[name] for word in (option, value)]
    call_command("export_dataset", str(world.project.pk), str(path), *words, verbosity=0)


def quays(world: World) -> None:
    """Images of two sources, in two states, with boxes of both labels, one of them proposed."""
    frames = add_pictures(world, 12)
    pier = Source.objects.create(project=world.project, kind="folder", name="pier")
    for number, frame in enumerate(frames):
        draw_some(world, frame, 2)
        changes = {"source": pier} if number % 3 else {}
        Frame.objects.filter(pk=frame.pk).update(
            status="complete" if number % 2 else "in_progress", **changes
        )
    model = world.author(frames[1])
    given = {"x1": 1, "y1": 1, "x2": 9, "y2": 9, "label": world.labels["car"], "status": "proposed"}
    model.send(model.command("create", UUID(int=7), source="model", confidence=0.5, **given), origin="model")


def told(path: Path) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Its files, and its manifest without what two exports cannot have in common."""
    with zipfile.ZipFile(path) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    del manifest["moment"]
    return files, manifest


CHOSEN: Filters = {
    "format": "hitl",
    "statuses": ["complete"],
    "labels": ["car"],
    "splits": ["train", "val"],
    "sources": ["pier"],
    "box_statuses": ["accepted"],
}


@pytest.mark.parametrize("given", ["all of them", *OPTIONS])
def test_every_filter_of_an_export_does_the_same_whoever_asks(
    given: str, world: World, tmp_path: Path
) -> None:
    quays(world)
    nothing: Filters = dict.fromkeys(OPTIONS, [])
    chosen = CHOSEN if given == "all of them" else {**nothing, "format": "hitl", given: CHOSEN[given]}
    found = []
    for number, ask in enumerate((out_by_page, out_by_api, out_by_command)):
        path = tmp_path / f"{number}.zip"
        ask(world, chosen, path)
        found.append(told(path))
    files, manifest = found[0]
    assert found[1] == found[2] == (files, manifest)
    assert all(bool(manifest["filters"][name]) == bool(chosen[name]) for name in OPTIONS)
    unfiltered = tmp_path / "all.zip"
    out_by_command(world, {**nothing, "format": "hitl"}, unfiltered)
    assert 0 < manifest["counts"]["boxes"] < told(unfiltered)[1]["counts"]["boxes"]


# In

Wish = dict[str, Any]


def checked(world: World, job: Job) -> Any:
    """What the check says, before anything is confirmed."""
    job.refresh_from_db()
    return importing.report_of(job)


def in_by_page(world: World, path: Path, wish: Wish) -> tuple[Any, Job]:
    client = signed_in(world)
    file = SimpleUploadedFile(path.name, path.read_bytes())
    page = client.post(reverse("upload_import", args=[world.project.pk]), {"file": file})["Location"]
    run_one()
    report = checked(world, newest("import"))
    labels = {
        f"label-{number}": wish["labels"].get(one["name"], one["to"] or "new")
        for number, one in enumerate(report["labels"])
    }
    more = {name: value for name, value in wish.items() if name != "labels"}
    assert client.post(page, {**more, **labels}).status_code == 302
    run_one()
    return report, newest("import")


def in_by_api(world: World, path: Path, wish: Wish) -> tuple[Any, Job]:
    client, address = signed_in(world), f"/api/v1/projects/{world.project.pk}/imports"
    asked = client.post(
        f"{address}?name={path.name}", path.read_bytes(), content_type="application/octet-stream"
    )
    run_one()
    check = f"{address}/{asked.json()['id']}"
    told = client.get(check).json()
    assert told["can_be_confirmed"], told
    written = client.post(f"{check}/confirm", wish, content_type=JSON)
    assert written.status_code == 202, written.content
    run_one()
    return told["report"], newest("import")


def in_by_command(world: World, path: Path, wish: Wish) -> tuple[str, str]:
    """What the dry run says, and what the import says."""
    names = {pk: name for name, pk in world.labels.items()}
    to = ["--project", str(world.project.pk), "--user", world.people["owner"].username]
    words = [
        "--as",
        wish["take"],
        "--existing",
        wish["existing"],
        "--status",
        wish["status"],
        "--skip-missing",
    ]
    for name, label in wish["labels"].items():
        words += ["--map", f"{name}={'' if label == 'leave_out' else names[label]}"]
    said = []
    for more in (["--dry-run"], []):
        lines: list[str] = []
        call_command("import_dataset", str(path), *to, *words, *more, stdout=Lines(lines))
        said.append("".join(lines))
    return said[0], said[1]


class Lines:
    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append

    def flush(self) -> None:
        pass


def ships(world: World, path: Path) -> Path:
    """An image that has boxes, one that has none, one that comes along, and one that nobody has."""
    frames = add_pictures(world, 2)
    draw_some(world, frames[0], 2)
    box = [5.0, 5.0, 40.0, 40.0]
    boxes = {
        frames[0].name: [("ship", box)],
        frames[1].name: [("ship", box), ("tree", [60.0, 60.0, 40.0, 40.0])],
        "new.png": [("ship", box), ("car", [60.0, 60.0, 40.0, 40.0])],
        "nowhere.png": [("ship", box)],
    }
    path.write_bytes(archive({"a.json": coco(boxes, score=0.75), "new.png": numbered(77, SIZE)}))
    return path


def after(world: World) -> tuple[Any, ...]:
    frames = world.project.frames.order_by("name")
    labels = list(world.project.labels.order_by("name").values_list("name", flat=True))
    rows = Operation.objects.filter(frame__project=world.project)
    who = {person.pk: role for role, person in world.people.items()}
    return (
        shapes(world.project),
        list(frames.values_list("name", "status", "revision")),
        labels,
        sorted(
            (*row, who[user])
            for *row, user in rows.values_list("frame__name", "revision", "kind", "origin", "user")
        ),
    )


WISHES: dict[str, Callable[[World], Wish]] = {
    "as boxes of people": lambda world: {
        "labels": {"ship": world.labels["bus"], "tree": "leave_out"},
        "take": "boxes", "existing": "replace", "status": "complete", "leave_out_missing": True,
    },
    "as proposals": lambda world: {
        "labels": {"ship": world.labels["car"]},
        "take": "proposals", "existing": "skip", "status": "file", "leave_out_missing": True,
    },
}  # fmt: skip


@pytest.mark.parametrize("which", WISHES)
def test_an_import_does_the_same_whoever_asks(which: str, world: World, tmp_path: Path) -> None:
    worlds = [world, make_world(), make_world()]
    files = [ships(one, tmp_path / f"{number}.zip") for number, one in enumerate(worlds)]
    page, page_job = in_by_page(worlds[0], files[0], WISHES[which](worlds[0]))
    api, api_job = in_by_api(worlds[1], files[1], WISHES[which](worlds[1]))
    dry, said = in_by_command(worlds[2], files[2], WISHES[which](worlds[2]))

    for report in (page, api):
        for label in report["labels"]:
            label["to"] = label["to"] and "a label of the project"
    assert page == api
    assert (page["frames"], page["matched"], page["new"], page["missing"]) == (4, 2, 1, 1)
    assert "4 images (2 in the project, 1 new, 1 missing), 6 boxes" in dry
    assert "missing: nowhere.png" in dry and "class ship: 4 boxes" in dry

    done = [{**job.result["import"], "project": None} for job in (page_job, api_job)]
    assert done[0] == done[1]
    assert f"{done[0]['added']} boxes added" in said and f"{done[0]['removed']} removed" in said
    assert after(worlds[0]) == after(worlds[1]) == after(worlds[2])
    source = "human" if which == "as boxes of people" else "model"
    new = Box.objects.filter(frame__project=world.project, deleted_revision=None, x1=5.0)
    assert set(new.values_list("source", "frame__name")) == {
        (source, name)
        for name in world.project.frames.values_list("name", flat=True)
        if source == "human" or name != "quay 000.png"
    }
