"""Archives and videos as jobs: interrupted wherever it may be, taken up again, cancelled, repeated."""

import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from annotate.jobs import ingest
from annotate.jobs.ingest import ARCHIVE, VIDEO, new_upload, queue_ingest, upload_of
from annotate.jobs.run import JobRun, Stopping
from annotate.jobs.runner import Runner
from annotate.jobs.worker import tidy
from annotate.media import store
from annotate.media.video import Rate
from annotate.models import Frame, Job, Source
from tests.media import pictures
from tests.media.conftest import World, files_below
from tests.media.pictures import archive, jpeg, numbered


def send(
    world: World, data: bytes, what: str = ARCHIVE, name: str = "photos.zip", rate: Rate | None = None
) -> Job:
    path = new_upload()
    path.write_bytes(data)
    source = Source.objects.create(project=world.project, kind=what, name=name)
    return queue_ingest(what, source=source, user=world.people["manager"], upload=path, rate=rate)


def work(stop: threading.Event | None = None) -> None:
    assert Runner("long", stop or threading.Event()).run_one()


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def images(count: int, first: int = 0) -> dict[str, bytes]:
    return {f"{number:03d}.png": numbered(number) for number in range(first, first + count)}


def test_an_archive_becomes_frames_in_its_order_with_a_report(world: World, folders: Path) -> None:
    files = {**images(5), "broken.jpg": jpeg()[:300], "notes.txt": b"x", "again.png": numbered(3)}
    job = send(world, archive(files))
    work()
    done = fresh(job)
    assert (done.state, done.done_units, done.total_units) == (Job.State.DONE, 8, 8)
    report = {key: done.result[key] for key in ("added", "duplicates", "refused", "left_out")}
    assert report == {"added": 5, "duplicates": 1, "refused": 1, "left_out": 1}
    assert [each["name"] for each in done.result["refusals"]] == ["broken.jpg"]
    source = Source.objects.get(kind=Source.Kind.ARCHIVE)
    assert list(source.frames.order_by("index").values_list("name", flat=True)) == sorted(images(5))
    assert not upload_of(job).exists(), "the archive has done its service"


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"../evil.jpg": jpeg()}, "archive_path"),
        ({f"{n}.jpg": bytes(9_000_000) for n in range(3)}, "archive_ratio"),
    ],
)
def test_u6_u7_a_hostile_archive_adds_nothing_and_is_not_kept(
    files: dict[str, bytes], code: str, world: World, folders: Path
) -> None:
    job = send(world, archive({**images(2), **files}))
    work()
    assert fresh(job).state == Job.State.DONE and fresh(job).result["refusal"]["code"] == code
    assert not Frame.objects.exists() and files_below(folders) == []
    assert not Source.objects.filter(kind=Source.Kind.ARCHIVE).exists()


def test_a_video_becomes_frames_at_the_chosen_rate(world: World, tmp_path: Path) -> None:
    data = pictures.video(tmp_path / "clip.mp4", frames=50, rate=25).read_bytes()
    job = send(world, data, VIDEO, "harbour north.mp4", Rate(per_second=2))
    work()
    assert fresh(job).result["added"] == 4
    frames = Source.objects.get(kind=Source.Kind.VIDEO).frames.order_by("index")
    assert [(frame.name, frame.index) for frame in frames] == [
        (f"harbour north_{number:06d}.jpg", number) for number in (0, 13, 25, 38)
    ]


def test_the_same_video_at_a_finer_rate_adds_what_is_between(world: World, tmp_path: Path) -> None:
    data = pictures.video(tmp_path / "clip.mp4", frames=20, rate=10).read_bytes()
    for every in (10, 5):
        job = send(world, data, VIDEO, "clip.mp4", Rate(every=every))
        work()
    assert fresh(job).result["added"] == 2 and fresh(job).result["duplicates"] == 2
    source = Source.objects.get(kind=Source.Kind.VIDEO)
    assert list(source.frames.order_by("index").values_list("index", flat=True)) == [0, 5, 10, 15]


def test_u29_a_video_longer_than_allowed_says_so(world: World, tmp_path: Path, settings: Settings) -> None:
    settings.MAX_VIDEO_FRAMES = 3
    data = pictures.video(tmp_path / "clip.mp4", frames=20, rate=10).read_bytes()
    job = send(world, data, VIDEO, "clip.mp4", Rate(every=1))
    work()
    assert fresh(job).result["refusal"]["code"] == "video_too_long" and not Frame.objects.exists()


class Interruption:
    """Interrupts the job after some units, as a stop, a crash or a lost lease would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, units: int, error: BaseException) -> None:
        self.patch, self.units, self.error = monkeypatch, units, error

    def __enter__(self) -> None:
        advance = JobRun.advance

        def interrupted(run: JobRun, units: int = 1) -> None:
            advance(run, units)
            if run.done == self.units:
                raise self.error

        self.patch.setattr(JobRun, "advance", interrupted)

    def __exit__(self, *_: Any) -> None:
        self.patch.undo()


@pytest.mark.parametrize("error", [Stopping(), RuntimeError("a bug")], ids=["stop", "error"])
def test_u20_taken_up_again_nothing_is_doubled_or_missing(
    error: BaseException, world: World, folders: Path, settings: Settings
) -> None:
    job = send(world, archive(images(6)))
    # A patch of its own: undo would take the folders of the fixture along.
    with Interruption(pytest.MonkeyPatch(), 4, error):
        work()
    assert fresh(job).state == Job.State.QUEUED and Frame.objects.count() == 4
    assert upload_of(job).exists(), "the next attempt needs it"
    Job.objects.update(lease_until=None)
    work()
    done = fresh(job)
    assert (done.state, done.result["added"], done.result["duplicates"]) == (Job.State.DONE, 6, 0)
    assert sorted(Frame.objects.values_list("index", flat=True)) == list(range(6))
    assert not upload_of(job).exists()


def test_a_cancelled_job_keeps_what_was_added_and_not_the_archive(world: World) -> None:
    job = send(world, archive(images(6)))
    advance = JobRun.advance

    def cancelled(run: JobRun, units: int = 1) -> None:
        if run.done == 2:
            ingest.cancel(Job.objects.get(pk=run.job.pk))
            run._last_write = 0.0
        advance(run, units)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JobRun, "advance", cancelled)
        work()
    assert fresh(job).state == Job.State.CANCELLED and Frame.objects.count() == 3
    assert fresh(job).result["added"] == 3 and not upload_of(job).exists()


def test_a_job_cancelled_before_it_began_leaves_nothing(world: World, folders: Path) -> None:
    job = send(world, archive(images(2)))
    ingest.cancel(job)
    assert job.state == Job.State.CANCELLED and files_below(folders) == []
    assert not Source.objects.filter(kind=Source.Kind.ARCHIVE).exists()


def test_a_failed_job_can_be_repeated_as_long_as_its_file_is_there(world: World) -> None:
    job = send(world, archive(images(3)))
    Job.objects.update(state=Job.State.FAILED, attempts=3, finished_at=timezone.now())
    job = fresh(job)
    assert ingest.may_retry(job) and ingest.retry(job)
    work()
    assert fresh(job).state == Job.State.DONE and Frame.objects.count() == 3
    assert not ingest.may_retry(fresh(job)) and not ingest.retry(fresh(job))


def test_an_upload_that_is_gone_is_told(world: World) -> None:
    job = send(world, archive(images(3)))
    upload_of(job).unlink()
    work()
    assert fresh(job).result["refusal"]["code"] == "upload_gone"


def test_u24_a_disk_that_fills_up_ends_the_job_and_keeps_what_was_added(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = send(world, archive(images(6)))
    advance = JobRun.advance

    def fill(run: JobRun, units: int = 1) -> None:
        advance(run, units)
        settings.MIN_FREE_BYTES = 1 << 60 if run.done >= 2 else 0

    monkeypatch.setattr(JobRun, "advance", fill)
    work()
    assert fresh(job).result["refusal"]["code"] == "disk_full" and fresh(job).result["added"] == 2
    assert Frame.objects.count() == 2


@pytest.mark.parametrize("what", ["source", "project"])
def test_what_is_deleted_under_its_hands_ends_the_job_quietly(
    what: str, committed_world: World, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = send(committed_world, archive(images(4)))
    path = upload_of(job)
    advance = JobRun.advance

    def delete(run: JobRun, units: int = 1) -> None:
        if run.done == 1:
            (
                committed_world.project if what == "project" else Source.objects.get(pk=run.payload["source"])
            ).delete()
        advance(run, units)

    monkeypatch.setattr(JobRun, "advance", delete)
    work()
    assert [each.state for each in Job.objects.filter(pk=job.pk)] == (["done"] if what == "source" else [])
    assert not Frame.objects.exists() and not path.exists()
    assert not [name for name in files_below(folders) if name.startswith("store/")]


def test_a_source_deleted_while_the_job_waited_ends_it(world: World, folders: Path) -> None:
    job = send(world, archive(images(4)))
    Source.objects.filter(kind=Source.Kind.ARCHIVE).delete()
    work()
    assert fresh(job).state == Job.State.DONE and files_below(folders) == []


def test_tidying_up_forgets_what_nobody_needs_any_more(world: World) -> None:
    long_ago = timezone.now() - timedelta(days=3)
    waiting = send(world, archive(images(1)), name="waiting")
    failed = send(world, archive(images(1)), name="failed")
    forgotten = send(world, archive(images(1)), name="forgotten")
    Job.objects.filter(pk=failed.pk).update(state=Job.State.FAILED, finished_at=timezone.now())
    Job.objects.filter(pk=forgotten.pk).update(state=Job.State.CANCELLED, finished_at=long_ago)
    Source.objects.update(created_at=long_ago)
    for job in (waiting, failed, forgotten):
        os.utime(upload_of(job), (1, 1))
    tidy()
    assert [upload_of(job).exists() for job in (waiting, failed, forgotten)] == [True, True, False]
    names = set(Source.objects.filter(kind=Source.Kind.ARCHIVE).values_list("name", flat=True))
    assert names == {"waiting", "failed"}
    assert Source.objects.filter(pk=world.source.pk).exists(), (
        "of single images: others may be just adding one"
    )


def test_thumbnails_are_made_in_order_and_a_broken_image_stops_none(world: World) -> None:
    send(world, archive(images(4)))
    work()
    frames = list(Frame.objects.order_by("pk"))
    store.path_for(frames[1].md5).unlink()
    assert Runner("quick", threading.Event()).run_one()
    made = [store.thumbnail_path(frame.md5).exists() for frame in frames]
    assert made == [True, False, True, True]
    job = Job.objects.filter(kind=Job.Kind.THUMBNAIL).order_by("created_at").first()
    assert job is not None and job.result == {"made": 3, "failed": 1}
