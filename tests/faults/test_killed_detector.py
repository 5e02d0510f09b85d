"""A worker is killed again and again in a batch: every image is looked at once, nothing is proposed twice."""

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.ai.data import shared
from tests.ai.models import constant, dense
from tests.jobs.test_worker import expire_leases
from tests.media.site import ROOT, Site, until

pytestmark = pytest.mark.faults
KILLED_AFTER = (40, 110, 200)
ROWS = [[16, 16, 20, 20, 0.9, 0.0], [40, 40, 10, 10, 0.0, 0.6]]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "data", "daphne")
    site.prepare()
    yield site
    for process in list(site.processes):
        site.stop(process, signal.SIGKILL)


def run(site: Site, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        cwd=ROOT,
        env=site.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def fill(site: Site, folder: Path) -> int:
    """All photographs, two labels, and a small model that finds the same two boxes on each."""
    pictures = shared("bccd") / "JPEGImages"
    subprocess.run(
        [sys.executable, "manage.py", "import_folder", "1", str(pictures)],
        cwd=ROOT,
        env=site.environment,
        check=True,
        capture_output=True,
    )
    model = constant(folder / "made.onnx", dense(ROWS), names=("red", "white"))
    run(
        site,
        "import shutil\n"
        "from annotate.models import Label, Project\n"
        "from annotate.detection.versions import path_of, register\n"
        "for name in ('red', 'white'):\n"
        "    Label.objects.create(project=Project.objects.get(), name=name, color='#112233')\n"
        f"version = register(name='made', suffix='onnx', sha256={hashlib.sha256(model.read_bytes()).hexdigest()!r}, "
        "classes=['red', 'white'], image_size=64)\n"
        "path_of(version).parent.mkdir(parents=True)\n"
        f"shutil.copy({str(model)!r}, path_of(version))\n",
    )
    return len(list(pictures.glob("*.jpg")))


def looked_at(site: Site, count: int) -> bool:
    found: int = site.value("SELECT COUNT(*) FROM annotate_detectionframe")
    return found >= count


def test_every_image_of_a_batch_is_looked_at_once(site: Site, tmp_path: Path) -> None:
    total = fill(site, tmp_path)
    assert total == 292
    run(
        site,
        "from annotate.detection.request import Wish\n"
        "from annotate.jobs.detect import start_detection\n"
        "from annotate.models import Project\n"
        "start_detection(Project.objects.get(), Wish(None), user=None, trigger='command')\n",
    )
    for count in KILLED_AFTER:
        worker = site.start("worker")
        until(partial(looked_at, site, count), f"{count} images were looked at", 60)
        assert site.stop(worker, signal.SIGKILL) == -signal.SIGKILL
        expire_leases(site)
        site.rows(
            "UPDATE annotate_job SET attempts = 1 WHERE state = 'running'"
        )  # it would fail at the third
    site.start("worker")
    until(
        lambda: site.rows("SELECT state FROM annotate_job WHERE kind = 'detect_many'") == [("done",)],
        "done",
        90,
    )
    assert site.value("SELECT COUNT(DISTINCT frame_id) FROM annotate_detectionframe") == total
    assert site.value("SELECT COUNT(*) FROM annotate_detectionframe") == total
    assert site.value("SELECT COUNT(*) FROM annotate_proposal") == 2 * total
    result = json.loads(site.value("SELECT result FROM annotate_job WHERE kind = 'detect_many'"))
    assert (result["proposed"], result["replaced"], result["left_out"]) == (2 * total, 0, {})
    boxes = "SELECT frame_id FROM annotate_box WHERE deleted_revision IS NULL GROUP BY frame_id HAVING COUNT(*) = 2"
    assert len(site.rows(boxes)) == total
    assert site.value("SELECT SUM(revision) FROM annotate_frame") == 2 * total, "each box is one operation"
