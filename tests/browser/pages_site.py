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

FULL = """
from uuid import UUID
from django.utils import timezone
from annotate.agreement.copies import ask
from annotate.comments import Pin, add_comment
from annotate.labels.changing import changing
from annotate.models import Detection, Job, Training
from annotate.tokens import make_token
from tests.datasets.conftest import Studio
from tests.learning.conftest import better
studio = Studio(make_world())
project, people, ONE = studio.world.project, studio.world.people, UUID(int=1)
Membership.objects.create(project=project, user=maria, role="manager")
for changed in (Project.objects.get(pk=1), project):
    with changing(changed.pk, maria):
        changed.labels.filter(key="1").update(name="a car with a very long name " + "e" * 50, key="")
        changed.labels.filter(name="bus").update(is_active=False)
frames = studio.add(3)
studio.snapshot("before the long weekend of the harbour festival")
studio.draw(frames[0])
studio.add(1)
version = studio.snapshot()
ask(project, [people["annotator"], people["second"]], [frame.pk for frame in frames], maria)
said = f"@maria: is_this_one_a_bus_or_a_car_{'x' * 60}?"
add_comment(frames[0].pk, people["annotator"], ONE, said, Pin(None, None, None, None))
Training.objects.create(id=ONE, project=project, dataset_version=version, trigger="button", outcome="kept_old",
    evaluation=better(), reason="The new model is not better.", finished_at=timezone.now(),
    params={"train": {"epochs": 30, "augmentation_of_colours_and_places": "a" * 60}})
rows = [{"file": f"{'labels_of_the_harbour/' * 4}one.xml", "where": "12", "code": "frame_twice", "values": {}}]
check = {"format": "coco", "name": "a.json", "frames": 3, "boxes": 4, "empty": 0, "matched": 1, "labelled": 1, "new": 1,
    "missing": 1, "missing_names": [f"{'pier_' * 20}.jpg"], "proposals": 0, "statuses": {}, "labels": [], "losses": {},
    "errors": 1, "rows": rows}
Job.objects.create(id=ONE, project=project, kind="import", state="done", created_by=maria,
    payload={"key": "gone", "name": "a.json"}, result={"check": check})
for state in ("queued", "running", "failed"):
    Job.objects.create(project=project, kind="detect_many", state=state, created_by=maria, total_units=9, done_units=3,
        error="ValueError: " + "x" * 200 if state == "failed" else "", log="what it said" if state == "running" else "")
Detection.objects.filter(pk=Detection.objects.values("pk")[:1]).update(job=project.jobs.get(state="running"))
hook = project.webhooks.create(url=f"https://example.org/{'hook' * 30}", events=["job.finished"], secret="whsec_AAAA")
for state in ("waiting", "delivered", "failed"):
    hook.deliveries.create(event="job.finished", payload={"name": "x" * 80}, state=state, due_at=timezone.now())
make_token(maria, "The nightly program that fetches what is labelled", scope="read", days=30, project=project)
"""
"""A fourth project, with one of everything that has a page, under the id 1, and words that are too long for a phone."""


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
def running_site(data: Path, more: str = "") -> Iterator[str]:
    """Yields the address of a site with three projects, as http://127.0.0.1:port. ``more``: Python that adds some."""
    environment = {**os.environ, "HITL_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "hitlsite.settings"}
    environment.pop("HITL_DATABASE_URL", None)
    environment.pop("HITL_REDIS_URL", None)
    prepare(environment, FILL + JUDGED + more)
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
