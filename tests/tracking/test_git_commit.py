"""Which program wrote a run: the commit of its checkout, wherever git keeps it."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from annotate.tracking.openings import git_commit

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


def test_without_a_checkout_it_is_empty() -> None:
    assert git_commit() == ""
