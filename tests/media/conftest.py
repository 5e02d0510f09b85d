"""A project with one account per role, and folders of its own for files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from annotate.models import Membership, Project, Source, User
from tests.sync.live import live_database


@pytest.fixture(autouse=True)
def folders(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """STORE_DIR, SCRATCH_DIR and THUMBNAIL_DIR below the folder of the test."""
    settings.DATA_DIR = tmp_path
    settings.STORE_DIR = tmp_path / "store"
    settings.SCRATCH_DIR = settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "scratch"
    settings.THUMBNAIL_DIR = tmp_path / "thumbnails"
    settings.MIN_FREE_BYTES = 0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SCRATCH_DIR.mkdir()
    yield tmp_path


@dataclass
class World:
    """``people``: manager and annotator of the project, and a stranger."""

    project: Project
    source: Source
    people: dict[str, User]

    def client(self, who: str, *, csrf: bool = False) -> Client:
        client = Client(enforce_csrf_checks=csrf)
        if who != "anonymous":
            client.force_login(self.people[who])
        return client


def make_world() -> World:
    people = {name: User.objects.create_user(name) for name in ("manager", "annotator", "stranger")}
    project = Project.objects.create(name="Harbour cameras")
    for role in ("manager", "annotator"):
        Membership.objects.create(project=project, user=people[role], role=role)
    source = Source.objects.create(project=project, kind=Source.Kind.UPLOAD, name="first")
    return World(project, source, people)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def committed_world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path
) -> Iterator[World]:
    """The same, really committed: seen by other threads."""
    with django_db_blocker.unblock(), live_database(tmp_path):
        yield make_world()


def files_below(folder: Path) -> list[str]:
    """Names of all files, without the lock files and a database."""
    found = [path for path in folder.rglob("*") if path.is_file() and "locks" not in path.parts]
    names = sorted(path.relative_to(folder).as_posix() for path in found)
    return [name for name in names if "sqlite3" not in name]
