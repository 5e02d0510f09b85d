"""A class of a detector goes on meaning a label that gets another name, whoever gives it that."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.urls import reverse

from annotate.actions import labels as acting
from annotate.detection.mapping import mapping_for, save_mapping, settle
from annotate.forms import LabelForm
from annotate.labels.changing import changing
from annotate.labels.taking_back import take_back
from annotate.models import ClassMapping, Detection, Label, LabelChange, ModelVersion, Project, Proposal
from tests.pages.conftest import add_box

from .conftest import World


@pytest.fixture
def model(world: World) -> ModelVersion:
    return ModelVersion.objects.create(
        name="Finder", kind="onnx", sha256="0" * 64, classes=["boat", "Kite", "dog"]
    )


def rename(world: World, name: str, label: Label | None = None) -> None:
    label = Label.objects.get(pk=(label or world.label).pk)
    form = LabelForm({"name": name, "color": label.color, "key": label.key}, instance=label)
    assert acting.save(form, world.people["manager"]), form.errors


def on_the_page(world: World) -> None:
    address = reverse("change_label", args=[world.project.pk, world.label.pk])
    prefix = f"label-{world.label.pk}"
    form = {f"{prefix}-name": "ship", f"{prefix}-color": "#0072b2", f"{prefix}-key": "1", "action": "save"}
    assert world.client("manager").post(address, form).status_code == 302


def by_api(world: World) -> None:
    address = f"/api/v1/projects/{world.project.pk}/labels/{world.label.pk}"
    answer = world.client("manager").patch(address, {"name": "ship"}, content_type="application/json")
    assert answer.status_code == 200


def in_the_desk(world: World) -> None:
    address = reverse("admin:annotate_label_change", args=[world.label.pk])
    form = {"name": "ship", "color": "#0072b2", "key": "1", "position": "1", "is_active": "on"}
    assert world.client("admin").post(address, form).status_code == 302


def by_taking_back(world: World) -> None:
    Label.objects.update(name="ship")
    rename(world, "boat")
    assert not ClassMapping.objects.exists(), "no class was called “ship”"
    take_back(LabelChange.objects.latest("pk"), world.people["manager"])


def meant(world: World, *classes: str) -> list[int | None]:
    return list(mapping_for(world.project, classes).values())


@pytest.mark.parametrize("way", [on_the_page, by_api, in_the_desk, by_taking_back])
def test_a_class_keeps_the_label_that_it_meant_by_name(
    world: World, model: ModelVersion, way: Callable[[World], None]
) -> None:
    way(world)
    assert Label.objects.get().name == "ship"
    assert meant(world, "boat", "kite", "dog") == [world.label.pk, None, None]


def test_what_was_settled_stays_whatever_labels_are_called(world: World, model: ModelVersion) -> None:
    settle(world.project, model.classes)
    rename(world, "Kite")
    assert meant(world, *model.classes) == [world.label.pk, world.label.pk, None]
    rename(world, "ship")
    other = Label.objects.create(project=world.project, name="boat", color="#000000")
    assert meant(world, "boat") == [world.label.pk]
    save_mapping(world.project, {"boat": other.pk})
    rename(world, "tug", other)
    assert meant(world, "boat") == [other.pk]


def test_a_person_who_left_a_class_out_is_not_overruled(world: World, model: ModelVersion) -> None:
    save_mapping(world.project, {"boat": None})
    rename(world, "ship")
    assert meant(world, "boat") == [None]


def test_where_no_model_knows_the_old_name_nothing_is_kept(world: World, model: ModelVersion) -> None:
    ModelVersion.objects.update(project=Project.objects.create(name="Elsewhere"))
    rename(world, "ship")
    assert not ClassMapping.objects.exists()


def test_a_label_that_is_set_aside_makes_room_for_another_of_its_name(
    world: World, model: ModelVersion
) -> None:
    acting.set_active(world.label, world.people["manager"], is_active=False)
    rename(world, "boat (old)")
    new = Label.objects.create(project=world.project, name="boat", color="#000000")
    assert meant(world, "boat") == [new.pk]


def test_an_unused_label_that_gets_the_name_of_another_class_means_that(
    world: World, model: ModelVersion
) -> None:
    rename(world, "kite")
    rename(world, "dog")
    assert meant(world, "boat", "kite", "dog") == [None, None, world.label.pk]


def test_one_that_boxes_came_of_means_both(world: World, model: ModelVersion) -> None:
    """As in projects from before meanings were written down; words that were asked for are no model's classes."""
    rename(world, "red boat")
    ClassMapping.objects.all().delete()
    detection = Detection.objects.create(
        project=world.project, model_version=model, trigger="editor", scope="frame", confidence=0.2, iou=0.5,
        image_size=640,
    )  # fmt: skip
    Proposal.objects.create(
        box=add_box(world.frame, world.label), detection=detection, frame=world.frame, label=world.label,
        class_name="Red boat", confidence=0.5, x1=1, y1=1, x2=2, y2=2,
    )  # fmt: skip
    rename(world, "dog")
    assert meant(world, "red boat", "dog") == [world.label.pk, world.label.pk]


def test_what_was_refused_keeps_nothing(world: World, model: ModelVersion) -> None:
    with pytest.raises(ZeroDivisionError), changing(world.project.pk, None):
        Label.objects.filter(pk=world.label.pk).update(name=str(uuid4()))
        raise ZeroDivisionError
    assert not ClassMapping.objects.exists()
