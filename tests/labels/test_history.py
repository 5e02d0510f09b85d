"""Every change of labels is one step with its author, says what became of what, and is taken back as one."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import translation

from annotate.actions import labels as acting
from annotate.forms import LabelForm
from annotate.labels.changing import changing
from annotate.labels.history import entries
from annotate.labels.taking_back import TakeBackRefused, can_be_taken_back, take_back
from annotate.labels.words import words_of
from annotate.models import Box, ClassMapping, Detection, Label, LabelChange, ModelVersion, Proposal, User
from tests.admin.conftest import staff_client

from .conftest import World

WRONG = "Somebody changed the same since"


def manager(world: World) -> User:
    return world.people["manager"]


def save(world: World, label: Label, **fields: str) -> LabelChange:
    form = LabelForm({"name": label.name, "color": label.color, "key": label.key, **fields}, instance=label)
    assert acting.save(form, manager(world)), form.errors
    return LabelChange.objects.latest("pk")


def add(world: World, name: str = "buoy", **fields: Any) -> Label:
    label = Label(project=world.project, position=acting.last_position(world.project) + 1)
    save(world, label, name=name, color="#cc79a7", key="", **fields)
    return Label.objects.get(project=world.project, name=name)


def rows(world: World) -> list[dict[str, Any]]:
    """Everything about the labels of the project."""
    return [{**row} for row in Label.objects.filter(project=world.project).order_by("pk").values()]


class TestSteps:
    def test_a_step_has_its_author_and_says_what_became_of_what(self, world: World) -> None:
        step = save(world, world.label, name="ship", color="#e69f00", key="4")
        assert (step.user, step.project) == (manager(world), world.project)
        assert words_of(step) == ["“boat”: name “boat” → “ship”, colour #0072b2 → #e69f00, key 1 → 4"]
        with translation.override("fr"):
            assert "nom «\xa0boat\xa0» → «\xa0ship\xa0», couleur #0072b2 → #e69f00" in words_of(step)[0]

    def test_whatever_is_done_to_labels_is_a_step(self, world: World) -> None:
        buoy = add(world)
        acting.move(world.project, buoy, -1, manager(world))
        acting.set_active(buoy, manager(world), is_active=False)
        assert acting.delete(buoy, manager(world))
        said = [words_of(one)[0] for one in LabelChange.objects.order_by("pk")]
        assert said == [
            "“buoy” was added",
            "order: boat, buoy → buoy, boat",
            "“buoy”: active yes → no",
            "“buoy” was deleted",
        ]

    def test_what_changes_nothing_is_no_step(self, world: World) -> None:
        save_same = LabelForm({"name": "boat", "color": "#0072b2", "key": "1"}, instance=world.label)
        assert acting.save(save_same, manager(world))
        acting.move(world.project, world.label, -1, manager(world))
        acting.set_active(world.label, manager(world), is_active=True)
        assert not LabelChange.objects.exists()

    def test_what_was_refused_is_no_step(self, world: World) -> None:
        buoy = add(world)
        known = LabelChange.objects.count()
        with pytest.raises(ZeroDivisionError), changing(world.project.pk, manager(world)):
            Label.objects.filter(pk=buoy.pk).update(name="lost")
            raise ZeroDivisionError
        assert LabelChange.objects.count() == known and Label.objects.get(pk=buoy.pk).name == "buoy"


class TestTakingBack:
    @pytest.mark.parametrize("what", ["changed", "moved", "set aside", "deleted"])
    def test_everything_is_as_before_and_the_way_back_is_a_step_too(self, what: str, world: World) -> None:
        buoy = add(world)
        ClassMapping.objects.create(project=world.project, class_name="Buoy marker", label=buoy)
        before, mapped = rows(world), list(ClassMapping.objects.values_list("class_name", "label"))
        if what == "changed":
            save(world, buoy, name="ring", key="7")
        elif what == "moved":
            acting.move(world.project, buoy, -1, manager(world))
        elif what == "set aside":
            acting.set_active(buoy, manager(world), is_active=False)
        else:
            assert acting.delete(buoy, manager(world)) and not ClassMapping.objects.exists()
        after, step = rows(world), LabelChange.objects.latest("pk")
        assert after != before
        undo = take_back(step, world.people["admin"])
        assert rows(world) == before, "under the same ids"
        assert list(ClassMapping.objects.values_list("class_name", "label")) == mapped
        assert (undo.takes_back, undo.user) == (step, world.people["admin"])
        take_back(undo, manager(world))
        assert rows(world) == after, "what was taken back can be done again"

    def test_a_label_that_was_made_goes_while_nobody_has_used_it(self, world: World) -> None:
        buoy = add(world)
        step = LabelChange.objects.latest("pk")
        acting.move(world.project, buoy, -1, manager(world))
        assert can_be_taken_back(world.project.pk, [step]) == {step.pk}, "its place is not what it is"
        box = Box.objects.create(
            id="01900000-0000-7000-8000-000000000001", frame=world.frame, label=buoy, x1=1, y1=1, x2=9, y2=9,
            created_revision=1,
        )  # fmt: skip
        assert can_be_taken_back(world.project.pk, [step]) == set()
        with pytest.raises(TakeBackRefused, match="boxes have the label"):
            take_back(step, manager(world))
        box.delete()
        take_back(step, manager(world))
        assert not Label.objects.filter(pk=buoy.pk).exists()

    def test_what_somebody_changed_since_stands(self, world: World) -> None:
        first = save(world, world.label, color="#e69f00")
        second = save(world, Label.objects.get(), color="#009e73")
        before = rows(world)
        assert can_be_taken_back(world.project.pk, [first, second]) == {second.pk}
        with pytest.raises(TakeBackRefused, match=WRONG):
            take_back(first, manager(world))
        assert rows(world) == before

    def test_other_fields_changed_since_stay_as_they_are(self, world: World) -> None:
        color = save(world, world.label, color="#e69f00")
        save(world, Label.objects.get(), name="ship")
        take_back(color, manager(world))
        label = Label.objects.get()
        assert (label.name, label.color) == ("ship", "#0072b2")

    def test_a_name_or_key_that_is_taken_by_now_is_refused(self, world: World) -> None:
        buoy = add(world)
        acting.delete(buoy, manager(world))
        step = LabelChange.objects.latest("pk")
        add(world, "BUOY")
        before = rows(world)
        with pytest.raises(TakeBackRefused, match="Another label has this name"):
            take_back(step, manager(world))
        assert rows(world) == before

    def test_a_label_that_detections_have_used_is_not_deleted(self, world: World) -> None:
        """Its boxes have another label by now; what was proposed keeps the first."""
        buoy = add(world)
        version = ModelVersion.objects.create(name="m", kind="onnx", sha256="0" * 64)
        detection = Detection.objects.create(
            project=world.project, model_version=version, trigger="editor", scope="frame", confidence=0.2,
            iou=0.5, image_size=640,
        )  # fmt: skip
        box = Box.objects.create(
            id="01900000-0000-7000-8000-000000000002", frame=world.frame, label=world.label, x1=1, y1=1, x2=9,
            y2=9, created_revision=1,
        )  # fmt: skip
        Proposal.objects.create(
            box=box, detection=detection, frame=world.frame, label=buoy, class_name="b", confidence=0.5, x1=1,
            y1=1, x2=2, y2=2,
        )  # fmt: skip
        assert not acting.delete(buoy, manager(world)) and Label.objects.filter(pk=buoy.pk).exists()
        with pytest.raises(TakeBackRefused):
            take_back(LabelChange.objects.latest("pk"), manager(world))

    def test_a_page_of_steps_takes_few_queries(
        self, world: World, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(5):
            add(world, f"class {number}")
        steps = list(LabelChange.objects.all())
        with django_assert_max_num_queries(2):
            assert all(one.may for one in entries(world.project.pk, steps))


def post(client: Client, name: str, *args: int, **form: str) -> str:
    return client.post(reverse(name, args=args), form, follow=True).content.decode()


class TestPage:
    def test_the_settings_show_the_steps_and_take_one_back(self, world: World) -> None:
        client, project = world.client("manager"), world.project.pk
        page = post(client, "change_label", project, world.label.pk, action="deactivate")
        assert "“boat”: active yes → no" in page and page.count("manager · <time") == 1
        step = LabelChange.objects.get()
        address = reverse("take_back_labels", args=[project, step.pk])
        assert address in page
        page = post(client, "take_back_labels", project, step.pk)
        assert "The change was taken back." in page and Label.objects.get().is_active
        assert address not in page and "takes an earlier change back" in page
        assert WRONG in post(client, "take_back_labels", project, step.pk)

    def test_z1_a_step_of_another_project_is_not_reached(self, world: World) -> None:
        other = world.project.__class__.objects.create(name="Other")
        step = LabelChange.objects.create(project=other, before=[], after=[])
        address = reverse("take_back_labels", args=[world.project.pk, step.pk])
        assert world.client("manager").post(address).status_code == 404


class TestDesk:
    def form(self, label: Label, **fields: str) -> dict[str, str]:
        given = {"name": label.name, "color": label.color, "key": label.key, "position": str(label.position)}
        return {**given, "is_active": "on", **fields}

    def test_d7_djangos_history_says_from_what_to_what(self, world: World) -> None:
        client = world.client("admin")
        address = reverse("admin:annotate_label_change", args=[world.label.pk])
        assert client.post(address, self.form(world.label, color="#e69f00", key="")).status_code == 302
        entry = LogEntry.objects.get()
        assert entry.user == world.people["admin"]
        assert entry.get_change_message() == "Changed Colour #0072b2 → #e69f00 and Key 1 → –."
        assert client.post(address, self.form(Label.objects.get())).status_code == 302
        assert LabelChange.objects.count() == 1, "the same once more is no step"

    def test_the_history_of_a_label_has_all_steps_and_the_way_back(self, world: World) -> None:
        save(world, world.label, name="ship")
        client = world.client("admin")
        history = reverse("admin:annotate_label_history", args=[world.label.pk])
        page = client.get(history).content.decode()
        step = LabelChange.objects.get()
        address = reverse("admin:annotate_labelchange_take_back", args=[step.pk])
        assert "name “boat” → “ship”" in page and address in page, "made on the page of the project"
        answer = client.post(address, {"label": str(world.label.pk)})
        assert answer["Location"] == history and Label.objects.get().name == "boat"
        page = client.get(history).content.decode()
        assert "Changed again since" in page and "Taken back: “boat”: name “boat” → “ship”" in page
        assert client.get(address).status_code == 405

    def test_a_label_deleted_in_the_desk_comes_back_from_the_list_of_steps(self, world: World) -> None:
        buoy, client = add(world), world.client("admin")
        client.post(reverse("admin:annotate_label_delete", args=[buoy.pk]), {"post": "yes"})
        chosen = {
            "action": "delete_selected",
            "_selected_action": [str(add(world, "mark").pk)],
            "post": "yes",
        }
        client.post(reverse("admin:annotate_label_changelist"), chosen)
        assert Label.objects.count() == 1
        listed = reverse("admin:annotate_labelchange_changelist")
        page = client.get(listed).content.decode()
        assert "“buoy” was deleted" in page and "“mark” was deleted" in page
        gone = [one.pk for one in LabelChange.objects.all() if not one.after]
        form = {"action": "take_back_chosen", "_selected_action": [str(pk) for pk in gone]}
        page = client.post(listed, form, follow=True).content.decode()
        assert page.count("Taken back: ") == 2
        assert set(Label.objects.values_list("name", flat=True)) == {"boat", "buoy", "mark"}
        page = client.post(listed, form, follow=True).content.decode()
        assert page.count(WRONG) == 2

    def test_actions_are_one_step_for_each_project(self, world: World) -> None:
        buoy, client = add(world), world.client("admin")
        other = world.project.__class__.objects.create(name="Other")
        theirs = Label.objects.create(project=other, name="car", color="#000000")
        known = LabelChange.objects.latest("pk").pk
        chosen = [str(pk) for pk in (world.label.pk, buoy.pk, theirs.pk)]
        form = {"action": "deactivate", "_selected_action": chosen}
        client.post(reverse("admin:annotate_label_changelist"), form)
        assert LabelChange.objects.filter(pk__gt=known).count() == 2
        assert not Label.objects.filter(is_active=True).exists()
        assert {one.get_change_message() for one in LogEntry.objects.all()} == {"Changed Active yes → no."}
        take_back(LabelChange.objects.get(project=world.project, pk__gt=known), world.people["admin"])
        assert Label.objects.filter(is_active=True).count() == 2

    def test_d2_the_way_back_needs_the_rights_of_what_it_does(self, world: World) -> None:
        add(world)
        made = LabelChange.objects.get()
        address = reverse("admin:annotate_labelchange_take_back", args=[made.pk])
        views = ("view_label", "view_labelchange")
        assert staff_client(world, *views).post(address).status_code == 403
        assert staff_client(world, *views, "change_label").post(address).status_code == 403
        listed = reverse("admin:annotate_labelchange_changelist")
        form = {"action": "take_back_chosen", "_selected_action": [str(made.pk)]}
        assert staff_client(world, *views, "change_label").post(listed, form).status_code == 403
        assert Label.objects.count() == 2
        allowed = staff_client(world, *views, "change_label", "delete_label")
        assert allowed.post(address).status_code == 302 and Label.objects.count() == 1
