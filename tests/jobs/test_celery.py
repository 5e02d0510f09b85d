"""Jobs carried by Celery over a real Redis: the same functions, each job once, killed workers' jobs taken up again."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.jobs.carried import FRAMES
from tests.jobs.test_worker import IMAGES, check_exact, enqueue, expire_leases, has_stored, ingest_jobs, noise
from tests.media.pictures import archive
from tests.media.site import ROOT, Site, until
from tests.services import RedisServer, ServiceUnavailable

pytestmark = [pytest.mark.faults, pytest.mark.redis]


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    try:
        with RedisServer() as server:
            yield server
    except ServiceUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def site(tmp_path: Path, redis: RedisServer) -> Iterator[Site]:
    site = Site(tmp_path, "daphne", {"HITL_REDIS_URL": redis.url, "HITL_JOB_ENGINE": "celery"})
    site.prepare()
    yield site
    for process in list(site.processes):
        site.stop(process, signal.SIGKILL)


@pytest.fixture(scope="module")
def photos() -> bytes:
    return archive({f"{number:03d}.jpg": noise(number) for number in range(IMAGES)})


def done(site: Site) -> bool:
    return ingest_jobs(site, "state") == [("done",)]


def words(code: str) -> list[str]:
    return [sys.executable, "-c", f"import django; django.setup()\n{code}"]


def run(site: Site, code: str) -> None:
    subprocess.run(words(code), cwd=ROOT, env=site.environment, check=True)


def test_a_job_reaches_its_worker_and_is_done_once(site: Site, photos: bytes) -> None:
    site.start("worker", "--lanes", "long")
    enqueue(site, photos)
    until(partial(done, site), "the job is done", 60)
    check_exact(site)
    assert ingest_jobs(site, "attempts") == [(1,)]


def test_a_message_that_comes_twice_changes_nothing(site: Site, photos: bytes) -> None:
    worker = site.start("worker", "--lanes", "long")
    job = enqueue(site, photos)
    until(partial(done, site), "the job is done", 60)
    for _ in range(2):
        run(site, f"from annotate.jobs.celery_app import send\nsend({job!r}, 'long')")
    second = enqueue(site, photos, "again.zip")
    until(lambda: dict(ingest_jobs(site, "state, attempts")) == {"done": 1}, "the next job is done", 60)
    assert len(ingest_jobs(site, "id")) == 2 and second != job
    assert worker.poll() is None


def test_the_job_of_a_killed_worker_is_taken_up_again(site: Site, photos: bytes) -> None:
    worker = site.start("worker", "--lanes", "long")
    enqueue(site, photos)
    until(partial(has_stored, site, 3), "it has begun", 60)
    site.stop(worker, signal.SIGKILL)
    expire_leases(site)
    site.start("worker", "--lanes", "long")
    until(partial(done, site), "another worker has done the job", 90)
    check_exact(site)
    assert ingest_jobs(site, "attempts") == [(2,)]


def test_a_job_whose_message_was_lost_is_found(site: Site, photos: bytes) -> None:
    """Queued while Redis was away: nothing was sent."""
    site.settings["HITL_REDIS_URL"], url = "redis://127.0.0.1:1/0", site.settings["HITL_REDIS_URL"]
    enqueue(site, photos)
    site.settings["HITL_REDIS_URL"] = url
    site.start("worker", "--lanes", "long")
    until(partial(done, site), "the job is done", 60)
    check_exact(site)


def jobs(site: Site, kind: str) -> list[tuple[str, int, int]]:
    return site.rows(
        f"SELECT state, attempts, done_units FROM annotate_job WHERE kind = {kind!r}"  # noqa: S608
    )


def test_nobody_waits_for_a_batch_of_detections(site: Site) -> None:
    """One worker with all its lanes; somebody asks for one picture while all are looked at."""
    site.start("worker")
    run(site, "from tests.jobs.carried import ask_for_detections\nask_for_detections()")
    until(lambda: jobs(site, "detect_many") == [("done", 1, FRAMES)], "the batch is done", 60)
    assert jobs(site, "detect") == [("done", 1, 1)] * 2
    assert site.rows(ENDED) == [("detect",), ("detect",), ("detect_many",)]
    assert site.rows(LOOKED_AT) == [("frame", 1, 1), ("frame", 1, 1), ("project", FRAMES, FRAMES)]
    assert site.rows(BOXES) == [(1,)] * FRAMES


ENDED = "SELECT kind FROM annotate_job WHERE kind LIKE 'detect%' ORDER BY finished_at"
LOOKED_AT = (
    "SELECT d.scope, COUNT(*), COUNT(DISTINCT f.frame_id) FROM annotate_detection d"
    " JOIN annotate_detectionframe f ON f.detection_id = d.id GROUP BY d.id ORDER BY d.scope"
)
BOXES = "SELECT COUNT(*) FROM annotate_box WHERE deleted_revision IS NULL GROUP BY frame_id"


def test_a_detection_of_a_killed_worker_is_taken_up_again(site: Site) -> None:
    """Where it was: every picture is looked at once, and the job counts what both workers did."""
    worker = site.start("worker", "--lanes", "batch")
    run(site, "from tests.jobs.carried import ask_for_a_batch\nask_for_a_batch()")
    until(lambda: site.value("SELECT COUNT(*) FROM annotate_detectionframe") >= 3, "it has begun", 60)
    site.stop(worker, signal.SIGKILL)
    expire_leases(site)
    assert site.value("SELECT COUNT(*) FROM annotate_detectionframe") < FRAMES
    site.start("worker", "--lanes", "batch")
    until(lambda: jobs(site, "detect_many") == [("done", 2, FRAMES)], "another worker has done the rest", 90)
    assert site.rows(LOOKED_AT) == [("project", FRAMES, FRAMES)]
    assert site.rows(BOXES) == [(1,)] * FRAMES
    result = json.loads(site.value("SELECT result FROM annotate_job WHERE kind = 'detect_many'"))
    assert (result["proposed"], result["left_out"]) == (FRAMES, {})


def test_a_training_goes_through_its_lane(site: Site, tmp_path: Path) -> None:
    code = f"from tests.jobs.carried import work_at_trainings\nwork_at_trainings({str(tmp_path / 'code')!r})"
    with (tmp_path / "worker.log").open("ab") as log:
        worker = subprocess.Popen(words(code), cwd=ROOT, env=site.environment, stdout=log, stderr=log)
    site.processes.append(worker)
    run(site, "from tests.jobs.carried import ask_for_a_training\nask_for_a_training()")
    until(lambda: jobs(site, "train") == [("done", 1, 3)], "the training is done", 60)
    assert site.rows("SELECT outcome FROM annotate_training WHERE finished_at IS NOT NULL") == [
        ("challenger",)
    ]
    assert site.value("SELECT COUNT(*) FROM annotate_modelversion") == 1
