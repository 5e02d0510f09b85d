"""The pages of versions: who sees and starts what, and what a comparison shows."""

import threading

import pytest
from django.test import Client
from django.urls import reverse

from annotate.datasets.compare import KINDS
from annotate.datasets.snapshot import make_version
from annotate.datasets.versions import annotations_of
from annotate.jobs import queue
from annotate.jobs.registry import handler_of
from annotate.jobs.runner import run_claimed
from annotate.models import Box, DatasetVersion, Frame, Job, Label, User
from tests.datasets.conftest import Studio


def client_of(studio: Studio, who: str) -> Client:
    client = Client()
    client.force_login(studio.world.people[who])
    return client


def page(studio: Studio, who: str = "viewer", name: str = "versions", query: str = "") -> str:
    address = reverse(name, args=[studio.world.project.pk])
    response = client_of(studio, who).get(address + query)
    assert response.status_code == 200
    return response.content.decode()


def work_off(kind: str) -> Job:
    job = queue.claim([kind])
    assert job is not None
    run_claimed(job, threading.Event())
    job.refresh_from_db()
    return job


def test_a_manager_makes_one_and_everybody_sees_it(studio: Studio) -> None:
    studio.add(2, boxes=3)
    address = reverse("make_version", args=[studio.world.project.pk])
    response = client_of(studio, "owner").post(address, {"message": "  after\nlunch "}, follow=True)
    assert "being made" in response.content.decode()
    job = work_off(Job.Kind.SNAPSHOT)
    assert (job.state, job.result) == (Job.State.DONE, {"version": 1, "is_new": True})
    assert (job.done_units, job.total_units) == (2, 2)
    text = page(studio)
    assert "Version 1" in text
    assert "after lunch" in text
    assert "6 boxes" in text
    assert "Make a version" not in text
    assert "Restore" not in text
    assert "Make a version" in page(studio, "owner")


def test_a_job_done_again_makes_no_second_version(studio: Studio) -> None:
    """Killed after the version was stored, before the job was."""
    studio.add(1)
    client_of(studio, "owner").post(reverse("make_version", args=[studio.world.project.pk]))
    job = work_off(Job.Kind.SNAPSHOT)
    studio.draw(studio.frames[0])
    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED, lease_until=None)
    again = work_off(Job.Kind.SNAPSHOT)
    assert again.pk == job.pk
    assert again.result["version"] == 1
    assert DatasetVersion.objects.count() == 1


def test_what_cannot_be_made_says_why(studio: Studio) -> None:
    studio.add(1, status="in_progress")
    client_of(studio, "owner").post(reverse("make_version", args=[studio.world.project.pk]))
    job = work_off(Job.Kind.SNAPSHOT)
    assert job.state == Job.State.FAILED
    assert "No image is finished yet" in page(studio, "owner")
    Frame.objects.update(status="complete")
    client_of(studio, "owner").post(reverse("make_version", args=[studio.world.project.pk]))
    work_off(Job.Kind.SNAPSHOT)
    client_of(studio, "owner").post(reverse("make_version", args=[studio.world.project.pk]))
    work_off(Job.Kind.SNAPSHOT)
    assert "Nothing has changed since version 1" in page(studio, "owner")


def test_without_git_it_is_said(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.add(1)
    monkeypatch.setenv("PATH", "/nowhere")
    client_of(studio, "owner").post(reverse("make_version", args=[studio.world.project.pk]))
    assert work_off(Job.Kind.SNAPSHOT).state == Job.State.FAILED
    assert "There is no git on the server" in page(studio, "owner")


def test_a_comparison_shows_counts_pictures_and_words(studio: Studio) -> None:
    moved, gone = studio.add(2, boxes=1)
    studio.snapshot()
    author = studio.author(moved)
    author.do("set", author.boxes[0], x1=10.0, x2=60.0)
    author.do("set", author.boxes[0], label=studio.world.labels["bus"])
    Frame.objects.get(pk=gone.pk).delete()
    studio.add(1)
    studio.snapshot()
    text = page(studio, name="compare_versions")
    assert "1 image changed" in text
    assert "1 new" in text
    assert "1 no longer in it" in text
    assert "bus: moved (overlap 67 %), relabelled, was car" in text
    assert text.count('class="change--was"') == 1
    assert text.count('class="change--is"') == 1
    assert text.count('class="change--new"') == 1
    assert "The image was deleted since." in text
    assert author.user.display_name in text
    back = page(studio, name="compare_versions", query="?before=2&after=1")
    assert "1 new" in back
    assert "The same images and boxes in both" in page(
        studio, name="compare_versions", query="?before=1&after=1"
    )


def test_what_is_gone_since_is_still_compared(studio: Studio) -> None:
    """A version of somebody whose account is gone, a label and an image that were deleted, a changed name."""
    kept, gone = studio.add(2, boxes=0)
    lorry = Label.objects.create(project=studio.world.project, name="lorry", color="#0072b2")
    studio.draw(kept)
    box = studio.draw(kept, label=lorry.pk)
    studio.draw(gone, label=lorry.pk)
    maker = studio.world.people["owner"]
    studio.snapshot()
    second = studio.world.author(kept, "second")
    second.do("set", box, label=studio.world.labels["car"])
    Frame.objects.update(status="complete")
    studio.snapshot()
    Frame.objects.get(pk=gone.pk).delete()
    Box.objects.filter(label=lorry).delete()
    lorry.delete()
    maker.delete()
    second.user.delete()
    assert DatasetVersion.objects.filter(created_by=None).count() == 2
    text = page(studio, name="compare_versions")
    assert "car: relabelled, was lorry" in text
    assert second.user.display_name not in text
    back = page(studio, name="compare_versions", query="?before=2&after=1")
    assert "lorry: relabelled, was car" in back
    listed = page(studio)
    assert "Version 1" in listed and "lorry" in listed
    client = client_of(studio, "viewer")
    root = f"/api/v1/projects/{studio.world.project.pk}/versions"
    assert client.get(f"{root}/compare", {"before": 1, "after": 2}).json()["boxes"]["relabelled"] == 1
    assert [one["by"] for one in client.get(root).json()["items"]] == [None, None]
    make_version(studio.world.project)
    after = page(studio, name="compare_versions", query="?before=1&after=3")
    assert "The image was deleted since." in after and "lorry: removed" in after


def changed_versions(studio: Studio) -> None:
    """Two, between which three images changed: a box moved on each, by whoever drew it."""
    frames = studio.add(3)
    studio.snapshot()
    for frame in frames:
        author = studio.author(frame)
        author.do("set", author.boxes[0], x1=10.0, x2=60.0)
    Frame.objects.update(status="complete")
    studio.snapshot()


def test_what_would_take_long_is_counted_by_a_job(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    changed_versions(studio)
    whole = page(studio, name="compare_versions")
    assert 'id="job-table"' not in whole, "nothing will change"
    monkeypatch.setattr("annotate.views.versions.AT_ONCE", 2)
    text = page(studio, name="compare_versions")
    assert "Count all boxes" in text and "compare__sums" not in text
    assert 'id="job-table" data-address="?before=1&amp;after=2&amp;part=totals"' in text
    assert text.count('compare__frame"') == 3, "the images are shown all the same"
    address = reverse("count_difference", args=[studio.world.project.pk])
    pair = {"before": "1", "after": "2"}
    client = client_of(studio, "viewer")
    assert client.post(address, pair).headers["Location"].endswith("/versions/compare/?before=1&after=2")
    client.post(address, pair)
    assert Job.objects.filter(kind="compare").count() == 1, "the same is counted once"
    part = page(studio, name="compare_versions", query="?before=1&after=2&part=totals")
    assert 'data-busy="1"' in part and "are being counted" in part and "<html" not in part
    job = work_off(Job.Kind.COMPARE)
    assert (job.state, job.done_units, job.total_units) == ("done", 3, 3)
    text = page(studio, name="compare_versions")
    table = whole[whole.index('<table class="table compare__sums">') : whole.index("</table>")]
    assert table in text, "the same figures as where they are counted at once"
    assert table in page(studio, name="compare_versions", query="?before=1&after=2&part=totals")
    client.post(address, pair)
    assert Job.objects.filter(kind="compare").count() == 1, "what was counted stays"
    assert client.post(address, {"before": "1", "after": "9"}).status_code == 404


def test_counting_that_fails_says_why_and_can_be_asked_for_again(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed_versions(studio)
    monkeypatch.setattr("annotate.views.versions.AT_ONCE", 0)
    address = reverse("count_difference", args=[studio.world.project.pk])
    client_of(studio, "viewer").post(address, {"before": "1", "after": "2"})
    listing = studio.repository.cache.path_for(DatasetVersion.objects.get(number=1).digest)
    hidden = listing.rename(listing.with_suffix(".hidden"))
    assert work_off(Job.Kind.COMPARE).state == "failed"
    hidden.rename(listing)
    text = page(studio, name="compare_versions")
    assert (
        "The boxes could not be counted." in text
        and "not on the server" in text
        and "Count all boxes" in text
    )
    client_of(studio, "viewer").post(address, {"before": "1", "after": "2"})
    assert work_off(Job.Kind.COMPARE).state == "done"


def test_counting_says_of_files_that_cannot_be_read(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    changed_versions(studio)
    monkeypatch.setattr("annotate.views.versions.AT_ONCE", 0)
    address = reverse("count_difference", args=[studio.world.project.pk])
    listing = studio.repository.cache.path_for(DatasetVersion.objects.get(number=1).digest)
    whole = listing.read_bytes()
    listing.unlink()
    for damaged in (b"[{", b"{}", b"[1]", b'[{"md5": "0", "relpath": "no number.json"}]'):
        listing.write_bytes(damaged)
        client_of(studio, "viewer").post(address, {"before": "1", "after": "2"})
        job = work_off(Job.Kind.COMPARE)
        assert (job.state, job.attempts) == ("failed", 1), damaged
        assert "cannot be read; the log says which" in job.error and job.log
    listing.write_bytes(whole)
    listing.chmod(0o644)
    one = studio.repository.cache.path_for(
        next(iter(annotations_of(studio.repository, DatasetVersion.objects.get(number=1).digest).values()))
    )
    one.unlink()
    one.mkdir()  # an error of the system
    client_of(studio, "viewer").post(address, {"before": "1", "after": "2"})
    assert "cannot be read" in work_off(Job.Kind.COMPARE).error


def test_not_too_many_comparisons_at_once(studio: Studio) -> None:
    studio.add(1)
    for _ in range(3):
        studio.snapshot(again=True)
    address = reverse("count_difference", args=[studio.world.project.pk])
    client = client_of(studio, "viewer")
    pairs = [("1", "2"), ("1", "3"), ("2", "3"), ("3", "1")]
    said = [client.post(address, {"before": a, "after": b}, follow=True).content.decode() for a, b in pairs]
    assert ["Several comparisons are running" in text for text in said] == [False, False, False, True]
    assert Job.objects.filter(kind="compare").count() == 3


def test_the_api_says_the_same(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    changed_versions(studio)
    client = client_of(studio, "viewer")
    address = f"/api/v1/projects/{studio.world.project.pk}/versions/compare"
    at_once = client.get(address, {"before": 1, "after": 2}).json()
    author = studio.author(studio.frames[0]).user.username
    moved = {**dict.fromkeys(KINDS, 0), "moved": 3}
    assert at_once["frames"] == {"added": 0, "removed": 0, "changed": 3}
    assert (at_once["boxes"], at_once["people"], at_once["models"]) == (moved, {author: moved}, {})
    assert at_once["job"] is None
    monkeypatch.setattr("annotate.api.versions.AT_ONCE", 2)
    later = client.get(address, {"before": 1, "after": 2}).json()
    assert (later["boxes"], later["people"], later["models"], later["job"]) == (None, None, None, None)
    asked = client.post(address, {"before": 1, "after": 2}, content_type="application/json")
    assert asked.status_code == 202 and asked.json()["kind"] == "compare"
    assert client.get(address, {"before": 1, "after": 2}).json()["job"] == asked.json()["id"]
    work_off(Job.Kind.COMPARE)
    assert client.get(address, {"before": 1, "after": 2}).json() == {**at_once, "job": asked.json()["id"]}


@pytest.mark.parametrize("query", ["?before=9", "?before=x", "?after=-1", "?before=" + "9" * 40, "?before=²"])
def test_versions_that_are_not_there(studio: Studio, query: str) -> None:
    address = reverse("compare_versions", args=[studio.world.project.pk])
    assert client_of(studio, "viewer").get(address).status_code == 404
    studio.add(1)
    studio.snapshot()
    studio.snapshot(again=True)
    assert client_of(studio, "viewer").get(address + query).status_code == 404


def test_missing_files_are_said_on_both_pages(studio: Studio) -> None:
    (frame,) = studio.add(1)
    studio.snapshot()
    studio.draw(frame)
    second = studio.snapshot()
    studio.repository.cache.path_for(second.digest).unlink()
    assert page(studio).count("Its files are missing on the server") == 1
    assert "cannot be compared" in page(studio, name="compare_versions")


def test_a_manager_restores(studio: Studio) -> None:
    (frame,) = studio.add(1)
    studio.snapshot()
    studio.author(frame).do("delete", studio.author(frame).boxes[0])
    address = reverse("restore_version", args=[studio.world.project.pk, 1])
    client_of(studio, "owner").post(address)
    assert work_off(Job.Kind.RESTORE).result["changed"] == 1
    assert "Images changed: 1" in page(studio, "owner")


def test_nothing_of_a_repository_is_served(studio: Studio) -> None:
    """G7."""
    studio.add(1)
    studio.snapshot()
    admin = Client()
    admin.force_login(User.objects.create_superuser("root", "root@example.org", "x" * 12))
    number = studio.world.project.pk
    for path in (".git/HEAD", ".dvc/config", "dataset.json", f"datasets/{number}/.git/config", ".env"):
        for prefix in ("", "static/", "static../", "media/", "media../", "static/../"):
            assert admin.get(f"/{prefix}{path}").status_code in {404, 301}, prefix + path


def test_every_kind_of_work_has_its_function() -> None:
    for kind in (Job.Kind.SNAPSHOT, Job.Kind.RESTORE, Job.Kind.SYNC_DATA, Job.Kind.COMPARE):
        assert callable(handler_of(kind))
