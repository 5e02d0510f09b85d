"""What the tests of Celery do in processes of their own, on a site without pictures: detections and a training are
asked for, and a worker trains by a pipeline that trains nothing."""

import hashlib
import io
import sys
from functools import partial
from pathlib import Path

from django.conf import settings
from PIL import Image

from annotate.detection.request import Wish
from annotate.detection.versions import path_of, register
from annotate.jobs import training_folder
from annotate.jobs.celery_app import run_worker
from annotate.jobs.detect import start_detection
from annotate.jobs.train import start_training
from annotate.jobs.train_request import FEWEST_FRAMES, TrainWish
from annotate.media.ingest import add_image
from annotate.models import Detection, Frame, Job, Project, Source, User
from annotate.training import workspace
from tests.ai.models import constant, dense
from tests.jobs.trainings import command, make_code
from tests.media.site import until

FRAMES = 30
SIZE = 2048
"""Pixels of the side of what the model sees: so large that a batch takes seconds."""
FIND = [1000, 1000, 600, 600, 0.9]


def ask_for_detections() -> None:
    """All pictures; and the last one alone while that batch is going on. Before them the first one alone, so that its
    lane has loaded what it needs: how long that takes is not asked here."""
    add_pictures(FRAMES)
    add_model()
    first, last = Frame.objects.earliest("pk"), Frame.objects.latest("pk")
    before = ask(first.pk)
    until(partial(is_done, before), "the first picture is done", 60)
    batch = ask()
    until(batch.frames.exists, "the batch is going on", 60)
    ask(last.pk)


def ask_for_a_batch() -> None:
    add_pictures(FRAMES)
    add_model()
    ask()


def add_pictures(count: int) -> None:
    source = Source.objects.create(project=Project.objects.get(), kind="upload", name="carried")
    for number in range(count):
        file = io.BytesIO()
        Image.new("RGB", (128, 128), (number * 5, 80, 120)).save(file, "PNG")
        add_image(source.project, source, f"{number:02}.png", file.getvalue())


def add_model() -> None:
    file = constant(settings.DATA_DIR / "made.onnx", dense([FIND]), names=("boat",), size=(SIZE, SIZE))
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    version = register(name="made", suffix="onnx", sha256=sha256, classes=["boat"], image_size=SIZE)
    path_of(version).parent.mkdir(parents=True, exist_ok=True)
    file.rename(path_of(version))


def ask(*frames: int) -> Detection:
    user = User.objects.get(username="maria")
    return start_detection(Project.objects.get(), Wish(frames or None), user=user, trigger="api")


def is_done(detection: Detection) -> bool:
    return Job.objects.filter(detection=detection, state=Job.State.DONE).exists()


def ask_for_a_training() -> None:
    add_pictures(FEWEST_FRAMES)
    Frame.objects.update(status=Frame.Status.COMPLETE)
    start_training(
        Project.objects.get(), TrainWish(), user=User.objects.get(username="maria"), trigger="button"
    )


def work_at_trainings(code: str) -> None:
    """As ``manage.py worker --lanes train``."""
    training_folder.CODE_ROOT = make_code(Path(code))
    workspace.command = command
    sys.exit(run_worker(["train"], concurrency=1))
