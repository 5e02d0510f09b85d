"""The blind sample: who is in it, and that nobody sees a proposal there."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from hypothesis import given, seed
from hypothesis import strategies as st
from PIL import Image
from pytest_django.fixtures import Settings

from annotate.blind import is_blind, is_in_sample
from annotate.media.ingest import AddedFrame, add_image
from annotate.models import Frame, Source

from .conftest import Queue

Add = Callable[..., Frame]


@seed(4306)
@given(st.text(max_size=40), st.integers(0, 100), st.integers(0, 100))
def test_a_higher_percentage_keeps_what_was_in_the_sample(group: str, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert is_in_sample(group, high) or not is_in_sample(group, low)
    assert is_in_sample(group, 100) and not is_in_sample(group, 0)


def test_the_share_is_what_was_asked_for_and_always_the_same() -> None:
    groups = [f"{number:032x}" for number in range(4000)]
    chosen = [group for group in groups if is_in_sample(group, 10)]
    assert 0.08 <= len(chosen) / len(groups) <= 0.12
    assert chosen == [group for group in groups if is_in_sample(group, 10)]
    assert is_in_sample("d41d8cd98f00b204e9800998ecf8427e", 37) != is_in_sample(
        "d41d8cd98f00b204e9800998ecf8427e", 36
    ), "the hash is the one of the first release: a changed one would move frames in and out of the sample"


def picture(number: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (number % 256, number // 256, 7)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def add(queue: Queue, settings: Settings, tmp_path: Path) -> Add:
    settings.DATA_DIR, settings.STORE_DIR = tmp_path, tmp_path / "store"
    settings.SCRATCH_DIR, settings.MIN_FREE_BYTES = tmp_path / "scratch", 0
    settings.SCRATCH_DIR.mkdir()

    def one(number: int, source: Source, identity: str | None = None) -> Frame:
        outcome = add_image(queue.project, source, f"{number}.png", picture(number), identity=identity)
        assert isinstance(outcome, AddedFrame)
        return outcome.frame

    return one


def of_sample(queue: Queue, percent: int) -> None:
    queue.project.blind_percent = percent
    queue.project.save()


def test_a_frame_is_decided_once_when_it_comes_in(queue: Queue, add: Add) -> None:
    of_sample(queue, 50)
    frames = [add(number, queue.source) for number in range(24)]
    assert {frame.is_blind for frame in frames} == {True, False}
    assert [frame.is_blind for frame in frames] == [is_in_sample(frame.original_md5, 50) for frame in frames]
    of_sample(queue, 0)
    assert [add(number, queue.source).is_blind for number in range(24)] == [f.is_blind for f in frames]
    assert not any(add(number, queue.source).is_blind for number in range(100, 110))


def test_it_reads_the_percentage_as_it_is_now_not_as_an_upload_began(queue: Queue, add: Add) -> None:
    type(queue.project).objects.filter(pk=queue.project.pk).update(blind_percent=50)
    assert queue.project.blind_percent == 0
    assert any(add(number, queue.source).is_blind for number in range(12))


def test_the_images_of_a_video_go_together(queue: Queue, add: Add) -> None:
    of_sample(queue, 50)
    found = set()
    for video in range(8):
        source = Source.objects.create(project=queue.project, kind=Source.Kind.VIDEO, name=f"{video}.mp4")
        blind = {add(video * 10 + image, source, uuid4().hex).is_blind for image in range(3)}
        assert len(blind) == 1
        found |= blind
    assert found == {True, False}


def test_a_video_that_came_in_before_stays_as_it_was(queue: Queue, add: Add) -> None:
    source = Source.objects.create(project=queue.project, kind=Source.Kind.VIDEO, name="seen.mp4")
    assert not add(1, source, uuid4().hex).is_blind
    of_sample(queue, 50)
    queue.project.blind_percent = 100  # of groups: each would be in
    assert not is_blind(queue.project, source, uuid4().hex)


def pages_of(queue: Queue, frame: Frame) -> list[str]:
    """Everything that a person gets to see of the frame without its socket."""
    client = queue.client("ada")
    names = {
        "editor_data": [frame.pk], "frame_boxes": [frame.pk], "frame_history": [frame.pk],
        "editor": [queue.project.pk, frame.pk], "project": [queue.project.pk],
    }  # fmt: skip
    responses = [client.get(reverse(name, args=arguments)) for name, arguments in names.items()]
    assert {response.status_code for response in responses} == {200}
    return [response.content.decode() for response in responses]


def test_what_a_model_found_there_is_shown_nowhere(queue: Queue) -> None:
    frame = queue.frame(is_blind=True)
    found: list[dict[str, Any]] = [
        {"x1": 1, "y1": 1, "x2": 77.25, "y2": 9, "class": "seahorse", "confidence": 0.87}
    ]
    queue.detect(frame, [0.87], is_silent=True, found=found).detection.proposals.all().delete()
    frame.boxes.all().delete()
    for page in pages_of(queue, frame):
        assert "seahorse" not in page and "77.25" not in page and "0.87" not in page


def test_a_box_of_a_model_that_got_there_all_the_same_is_not_drawn(queue: Queue) -> None:
    blind, other = queue.frame(is_blind=True), queue.frame()
    for frame in (blind, other):
        queue.detect(frame, [0.87])
    data = queue.client("ada").get(reverse("editor_data", args=[blind.pk])).json()
    assert {card["id"]: len(card["boxes"]) for card in data["filmstrip"]} == {blind.pk: 0, other.pk: 1}
    page = queue.client("ada").get(reverse("project", args=[queue.project.pk])).content.decode()
    assert page.count('class="proposed"') == 1


def test_the_editor_says_so(queue: Queue) -> None:
    blind, other = queue.frame(is_blind=True), queue.frame()
    client = queue.client("ada")
    assert client.get(reverse("editor_data", args=[blind.pk])).json()["frame"]["is_blind"] is True
    assert client.get(reverse("editor_data", args=[other.pk])).json()["frame"]["is_blind"] is False
