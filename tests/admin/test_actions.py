"""Changes of many rows from the desk: a preview that says exactly what will be, a job, and the way back."""

from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from pytest_django.fixtures import Settings

from annotate.admin.actions import pack, unpack
from annotate.admin.box_actions import BOX_ACTIONS
from annotate.admin.frame_actions import FRAME_ACTIONS, SOURCE_ACTIONS
from annotate.admin.project_actions import PROJECT_ACTIONS
from annotate.bulk import edit
from annotate.datasets.workplace import Workplace
from annotate.jobs.importing import queue_check
from annotate.jobs.ingest import ARCHIVE, new_upload, queue_ingest
from annotate.models import Assignment, Box, Comment, Frame, Job, Label, Operation, Source, StatusChange
from tests.admin.conftest import choose, confirm, hidden, propose, run_now, staff_client, statuses
from tests.media.conftest import files_below
from tests.pages.conftest import World, add_frame

ACTIONS = [
    *(("box", one) for one in BOX_ACTIONS),
    *(("frame", one) for one in FRAME_ACTIONS),
    *(("project", one) for one in PROJECT_ACTIONS),
    *(("source", one) for one in SOURCE_ACTIONS),
]
NAMES = [f"{model}-{one.name}" for model, one in ACTIONS]


def test_ids_are_packed_and_come_back() -> None:
    for ids in ([uuid4() for _ in range(3)], [1, 2**40]):
        assert unpack(pack(ids)) == ids
    for bad in ("", "x", "uAAAA", "i===", "u\u00e9", "iAAAAAAAAAAA"):
        with pytest.raises(ValueError):
            unpack(bad)


class TestBoxes:
    def test_accept_preview_start_undo(self, world: World) -> None:
        boxes = propose(world.frame, world.label, 5)
        client = world.client("admin")
        page = choose(client, "box", "accept", boxes)
        assert "Accept 5 boxes?" in page and "pier.jpg" in page
        assert page.count("desk-box--marked") == 5
        assert "<td>boat</td>" in page and "<td>Proposed</td>" in page
        assert statuses(boxes) == {"proposed"}, "nothing is changed before it is confirmed"
        job = confirm(client, "box", "accept", page)
        assert run_now(job) == {"done": 5} and statuses(boxes) == {"accepted"}
        log = Operation.objects.filter(origin="admin")
        assert set(log.values_list("user", flat=True)) == {world.people["admin"].pk}
        address = reverse("admin:annotate_job_progress", args=[job.pk])
        assert "Take it back" in client.get(address).content.decode()
        client.post(address, {"action": "undo"})
        undo = Job.objects.exclude(pk=job.pk).get()
        assert run_now(undo) == {"undone": 1} and statuses(boxes) == {"proposed"}
        assert LogEntry.objects.filter(object_id__in=[str(job.pk), str(undo.pk)]).count() == 2

    def test_the_preview_says_what_is_left_out(self, world: World) -> None:
        boxes = propose(world.frame, world.label, 3)
        client = world.client("admin")
        run_now(confirm(client, "box", "accept", choose(client, "box", "accept", boxes[:1])))
        page = choose(client, "box", "accept", boxes)
        assert "Accept 2 boxes?" in page and "<strong>1</strong> are so already" in page

    def test_an_old_preview_starts_nothing(self, world: World) -> None:
        boxes = propose(world.frame, world.label, 2)
        client = world.client("admin")
        page = choose(client, "box", "reject", boxes)
        run_now(confirm(client, "box", "accept", choose(client, "box", "accept", boxes[:1])))
        Job.objects.all().delete()
        form = {"chosen": hidden(page, "chosen"), "digest": hidden(page, "digest"), "confirm": "1"}
        answer = client.post(reverse("admin:annotate_box_do", args=["reject"]), form)
        assert "look at the preview once more" in answer.content.decode()
        assert not Job.objects.exists() and statuses(boxes) == {"accepted", "proposed"}

    def test_relabel_asks_for_the_label_first(self, world: World) -> None:
        Label.objects.create(project=world.project, name="ship", color="#aabbcc")
        boxes = propose(world.frame, world.label, 2)
        client = world.client("admin")
        asked = choose(client, "box", "relabel", boxes)
        assert 'name="confirm"' not in asked and ">ship</option>" in asked
        form = {"chosen": hidden(asked, "chosen"), "label": "ship"}
        page = client.post(reverse("admin:annotate_box_do", args=["relabel"]), form).content.decode()
        assert "Make 2 boxes “ship”?" in page
        run_now(confirm(client, "box", "relabel", page, label="ship"))
        assert set(Box.objects.values_list("label__name", flat=True)) == {"ship"}

    def test_delete_keeps_the_log(self, world: World) -> None:
        boxes = propose(world.frame, world.label, 2)
        client = world.client("admin")
        run_now(confirm(client, "box", "delete", choose(client, "box", "delete", boxes)))
        assert Box.objects.filter(deleted_revision__isnull=False).count() == 2
        assert Operation.objects.filter(kind="delete", origin="admin").count() == 2

    def test_all_that_match_can_be_chosen_up_to_a_limit(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        propose(world.frame, world.label, 60)
        client = world.client("admin")
        address = reverse("admin:annotate_box_changelist") + "?view=never_reviewed"
        form = {"action": "accept", "index": "0", "select_across": "1", "_selected_action": ["x"]}
        assert "Accept 60 boxes?" in client.post(address, form).content.decode()
        monkeypatch.setattr(BOX_ACTIONS[0].__class__, "most", 59)
        said = client.post(address, form, follow=True).content.decode()
        assert "At most 59 can be changed at once" in said and not Job.objects.exists()
        assert edit.MOST_BOXES == 20_000

    def test_somebody_else_does_not_undo_it(self, world: World) -> None:
        boxes = propose(world.frame, world.label, 1)
        job = confirm(
            world.client("admin"), "box", "accept", choose(world.client("admin"), "box", "accept", boxes)
        )
        run_now(job)
        other = staff_client(world, "view_job", "curate_box")
        address = reverse("admin:annotate_job_progress", args=[job.pk])
        assert "Take it back" not in other.get(address).content.decode()
        assert other.post(address, {"action": "undo"}).status_code == 403
        assert other.post(address, {"action": "cancel"}).status_code == 403
        assert statuses(boxes) == {"accepted"}


class TestFrames:
    def test_status_is_changed_and_comes_back(self, world: World) -> None:
        add_frame(world.project, world.frame.source, "two.jpg", status="complete")
        client = world.client("admin")
        keys = list(Frame.objects.values_list("pk", flat=True))
        asked = choose(client, "frame", "set_status", keys)
        form = {"chosen": hidden(asked, "chosen"), "status": "complete"}
        page = client.post(reverse("admin:annotate_frame_do", args=["set_status"]), form).content.decode()
        assert "Set 1 image to “Complete”?" in page and "<strong>1</strong> are so already" in page
        job = confirm(client, "frame", "set_status", page, status="complete")
        assert run_now(job) == {"done": 1} and run_now(job) == {"done": 1}
        assert StatusChange.objects.count() == 1, "done again it changes nothing more"
        client.post(reverse("admin:annotate_job_progress", args=[job.pk]), {"action": "undo"})
        assert run_now(Job.objects.exclude(pk=job.pk).get()) == {"undone": 1}
        assert Frame.objects.get(pk=world.frame.pk).status == "to_annotate"

    def test_sending_back_says_why_once_and_undo_takes_it_away(self, world: World) -> None:
        Frame.objects.update(status="complete")
        client = world.client("admin")
        asked = choose(client, "frame", "send_back", [world.frame.pk])
        values = {"reason": "The masts are missing."}
        form = {"chosen": hidden(asked, "chosen"), **values}
        page = client.post(reverse("admin:annotate_frame_do", args=["send_back"]), form).content.decode()
        job = confirm(client, "frame", "send_back", page, **values)
        run_now(job)
        run_now(job)
        comment = Comment.objects.get()
        assert (comment.text, comment.author) == (values["reason"], world.people["admin"])
        assert Frame.objects.get().status == "returned"
        client.post(reverse("admin:annotate_job_progress", args=[job.pk]), {"action": "undo"})
        run_now(Job.objects.exclude(pk=job.pk).get())
        comment.refresh_from_db()
        assert Frame.objects.get().status == "complete" and comment.deleted_at is not None

    def test_sending_back_needs_a_reason(self, world: World) -> None:
        asked = choose(world.client("admin"), "frame", "send_back", [world.frame.pk])
        form = {"chosen": hidden(asked, "chosen"), "reason": "  ", "confirm": "1"}
        answer = world.client("admin").post(reverse("admin:annotate_frame_do", args=["send_back"]), form)
        assert answer.status_code == 200 and not Job.objects.exists()

    def test_what_somebody_changed_since_the_preview_stands(self, world: World) -> None:
        client = world.client("admin")
        asked = choose(client, "frame", "set_status", [world.frame.pk])
        form = {"chosen": hidden(asked, "chosen"), "status": "complete"}
        page = client.post(reverse("admin:annotate_frame_do", args=["set_status"]), form).content.decode()
        job = confirm(client, "frame", "set_status", page, status="complete")
        Frame.objects.update(status="in_progress")
        assert run_now(job) == {"changed": 1} and Frame.objects.get().status == "in_progress"

    def test_images_are_assigned_to_who_may_do_it(self, world: World) -> None:
        client, person = world.client("admin"), world.people["annotator"]
        values = {"user": str(person.pk), "work": "annotate", "due_on": "2031-05-04"}
        asked = choose(client, "frame", "assign", [world.frame.pk])
        form = {"chosen": hidden(asked, "chosen"), **values}
        page = client.post(reverse("admin:annotate_frame_do", args=["assign"]), form).content.decode()
        assert "Assign 1 image to annotator?" in page
        job = confirm(client, "frame", "assign", page, **values)
        assert run_now(job) == {"done": 1}
        one = Assignment.objects.get()
        assert (one.user, one.due_on, one.created_by) == (person, date(2031, 5, 4), world.people["admin"])
        client.post(reverse("admin:annotate_job_progress", args=[job.pk]), {"action": "undo"})
        assert run_now(Job.objects.exclude(pk=job.pk).get()) == {"undone": 1}
        assert not Assignment.objects.exists()
        review = {**form, "work": "review"}
        page = client.post(reverse("admin:annotate_frame_do", args=["assign"]), review).content.decode()
        assert "in which this person may not do this" in page and 'name="confirm"' not in page

    def test_gold_images_are_marked_and_it_leaves_a_trace(self, world: World) -> None:
        add_frame(world.project, world.frame.source, "two.jpg")
        Frame.objects.filter(name="two.jpg").update(is_gold=True)
        keys = list(Frame.objects.values_list("pk", flat=True))
        assert "1 image was changed." in choose(world.client("admin"), "frame", "make_gold", keys)
        assert Frame.objects.filter(is_gold=True).count() == 2
        assert LogEntry.objects.get().object_id == str(world.frame.pk)
        choose(world.client("admin"), "frame", "make_usual", keys)
        assert not Frame.objects.filter(is_gold=True).exists()

    def test_detection_without_a_model_is_said(self, world: World) -> None:
        page = choose(world.client("admin"), "frame", "detect", [world.frame.pk])
        assert "without a model" in page and 'name="confirm"' not in page


class TestProjects:
    def test_export_and_version_are_jobs(self, world: World) -> None:
        client = world.client("admin")
        for action, values, kind in (
            ("export", {"format": "coco"}, "export"),
            ("snapshot", {"message": "first"}, "snapshot"),
        ):
            asked = choose(client, "project", action, [world.project.pk])
            assert 'name="confirm"' not in asked
            form = {"chosen": hidden(asked, "chosen"), **values}
            page = client.post(reverse("admin:annotate_project_do", args=[action]), form).content.decode()
            job = confirm(client, "project", action, page, **values)
            assert (job.kind, job.project, job.created_by) == (kind, world.project, world.people["admin"])
            assert client.get(reverse("admin:annotate_job_progress", args=[job.pk])).status_code == 200

    def test_a_training_that_cannot_be_is_refused_with_the_reason(self, world: World) -> None:
        client = world.client("admin")
        page = choose(client, "project", "train", [world.project.pk])
        assert "Train a model of 1 project?" in page
        form = {"chosen": hidden(page, "chosen"), "digest": "", "confirm": "1"}
        answer = client.post(reverse("admin:annotate_project_do", args=["train"]), form).content.decode()
        assert "Harbour cameras: " in answer and not Job.objects.exists()


@pytest.mark.parametrize(("model", "action"), ACTIONS, ids=NAMES)
class TestRights:
    def test_d2_it_needs_its_own_permission(self, model: str, action: object, world: World) -> None:
        name, permission = action.name, action.permission  # type: ignore[attr-defined]
        address = reverse(f"admin:annotate_{model}_do", args=[name])
        body = {"chosen": pack([world.frame.pk])}
        others = [one.permission.split(".")[1] for _, one in ACTIONS if one.permission != permission]
        client = staff_client(world, f"view_{model}", *others)
        listed = client.get(reverse(f"admin:annotate_{model}_changelist")).content.decode()
        assert f'value="{name}"' not in listed
        assert client.post(address, body).status_code == 403
        client = staff_client(world, f"view_{model}", permission.split(".")[1])
        if action.is_final:  # type: ignore[attr-defined]
            assert client.post(address, body).status_code == 403, "only superusers do what cannot be undone"
            client = world.client("admin")
        listed = client.get(reverse(f"admin:annotate_{model}_changelist")).content.decode()
        assert f'value="{name}"' in listed or model == "box"
        assert world.client("manager").post(address, body).status_code == 302, "the desk is for staff"

    def test_it_is_only_posted_and_checks_what_comes(self, model: str, action: object, world: World) -> None:
        address = reverse(f"admin:annotate_{model}_do", args=[action.name])  # type: ignore[attr-defined]
        client = world.client("admin")
        assert client.get(address).status_code == 405
        wrong = pack([1]) if model == "box" else pack([uuid4()])
        for bad in ("", "u\u00ff", wrong):
            assert client.post(address, {"chosen": bad}).status_code == 400
        assert client.post(address.replace("/do/", "/do/no-"), {"chosen": "i"}).status_code == 404


def test_the_page_of_a_job_is_for_who_started_it_or_may_see_all(world: World) -> None:
    job = Job.objects.create(kind="bulk", created_by=world.people["admin"], payload={"action": "accept"})
    address = reverse("admin:annotate_job_progress", args=[job.pk])
    assert staff_client(world, "view_box").get(address).status_code == 403
    assert staff_client(world, "view_job").get(address).status_code == 200
    assert world.client("admin").get(f"{address}?part=state").content.decode().count("<html") == 0
    assert world.client("admin").post(address, {"action": "cancel"}).status_code == 302
    assert Job.objects.get().state == "cancelled"
    assert world.client("admin").post(address, {"action": "nonsense"}).status_code == 403
    assert (
        world.client("admin").get(reverse("admin:annotate_job_progress", args=[uuid4()])).status_code == 404
    )
    assert staff_client(world, "view_job").get(address.replace("progress", "file")).status_code == 404


class TestAnUploadThatWaits:
    """Cancelled in the desk it ends as on the site's own pages: nothing of it stays, on the disk or in the lists."""

    @pytest.fixture(autouse=True)
    def scratch(self, settings: Settings, tmp_path: Path) -> Path:
        settings.SCRATCH_DIR = tmp_path
        return tmp_path

    def cancel(self, world: World, job: Job, scratch: Path) -> None:
        assert files_below(scratch), "what was sent is there"
        address = reverse("admin:annotate_job_progress", args=[job.pk])
        assert world.client("admin").post(address, {"action": "cancel"}).status_code == 302
        assert Job.objects.get(pk=job.pk).state == "cancelled" and files_below(scratch) == []

    def test_images(self, world: World, scratch: Path) -> None:
        upload = new_upload()
        upload.write_bytes(b"PK")
        source = Source.objects.create(project=world.project, kind=Source.Kind.ARCHIVE, name="photos.zip")
        self.cancel(
            world, queue_ingest(ARCHIVE, source=source, user=world.people["manager"], upload=upload), scratch
        )
        assert not Source.objects.filter(pk=source.pk).exists()

    @pytest.mark.parametrize("new", ["", "Quays"], ids=["into a project", "as a new project"])
    def test_data_sets(self, new: str, world: World, scratch: Path) -> None:
        place = Workplace.new()
        place.upload.write_bytes(b"PK")
        project = None if new else world.project
        user = world.people["manager"]
        self.cancel(world, queue_check(project, user=user, place=place, name="set.zip", new=new), scratch)
