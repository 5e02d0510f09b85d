"""A small MLflow that keeps the rules which matter: what repeats without effect, what is refused, what creates twice.

test_real_mlflow.py holds the real one to the same words.
"""

import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import unquote

PREFIX = "/mlflow"
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
    status: str = "RUNNING"
    end: int | None = None


class FakeMlflow:
    """Serves until ``stop``. ``is_down``: answers 503 to everything."""

    def __init__(self) -> None:
        self.experiments: dict[str, Json] = {}
        self.runs: dict[str, Run] = {}
        self.calls: list[str] = []
        self.numbers = count()
        self.is_down = False
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

    def handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.take()

            def do_PUT(self) -> None:
                self.take()

            def take(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with fake.lock:
                    status, answer = fake.answer(self.path.removeprefix(PREFIX), body)
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler

    def answer(self, path: str, body: bytes) -> tuple[int, Json]:
        self.calls.append(path)
        if self.is_down:
            return 503, {}
        try:
            if path.startswith("/api/2.0/mlflow-artifacts/artifacts/"):
                return 200, self.put(unquote(path.split("/artifacts/", 1)[1]), body)
            name = path.removeprefix("/api/2.0/mlflow/").replace("/", "_").replace("-", "_")
            return 200, getattr(self, name)(json.loads(body))
        except Refusal as refusal:
            return refusal.status, {"error_code": refusal.code, "message": path}

    def put(self, path: str, body: bytes) -> Json:
        _, run, _, name = path.split("/", 3)
        self.run(run).artifacts[name] = body
        return {}

    def run(self, run_id: str) -> Run:
        if run_id not in self.runs:
            raise Refusal("RESOURCE_DOES_NOT_EXIST", 404)
        return self.runs[run_id]

    def experiments_search(self, asked: Json) -> Json:
        [(key, value)] = TAG_FILTER.findall(asked["filter"])
        found = [one for one in self.experiments.values() if one["tags"].get(key) == value]
        return {"experiments": found} if found else {}

    def experiments_create(self, asked: Json) -> Json:
        if any(one["name"] == asked["name"] for one in self.experiments.values()):
            raise Refusal("RESOURCE_ALREADY_EXISTS")
        key = str(len(self.experiments) + 1)
        tags = {one["key"]: one["value"] for one in asked["tags"]}
        self.experiments[key] = {"experiment_id": key, "name": asked["name"], "tags": tags}
        return {"experiment_id": key}

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
                "params": run.params, "metrics": sorted(run.metrics), "artifacts": run.artifacts,
            }  # fmt: skip
        return found

    def last(self, run: Run) -> dict[str, float]:
        """The newest value of each metric."""
        return {key: value for key, value, _, _ in sorted(run.metrics, key=lambda one: (one[3], one[2]))}
