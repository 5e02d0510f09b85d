"""What MLflow's own client finds of dataset versions, trainings and models, against the rows and the files."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings as site
from django.urls import reverse

from annotate.detection.versions import path_of
from annotate.jobs.train import finish
from annotate.models import DatasetVersion, ModelVersion, TrackingEvent, Training
from annotate.tracking import server
from annotate.tracking.training_files import workspace_of

from .conftest import Clock
from .course import Course, epoch
from .real import RealMlflow
from .relays import settle
from .test_read_back import check_histories, read_back
from .test_real_mlflow import relay_to
from .test_training import promote

pytestmark = [
    pytest.mark.skipif(
        not server.is_installed(), reason="MLflow is not installed (pip install '.[tracking]')"
    ),
    pytest.mark.usefixtures("nothing_of_this_project"),
]
KEPT_IN_WORKSPACE = [
    "dvc.lock", "metrics/epochs.csv", "metrics/evaluation.json", "models/registration.json",
    "plots/confusion_matrix.png", "plots/pr.csv", "samples/1.jpg",
]  # fmt: skip
FIGURES = ("map50", "map50_95", "precision", "recall", "seconds_per_frame")
ABOUT_EVERY_RUN = {
    "hitl_version", "mlflow.source.name", "mlflow.source.git.commit", "mlflow.note.content", "mlflow.runName",
}  # fmt: skip

Found = dict[str, Any]
Points = dict[str, list[list[float]]]
"""Step and value of each point, by the name of the metric."""


def test_dataset_versions_trainings_and_models(
    course: Course, real: RealMlflow, clock: Clock, tmp_path: Path
) -> None:
    """One that serves, one that waits and one that brought nothing, told while they go on."""
    relay = relay_to(real, clock)

    def tell() -> None:
        clock.forward(seconds=11)  # what nobody sends a signal for is looked for every ten
        settle(relay, clock)

    first = course.whole()
    tell()
    promote(course, first)
    failed = course.start()
    course.learn(failed, 1)
    finish(failed, Training.Outcome.NO_MODEL, reason="no memory")
    waiting = course.start()
    course.work_hard(waiting, 1)
    learn(waiting, 1)
    tell()
    course.work_hard(waiting, 1, 11)  # a worker that took the job up reads it again
    learn(waiting, 2)
    course.finish(waiting, champion=0.5, challenger=0.8)
    tell()
    folder = tmp_path / "found"
    folder.mkdir()
    found = read_back(real.url, course.project.pk, folder)
    check_histories(found)
    kinds = Counter(run["tags"]["kind"] for run in found["runs"])
    assert kinds == {"dataset_version": 3, "training": 3, "detection": 1}, (
        "what took over looks at all images"
    )
    runs = {run["tags"]["event_id"]: run for run in found["runs"]}
    versions, trainings = DatasetVersion.objects.all(), Training.objects.all()
    assert (len(versions), len(trainings)) == (3, 3)
    for version in versions:
        [run] = [one for one in runs.values() if one["name"].startswith(f"Dataset {version} ")]
        check_dataset(run, version, folder / run["id"])
    for training in trainings:
        run = runs[training.pk.hex]
        check_training(run, training)
        check_files(run, training, folder / run["id"])
    check_models(found["models"], course, runs, {"champion": first, "challenger": waiting}, folder)


def learn(training: Training, number: int) -> None:
    """As the pipeline writes an epoch down: with its time."""
    entry = {**epoch(number), "at": f"2026-11-25T12:00:{number:02d}+00:00"}
    training.epochs = [*training.epochs, entry]
    training.save()


def check_dataset(run: Found, version: DatasetVersion, files: Path) -> None:
    assert (run["status"], run["start"]) == ("FINISHED", milliseconds(version.created_at))
    assert run["params"] == {
        "number": str(version.number),
        "digest": version.digest,
        "git_commit": version.git_commit,
    }
    steps = {name: [[version.number, value]] for name, value in leaves(version.counts)}
    assert run["history"] == steps and len(steps) == 5
    page = reverse("versions", args=[version.project_id])
    about = {"model_version": "none", "trigger": "person", "kind": "dataset_version"}
    check_tags(run, version, about, page)
    assert run["inputs"] == [input_of(version, "dataset")]
    assert run["artifacts"] == ["counts.json"]
    told = json.loads((files / "counts.json").read_text())
    assert told == {"counts": version.counts, "filters": version.filters}


def check_training(run: Found, training: Training) -> None:
    version = training.dataset_version
    assert version is not None and training.finished_at is not None
    is_model = training.model_version is not None
    assert run["status"] == ("FINISHED" if is_model else "FAILED")
    assert run["start"] == milliseconds(training.created_at)
    assert run["end"] == milliseconds(TrackingEvent.objects.get(run=training.pk, kind="trained").at)
    assert run["params"] == {
        **{
            f"{section}/{name}": value
            for section, values in named(training).items()
            for name, value in values.items()
        },
        "base": "yolo26n",
        "champion": str(training.champion),
    }
    assert run["history"] == {**epochs_of(training), **machine_of(training), **evaluated(training)}
    about = {"model_version": str(training.champion), "trigger": training.trigger, "kind": "training"}
    told = {"outcome": training.outcome, "reason": training.reason if is_model else ""}
    promotion = {"promotion": "manual"} if training.outcome == Training.Outcome.PROMOTED else {}
    more = {name: word for name, word in told.items() if word} | promotion
    page = reverse("training_detail", args=[training.project_id, training.pk])
    check_tags(run, version, {**about, **more}, page)
    assert run["inputs"] == [input_of(version, "training")]


def check_tags(run: Found, version: DatasetVersion, about: dict[str, str], page: str) -> None:
    """Those and no others; of what a run says of itself in sentences, that it leads to its page."""
    assert version.created_by is not None
    expected = {
        "project": version.project.name,
        "project_id": str(version.project_id),
        "user": version.created_by.username,
        "mlflow.user": version.created_by.username,
        "dataset_version": str(version),
        "dataset_digest": version.digest,
        "git_commit": version.git_commit,
        "page": page,
        **about,
    }
    rest = {name: word for name, word in run["tags"].items() if name not in ABOUT_EVERY_RUN}
    del rest["event_id"]  # by which it was found, or which only says that it is another one
    assert rest == expected
    assert run["tags"].keys() >= ABOUT_EVERY_RUN
    assert run["tags"]["hitl_version"] == site.VERSION
    assert f"]({page})" in run["tags"]["mlflow.note.content"]


def input_of(version: DatasetVersion, context: str) -> Found:
    return {
        "name": f"{version.project.name}/{version}",
        "digest": version.digest,
        "source": {"url": reverse("versions", args=[version.project_id])},
        "profile": {"num_rows": version.counts["frames"], "num_elements": version.counts["boxes"]},
        "tags": {"mlflow.data.context": context},
    }


def named(training: Training) -> dict[str, dict[str, str]]:
    """What stands in params.yaml, with names in the place of paths."""
    train, evaluate = training.params["train"], training.params["evaluate"]
    return {
        "dataset": {"repository": "1", "version": str(training.params["dataset"]["version"])},
        "train": {"base": "yolo26n.pt", "epochs": str(train["epochs"]), "seed": str(train["seed"])},
        "evaluate": {"class_margin": str(evaluate["class_margin"])},
    }


def epochs_of(training: Training) -> Points:
    points: Points = {}
    for entry in training.epochs:
        for name, value in entry.items():
            if name not in ("epoch", "at") and value is not None:
                plain = name.replace("(", "").replace(")", "")
                points.setdefault(plain, []).append([entry["epoch"], value])
    return points


def machine_of(training: Training) -> Points:
    """Each sample once, however often it was read."""
    samples: dict[str, dict[str, Any]] = {}
    for event in TrackingEvent.objects.filter(run=training.pk, kind="machine"):
        samples |= {one["at"]: one["system"] for one in event.payload["samples"]}
    points: Points = {}
    for step, at in enumerate(sorted(samples), start=1):
        for name, value in samples[at].items():
            if value is not None:
                points.setdefault(f"system/{name}", []).append([step, value])
    return points


def evaluated(training: Training) -> Points:
    """At the last epoch: what both models reach, each class, and the difference with its interval."""
    found: dict[str, float] = {}
    evaluation = training.evaluation
    for who in ("challenger", "champion"):
        part = evaluation.get(who) or {}
        found |= {f"{who}/{name}": part[name] for name in FIGURES if name in part}
        classes = part.get("per_class", {})
        found |= {f"{who}/map50_95 of {name}": one["map50_95"] for name, one in classes.items()}
    if evaluation:
        part = evaluation["difference"]
        found |= {f"difference/map50_95/{name}": value for name, value in part["map50_95"].items()}
        found |= {f"difference/map50_95 of {name}": value for name, value in part["per_class"].items()}
    last = training.epochs[-1]["epoch"]
    return {name: [[last, round(value, 6)]] for name, value in found.items()}


def check_files(run: Found, training: Training, files: Path) -> None:
    """Byte by byte as they are here, but for what names places of this machine."""
    expected = {"params.yaml"}
    data = yaml.safe_load((files / "params.yaml").read_text())
    for section, values in named(training).items():
        assert {name: str(value) for name, value in data[section].items() if value != ""} == values
    version = training.model_version
    if version is not None:
        expected |= {"data.yaml", "weights/best.onnx", "weights/best.pt", *KEPT_IN_WORKSPACE}
        names = yaml.safe_load((files / "data.yaml").read_text())["names"]
        assert names == dict(enumerate(version.classes))
        assert (files / "weights" / "best.onnx").read_bytes() == path_of(version).read_bytes()
        torch = site.MODELS_DIR / training.weights_sha256[:2] / f"{training.weights_sha256}.pt"
        assert (files / "weights" / "best.pt").read_bytes() == torch.read_bytes()
        for name in KEPT_IN_WORKSPACE:
            assert (files / name).read_bytes() == without_places(training, name), name
    assert set(run["artifacts"]) == expected


def without_places(training: Training, name: str) -> bytes:
    folder = workspace_of(training)
    data = (folder / name).read_bytes()
    return data.replace(str(folder).encode(), b".").replace(str(site.DATA_DIR).encode(), b"data")


def check_models(
    models: list[Found], course: Course, runs: Found, aliases: dict[str, Training], folder: Path
) -> None:
    """One model, a version for each training that brought one; whoever asks by an alias gets the file that is meant."""
    [model] = models
    assert model["name"] == f"{course.project.name} {course.project.pk}"
    assert model["tags"] == {"hitl_project": str(course.project.pk)}
    trainings = {one.pk.hex: one for one in Training.objects.exclude(model_version=None)}
    by_training = {one["tags"]["event_id"]: number for number, one in model["versions"].items()}
    assert by_training.keys() == trainings.keys() and len(model["versions"]) == len(trainings) == 2
    for key, training in trainings.items():
        version, data = training.model_version, training.dataset_version
        assert version is not None and data is not None
        told, run = model["versions"][by_training[key]], runs[key]
        assert (told["run"], told["status"]) == (run["id"], "READY")
        assert told["source"].endswith(f"/{run['id']}/artifacts/weights")
        assert told["tags"] == {"event_id": key, **tags_of(version, data)}
    found = {alias: str(by_training[training.pk.hex]) for alias, training in aliases.items()}
    assert {alias: str(number) for alias, number in model["aliases"].items()} == found
    for alias, training in aliases.items():
        training.refresh_from_db()
        assert training.model_version is not None
        [file] = (folder / alias).rglob("*.onnx")
        assert file.read_bytes() == path_of(training.model_version).read_bytes()
    course.project.refresh_from_db()
    assert course.project.model_version == aliases["champion"].model_version


def tags_of(version: ModelVersion, data: DatasetVersion) -> dict[str, str]:
    return {
        "sha256": version.sha256,
        "classes": ", ".join(version.classes),
        "image_size": str(version.image_size),
        "licence": version.licence,
        "model_version": str(version),
        "dataset_version": str(data),
        "dataset_digest": data.digest,
    }


def leaves(counts: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """One level deep, as these are."""
    for name, value in counts.items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        yield from ((f"{name}/{key}".rstrip("/"), number) for key, number in inner)


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
