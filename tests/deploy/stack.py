"""What docker-compose.yml starts, as plain processes: nginx, two web servers, PostgreSQL and Redis."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.deploy.names import NameServer
from tests.services import PostgresServer, RedisServer, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
HOSTS = ("127.0.0.1", "127.0.0.2")  # the two replicas: the same port, as in two containers
FRONT_PROXY = "127.0.0.9"  # asked from this address, nginx believes X-Forwarded-For
PASSWORD = "correct horse battery"
READY_TIMEOUT_S = 30.0
SEED = f"""
from annotate.models import Frame, Label, Membership, Project, Source, User
project = Project.objects.create(name="Deployed")
Label.objects.create(project=project, name="car", color="#0072b2", key="1")
source = Source.objects.create(project=project, kind="demo", name="demo")
frame = Frame.objects.create(project=project, source=source, name="a.png", width=640, height=480,
                             md5="0" * 32, original_md5="0" * 32, media_type="image/png")
for name, role in (("ada", "annotator"), ("bob", "annotator"), ("maria", "manager")):
    user = User.objects.create_user(name, password={PASSWORD!r})
    Membership.objects.create(project=project, user=user, role=role)
print(frame.pk)
"""


def nginx_program() -> str | None:
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def alive(pid: int) -> bool:
    """A zombie counts as dead: it only waits for its parent to look."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@dataclass
class Stack:
    """``url`` is nginx. ``replicas`` are the web servers, ``names`` says which of them are found."""

    folder: Path
    server: str
    environment: dict[str, str]
    frame_id: int
    names: NameServer
    web_port: int = field(default_factory=free_port)
    proxy_port: int = field(default_factory=free_port)
    replicas: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.proxy_port}"

    def start_replica(self, host: str) -> None:
        """The command of the compose file's service "web"."""
        settings = {"HITL_BIND": f"{host}:{self.web_port}", "HITL_SERVER": self.server}
        with (self.folder / f"web-{host}.log").open("ab") as log:
            self.replicas[host] = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env={**self.environment, **settings},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @contextlib.contextmanager
    def worker(self) -> Iterator[None]:
        """The command of the compose file's service "worker"."""
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield
        finally:
            process.terminate()
            assert process.wait(30) == 0

    def end_replica(self, host: str, number: signal.Signals = signal.SIGTERM) -> None:
        process = self.replicas.pop(host)
        process.send_signal(number)
        process.wait(30)

    def route(self, *hosts: str) -> None:
        """From now on nginx finds these replicas and no others: it has asked for the name again."""
        self.names.addresses = list(hosts)
        deadline = time.monotonic() + READY_TIMEOUT_S
        while self.names.answered is not self.names.addresses:
            assert time.monotonic() < deadline, "nginx does not look the name up again"
            httpx.get(f"{self.url}/livez")
            time.sleep(0.05)

    def logged(self, path: str, client: httpx.Client | None = None) -> str:
        """Nginx's line about a request for ``path``, which must be one of a kind."""
        (client or httpx).get(f"{self.url}{path}", headers={"X-Forwarded-For": "10.0.0.1, 203.0.113.7"})
        deadline = time.monotonic() + READY_TIMEOUT_S
        while True:
            for line in (self.folder / "nginx.log").read_text().splitlines():
                if f" GET {path} " in line:
                    return line
            assert time.monotonic() < deadline, f"nginx logged nothing about {path}"
            time.sleep(0.02)

    def wait_ready(self, host: str) -> None:
        self._wait_answer(f"http://{host}:{self.web_port}/livez")

    def wait_nginx(self) -> None:
        self._wait_answer(f"{self.url}/proxy-health")

    def _wait_answer(self, url: str) -> None:
        """Asks under an allowed name, as deploy/healthcheck.py does."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(url, headers={"Host": "localhost"}).is_success:
                    return
            assert time.monotonic() < deadline, f"{url} does not answer; see {self.folder}"
            time.sleep(0.1)

    def sign_in(self, name: str) -> httpx.Client:
        client = httpx.Client(base_url=self.url, follow_redirects=True, timeout=20)
        page = client.get("/login/")
        token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        form = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token}
        client.post("/login/", data=form, headers={"Referer": f"{self.url}/login/"}).raise_for_status()
        assert "hitl_session" in client.cookies
        return client

    def write_nginx_files(self) -> list[str]:
        """deploy/nginx.conf and nginx.sh with the addresses of this machine, and nothing else changed.

        Returns the command of the compose file's service "proxy".
        """
        (self.folder / "resolv.conf").write_text(
            f"search example.org\nnameserver 127.0.0.1:{self.names.port}\nnameserver 127.0.0.1:1\n"
        )
        configuration, script = self.folder / "nginx.conf", self.folder / "nginx.sh"
        user = "user root;\n" if os.geteuid() == 0 else ""
        local = {
            "worker_processes auto": "worker_processes 1",  # each has a name cache of its own
            "listen 8080": f"listen 127.0.0.1:{self.proxy_port}",
            "web:8000": f"web:{self.web_port}",
            "/tmp/nginx": f"{self.folder}/nginx",  # noqa: S108
        }
        configuration.write_text(user + replaced("nginx.conf", local))
        local = {
            "/etc/resolv.conf": f"{self.folder}/resolv.conf",
            "valid=5s": "valid=1s",
            "/tmp/nginx": f"{self.folder}/nginx",  # noqa: S108
            "exec nginx": f"exec {nginx_program()} -c {configuration}",
        }
        script.write_text(replaced("nginx.sh", local))
        return ["sh", str(script)]


def replaced(name: str, values: dict[str, str]) -> str:
    """The text of a file in deploy/ with other words in these places, each of which it must have."""
    text = (ROOT / "deploy" / name).read_text()
    for old, new in values.items():
        assert old in text, (name, old)
        text = text.replace(old, new)
    return text


@contextlib.contextmanager
def database_and_redis(folder: Path) -> Iterator[tuple[dict[str, str], int]]:
    """The environment that docker-compose.yml gives to web, on private servers; and a frame's id."""
    with PostgresServer() as postgres, RedisServer(password="pass-of-redis") as redis:
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HITL_DATA_DIR": str(folder),
            "HITL_SECRET_KEY": secrets.token_urlsafe(48),
            "HITL_DATABASE_URL": postgres.url,
            "HITL_REDIS_URL": redis.url,
            "HITL_ALLOWED_HOSTS": "localhost,127.0.0.1",
            "HITL_PROXY_HEADERS": "1",
        }

        def manage(*arguments: str) -> str:
            done = subprocess.run(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        manage("migrate", "--no-input", "-v", "0")
        yield environment, int(manage("shell", "--no-imports", "-v", "0", "-c", SEED).split()[-1])


@contextlib.contextmanager
def running(stack: Stack) -> Iterator[Stack]:
    """Both replicas and nginx up; all of it gone afterwards."""
    command = stack.write_nginx_files()
    environment = {"PATH": os.environ.get("PATH", ""), "HITL_FRONT_PROXY": f"{FRONT_PROXY},192.0.2.0/24"}
    with (stack.folder / "nginx.log").open("ab") as log:
        nginx = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        for host in HOSTS:
            stack.start_replica(host)
        for host in HOSTS:
            stack.wait_ready(host)
        stack.wait_nginx()
        yield stack
    finally:
        for host in list(stack.replicas):
            stack.end_replica(host)
        nginx.terminate()
        nginx.wait(10)
