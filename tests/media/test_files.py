"""Images and thumbnails over HTTP: for members alone, never active, never remade, never in the way."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.urls import reverse

from annotate.actions import files as media
from annotate.actions.files import CHUNK_BYTES, StoredFile
from annotate.jobs.thumbnail import ask_for_thumbnail
from annotate.media import store, thumbnails
from annotate.media.ingest import AddedFrame, add_image
from annotate.models import Frame, Job, Membership
from tests.media import pictures
from tests.media.conftest import World
from tests.media.pictures import jpeg, pixels

BOTH = pytest.mark.parametrize("name", ["frame_image", "frame_thumbnail"])


def add(world: World, data: bytes | None = None, name: str = "pier.jpg") -> Frame:
    outcome = add_image(world.project, world.source, name, data or jpeg())
    assert isinstance(outcome, AddedFrame)
    return outcome.frame


@pytest.fixture
def frame(world: World) -> Frame:
    """With its thumbnail made."""
    frame = add(world)
    thumbnails.make(frame.md5)
    return frame


def body_of(response: Any) -> bytes:
    return b"".join(cast(StreamingHttpResponse, response).streaming_content)  # type: ignore[arg-type]


@BOTH
def test_z1_z3_each_role_gets_what_it_may(name: str, world: World, frame: Frame) -> None:
    address = reverse(name, args=[frame.pk])
    for who, status in {"manager": 200, "annotator": 200, "stranger": 404, "anonymous": 401}.items():
        assert world.client(who).get(address).status_code == status, who


@BOTH
def test_z3_after_removal_nothing_is_shown_any_more(name: str, world: World, frame: Frame) -> None:
    client = world.client("annotator")
    tag = client.get(reverse(name, args=[frame.pk]))["ETag"]
    Membership.objects.filter(user=world.people["annotator"]).delete()
    assert client.get(reverse(name, args=[frame.pk])).status_code == 404
    assert client.get(reverse(name, args=[frame.pk]), HTTP_IF_NONE_MATCH=tag).status_code == 404


@BOTH
def test_z2_a_foreign_frame_answers_as_a_missing_one(name: str, world: World, frame: Frame) -> None:
    client = world.client("stranger")
    answers = [client.get(reverse(name, args=[pk])) for pk in (frame.pk, 999_999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    texts = [answer.content.decode().replace(answer["X-Request-ID"], "") for answer in answers]
    assert texts[0] == texts[1]


@BOTH
def test_u3_it_can_only_ever_be_an_image(name: str, world: World, frame: Frame) -> None:
    headers = world.client("annotator").get(reverse(name, args=[frame.pk])).headers
    assert headers["Content-Type"] in {"image/jpeg", "image/webp"}
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Content-Disposition"].startswith(f'inline; filename="image-{frame.pk}')
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_u3_the_name_and_type_are_ours_even_when_the_row_was_tampered_with(world: World) -> None:
    frame = add(world, name='evil".html')
    Frame.objects.update(media_type="text/html")
    headers = world.client("annotator").get(reverse("frame_image", args=[frame.pk])).headers
    assert headers["Content-Type"] == "application/octet-stream" and "evil" not in str(headers)


@BOTH
def test_r16_a_copy_is_kept_by_the_browser_of_this_session_alone(
    name: str, world: World, frame: Frame
) -> None:
    headers = world.client("annotator").get(reverse(name, args=[frame.pk])).headers
    directives = headers["Cache-Control"].split(", ")
    assert "private" in directives and "public" not in directives
    assert [int(each[8:]) for each in directives if each.startswith("max-age=")] == [media.MAX_AGE_S]
    assert media.MAX_AGE_S <= 3600, "the right is asked for again"
    assert "Cookie" in headers["Vary"]


@BOTH
def test_an_unchanged_file_is_not_sent_again(name: str, world: World, frame: Frame) -> None:
    client, address = world.client("annotator"), reverse(name, args=[frame.pk])
    tag = client.get(address)["ETag"]
    again = client.get(address, HTTP_IF_NONE_MATCH=tag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert client.get(address, HTTP_IF_NONE_MATCH='"other"').status_code == 200


def test_image_and_thumbnail_have_tags_of_their_own(world: World, frame: Frame) -> None:
    client = world.client("annotator")
    tags = {client.get(reverse(name, args=[frame.pk]))["ETag"] for name in ("frame_image", "frame_thumbnail")}
    assert len(tags) == 2


def test_the_image_is_sent_as_stored(world: World, frame: Frame) -> None:
    response = world.client("annotator").get(reverse("frame_image", args=[frame.pk]))
    assert body_of(response) == store.read(frame.md5)
    assert int(response["Content-Length"]) == len(store.read(frame.md5))
    head = world.client("annotator").head(reverse("frame_image", args=[frame.pk]))
    assert head.status_code == 200 and int(head["Content-Length"]) == len(store.read(frame.md5))


def test_u11_the_thumbnail_has_the_geometry_of_the_image(world: World) -> None:
    frame = add(world, pictures.with_orientation(6))
    thumbnails.make(frame.md5)
    client = world.client("annotator")
    image, small = (
        pixels(body_of(client.get(reverse(name, args=[frame.pk]))))
        for name in ("frame_image", "frame_thumbnail")
    )
    assert image.shape == (32, 48, 3) == small.shape
    assert abs(image - small).mean() < 12


def test_a_file_that_was_lost_is_missing_and_reported(
    world: World, frame: Frame, caplog: pytest.LogCaptureFixture
) -> None:
    store.path_for(frame.md5).unlink()
    assert world.client("annotator").get(reverse("frame_image", args=[frame.pk])).status_code == 404
    assert f"frame {frame.pk} is not in the store" in caplog.text


class TestMissingThumbnail:
    def ask(self, world: World, frame: Frame) -> Any:
        return world.client("annotator").get(reverse("frame_thumbnail", args=[frame.pk]))

    def test_x4_it_is_not_made_in_the_request(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        frame = add(world)
        monkeypatch.setattr(thumbnails, "make", lambda md5: pytest.fail("made in the web process"))
        answer = self.ask(world, frame)
        assert (answer.status_code, answer.content) == (202, b"")
        assert int(answer["Retry-After"]) > 0 and "no-store" in answer["Cache-Control"]

    def test_x4_the_job_that_waits_is_enough(self, world: World) -> None:
        frame = add(world)
        for _ in range(3):
            self.ask(world, frame)
        assert Job.objects.filter(kind=Job.Kind.THUMBNAIL).count() == 1

    def test_x4_an_emptied_folder_is_filled_again(self, world: World) -> None:
        frame = add(world)
        Job.objects.all().delete()
        self.ask(world, frame)
        self.ask(world, frame)
        job = Job.objects.get()
        assert (job.kind, job.payload) == (Job.Kind.THUMBNAIL, {"from": frame.pk})
        Job.objects.update(state=Job.State.FAILED)
        self.ask(world, frame)
        assert Job.objects.count() == 1, "not again at once: it may be the image's fault"

    def test_x4_a_lost_image_is_not_asked_for(self, world: World) -> None:
        frame = add(world)
        Job.objects.all().delete()
        store.path_for(frame.md5).unlink()
        assert self.ask(world, frame).status_code == 202
        assert not Job.objects.exists()

    def test_x4_a_stampede_makes_one_job(self, committed_world: World) -> None:
        frame = add(committed_world)
        Job.objects.all().delete()

        def ask(_: int) -> None:
            try:
                ask_for_thumbnail(frame)
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(ask, range(24)))
        assert Job.objects.filter(kind=Job.Kind.THUMBNAIL).count() == 1


async def test_a_large_file_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(5 * CHUNK_BYTES + 7))

    async def sizes(response: StoredFile) -> AsyncIterator[int]:
        async for piece in response:
            yield len(piece)

    response = StoredFile(path.open("rb"), "image/png")
    assert [size async for size in sizes(response)] == [CHUNK_BYTES] * 5 + [7]
    await asyncio.to_thread(response.close)
    assert response.stored.closed


def test_the_connection_is_given_back_before_the_file_is_sent(
    world: World, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back: list[bool] = []
    monkeypatch.setattr(media, "let_go", lambda: given_back.append(True))
    world.client("annotator").get(reverse("frame_image", args=[frame.pk]))
    assert given_back == [True]
