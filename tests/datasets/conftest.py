"""A project with real images in a store of the test, and people who draw on them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from annotate.datasets.dvc_files import md5_of
from annotate.datasets.repository import Repository
from annotate.datasets.snapshot import Wish, make_version
from annotate.media import store
from annotate.models import DatasetVersion, Frame, Source
from tests.sync.live import live_database
from tests.sync.world import Author, World, add_frame, make_world


@pytest.fixture(autouse=True)
def folders(settings: Settings, tmp_path: Path) -> Path:
    """All folders of files below that of the test."""
    settings.DATA_DIR = tmp_path
    for name in ("STORE", "SCRATCH", "THUMBNAIL", "DATASETS", "EXPORTS", "MODELS", "TRAININGS"):
        setattr(settings, f"{name}_DIR", tmp_path / name.lower())
    settings.SCRATCH_DIR.mkdir()
    settings.DVC_REMOTE = settings.DVC_REMOTE_ENDPOINT = ""
    return tmp_path


@dataclass
class Studio:
    """``world`` and its frames; every frame's image is really in the store (its bytes are no picture)."""

    world: World
    frames: list[Frame] = field(default_factory=list)
    authors: dict[int, Author] = field(default_factory=dict)

    def add(self, count: int = 1, *, boxes: int = 1, **fields: Any) -> list[Frame]:
        added = []
        for _number in range(count):
            number = len(self.frames)
            data = f"image {self.world.project.pk} {number}".encode()
            md5 = md5_of(data)
            store.write_file(store.path_for(md5), data)
            given = {
                "name": f"pier {number}.jpg",
                "status": "complete",
                "md5": md5,
                "original_md5": md5,
                **fields,
            }
            source = given.pop("source", self.world.source)
            frame = add_frame(self.world.project, source, **given)
            self.frames.append(frame)
            added.append(frame)
            for place in range(boxes):
                self.draw(frame, x1=float(place), x2=place + 50.0)
        return added

    def author(self, frame: Frame) -> Author:
        if frame.pk not in self.authors:
            self.authors[frame.pk] = self.world.author(frame)
        return self.authors[frame.pk]

    def draw(self, frame: Frame, **fields: Any) -> Any:
        status = frame.status
        box = self.author(frame).draw(**fields)
        Frame.objects.filter(pk=frame.pk).update(status=status)
        return box

    def snapshot(self, message: str = "", **wish: Any) -> DatasetVersion:
        wish_ = Wish(message=message, **wish)
        return make_version(self.world.project, user=self.world.people["owner"], wish=wish_)

    def video(self, name: str = "harbour.mp4") -> Source:
        return Source.objects.create(project=self.world.project, kind=Source.Kind.VIDEO, name=name)

    @property
    def repository(self) -> Repository:
        return Repository(self.world.project.pk)


@pytest.fixture
def studio(db: None, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """In one transaction with its test, which waits in it for DVC and for stores longer than a writer may."""
    monkeypatch.setattr("annotate.sync.statements.HUNG_AFTER_MS", 0)
    return Studio(make_world())


@pytest.fixture
def committed_studio(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path
) -> Iterator[Studio]:
    """Really committed: seen by other threads and connections."""
    with django_db_blocker.unblock(), live_database(tmp_path):
        yield Studio(make_world())
