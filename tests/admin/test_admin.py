"""The admin as a desk: one walk over all of it for the conventions, and no way up for staff."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from annotate.admin import base
from annotate.admin.projects import NAMES_SHOWN
from annotate.models import Box, ClientCursor, Frame, Label, Membership, Operation, User
from tests.pages.conftest import PASSWORD, World, add_box, add_frame, quick_passwords, world

__all__ = ["quick_passwords", "world"]

REGISTERED = list(admin.site._registry.items())
NAMES = [model._meta.model_name for model, _desk in REGISTERED]
READ_ONLY = (Box, Operation, ClientCursor)


def staff_client(world: World, *codenames: str) -> Client:
    staff = world.people["staff"]
    staff.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return world.client("staff")


def test_every_model_of_the_product_is_registered() -> None:
    from django.apps import apps

    assert {model for model, _desk in REGISTERED} == {*apps.get_app_config("annotate").get_models(), Group}


YET_TO_COME = {"retry_at", "doubt_until"}
"""Of TrackingRun: nobody looks for runs by when they will be tried again."""


@pytest.mark.parametrize(("model", "desk"), REGISTERED, ids=NAMES)
class TestConventions:
    def test_it_can_be_searched_filtered_and_read(self, model: type[models.Model], desk: Any) -> None:
        assert len(desk.list_display) >= 2 and desk.list_filter
        assert desk.search_fields and desk.search_help_text
        assert desk.show_facets == admin.ShowFacets.ALLOW
        assert desk.list_per_page <= 100 and desk.list_max_show_all <= 200

    def test_its_inlines_offer_no_empty_rows(self, model: type[models.Model], desk: Any) -> None:
        assert all(inline.extra == 0 for inline in desk.inlines)

    def test_it_walks_by_date_where_there_is_one(self, model: type[models.Model], desk: Any) -> None:
        dates = [each for each in model._meta.fields if isinstance(each, models.DateTimeField)]
        dates = [each for each in dates if each.name not in YET_TO_COME]
        if dates:
            assert desk.date_hierarchy in {each.name for each in dates}

    def test_its_foreign_keys_never_list_a_whole_table(self, model: type[models.Model], desk: Any) -> None:
        keys = {each.name for each in model._meta.fields if isinstance(each, models.ForeignKey)}
        assert keys <= {*desk.autocomplete_fields, *desk.raw_id_fields}

    def test_its_audit_fields_are_read_only(self, model: type[models.Model], desk: Any) -> None:
        audit = {"created_at", "created_by"} & {each.name for each in model._meta.fields}
        is_closed = desk.__class__.has_change_permission is not admin.ModelAdmin.has_change_permission
        assert is_closed or audit <= set(desk.readonly_fields)

    def test_d6_its_list_takes_few_queries(self, model: type[models.Model], desk: Any, world: World) -> None:
        for number in range(6):
            add_box(add_frame(world.project, world.frame.source, f"{number}.jpg"), world.label)
        client = world.client("admin")
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        assert len(captured) <= 15
        assert client.get(address, {"q": "a1"}).status_code == 200


def test_d6_the_bar_of_dates_is_left_out_of_big_lists(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client, address = world.client("admin"), reverse("admin:annotate_frame_changelist")
    assert "created_at__day" in client.get(address).content.decode()
    monkeypatch.setattr(base, "ROWS_WITH_DATE_BAR", 0)
    assert "created_at__day" not in client.get(address).content.decode()


def test_d6_a_project_with_hundreds_of_labels_opens_and_is_saved(world: World) -> None:
    world.project.labels.bulk_create(
        Label(project=world.project, name=f"class {number}", color="#0072b2", position=number)
        for number in range(300)
    )
    client = world.client("admin")
    address = reverse("admin:annotate_project_change", args=[world.project.pk])
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    assert len(captured) <= 15
    page = answer.content.decode()
    every = f"{reverse('admin:annotate_label_changelist')}?project__id__exact={world.project.pk}"
    assert f'href="{every}">Show all (301)</a>' in page and client.get(every).status_code == 200
    assert page.count("/annotate/label/") < NAMES_SHOWN + 5, "the others are behind the link"
    fields = answer.context["adminform"].form
    form = {one.name: one.value() for one in fields if str(one.value()) not in {"None", "False"}}
    assert client.post(address, {**form, "name": "Renamed"}).status_code == 302
    world.project.refresh_from_db()
    assert world.project.name == "Renamed"


def test_d2_labels_and_members_of_a_project_are_for_those_who_may_see_them(world: World) -> None:
    address = reverse("admin:annotate_project_change", args=[world.project.pk])
    for rights, expected in (((), False), (("view_label", "view_membership"), True)):
        page = staff_client(world, "view_project", *rights).get(address).content.decode()
        assert ("field-label_rows" in page, "field-member_rows" in page) == (expected, expected)


@pytest.mark.parametrize("model", READ_ONLY)
def test_d5_nobody_writes_boxes_or_the_log_here(model: type[models.Model], world: World) -> None:
    client = world.client("admin")
    box = add_box(world.frame, world.label)
    name = f"admin:annotate_{model._meta.model_name}"
    assert client.get(reverse(f"{name}_add")).status_code == 403
    if model is Box:
        assert client.get(reverse(f"{name}_change", args=[box.pk])).status_code == 200
        assert client.post(reverse(f"{name}_change", args=[box.pk]), {"x1": "1"}).status_code == 403
        assert client.post(reverse(f"{name}_delete", args=[box.pk]), {"post": "yes"}).status_code == 403
        assert Box.objects.filter(pk=box.pk, x1=box.x1).exists()


Attempts = Callable[[], list[str]]


@pytest.fixture
def attempts(world: World, caplog: pytest.LogCaptureFixture) -> Attempts:
    """What the log says that staff tried, in order."""

    def tried() -> list[str]:
        lines = [one.getMessage() for one in caplog.records if one.name == "annotate.security"]
        start = f"user {world.people['staff'].pk} was refused at POST {reverse('admin:index')}"
        assert all(line.startswith(start) for line in lines), lines
        return [line.rpartition(": ")[2] for line in lines]

    return tried


class TestNoWayUp:
    RIGHTS = (
        "view_user",
        "change_user",
        "add_user",
        "delete_user",
        "change_group",
        "add_group",
        "view_group",
    )

    def test_d1_staff_cannot_make_themselves_superuser(self, world: World, attempts: Attempts) -> None:
        client = staff_client(world, *self.RIGHTS)
        staff = world.people["staff"]
        everything = [str(each) for each in Permission.objects.values_list("pk", flat=True)[:50]]
        response = client.post(
            reverse("admin:annotate_user_change", args=[staff.pk]),
            {
                "username": "staff",
                "is_active": "on",
                "is_staff": "on",
                "is_superuser": "on",
                "user_permissions": everything,
                "groups": [str(Group.objects.create(name="all").pk)],
            },
        )
        assert response.status_code == 302, "the harmless part of the form is saved"
        staff.refresh_from_db()
        assert not staff.is_superuser
        assert staff.user_permissions.count() == len(self.RIGHTS)
        assert not staff.groups.exists()
        assert attempts() == ["set is_staff, is_superuser, groups, user_permissions"]

    @pytest.mark.parametrize("whose", ["admin", "colleague"])
    def test_d1_staff_cannot_edit_reset_or_delete_a_superuser_or_other_staff(
        self, world: World, whose: str, attempts: Attempts
    ) -> None:
        world.people["colleague"] = User.objects.create_user("colleague", password=PASSWORD, is_staff=True)
        client = staff_client(world, *self.RIGHTS)
        target = world.people[whose]
        before = target.password
        change = reverse("admin:annotate_user_change", args=[target.pk])
        assert client.post(change, {"username": "taken"}).status_code == 403
        fresh = {
            "password1": "a fresh long password",
            "password2": "a fresh long password",
            "usable_password": "true",
        }
        assert client.post(f"{change.removesuffix('change/')}password/", fresh).status_code == 403
        assert (
            client.post(reverse("admin:annotate_user_delete", args=[target.pk]), {"post": "yes"}).status_code
            == 403
        )
        bulk = {"action": "delete_selected", "_selected_action": [str(target.pk)], "post": "yes"}
        client.post(reverse("admin:annotate_user_changelist"), bulk)
        target.refresh_from_db()
        assert (target.username, target.password) == (whose, before)
        assert attempts() == ["no permission"] * 4

    def test_d1_staff_cannot_add_a_superuser(self, world: World, attempts: Attempts) -> None:
        client = staff_client(world, *self.RIGHTS)
        form = {
            "username": "fresh", "password1": "a fresh long password", "password2": "a fresh long password",
            "usable_password": "true", "is_superuser": "on", "is_staff": "on",
        }  # fmt: skip
        assert client.post(reverse("admin:annotate_user_add"), form).status_code == 302
        fresh = User.objects.get(username="fresh")
        assert not fresh.is_superuser and not fresh.is_staff
        assert attempts() == ["set is_staff, is_superuser"]

    def test_d1_staff_cannot_change_groups(self, world: World, attempts: Attempts) -> None:
        group = Group.objects.create(name="desk")
        client = staff_client(world, *self.RIGHTS)
        address = reverse("admin:auth_group_change", args=[group.pk])
        assert client.post(address, {"name": "desk", "permissions": ["1", "2"]}).status_code == 403
        assert not group.permissions.exists()
        assert attempts() == ["no permission"]

    def test_d1_staff_cannot_become_somebody_who_may_more(self, world: World, attempts: Attempts) -> None:
        """With a new password for an account one would have its rights."""
        rich = world.people["viewer"]
        rich.user_permissions.set(Permission.objects.filter(codename="view_trackingrun"))
        client = staff_client(world, *self.RIGHTS)
        change = reverse("admin:annotate_user_change", args=[rich.pk])
        fresh = {
            "password1": "a fresh long password",
            "password2": "a fresh long password",
            "usable_password": "true",
        }
        assert client.post(change, {"username": "viewer", "email": "mine@example.org"}).status_code == 403
        assert client.post(f"{change.removesuffix('change/')}password/", fresh).status_code == 403
        assert attempts() == ["no permission"] * 2
        client = staff_client(world, *self.RIGHTS, "view_trackingrun")
        assert client.get(change).status_code == 200

    def test_d1_staff_give_themselves_no_role_in_a_project(self, world: World, attempts: Attempts) -> None:
        rights = ("view_membership", "add_membership", "change_membership", "delete_membership", "view_user")
        client, staff = staff_client(world, *rights, "view_project"), world.people["staff"]
        form = {"project": str(world.project.pk), "user": str(staff.pk), "role": "manager"}
        assert client.post(reverse("admin:annotate_membership_add"), form).status_code == 200
        assert not Membership.objects.filter(user=staff).exists()
        own = Membership.objects.create(project=world.project, user=staff, role="viewer")
        change = reverse("admin:annotate_membership_change", args=[own.pk])
        assert client.post(change, {"role": "manager"}).status_code == 403
        own.refresh_from_db()
        assert own.role == "viewer"
        assert attempts() == ["a role for oneself", "no permission"]
        form["user"] = str(world.people["stranger"].pk)
        assert client.post(reverse("admin:annotate_membership_add"), form).status_code == 302
        assert len(attempts()) == 2, "what was allowed is no attempt"

    def test_a_superuser_still_can(self, world: World) -> None:
        response = world.client("admin").get(
            reverse("admin:annotate_user_change", args=[world.people["staff"].pk])
        )
        assert 'name="is_superuser"' in response.content.decode()


@pytest.mark.parametrize(
    "lookup",
    ["user__password__startswith", "created_by__password__startswith", "project__created_by__password"],
)
def test_d9_lookups_cannot_ask_for_passwords(world: World, lookup: str) -> None:
    client = world.client("admin")
    for name in ("membership", "operation", "feedback", "job", "frame"):
        response = client.get(reverse(f"admin:annotate_{name}_changelist"), {lookup: "x"})
        assert response.status_code in {302, 400}, (name, lookup)
        assert response.status_code == 400 or "e=1" in response["Location"]
    assert (
        client.get(reverse("admin:annotate_user_changelist"), {"password__startswith": "a"}).status_code
        == 400
    )


def test_d2_staff_without_the_right_sees_nothing(world: World) -> None:
    client = staff_client(world, "view_label")
    assert client.get(reverse("admin:annotate_label_changelist")).status_code == 200
    assert client.get(reverse("admin:annotate_frame_changelist")).status_code == 403
    body = client.get(reverse("admin:annotate_label_changelist")).content.decode()
    assert 'value="deactivate"' not in body, "an action needs the right to change"


def test_d4_names_in_the_desk_are_text(world: World) -> None:
    Frame.objects.filter(pk=world.frame.pk).update(name="<img src=x onerror=alert(1)>")
    world.label.name, world.label.color = "<script>alert(1)</script>", '"><b x='
    world.label.save()
    for name in ("frame", "label"):
        body = world.client("admin").get(reverse(f"admin:annotate_{name}_changelist")).content.decode()
        content = body.split("<main")[1]
        assert "<img src=x" not in content and "<script>" not in content and "<b x=" not in content


def test_z9_the_desk_keeps_a_manager_too(world: World) -> None:
    client = world.client("admin")
    pk = world.membership("manager").pk
    response = client.post(reverse("admin:annotate_membership_change", args=[pk]), {"role": "viewer"})
    assert "needs a manager" in response.content.decode()
    assert (
        client.post(reverse("admin:annotate_membership_delete", args=[pk]), {"post": "yes"}).status_code
        == 403
    )
    assert Membership.objects.get(pk=pk).role == "manager"


def test_d8_the_desk_is_for_staff(world: World) -> None:
    assert world.client("manager").get(reverse("admin:index")).status_code == 302
    assert world.client("staff").get(reverse("admin:index")).status_code == 200


def test_permissions_are_named_in_the_readers_language(world: World) -> None:
    owner = world.people["staff"]
    owner.is_superuser = True
    owner.language = "fr"
    owner.save()
    group = Group.objects.create(name="desk")
    group.permissions.set(Permission.objects.filter(codename="train_project"))
    page = world.client("staff").get(reverse("admin:auth_group_change", args=[group.pk])).content.decode()
    rights = page[page.index('name="permissions"') : page.index("</select>")]
    assert "Cadre : Peut accepter, rejeter et réétiqueter" in rights
    assert "Image : Peut consulter<" in rights
    assert "Can " not in rights
    listed = world.client("staff").get(reverse("admin:auth_group_changelist"), {"allows": "export_project"})
    assert listed.context["cl"].result_count == 0
    listed = world.client("staff").get(reverse("admin:auth_group_changelist"), {"allows": "train_project"})
    assert listed.context["cl"].result_count == 1


def test_every_permission_of_the_product_has_a_name_for_people() -> None:
    from django.apps import apps

    from annotate.admin.permissions import OURS

    declared = {
        (codename, name)
        for model in apps.get_app_config("annotate").get_models()
        for codename, name in model._meta.permissions
    }
    with translation.override("en"):
        assert {(codename, str(name)) for codename, name in OURS.items()} == declared
