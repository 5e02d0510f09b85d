"""How far MLflow is behind, for those who look after the installation; and a start with and without MLflow."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from annotate import startup
from annotate.servers import Address, BadAddress
from annotate.tracking import server
from tests.figures.factory import Lab

from .conftest import Clock
from .fake_mlflow import FakeMlflow
from .relays import relay_for
from .visit import Visit

TOKEN = "a-token-for-probes"


def tracking_part(settings: Settings) -> dict[str, Any]:
    settings.HEALTH_TOKEN = TOKEN
    return dict(Client().get("/readyz", headers={"X-Health-Token": TOKEN}).json()["tracking"])


def test_the_lag_is_seen_and_is_no_reason_to_fail(
    visit: Visit, mlflow: FakeMlflow, clock: Clock, settings: Settings
) -> None:
    mlflow.is_down = True
    visit.draw()
    relay_for(mlflow, clock).round()
    found = tracking_part(settings)
    assert found["waiting"] == 2  # the opening and the edit
    assert found["failures"] == 1
    assert "503" in found["problem"]
    assert Client().get("/readyz").status_code == 200


def test_it_is_told_to_nobody_else(lab: Lab) -> None:
    assert "tracking" not in Client().get("/readyz").json()


def test_where_nothing_is_tracked_nothing_is_said(lab: Lab, settings: Settings) -> None:
    settings.TRACKING = False
    assert tracking_part(settings) == {}


class TestTheServerOfMakeRun:
    def test_it_listens_on_this_machine_alone(self, tmp_path: Path) -> None:
        for text in ("0.0.0.0:5001", "192.168.1.4:5001", "[::]:5001", "labels.example.org:5001"):
            with pytest.raises(server.NotThisMachine, match="no accounts"):
                server.parse_bind(text)
        with pytest.raises(BadAddress, match="HITL_MLFLOW_BIND"):
            server.parse_bind("5001")

    def test_its_children_are_told_where_it_is(self, tmp_path: Path) -> None:
        bind = Address("127.0.0.1", 5001)
        assert server.url_of(bind) == "http://127.0.0.1:5001/mlflow"
        child = server.child(bind, tmp_path / "mlflow")
        assert child.environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
        assert child.environment["_MLFLOW_SERVER_FILE_STORE"].startswith("sqlite:///")
        assert not any("sqlite" in word for word in child.command)
        assert not child.essential

    def test_without_mlflow_everything_else_starts(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "is_installed", lambda: False)
        settings.MLFLOW_URL = ""
        said: list[str] = []
        assert startup.mlflow_child(said.append) == []
        assert "not installed" in said[0]

    def test_a_port_that_is_taken_is_said(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch, mlflow: FakeMlflow, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(server, "is_installed", lambda: True)
        settings.MLFLOW_URL, settings.DATA_DIR = "", tmp_path
        settings.MLFLOW_BIND = f"127.0.0.1:{mlflow.server.server_port}"
        said: list[str] = []
        assert startup.mlflow_child(said.append) == []
        assert "something else listens" in said[0]

    @pytest.mark.parametrize(("tracking", "url"), [(False, ""), (True, "http://mlflow:5000/mlflow")])
    def test_it_starts_none_where_none_is_wanted(
        self, tracking: bool, url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "is_installed", lambda: True)
        settings.TRACKING, settings.MLFLOW_URL = tracking, url
        said: list[str] = []
        assert startup.mlflow_child(said.append) == []
        assert said == []

    def test_a_wider_address_stops_the_start(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "is_installed", lambda: True)
        settings.MLFLOW_URL, settings.MLFLOW_BIND = "", "0.0.0.0:5001"
        with pytest.raises(startup.CannotStart, match="no accounts"):
            startup.mlflow_child(lambda line: None)
