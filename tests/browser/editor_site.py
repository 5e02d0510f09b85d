"""A site for the tests of the editor: three people, plenty of empty frames, one with 2,000 boxes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.pages_site import BASE, PASSWORD, free_port, wait_for

PEOPLE = {"maria": "manager", "ada": "annotator", "linus": "annotator", "vera": "viewer"}
FRAMES = 40
CROWDED_FRAME = FRAMES
CROWD = 2000
WIDTH, HEIGHT = 1280, 800

FILL = f"""
import django
django.setup()
from uuid import UUID, uuid4
from annotate.models import Frame, Label, Membership, Project, Source, User
from annotate.sync.operations import Command
from annotate.sync.submit import Submission, submit
project = Project.objects.create(name="City and harbour")
for username, role in {PEOPLE!r}.items():
    user = User.objects.create_user(username, password={PASSWORD!r}, first_name=username.capitalize())
    Membership.objects.create(project=project, user=user, role=role)
names = [("car", "#e69f00"), ("bus", "#56b4e9"), ("person", "#009e73"), ("boat", "#0072b2")]
labels = [Label.objects.create(project=project, name=name, color=color, key=str(place), position=place)
          for place, (name, color) in enumerate(names, start=1)]
source = Source.objects.create(project=project, kind="upload", name="first")
for index in range({FRAMES}):
    Frame.objects.create(project=project, source=source, index=index, name=f"street-{{index + 1:03d}}.jpg",
        md5=uuid4().hex, original_md5=uuid4().hex, media_type="image/jpeg", width={WIDTH}, height={HEIGHT})
def box(number):
    column, row = number % 50, number // 50
    left, top = 8 + column * 25, 8 + row * 19.5
    return dict(x1=left, y1=top, x2=left + 18, y2=top + 14, label=labels[number % 4].pk)
maria = User.objects.get(username="maria").pk
client = uuid4()
for start in range(0, {CROWD}, 500):
    commands = [Command(counter=n + 1, kind="create", box=uuid4(), fields=box(n), gesture="fill")
                for n in range(start, start + 500)]
    submit({CROWDED_FRAME}, [Submission(client, maria, commands)])
"""


@contextmanager
def running_editor_site(data: Path) -> Iterator[str]:
    """Yields the address of a site of its own, as http://127.0.0.1:port. Its project and frames count from 1."""
    environment = {**os.environ, "HITL_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "hitlsite.settings"}
    environment.pop("HITL_DATABASE_URL", None)
    environment.pop("HITL_REDIS_URL", None)
    python = [sys.executable]
    subprocess.run([*python, "manage.py", "migrate", "-v0"], cwd=BASE, env=environment, check=True)
    subprocess.run([*python, "-c", FILL], cwd=BASE, env=environment, check=True)
    port = free_port()
    command = [*python, "-m", "daphne", "-p", str(port), "-b", "127.0.0.1", "hitlsite.asgi:application"]
    with (data / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=BASE, env=environment, stdout=log, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/livez")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(10)
