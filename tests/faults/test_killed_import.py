"""A worker is killed in the middle of an import: nothing of it is there, and the next worker imports all of it."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.test_worker import expire_leases
from tests.media.site import ROOT, Site, until

pytestmark = pytest.mark.faults
FRAMES, BOXES = 60, 100
KILLED_AFTER_S = (0.1, 0.6)

FILL = f"""
from uuid import uuid4
from annotate.models import Frame, Project, Source
project = Project.objects.get()
source = Source.objects.create(project=project, kind='folder', name='first')
Frame.objects.bulk_create(
    Frame(project=project, source=source, index=n, name=f'{{n}}.jpg', md5=uuid4().hex, original_md5=uuid4().hex,
          media_type='image/jpeg', width=1000, height=1000) for n in range({FRAMES}))
"""
CHECK = """
from pathlib import Path
from annotate.datasets.workplace import Workplace
from annotate.jobs import importing
from annotate.models import Project
place = Workplace.new()
place.upload.write_bytes(Path({path!r}).read_bytes())
importing.queue_check(Project.objects.get(), user=None, place=place, name='set.json')
"""
CONFIRM = """
from annotate.datasets.import_wish import ImportWish
from annotate.jobs import importing
from annotate.models import Job
importing.queue_write(Job.objects.get(kind='import'), ImportWish(), user=None)
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "data", "daphne")
    site.prepare()
    yield site
    for process in list(site.processes):
        site.stop(process, signal.SIGKILL)


def run(site: Site, code: str) -> None:
    words = [sys.executable, "-c", f"import django; django.setup()\n{code}"]
    subprocess.run(words, cwd=ROOT, env=site.environment, check=True)


def coco(path: Path) -> Path:
    images = [{"id": n, "file_name": f"{n}.jpg", "width": 1000, "height": 1000} for n in range(FRAMES)]
    annotations = [
        {"id": k, "image_id": k // BOXES, "category_id": 1, "bbox": [k % BOXES * 9, 5, 8, 8]}
        for k in range(FRAMES * BOXES)
    ]
    found = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "ship"}]}
    path.write_text(json.dumps(found))
    return path


def import_state(site: Site, step: str) -> str:
    rows = site.rows("SELECT state, payload FROM annotate_job WHERE kind = 'import'")
    return next(
        (state for state, payload in rows if f'"step": "{step}"' in payload or f'"step":"{step}"' in payload),
        "",
    )


def found(site: Site) -> tuple[int, int, int, int]:
    """Boxes, operations, labels, revisions."""
    boxes = site.value("SELECT COUNT(*) FROM annotate_box")
    operations = site.value("SELECT COUNT(*) FROM annotate_operation")
    labels = site.value("SELECT COUNT(*) FROM annotate_label")
    return boxes, operations, labels, site.value("SELECT SUM(revision) FROM annotate_frame")


def test_killed_in_the_middle_nothing_is_there_and_the_next_worker_does_it_all(
    site: Site, tmp_path: Path
) -> None:
    run(site, FILL)
    run(site, CHECK.format(path=str(coco(tmp_path / "set.json"))))
    worker = site.start("worker")
    until(lambda: import_state(site, "check") == "done", "the file is checked")
    site.stop(worker, signal.SIGKILL)
    run(site, CONFIRM)
    nothing, everything = (0, 0, 1, 0), (FRAMES * BOXES, FRAMES * BOXES, 2, FRAMES * BOXES)
    killed_at_work = 0
    for seconds in KILLED_AFTER_S:
        worker = site.start("worker")
        until(lambda: import_state(site, "write") in {"running", "done"}, "the import has begun")
        time.sleep(seconds)
        site.stop(worker, signal.SIGKILL)
        assert found(site) in (nothing, everything)
        killed_at_work += import_state(site, "write") == "running"
        expire_leases(site)
        site.rows(
            "UPDATE annotate_job SET attempts = 1 WHERE state = 'running'"
        )  # it would fail at the third
    assert killed_at_work, "otherwise nothing was tried"
    site.start("worker")
    until(lambda: import_state(site, "write") == "done", "the import is done", 90)
    assert found(site) == everything
    assert (
        site.value("SELECT COUNT(*) FROM (SELECT DISTINCT frame_id, revision FROM annotate_operation) AS one")
        == everything[1]
    )
    until(lambda: not list((site.data / "scratch" / "imports").iterdir()), "its folder is gone")
