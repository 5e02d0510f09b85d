"""Some thousand events, as bench/tracking.py measures a hundred thousand: all arrive, and again the same."""

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from annotate.models import TrackingEvent, TrackingRelay
from annotate.tracking.delivery import FOLDS_KEPT
from annotate.tracking.replay import replay
from annotate.tracking.rest import Mlflow
from bench.tracking_fill import BEGIN, PER_VISIT, fill

from .conftest import Clock
from .fake_mlflow import FakeMlflow
from .relays import relay_for, settle

EVENTS = 2000


@pytest.mark.django_db
def test_all_arrive_and_again_the_same(
    mlflow: FakeMlflow, clock: Clock, settings: Settings, tmp_path: Path
) -> None:
    settings.STORE_DIR = tmp_path / "store"
    wanted = fill(EVENTS)
    TrackingEvent.objects.filter(at__gt=BEGIN + timedelta(days=30)).delete()  # of the making of the images
    assert TrackingEvent.objects.count() == EVENTS
    relay = relay_for(mlflow, clock)
    settle(relay, clock, rounds=100)
    assert len(relay.delivery.folds) <= FOLDS_KEPT
    sessions = {run.name: mlflow.last(run) for run in mlflow.runs.values() if "end" in run.tags}
    assert len(sessions) == EVENTS // PER_VISIT
    for name, sums in wanted["sessions"].items():
        assert {key: sessions[name][key] for key in sums} == sums
    whole = mlflow.picture()
    mlflow.wipe()
    TrackingRelay.objects.all().delete()
    assert replay(Mlflow(mlflow.url), None, lambda line: None) == 0
    assert mlflow.picture() == whole
