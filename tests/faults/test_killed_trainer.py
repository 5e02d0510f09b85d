"""A worker is killed while its pipeline trains: the next one follows the same pipeline, and nothing is done twice."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate.jobs.processes import MARK
from tests.jobs.trainings import make_code
from tests.media.site import ROOT, Site, until

pytestmark = pytest.mark.faults

EPOCHS = 8
STAND_IN = """
import sys
from pathlib import Path
import django
django.setup()
from annotate.jobs import training_course, training_folder
from annotate.training import workspace
from tests.jobs.trainings import command
training_folder.CODE_ROOT = Path(sys.argv[1])
training_course.LOOK_S = 0.05
workspace.command = command
"""
FILL = f"""{STAND_IN}
from annotate.jobs import train_request
from annotate.jobs.train import start_training
from tests.datasets.conftest import Studio
from tests.sync.world import make_world
studio = Studio(make_world())
studio.add(12)
print(start_training(studio.world.project, train_request.TrainWish(), user=None, trigger="command").pk)
"""
WORK = f"""{STAND_IN}
from annotate.jobs.worker import Worker
Worker(["train"]).run()
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "data", "daphne")
    site.prepare()
    yield site
    for process in site.processes:
        process.kill()
        process.wait(10)


def run_python(site: Site, code: str, folder: Path) -> str:
    words = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(words, cwd=ROOT, env=site.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def start_worker(site: Site, folder: Path) -> subprocess.Popen[bytes]:
    with (site.data / "worker.log").open("ab") as log:
        words = [sys.executable, "-c", WORK, str(folder)]
        worker = subprocess.Popen(words, cwd=ROOT, env=site.environment, stdout=log, stderr=log)
    site.processes.append(worker)
    return worker


def test_a_killed_worker_leaves_a_training_that_the_next_one_finishes(site: Site, tmp_path: Path) -> None:
    code = make_code(tmp_path / "code", epochs=EPOCHS, seconds=1.0)
    key = uuid.UUID(run_python(site, FILL, code))
    workspace = site.data / "trainings" / str(key)
    done = workspace / "epochs-done"

    first = start_worker(site, code)
    until(lambda: done.exists() and len(done.read_text().split()) >= 2, "two epochs are done")
    os.kill(first.pid, signal.SIGKILL)
    first.wait(10)
    assert (workspace / MARK).exists()
    assert site.value("SELECT state FROM annotate_job WHERE kind = 'train'") == "running"

    site.rows("UPDATE annotate_job SET lease_until = '2020-01-01 00:00:00'")
    start_worker(site, code)
    outcome = "SELECT outcome FROM annotate_training"
    until(lambda: site.value(outcome) != "", f"the training ends\n{site.log('worker')}", 60)
    assert site.value(outcome) == "challenger"
    assert done.read_text().split() == [str(number) for number in range(1, EPOCHS + 1)]
    assert site.value("SELECT attempts FROM annotate_job WHERE kind = 'train'") == 2
    until(
        lambda: site.value("SELECT state FROM annotate_job WHERE kind = 'train'") == "done", "so does its job"
    )
    assert not (workspace / MARK).exists()
