"""Nothing is lost by a click: what the desk deletes, what it sets aside or archives instead, and the way back."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from annotate.frames import set_aside
from annotate.media import store
from annotate.media.ingest import frame_with
from annotate.models import Assignment, Box, Claim, Frame, Job, Membership, Operation, Project, Source
from annotate.queue.claims import hold
from annotate.sync.operations import Command
from annotate.sync.sessions import Denied, authenticate
from annotate.sync.snapshot import snapshot_of
from annotate.sync.submit import FrameMissing, Submission, submit
from tests.admin.conftest import choose, confirm, hidden, propose, run_now, staff_client
from tests.pages.conftest import World, add_frame


def delete(client: Client, model: str, key: object) -> str:
    address = reverse(f"admin:annotate_{model}_delete", args=[key])
    return client.post(address, {"post": "yes"}, follow=True).content.decode()


def delete_chosen(client: Client, model: str, *keys: object) -> str:
    form = {"action": "delete_selected", "post": "yes", "_selected_action": [str(key) for key in keys]}
    return client.post(reverse(f"admin:annotate_{model}_changelist"), form, follow=True).content.decode()


def start(client: Client, model: str, action: str, *keys: object, query: str = "", **values: str) -> Job:
    page = choose(client, model, action, keys, query)
    if values:
        form = {"chosen": hidden(page, "chosen"), **values}
        page = client.post(reverse(f"admin:annotate_{model}_do", args=[action]), form).content.decode()
    return confirm(client, model, action, page, **values)


def take_back(client: Client, job: Job) -> dict[str, int]:
    known = set(Job.objects.values_list("pk", flat=True))
    client.post(reverse("admin:annotate_job_progress", args=[job.pk]), {"action": "undo"})
    return run_now(Job.objects.exclude(pk__in=known).get())


class TestDeleting:
    @pytest.mark.parametrize("how", [delete, delete_chosen])
    def test_d3_a_project_or_source_with_images_stays_and_the_page_says_what_to_do(
        self, how: object, world: World
    ) -> None:
        propose(world.frame, world.label, 3)
        client = world.client("admin")
        said = how(client, "project", world.project.pk)  # type: ignore[operator]
        assert "has 1 image. Archive it instead" in said
        said = how(client, "source", world.frame.source_id)  # type: ignore[operator]
        assert "has 1 image. Set it aside instead" in said
        set_aside(world.frame.pk, None)
        assert "has 1 image" in how(client, "source", world.frame.source_id)  # type: ignore[operator]
        assert (Project.objects.count(), Source.objects.count(), Box.objects.count()) == (1, 1, 3)

    def test_an_empty_project_and_source_can_be_deleted(self, world: World) -> None:
        empty = Project.objects.create(name="Empty")
        empty.memberships.create(user=world.people["manager"], role="manager")
        empty.labels.create(name="unused", color="#000000")
        empty.webhooks.create(url="https://example.org/", secret="whsec_AAAA")
        source = Source.objects.create(project=world.project, kind="upload", name="nothing")
        client = world.client("admin")
        delete(client, "project", empty.pk)
        delete_chosen(client, "source", source.pk)
        assert not Project.objects.filter(pk=empty.pk).exists()
        assert not Source.objects.filter(pk=source.pk).exists()

    def test_what_came_in_since_the_page_was_made_is_seen_at_the_deletion(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from annotate.admin.projects import ProjectAdmin

        answers = iter([[], ["has an image by now"]])
        monkeypatch.setattr(ProjectAdmin, "kept", lambda self, rows: next(answers))
        address = reverse("admin:annotate_project_delete", args=[world.project.pk])
        assert world.client("admin").post(address, {"post": "yes"}).status_code == 403
        assert Project.objects.exists()

    def test_no_frame_is_deleted_from_its_page_or_list(self, world: World) -> None:
        client = world.client("admin")
        assert client.post(reverse("admin:annotate_frame_delete", args=[world.frame.pk])).status_code == 403
        assert (
            "delete_selected" not in client.get(reverse("admin:annotate_frame_changelist")).content.decode()
        )

    def test_z9_the_last_manager_of_a_project_is_not_deleted(self, world: World) -> None:
        client, manager = world.client("admin"), world.people["manager"]
        assert "manages “Harbour cameras” alone" in delete(client, "user", manager.pk)
        Membership.objects.create(project=world.project, user=world.people["stranger"], role="manager")
        both = delete_chosen(client, "user", manager.pk, world.people["stranger"].pk)
        assert "alone" in both, "both at once would leave nobody"
        delete(client, "user", manager.pk)
        assert not type(manager).objects.filter(pk=manager.pk).exists()


class TestSettingAside:
    def test_it_leaves_every_list_and_comes_back_as_it_was(self, world: World) -> None:
        boxes = propose(world.frame, world.label, 3)
        client, member = world.client("admin"), world.client("annotator")
        page = member.get(reverse("project", args=[world.project.pk])).content.decode()
        assert "pier.jpg" in page
        job = start(client, "frame", "set_aside", world.frame.pk)
        assert run_now(job) == {"done": 1} and run_now(job) == {"done": 1}, "done again it is the same"
        assert "pier.jpg" not in member.get(reverse("project", args=[world.project.pk])).content.decode()
        editor = reverse("editor", args=[world.project.pk, world.frame.pk])
        assert member.get(editor).status_code == 404
        assert member.get(f"/api/v1/frames/{world.frame.pk}").status_code == 404
        listed = client.get(reverse("admin:annotate_frame_changelist")).content.decode()
        assert "pier.jpg" not in listed
        aside = client.get(reverse("admin:annotate_frame_changelist") + "?there=aside").content.decode()
        assert "pier.jpg" in aside
        assert take_back(client, job) == {"undone": 1}
        assert member.get(editor).status_code == 200
        assert Box.objects.filter(pk__in=boxes, deleted_revision=None).count() == 3

    def test_put_back_from_the_list_of_those_set_aside(self, world: World) -> None:
        set_aside(world.frame.pk, world.people["manager"])
        row = Frame.everything.get()
        assert (row.set_aside_by, Frame.objects.count()) == (world.people["manager"], 0)
        client = world.client("admin")
        page = choose(client, "frame", "put_back", [world.frame.pk], "?there=aside")
        assert run_now(confirm(client, "frame", "put_back", page)) == {"done": 1}
        assert Frame.objects.get() == world.frame

    def test_all_images_of_a_source(self, world: World) -> None:
        add_frame(world.project, world.frame.source, "two.jpg")
        job = start(world.client("admin"), "source", "set_aside", world.frame.source_id)
        assert run_now(job) == {"done": 2} and not Frame.objects.exists()

    def test_nothing_writes_to_it_and_sockets_are_shut(self, world: World) -> None:
        [box] = propose(world.frame, world.label, 1)
        set_aside(world.frame.pk, None)
        with pytest.raises(FrameMissing):
            submit(world.frame.pk, [Submission(uuid4(), None, [Command(1, "delete", box=box)], "model")])
        with pytest.raises(FrameMissing):
            snapshot_of(world.frame.pk)
        client = world.client("annotator")
        with pytest.raises(Denied):
            authenticate(client.session.session_key or "", world.frame.pk)
        assert Operation.objects.count() == 1

    def test_nobody_is_asked_to_work_on_it(self, world: World) -> None:
        from annotate.assigning import shares_in

        Assignment.objects.create(frame=world.frame, user=world.people["annotator"], work="annotate")
        assert hold(world.frame.pk, world.people["annotator"]) is not None
        set_aside(world.frame.pk, None)
        assert shares_in(world.project) == []
        assert not Claim.objects.filter(released_at=None).exists()

    def test_its_file_stays_and_brings_it_back_when_it_is_sent_again(self, world: World) -> None:
        set_aside(world.frame.pk, None)
        assert store.is_referenced(world.frame.md5)
        assert frame_with(world.project, world.frame.original_md5) == world.frame
        assert Frame.objects.get() == world.frame


class TestErasing:
    def test_a_superuser_types_how_many_and_only_what_was_set_aside_goes(self, world: World) -> None:
        kept = add_frame(world.project, world.frame.source, "kept.jpg")
        propose(world.frame, world.label, 2)
        set_aside(world.frame.pk, None)
        client, keys = world.client("admin"), [world.frame.pk, kept.pk]
        asked = choose(client, "frame", "erase", keys, "?there=all")
        assert 'name="confirm"' not in asked and "Type 2 to go on" in asked
        form = {"chosen": hidden(asked, "chosen"), "number": "1", "confirm": "1"}
        address = reverse("admin:annotate_frame_do", args=["erase"])
        assert "not the number of chosen images" in client.post(address, form).content.decode()
        assert not Job.objects.exists()
        page = client.post(address, {**form, "number": "2", "confirm": ""}).content.decode()
        assert "Delete 1 image for ever?" in page and "2 boxes go with them." in page
        assert "were not set aside first" in page
        job = confirm(client, "frame", "erase", page, number="2")
        assert run_now(job) == {"done": 1} and run_now(job) == {"done": 1}
        assert Frame.everything.get() == kept and not Box.objects.exists()
        progress = reverse("admin:annotate_job_progress", args=[job.pk])
        assert "Take it back" not in client.get(progress).content.decode()
        assert client.post(progress, {"action": "undo"}).status_code == 403

    def test_what_was_put_back_meanwhile_stays(self, world: World) -> None:
        set_aside(world.frame.pk, None)
        job = start(world.client("admin"), "frame", "erase", world.frame.pk, query="?there=aside", number="1")
        Frame.everything.update(set_aside_at=None)
        assert run_now(job) == {"changed": 1} and Frame.objects.exists()


class TestArchive:
    @pytest.fixture
    def archived(self, world: World) -> Iterator[World]:
        client = world.client("manager")
        address = reverse("archive_project", args=[world.project.pk])
        assert client.post(address, {"action": "archive"}).status_code == 302
        world.project.refresh_from_db()
        yield world

    def test_it_is_in_no_list_but_its_own(self, archived: World) -> None:
        projects = reverse("projects")
        for who in ("viewer", "annotator", "reviewer"):
            page = archived.client(who).get(projects).content.decode()
            assert "Harbour cameras" not in page and "archived project" not in page
        page = archived.client("manager").get(projects).content.decode()
        assert "1 archived project" in page
        page = archived.client("manager").get(f"{projects}?archived=1").content.decode()
        assert "Harbour cameras" in page and "Restore" in page
        assert "Harbour" not in archived.client("annotator").get(f"{projects}?archived=1").content.decode()

    def test_everybody_only_looks(self, archived: World) -> None:
        assert (
            archived.client("viewer").get(reverse("project", args=[archived.project.pk])).status_code == 200
        )
        for who in ("annotator", "manager", "admin"):
            client = archived.client(who)
            assert client.get(reverse("edit_project", args=[archived.project.pk])).status_code == 403
            page = client.get(reverse("project", args=[archived.project.pk])).content.decode()
            assert "This project is archived" in page
            viewer, _info = authenticate(client.session.session_key or "", archived.frame.pk)
            assert viewer.role == "viewer"
            fields = {"x1": 1.0, "y1": 1.0, "x2": 9.0, "y2": 9.0, "label": archived.label.pk}
            command = Command(1, "create", box=uuid4(), fields=fields)
            person = archived.people[who].pk
            [[outcome]] = submit(archived.frame.pk, [Submission(uuid4(), person, [command])]).outcomes
            assert outcome.code == "forbidden"  # type: ignore[union-attr]
        assert not Box.objects.exists()

    def test_its_managers_restore_it(self, archived: World) -> None:
        address = reverse("archive_project", args=[archived.project.pk])
        for who, status in (("stranger", 404), ("viewer", 403), ("reviewer", 403)):
            assert archived.client(who).post(address, {"action": "restore"}).status_code == status
        assert archived.client("manager").post(address, {"action": "nonsense"}).status_code == 400
        assert archived.client("manager").post(address, {"action": "restore"}).status_code == 302
        assert (
            archived.client("manager").get(reverse("edit_project", args=[archived.project.pk])).status_code
            == 200
        )

    def test_the_desk_archives_and_restores_with_a_trace(self, world: World) -> None:
        client = staff_client(world, "view_project", "change_project", "archive_project")
        said = choose(client, "project", "archive", [world.project.pk])
        assert "1 project was changed." in said and "Harbour cameras</a>" not in said
        said = choose(client, "project", "restore", [world.project.pk], "?archived=yes")
        assert Project.objects.get().archived_at is None
        assert LogEntry.objects.filter(object_id=str(world.project.pk)).count() == 2
        other = staff_client(world, "view_project", "change_project")
        choose(other, "project", "archive", [world.project.pk])
        assert Project.objects.get().archived_at is None

    def test_nothing_trains_by_itself_in_it(self, archived: World) -> None:
        from annotate.jobs import minding

        Project.objects.update(training_mode="automatic")
        looked: list[Project] = []

        def look(project: Project) -> bool:
            looked.append(project)
            return False

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(minding, "may_start_by_itself", look)
            minding.start_due()
            assert looked == []
            Project.objects.update(archived_at=None)
            minding.start_due()
        assert looked == [archived.project]
