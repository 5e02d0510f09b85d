"""Exports: what is in the archive, that it is of one moment, and that nothing of anybody else gets in."""

import hashlib
import itertools
import json
import os
import stat
import threading
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone, translation
from django.utils.connection import ConnectionDoesNotExist
from pytest_django.fixtures import Settings

from annotate.datasets import reading
from annotate.datasets.catalogue import FORMATS
from annotate.datasets.export_wish import WishRefused, parse_export
from annotate.datasets.formats.lossless import FILE, decode_frame
from annotate.datasets.reading import PAGE
from annotate.jobs import exporting
from annotate.jobs.run import JobRun
from annotate.media import store
from annotate.models import Box, Frame, Job, Operation, Source
from annotate.sync.apply import apply
from annotate.sync.operations import BoxState, Change
from annotate.sync.records import logged_change
from tests.sync.world import World, make_world

from .conftest import Studio
from .harbour import add_pictures, draw_some, export, manifest_of, run_one


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def frames_in(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        lines = archive.read(FILE).decode().splitlines()[1:]
    return {record.name: record for record in map(decode_frame, lines)}


@pytest.mark.parametrize("key", list(FORMATS))
def test_it_is_the_same_in_every_language(world: World, key: str) -> None:
    for frame in add_pictures(world, 2):
        draw_some(world, frame, 3)

    def files(language: str) -> dict[str, bytes]:
        with translation.override(language):
            path, _result = export(world.project, format=key)
        with zipfile.ZipFile(path) as archive:
            found = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(found.pop("manifest.json"))
        del manifest["moment"]
        return {**found, "manifest": json.dumps(manifest).encode()}

    assert files("fr") == files("en")


def test_an_archive_holds_boxes_images_and_a_manifest_that_proves_them(world: World) -> None:
    frames = add_pictures(world, 3)
    for frame in frames[:2]:
        draw_some(world, frame, 4)
    path, result = export(world.project)
    manifest = manifest_of(path)
    assert (result["frames"], result["boxes"], result["images"], result["loss"]) == (3, 8, 3, {})
    assert manifest["counts"] == {"frames": 3, "boxes": 8, "images": 3, "labels": result["labels"]}
    assert sum(result["labels"].values()) == 8
    revisions = dict(Frame.objects.values_list("pk", "revision"))
    assert {one["id"]: one["revision"] for one in manifest["frames"]} == revisions
    with zipfile.ZipFile(path) as archive:
        sums = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
        kinds = {info.filename: info.compress_type for info in archive.infolist()}
    assert manifest["sha256"] == {name: sum_ for name, sum_ in sums.items() if name != "manifest.json"}
    assert kinds[f"images/{frames[0].name}"] == zipfile.ZIP_STORED and kinds[FILE] == zipfile.ZIP_DEFLATED
    assert sums[f"images/{frames[0].name}"] == hashlib.sha256(store.read(frames[0].md5)).hexdigest()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [one.name for one in path.parent.iterdir()] == [path.name], "nothing else is left"


@pytest.mark.parametrize("key", FORMATS)
def test_every_format_is_written_with_and_without_images(key: str, world: World) -> None:
    draw_some(world, add_pictures(world, 2)[0], 3)
    with_images = names_in(export(world.project, format=key)[0])
    without = names_in(export(world.project, format=key, images=False)[0])
    assert sum(name.endswith(".png") for name in with_images) == 2
    assert not [name for name in without if name.endswith(".png")] and len(without) >= 2


def test_the_filters_choose_frames_and_boxes(world: World) -> None:
    frames = add_pictures(world, 4)
    other = Source.objects.create(project=world.project, kind="folder", name="second")
    Frame.objects.filter(pk=frames[3].pk).update(source=other)
    Frame.objects.filter(pk=frames[1].pk).update(status="complete")
    for frame, label in zip(frames[:2], ("car", "bus"), strict=True):
        world.author(frame).draw(label=world.labels[label], x1=1, x2=50)
    model = world.author(frames[2])
    given = {"x1": 1, "y1": 1, "x2": 9, "y2": 9, "label": world.labels["car"], "status": "proposed"}
    model.send(model.command("create", UUID(int=7), source="model", confidence=0.5, **given), origin="model")

    def names(**wish: Any) -> set[str]:
        return set(frames_in(export(world.project, **wish)[0]))

    everything = {frame.name for frame in frames}
    assert names() == everything
    assert names(statuses=["complete"]) == {frames[1].name}
    assert names(labels=[world.labels["bus"]]) == {frames[1].name}
    assert names(sources=[other.pk]) == {frames[3].name}
    splits = {split: names(splits=[split]) for split in ("train", "val", "test")}
    assert set().union(*splits.values()) == everything and sum(map(len, splits.values())) == 4
    assert export(world.project)[1]["boxes"] == 3
    assert export(world.project, box_statuses=["proposed"])[1]["boxes"] == 1
    assert export(world.project, format="yolo")[1]["boxes"] == 2, "only what people stand for"


@pytest.mark.parametrize(
    "given",
    [
        {"format": "exe"},
        {"format": "yolo", "statuses": ["done"]},
        {"format": "yolo", "labels": [999_999]},
        {"format": "yolo", "labels": ["1"]},
        {"format": "yolo", "splits": ["all"]},
        {"format": "yolo", "path": "/etc"},
        {},
    ],
)
def test_r1_a_wish_that_makes_no_sense_is_refused(given: dict[str, Any], world: World) -> None:
    with pytest.raises(WishRefused):
        parse_export(world.project, given)


def test_r14_labels_and_sources_of_another_project_are_not_there(world: World) -> None:
    other = make_world()
    for field, value in (("labels", other.labels["car"]), ("sources", other.source.pk)):
        with pytest.raises(WishRefused):
            parse_export(world.project, {"format": "yolo", field: [value]})
    draw_some(other, add_pictures(other, 1, first=50)[0], 2)
    draw_some(world, add_pictures(world, 1)[0], 1)
    assert export(world.project)[1]["boxes"] == 1


def test_names_of_people_become_names_of_files_that_are_safe_and_unique(world: World) -> None:
    frames = add_pictures(world, 4)
    for frame, name in zip(frames, ("../../etc/passwd", "a.png", "a.png", 'C:\\x"?.png'), strict=True):
        Frame.objects.filter(pk=frame.pk).update(name=name)
    found = [name for name in names_in(export(world.project, format="yolo")[0]) if name.startswith("images/")]
    assert len(set(found)) == 4
    assert not [name for name in found if ".." in name.split("/") or "\\" in name or ":" in name]


def test_an_image_that_is_gone_from_the_store_is_counted_and_stops_nothing(world: World) -> None:
    frames = add_pictures(world, 2)
    store.path_for(frames[0].md5).unlink()
    _path, result = export(world.project)
    assert (result["frames"], result["images"], result["missing_images"]) == (2, 1, 1)


def test_a_cancelled_export_leaves_nothing(
    world: World, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_pictures(world, 3)
    job = exporting.start_export(world.project, parse_export(world.project, {"format": "hitl"}), user=None)
    monkeypatch.setattr("annotate.jobs.run.TICK_S", 0.0)
    advance = JobRun.advance

    def asked_to_stop(run: JobRun, units: int = 1) -> None:
        Job.objects.filter(pk=job.pk).update(cancel_requested=True)
        advance(run, units)

    monkeypatch.setattr(JobRun, "advance", asked_to_stop)
    run_one()
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED and not exporting.is_ready(job)
    assert list((folders / "exports").iterdir()) == []


def test_x1_the_same_wish_waits_once_and_few_run_at_a_time(world: World) -> None:
    one = parse_export(world.project, {"format": "hitl"})
    assert exporting.start_export(world.project, one, user=None) == exporting.start_export(
        world.project, one, user=None
    )
    for key in ("yolo", "coco"):
        exporting.start_export(world.project, parse_export(world.project, {"format": key}), user=None)
    with pytest.raises(exporting.TooMany):
        exporting.start_export(world.project, parse_export(world.project, {"format": "voc"}), user=None)


def test_old_archives_and_what_a_killed_worker_left_go(world: World, folders: Path) -> None:
    path, _result = export(world.project)
    left = path.parent / f".{'0' * 32}.zip.parts"
    left.mkdir()
    (left / "archive").write_bytes(b"half")
    assert exporting.forget_old_exports() == 1 and path.exists() and not left.exists()
    old = (timezone.now() - exporting.KEPT_FOR - timedelta(hours=1)).timestamp()
    os.utime(path, (old, old))
    assert exporting.forget_old_exports() == 1 and not path.exists()


def test_a_full_disk_is_said_and_leaves_nothing(world: World, settings: Settings, folders: Path) -> None:
    add_pictures(world, 1)
    settings.MIN_FREE_BYTES = 2**62
    job = exporting.start_export(world.project, parse_export(world.project, {"format": "hitl"}), user=None)
    run_one()
    job.refresh_from_db()
    assert job.result["refusal"]["code"] == "disk_full" and list((folders / "exports").iterdir()) == []


def replayed(frame: int, revision: int) -> dict[str, tuple[float, ...]]:
    """The live boxes of a frame at a revision, from its log alone."""
    boxes: dict[Any, BoxState] = {}
    for operation in Operation.objects.filter(frame=frame, revision__lte=revision).order_by("revision"):
        logged = logged_change(operation)
        change = Change(logged.kind, logged.box, fields=logged.fields, authored=logged.authored)
        apply(change, boxes, revision=operation.revision, user=None)
    return {
        str(box.id): tuple(box.fields[edge] for edge in ("x1", "y1", "x2", "y2"))
        for box in boxes.values()
        if not box.is_deleted
    }


class Editors:
    """Two people who draw and move without a pause, in threads of their own, each on all frames."""

    def __init__(self, world: World, frames: list[Frame]) -> None:
        self.world = world
        self.frames = frames
        self.stop = threading.Event()
        self.edits = 0
        self.threads = [threading.Thread(target=self.edit, args=(who,)) for who in ("annotator", "second")]

    def edit(self, who: str) -> None:
        authors = [self.world.author(frame, who) for frame in self.frames]
        for number, author in enumerate(itertools.cycle(authors)):
            if self.stop.is_set():
                break
            if len(author.boxes) < 3:
                author.draw(x1=number % 100, x2=number % 100 + 30.0)
            else:
                author.do("set", author.boxes[number % 3], x1=float(number % 50))
            self.edits += 1
        connections.close_all()

    def __enter__(self) -> "Editors":
        for thread in self.threads:
            thread.start()
        while self.edits < 20:
            self.stop.wait(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()


def test_r15_while_people_edit_an_export_is_of_one_moment(
    committed_studio: Studio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Every frame as its revision in the manifest says; and no frame newer than the moment, though the last page was
    read long after the first."""
    world = committed_studio.world
    frames = [world.frame(name=f"{number}.jpg") for number in range(6)]
    monkeypatch.setattr("annotate.datasets.reading.PAGE", 2)
    pages = 0
    read = reading.Reader._page

    def slowly(self: Any, page: Any) -> Any:
        nonlocal pages
        pages += 1
        before = editors.edits
        while editors.edits < before + 10:  # people go on meanwhile: the export keeps nobody from writing
            editors.stop.wait(0.01)
        return read(self, page)

    monkeypatch.setattr(reading.Reader, "_page", slowly)
    with Editors(world, frames) as editors:
        path, _result = export(world.project, images=False)
    records, manifest = frames_in(path), manifest_of(path)
    assert pages == 3 and len(records) == 6
    newest = dict(Frame.objects.values_list("pk", "revision"))
    for one in manifest["frames"]:
        boxes = {
            box.id: (box.edges.x1, box.edges.y1, box.edges.x2, box.edges.y2)
            for box in records[one["name"]].boxes
        }
        assert boxes == replayed(one["id"], one["revision"]), "the boxes of exactly this revision"
        assert one["revision"] < newest[one["id"]]
    moment = Operation.objects.filter(
        frame=manifest["frames"][0]["id"], revision=manifest["frames"][0]["revision"]
    ).get()
    for one in manifest["frames"]:
        first_after = Operation.objects.get(frame=one["id"], revision=one["revision"] + 1)
        assert first_after.created_at > moment.created_at, "all frames are of one moment"
    with pytest.raises(ConnectionDoesNotExist):
        connections["moment"].ensure_connection()
    assert "returned connection" not in caplog.text, "the pool got it back in the middle of a transaction"


def test_a_page_is_smaller_than_a_project(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotate.datasets.reading.PAGE", 2)
    frames = add_pictures(world, 5)
    for frame in (frames[0], frames[4]):
        draw_some(world, frame, 3)
    records = frames_in(export(world.project)[0])
    assert [len(records[frame.name].boxes) for frame in frames] == [3, 0, 0, 0, 3]
    assert PAGE > 2 and Box.objects.count() == 6
