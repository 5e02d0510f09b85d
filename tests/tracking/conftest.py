from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from annotate.models import Frame, TrackingEvent, TrackingRun
from tests.figures.factory import Lab
from tests.sync.world import make_world

from .between import Between
from .course import Course
from .fake_mlflow import FakeMlflow
from .real import RealMlflow
from .visit import Visit, add_picture


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealMlflow]:
    running = RealMlflow(tmp_path_factory.mktemp("mlflow"))
    running.start()
    yield running
    running.kill()


@pytest.fixture
def nothing_of_this_project(real: RealMlflow, visit: Visit) -> None:
    """Tests are rolled back, so that projects of several tests have the same id. A server that a test left unwell is
    another one's no more."""
    if not real.is_well():
        real.kill()
        real.start()
    real.delete_runs(visit.lab.world.project.pk)
    for name in real.registry(visit.lab.world.project.pk):
        real.delete("registered-models/delete", name=name)


@pytest.fixture
def between(real: RealMlflow) -> Iterator[Between]:
    proxy = Between(real)
    yield proxy
    proxy.stop()


@pytest.fixture(autouse=True)
def nobody_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test is one transaction here, and some wait in it for a real MLflow longer than a writer may."""
    monkeypatch.setattr("annotate.sync.statements.HUNG_AFTER_MS", 0)


class Clock:
    """A time of day that a test moves."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def now(self) -> datetime:
        return timezone.now() + self.shift

    def seconds(self) -> float:
        return self.now().timestamp()

    def forward(self, **time: float) -> None:
        self.shift += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lab(db: None) -> Lab:
    return Lab(make_world())


@pytest.fixture
def frame(lab: Lab, settings: Settings, tmp_path: Path) -> Frame:
    settings.STORE_DIR = tmp_path / "store"
    return add_picture(lab.world)


@pytest.fixture
def visit(lab: Lab, frame: Frame) -> Visit:
    return Visit(lab, frame)


@pytest.fixture
def course(lab: Lab, settings: Settings, tmp_path: Path) -> Course:
    settings.DATA_DIR = tmp_path
    settings.MODELS_DIR, settings.TRAININGS_DIR = tmp_path / "models", tmp_path / "trainings"
    return Course(lab.world.project, lab.world.people["owner"])


@pytest.fixture
def mlflow() -> Iterator[FakeMlflow]:
    fake = FakeMlflow()
    yield fake
    fake.stop()


@pytest.fixture
def nothing_yet(lab: Lab) -> None:
    """Making the world is no event."""
    assert not TrackingEvent.objects.exists()
    assert not TrackingRun.objects.exists()
