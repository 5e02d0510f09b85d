"""The whole loop, once, with nothing left out: real photographs, ten of them imported with their boxes as Pascal VOC,
twenty drawn on by two people through the protocol, a dataset version, a real training on the CPU, the comparison, a
promotion, proposals on what nobody touched, while people look, and a correction.

Small: a few epochs at a small size. That the model is good is for bench/loop.py to show; here everything has to meet.
"""

import asyncio
import hashlib
import importlib.util
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from annotate.ai.catalogue import BY_KEY
from annotate.datasets.repository import Repository
from annotate.datasets.split import TEST, TRAIN, VAL, split_of
from annotate.detection.versions import path_of
from annotate.frames import set_status
from annotate.jobs import training_course
from annotate.jobs.runner import Runner
from annotate.jobs.train import start_training
from annotate.jobs.train_request import TrainWish
from annotate.learning.promotion import promote
from annotate.media.ingest import AddedFrame, add_image
from annotate.models import Box, Detection, Frame, Label, Proposal, Training
from annotate.sync import threads
from annotate.tracking import server
from annotate.tracking.relay import Relay
from annotate.tracking.rest import Mlflow
from bench import bccd
from tests.ai import data
from tests.sync.live import live_database
from tests.sync.room import Room
from tests.sync.tab import Tab
from tests.sync.world import World, make_world
from tests.tracking.conftest import Clock
from tests.tracking.real import RealMlflow
from tests.tracking.relays import settle

from .conftest import folders

__all__ = ["folders"]

HAS_ALL = all(importlib.util.find_spec(name) for name in ("torch", "ultralytics", "dvc"))
pytestmark = [
    pytest.mark.skipif(not HAS_ALL, reason="the extras ml and data are not installed"),
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
]

LABELLED = {TRAIN: 23, VAL: 3, TEST: 4}
IMPORTED = 10
LEFT = 2
PAINTERS = ("annotator", "second")
SIZE, EPOCHS = 128, 2
LEAST_CONFIDENCE = 0.01  # so that a model of two epochs proposes something


@pytest.fixture
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, folders: Path, settings: Settings
) -> Iterator[World]:
    """Really committed: the lease of a job is kept by a thread."""
    settings.MIN_FREE_BYTES = 0
    with django_db_blocker.unblock(), live_database(folders):
        yield make_hospital(settings)


def make_hospital(settings: Settings) -> World:
    weights, pin = data.weights("yolo26n")
    target = BY_KEY["yolo26n"].path(settings.MODELS_DIR, pin)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(weights, target)
    world = make_world()
    Label.objects.filter(project=world.project).delete()
    world.labels.clear()
    for place, name in enumerate(bccd.CLASSES):
        label = Label.objects.create(project=world.project, name=name, color="#0072b2", position=place)
        world.labels[name] = label.pk
    world.project.confidence = LEAST_CONFIDENCE
    world.project.save()
    return world


def chosen_photos() -> tuple[list[bccd.Photo], list[bccd.Photo]]:
    """To be labelled, as many of each split as wanted; and to be left alone."""
    try:
        photos = bccd.photos("train")
    except bccd.DataMissing as missing:
        pytest.skip(str(missing))
    wanted = dict(LABELLED)
    labelled: list[bccd.Photo] = []
    left: list[bccd.Photo] = []
    for photo in photos:
        split = split_of(hashlib.md5(photo.path.read_bytes(), usedforsecurity=False).hexdigest(), False)
        if wanted[split]:
            wanted[split] -= 1
            labelled.append(photo)
        elif len(left) < LEFT and split == TRAIN:
            left.append(photo)
        if not any(wanted.values()) and len(left) == LEFT:
            return labelled, left
    raise AssertionError("the photographs do not suffice")


def add(world: World, photo: bccd.Photo) -> Frame:
    added = add_image(world.project, world.source, photo.path.name, photo.path.read_bytes())
    assert isinstance(added, AddedFrame)
    return added.frame


def live(world: World, frame: Frame, act: Callable[[Room], Awaitable[None]]) -> None:
    """What people do in their browsers, over the sockets of the real application."""

    async def all_of_it() -> None:
        room = Room(world, frame)
        try:
            await act(room)
            await room.clear()
        finally:
            await room.stop()

    asyncio.run(all_of_it())


async def opened(room: Room, who: str, frame: Frame) -> Tab:
    tab = Tab(frame.pk, await room.cookie(who))
    room.tabs.append(tab)
    await tab.open()
    return tab


def draw(world: World, pictures: Sequence[tuple[Frame, bccd.Photo]]) -> None:
    """Two people at once, each on every other picture, box by box; then each says that it is complete."""

    async def both(room: Room) -> None:
        halves = (pictures[number :: len(PAINTERS)] for number in range(len(PAINTERS)))
        await asyncio.gather(*(one(room, who, half) for who, half in zip(PAINTERS, halves, strict=True)))

    async def one(room: Room, who: str, half: Sequence[tuple[Frame, bccd.Photo]]) -> None:
        for frame, photo in half:
            tab = await opened(room, who, frame)
            for box in photo.boxes:
                edges = {name: getattr(box.edges, name) for name in ("x1", "y1", "x2", "y2")}
                await tab.draw(**edges, label=world.labels[box.name])
            await tab.leave()
            await threads.write(set_status, frame.pk, Frame.Status.COMPLETE, world.people[who])

    live(world, pictures[0][0], both)


def import_voc(world: World, photos: list[bccd.Photo], path: Path) -> None:
    """As they lie in the data set: its own XML, read by the product."""
    with zipfile.ZipFile(path, "w") as archive:
        for photo in photos:
            archive.write(photo.path, f"JPEGImages/{photo.path.name}")
            notes = f"Annotations/{photo.stem}.xml"
            archive.write(bccd.folder() / notes, notes)
    owner = world.people["owner"].username
    words = ("--project", str(world.project.pk), "--format", "voc", "--status", "complete", "--user", owner)
    call_command("import_dataset", str(path), *words, verbosity=0)


def work(lane: str) -> None:
    assert Runner(lane, threading.Event()).run_one()


def git_says(world: World, *words: str) -> str:
    folder = Repository(world.project.pk).folder
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True)
    return done.stdout


def test_the_whole_loop(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(training_course, "LOOK_S", 0.1)
    labelled, left = chosen_photos()
    imported = labelled[:: len(labelled) // IMPORTED]
    import_voc(world, imported, tmp_path / "bccd.zip")
    draw(world, [(add(world, photo), photo) for photo in labelled if photo not in imported])
    untouched = [add(world, photo) for photo in left]

    training = train(world)
    check_data(world, training, labelled)
    check_model(training)

    owner, version = world.people["owner"], training.model_version
    assert version is not None
    promote(world.project, version, user=owner, kind="manual", training=training)
    look_and_correct(world, training, untouched)
    check_mlflow(world, training, tmp_path)


def train(world: World) -> Training:
    wish = TrainWish(epochs=EPOCHS, image_size=SIZE, batch=8, seed=1)
    started = start_training(world.project, wish, user=world.people["owner"], trigger="button")
    work("train")
    training = Training.objects.select_related("job", "model_version", "dataset_version").get(pk=started.pk)
    assert training.job is not None and training.job.state == "done", (training.reason, training.job.log)  # type: ignore[union-attr]
    return training


def check_data(world: World, training: Training, labelled: list[bccd.Photo]) -> None:
    """The same digest in the database, in DVC's file, and in what the model was measured on."""
    version = training.dataset_version
    assert version is not None
    assert (version.counts["frames"], version.counts["boxes"]) == (
        len(labelled),
        sum(len(photo.boxes) for photo in labelled),
    )
    assert f"md5: {version.digest}" in git_says(world, "show", f"v{version.number}:annotations.dvc")
    assert git_says(world, "rev-parse", f"v{version.number}^{{commit}}").strip() == version.git_commit
    assert training.evaluation["dataset"]["digest"] == version.digest
    assert training.evaluation["dataset"]["frames"] == LABELLED[TEST]


def check_model(training: Training) -> None:
    assert [row["epoch"] for row in training.epochs] == [1, 2]
    assert all(row["loss"] > 0 for row in training.epochs)
    version = training.model_version
    assert version is not None and version.classes == list(bccd.CLASSES)
    assert hashlib.sha256(path_of(version).read_bytes()).hexdigest() == version.sha256
    assert training.outcome == "challenger", training.evaluation
    assert training.evaluation["verdict"] == "first"


def check_proposals(world: World, training: Training, untouched: list[Frame]) -> list[Any]:
    """On what nobody had touched, and nowhere else."""
    detection = Detection.objects.get(project=world.project)
    assert detection.model_version == training.model_version
    assert set(detection.frames.values_list("frame", flat=True)) == {frame.pk for frame in untouched}
    boxes = list(Box.objects.filter(frame__in=untouched, source="model", status="proposed"))
    assert boxes and {box.label_id for box in boxes} <= set(world.labels.values())
    waiting = set(Frame.objects.exclude(score=None).values_list("pk", flat=True))
    assert waiting == {box.frame_id for box in boxes}, "the queue knows what they are worth"
    return sorted(boxes, key=lambda box: box.x1 - box.x2)  # the widest first


def look_and_correct(world: World, training: Training, untouched: list[Frame]) -> None:
    """The new model looks while two people have the pictures open: they see its proposals come, and the queue is in a
    new order. One moves an edge and accepts; the next version will have it."""
    assert not Frame.objects.exclude(score=None).exists()

    async def watch(room: Room) -> None:
        tabs = {
            frame.pk: await opened(room, who, frame) for who, frame in zip(PAINTERS, untouched, strict=True)
        }
        assert [tab.replica.boxes for tab in tabs.values()] == [{}, {}]
        await asyncio.to_thread(propose)
        boxes = await threads.read(check_proposals, world, training, untouched)
        for box in boxes:
            await tabs[box.frame_id].wait_for(lambda box=box: str(box.pk) in tabs[box.frame_id].replica.boxes)  # type: ignore[misc]
        await correct(tabs[boxes[0].frame_id], boxes[0])

    def propose() -> None:
        try:
            work("batch")
        finally:
            connections.close_all()

    live(world, untouched[0], watch)
    proposal = Proposal.objects.get(outcome="corrected")
    place = [frame.pk for frame in untouched].index(proposal.frame_id)
    assert proposal.judged_by == world.people[PAINTERS[place]]
    set_status(proposal.frame_id, Frame.Status.COMPLETE, world.people[PAINTERS[place]])


async def correct(tab: Tab, box: Box) -> None:
    seen = tab.replica.boxes[str(box.pk)]
    fields = {"x2": box.x2 - (box.x2 - box.x1) / 10, "status": "accepted"}
    answer = await tab.do("set", str(box.pk), set=fields, base={"status": seen["versions"]["status"]})
    assert "from" in answer, answer


def check_mlflow(world: World, training: Training, folder: Path) -> None:
    """Told afterwards, as when MLflow was away meanwhile: the same numbers, the same digest, the same bytes of weights,
    and the model that serves under its alias."""
    if not server.is_installed():
        pytest.skip("all but MLflow was checked: it is not installed (pip install '.[tracking]')")
    mlflow, clock = RealMlflow(folder), Clock()
    mlflow.start()
    try:
        settle(Relay(Mlflow(mlflow.url, timeout_s=60), now=clock.now, clock=clock.seconds), clock)
        runs, registry = mlflow.picture(world.project.pk), mlflow.registry(world.project.pk)
    finally:
        mlflow.kill()
    run = runs[training.pk.hex]
    version, model = training.dataset_version, training.model_version
    assert version is not None and model is not None
    assert run["status"] == "FINISHED" and any(version.digest in one for one in run["inputs"])
    newest = {key: value for key, value, _at, _step in run["metrics"]}
    assert newest["challenger/map50_95"] == pytest.approx(training.evaluation["challenger"]["map50_95"])
    losses = [value for key, value, _at, _step in run["metrics"] if key == "loss"]
    assert sorted(losses) == pytest.approx(sorted(row["loss"] for row in training.epochs))
    weights = [data for name, data in run["artifacts"].items() if name.endswith(".onnx")]
    assert [hashlib.sha256(data).hexdigest() for data in weights] == [model.sha256]
    [(versions, aliases)] = registry.values()
    assert len(versions) == 1 and aliases == {"champion": versions[0]}
