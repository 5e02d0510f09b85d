"""Uploads over HTTP: what a browser, a script and an attacker send, and what is answered and stored."""

import errno
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from annotate.actions import uploads
from annotate.jobs.ingest import unfinished_uploads, upload_of
from annotate.models import Frame, Job, Membership, Source
from tests.media import pictures
from tests.media.conftest import World, files_below
from tests.media.pictures import BLUE, RED, archive, jpeg, numbered
from tests.media.test_decode import FOREIGN

JSON = {"HTTP_ACCEPT": "application/json"}
RAW = "application/octet-stream"


def send(world: World, name: str, data: bytes, who: str = "manager", **query: str) -> Any:
    """As the page's script does: the file is the body."""
    return world.client(who).post(
        reverse("upload", args=[world.project.pk], query={"name": name, **query}),
        data,
        content_type=RAW,
        CONTENT_TYPE=RAW,  # the test client leaves it out of a request without a body
        **JSON,  # type: ignore[arg-type]
    )


def send_form(world: World, *files: tuple[str, bytes], who: str = "manager", **fields: str) -> Any:
    """As the plain form does."""
    sent = [SimpleUploadedFile(name, data) for name, data in files]
    return world.client(who).post(
        reverse("upload", args=[world.project.pk]), {"file": sent, **fields}, follow=True
    )


def refused(response: Any) -> tuple[int, str]:
    body = response.json()
    assert body["outcome"] == "refused" and body["message"]
    return response.status_code, body["code"]


def test_an_image_is_added_and_the_answer_says_where_it_is(world: World) -> None:
    response = send(world, "pier.jpg", jpeg())
    frame = Frame.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "outcome": "added",
        "name": "pier.jpg",
        "url": f"/projects/{world.project.pk}/frames/{frame.pk}/",
    }
    assert (frame.source.kind, frame.source.created_by) == (Source.Kind.UPLOAD, world.people["manager"])


def test_u18_the_same_bytes_again_are_already_there(world: World) -> None:
    send(world, "a.jpg", jpeg())
    response = send(world, "b.jpg", jpeg())
    assert (response.status_code, response.json()["outcome"]) == (200, "duplicate")
    assert Frame.objects.count() == 1


@pytest.mark.parametrize("kind", FOREIGN)
def test_u1_u2_u10_what_only_calls_itself_an_image_is_refused_and_nothing_stored(
    kind: str, world: World, folders: Path
) -> None:
    status, code = refused(send(world, "photo.jpg", FOREIGN[kind]))
    assert status == 400 and code in {"kind_not_accepted", "archive_kind"}
    assert files_below(folders) == [] and not Frame.objects.exists()
    assert Source.objects.count() == 1, "no source for an image that was refused"


def test_u1_an_image_under_any_name_is_taken_for_what_it_is(world: World) -> None:
    assert send(world, "page.html", pictures.file_of(pictures.corners(), "PNG")).status_code == 201
    assert Frame.objects.get().media_type == "image/png"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.jpg", b"", "empty"),
        ("a.jpg", b"x", "not_an_image"),
        ("a.jpg", jpeg(size=(300, 300))[:900], "truncated"),
        ("list.mp4", b"#EXTM3U\nfile:///etc/passwd\n", "not_a_video"),
        ("list.jpg", b"#EXTM3U\nfile:///etc/passwd\n", "not_a_video"),
        ("clip.mov", b"nothing of the kind", "not_a_video"),
        ("photos.zip", b"nothing of the kind", "archive_unreadable"),
        ("photos.rar", b"Rar!\x1a\x07" + bytes(600), "archive_kind"),
    ],
)
def test_u15_u29_the_refusal_says_what_is_wrong(name: str, data: bytes, code: str, world: World) -> None:
    assert refused(send(world, name, data)) == (400, code)


def test_u15_other_files_of_a_batch_are_added(world: World) -> None:
    response = send_form(world, ("a.jpg", jpeg(RED)), ("bad.jpg", jpeg()[:300]), ("b.jpg", jpeg(BLUE)))
    assert set(Frame.objects.values_list("name", flat=True)) == {"a.jpg", "b.jpg"}
    page = response.content.decode()
    assert "2 images were added." in page and "bad.jpg: The image is damaged" in page


def test_u5_a_name_that_is_markup_stays_text(world: World) -> None:
    evil = "<img src=x onerror=alert(1)>.jpg"
    response = send_form(world, (evil, jpeg()), (f"bad{evil}", b"x"))
    page = response.content.decode()
    assert "<img src=x" not in page and "&lt;img src=x onerror=alert(1)&gt;.jpg" in page


@pytest.mark.parametrize("name", ["../../../tmp/evil.jpg", "/etc/evil.jpg", "..\\evil.jpg"])
def test_u4_a_name_leads_nowhere(name: str, world: World, folders: Path) -> None:
    assert send(world, name, jpeg()).status_code == 201
    frame = Frame.objects.get()
    assert frame.name == "evil.jpg"
    assert files_below(folders) == [f"store/files/md5/{frame.md5[:2]}/{frame.md5[2:]}"]


def test_u8_a_pixel_flood_is_refused_before_it_is_decoded(world: World) -> None:
    assert refused(send(world, "flood.png", pictures.pixel_flood())) == (400, "too_many_pixels")


def test_an_image_over_its_limit_is_refused_unread(world: World, settings: Settings) -> None:
    settings.MAX_IMAGE_BYTES = 500
    assert refused(send(world, "a.jpg", jpeg(size=(400, 300)))) == (413, "file_too_large")


def test_an_archive_is_queued_and_its_file_waits_for_the_worker(world: World, folders: Path) -> None:
    data = archive({"a.jpg": jpeg()})
    response = send(world, "photos.zip", data)
    job = Job.objects.get()
    card = response.json()["job"]
    assert response.status_code == 202 and (card["id"], card["name"]) == (str(job.pk), "photos.zip")
    assert upload_of(job).read_bytes() == data
    assert unfinished_uploads() == {upload_of(job).name}
    assert upload_of(job).stat().st_mode & 0o777 == 0o640
    assert job.project == world.project and job.created_by == world.people["manager"]


def test_x1_a_person_has_only_so_many_archives_waiting(
    world: World, folders: Path, settings: Settings
) -> None:
    settings.WAITING_UPLOADS_PER_USER = 2
    for number in range(2):
        assert send(world, "a.zip", archive({"a.png": numbered(number)})).status_code == 202
    assert refused(send(world, "b.zip", archive({"b.png": numbered(3)}))) == (429, "too_many_waiting")
    assert (Job.objects.count(), Source.objects.filter(kind=Source.Kind.ARCHIVE).count()) == (2, 2)
    assert len(files_below(folders)) == 2, "nothing of the third is kept"
    Job.objects.filter(pk=Job.objects.order_by("created_at")[0].pk).update(state=Job.State.DONE)
    assert send(world, "b.zip", archive({"b.png": numbered(3)})).status_code == 202


def test_a_video_is_queued_with_the_rate_that_was_chosen(world: World, tmp_path: Path) -> None:
    data = pictures.video(tmp_path / "clip.mp4", frames=5).read_bytes()
    assert send(world, "clip.mp4", data, per_second="2.5").status_code == 202
    assert send(world, "clip.mp4", data, every="10").status_code == 202
    rates = [(job.payload["per_second"], job.payload["every"]) for job in Job.objects.order_by("created_at")]
    assert rates == [(2.5, None), (1.0, 10)]
    assert refused(send(world, "clip.mp4", data, per_second="nan")) == (400, "bad_rate")
    assert Job.objects.count() == 2


def test_a_large_file_of_the_form_is_moved_not_copied(world: World, settings: Settings) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100
    data = archive({f"{number}.png": numbered(number) for number in range(20)})
    response = send_form(world, ("photos.zip", data))
    assert "The server is unpacking what you sent." in response.content.decode()
    assert upload_of(Job.objects.get()).read_bytes() == data


def test_u20_when_the_job_cannot_be_made_the_file_does_not_stay(
    world: World, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setattr("annotate.actions.uploads.queue_ingest", fail)
    with pytest.raises(RuntimeError):
        send(world, "photos.zip", archive({"a.jpg": jpeg()}))
    assert files_below(folders) == [] and not Job.objects.exists()
    assert not Source.objects.filter(kind=Source.Kind.ARCHIVE).exists()


def test_u23_no_connection_is_kept_while_an_upload_waits_for_its_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a dozen of them would hold all connections of the pool, and nobody could save a box."""
    given_back: list[str] = []

    class Turn:
        def __enter__(self) -> None:
            assert given_back == ["connection"]

        def __exit__(self, *_: object) -> None:
            given_back.append("turn")

    monkeypatch.setattr(uploads, "let_go", lambda: given_back.append("connection"))
    monkeypatch.setattr(uploads, "IN_MEMORY", Turn())
    assert send(world, "a.jpg", jpeg()).status_code == 201
    assert given_back == ["connection", "turn"]


class TestRights:
    @pytest.mark.parametrize(("who", "status"), [("anonymous", 401), ("stranger", 404), ("annotator", 403)])
    def test_z1_only_managers_upload(self, who: str, status: int, world: World, folders: Path) -> None:
        response = send(world, "a.jpg", jpeg(), who=who)
        assert response.status_code == status and response.json()["error"]["detail"]
        assert files_below(folders) == [] and not Frame.objects.exists()

    def test_a_person_who_is_signed_out_is_sent_to_sign_in(self, world: World) -> None:
        response = Client().post(
            reverse("upload", args=[world.project.pk]), {"file": SimpleUploadedFile("a", b"")}
        )
        assert response.status_code == 302 and response["Location"].startswith("/login/")

    def test_z2_a_foreign_project_answers_as_a_missing_one(self, world: World) -> None:
        client = world.client("stranger")
        answers = [client.post(f"/projects/{pk}/uploads/", **JSON) for pk in (world.project.pk, 999_999)]  # type: ignore[arg-type]
        assert [answer.status_code for answer in answers] == [404, 404]
        bodies = [answer.json()["error"] for answer in answers]
        assert bodies[0].pop("request_id") != bodies[1].pop("request_id")
        assert bodies[0] == bodies[1]

    @pytest.mark.parametrize("as_form", [True, False])
    def test_z11_every_upload_needs_the_token(self, as_form: bool, world: World) -> None:
        client = world.client("manager", csrf=True)
        address = reverse("upload", args=[world.project.pk])

        def post(**headers: str) -> int:
            if as_form:
                response = client.post(address, {"file": SimpleUploadedFile("a.jpg", jpeg())}, **headers)  # type: ignore[arg-type]
            else:
                response = client.post(address, jpeg(), content_type=RAW, **headers)  # type: ignore[arg-type]
            return response.status_code

        assert post() == 403
        assert not Frame.objects.exists()
        client.get(reverse("project", args=[world.project.pk]))
        token = client.cookies["hitl_csrf"].value
        assert post(HTTP_X_CSRFTOKEN=token) == 302
        assert Frame.objects.count() == 1

    def test_z10_a_right_that_is_lost_meanwhile_stops_the_commit(
        self, world: World, folders: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from annotate.media import decode, ingest

        def decode_slowly(*arguments: Any) -> decode.Picture:
            Membership.objects.filter(user=world.people["manager"]).delete()
            return decode.decode(*arguments)

        monkeypatch.setattr(ingest, "decode", decode_slowly)
        assert send(world, "a.jpg", jpeg()).status_code == 404
        assert files_below(folders) == [] and not Frame.objects.exists()

    def test_r5_reading_the_address_is_no_way_in(self, world: World) -> None:
        assert world.client("manager").get(reverse("upload", args=[world.project.pk])).status_code == 405


class TestFullDisk:
    def test_u24_it_is_said_with_507_and_editing_is_not_touched(
        self, world: World, settings: Settings, folders: Path
    ) -> None:
        settings.MIN_FREE_BYTES = 1 << 60
        assert refused(send(world, "a.jpg", jpeg())) == (507, "disk_full")
        page = send_form(world, ("a.jpg", jpeg())).content.decode()
        assert "no room left" in page
        assert files_below(folders) == [] and Source.objects.count() == 1

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
    def test_u24_a_disk_that_fills_up_meanwhile_or_a_quota_too(
        self, code: int, world: World, monkeypatch: pytest.MonkeyPatch, folders: Path
    ) -> None:
        def full(descriptor: int) -> None:
            raise OSError(code, os.strerror(code))

        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", full)
            assert refused(send(world, "photos.zip", archive({"a.jpg": jpeg()}))) == (507, "disk_full")
            response = send_form(world, ("photos.zip", archive({"a.jpg": jpeg()})))
            assert response.status_code == 507 and "no room left" in response.content.decode()
        assert files_below(folders) == [] and not Job.objects.exists()
        assert send(world, "photos.zip", archive({"a.jpg": jpeg()})).status_code == 202


BOUNDARY = "multipart/form-data; boundary=B"
PART = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'


class TestMultipart:
    def post(self, world: World, body: bytes, kind: str = BOUNDARY) -> HttpResponse:
        address = reverse("upload", args=[world.project.pk])
        client = world.client("manager")
        client.raise_request_exception = False
        response: Any = client.post(address, body, content_type=kind, **JSON)  # type: ignore[arg-type]
        return response  # type: ignore[no-any-return]

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (b"anything", "multipart/form-data"),
            (b"anything", "multipart/form-data; boundary=" + "x" * 500),
            (b"", BOUNDARY),
            (b"--B--\r\n", BOUNDARY),
            (PART + jpeg(), BOUNDARY),
            (b"--B\r\n" + b"X: " + b"y" * 5000 + b"\r\n\r\nx\r\n--B--\r\n", BOUNDARY),
            (b"--B\r\n\r\nx\r\n" * 2000 + b"--B--\r\n", BOUNDARY),
            (PART.replace(b"file", b"other") + jpeg() + b"\r\n--B--\r\n", BOUNDARY),
            (
                (b'--B\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n' % 1) * 1500 + b"--B--\r\n",
                BOUNDARY,
            ),
            (PART[:-2] + b"Content-Transfer-Encoding: base64\r\n\r\n!!!!\r\n--B--\r\n", BOUNDARY),
            (b"\x00\xff" * 5000, "application/x-www-form-urlencoded"),
            (b"{}", "application/json"),
            (b"<xml/>", "text/xml"),
        ],
        ids=range(13),
    )
    def test_u22_odd_forms_are_refused_and_quickly(
        self, body: bytes, kind: str, world: World, folders: Path
    ) -> None:
        started = time.monotonic()
        response = self.post(world, body, kind)
        assert response.status_code == 400, response.content[:300]
        assert time.monotonic() - started < 20, "the worst took minutes"
        assert not Frame.objects.exists() and files_below(folders) == []

    def test_u22_too_many_files_at_once_are_told_the_way_out(self, world: World) -> None:
        response = self.post(world, (PART + b"x\r\n") * 101 + b"--B--\r\n")
        assert response.status_code == 400
        assert json.loads(response.content)["code"] == "too_many_files"

    def test_u22_a_script_that_sends_two_files_at_once_is_told_so(self, world: World) -> None:
        response = self.post(world, (PART + jpeg() + b"\r\n") * 2 + b"--B--\r\n")
        assert response.status_code == 400 and not Frame.objects.exists()


class TestPage:
    def test_managers_see_the_form_and_others_do_not(self, world: World) -> None:
        address = reverse("project", args=[world.project.pk])
        page = world.client("manager").get(address).content.decode()
        assert 'id="upload"' in page and "<noscript>" in page and 'enctype="multipart/form-data"' in page
        assert 'id="upload"' not in world.client("annotator").get(address).content.decode()

    def test_without_script_the_jobs_and_their_reports_are_on_the_page(self, world: World) -> None:
        send(world, "photos.zip", archive({"a.jpg": jpeg()}))
        refusal = {"name": "<b>bad</b>.jpg", "code": "truncated", "values": {}}
        Job.objects.update(result={"refused": 1, "refusals": [refusal]})
        page = world.client("manager").get(reverse("project", args=[world.project.pk])).content.decode()
        assert "photos.zip" in page and "&lt;b&gt;bad&lt;/b&gt;.jpg: The image is cut off" in page
        assert 'value="cancel"' in page

    def test_limits_are_said_in_words(self, world: World, settings: Settings) -> None:
        settings.MAX_IMAGE_BYTES, settings.MAX_UPLOAD_BYTES = 256 * 1024**2, 3 * 1024**3 // 2
        page = world.client("manager").get(reverse("project", args=[world.project.pk])).content.decode()
        assert "up to 256\xa0MB" in page and "up to 1.5\xa0GB" in page
