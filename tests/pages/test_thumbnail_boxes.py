"""Boxes over thumbnails: in the list of images and in the filmstrip the same as in the editor."""

from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotate.models import Box, Label
from annotate.views.thumbnail_boxes import live_boxes

from .conftest import World, add_box

MADE_AT_ONCE = dict.fromkeys(("x1", "y1", "x2", "y2", "label", "status"), 1)


def add_found(world: World, *, status: str = "proposed", left: float = 10, label: Label | None = None) -> Box:
    """As a detection leaves it."""
    box = add_box(world.frame, label or world.label, status=status, left=left)
    Box.objects.filter(pk=box.pk).update(source="model", detection_id=uuid4(), versions=MADE_AT_ONCE)
    return box


def lefts(world: World) -> list[float]:
    return sorted(box.x1 for box in live_boxes([world.frame])[world.frame.pk])


def test_a_proposal_on_what_a_person_labelled_is_not_drawn(world: World) -> None:
    add_box(world.frame, world.label, left=10)
    add_found(world, left=12)  # the same object
    add_found(world, left=60)  # beside it
    assert lefts(world) == [10, 60]
    body = world.client("viewer").get(reverse("project", args=[world.project.pk])).content.decode()
    assert "2 boxes" in body and 'x="12.0"' not in body and body.count('class="proposed"') == 1


def test_a_proposal_of_another_label_is_drawn(world: World) -> None:
    add_box(world.frame, world.label, left=10)
    other = Label.objects.create(project=world.project, name="other", color="#123456", position=9)
    add_found(world, left=12, label=other)
    assert lefts(world) == [10, 12]


def test_what_no_person_has_seen_covers_no_proposal(world: World) -> None:
    accepted = add_found(world, status="accepted", left=10)
    add_found(world, left=12)
    assert lefts(world) == [10, 12]
    Box.objects.filter(pk=accepted.pk).update(versions=MADE_AT_ONCE | {"status": 2})  # a person accepted it
    assert lefts(world) == [10]


def test_the_filmstrip_tells_what_is_proposed(world: World) -> None:
    add_box(world.frame, world.label, left=10)
    add_found(world, left=12)
    add_found(world, left=300)
    data = world.client("viewer").get(reverse("editor_data", args=[world.frame.pk])).json()
    color = world.label.color
    assert sorted(data["frame"]["boxes"]) == [
        [10, 20, 100, 70, color, False],
        [300, 20, 100, 70, color, True],
    ]


def test_x3_it_needs_one_query(world: World) -> None:
    for number in range(5):
        add_box(world.frame, world.label, left=number * 200)
        add_found(world, left=number * 200 + 1)
    with CaptureQueriesContext(connection) as captured:
        assert len(live_boxes([world.frame])[world.frame.pk]) == 5
    assert len(captured) == 1
