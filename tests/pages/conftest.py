"""A project with one account per role, and frames without files: what the pages need."""

from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from annotate.models import Box, Frame, Label, Membership, Project, Source, User

PASSWORD = "a long enough password"
ROLES = ("viewer", "annotator", "reviewer", "manager")


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@dataclass
class World:
    """``people`` by role, and besides: stranger (member of nothing), staff, admin (superuser)."""

    project: Project
    label: Label
    frame: Frame
    people: dict[str, User]

    def client(self, who: str, *, csrf: bool = False) -> Client:
        client = Client(enforce_csrf_checks=csrf)
        if who != "anonymous":
            client.force_login(self.people[who])
        return client

    def membership(self, who: str) -> Membership:
        return Membership.objects.get(project=self.project, user=self.people[who])


def add_frame(project: Project, source: Source, name: str, status: str = "to_annotate") -> Frame:
    return Frame.objects.create(
        project=project,
        source=source,
        name=name,
        index=source.frames.count(),
        md5=uuid4().hex,
        original_md5=uuid4().hex,
        media_type="image/jpeg",
        width=1280,
        height=800,
        status=status,
    )


def add_box(frame: Frame, label: Label, *, status: str = "accepted", left: float = 10) -> Box:
    return Box.objects.create(
        id=uuid4(), frame=frame, label=label, x1=left, y1=20, x2=left + 100, y2=90, status=status,
        created_revision=1,
    )  # fmt: skip


@pytest.fixture
def world(db: None) -> World:
    people = {role: User.objects.create_user(role, f"{role}@example.org", PASSWORD) for role in ROLES}
    people["stranger"] = User.objects.create_user("stranger", "stranger@example.org", PASSWORD)
    people["staff"] = User.objects.create_user("staff", password=PASSWORD, is_staff=True)
    people["admin"] = User.objects.create_superuser("admin", "admin@example.org", PASSWORD)
    project = Project.objects.create(name="Harbour cameras", created_by=people["manager"])
    for role in ROLES:
        Membership.objects.create(project=project, user=people[role], role=role)
    label = Label.objects.create(project=project, name="boat", color="#0072b2", key="1", position=1)
    source = Source.objects.create(project=project, kind=Source.Kind.UPLOAD, name="first")
    return World(project, label, add_frame(project, source, "pier.jpg"), people)
