"""Dataset versions and trainings of a project, told by the signals of the product, with files like real ones."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from annotate.ai.catalogue import BY_KEY
from annotate.detection.versions import register
from annotate.jobs.progress import Sample
from annotate.jobs.train import finish
from annotate.learning.promotion import serving
from annotate.models import DatasetVersion, Job, ModelVersion, Project, Training, User
from annotate.signals import dataset_versioned, machine_measured
from annotate.tracking.training_files import workspace_of

CLASSES = ["car", "bus"]


def epoch(number: int) -> dict[str, Any]:
    quality = round(1 - 1 / (number + 1), 4)
    return {
        "epoch": number,
        "metrics/mAP50-95(B)": quality,
        "train/box_loss": round(2 / number, 4),
        "nothing": None,
    }


def sample(second: int, cpu: float) -> Sample:
    figures = {"cpu_utilization_percentage": cpu, "gpu_0_utilization_percentage": None}
    return Sample(datetime(2026, 11, 25, 12, 0, second, tzinfo=UTC), figures)


def measured(quality: float) -> dict[str, Any]:
    of_class = {"map50": quality, "map50_95": quality / 2, "precision": 0.8, "recall": 0.7, "truths": 9}
    return {
        "map50": quality,
        "map50_95": quality / 2,
        "precision": 0.8,
        "recall": 0.7,
        "seconds_per_frame": 12.5,
        "per_class": dict.fromkeys(CLASSES, of_class),
    }


def evaluation(champion: float | None, challenger: float) -> dict[str, Any]:
    gain = (challenger - (champion or 0)) / 2
    return {
        "format": 1,
        "dataset": {"digest": "a" * 32 + ".dir", "number": 1, "frames": 40},
        "challenger": measured(challenger),
        "champion": None if champion is None else measured(champion),
        "difference": {
            "map50_95": {"mean": gain, "low": gain - 0.01, "high": gain + 0.01},
            "per_class": dict.fromkeys(CLASSES, gain),
            "fallen_classes": [],
        },
        "frames": [{"name": "x" * 1000}],
    }


@dataclass
class Course:
    """``user``: who starts everything."""

    project: Project
    user: User

    def __post_init__(self) -> None:
        """The default of an installation."""
        sha256 = weights("default", "onnx")
        register(name="Nano", suffix="onnx", sha256=sha256, classes=CLASSES, image_size=320)

    def version(self) -> DatasetVersion:
        number = DatasetVersion.objects.filter(project=self.project).count() + 1
        version = DatasetVersion.objects.create(
            project=self.project,
            number=number,
            message="Ann's phone is 555-0100",
            git_commit=hashlib.sha1(f"{self.project.pk}/{number}".encode()).hexdigest(),  # noqa: S324
            digest=f"{number:032x}.dir",
            counts={"frames": 50, "boxes": 120, "labels": {"car": 100, "bus": 20}, "splits": {"train": 40}},
            created_by=self.user,
            created_at=timezone.now(),
        )
        dataset_versioned.send(None, version=version)
        return version

    def start(self, version: DatasetVersion | None = None) -> Training:
        """As far as the worker comes before the first epoch."""
        job = Job.objects.create(kind="train", project=self.project, state="running")
        base = BY_KEY["yolo26n"].pins[0].sha256
        return Training.objects.create(
            project=self.project,
            dataset_version=version or self.version(),
            champion=serving(self.project),
            job=job,
            trigger="button",
            params={
                "dataset": {"repository": str(settings.DATA_DIR / "datasets" / "1"), "version": 1},
                "train": {"base": str(settings.MODELS_DIR / f"{base}.pt"), "epochs": 3, "seed": 0},
                "evaluate": {"champion": "", "class_margin": 0.05},
            },
            created_by=self.user,
        )

    def learn(self, training: Training, *numbers: int) -> None:
        training.epochs = [*training.epochs, *map(epoch, numbers)]
        training.save()

    def work_hard(self, training: Training, *seconds: int) -> None:
        """What jobs.training_course tells when it has read so."""
        samples = [sample(second, 50.0 + second) for second in seconds]
        machine_measured.send(None, training=training, samples=samples)

    def finish(
        self, training: Training, *, champion: float | None = None, challenger: float = 0.6
    ) -> ModelVersion:
        """As jobs.train does: weights and files are there first."""
        onnx, torch = weights(f"onnx {training.pk}", "onnx"), weights(f"pt {training.pk}", "pt")
        write_files(training)
        version = register(
            name=self.project.name,
            suffix="onnx",
            sha256=onnx,
            classes=CLASSES,
            image_size=320,
            licence="AGPL-3.0",
            project=self.project,
        )
        assert finish(
            training,
            Training.Outcome.CHALLENGER,
            model_version=version,
            evaluation=evaluation(champion, challenger),
            weights_sha256=torch,
        )
        return version

    def whole(self) -> Training:
        training = self.start()
        self.work_hard(training, 1, 11)
        self.learn(training, 1, 2, 3)
        self.finish(training)
        return training


def weights(text: str, suffix: str) -> str:
    """Stored under the hash of their content, which is given back."""
    data = text.encode() * 50_000
    sha256 = hashlib.sha256(data).hexdigest()
    path = settings.MODELS_DIR / sha256[:2] / f"{sha256}.{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return sha256


def write_files(training: Training) -> None:
    folder = workspace_of(training)
    evaluated = {
        "frames": str(folder / "dataset" / "images" / "1.jpg"),
        "cache": str(settings.DATA_DIR / "store"),
    }
    files: dict[str, bytes] = {
        "metrics/epochs.csv": b"epoch,loss\n1,2.0\n",
        "metrics/evaluation.json": json.dumps(evaluated).encode(),
        "plots/confusion_matrix.png": b"\x89PNG",
        "plots/pr.csv": b"recall,precision\n",
        "samples/1.jpg": b"\xff\xd8\xff",
        "models/registration.json": b"{}",
        "models/best.pt": b"not looked at",
        "dvc.lock": f"path: {folder}\n".encode(),
        "params.yaml": b"secret: /home/somebody",
        "dataset/images/1.jpg": b"\xff\xd8\xff",
    }
    for name, data in files.items():
        path: Path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
