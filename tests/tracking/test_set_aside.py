"""An image that was set aside keeps all that was drawn and said, so MLflow is told of it as of any other."""

from typing import Any

from annotate.frames import put_back, set_aside
from annotate.models import TrackingRelay
from annotate.tracking.replay import replay
from annotate.tracking.rest import Mlflow

from .conftest import Clock
from .fake_mlflow import FakeMlflow
from .relays import relay_for, settle
from .visit import Visit


def told_again(mlflow: FakeMlflow) -> dict[str, Any]:
    """Into an empty MLflow, from the database alone."""
    TrackingRelay.objects.all().delete()
    mlflow.wipe()
    assert replay(Mlflow(mlflow.url), None, lambda line: None) == 0
    return mlflow.picture()


def test_set_aside_before_it_was_told_it_has_its_files(
    visit: Visit, mlflow: FakeMlflow, clock: Clock
) -> None:
    detection = visit.whole()
    assert set_aside(visit.frame.pk, None)
    settle(relay_for(mlflow, clock), clock)
    aside = mlflow.picture()
    assert f"looked at {visit.frame.name}," in aside[detection.pk.hex]["tags"]["mlflow.note.content"]
    visit.frame.refresh_from_db()
    name = f"frames/{visit.frame.pk}-r{visit.frame.revision}"
    files = {path for run in aside.values() for path in run["artifacts"]}
    assert files >= {f"{name}.json", f"{name}.jpg", f"images/{visit.frame.pk}.jpg"}
    assert put_back(visit.frame.pk)
    assert told_again(mlflow) == aside


def test_set_aside_since_a_replay_brings_its_files_again(
    visit: Visit, mlflow: FakeMlflow, clock: Clock
) -> None:
    visit.whole()
    settle(relay_for(mlflow, clock), clock)
    before = mlflow.picture()
    assert set_aside(visit.frame.pk, None)
    assert told_again(mlflow) == before
