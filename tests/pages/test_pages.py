import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotate.actions.labels import new_label
from annotate.actions.members import LastManagerError, change_role
from annotate.models import Box, Label, Membership, Project, SignInAttempt, User
from annotate.views.projects import next_frame
from annotate.views.thumbnail_boxes import BOXES_PER_THUMBNAIL

from .conftest import World, add_box, add_frame


def page(world: World, who: str, name: str = "project", query: str = "", **names: int) -> str:
    address = reverse(name, kwargs=names or ({"project_id": world.project.pk} if name != "projects" else {}))
    response = world.client(who).get(address + query)
    assert response.status_code == 200
    return response.content.decode()


def test_only_own_projects_are_listed_and_all_for_a_superuser(world: World) -> None:
    Project.objects.create(name="Secret field")
    assert "Secret field" not in page(world, "viewer", "projects")
    assert "Harbour cameras" in page(world, "viewer", "projects")
    assert "Secret field" in page(world, "admin", "projects")
    assert "stranger" in page(world, "stranger", "projects"), "the empty page names the account to add"


def test_x3_the_number_of_queries_does_not_grow_with_projects_or_frames(world: World) -> None:
    def queries(who: str, address: str) -> int:
        client = world.client(who)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    list_page, one_page = reverse("projects"), reverse("project", args=[world.project.pk])
    before = queries("viewer", list_page), queries("viewer", one_page)
    source = world.frame.source
    for number in range(12):
        add_box(add_frame(world.project, source, f"{number}.jpg"), world.label)
        other = Project.objects.create(name=f"p{number}")
        Membership.objects.create(project=other, user=world.people["viewer"], role="viewer")
    after = queries("viewer", list_page), queries("viewer", one_page)
    assert after == before
    assert max(after) <= 15


def test_frames_show_their_boxes_and_leave_out_the_deleted_and_rejected(world: World) -> None:
    add_box(world.frame, world.label, left=11)
    add_box(world.frame, world.label, left=222, status="proposed")
    add_box(world.frame, world.label, left=33, status="rejected")
    Box.objects.filter(pk=add_box(world.frame, world.label, left=44).pk).update(deleted_revision=2)
    body = page(world, "viewer")
    assert 'x="11.0"' in body and 'x="222.0"' in body
    assert 'x="33.0"' not in body and 'x="44.0"' not in body
    assert body.count('class="proposed"') == 1
    assert "2 boxes" in body


def test_x2_a_crowded_frame_draws_only_its_largest_boxes_but_counts_all(world: World) -> None:
    for number in range(BOXES_PER_THUMBNAIL + 5):
        add_box(world.frame, world.label, left=number)
    body = page(world, "viewer")
    assert body.count("<rect x=") == BOXES_PER_THUMBNAIL
    assert f"{BOXES_PER_THUMBNAIL + 5} boxes" in body


def test_filters_find_by_status_and_name(world: World) -> None:
    add_frame(world.project, world.frame.source, "beach.png", status="complete")
    done = page(world, "viewer", query="?status=complete")
    assert "beach.png" in done and "pier.jpg" not in done
    found = page(world, "viewer", query="?q=PIER")
    assert "pier.jpg" in found and "beach.png" not in found
    assert "No image matches" in page(world, "viewer", query="?q=zebra")
    odd = page(world, "viewer", query="?status=%27%3B--&q=%00&page=-9999999999999999999999")
    assert "pier.jpg" in odd and "beach.png" in odd


def test_continue_leads_to_the_first_frame_nobody_began(world: World) -> None:
    source = world.frame.source
    world.project.frames.update(status="in_progress")
    world.project.strategy = "in_order"
    world.project.save()
    fresh = add_frame(world.project, source, "2.jpg")
    assert next_frame(world.project) == fresh
    response = world.client("annotator").post(reverse("continue", args=[world.project.pk]))
    assert response["Location"] == reverse("editor", args=[world.project.pk, fresh.pk])
    fresh.__class__.objects.filter(pk=fresh.pk).update(status="complete")
    assert next_frame(world.project) == world.frame
    world.project.frames.update(status="complete")
    response = world.client("annotator").post(reverse("continue", args=[world.project.pk]))
    assert response["Location"] == reverse("project", args=[world.project.pk])


def test_u5_names_are_text_everywhere(world: World) -> None:
    evil = "<script>alert(1)</script>\" onload='x'"
    world.project.name = world.project.description = evil
    world.project.save()
    Label.objects.create(project=world.project, name=evil, color="#000000", position=2)
    User.objects.filter(username="manager").update(first_name=evil)
    add_frame(world.project, world.frame.source, evil)
    for name in ("projects", "project", "labels", "members", "edit_project"):
        body = page(world, "manager", name)
        assert "<script>alert" not in body and "onload='x'" not in body
        assert "&lt;script&gt;alert" in body


def test_no_page_shows_an_e_mail_address(world: World) -> None:
    for name in ("projects", "project", "labels", "members"):
        assert "@example.org" not in page(world, "manager", name)


def test_the_creator_of_a_project_manages_it(world: World) -> None:
    client = world.client("admin")
    client.post(reverse("create_project"), {"name": "New one"})
    project = Project.objects.get(name="New one")
    assert project.created_by == world.people["admin"]
    assert project.memberships.get().role == "manager"


class TestLabels:
    def post(self, world: World, label: Label | None, **data: str) -> int:
        if label is None:
            return world.client("manager").post(reverse("labels", args=[world.project.pk]), data).status_code
        address = reverse("change_label", args=[world.project.pk, label.pk])
        fields = {
            f"label-{label.pk}-{name}" if name in {"name", "color", "key"} else name: value
            for name, value in data.items()
        }
        return world.client("manager").post(address, fields).status_code

    def test_it_adds_renames_and_recolours(self, world: World) -> None:
        assert self.post(world, None, name="buoy", color="#d55e00", key="2") == 302
        buoy = Label.objects.get(name="buoy")
        assert (buoy.position, buoy.key, buoy.is_active) == (2, "2", True)
        assert self.post(world, buoy, name="marker", color="#009e73", key="") == 302
        buoy.refresh_from_db()
        assert (buoy.name, buoy.color, buoy.key) == ("marker", "#009e73", "")

    @pytest.mark.parametrize(
        "data",
        [
            {"name": "BOAT", "color": "#000000"},
            {"name": "x", "color": "red"},
            {"name": "x", "color": "#00000"},
            {"name": "x", "color": "#000000", "key": "1"},
            {"name": "x", "color": "#000000", "key": "a"},
            {"name": "", "color": "#000000"},
            {"name": "n" * 81, "color": "#000000"},
        ],
    )
    def test_it_refuses_what_breaks_a_rule(self, world: World, data: dict[str, str]) -> None:
        assert self.post(world, None, **data) == 400
        assert world.project.labels.count() == 1

    def test_it_never_deletes_a_label_that_ever_had_a_box(self, world: World) -> None:
        box = add_box(world.frame, world.label)
        self.post(world, world.label, action="delete")
        Box.objects.filter(pk=box.pk).update(deleted_revision=2)
        self.post(world, world.label, action="delete")
        assert world.project.labels.filter(pk=world.label.pk).exists()
        self.post(world, world.label, action="deactivate")
        assert not Label.objects.get(pk=world.label.pk).is_active
        self.post(world, world.label, action="activate")
        assert Label.objects.get(pk=world.label.pk).is_active

    def test_it_deletes_an_unused_label(self, world: World) -> None:
        assert self.post(world, world.label, action="delete") == 302
        assert not world.project.labels.exists()

    def test_it_reorders(self, world: World) -> None:
        second = Label.objects.create(project=world.project, name="buoy", color="#000000", position=2)
        self.post(world, second, action="up")
        assert [label.name for label in world.project.labels.order_by("position")] == ["buoy", "boat"]
        self.post(world, second, action="up")
        self.post(world, second, action="down")
        assert [label.name for label in world.project.labels.order_by("position")] == ["boat", "buoy"]

    def test_a_new_label_is_offered_a_free_colour_and_key(self, world: World) -> None:
        offered = new_label(world.project)
        assert offered.color != world.label.color and offered.key == "2"


class TestMembers:
    def test_it_adds_a_member_by_user_name(self, world: World) -> None:
        client = world.client("manager")
        client.post(reverse("members", args=[world.project.pk]), {"username": "stranger", "role": "viewer"})
        assert world.membership("stranger").role == "viewer"

    @pytest.mark.parametrize("username", ["nobody", "viewer", ""])
    def test_it_refuses_unknown_and_double_members(self, world: World, username: str) -> None:
        client = world.client("manager")
        response = client.post(
            reverse("members", args=[world.project.pk]), {"username": username, "role": "viewer"}
        )
        assert response.status_code == 400
        assert world.project.memberships.count() == 4

    def test_z9_the_last_manager_stays(self, world: World) -> None:
        client = world.client("manager")
        address = reverse("change_member", args=[world.project.pk, world.membership("manager").pk])
        for data in ({"action": "remove"}, {"action": "role", "role": "viewer"}):
            response = client.post(address, data, follow=True)
            assert "needs a manager" in response.content.decode()
            assert world.membership("manager").role == "manager"

    def test_z9_an_inactive_manager_does_not_count(self, world: World) -> None:
        Membership.objects.filter(user__username="reviewer").update(role="manager")
        User.objects.filter(username="reviewer").update(is_active=False)
        with pytest.raises(LastManagerError):
            change_role(world.project, world.membership("manager").pk, "viewer")

    def test_a_manager_steps_down_when_there_is_another(self, world: World) -> None:
        change_role(world.project, world.membership("reviewer").pk, "manager")
        client = world.client("manager")
        address = reverse("change_member", args=[world.project.pk, world.membership("manager").pk])
        assert client.post(address, {"action": "remove"})["Location"] == reverse("projects")
        assert client.get(reverse("project", args=[world.project.pk])).status_code == 404

    def test_an_unknown_role_changes_nothing(self, world: World) -> None:
        address = reverse("change_member", args=[world.project.pk, world.membership("viewer").pk])
        world.client("manager").post(address, {"action": "role", "role": "owner"})
        assert world.membership("viewer").role == "viewer"


def test_attempts_hold_neither_names_nor_addresses(world: World) -> None:
    world.client("anonymous").post(reverse("login"), {"username": "viewer", "password": "wrong"})
    for key in SignInAttempt.objects.values_list("key", flat=True):
        assert len(key) == 64 and "viewer" not in key and "." not in key
