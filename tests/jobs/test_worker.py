"""``manage.py worker`` as a process: asked to stop, killed, started without a database, started twice."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.media.pictures import archive
from tests.media.site import FILL, ROOT, Site, until
from tests.prepared import fill
from tests.services import PostgresServer

pytestmark = pytest.mark.faults
IMAGES = 72  # more than a quick machine takes in before it is stopped or killed


def noise(number: int) -> bytes:
    """A picture that takes some time to decode and to store."""
    values = np.random.default_rng(number).integers(0, 255, (600, 800, 3)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "JPEG", quality=80)
    return file.getvalue()


@pytest.fixture(scope="module")
def photos() -> bytes:
    return archive({f"{number:03d}.jpg": noise(number) for number in range(IMAGES)})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Without a web server: jobs are put into the queue by hand."""
    site = Site(tmp_path, "daphne")
    site.prepare()
    yield site
    for process in list(site.processes):
        site.stop(process, signal.SIGKILL)


def enqueue(site: Site, data: bytes, name: str = "photos.zip") -> str:
    """As the upload does; the id of the job."""
    upload = site.data / "incoming.zip"
    upload.write_bytes(data)
    code = (
        "import django; django.setup()\n"
        "import shutil\n"
        "from annotate.jobs.ingest import *\n"
        "path = new_upload()\n"
        f"shutil.copy({str(upload)!r}, path)\n"
        "user = User.objects.get(username='maria')\n"
        f"source = Source.objects.create(project=Project.objects.get(), kind='archive', name={name!r})\n"
        "print(queue_ingest(ARCHIVE, source=source, user=user, upload=path).pk)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=site.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def stored(site: Site) -> int:
    return sum(
        1 for path in (site.data / "store").rglob("*") if path.is_file() and not path.name.startswith(".")
    )


def has_stored(site: Site, count: int) -> bool:
    return stored(site) >= count


def wait_until_done(site: Site, job: str) -> None:
    until(lambda: f"job {job} ingest: done" in site.log("worker"), "the job is done", 60)


def check_exact(site: Site) -> None:
    """Every image once: as a row, as an index, as a file; and nothing else."""
    rows = site.rows('SELECT "index", name FROM annotate_frame ORDER BY "index"')
    assert rows == [(number, f"{number:03d}.jpg") for number in range(IMAGES)]
    assert stored(site) == IMAGES
    assert ingest_jobs(site, "state") == [("done",)]
    assert not list((site.data / "scratch" / "jobs").iterdir())


def ingest_jobs(site: Site, columns: str) -> list[tuple[Any, ...]]:
    return site.rows(f"SELECT {columns} FROM annotate_job WHERE kind = 'ingest'")  # noqa: S608


def expire_leases(site: Site) -> None:
    """Instead of waiting for 30 s."""
    site.rows("UPDATE annotate_job SET lease_until = '2020-01-01 00:00:00' WHERE state = 'running'")


def test_asked_to_stop_it_gives_its_job_back_and_ends_well(site: Site, photos: bytes) -> None:
    worker = site.start("worker")
    job = enqueue(site, photos)
    until(partial(has_stored, site, 3), "it has begun", 60)
    assert site.stop(worker, signal.SIGTERM) == 0
    assert f"job {job} ingest: given back" in site.log("worker")
    assert "worker stopped\n" in site.log("worker")
    assert ingest_jobs(site, "state, attempts") == [("queued", 0)]
    assert site.value("SELECT COUNT(*) FROM annotate_frame") == stored(site) < IMAGES
    worker = site.start("worker")
    wait_until_done(site, job)
    check_exact(site)
    assert site.stop(worker, signal.SIGINT) == 0, "and so it does when it is idle"


def test_u20_killed_in_the_middle_of_an_archive_it_is_taken_up_without_doubles(
    site: Site, photos: bytes
) -> None:
    job = enqueue(site, photos)
    for attempt in (1, 2):
        worker = site.start("worker")
        until(partial(has_stored, site, 6 * attempt), "some images are there", 60)
        site.stop(worker, signal.SIGKILL)
        assert ingest_jobs(site, "state, attempts") == [("running", attempt)], "nobody has noticed yet"
        expire_leases(site)
    site.start("worker")
    wait_until_done(site, job)
    assert "were left by a worker that is gone" in site.log("worker")
    check_exact(site)
    [(result,)] = ingest_jobs(site, "result")
    report = json.loads(result)
    assert (report["added"], report["duplicates"], report["refused"]) == (IMAGES, 0, 0)


def test_two_workers_share_the_work_and_double_nothing(site: Site, photos: bytes) -> None:
    jobs = [enqueue(site, photos, f"{number}.zip") for number in range(2)]
    for _ in range(2):
        site.start("worker")
    for job in jobs:
        wait_until_done(site, job)
    assert site.log("worker").count("ingest: done") == 2
    assert ingest_jobs(site, "attempts") == [(1,), (1,)]
    assert site.value("SELECT COUNT(*) FROM annotate_frame") == stored(site) == IMAGES


def warnings(site: Site) -> int:
    return site.log("worker").count("the database cannot be reached")


def test_started_before_the_tables_are_there_it_waits_quietly(tmp_path: Path, photos: bytes) -> None:
    site = Site(tmp_path, "daphne")
    worker = site.start("worker")
    try:
        until(lambda: warnings(site) >= 2, "it says what it waits for")
        before = processor_seconds(worker.pid)
        until(lambda: warnings(site) >= 4, "it goes on waiting")
        assert processor_seconds(worker.pid) - before < 1, "it spins"
        assert worker.poll() is None
        fill(site.environment, FILL)
        wait_until_done(site, enqueue(site, photos))
        check_exact(site)
    finally:
        site.stop(worker)


@pytest.mark.skipif(not PostgresServer.available(), reason="PostgreSQL is not installed")
def test_started_before_the_database_server_it_waits_and_survives_its_crash(
    tmp_path: Path, photos: bytes
) -> None:
    server = PostgresServer()
    site = Site(tmp_path, "daphne", {"HITL_DATABASE_URL": server.url, "HITL_SECRET_KEY": "k" * 40})
    worker = site.start("worker")
    try:
        until(lambda: warnings(site) >= 1, "it waits", 60)
        with server:
            site.prepare()
            job = enqueue(site, photos)
            until(partial(has_stored, site, 6), "it has begun", 60)
            server.restart(mode="immediate")

            def is_done() -> bool:
                # Once: with a lane more, or a slow machine, the next attempt is at work by the time this looks again.
                site.rows(
                    "UPDATE annotate_job SET lease_until = '2020-01-01 00:00:00' "
                    "WHERE state = 'running' AND attempts = 1"
                )
                return f"job {job} ingest: done" in site.log("worker")

            until(is_done, "it is taken up again", 60)
            check_exact(site)
            assert worker.poll() is None
            assert site.stop(worker) == 0
    finally:
        if worker in site.processes:
            site.stop(worker, signal.SIGKILL)


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_well(site: Site) -> bool:
    words = [sys.executable, "deploy/healthcheck.py", "pulse"]
    return subprocess.run(words, cwd=ROOT, env=site.environment).returncode == 0


def test_its_container_knows_whether_it_goes_round(site: Site) -> None:
    folder = site.data / "pulse"
    site.settings["HITL_PULSE_DIR"] = str(folder)
    assert not is_well(site)
    worker = site.start("worker")

    def heard_of() -> set[str]:
        return {file.name for file in folder.iterdir()} if folder.exists() else set()

    # By their names, and never by how many: in whatever order the parts begin, these come.
    until(
        lambda: {"worker", "webhooks", "lane-detect", "lane-long"} <= heard_of(),
        "every part was heard of",
        60,
    )
    names = heard_of()
    assert is_well(site)

    worker.send_signal(signal.SIGSTOP)  # as a machine that hangs
    for name in names:
        os.utime(folder / name, (0, 0))
    assert not is_well(site)
    worker.send_signal(signal.SIGCONT)
    until(lambda: is_well(site), "it goes round again", 30)
    assert site.stop(worker) == 0
