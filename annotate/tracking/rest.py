"""What the relay asks of MLflow, over its REST API. One attempt per call, a short timeout: patience is the relay's.

MLflow's own client is not used: it blocks for minutes while the server is away, and weighs 190 MB in the worker.
"""

import http.client
import json
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NoReturn
from urllib.parse import quote, urlencode, urlsplit

from .fold import Metric

TIMEOUT_S = 5.0
FILE_TIMEOUT_S = 60.0
MOST_METRICS = 900  # of one log_batch; MLflow takes 1000
LARGEST_ANSWER = 50_000_000
PIECE = 1 << 18  # bytes of a file that are in memory at once
API = "/api/2.0/mlflow/"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
OF_DRIVER = re.compile(r"^\([\w.]+\) (.+)$", re.MULTILINE)
LONGEST_CAUSE = 200
MOST_EXPERIMENTS = 100
"""Names that are tried for one project; each time that somebody deletes its experiment takes one."""
EXPERIMENT_KIND = "custom_model_development"  # MLflow shows runs and metrics first, not traces
EXISTS, MISSING = "RESOURCE_ALREADY_EXISTS", "RESOURCE_DOES_NOT_EXIST"


class Unavailable(Exception):
    """MLflow cannot be reached or is not well. The same call may succeed later."""


class Unwell(Unavailable):
    """It answered that it could not: it may be as a whole, or about this one thing alone."""


class Refused(Exception):
    """MLflow will never take this call as it is. ``code``: its word for why."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


class Mlflow:
    """``url``: of the server, with its prefix, for example http://127.0.0.1:5001/mlflow. For one thread."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("HITL_MLFLOW_URL: use http://host:port/prefix")
        self.prefix = parts.path.rstrip("/")
        self.timeout_s = timeout_s
        make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = make(parts.hostname, parts.port, timeout=timeout_s)
        self.before_call: Callable[[], None] = lambda: None
        """What it raises ends the call before MLflow hears of it."""

    def close(self) -> None:
        self._connection.close()

    def wait_up_to(self, seconds: float) -> None:
        """For an answer, from the next connection on."""
        self._connection.close()
        self._connection.timeout = seconds

    def experiment(self, project_id: int, name: str, note: str) -> str:
        """Id of the project's experiment, found by its tag; made where there is none, with ``note`` as description."""
        known = self.find_experiment(project_id)
        if known is not None:
            return known
        about = {"mlflow.experimentKind": EXPERIMENT_KIND, "mlflow.note.content": note}
        tags = pairs({"hitl_project": str(project_id), **about})
        try:
            return self._create_experiment(name, tags)
        except Refused as refused:
            if refused.code != EXISTS:
                raise
        late = self.find_experiment(project_id)  # made by a call whose answer did not come
        if late is not None:
            return late
        # Deleted in MLflow, or somebody else's: the name is taken for good there. What somebody deleted stays deleted.
        for number in range(1, MOST_EXPERIMENTS):
            more = f" ({number})" if number > 1 else ""
            try:
                return self._create_experiment(f"{name} · {project_id}{more}", tags)
            except Refused as refused:
                if refused.code != EXISTS:
                    raise
        raise Refused(EXISTS, f"{name} · {project_id}: all of its names are taken")

    def _create_experiment(self, name: str, tags: list[dict[str, str]]) -> str:
        made = self.post("experiments/create", {"name": name, "tags": tags})
        with reading():
            return str(made["experiment_id"])

    def find_experiment(self, project_id: int) -> str | None:
        wanted = f"tags.`hitl_project` = '{project_id}'"
        found = self.post("experiments/search", {"filter": wanted, "max_results": 10})
        with reading():
            ids = [int(one["experiment_id"]) for one in found.get("experiments", [])]
        return str(min(ids)) if ids else None

    def find_run(self, experiment: str, event_id: str) -> str | None:
        """The run with this ``event_id``. Should there be several (an answer that was lost, and came true after we had
        asked), the first one stays, and the others are deleted: everything is told to the one that is found."""
        runs = self.runs_of(experiment, event_id)
        self.delete_runs(runs[1:])
        return runs[0] if runs else None

    def runs_of(self, experiment: str, event_id: str) -> list[str]:
        asked = {
            "experiment_ids": [experiment],
            "filter": f"tags.event_id = '{event_id}'",
            "order_by": ["attributes.created ASC"],
            "max_results": 10,
        }
        found = self.post("runs/search", asked)
        with reading():
            return [str(one["info"]["run_id"]) for one in found.get("runs", [])]

    def delete_runs(self, runs: Sequence[str]) -> None:
        for run in runs:
            self.post("runs/delete", {"run_id": run})

    def create_run(self, experiment: str, name: str, start: int, tags: Mapping[str, str]) -> str:
        asked = {"experiment_id": experiment, "run_name": name, "start_time": start, "tags": pairs(tags)}
        made = self.post("runs/create", asked)
        with reading():
            return str(made["run"]["info"]["run_id"])

    def log(
        self,
        run: str,
        *,
        metrics: Sequence[Metric] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """In as few calls as MLflow's limits allow."""
        rest = {"params": pairs(params or {}), "tags": pairs(tags or {})}
        for start in range(0, max(len(metrics), 1), MOST_METRICS):
            points = [point_of(one) for one in metrics[start : start + MOST_METRICS]]
            if points or rest["params"] or rest["tags"]:
                self.post("runs/log-batch", {"run_id": run, "metrics": points, **rest})
            rest = {}

    def end_run(self, run: str, status: str, at: int) -> None:
        self.post("runs/update", {"run_id": run, "status": status, "end_time": at})

    def log_inputs(self, run: str, inputs: Sequence[Mapping[str, Any]]) -> None:
        """Data sets as MLflow's DatasetInput; the same one twice is one."""
        if inputs:
            self.post("runs/log-inputs", {"run_id": run, "datasets": list(inputs)})

    def put_artifact(self, experiment: str, run: str, path: str, data: bytes | Path | IO[bytes]) -> None:
        """A file is read as it is sent, and never whole in memory; an open one from its beginning, and closed. Raises
        OSError where it cannot be read."""
        where = f"{ARTIFACTS}/{quote(f'{experiment}/{run}/artifacts/{path}')}"
        if isinstance(data, bytes):
            self._call("PUT", where, data, "application/octet-stream")
            return
        with data.open("rb") if isinstance(data, Path) else data as file, self._patient():
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            self._call("PUT", where, file, "application/octet-stream", size=size)

    @contextmanager
    def _patient(self) -> Iterator[None]:
        """A connection of its own: storing weights may take MLflow a while."""
        self._connection.close()
        usual, self._connection.timeout = self._connection.timeout, FILE_TIMEOUT_S
        try:
            yield
        finally:
            self._connection.close()
            self._connection.timeout = usual

    def artifacts_in(self, path: str) -> list[dict[str, Any]]:
        """Of a folder, relative to the root of all artifacts: path (its name in there), is_dir, file_size."""
        found = self._get(f"{ARTIFACTS}?{urlencode({'path': path})}")
        with reading():
            return [{**one, "path": str(one["path"])} for one in found.get("files", [])]

    def get_artifact(self, path: str, largest: int) -> Iterator[bytes]:
        """The pieces of a file, relative to the root of all artifacts. Raises Unavailable, also where there are more
        than ``largest`` bytes; Refused."""
        try:
            self._connection.request("GET", f"{self.prefix}{ARTIFACTS}/{quote(path)}")
            response = self._connection.getresponse()
            if response.status != http.client.OK:
                raise_for(response.status, response.read(LARGEST_ANSWER), f"GET {path}")
            left = largest
            while piece := response.read(PIECE):
                left -= len(piece)
                if left < 0:
                    raise Unavailable(f"what comes is larger than {largest} bytes")
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"{type(error).__name__}: {error}") from error
        finally:
            self._connection.close()  # an answer may not have been read to its end

    def is_well(self) -> bool:
        """Whether it says so itself. What it answers to one call is another matter."""
        try:
            self._call("GET", "/health", b"", "text/plain")
        except (Unavailable, Refused):
            return False
        return True

    def get(self, name: str, asked: Mapping[str, str]) -> dict[str, Any]:
        return self._get(f"{API}{name}?{urlencode(asked)}")

    def post(self, name: str, asked: Mapping[str, Any], *, method: str = "POST") -> dict[str, Any]:
        body = json.dumps(asked).encode()
        return understood(self._call(method, f"{API}{name}", body, "application/json"))

    def _get(self, path: str) -> dict[str, Any]:
        return understood(self._call("GET", path, b"", "application/json"))

    def _call(
        self, method: str, path: str, body: bytes | IO[bytes], content_type: str, size: int | None = None
    ) -> bytes:
        """``size``: of a file."""
        self.before_call()
        headers = {"Content-Type": content_type, "Connection": "keep-alive"}
        if size is not None:
            headers["Content-Length"] = str(size)
        try:
            self._connection.request(method, self.prefix + path, body, headers)
            response = self._connection.getresponse()
            status, answer = response.status, response.read(LARGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()  # the next call opens it anew
            raise Unavailable(f"{type(error).__name__}: {error}") from error
        if status >= 400:
            raise_for(status, answer, f"{method} {path.partition('?')[0].removeprefix(API)}")
        return answer


def point_of(metric: Metric) -> dict[str, Any]:
    """NaN is a word there, as JSON has no number for it."""
    return {**metric._asdict(), "value": "NaN" if math.isnan(metric.value) else metric.value}


def understood(answer: bytes) -> dict[str, Any]:
    """Raises Unavailable."""
    try:
        found = json.loads(answer or b"{}")
    except ValueError as error:  # somebody else listens there
        raise Unavailable("what answers is not MLflow") from error
    if not isinstance(found, dict):
        raise Unavailable("what answers is not MLflow")
    return found


@contextmanager
def reading() -> Iterator[None]:
    """Of an answer: what lacks what MLflow always says was written by somebody else. Raises Unavailable."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unavailable("what answers is not MLflow") from error


def raise_for(status: int, answer: bytes, asked: str) -> NoReturn:
    """``asked``: to say what did not go. Raises Unavailable, Refused."""
    said = error_in(answer)
    if said is not None and status < 500 and status not in (401, 403, 408, 429):
        raise said
    why = f": {cause_in(str(said.args[0]))}" if said is not None else ""
    kind = Unwell if status >= 500 else Unavailable
    raise kind(f"MLflow answered {status} to {asked}{why}")


def error_in(answer: bytes) -> Refused | None:
    """None where it is not in MLflow's own words: 404 is then a wrong address, which can be put right."""
    try:
        found = json.loads(answer)
        return Refused(str(found["error_code"]), str(found.get("message", ""))[:500])
    except (ValueError, TypeError, KeyError):
        return None


def cause_in(text: str) -> str:
    """Of an error of its database what the driver says ("database or disk is full"), without the statement and what was
    to be written."""
    said = OF_DRIVER.search(text)
    return (said[1] if said else text.partition("\n")[0])[:LONGEST_CAUSE]


def pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]
