"""A site for the tests of the editor: four people, plenty of empty frames with pictures, one with what a model
proposes, one with 2,000 boxes."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from annotate.servers import Address, web_command
from tests.browser.pages_site import BASE, PASSWORD, free_port, wait_for
from tests.prepared import prepare

PEOPLE = {"maria": "manager", "ada": "annotator", "linus": "annotator", "vera": "viewer"}
FRAMES = 40
CROWDED_FRAME = FRAMES
CROWD = 2000
JUDGED_FRAME = FRAMES - 1
"""With four boxes in a row: a car of maria, a bus and a person that a model proposes, and one that was rejected."""
WIDTH, HEIGHT = 1280, 800

FILL = f"""
import django
django.setup()
import io
from uuid import UUID, uuid4
from PIL import Image, ImageDraw
from annotate.media import thumbnails
from annotate.media.ingest import add_image
from annotate.models import Label, Membership, Project, Source, User
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
    picture = Image.new("RGB", ({WIDTH}, {HEIGHT}), (118, 128, 136))
    ImageDraw.Draw(picture).rectangle((0, 520, 200 + 20 * index, {HEIGHT}), (96, 94, 92))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=60)
    added = add_image(project, source, f"street-{{index + 1:03d}}.jpg", file.getvalue())
    thumbnails.make(added.frame.md5)
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
def create(place, confidence=None, **given):
    edges = dict(x1=100.0 + 250 * place, y1=100.0, x2=250.0 + 250 * place, y2=250.0, label=labels[place].pk)
    return Command(counter=place + 1, kind="create", box=uuid4(), fields={{**edges, **given}}, gesture=str(place),
                   source="model" if confidence else "human", confidence=confidence)
machine = [create(place, confidence, status=status)
           for place, status, confidence in [(1, "proposed", 0.9), (2, "proposed", 0.3), (3, "rejected", 0.6)]]
submit({JUDGED_FRAME}, [Submission(uuid4(), maria, [create(0)]), Submission(uuid4(), None, machine, "model")])
"""


@dataclass
class EditorSite:
    """Its project and frames count from 1. The server can be killed and started again on the same port."""

    data: Path
    port: int = field(default_factory=free_port)
    server: subprocess.Popen[bytes] | None = None
    sessions: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("HITL_")}
        return {**own, "HITL_DATA_DIR": str(self.data), "DJANGO_SETTINGS_MODULE": "hitlsite.settings"}

    def prepare(self) -> None:
        prepare(self.environment, FILL)

    def start(self) -> None:
        """As `make run` starts it; returns when it answers."""
        command = web_command("daphne", Address("127.0.0.1", self.port), behind_proxy=False)
        with (self.data / "server.log").open("ab") as log:
            self.server = subprocess.Popen(command, cwd=BASE, env=self.environment, stdout=log, stderr=log)
        wait_for(f"{self.address}/livez")

    def kill(self) -> None:
        if self.server is not None:
            self.server.kill()
            self.server.wait(10)
            self.server = None

    def session_of(self, username: str) -> str:
        """A session cookie, got through the sign-in page once and shared by all who ask."""
        if username not in self.sessions:
            with httpx.Client(base_url=self.address, follow_redirects=True, timeout=60) as visitor:
                token = (
                    visitor.get("/login/")
                    .text.partition('name="csrfmiddlewaretoken" value="')[2]
                    .partition('"')[0]
                )
                form = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": token}
                visitor.post(
                    "/login/", data=form, headers={"Referer": f"{self.address}/login/"}
                ).raise_for_status()
                self.sessions[username] = visitor.cookies["hitl_session"]
        return self.sessions[username]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """From the tables themselves."""
        database = sqlite3.connect(f"file:{self.data / 'hitl.sqlite3'}?mode=ro", uri=True, timeout=10)
        try:
            return database.execute(query, values).fetchall()
        finally:
            database.close()


@contextmanager
def running_editor(data: Path) -> Iterator[EditorSite]:
    site = EditorSite(data)
    site.prepare()
    try:
        site.start()
        yield site
    finally:
        site.kill()


@contextmanager
def running_editor_site(data: Path) -> Iterator[str]:
    """Yields the address of a site of its own, as http://127.0.0.1:port. Its project and frames count from 1."""
    with running_editor(data) as site:
        yield site.address
