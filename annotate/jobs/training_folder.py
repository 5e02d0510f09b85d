"""The folder of a training: its dataset version and parameters go in, the pipeline runs in it, results stay."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import psutil
from django.conf import settings

from ..ai.problems import gettext_noop
from ..datasets.gathering import CannotSnapshot
from ..datasets.git import GitFailed, GitMissing
from ..datasets.repository import Repository
from ..datasets.snapshot import Wish, make_version
from ..detection.mapping import mapping_for
from ..detection.versions import path_of, weights_path
from ..models import DatasetVersion, ModelVersion, Training
from ..training import params as pipeline_params
from ..training import problems, workspace
from . import processes
from .processes import Program
from .run import JobFailed, JobRun
from .training_files import folder_of
from .versions import CANNOT

OUTPUT = "output.log"
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")
"""Of our own environment; all else, the passwords in it too, is none of the pipeline's business."""

CODE_ROOT: Path = settings.BASE_DIR
"""Where dvc.yaml and the code of its stages are."""

GPU_FILES = ("/dev/nvidia0", "/dev/nvidiactl")
CPU_DEFAULTS = {"epochs": 30, "image_size": 320, "batch": 8, "patience": 30}
GPU_DEFAULTS = {"epochs": 100, "image_size": 640, "batch": 16, "patience": 30}
"""Patient: on the few validation images of a young project the best epoch is noise for long, and the last ones, which
see whole images, count most."""
FEW_IMAGES, EPOCHS_OF_FEW = 40, 60
"""Fewer training images are seen more often: too few steps make a first model half as good (docs/loop.md)."""
MEMORY_SHARE = 0.8
"""Of this machine's, where nobody says how much a training may have."""

NO_GIT = gettext_noop("Git is not installed on the machine of the worker, so no dataset version can be made.")
NO_VERSION = gettext_noop("No dataset version could be made: %(why)s. Nothing was trained.")


def output_of(folder: Path) -> Path:
    return folder / OUTPUT


class Watched:
    """The making of a version tells the job how far it is, and is stopped with it."""

    def __init__(self, run: JobRun) -> None:
        self.run = run

    def expect(self, total: int) -> None:
        self.run.result["total"] = total

    def did(self, done: int) -> None:
        self.run.result["done"] = done
        self.run.check()


def prepare(run: JobRun, training: Training) -> None:
    """Makes what the pipeline needs, once: taken up again, it goes on with the same. Raises JobFailed, Interrupted,
    OSError."""
    version = training.dataset_version or new_version(run, training)
    folder = folder_of(training)
    try:
        if not (folder / pipeline_params.FILE_NAME).is_file():
            trim_others(training)
            training.params |= msgspec.to_builtins(params_for(training, version))
            training.params["labels"] = labels_of(training, version)
            Training.objects.filter(pk=training.pk).update(params=training.params)
        params = pipeline_params.checked(pipeline_part(training.params))
    except problems.Problem as problem:
        raise JobFailed(problem.template, **problem.values) from problem
    workspace.prepare(folder, params=params, code_root=CODE_ROOT)


def new_version(run: JobRun, training: Training) -> DatasetVersion:
    """Of what is complete now; the newest one where nothing has changed since."""
    wish = Wish(key=f"training:{training.pk}")
    try:
        version = make_version(training.project, user=training.created_by, wish=wish, steps=Watched(run))
    except GitMissing as error:
        raise JobFailed(NO_GIT) from error
    except CannotSnapshot as error:
        raise JobFailed(CANNOT[error.code]) from error
    except GitFailed as error:
        raise JobFailed(NO_VERSION, why=str(error)) from error
    training.dataset_version = version
    Training.objects.filter(pk=training.pk).update(dataset_version=version)
    return version


def params_for(training: Training, version: DatasetVersion) -> pipeline_params.Params:
    """What was asked for; the rest as it suits this machine. Raises Problem."""
    asked = training.params.get("asked", {})
    machine = GPU_DEFAULTS if any(Path(name).exists() for name in GPU_FILES) else CPU_DEFAULTS
    usual = {**machine, "epochs": epochs_for(version.counts["splits"]["train"]["frames"], machine["epochs"])}
    chosen = {**usual, **{name: value for name, value in asked.items() if name in pipeline_names()}}
    minutes = asked.get("time_limit_min", settings.TRAINING_MINUTES)
    champion = training.champion
    return pipeline_params.checked(
        {
            "dataset": {"repository": str(Repository(training.project_id).folder), "version": version.number},
            "train": {
                **chosen,
                "base": base_of(training),
                "time_limit_s": minutes * 60,
                "memory_limit_mb": asked.get("memory_limit_mb")
                or settings.TRAINING_MEMORY_MB
                or own_share_mb(),
            },
            "evaluate": {
                "champion": str(path_of(champion)) if champion and path_of(champion).is_file() else "",
                "champion_classes": renamed_classes(training, champion),
                **rule_of(training),
            },
            "register": {"name": training.project.name, "image_size": chosen["image_size"]},
        }
    )


def epochs_for(images: int, usual: int) -> int:
    """How often ``images`` are looked at where nobody says so."""
    return max(usual, EPOCHS_OF_FEW) if images < FEW_IMAGES else usual


def rule_of(training: Training) -> dict[str, Any]:
    """By what it is judged: what held when it was asked for."""
    asked, project = training.params.get("evaluate", {}), training.project
    return {
        name: asked.get(name, getattr(project, name)) for name in ("class_margin", "auto_accept_precision")
    }


def pipeline_names() -> Iterable[str]:
    return pipeline_params.TrainParams.__struct_fields__


def pipeline_part(params: dict[str, Any]) -> dict[str, Any]:
    return {name: params[name] for name in pipeline_params.Params.__struct_fields__ if name in params}


def base_of(training: Training) -> str:
    """The weights of the model that serves, where they come from a training here; else those of the catalogue."""
    before = Training.objects.filter(model_version=training.champion).exclude(weights_sha256="").first()
    path = weights_path(before.weights_sha256, "pt") if before and training.champion_id else None
    return str(path) if path is not None and path.is_file() else pipeline_params.TrainParams().base


def renamed_classes(training: Training, champion: ModelVersion | None) -> dict[str, str]:
    """What the classes of the champion are called in this project, where that is another name."""
    if champion is None:
        return {}
    names = dict(training.project.labels.values_list("pk", "name"))
    mapping = mapping_for(training.project, champion.classes)
    named = {name: names[label] for name, label in mapping.items() if label is not None}
    return {name: label for name, label in named.items() if name != label}


def labels_of(training: Training, version: DatasetVersion) -> list[dict[str, Any]]:
    """Id and name of the classes, as they were: a label that is renamed later is still found by its id."""
    try:
        manifest = msgspec.json.decode(Repository(training.project_id).read(version.number, "dataset.json"))
    except (GitFailed, GitMissing, msgspec.DecodeError) as error:
        raise JobFailed(NO_VERSION, why=str(error)) from error
    return [{"id": label["id"], "name": label["name"]} for label in manifest["labels"]]


def own_share_mb() -> int:
    return int(psutil.virtual_memory().total * MEMORY_SHARE) // 2**20


def start(folder: Path) -> Program:
    """The pipeline, in a session of its own. Raises OSError."""
    problems.forget(folder)
    inherited = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment = workspace.environment(folder, models_cache=settings.MODELS_DIR, inherited=inherited)
    return processes.start(workspace.command(), folder, environment, output_of(folder))


def trim_others(training: Training) -> None:
    """Of trainings of the project that are over, the pages need the figures and pictures and nothing else."""
    over = Training.objects.filter(project=training.project_id, finished_at__isnull=False)
    for one in over.exclude(pk=training.pk):
        trim(folder_of(one))


def trim(folder: Path) -> None:
    """Removes all that can be had again or lies elsewhere: data, weights, caches."""
    for name in TRIMMED:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


TRIMMED = ("data", ".training", ".dvc/cache", ".dvc/tmp", "models/best.pt", "models/best.onnx", "weights")
