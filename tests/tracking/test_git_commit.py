"""Which program wrote a run: the commit of its checkout, wherever git keeps it, or that of its image."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from annotate.tracking.openings import git_commit, opening_of_detection

from .visit import Visit

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture(autouse=True)
def forgotten(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.BASE_DIR = tmp_path
    git_commit.cache_clear()
    yield
    git_commit.cache_clear()


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("then", [(), ("pack-refs", "--all"), ("checkout", "--detach")])
def test_it_is_that_of_the_checkout(then: tuple[str, ...], tmp_path: Path) -> None:
    git(tmp_path, "init")
    git(tmp_path, "commit", "--allow-empty", "-m", "first")
    if then:
        git(tmp_path, *then)
    assert git_commit() == git(tmp_path, "rev-parse", "HEAD")


def test_without_a_checkout_it_is_what_the_image_was_told(settings: Settings) -> None:
    settings.GIT_COMMIT = "a" * 40
    assert git_commit() == "a" * 40


def test_a_checkout_knows_better(settings: Settings, tmp_path: Path) -> None:
    settings.GIT_COMMIT = "a" * 40
    git(tmp_path, "init")
    git(tmp_path, "commit", "--allow-empty", "-m", "first")
    assert git_commit() == git(tmp_path, "rev-parse", "HEAD")


def test_where_nobody_said_it_is_empty(settings: Settings) -> None:
    settings.GIT_COMMIT = ""
    assert git_commit() == ""


def test_a_run_names_it(settings: Settings, visit: Visit) -> None:
    settings.GIT_COMMIT = "b" * 40
    detection = visit.detect()
    assert opening_of_detection(detection)["tags"]["mlflow.source.git.commit"] == "b" * 40
