"""A version becomes data/dataset whole, or is refused with its reason."""

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate.training import dataset, params
from annotate.training.export import export
from annotate.training.problems import Problem
from annotate.training.progress import Progress
from annotate.training.repository import Version
from annotate.training.stage import Run
from tests.training.repository import CLASSES, DataRepository, Sample, samples

FRAMES = samples(6, 2, 3)


@pytest.fixture
def repository(tmp_path: Path) -> DataRepository:
    return DataRepository(tmp_path / "data")


def exported(repository: DataRepository, version: int = 1) -> dataset.Dataset:
    folder = repository.folder.parent / "run"
    folder.mkdir(exist_ok=True)
    wanted = params.checked({"dataset": {"repository": "../repository", "version": version}})
    run = Run(folder, wanted, Progress(folder, "export"))
    export(run)
    return dataset.read(run.dataset)


def refusal(repository: DataRepository, version: int = 1) -> str:
    with pytest.raises(Problem) as caught:
        exported(repository, version)
    return caught.value.code


def test_every_frame_is_there_with_its_split_and_boxes(repository: DataRepository) -> None:
    digest = repository.add(1, FRAMES)
    found = exported(repository)
    assert found.description.digest == digest and found.description.number == 1
    assert tuple(found.description.classes) == CLASSES
    by_name = {frame.name: frame for frame in found.description.frames}
    assert by_name.keys() == {sample.name for sample in FRAMES}
    for sample in FRAMES:
        frame = by_name[sample.name]
        assert (frame.split, frame.boxes) == (sample.split, len(sample.boxes))
        assert found.image(frame).read_bytes() == sample.image
        assert found.label(frame).read_bytes() == sample.label


def test_boxes_come_back_in_pixels(repository: DataRepository) -> None:
    frame = dataclasses.replace(FRAMES[0], boxes=((1, 0.5, 0.25, 0.5, 0.5),))
    repository.add(1, [frame, *FRAMES[1:]])
    found = exported(repository)
    first = next(one for one in found.description.frames if one.name == frame.name)
    truth = found.truth(first, width=200, height=100)
    assert truth.boxes.tolist() == [[50.0, 0.0, 150.0, 50.0]] and truth.classes.tolist() == [1]


def test_images_cost_no_space(repository: DataRepository) -> None:
    repository.add(1, FRAMES)
    found = exported(repository)
    for frame in found.description.frames:
        assert found.image(frame).stat().st_nlink == 2


def test_an_old_version_stays_what_it_was(repository: DataRepository) -> None:
    repository.add(1, FRAMES)
    repository.add(2, samples(9, 2, 3))
    assert len(exported(repository, 1).description.frames) == 11
    assert len(exported(repository, 2).description.frames) == 14


def test_the_same_version_is_exported_to_the_same_bytes(repository: DataRepository) -> None:
    repository.add(1, FRAMES)
    first = (exported(repository).folder / dataset.FILE_NAME).read_bytes()
    assert (exported(repository).folder / dataset.FILE_NAME).read_bytes() == first


def test_a_bare_clone_with_a_cache_of_its_own_will_do(repository: DataRepository, tmp_path: Path) -> None:
    repository.add(1, FRAMES)
    clone = repository.folder.parent / "clone"
    subprocess.run(["git", "clone", "--quiet", str(repository.folder), str(clone)], check=True)
    shutil.copytree(repository.cache, clone / ".dvc" / "cache")
    (clone / ".dvc" / "config").unlink()
    shutil.rmtree(repository.folder)
    shutil.rmtree(repository.cache)
    clone.rename(repository.folder)
    assert len(exported(repository).description.frames) == 11


def without_one(repository: DataRepository) -> None:
    repository.stored(md5_of(repository, "images", 0)).unlink()


def changed_image(repository: DataRepository) -> None:
    path = repository.stored(md5_of(repository, "images", 3))
    path.write_bytes(path.read_bytes()[:-1])


def changed_label(repository: DataRepository) -> None:
    repository.stored(md5_of(repository, "labels", 3)).write_bytes(b"0 0.5 0.5 0.1 0.1\n")


def changed_listing(repository: DataRepository) -> None:
    path = repository.stored(Version(repository.folder, 1)._pointer("images"))
    path.write_bytes(path.read_bytes().replace(b"shape 1.jpg", b"shape 2.jpg"))


def md5_of(repository: DataRepository, folder: str, place: int) -> str:
    return Version(repository.folder, 1).members(folder)[place].md5


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (without_one, "data_missing"),
        (changed_image, "data_damaged"),
        (changed_label, "data_damaged"),
        (changed_listing, "data_damaged"),
    ],
)
def test_a_torn_version_is_refused(
    repository: DataRepository, harm: Callable[[DataRepository], None], code: str
) -> None:
    repository.add(1, FRAMES)
    harm(repository)
    assert refusal(repository) == code


def test_a_manifest_of_other_annotations_is_refused(repository: DataRepository) -> None:
    repository.add(1, FRAMES)
    manifest = repository.folder / "dataset.json"
    manifest.write_text(manifest.read_text().replace('"digest": "', '"digest": "0000', 1))
    repository.commit(2)
    assert refusal(repository, 2) == "data_damaged"


def test_what_is_not_there_is_said(repository: DataRepository) -> None:
    repository.add(1, FRAMES)
    assert refusal(repository, 7) == "no_version"
    shutil.rmtree(repository.folder)
    assert refusal(repository) == "no_version"


def test_no_repository_further_up_is_taken_instead(repository: DataRepository) -> None:
    repository.add(1, FRAMES)
    inner = repository.folder / "inner"
    inner.mkdir()
    with pytest.raises(Problem) as caught:
        Version(inner, 1).manifest()
    assert caught.value.code == "no_version"


def labelled(line: str) -> Sample:
    """A frame to train on whose label file is this."""

    class Odd(Sample):
        @property
        def label(self) -> bytes:
            return line.encode()

    return Odd("odd.jpg", "train", FRAMES[0].image, ())


@pytest.mark.parametrize(
    "line",
    ["2 0.5 0.5 0.1 0.1", "-1 0.5 0.5 0.1 0.1", "0.5 0.5 0.5 0.1 0.1", "0 nan 0.5 0.1 0.1", "0 0.5 0.5 0 0.1",
     "0 0.5 0.5 0.1", "0 1.5 0.5 0.1 0.1", "zero 0.5 0.5 0.1 0.1", "0 0.5 0.5 0.1 0.1 0.9"],
)  # fmt: skip
def test_labels_that_make_no_sense_are_refused(repository: DataRepository, line: str) -> None:
    repository.add(1, [*FRAMES, labelled(line)])
    assert refusal(repository) == "data_damaged"


@pytest.mark.parametrize(
    "name", ["../out.jpg", "/etc/out.jpg", "a/../../out.jpg", "line\nbreak.jpg", "a\\b.jpg", "a//b.jpg"]
)
def test_names_that_lead_elsewhere_are_refused(repository: DataRepository, name: str) -> None:
    repository.add(1, [*FRAMES, Sample(name, "train", FRAMES[0].image, FRAMES[0].boxes)])
    assert refusal(repository) == "data_damaged"
    assert not (repository.folder.parent / "out.jpg").exists()


@pytest.mark.parametrize(
    "name", ["images/images/x.jpg", "ünï çödé 写真.png", "x.tar.jpg", "%s $(touch x) .webp", "-rf.jpg"]
)
def test_any_other_name_will_do(repository: DataRepository, name: str) -> None:
    repository.add(1, [*FRAMES, Sample(name, "test", FRAMES[0].image, FRAMES[0].boxes)])
    found = exported(repository)
    (frame,) = [one for one in found.description.frames if one.name == name]
    assert found.pixels(frame).shape == (96, 96, 3)


def test_a_frame_in_two_splits_is_refused(repository: DataRepository) -> None:
    repository.add(1, FRAMES)
    with (repository.folder / "train.txt").open("a") as file:
        file.write((repository.folder / "test.txt").read_text())
    repository.commit(2)
    manifest = repository.folder / "dataset.json"
    manifest.write_text(manifest.read_text().replace('"number": 1', '"number": 3'))
    repository.commit(3)
    assert refusal(repository, 3) == "data_damaged"


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (samples(4, 2, 3), "too_few_frames"),
        (samples(6, 0, 0), "no_held_out"),
        ([dataclasses.replace(one, boxes=()) for one in FRAMES], "no_boxes"),
    ],
)
def test_what_nothing_can_be_learnt_from_is_refused(
    repository: DataRepository, frames: list[Sample], code: str
) -> None:
    repository.add(1, frames)
    assert refusal(repository) == code


def test_classes_without_a_box_keep_their_number(tmp_path: Path) -> None:
    repository = DataRepository(tmp_path / "data", ["disc", "square", "never seen"])
    repository.add(1, FRAMES)
    assert exported(repository).description.classes == ["disc", "square", "never seen"]


def test_nothing_of_the_repository_is_run(repository: DataRepository, tmp_path: Path) -> None:
    """A file system monitor and a text converter are programs that git runs for whoever asks."""
    repository.add(1, FRAMES)
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "diff.x.textconv", "core.sshCommand", "core.gitProxy"):
        repository._git("config", name, str(trap))
    (repository.folder / ".gitattributes").write_text("* diff=x\n")
    exported(repository)
    assert not (tmp_path / "sprung").exists()


def test_the_settings_of_whoever_starts_it_do_not_lead_elsewhere(
    repository: DataRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.add(1, FRAMES)
    monkeypatch.setenv("GIT_DIR", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "none")
    assert len(exported(repository).description.frames) == 11
