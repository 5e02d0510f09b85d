"""What staff try in the desk that is not theirs (trust.md, D), besides what test_admin.py has: refused and logged."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.urls import reverse

from annotate.admin import base
from annotate.models import Job, Label, User
from tests.admin.conftest import propose, staff_client
from tests.pages.conftest import World

Refused = Callable[[], list[str]]


@pytest.fixture
def refused(world: World, caplog: pytest.LogCaptureFixture) -> Refused:
    """Methods of what staff were refused, in order."""

    def said() -> list[str]:
        lines = [one.getMessage() for one in caplog.records if one.name == "annotate.security"]
        caplog.clear()
        start = f"user {world.people['staff'].pk} was refused at "
        assert all(line.startswith(start) and line.endswith(": no permission") for line in lines), lines
        return [line.removeprefix(start).partition(" ")[0] for line in lines]

    return said


class TestRightsPerModel:
    def suggestions(self, world: World, *rights: str, **asked: str) -> int:
        words = {
            "app_label": "annotate",
            "model_name": "membership",
            "field_name": "user",
            "term": "a",
            **asked,
        }
        return staff_client(world, *rights).get(reverse("admin:autocomplete"), words).status_code

    def test_d2_z2_suggestions_are_for_those_who_may_see_the_rows(
        self, world: World, refused: Refused
    ) -> None:
        assert self.suggestions(world, "change_membership", "view_membership") == 403
        assert self.suggestions(world, "view_project", field_name="project") == 200
        assert self.suggestions(world, "view_project") == 403
        assert self.suggestions(world, "view_user", field_name="password") == 403
        assert self.suggestions(world, "view_user", model_name="apitoken", field_name="digest") == 403
        assert self.suggestions(world, "view_user") == 200
        assert refused() == ["GET"] * 4

    def test_d2_histories_are_for_those_who_may_see_the_row(self, world: World, refused: Refused) -> None:
        [box] = propose(world.frame, world.label, 1)
        for model, key in (("box", box), ("frame", world.frame.pk), ("label", world.label.pk)):
            address = reverse(f"admin:annotate_{model}_history", args=[key])
            assert staff_client(world, "view_job").get(address).status_code == 403
            assert staff_client(world, f"view_{model}").get(address).status_code == 200
        assert refused() == ["GET"] * 3

    def test_d2_pages_and_forms_of_other_rows_are_refused(self, world: World, refused: Refused) -> None:
        client = staff_client(world, "view_label", "view_box")
        change = reverse("admin:annotate_label_change", args=[world.label.pk])
        assert client.post(change, {"name": "mine"}).status_code == 403
        assert client.post(change.replace("change", "delete"), {"post": "yes"}).status_code == 403
        assert (
            client.get(reverse("admin:annotate_project_change", args=[world.project.pk])).status_code == 403
        )
        assert client.post(reverse("admin:annotate_label_add"), {"name": "mine"}).status_code == 403
        assert refused() == ["POST", "POST", "GET", "POST"]
        assert Label.objects.get().name == "boat"

    def test_d2_nothing_is_edited_in_lists_or_beside_other_rows(self) -> None:
        """There a row could be changed by somebody who may not open it."""
        for desk in admin.site._registry.values():
            assert tuple(desk.list_editable) == () and tuple(desk.inlines) == (), desk

    def test_d1_actions_that_are_not_offered_do_nothing(self, world: World, refused: Refused) -> None:
        """Sent all the same, from a page that somebody made."""
        group = Group.objects.create(name="desk")
        for model, rights, key in (
            ("annotate_label", ("view_label",), world.label.pk),
            ("annotate_user", ("view_user",), world.people["viewer"].pk),
            ("annotate_project", ("view_project", "change_project"), world.project.pk),
            ("auth_group", ("view_group",), group.pk),
        ):
            client = staff_client(world, *rights)
            for action in ("delete_selected", "deactivate", "archive", "snapshot", "train"):
                form = {"action": action, "index": "0", "_selected_action": [str(key)], "post": "yes"}
                client.post(reverse(f"admin:{model}_changelist"), form)
        world.project.refresh_from_db()
        assert world.project.archived_at is None and Label.objects.get().is_active
        assert User.objects.filter(username="viewer").exists() and Group.objects.filter(pk=group.pk).exists()
        assert not Job.objects.exists() and not LogEntry.objects.exists()


class TestMany:
    def test_d3_more_rows_than_a_request_can_look_at_are_not_deleted(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert base.MOST_DELETED <= 1000
        Job.objects.bulk_create(Job(kind="export", state="done") for _ in range(3))
        client, address = world.client("admin"), reverse("admin:annotate_job_changelist")
        form: dict[str, Any] = {
            "action": "delete_selected",
            "index": "0",
            "select_across": "1",
            "post": "yes",
        }
        form["_selected_action"] = [str(Job.objects.values_list("pk", flat=True)[0])]
        with monkeypatch.context() as patch:
            patch.setattr(base, "MOST_DELETED", 2)
            said = client.post(address, form, follow=True).content.decode()
        assert "At most 2 can be changed at once" in said and Job.objects.count() == 3
        client.post(address, form)
        assert not Job.objects.exists()

    def test_d7_whatever_an_action_does_stands_in_the_history(self, world: World) -> None:
        client = world.client("admin")
        spare = Label.objects.create(project=world.project, name="spare", color="#000000")
        for model, key, action in (
            ("label", world.label.pk, "deactivate"),
            ("project", world.project.pk, "archive"),
            ("project", world.project.pk, "restore"),
            ("frame", world.frame.pk, "make_gold"),
            ("label", spare.pk, "delete_selected"),
        ):
            known = LogEntry.objects.count()
            query = "?archived=all" if model == "project" else ""
            form = {"action": action, "index": "0", "_selected_action": [str(key)], "post": "yes"}
            client.post(reverse(f"admin:annotate_{model}_changelist") + query, form)
            entry = LogEntry.objects.latest("pk")
            assert LogEntry.objects.count() == known + 1, action
            assert (entry.user, entry.object_id) == (world.people["admin"], str(key)), action
