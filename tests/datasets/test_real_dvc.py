"""The real DVC, as anybody has it: what we wrote by hand is what it would have written, and it can work with it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from annotate.datasets.repair import repair_all
from annotate.datasets.versions import FOLDERS
from annotate.media import store
from annotate.models import Frame
from tests.datasets.conftest import Studio
from tests.datasets.test_repair import check_agreement

DVC = Path(sys.executable).with_name("dvc")
pytestmark = pytest.mark.skipif(not DVC.exists(), reason="DVC is not installed (make install)")


class Clone:
    """A folder on another machine, as far as it knows: no cache but its own, and a remote that it pulls from."""

    def __init__(self, folder: Path, repository: Path, tag: str, remote: Path) -> None:
        self.folder = folder
        self.run("git", "clone", "--quiet", str(repository), str(folder), cwd=folder.parent)
        self.run("git", "checkout", "--quiet", tag)
        self.dvc("remote", "add", "--local", "--default", "there", str(remote))

    def run(self, *command: str, cwd: Path | None = None) -> str:
        environment = {**os.environ, "DVC_NO_ANALYTICS": "1", "HOME": str(self.folder.parent)}
        done = subprocess.run(
            command, cwd=cwd or self.folder, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def dvc(self, *words: str) -> str:
        return self.run(str(DVC), *words)

    def files(self, folder: str) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.folder / folder).iterdir()}


@pytest.fixture
def clone(studio: Studio, tmp_path: Path) -> Clone:
    """Of the first of two versions; the store itself serves as its remote, being in the same layout."""
    frames = studio.add(3)
    studio.snapshot("first")
    studio.draw(frames[0], label=studio.world.labels["bus"])
    Frame.objects.filter(pk=frames[1].pk).update(status="in_progress")
    studio.snapshot("second")
    return Clone(tmp_path / "clone", studio.repository.folder, "v1", store.path_for("0" * 32).parents[3])


def test_a_clone_pulls_compares_and_goes_back(clone: Clone) -> None:
    clone.dvc("pull")
    assert "up to date" in clone.dvc("status")
    first = {folder: clone.files(folder) for folder in FOLDERS}
    assert {folder: len(files) for folder, files in first.items()} == dict.fromkeys(FOLDERS, 3)
    listed = (clone.folder / "train.txt").read_text() + (clone.folder / "test.txt").read_text()
    listed += (clone.folder / "val.txt").read_text()
    assert all((clone.folder / line).is_file() for line in listed.split())
    clone.run("git", "checkout", "--quiet", "v2")
    clone.dvc("pull")
    assert "up to date" in clone.dvc("status")
    assert {folder: len(clone.files(folder)) for folder in FOLDERS} == dict.fromkeys(FOLDERS, 2)
    changed = clone.dvc("diff", "v1", "v2")
    assert "Added: 0" not in changed
    assert "labels" in changed
    clone.run("git", "checkout", "--quiet", "v1")
    clone.dvc("checkout")
    assert {folder: clone.files(folder) for folder in FOLDERS} == first


def test_dvc_add_of_the_same_files_writes_the_same_bytes(clone: Clone) -> None:
    """Pointers and listings, and hence every name in the cache."""
    clone.dvc("pull")
    for folder in FOLDERS:
        pointer = clone.folder / f"{folder}.dvc"
        ours = pointer.read_bytes()
        pointer.unlink()
        clone.dvc("add", folder)
        assert pointer.read_bytes() == ours
        name = ours.split(b"md5: ")[1].split()[0].decode()
        listing = clone.folder / ".dvc" / "cache" / "files" / "md5" / name[:2] / name[2:]
        assert listing.read_bytes() == store.path_for(name).read_bytes()


def test_garbage_collection_in_the_repository_itself_takes_nothing_for_good(
    studio: Studio, clone: Clone
) -> None:
    """G8: not what older versions need, nor what no version knows: the images of everybody else."""
    (other,) = studio.add(1, status="in_progress")
    here = Clone.__new__(Clone)
    here.folder = studio.repository.folder
    here.dvc("gc", "--workspace", "--force")
    assert store.exists(other.md5)
    repair_all(deep=True)
    check_agreement(studio.repository)
    clone.dvc("pull")
    assert len(clone.files("images")) == 3


def test_a_cache_that_ultralytics_leaves_changes_nothing(clone: Clone) -> None:
    clone.dvc("pull")
    (clone.folder / "labels.cache").write_bytes(b"pickle")
    (clone.folder / "labels" / "train.cache").write_bytes(b"pickle")
    assert "up to date" in clone.dvc("status")
    shutil.rmtree(clone.folder)
