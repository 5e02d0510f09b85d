"""A training from the button to the model that proposes, and one that is stopped: in a real browser, with a real worker
and a pipeline that trains nothing (tests/jobs/standin.py)."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from annotate.jobs.train_request import FEWEST_FRAMES, NEEDED
from tests.ai.models import constant, dense
from tests.browser.firefox import IS_CHOSEN
from tests.browser.signing_in import sign_in
from tests.browser.test_pages import barriers
from tests.jobs.trainings import give, make_code
from tests.media.site import ROOT, Site, running_site, until

pytestmark = pytest.mark.browser

FOUND = [16, 16, 20, 20, 0.9]
SHOWN = 0.41
FILL = f"""
import django
django.setup()
from uuid import uuid4
from annotate.models import Box, Frame, Label, User
from tests.jobs.carried import add_pictures
add_pictures({FEWEST_FRAMES + 1})
label, ada = Label.objects.get(), User.objects.get(username="ada")
for frame in Frame.objects.order_by("pk")[1:]:
    Box.objects.create(id=uuid4(), frame=frame, label=label, created_by=ada, created_revision=0,
        x1=5, y1=5, x2=25, y2=25)
    Frame.objects.filter(pk=frame.pk).update(status="complete")
"""
WORK = """
import sys
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
from annotate.jobs import training_folder
from annotate.training import workspace
from tests.jobs.trainings import command
training_folder.CODE_ROOT, workspace.command = Path(sys.argv[1]), command
call_command("worker")
"""
MEASURED: dict[str, Any] = {
    "onnx": "",
    "classes": ["boat"],
    "shown": SHOWN,
    "figures": {"shown_confidence": SHOWN, "precision": 0.8, "recall": 0.75, "seconds_per_frame": 21.5},
    "champion": {
        "map50_95": 0.4, "shown_confidence": 0.33, "precision": 0.6, "recall": 0.7, "seconds_per_frame": 30.5,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the pipeline; what comes out of it finds one boat in every picture."""
    folder = tmp_path_factory.mktemp("code")
    MEASURED["onnx"] = str(constant(folder / "made.onnx", dense([FOUND]), names=("boat",)))
    return make_code(folder)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, code: Path) -> Iterator[Site]:
    parts = tmp_path_factory.mktemp("parts")
    for name in NEEDED:  # the site only looks whether they are there
        (parts / name).mkdir()
    with running_site(tmp_path_factory.mktemp("site"), PYTHONPATH=str(parts)) as running:
        words = [sys.executable, "-c", FILL]
        done = subprocess.run(words, cwd=ROOT, env=running.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        with (running.data / "worker.log").open("wb") as log:
            words = [sys.executable, "-c", WORK, str(code)]
            worker = subprocess.Popen(
                words, cwd=ROOT, env=running.environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            yield running
        finally:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(10)


@pytest.fixture
def maria(browser: Browser, site: Site) -> Iterator[Page]:
    """A manager; afterwards her page may have had no error."""
    context = browser.new_context(base_url=site.url, locale="en", bypass_csp=True)
    page, complaints = context.new_page(), list[str]()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page)
    yield page
    context.close()
    assert complaints == []


def test_a_manager_trains_compares_promotes_and_the_next_detection_is_asked_with_it(
    maria: Page, site: Site, code: Path
) -> None:
    give(code, epochs=3, seconds=1.5, **MEASURED)
    maria.goto("/projects/1/training/")
    maria.get_by_role("button", name="Train", exact=True).click()
    progress = maria.locator("#training-progress")
    expect(progress.locator("[data-part=epochs]")).to_have_text(re.compile("epoch [12] of 3"), timeout=30_000)
    expect(progress.locator("[data-curve=losses] canvas")).to_be_visible()
    expect(maria.get_by_role("button", name="Stop the training")).to_be_enabled()
    maria.get_by_role("link", name="Compare and decide").click(timeout=60_000)

    expect(maria.locator("#verdict-title")).to_contain_text("The new model is better")
    table = maria.locator("table.compare").first
    for name, before, after in (
        ("Precision", "60.0", "80.0"),
        ("Recall", "70.0", "75.0"),
        ("Seconds per image", "30.5", "21.5"),
        ("Proposals from a confidence of", "0.33", "0.41"),
    ):
        row = table.get_by_role("row").filter(has=maria.get_by_role("rowheader", name=name, exact=True))
        expect(row.locator("td").nth(0)).to_have_text(before)
        expect(row.locator("td").nth(1)).to_have_text(after)
    expect(maria.get_by_label("Show proposals from a confidence of 0.41 on")).to_be_checked()
    assert IS_CHOSEN or barriers(maria, maria.url) == []
    maria.get_by_role("button", name="Promote Harbour cameras 1").click()
    expect(maria.locator("#verdict-title .tag")).to_have_text("Promoted")

    [(model, confidence)] = site.rows("SELECT model_version_id, confidence FROM annotate_project")
    assert model is not None and confidence == SHOWN
    maria.goto("/projects/1/training/")
    expect(maria.locator(".train__champion")).to_contain_text("Harbour cameras 1")
    expect(maria.locator(".train__history")).to_contain_text("confidence of 0.41 on, 0.25 before")
    proposed = "SELECT count(*) FROM annotate_box WHERE status = 'proposed' AND source = 'model'"
    until(lambda: site.value(proposed) == 1, "the image that nobody touched has the boat", 60)
    ada = site.sign_in("ada")
    answer = ada.http.post("/ai/detect", json={"frames": [1]}, headers=ada.headers)
    assert answer.status_code == 202, answer.text
    newest = (
        "SELECT model_version_id, confidence, state FROM annotate_detection "
        "JOIN annotate_job ON annotate_job.id = job_id ORDER BY annotate_detection.created_at DESC LIMIT 1"
    )
    until(lambda: site.rows(newest) == [(model, SHOWN, "done")], "the model has looked", 60)


def test_a_training_is_stopped_from_its_page(maria: Page, site: Site, code: Path) -> None:
    give(code, hang_after=1, **MEASURED)
    before = site.rows("SELECT model_version_id FROM annotate_project")
    maria.goto("/projects/1/training/")
    maria.get_by_role("button", name="Train", exact=True).click()
    expect(maria.locator("[data-part=epochs]")).to_have_text("epoch 1 of 3", timeout=30_000)
    maria.get_by_role("button", name="Stop the training").click()
    expect(maria.locator("[data-part=state_name]")).to_have_text("Stopped", timeout=30_000)
    expect(maria.locator("[data-part=message]")).to_contain_text("The model that proposes stays")
    newest = "SELECT outcome, model_version_id FROM annotate_training ORDER BY created_at DESC LIMIT 1"
    assert site.rows(newest) == [("no_model", None)]
    assert site.rows("SELECT model_version_id FROM annotate_project") == before
    maria.goto("/projects/1/training/")
    expect(maria.get_by_role("button", name="Train", exact=True)).to_be_enabled()
