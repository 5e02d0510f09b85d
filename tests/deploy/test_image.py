"""What goes into the images, and the small programs that containers start."""

import http.server
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.deploy.compose import ROOT, example, stages
from tests.deploy.stack import replaced
from tests.services import free_port

TARGETS = ("web", "worker", "mlflow")


@pytest.mark.parametrize("target", TARGETS)
def test_s5_an_image_runs_as_a_user_that_owns_nothing_but_its_data(target: str) -> None:
    stage = stages()[target]
    assert stage.last("USER") == "10001:10001"
    assert stage.instructions.index(("USER", "10001:10001")) > max(
        number for number, (word, _) in enumerate(stage.instructions) if word in {"RUN", "COPY"}
    ), "what is copied belongs to root: the program cannot change itself"
    assert not any("--chown" in copy for copy in stage.all("COPY"))


def test_s6_only_what_is_copied_enters_the_build() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    allowed = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        source
        for stage in stages().values()
        for copy in stage.all("COPY")
        if not copy.startswith("--from=")
        for source in copy.split()[:-1]
    }
    assert {source.partition("/")[0] for source in copied} == allowed
    assert all((ROOT / source).exists() for source in copied)


def test_s6_no_image_is_built_with_a_secret() -> None:
    for stage in stages().values():
        for instruction in [*stage.all("ENV"), *stage.all("ARG")]:
            assert not any(word in instruction for word in ("SECRET", "PASSWORD", "TOKEN", "DATABASE_URL"))
        assert not any(copy.startswith("--from=tree /tmp") for copy in stage.all("COPY"))
    # The address of a mirror may contain a password, and the history of an image shows its build arguments.
    assert {argument for name in TARGETS for argument in stages()[name].all("ARG")} == {"GIT_COMMIT"}


@pytest.mark.parametrize("target", ["web", "worker"])
def test_an_image_knows_which_commit_it_was_built_from(target: str) -> None:
    assert "HITL_GIT_COMMIT=${GIT_COMMIT}" in stages()[target].all("ENV")
    words = [word for word, _ in stages()[target].instructions]
    assert words.index("ARG") > words.index("USER"), "a new commit must not make the packages anew"


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_make_image_says_which_commit_it_builds(tmp_path: Path) -> None:
    """By a program in place of docker that tells what it was given."""
    programs, checkout = tmp_path / "programs", tmp_path / "checkout"
    for folder in (programs, checkout):
        folder.mkdir()
    docker = programs / "docker"
    docker.write_text('#!/bin/sh\necho "$GIT_COMMIT $*"\n')
    docker.chmod(0o755)
    shutil.copy(ROOT / "Makefile", checkout)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}

    def output(*words: str) -> str:
        done = subprocess.run(
            words, cwd=checkout, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert output("make", "--silent", "image") == "compose build", "no checkout, no commit"
    output("git", "init")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    output("git", *who, "commit", "--allow-empty", "-m", "first")
    assert output("make", "--silent", "image") == f"{output('git', 'rev-parse', 'HEAD')} compose build"


def test_s8_only_files_whose_hash_is_known_are_installed() -> None:
    installs = [
        part
        for stage in stages().values()
        for run in stage.all("RUN")
        for part in run.split("&&")
        if "pip install" in part
    ]
    assert installs
    assert all("--no-deps --require-hashes --only-binary :all:" in part for part in installs)
    for lock in ("requirements.lock", "deploy/mlflow.lock"):
        text = (ROOT / lock).read_text()
        assert text.count("==") > 10
        assert text.count("--hash=sha256:") >= text.count("==")


def left_out() -> list[str]:
    lines = (ROOT / "deploy" / "without.in").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_what_the_images_leave_out_is_not_in_the_lock() -> None:
    locked = {line.partition("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines()}
    assert left_out() and "dvc" in locked and not locked.intersection(left_out())


WITHOUT = """
import importlib.metadata, sys
for module, packages in importlib.metadata.packages_distributions().items():
    if set(packages) & set({packages!r}):
        sys.modules[module] = None  # importing it fails
from dvc.cli import main
sys.exit(main({words!r}))
"""


@pytest.mark.skipif(find_spec("dvc") is None, reason="DVC is not installed")
def test_dvc_runs_a_pipeline_and_copies_without_what_the_images_leave_out(tmp_path: Path) -> None:
    place, remote = tmp_path / "place", tmp_path / "remote"
    place.mkdir()
    (place / "params.yaml").write_text("word: hello\n")
    (place / "dvc.yaml").write_text(
        "stages:\n  say:\n    cmd: echo hello > said\n    params: [word]\n    outs: [said]\n"
    )

    def dvc(*words: str) -> None:
        program = WITHOUT.format(packages=left_out(), words=list(words))
        done = subprocess.run([sys.executable, "-c", program], cwd=place, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    dvc("init", "--no-scm", "--quiet")
    dvc("remote", "add", "--default", "copies", str(remote))
    dvc("repro")
    dvc("push")
    shutil.rmtree(place / ".dvc" / "cache")
    (place / "said").unlink()
    dvc("pull")
    assert (place / "said").read_text() == "hello\n"


class Answer(http.server.BaseHTTPRequestHandler):
    """As Django does: only under a name that the site allows."""

    def do_GET(self) -> None:
        good = self.path == "/livez" and self.headers["Host"] == "labels.example.org"
        self.send_response(200 if good else 400)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    thread.join()
    server.server_close()


def check_health(port: int, hosts: str) -> int:
    environment = {**os.environ, "HITL_BIND": f"0.0.0.0:{port}", "HITL_ALLOWED_HOSTS": hosts}
    return subprocess.run([sys.executable, "deploy/healthcheck.py"], cwd=ROOT, env=environment).returncode


@pytest.mark.parametrize(
    "hosts", ["labels.example.org,localhost", " labels.example.org ", ".labels.example.org"]
)
def test_the_health_check_asks_under_an_allowed_name(port: int, hosts: str) -> None:
    assert check_health(port, hosts) == 0


def test_the_health_check_fails_when_the_answer_is_bad_or_missing(port: int) -> None:
    assert check_health(port, "other.example.org") == 1
    assert check_health(free_port(), "labels.example.org") == 1


def check_pulse(folder: Path | str) -> int:
    environment = {**os.environ, "HITL_PULSE_DIR": str(folder)}
    return subprocess.run(
        [sys.executable, "deploy/healthcheck.py", "pulse"], cwd=ROOT, env=environment
    ).returncode


def test_without_a_port_everything_must_have_been_heard_of_lately(tmp_path: Path) -> None:
    assert check_pulse("") == 1
    assert check_pulse(tmp_path) == 1, "nothing was ever heard of"
    (tmp_path / "worker").touch()
    assert check_pulse(tmp_path) == 0
    (tmp_path / "lane-detect").touch()
    os.utime(tmp_path / "lane-detect", (time.time() - 130,) * 2)
    assert check_pulse(tmp_path) == 1, "one part has fallen silent"


@pytest.mark.parametrize(
    ("file", "resolver"),
    [
        ("search lan\nnameserver 127.0.0.11\noptions ndots:0\n", "127.0.0.11"),  # Docker
        ("search dns.podman\nnameserver 10.89.0.1\nnameserver 192.0.2.53\n", "10.89.0.1"),  # Podman
        ("nameserver fd00::1\n", "[fd00::1]"),
    ],
)
def test_the_proxy_asks_the_name_server_that_knows_the_containers(
    tmp_path: Path, file: str, resolver: str
) -> None:
    (tmp_path / "resolv.conf").write_text(file)
    places = {
        "/etc/resolv.conf": f"{tmp_path}/resolv.conf",
        "/tmp/nginx": f"{tmp_path}/nginx",  # noqa: S108
        'exec nginx -g "daemon off;"': "exit 0",
    }
    environment = {"PATH": os.environ["PATH"], "HITL_FRONT_PROXY": "192.0.2.1, 10.0.0.0/8"}
    subprocess.run(["sh", "-c", replaced("nginx.sh", places)], env=environment, check=True)
    assert (tmp_path / "nginx-here.conf").read_text().splitlines() == [
        f"resolver {resolver} valid=5s ipv6=off;",
        "set_real_ip_from 192.0.2.1;",
        "set_real_ip_from 10.0.0.0/8;",
        "real_ip_header X-Forwarded-For;",
        "real_ip_recursive on;",
    ]


def test_mlflow_is_started_for_its_own_pages_alone(tmp_path: Path) -> None:
    """By programs in place of MLflow and Python: the second says that the database is empty."""
    for name, does in (("mlflow", 'printf "%s\\n" "$@"'), ("python", "exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "MLFLOW_DB_URL": "postgresql+psycopg2://mlflow:secret@postgres/mlflow",
        "MLFLOW_ALLOWED_HOSTS": "mlflow:5000, localhost:5001",
    }
    command = ["sh", str(ROOT / "deploy" / "mlflow.sh")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    words = done.stdout.splitlines()
    assert words[0] == "server"
    options = dict(zip(words[1::2], words[2::2], strict=True))
    assert options["--allowed-hosts"] == "mlflow:5000, localhost:5001"
    assert options["--cors-allowed-origins"] == "http://mlflow:5000,http://localhost:5001"
    assert not any("secret" in word for word in words)


def test_mlflow_runs_no_jobs_and_tells_its_maker_nothing() -> None:
    """As beside `make run`: the executor of jobs is ten processes for what is not used here."""
    settings = " ".join(stages()["mlflow"].all("ENV"))
    assert "MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false" in settings
    assert "MLFLOW_DISABLE_TELEMETRY=true" in settings


def make_env(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, folder / "tools" / "make_env.py"], capture_output=True, text=True)


def test_s3_make_env_fills_every_secret_and_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "make_env.py", tmp_path / "tools")
    shutil.copy(ROOT / ".env.example", tmp_path)
    assert make_env(tmp_path).returncode == 0
    made = tmp_path / ".env"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    values = dict(
        line.split("=", 1) for line in made.read_text().splitlines() if "=" in line and line[0] != "#"
    )
    secret = {name for name, value in example().items() if value == ""}
    assert {name: value for name, value in values.items() if name not in secret} == {
        name: value for name, value in example().items() if value
    }
    assert len({values[name] for name in secret}) == len(secret) == 5
    assert all(
        len(values[name]) >= 50 and values[name].replace("-", "").replace("_", "").isalnum()
        for name in secret
    )
    again = make_env(tmp_path)
    assert again.returncode != 0
    assert "left alone" in again.stderr
    assert values["HITL_SECRET_KEY"] in made.read_text()
