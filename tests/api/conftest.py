"""A project with one account and one token per role, and a way to call the API as any of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.test.client import ClientHandler
from django.utils import timezone
from pytest_django.fixtures import Settings

from annotate import tokens
from annotate.api import signing_in
from annotate.models import ApiToken, Frame, Project
from tests.pages.conftest import World, add_frame, quick_passwords, world

__all__ = ["add_frame", "quick_passwords", "world"]

HANDLER = ClientHandler(enforce_csrf_checks=False)


@dataclass
class Api:
    """``call`` as somebody: a role (by session), or a word of ``texts`` (by token)."""

    world: World
    texts: dict[str, str] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    def token(self, name: str, who: str, scope: str = "manage", project: Project | None = None) -> ApiToken:
        made = tokens.make_token(self.world.people[who], name, scope=scope, days=30, project=project)
        self.texts[name] = made.text
        return made.token

    def client(self, who: str) -> Client:
        """One per person; all share their handler, which takes longer to make than a request."""
        if who not in self.clients:
            client = self.clients[who] = Client()
            client.handler = HANDLER
            if who in self.world.people:
                client.force_login(self.world.people[who])
        return self.clients[who]

    def call(self, who: str, method: str, address: str, body: Any = None, **headers: str) -> Any:
        """``body``: bytes as they are, anything else as JSON. ``headers`` with _ for -."""
        words: dict[str, Any] = {name.replace("_", "-"): value for name, value in headers.items()}
        client = self.client(who)
        if who in self.texts:
            words["Authorization"] = f"Bearer {self.texts[who]}"
        if isinstance(body, bytes):
            kind = words.pop("Content-Type", "application/octet-stream")
            return client.generic(method, address, body, content_type=kind, headers=words)
        if body is None:
            return client.generic(method, address, headers=words)
        return client.generic(
            method, address, json.dumps(body), content_type="application/json", headers=words
        )

    def get(self, who: str, address: str, **headers: str) -> Any:
        return self.call(who, "GET", address, **headers)

    def post(self, who: str, address: str, body: Any = None, **headers: str) -> Any:
        return self.call(who, "POST", address, body, **headers)


@pytest.fixture(autouse=True)
def unlimited(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.API_REQUESTS_PER_SECOND = 100_000
    settings.DATA_DIR = tmp_path
    settings.STORE_DIR = tmp_path / "store"
    settings.SCRATCH_DIR = settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "scratch"
    settings.THUMBNAIL_DIR = tmp_path / "thumbnails"
    settings.MODELS_DIR = tmp_path / "models"
    settings.MIN_FREE_BYTES = 0
    settings.SCRATCH_DIR.mkdir()
    signing_in._buckets.clear()
    yield
    signing_in._buckets.clear()


@pytest.fixture
def other(world: World) -> Project:
    """A project of which the manager is a manager too."""
    project = Project.objects.create(name="Other")
    project.memberships.create(user=world.people["manager"], role="manager")
    return project


@pytest.fixture
def api(world: World, other: Project) -> Api:
    """Tokens of the manager: ``reads``, ``writes``, ``manages``, ``elsewhere`` (of another project), ``expired``,
    ``revoked``; of the viewer ``viewers``."""
    api = Api(world)
    api.token("reads", "manager", "read")
    api.token("writes", "manager", "write")
    api.token("manages", "manager", "manage")
    api.token("elsewhere", "manager", project=other)
    expired = api.token("expired", "manager")
    ApiToken.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    tokens.revoke(api.token("revoked", "manager"))
    api.token("viewers", "viewer", "manage")
    return api


@pytest.fixture
def frame(world: World) -> Frame:
    return world.frame
