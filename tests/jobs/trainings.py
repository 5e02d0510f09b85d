"""Trainings with a pipeline that trains nothing, in a real process."""

import json
import shutil
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotate.jobs.runner import Runner
from annotate.jobs.train import start_training
from annotate.jobs.train_request import TrainWish
from annotate.jobs.training_files import folder_of
from annotate.models import Job, Training
from annotate.training import workspace
from tests.datasets.conftest import Studio

STANDIN = Path(__file__).with_name("standin.py")


def command() -> list[str]:
    return [sys.executable, "annotate/standin.py"]


def make_code(folder: Path, **orders: Any) -> Path:
    """A folder like the one that holds dvc.yaml and ``annotate``."""
    (folder / "annotate").mkdir(parents=True, exist_ok=True)
    shutil.copy(STANDIN, folder / "annotate")
    (folder / workspace.PIPELINE).write_text("stages: {}\n")
    give(folder, **orders)
    return folder


def give(folder: Path, **orders: Any) -> None:
    (folder / "annotate" / "orders.json").write_text(json.dumps(orders))


@dataclass
class Gym:
    studio: Studio
    code: Path

    def start(self, **wish: Any) -> Training:
        owner = self.studio.world.people["owner"]
        return start_training(self.studio.world.project, TrainWish(**wish), user=owner, trigger="button")

    def order(self, **orders: Any) -> None:
        give(self.code, **orders)

    def work(self, stop: threading.Event | None = None) -> None:
        assert Runner("train", stop or threading.Event()).run_one()

    def train(self, **orders: Any) -> Training:
        """A training from its start to its end."""
        self.order(**orders)
        training = self.start()
        self.work()
        return fresh(training)

    def folder(self, training: Training) -> Path:
        return folder_of(training)


def fresh(training: Training) -> Training:
    return Training.objects.select_related("job", "model_version", "project", "dataset_version").get(
        pk=training.pk
    )


def job_of(training: Training) -> Job:
    return Job.objects.get(training=training)
