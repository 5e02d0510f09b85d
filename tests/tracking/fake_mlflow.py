"""A small MLflow that keeps the rules which matter: what repeats without effect, what is refused, what creates twice.

test_real_mlflow.py holds the real one to the same words.
"""

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

PREFIX = "/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
TAG_FILTER = re.compile(r"tags\.`?(\w+)`? = '([^']*)'")

Json = dict[str, Any]


class Refusal(Exception):
    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


@dataclass
class Run:
    run_id: str
    experiment: str
    name: str
    start: int
    tags: dict[str, str]
    params: dict[str, str] = field(default_factory=dict)
    metrics: set[tuple[str, float, int, int]] = field(default_factory=set)
    artifacts: dict[str, bytes] = field(default_factory=dict)
    inputs: set[str] = field(default_factory=set)
    status: str = "RUNNING"
    end: int | None = None


@dataclass
class Model:
    """A registered model: versions by their number."""

    tags: list[Json]
    versions: dict[str, Json] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    newest: int = 0


def event_of(version: Json) -> str:
    return next(str(one["value"]) for one in version["tags"] if one["key"] == "event_id")


class FakeMlflow:
    """Serves until ``stop``. ``is_down``: answers 503 to everything. ``delay_s``: before each answer. ``odd``: says
    what it answers to a call (path, body) instead; None: as always."""

    def __init__(self) -> None:
        self.experiments: dict[str, Json] = {}
        self.runs: dict[str, Run] = {}
        self.models: dict[str, Model] = {}
        self.calls: list[str] = []
        self.numbers = count()
        self.is_down = False
        self.odd: Callable[[str, bytes], tuple[int, Json | bytes] | None] = lambda path, body: None
        self.delay_s = 0.0
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{PREFIX}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def wipe(self) -> None:
        self.experiments.clear()
        self.runs.clear()
        self.models.clear()

    def handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.take()

            def do_PUT(self) -> None:
                self.take()

            def do_GET(self) -> None:
                self.take()

            def do_DELETE(self) -> None:
                self.take()

            def take(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                time.sleep(fake.delay_s)
                with fake.lock:
                    status, answer = fake.answer(self.command, self.path.removeprefix(PREFIX), body)
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Json | bytes]:
        self.calls.append(path)
        if self.is_down:
            return 503, {}
        if path == "/health":
            return 200, b"OK"
        if (odd := self.odd(path, body)) is not None:
            return odd
        parts = urlsplit(path)
        query = dict(parse_qsl(parts.query))
        try:
            if parts.path.startswith(ARTIFACTS):
                return 200, self.artifact(method, unquote(parts.path.removeprefix(ARTIFACTS)), query, body)
            name = parts.path.removeprefix("/api/2.0/mlflow/").replace("/", "_").replace("-", "_")
            name += "_delete" if method == "DELETE" and name.endswith("alias") else ""
            return 200, getattr(self, name)(query if method == "GET" else json.loads(body))
        except Refusal as refusal:
            return refusal.status, {"error_code": refusal.code, "message": path}

    def artifact(self, method: str, path: str, query: dict[str, str], body: bytes) -> Json | bytes:
        if method == "PUT":
            _, run, _, name = path.removeprefix("/").split("/", 3)
            self.run(run).artifacts[name] = body
            return {}
        if path:
            _, run, _, name = path.removeprefix("/").split("/", 3)
            return self.run(run).artifacts[name]
        _, run, _, folder = query["path"].split("/", 3)
        inside = [name for name in self.run(run).artifacts if name.startswith(f"{folder}/")]
        return {"files": [{"path": name.removeprefix(f"{folder}/"), "is_dir": False} for name in inside]}

    def run(self, run_id: str) -> Run:
        if run_id not in self.runs:
            raise Refusal("RESOURCE_DOES_NOT_EXIST", 404)
        return self.runs[run_id]

    def experiments_search(self, asked: Json) -> Json:
        [(key, value)] = TAG_FILTER.findall(asked["filter"])
        active = [one for one in self.experiments.values() if not one.get("is_deleted")]
        found = [one for one in active if one["tags"].get(key) == value]
        return {"experiments": found} if found else {}

    def experiments_create(self, asked: Json) -> Json:
        if any(one["name"] == asked["name"] for one in self.experiments.values()):
            raise Refusal("RESOURCE_ALREADY_EXISTS")
        key = str(len(self.experiments) + 1)
        tags = {one["key"]: one["value"] for one in asked["tags"]}
        self.experiments[key] = {"experiment_id": key, "name": asked["name"], "tags": tags}
        return {"experiment_id": key}

    def experiments_delete(self, asked: Json) -> Json:
        """Its name stays taken, and its runs are gone with it: the fake forgets them."""
        self.experiments[asked["experiment_id"]]["is_deleted"] = True
        self.runs = {key: run for key, run in self.runs.items() if run.experiment != asked["experiment_id"]}
        return {}

    def runs_search(self, asked: Json) -> Json:
        [(key, value)] = TAG_FILTER.findall(asked["filter"])
        found = [
            {"info": {"run_id": run.run_id}}
            for run in self.runs.values()
            if run.experiment in asked["experiment_ids"] and run.tags.get(key) == value
        ]
        return {"runs": found} if found else {}

    def runs_create(self, asked: Json) -> Json:
        if asked["experiment_id"] not in self.experiments:
            raise Refusal("RESOURCE_DOES_NOT_EXIST", 404)
        if self.experiments[asked["experiment_id"]].get("is_deleted"):
            raise Refusal("INVALID_PARAMETER_VALUE")
        key = f"run{next(self.numbers)}"
        tags = {one["key"]: one["value"] for one in asked["tags"]}
        self.runs[key] = Run(key, asked["experiment_id"], asked["run_name"], asked["start_time"], tags)
        return {"run": {"info": {"run_id": key}}}

    def runs_delete(self, asked: Json) -> Json:
        del self.runs[self.run(asked["run_id"]).run_id]
        return {}

    def runs_log_batch(self, asked: Json) -> Json:
        run = self.run(asked["run_id"])
        if len(asked["metrics"]) > 1000 or len(asked["params"]) > 100 or len(asked["tags"]) > 100:
            raise Refusal("INVALID_PARAMETER_VALUE")
        params = {one["key"]: one["value"] for one in asked["params"]}
        if any(run.params.get(key, value) != value for key, value in params.items()):
            raise Refusal("INVALID_PARAMETER_VALUE")
        run.params.update(params)
        run.metrics |= {(one["key"], one["value"], one["timestamp"], one["step"]) for one in asked["metrics"]}
        run.tags.update({one["key"]: one["value"] for one in asked["tags"]})
        return {}

    def runs_log_inputs(self, asked: Json) -> Json:
        run = self.run(asked["run_id"])
        run.inputs |= {json.dumps(one, sort_keys=True) for one in asked["datasets"]}
        return {}

    def registered_models_search(self, asked: Json) -> Json:
        [(key, value)] = TAG_FILTER.findall(asked["filter"])
        found = [
            {"name": name}
            for name, model in self.models.items()
            if {"key": key, "value": value} in model.tags
        ]
        return {"registered_models": found} if found else {}

    def registered_models_create(self, asked: Json) -> Json:
        if asked["name"] in self.models:
            raise Refusal("RESOURCE_ALREADY_EXISTS")
        self.models[asked["name"]] = Model(asked["tags"])
        return {"registered_model": {"name": asked["name"]}}

    def model(self, name: str) -> "Model":
        if name not in self.models:
            raise Refusal("RESOURCE_DOES_NOT_EXIST", 404)
        return self.models[name]

    def model_versions_create(self, asked: Json) -> Json:
        model = self.model(asked["name"])
        model.newest += 1
        model.versions[str(model.newest)] = asked
        return {"model_version": {**asked, "version": str(model.newest)}}

    def model_versions_search(self, asked: Json) -> Json:
        [(key, value)] = TAG_FILTER.findall(asked["filter"])
        found = [
            {**one, "version": number}
            for model in self.models.values()
            for number, one in model.versions.items()
            if {"key": key, "value": value} in one["tags"]
        ]
        return {"model_versions": found[::-1]} if found else {}

    def model_versions_delete(self, asked: Json) -> Json:
        model = self.model(asked["name"])
        del model.versions[asked["version"]]
        model.aliases = {alias: one for alias, one in model.aliases.items() if one != asked["version"]}
        return {}

    def model_versions_get_download_uri(self, asked: Json) -> Json:
        return {"artifact_uri": self.model(asked["name"]).versions[asked["version"]]["source"]}

    def registered_models_alias(self, asked: Json) -> Json:
        model = self.model(asked["name"])
        if "version" in asked:
            model.aliases[asked["alias"]] = asked["version"]
            return {}
        if asked["alias"] not in model.aliases:
            raise Refusal("INVALID_PARAMETER_VALUE")
        number = model.aliases[asked["alias"]]
        return {"model_version": {**model.versions[number], "version": number}}

    def registered_models_alias_delete(self, asked: Json) -> Json:
        self.model(asked["name"]).aliases.pop(asked["alias"], None)
        return {}

    def registry(self) -> Json:
        """Name of each model, the ``event_id`` of its versions in order, and to which of them the aliases lead."""
        return {
            name: (
                [event_of(one) for one in model.versions.values()],
                {alias: event_of(model.versions[number]) for alias, number in model.aliases.items()},
            )
            for name, model in self.models.items()
        }

    def runs_update(self, asked: Json) -> Json:
        run = self.run(asked["run_id"])
        run.status, run.end = asked["status"], asked["end_time"]
        return {}

    def picture(self) -> Json:
        """Everything that a person could see, without the ids that MLflow gives; runs by their ``event_id``."""
        by_id = {run.run_id: run.tags["event_id"] for run in self.runs.values()}
        found: Json = {}
        for run in self.runs.values():
            event = run.tags["event_id"]
            assert event not in found, "a run was created twice"
            tags = {**run.tags}
            if "mlflow.parentRunId" in tags:
                tags["mlflow.parentRunId"] = by_id[tags["mlflow.parentRunId"]]
            found[event] = {
                "name": run.name, "start": run.start, "end": run.end, "status": run.status, "tags": tags,
                "params": run.params, "metrics": sorted(run.metrics, key=str), "artifacts": run.artifacts,
                "inputs": sorted(run.inputs),
            }  # fmt: skip
        return found

    def last(self, run: Run) -> dict[str, float]:
        """The newest value of each metric."""
        return {key: value for key, value, _, _ in sorted(run.metrics, key=lambda one: (one[3], one[2]))}
