"""A whole site for the tests of the pages: own data, own port, real Daphne."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.prepared import prepare

BASE = Path(__file__).resolve().parents[2]
PASSWORD = "a long enough password"
FILL = f"""
import django
django.setup()
from uuid import uuid4
from annotate.models import Box, Frame, Label, Membership, Project, Source, User
maria = User.objects.create_superuser("maria", "maria@example.org", {PASSWORD!r}, first_name="Maria")
User.objects.create_user("newcomer", password={PASSWORD!r})
project = Project.objects.create(name="City and harbour", description="Every car.", created_by=maria)
for number, role in enumerate(("manager", "annotator")):
    user = maria if role == "manager" else User.objects.create_user("ada", first_name="Ada")
    Membership.objects.create(project=project, user=user, role=role)
car = Label.objects.create(project=project, name="car", color="#e69f00", key="1", position=1)
boat = Label.objects.create(project=project, name="boat", color="#0072b2", key="2", position=2)
source = Source.objects.create(project=project, kind="upload", name="first")
for index, status in enumerate(["complete", "in_progress"] + ["to_annotate"] * 3):
    frame = Frame.objects.create(project=project, source=source, index=index, name=f"frame-{{index}}.jpg",
        md5=uuid4().hex, original_md5=uuid4().hex, media_type="image/jpeg", width=1280, height=800,
        status=status)
    for left in range(0, 900 if index < 2 else 0, 300):
        Box.objects.create(id=uuid4(), frame=frame, label=boat, x1=left, y1=200, x2=left + 200, y2=500,
            status="proposed" if index else "accepted", created_revision=1)
Project.objects.create(name="Empty one", created_by=maria)
"""
JUDGED = """
from tests.figures.factory import Lab
from tests.sync.world import make_world
lab = Lab(make_world())
frames = [lab.world.frame(name=f"judged-{index}.jpg") for index in range(2)]
boxes = [lab.detect(frame, version, (0.9, 0.6)) for frame in frames for version in [lab.version(number=frame.pk)]]
lab.change(frames[0], boxes[0][0], status="accepted")
lab.change(frames[0], boxes[0][1], status="rejected")
lab.change(frames[1], boxes[1][0], status="accepted")
lab.complete(frames[0])
"""
"""A third project, in which people judged what a model proposed: two right, one wrong, on two images."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=2)  # noqa: S310
            return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


@contextmanager
def running_site(data: Path) -> Iterator[str]:
    """Yields the address of a site with two projects, as http://127.0.0.1:port."""
    environment = {**os.environ, "HITL_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "hitlsite.settings"}
    environment.pop("HITL_DATABASE_URL", None)
    environment.pop("HITL_REDIS_URL", None)
    prepare(environment, FILL + JUDGED)
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "daphne",
        "-p",
        str(port),
        "-b",
        "127.0.0.1",
        "hitlsite.asgi:application",
    ]
    with (data / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=BASE, env=environment, stdout=log, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/livez")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(10)
