"""A site to hurt: real web processes on a real database, killed, stopped and started again at will."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from annotate.servers import Address, web_command
from tests.prepared import prepare
from tests.services import free_port

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
PEOPLE = ("ada", "bob", "cleo", "dan")
READY_TIMEOUT_S = 30.0
END_TIMEOUT_S = 15.0
FRAMES = 24  # each test takes a fresh one
WIDTH, HEIGHT = 1280, 800
DETECTION = "0d0d0d0d-0000-4000-8000-000000000001"
"""Has looked at every frame, and found nothing."""

PREPARE = f"""
import json, django
django.setup()
from uuid import uuid4
from annotate.models import Detection, DetectionFrame, Frame, Label, Membership, ModelVersion, Project, Source, User
project = Project.objects.create(name="Hurt")
labels = [Label.objects.create(project=project, name=name, color="#0072b2", key=str(key)).pk
          for key, name in enumerate(("car", "bus", "boat"), start=1)]
source = Source.objects.create(project=project, kind="upload", name="first")
frames = [Frame.objects.create(project=project, source=source, index=index, name=f"{{index}}.png", md5=uuid4().hex,
          original_md5=uuid4().hex, media_type="image/png", width={WIDTH}, height={HEIGHT}).pk
          for index in range({FRAMES})]
model = ModelVersion.objects.create(name="Looker", kind="onnx", sha256="0" * 64)
detection = Detection.objects.create(id="{DETECTION}", project=project, model_version=model, trigger="api",
                                     scope="project", confidence=0.25, iou=0.5, image_size=640)
for frame in frames:
    DetectionFrame.objects.create(detection=detection, frame_id=frame, revision=0)
for name in {PEOPLE!r}:
    user = User.objects.create_user(name, password={PASSWORD!r})
    Membership.objects.create(project=project, user=user, role="annotator")
print(json.dumps(frames))
"""


@dataclass(frozen=True)
class Door:
    """How a person reaches one frame on one web process: address and cookie."""

    url: str
    origin: str
    cookie: str


@dataclass
class Site:
    """``processes[i]`` listens on ``ports[i]``. All share one database, one data folder and, if any, one Redis."""

    folder: Path
    servers: tuple[str, str] = ("daphne", "daphne")
    settings: Mapping[str, str] = field(default_factory=dict)
    ports: list[int] = field(default_factory=lambda: [free_port(), free_port()])
    processes: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    frames: list[int] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("HITL_")}
        return {
            **own,
            "DJANGO_SETTINGS_MODULE": "hitlsite.settings",
            "HITL_DATA_DIR": str(self.folder),
            "PYTHONWARNINGS": "ignore",
            **self.settings,
        }

    def prepare(self) -> None:
        """Tables, people, labels and empty frames."""
        self.frames = json.loads(prepare(self.environment, PREPARE))

    def run(self, code: str) -> str:
        """Python in a process of its own, with the product's settings. What it printed."""
        words = [sys.executable, "-c", code]
        done = subprocess.run(words, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, index: int = 0) -> None:
        """Start web process ``index``; does not wait for it."""
        here = Address("127.0.0.1", self.ports[index])
        command = web_command(self.servers[index], here, behind_proxy=False)
        with (self.folder / f"web-{index}.log").open("ab") as log:
            self.processes[index] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def wait_ready(self, index: int = 0) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url(index)}/livez").is_success:
                    return
            assert time.monotonic() < deadline, f"{self.url(index)} does not answer: {self.log(index)}"
            time.sleep(0.05)

    def signal(self, number: signal.Signals, index: int = 0) -> None:
        self.processes[index].send_signal(number)

    def kill(self, index: int = 0) -> None:
        """kill -9, as the kernel does when memory is short."""
        process = self.processes.pop(index)
        process.kill()
        process.wait(END_TIMEOUT_S)

    def stop(self) -> None:
        for index in list(self.processes):
            self.kill(index)

    def url(self, index: int = 0) -> str:
        return f"http://127.0.0.1:{self.ports[index]}"

    def log(self, index: int = 0, lines: int = 20) -> str:
        path = self.folder / f"web-{index}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    def sign_in(self, name: str, index: int = 0) -> str:
        """Through the sign-in page; the session cookie, good on every process."""
        with httpx.Client(base_url=self.url(index), follow_redirects=True, timeout=20) as browser:
            page = browser.get("/login/")
            token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
            form = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token}
            browser.post(
                "/login/", data=form, headers={"Referer": f"{self.url(index)}/login/"}
            ).raise_for_status()
            return browser.cookies["hitl_session"]

    def door(self, frame: int, cookie: str, index: int = 0) -> Door:
        port = self.ports[index]
        return Door(f"ws://127.0.0.1:{port}/ws/frames/{frame}/", f"http://127.0.0.1:{port}", cookie)

    def resident_bytes(self, index: int = 0) -> int:
        """Memory of the web process (Linux)."""
        status = Path(f"/proc/{self.processes[index].pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024


@contextlib.contextmanager
def running(site: Site, *indexes: int) -> Iterator[Site]:
    """These web processes up and answering; all are gone afterwards, whatever happened to them."""
    try:
        for index in indexes:
            site.start(index)
        for index in indexes:
            site.wait_ready(index)
        yield site
    finally:
        site.stop()


def fresh_secret() -> str:
    return secrets.token_urlsafe(48)
