"""Ways to be more than one is (trust.md, Z and D), tried on the pages and by the API: each is refused, and stands in
the log under who tried. Those of the desk: tests/admin/test_ways_up.py and test_admin.py; of sockets: tests/sync."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, get_resolver, reverse

from annotate import tokens
from annotate.models import Label, Membership, Project, User

from .conftest import World
from .test_rights import ELSEWHERE, GET_TABLE, address_of

Refusals = Callable[[], list[str]]
LOWER = ("viewer", "annotator", "reviewer")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def refusals(caplog: pytest.LogCaptureFixture) -> Refusals:
    """What the log says of who was refused since the last call: ``user 3 POST: why``."""

    def said() -> list[str]:
        found = [one for one in caplog.records if one.name == "annotate.security"]
        lines = [one.getMessage() for one in found if one.levelname == "WARNING"]
        caplog.clear()
        short = []
        for line in lines:
            words = line.split(" ")
            assert words[0] == "user" and words[2:5] == ["was", "refused", "at"], line
            short.append(f"user {words[1]} {words[5]}: {line.rpartition(': ')[2]}")
        return short

    return said


def roles(world: World) -> dict[str, str]:
    return dict(Membership.objects.filter(project=world.project).values_list("user__username", "role"))


def bearer(world: World, who: str, scope: str, project: Project | None = None) -> dict[str, str]:
    made = tokens.make_token(world.people[who], "t", scope=scope, days=1, project=project)
    return {"Authorization": f"Bearer {made.text}"}


class TestRoles:
    @pytest.mark.parametrize("who", LOWER)
    def test_z1_nobody_raises_their_own_role(self, who: str, world: World, refusals: Refusals) -> None:
        before, client, me = roles(world), world.client(who), world.people[who].pk
        mine, project = world.membership(who).pk, world.project.pk
        page = reverse("change_member", args=[project, mine])
        api = f"/api/v1/projects/{project}/members/{mine}"
        assert client.post(page, {"role": "manager"}).status_code == 403
        assert (
            client.post(reverse("members", args=[project]), {"username": who, "role": "manager"}).status_code
            == 403
        )
        assert client.patch(api, '{"role": "manager"}', content_type="application/json").status_code == 403
        assert client.delete(api).status_code == 403
        assert roles(world) == before
        assert refusals() == [
            *[f"user {me} POST: no permission"] * 2,
            f"user {me} PATCH: no permission",
            f"user {me} DELETE: no permission",
        ]

    @pytest.mark.parametrize("who", LOWER)
    def test_z1_nobody_does_what_managers_do(self, who: str, world: World, refusals: Refusals) -> None:
        client, project = world.client(who), world.project.pk
        me = f"user {world.people[who].pk}"
        tries = [
            client.post(reverse("labels", args=[project]), {"name": "x", "color": "#000000"}),
            client.post(reverse("archive_project", args=[project]), {"action": "archive"}),
            client.post(reverse("training", args=[project]), {}),
            client.post(f"/api/v1/projects/{project}/trainings", "{}", content_type="application/json"),
            client.post(
                f"/api/v1/projects/{project}/labels", '{"name": "x"}', content_type="application/json"
            ),
        ]
        assert [one.status_code for one in tries] == [403] * 5
        assert refusals() == [f"{me} POST: no permission"] * 5
        assert Label.objects.count() == 1 and not world.project.trainings.exists()

    def test_z2_a_manager_elsewhere_is_nobody_here_and_learns_nothing(
        self, world: World, refusals: Refusals
    ) -> None:
        stranger = world.people["stranger"]
        own = Project.objects.create(name="Own")
        Membership.objects.create(project=own, user=stranger, role="manager")
        client, before = world.client("stranger"), roles(world)
        mine, theirs = own.memberships.get().pk, world.membership("viewer").pk
        for project, member in ((world.project.pk, mine), (own.pk, theirs), (world.project.pk, theirs)):
            page = reverse("change_member", args=[project, member])
            assert client.post(page, {"role": "manager"}).status_code == 404
            api = f"/api/v1/projects/{project}/members/{member}"
            assert (
                client.patch(api, '{"role": "manager"}', content_type="application/json").status_code == 404
            )
        assert roles(world) == before and refusals() == [], "what is not there for them is no refusal"

    def test_what_is_allowed_is_no_attempt(self, world: World, refusals: Refusals) -> None:
        member = world.membership("viewer").pk
        page = reverse("change_member", args=[world.project.pk, member])
        assert world.client("manager").post(page, {"role": "annotator"}).status_code == 302
        assert world.client("anonymous").post(page, {"role": "manager"}).status_code == 302
        assert roles(world)["viewer"] == "annotator" and refusals() == []


class TestTokens:
    @pytest.mark.parametrize(("scope", "status"), [("read", 403), ("write", 403), ("manage", 200)])
    def test_z8_a_token_does_no_more_than_its_scope(
        self, scope: str, status: int, world: World, refusals: Refusals
    ) -> None:
        address = f"/api/v1/projects/{world.project.pk}/labels/{world.label.pk}"
        body, words = '{"name": "ship"}', bearer(world, "manager", scope)
        refusals()
        answer = Client().patch(address, body, content_type="application/json", headers=words)
        assert answer.status_code == status
        expected = [f"user {world.people['manager'].pk} PATCH: a token for {scope} alone"]
        assert refusals() == (expected if status == 403 else [])

    def test_z8_a_token_does_no_more_than_its_person_and_its_project(
        self, world: World, refusals: Refusals
    ) -> None:
        other = Project.objects.create(name="Other")
        Membership.objects.create(project=other, user=world.people["viewer"], role="manager")
        mine = bearer(world, "viewer", "manage")
        limited = bearer(world, "viewer", "manage", world.project)
        refusals()

        def ask(project: Project, words: dict[str, str]) -> int:
            address = f"/api/v1/projects/{project.pk}/labels"
            body = '{"name": "x"}'
            return Client().post(address, body, content_type="application/json", headers=words).status_code

        assert (ask(world.project, mine), ask(other, mine), ask(other, limited)) == (403, 201, 404)
        assert refusals() == [f"user {world.people['viewer'].pk} POST: no permission"]

    def test_z8_the_address_of_the_editor_takes_no_token_that_only_reads(
        self, world: World, refusals: Refusals
    ) -> None:
        words = bearer(world, "annotator", "read")
        refusals()
        body = json.dumps({"frames": [world.frame.pk]})
        answer = Client().post("/ai/detect", body, content_type="application/json", headers=words)
        assert answer.status_code == 403
        assert refusals() == [f"user {world.people['annotator'].pk} POST: a token for read alone"]


class TestAccounts:
    POWERS = {
        "is_staff": "on",
        "is_superuser": "on",
        "groups": "1",
        "user_permissions": "1",
        "is_active": "on",
    }

    def test_d1_no_form_of_ones_own_gives_powers(self, world: World) -> None:
        client = world.client("viewer")
        form = {"first_name": "V", "last_name": "W", "language": "fr", "theme": "dark", "username": "admin"}
        assert client.post(reverse("profile"), {**form, **self.POWERS}).status_code == 302
        choices = json.dumps({**dict.fromkeys(self.POWERS, True), "audit": True})
        client.put(reverse("editor_preferences"), choices, content_type="application/json")
        viewer = User.objects.get(pk=world.people["viewer"].pk)
        assert (viewer.first_name, viewer.username) == ("V", "viewer")
        assert not (viewer.is_staff or viewer.is_superuser or viewer.groups.exists())
        assert not viewer.user_permissions.exists()

    def test_z6_no_page_sends_a_link_for_a_new_password(self, world: World) -> None:
        """So there is none to poison; an administrator sets a new one in the desk."""
        for name in ("password_reset", "admin_password_reset", "password_reset_confirm"):
            with pytest.raises(NoReverseMatch):
                reverse(name)
        for address in (reverse("login"), reverse("admin:login")):
            assert "reset" not in Client().get(address).content.decode().lower()

    def test_z5_behind_tls_cookies_are_sent_over_tls_alone(self, tmp_path: Path) -> None:
        code = (
            "from django.conf import settings as s; "
            "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE)"
        )
        environment = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "hitlsite.settings",
            "HITL_DATA_DIR": str(tmp_path),
            "HITL_TLS": "1",
        }
        answer = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert answer.stdout.split() == ["True", "True", "True", "Lax"], answer.stderr

    def test_d8_the_desk_is_where_the_setting_says_and_has_no_page_about_the_code(
        self, tmp_path: Path
    ) -> None:
        code = (
            "import django; django.setup(); from django.urls import reverse; from django.apps import apps; "
            "print(reverse('admin:index'), apps.is_installed('django.contrib.admindocs'))"
        )
        environment = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "hitlsite.settings",
            "HITL_DATA_DIR": str(tmp_path),
            "HITL_ADMIN_PATH": "/behind/the-desk/",
        }
        answer = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert answer.stdout.split() == ["/behind/the-desk/", "False"], answer.stderr


CHANGES = ("INSERT", "UPDATE", "DELETE")
OWN = ("django_session", "SAVEPOINT")


@pytest.mark.parametrize("name", sorted(set(GET_TABLE) - {"readyz"}))
def test_z11_looking_changes_nothing(name: str, world: World) -> None:
    """Else another site could have somebody's browser do it, with a picture that is none."""
    for who in ("manager", "admin"):
        client = world.client(who)
        with CaptureQueriesContext(connection) as captured:
            client.get(address_of(name, world))
        written = [
            query["sql"]
            for query in captured.captured_queries
            if query["sql"].lstrip().upper().startswith(CHANGES)
            and not any(own in query["sql"] for own in OWN)
        ]
        assert written == [], f"{who} GET {name}"


def test_z11_every_page_is_looked_at() -> None:
    names = {name for name in get_resolver("annotate.urls").reverse_dict if isinstance(name, str)}
    assert names - set(GET_TABLE) == set(ELSEWHERE)
