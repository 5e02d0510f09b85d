"""``manage.py add_model``: an administrator's own weights become a model that people can choose, or nothing happens."""

import hashlib
import os
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.core.management import CommandError, call_command

from annotate.ai import apart
from annotate.ai.detector import MAX_IMAGE_SIZE, MIN_IMAGE_SIZE
from annotate.detection.versions import path_of, usable_for
from annotate.models import ModelVersion
from tests.ai import standin
from tests.ai.models import constant, dense
from tests.sync.world import World

ROWS = [[16, 16, 20, 20, 0.9, 0.0], [40, 40, 10, 10, 0.0, 0.6]]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MODELS_DIR = tmp_path / "models"
    return tmp_path


@pytest.fixture
def file(folder: Path) -> Path:
    return constant(folder / "cells.onnx", dense(ROWS), names=("red", "white"))


def test_it_offers_the_model_at_once(world: World, file: Path) -> None:
    call_command("add_model", "Cells", str(file), "--licence", "MIT")
    [version] = usable_for(world.project)
    assert (str(version), version.classes, version.image_size) == ("Cells 1", ["red", "white"], 64)
    assert path_of(version).read_bytes() == file.read_bytes() and version.project is None


def test_the_same_name_makes_the_next_version_of_one_project(world: World, folder: Path, file: Path) -> None:
    call_command("add_model", "Cells", str(file), "--project", str(world.project.pk))
    other = constant(folder / "more.onnx", dense([*ROWS, ROWS[0]]), names=("red", "white"))
    call_command("add_model", "Cells", str(other), "--project", str(world.project.pk))
    call_command("add_model", "Cells", str(other), "--project", str(world.project.pk))
    assert [str(one) for one in usable_for(world.project)] == ["Cells 2", "Cells 1"]


@pytest.mark.parametrize("size", [MIN_IMAGE_SIZE - 1, MAX_IMAGE_SIZE + 1])
def test_a_size_that_nobody_could_ask_for_is_refused(
    world: World, folder: Path, file: Path, size: int
) -> None:
    said = f"from {MIN_IMAGE_SIZE} to {MAX_IMAGE_SIZE} .*Nothing was added"
    with pytest.raises(CommandError, match=said):
        call_command("add_model", "Cells", str(file), "--image-size", str(size))
    fixed = constant(folder / "fixed.onnx", dense(ROWS), names=("red", "white"), size=(size, 1))
    with pytest.raises(CommandError, match=said):
        call_command("add_model", "Cells", str(fixed))
    assert not ModelVersion.objects.exists() and not list(folder.glob("models/*/*"))


def test_any_size_of_the_range_is_the_models_own(world: World, folder: Path) -> None:
    file = constant(folder / "any.onnx", dense(ROWS), names=("red", "white"), size=("high", "wide"))
    call_command("add_model", "Cells", str(file), "--image-size", "500")
    assert ModelVersion.objects.get().image_size == 500


def test_the_same_file_with_other_words_is_corrected_while_nobody_has_used_it(
    world: World, folder: Path
) -> None:
    file = constant(folder / "any.onnx", dense(ROWS), names=None, size=("high", "wide"))
    call_command("add_model", "Cells", str(file), "--classes", "white", "red")
    call_command("add_model", "Cells", str(file), "--classes", "red", "white", "--image-size", "320")
    version = ModelVersion.objects.get()
    assert (version.classes, version.image_size) == (["red", "white"], 320)
    world.project.model_version = version
    world.project.save()
    call_command("add_model", "Cells", str(file), "--classes", "red", "white", "--image-size", "320")
    with pytest.raises(CommandError, match="been used, with the classes red, white at 320 .* another name"):
        call_command("add_model", "Cells", str(file), "--classes", "white", "red")
    assert ModelVersion.objects.get().classes == ["red", "white"]
    call_command("add_model", "Other cells", str(file), "--classes", "white", "red")
    assert {str(one): one.classes[0] for one in ModelVersion.objects.all()} == {
        "Cells 1": "red",
        "Other cells 1": "white",
    }


def test_another_hash_is_refused(world: World, file: Path) -> None:
    with pytest.raises(CommandError, match="Nothing was added"):
        call_command("add_model", "Cells", str(file), "--sha256", "0" * 64)
    assert not ModelVersion.objects.exists()


def test_a_program_is_taken_only_with_its_hash(world: World, folder: Path) -> None:
    pickle = folder / "evil.pt"
    pickle.write_bytes(b"\x80\x04.")
    with pytest.raises(CommandError, match=f"--sha256 {hashlib.sha256(pickle.read_bytes()).hexdigest()}"):
        call_command("add_model", "Evil", str(pickle))
    assert not (folder / "models").exists()


@pytest.mark.parametrize(("name", "data"), [("a.onnx", b"no model"), ("a.txt", b""), ("gone.onnx", None)])
def test_what_is_no_model_leaves_nothing(world: World, folder: Path, name: str, data: bytes | None) -> None:
    if data is not None:
        (folder / name).write_bytes(data)
    with pytest.raises(CommandError, match="Nothing was added"):
        call_command("add_model", "Broken", str(folder / name))
    assert not ModelVersion.objects.exists() and not list(folder.glob("models/*/*"))


def test_m1_a_program_is_opened_in_another_process(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "PROGRAM", standin.PROGRAM)
    file = standin.spy(folder / "cells.pt", folder / "report")
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    call_command("add_model", "Cells", str(file), "--sha256", sha256)
    [version] = usable_for(world.project)
    assert (version.kind, version.classes, version.image_size) == ("ultralytics", ["car", "bus", "cat"], 64)
    process = standin.reported(folder / "report")["process"]
    assert process != os.getpid() and not psutil.pid_exists(process)
