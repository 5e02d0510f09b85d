"""A web server of its own on a database of its own, for what only real sockets show."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from annotate.servers import Address, web_command
from tests.prepared import prepare
from tests.services import free_port

ROOT = Path(__file__).resolve().parents[2]
STAYING = ("erin", "fred")
LEAVING = ("ada", "bob", "cleo", "dan")
FRAMES = 3
PATIENCE_S = 30.0

PREPARE = f"""
import json, django
django.setup()
from annotate.models import Membership, User
from tests.sync.room import _sign_in
from tests.sync.world import make_world
world = make_world()
frames = [world.frame().pk for _ in range({FRAMES})]
cookies = {{}}
for name in {(*STAYING, *LEAVING)!r}:
    user = User.objects.create(username=name, password="!unusable")
    Membership.objects.create(project=world.project, user=user, role="annotator")
    cookies[name] = _sign_in(user)
print(json.dumps([frames, cookies]))
"""


@dataclass
class Site:
    """``frames``: ids of empty frames; ``cookies``: a session of each in STAYING and LEAVING, all annotators."""

    folder: Path
    server: str
    url: str
    frames: list[int]
    cookies: dict[str, str]
    process: subprocess.Popen[bytes]

    @property
    def database(self) -> Path:
        return self.folder / "hitl.sqlite3"

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def resident_bytes(self) -> int:
        """Memory of the web process; 0 where the system does not tell."""
        status = Path(f"/proc/{self.process.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


@contextlib.contextmanager
def running_site(folder: Path, server: str) -> Iterator[Site]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("HITL_")}
    environment = {
        **own,
        "DJANGO_SETTINGS_MODULE": "hitlsite.settings",
        "HITL_DATA_DIR": str(folder),
        "PYTHONWARNINGS": "ignore",
    }
    frames, cookies = json.loads(prepare(environment, PREPARE))
    address = Address("127.0.0.1", free_port())
    command = web_command(server, address, behind_proxy=False)
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        site = Site(folder, server, address.url.rstrip("/"), frames, cookies, process)
        _wait_ready(site)
        yield site
    finally:
        process.kill()
        process.wait(PATIENCE_S)


def _wait_ready(site: Site) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{site.url}/livez").is_success:
                return
        assert time.monotonic() < deadline and site.process.poll() is None, site.log()
        time.sleep(0.05)
