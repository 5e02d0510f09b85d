"""What deserves a second look, asked for through the API: the same views as those of the desk, of one project."""

from typing import get_args

import pytest

from annotate.api.boxes import BoxView
from annotate.api.frames import FrameView
from annotate.curation import views
from annotate.models import Box, Feedback, Frame, Project
from tests.pages.conftest import add_box, add_frame

from .conftest import Api


def found(api: Api, kind: str, view: str, project: Project | None = None) -> set[str]:
    pk = (project or api.world.project).pk
    answer = api.get("reads", f"/api/v1/projects/{pk}/{kind}?view={view}")
    assert answer.status_code == 200, answer.content
    return {str(one["id"]) for one in answer.json()["items"]}


def rejected_box(frame: Frame, project: Project) -> Box:
    """Rejected, and rated well: two words that say the opposite of one another."""
    label = project.labels.first() or project.labels.create(name="crate", color="#0072b2")
    box = add_box(frame, label)
    Box.objects.filter(pk=box.pk).update(status="rejected", feedback="positive", confidence=0.95)
    return box


def test_the_names_are_those_of_the_desk() -> None:
    assert list(get_args(BoxView)) == list(views.BOX_VIEWS)
    assert list(get_args(FrameView)) == list(views.FRAME_VIEWS)


def test_boxes_of_this_project_alone(api: Api, other: Project) -> None:
    world = api.world
    here = rejected_box(world.frame, world.project)
    source = other.sources.create(kind="upload", name="there")
    there = rejected_box(add_frame(other, source, "there.jpg"), other)
    add_box(world.frame, world.label)
    for view in ("disputed", "rejected_sure"):
        assert found(api, "boxes", view) == {str(here.pk)}
        assert found(api, "boxes", view, other) == {str(there.pk)}
    assert found(api, "boxes", "negative") == set()


def test_disputes_of_other_projects_take_no_room(
    api: Api, other: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_DISPUTED", 1)
    source = other.sources.create(kind="upload", name="there")
    there = rejected_box(add_frame(other, source, "there.jpg"), other)
    here = rejected_box(api.world.frame, api.world.project)
    assert found(api, "boxes", "disputed") == {str(here.pk)}
    assert found(api, "boxes", "disputed", other) == {str(there.pk)}


def test_frames(api: Api) -> None:
    world = api.world
    empty = add_frame(world.project, world.frame.source, "empty.jpg", status="complete")
    Feedback.objects.create(frame=world.frame, verdict="negative")
    assert found(api, "frames", "nearly_empty") == {str(empty.pk)} == found(api, "frames", "never_reviewed")
    assert found(api, "frames", "negative") == {str(world.frame.pk)}


@pytest.mark.parametrize("kind", ["boxes", "frames"])
def test_every_view_answers_and_another_word_is_refused(api: Api, kind: str) -> None:
    for view in views.BOX_VIEWS if kind == "boxes" else views.FRAME_VIEWS:
        found(api, kind, view)
    refused = api.get("reads", f"/api/v1/projects/{api.world.project.pk}/{kind}?view=everything")
    assert refused.status_code == 400 and "view" in refused.content.decode()
