"""Jobs carried by Celery over a real Redis: the same functions, each job once, killed workers' jobs taken up again."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

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
    code = f"import django; django.setup()\nfrom annotate.jobs.celery_app import send\nsend({job!r}, 'long')"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=site.environment, check=True)
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
