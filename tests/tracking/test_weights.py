"""Weights out of the registry, by alias and by hash; and that nothing else than what is meant is kept."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from annotate.detection.versions import path_of
from annotate.models import ModelVersion, Promotion
from annotate.tracking.rest import Mlflow
from annotate.tracking.weights import NotToBeHad, fetch_alias, fetch_missing
from tests.ai.models import constant, dense

from .conftest import Clock
from .course import CLASSES, Course
from .fake_mlflow import FakeMlflow, Model, Run

FOLDER = "weights"
MODEL = "Cells 3"
ALIAS = f"models:/{MODEL}@champion"


@pytest.fixture
def onnx(tmp_path: Path) -> bytes:
    rows = [[16, 16, 20, 20, 0.9, 0.0], [40, 40, 10, 10, 0.0, 0.6]]
    return constant(tmp_path / "cells.onnx", dense(rows), names=tuple(CLASSES)).read_bytes()


@pytest.fixture
def shelf(course: Course, mlflow: FakeMlflow, settings: Settings, onnx: bytes) -> FakeMlflow:
    """A registry with one version, its champion."""
    settings.MLFLOW_URL = mlflow.url
    mlflow.runs["abc"] = Run("abc", "1", "r", 0, {}, artifacts={f"{FOLDER}/best.onnx": onnx})
    put_on(mlflow, sha256=hashlib.sha256(onnx).hexdigest())
    return mlflow


def put_on(
    mlflow: FakeMlflow, *, sha256: str, source: str = f"mlflow-artifacts:/1/abc/artifacts/{FOLDER}"
) -> None:
    tags = [{"key": "sha256", "value": sha256}] if sha256 else []
    version = {"name": MODEL, "source": source, "run_id": "abc", "tags": tags}
    mlflow.models[MODEL] = Model([], {"1": version}, {"champion": "1"}, 1)


def stored(settings: Settings) -> list[Path]:
    folder: Path = settings.MODELS_DIR
    return [path for path in folder.rglob("*") if path.is_file() and b"default" not in path.read_bytes()[:9]]


def test_an_alias_leads_to_the_file(shelf: FakeMlflow, onnx: bytes) -> None:
    path, sha256 = fetch_alias(Mlflow(shelf.url), ALIAS)
    assert path.read_bytes() == onnx
    assert path.name == f"{sha256}.onnx"
    calls = len(shelf.calls)
    fetch_alias(Mlflow(shelf.url), ALIAS)
    assert not [one for one in shelf.calls[calls:] if "artifacts" in one]  # it is here


@pytest.mark.parametrize(
    "text",
    ["models:/Cells 3/1", "models:/../x@champion", "models:/a@b@c", "models:/@champion", "models:/Cells 3@a/b", "x"],
)  # fmt: skip
def test_what_is_no_name_with_an_alias_asks_nobody(text: str, shelf: FakeMlflow) -> None:
    with pytest.raises(NotToBeHad, match="models:/name@alias"):
        fetch_alias(Mlflow(shelf.url), text)
    assert shelf.calls == []


@pytest.mark.parametrize(("name", "alias"), [("Cells 3", "challenger"), ("No such one", "champion")])
def test_what_is_not_there_is_said(name: str, alias: str, shelf: FakeMlflow) -> None:
    with pytest.raises(NotToBeHad, match="MLflow has no"):
        fetch_alias(Mlflow(shelf.url), f"models:/{name}@{alias}")


def another_hash(mlflow: FakeMlflow) -> None:
    put_on(mlflow, sha256="0" * 64)


def no_hash(mlflow: FakeMlflow) -> None:
    put_on(mlflow, sha256="")


def hash_that_climbs(mlflow: FakeMlflow) -> None:
    put_on(mlflow, sha256="../" * 21 + "a")


def two_files(mlflow: FakeMlflow) -> None:
    mlflow.runs["abc"].artifacts[f"{FOLDER}/other.onnx"] = b"?"


def elsewhere(mlflow: FakeMlflow) -> None:
    put_on(mlflow, sha256="0" * 64, source="https://evil.example/weights")


def a_file_of_the_server(mlflow: FakeMlflow) -> None:
    put_on(mlflow, sha256="0" * 64, source="mlflow-artifacts:/1/../../etc")


@pytest.mark.parametrize(
    "spoil", [another_hash, no_hash, hash_that_climbs, two_files, elsewhere, a_file_of_the_server]
)
def test_what_is_not_surely_meant_is_not_kept(
    spoil: Callable[[FakeMlflow], None], shelf: FakeMlflow, settings: Settings
) -> None:
    spoil(shelf)
    with pytest.raises(NotToBeHad):
        fetch_alias(Mlflow(shelf.url), ALIAS)
    assert stored(settings) == []


def test_a_file_that_is_too_large_is_not_kept(
    shelf: FakeMlflow, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotate.tracking.weights.LARGEST_BYTES", 10)
    with pytest.raises(NotToBeHad, match="larger than 10"):
        fetch_alias(Mlflow(shelf.url), ALIAS)
    assert stored(settings) == []


class TestTheCommand:
    def test_it_adds_the_champion_and_lets_it_propose(self, shelf: FakeMlflow, course: Course) -> None:
        words = ("add_model", "Cells", ALIAS, "--project", str(course.project.pk), "--promote")
        call_command(*words)
        version = ModelVersion.objects.get(project=course.project)
        assert (str(version), version.classes, version.origin) == ("Cells 1", CLASSES, ALIAS)
        course.project.refresh_from_db()
        assert course.project.model_version == version
        assert Promotion.objects.get().reason == ALIAS
        call_command(*words)  # nothing new
        assert ModelVersion.objects.filter(project=course.project).count() == 1

    def test_it_knows_a_model_that_was_trained_here(
        self, shelf: FakeMlflow, course: Course, onnx: bytes
    ) -> None:
        known = ModelVersion.objects.create(
            name="Trained", number=7, kind="onnx", sha256=hashlib.sha256(onnx).hexdigest(), project=course.project
        )  # fmt: skip
        call_command("add_model", "Cells", ALIAS, "--project", str(course.project.pk))
        assert list(ModelVersion.objects.filter(project=course.project)) == [known]

    @pytest.mark.parametrize("more", [("--promote",), ("--sha256", "1" * 64)])
    def test_what_does_not_fit_adds_nothing(self, more: tuple[str, ...], shelf: FakeMlflow) -> None:
        before = ModelVersion.objects.count()
        with pytest.raises(CommandError, match="Nothing was added"):
            call_command("add_model", "Cells", ALIAS, *more)
        assert ModelVersion.objects.count() == before

    def test_an_mlflow_that_is_away_is_said(self, shelf: FakeMlflow) -> None:
        shelf.is_down = True
        with pytest.raises(CommandError, match="503.*Nothing was added"):
            call_command("add_model", "Cells", ALIAS)


class TestAWorkerThatLacksThem:
    """Another machine, with the database and an empty folder of models."""

    def test_it_gets_them_by_their_hash(
        self, course: Course, mlflow: FakeMlflow, clock: Clock, settings: Settings, tmp_path: Path
    ) -> None:
        from .test_training import told

        training = course.whole()
        told(mlflow, clock)
        version: Any = training.model_version
        was = path_of(version).read_bytes()
        settings.MODELS_DIR, settings.MLFLOW_URL = tmp_path / "elsewhere", mlflow.url
        assert fetch_missing(version)
        assert path_of(version).read_bytes() == was

    def test_without_an_mlflow_it_says_no(self, course: Course, settings: Settings) -> None:
        version = ModelVersion.objects.create(name="X", kind="onnx", sha256="0" * 64)
        settings.MLFLOW_URL = ""
        assert not fetch_missing(version)
