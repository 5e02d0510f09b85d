"""A real MLflow server, started as `make run` starts it, what can befall it, and what can be read back from it."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from annotate.servers import Address
from annotate.tracking import server
from tests.services import free_port

READY_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 60.0

Json = dict[str, Any]


class RealMlflow:
    """One installation; it can be stopped, killed, made to hang, and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bind = Address("127.0.0.1", free_port())
        self.url = server.url_of(self.bind)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        child = server.child(self.bind, self.folder / "mlflow")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                child.command,
                env={**os.environ, **child.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not self.is_well():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.2)

    def is_well(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=2).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """At once, with what it started."""
        if self.process is not None:
            os.killpg(self.process.pid, 9)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """As an administrator does: it may finish what it has begun."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(STOP_TIMEOUT_S)
        self.process = None

    def freeze(self) -> None:
        """It takes connections and never answers."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it stood, with all that it was asked meanwhile."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGCONT)

    def get(self, name: str, **asked: Any) -> Json:
        answer = httpx.get(f"{self.url}/api/2.0/mlflow/{name}", params=asked, timeout=30)
        return dict(answer.raise_for_status().json())

    def post(self, name: str, **asked: Any) -> Json:
        answer = httpx.post(f"{self.url}/api/2.0/mlflow/{name}", json=asked, timeout=30)
        return dict(answer.raise_for_status().json())

    def delete(self, what: str, **asked: Any) -> None:
        httpx.request("DELETE", f"{self.url}/api/2.0/mlflow/{what}", json=asked).raise_for_status()

    def runs(self, project_id: int) -> list[Json]:
        wanted = f"tags.`hitl_project` = '{project_id}'"
        experiments = self.post("experiments/search", filter=wanted, max_results=10).get("experiments", [])
        ids = [one["experiment_id"] for one in experiments]
        if not ids:
            return []
        return list(self.post("runs/search", experiment_ids=ids, max_results=100).get("runs", []))

    def delete_runs(self, project_id: int) -> None:
        for run in self.runs(project_id):
            self.post("runs/delete", run_id=run["info"]["run_id"])

    def registry(self, project_id: int) -> Json:
        """As FakeMlflow.registry, of one project."""
        wanted = f"tags.`hitl_project` = '{project_id}'"
        models = self.get("registered-models/search", filter=wanted, max_results=10)
        found: Json = {}
        for model in models.get("registered_models", []):
            versions = self.versions_of(model["name"])
            aliases = {one["alias"]: versions[one["version"]] for one in model.get("aliases", [])}
            found[model["name"]] = ([versions[key] for key in sorted(versions, key=int)], aliases)
        return found

    def versions_of(self, name: str) -> dict[str, str]:
        """The ``event_id`` of each version by its number."""
        asked = {"filter": f"name = '{name}'", "max_results": 100}
        rows = self.get("model-versions/search", **asked).get("model_versions", [])
        return {
            one["version"]: next(tag["value"] for tag in one["tags"] if tag["key"] == "event_id")
            for one in rows
        }

    def picture(self, project_id: int) -> Json:
        """As FakeMlflow.picture."""
        runs = self.runs(project_id)
        by_id = {run["info"]["run_id"]: tags_of(run)["event_id"] for run in runs}
        assert len(set(by_id.values())) == len(runs), "a run was created twice"
        return {by_id[run["info"]["run_id"]]: self.whole(run, by_id) for run in runs}

    def whole(self, run: Json, by_id: dict[str, str]) -> Json:
        info, data, tags = run["info"], run["data"], tags_of(run)
        if "mlflow.parentRunId" in tags:
            tags["mlflow.parentRunId"] = by_id[tags["mlflow.parentRunId"]]
        del tags["mlflow.runName"]
        points = [
            (one["key"], one["value"], int(one["timestamp"]), int(one["step"]))
            for key in {one["key"] for one in data.get("metrics", [])}
            for one in self.get("metrics/get-history", run_id=info["run_id"], metric_key=key)["metrics"]
        ]
        return {
            "name": info["run_name"], "start": info["start_time"], "end": info.get("end_time"),
            "status": info["status"], "tags": tags,
            "params": {one["key"]: one["value"] for one in data.get("params", [])},
            "metrics": sorted(points, key=str), "artifacts": self.artifacts(info),
            "inputs": inputs_of(run),
        }  # fmt: skip

    def artifacts(self, info: Json, path: str = "") -> dict[str, bytes]:
        asked = {"run_id": info["run_id"], **({"path": path} if path else {})}
        found: dict[str, bytes] = {}
        for one in self.get("artifacts/list", **asked).get("files", []):
            if one["is_dir"]:
                found |= self.artifacts(info, one["path"])
            else:
                where = quote(f"{info['experiment_id']}/{info['run_id']}/artifacts/{one['path']}")
                answer = httpx.get(f"{self.url}/api/2.0/mlflow-artifacts/artifacts/{where}", timeout=30)
                found[one["path"]] = answer.raise_for_status().content
        return found


def inputs_of(run: Json) -> list[str]:
    inputs = run.get("inputs", {}).get("dataset_inputs", [])
    return sorted(json.dumps(one, sort_keys=True) for one in inputs)


def tags_of(run: Json) -> dict[str, str]:
    return {one["key"]: one["value"] for one in run["data"]["tags"]}
