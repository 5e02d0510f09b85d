"""manage.py fetch_weights."""

import hashlib
import importlib.util
import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from annotate import startup
from annotate.ai import catalogue, download
from annotate.ai.catalogue import BY_KEY, Official, Pin
from annotate.ai.coco import COCO_CLASSES
from annotate.ai.download import SourceFailed
from annotate.detection.versions import path_of, register
from annotate.models import ModelVersion
from tests.ai import data

NOBODY = Official("https://127.0.0.1:9/none.onnx", Pin("0" * 64, 5))


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.MODELS_DIR = tmp_path / "models"
    return tmp_path / "models"


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("fetch_weights", *words, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_it_registers_what_is_there_once(folder: Path) -> None:
    cached, pin = data.weights("yolo11n")
    path = BY_KEY["yolo11n"].path(folder, pin)
    path.parent.mkdir(parents=True)
    shutil.copy(cached, path)
    for _ in range(2):
        text = run()
        assert "was there already" in text and pin.sha256 in text and "AGPL-3.0, Ultralytics" in text
    version = ModelVersion.objects.get()
    assert (version.name, version.sha256, version.licence) == ("YOLO11n", pin.sha256, "AGPL-3.0")
    assert version.classes == list(COCO_CLASSES) and path_of(version) == path


@pytest.mark.django_db
def test_it_takes_a_file_that_somebody_brought(folder: Path, tmp_path: Path) -> None:
    cached, pin = data.weights("yolo11n")
    brought, other = tmp_path / "from a stick.onnx", tmp_path / "other.onnx"
    shutil.copy(cached, brought)
    other.write_bytes(b"something else")
    with pytest.raises(CommandError, match="not the known yolo11n.onnx. Nothing was stored"):
        run("yolo11n", "--file", str(other))
    with pytest.raises(CommandError, match="name one model"):
        run("yolo11n", "yolov8n", "--file", str(brought))
    assert not folder.exists() and not ModelVersion.objects.exists()
    assert f"came from {brought}" in run("yolo11n", "--file", str(brought))
    assert path_of(ModelVersion.objects.get()).read_bytes() == cached.read_bytes()


def test_unlisted_it_gets_the_file_and_asks_no_database(folder: Path) -> None:
    """As make install-ml does it, on a machine that has no database yet; nor may it keep the default from coming."""
    cached, pin = data.weights("yolo26n")
    path = BY_KEY["yolo26n"].path(folder, pin)
    path.parent.mkdir(parents=True)
    shutil.copy(cached, path)
    assert "was there already" in run("yolo26n", "--unlisted")


def test_it_lists_what_there_is_and_gets_nothing(folder: Path) -> None:
    text = run("--list")
    assert all(key in text for key in BY_KEY) and "not here" in text
    assert not folder.exists()


@pytest.mark.django_db
def test_it_fails_with_a_sentence_when_nobody_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = replace(BY_KEY["yolo11n"], sources=(NOBODY,))
    monkeypatch.setattr(catalogue, "BY_KEY", {"yolo11n": lost})
    with pytest.raises(CommandError, match=r"yolo11n.onnx could not be had from any source. https://127"):
        run()
    assert not ModelVersion.objects.exists()


@pytest.fixture
def reachable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Of the catalogue only these can be had; whether what runs .pt files is installed."""

    def arrange(*keys: str, has_ml: bool) -> None:
        lost = {key: replace(entry, sources=(NOBODY,)) for key, entry in BY_KEY.items() if key not in keys}
        monkeypatch.setattr(catalogue, "BY_KEY", {**BY_KEY, **lost})
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: has_ml or None)

    return arrange


@pytest.mark.django_db
@pytest.mark.parametrize("has_ml", [True, False])
def test_another_model_stands_in_for_a_default_that_nobody_has(
    folder: Path, reachable: Callable[..., None], has_ml: bool
) -> None:
    cached, pin = data.weights("yolo26n")
    reachable("yolo26n", has_ml=has_ml)
    path = BY_KEY["yolo26n"].path(folder, pin)
    path.parent.mkdir(parents=True)
    shutil.copy(cached, path)
    if not has_ml:  # nothing here could run it
        with pytest.raises(CommandError, match="yolo11n.onnx could not be had"):
            run()
        assert not ModelVersion.objects.exists()
        return
    text = run()
    assert "yolo11n.onnx could not be had" in text and "Taking YOLO26n in its place" in text
    assert "Licence AGPL-3.0, Ultralytics" in text
    assert [one.catalogue_key for one in ModelVersion.objects.all()] == ["yolo26n"]
    with pytest.raises(CommandError, match="could not be had"):
        run("yolo11n")  # who names one wants that one


@pytest.mark.django_db
@pytest.mark.parametrize("has_ml", [True, False])
def test_where_nothing_else_can_be_had_the_free_model_comes_from_its_makers(
    folder: Path, reachable: Callable[..., None], monkeypatch: pytest.MonkeyPatch, has_ml: bool
) -> None:
    reachable("yolox_nano", has_ml=has_ml)
    asked: list[str] = []

    def opened(url: str) -> io.BytesIO:
        asked.append(url)
        if "yolox" in url:
            return io.BytesIO(b"weights")
        raise SourceFailed("no answer")

    monkeypatch.setattr(download, "opened", opened)
    with pytest.raises(CommandError, match="yolox_nano.onnx could not be had .* 7 bytes instead of 3659407"):
        run()
    assert not ModelVersion.objects.exists(), "other bytes than those that are known"
    [source] = BY_KEY["yolox_nano"].sources
    pin = Pin(hashlib.sha256(b"weights").hexdigest(), 7)
    made = replace(BY_KEY["yolox_nano"], sources=(replace(source, pin=pin),))
    monkeypatch.setitem(catalogue.BY_KEY, "yolox_nano", made)
    asked.clear()
    assert "Taking YOLOX-Nano in its place" in run() and "yolox" in asked[-1]
    assert len(asked) == (4 if has_ml else 2), "everything else was asked for before"
    assert [one.licence for one in ModelVersion.objects.all()] == ["Apache-2.0"]


def test_what_starts_by_itself_gets_nothing_where_that_is_not_wanted(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "BY_KEY", {"yolo11n": replace(BY_KEY["yolo11n"], sources=(NOBODY,))})
    settings.FETCH_WEIGHTS = False
    assert "HITL_FETCH_WEIGHTS=0: nothing was fetched" in run("--if-wanted")
    settings.FETCH_WEIGHTS = True
    with pytest.raises(CommandError, match="could not be had"):
        run("--if-wanted")
    assert not folder.exists() or list(folder.iterdir()) == []


def test_it_refuses_names_that_are_none(folder: Path) -> None:
    with pytest.raises(CommandError, match="There is no model yolo99"):
        run("yolo11n", "yolo99")
    assert not folder.exists()


# The default, fetched by itself at the start


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Callable[[], list[str]]:
    """A start of the product, as far as its model goes; nothing is really fetched. The commands that it gave."""
    settings.FETCH_WEIGHTS = True
    given: list[str] = []
    monkeypatch.setattr(startup, "call_command", lambda name, **_: given.append(name))

    def start() -> list[str]:
        given.clear()
        startup.prepare_model(lambda line: None)
        return list(given)

    return start


def listed(key: str, **changed: Any) -> ModelVersion:
    """A model of the catalogue, as fetch_weights leaves it."""
    entry = BY_KEY[key]
    pin = entry.pins[0]
    version = register(
        name=entry.name, suffix=entry.kind, sha256=pin.sha256, classes=[], image_size=64, catalogue_key=key
    )
    path_of(version).parent.mkdir(parents=True, exist_ok=True)
    path_of(version).touch()
    ModelVersion.objects.filter(pk=version.pk).update(**changed)
    return version


@pytest.mark.django_db
def test_another_model_does_not_keep_the_default_from_coming(started: Callable[[], list[str]]) -> None:
    listed("yolo26n")
    assert started() == ["fetch_weights"]
    default = listed("yolo11n")
    assert started() == []
    path_of(default).unlink()
    assert started() == ["fetch_weights"], "its row alone proposes nothing"


@pytest.mark.django_db
def test_a_default_that_was_put_out_of_use_stays_so(
    started: Callable[[], list[str]], settings: Settings
) -> None:
    path_of(listed("yolo11n", is_active=False)).unlink()
    assert started() == []
    ModelVersion.objects.all().delete()
    settings.FETCH_WEIGHTS = False
    assert started() == []
