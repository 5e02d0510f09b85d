"""The main job, with a real model on a painted picture and on a photograph: three people sign in, two work on one
image, and the third sees it in the figures."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.ai.data import bus, weights
from tests.browser.audit_site import AuditSite, running_audit
from tests.browser.editor import close
from tests.browser.editor_site import FRAMES
from tests.browser.pages_site import BASE
from tests.browser.test_audit import Auditor

pytestmark = pytest.mark.browser
STREET = FRAMES + 1
FILL = """
import django
django.setup()
import shutil
from annotate.ai.coco import COCO_CLASSES
from annotate.demo.scenes import scenes
from annotate.demo.seed import jpeg_of
from annotate.detection.versions import path_of, register
from annotate.media.ingest import add_image
from annotate.models import Project, Source
project = Project.objects.get()
street = next(scene for scene in scenes() if scene.name == "street-noon.jpg")
add_image(project, Source.objects.get(), street.name, jpeg_of(street))
version = register(name="YOLO11n", suffix="onnx", sha256={sha256!r}, classes=list(COCO_CLASSES), image_size=640,
                   catalogue_key="yolo11n")
path_of(version).parent.mkdir(parents=True, exist_ok=True)
shutil.copyfile({file!r}, path_of(version))
project.model_version = version
project.save()
"""
PHOTOGRAPH = """
import django
django.setup()
from pathlib import Path
from annotate.media.ingest import add_image
from annotate.models import Project, Source
added = add_image(Project.objects.get(), Source.objects.get(), "bus.jpg", Path({file!r}).read_bytes())
print(added.frame.pk)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuditSite]:
    file, pin = weights("yolo11n")
    with running_audit(tmp_path_factory.mktemp("main")) as running:
        code = FILL.format(sha256=pin.sha256, file=str(file))
        subprocess.run([sys.executable, "-c", code], cwd=BASE, env=running.environment, check=True)
        yield running


def add_photograph(site: AuditSite, folder: Path) -> int:
    """The bus that comes with Ultralytics; skips where that is not installed. Returns the frame."""
    file = folder / "bus.jpg"
    Image.fromarray(bus()).save(file, quality=95)
    code = PHOTOGRAPH.format(file=str(file))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BASE, env=site.environment, check=True, capture_output=True
    )
    return int(done.stdout)


def signed_in(browser: Browser, site: AuditSite, name: str) -> Auditor:
    """By the form, as anybody."""
    auditor = Auditor(browser, site, name)
    auditor.context.clear_cookies()
    auditor.page.goto("/projects/1/")
    auditor.page.wait_for_url(re.compile("/login/"))
    auditor.sign_in(name)
    expect(auditor.page).to_have_url(re.compile("/projects/1/$"))
    return auditor


@pytest.mark.parametrize("subject", ["painted street", "photograph"])
def test_one_detects_and_judges_the_other_and_the_figures_see_it(
    browser: Browser, site: AuditSite, subject: str, tmp_path: Path
) -> None:
    frame, least = (STREET, 8) if subject == "painted street" else (add_photograph(site, tmp_path), 4)
    ada, linus, maria = (signed_in(browser, site, name) for name in ("ada", "linus", "maria"))
    ada.audit(frame)
    linus.audit(frame)
    ada.press("Shift+D")
    with site.worker():
        ada.page.locator("#detect").get_by_role("button", name="Detect on this image").click()
        expect(ada.page.locator("#detect")).to_contain_text("Done: ", timeout=60_000)
        expect(ada.page.locator("#announcements")).to_contain_text("Done: ")
    ada.press("Escape", "Tab")
    count = int(ada.page.locator("#boxes-count").inner_text())
    assert count >= least
    if subject == "photograph":
        labels = [row.label for row in ada.rows()]
        assert labels.count("bus") == 1
        assert labels.count("person") >= 3
    expect(linus.page.locator("#boxes-count")).to_have_text(str(count))
    ada.press("a")
    expect(linus.count).to_contain_text(f"{count - 1} of {count} to judge")
    maria.page.goto("/projects/1/figures/")
    figure = maria.page.locator("[data-figure=classes]")
    figure.get_by_text("As a table").click()
    before = figure.get_by_role("table").inner_text()
    ada.press("s", "d")
    expect(linus.count).to_contain_text(f"{count - 3} of {count} to judge · 1 undecided")
    said = [(outcome, feedback) for _label, outcome, feedback in site.verdicts(frame) if feedback]
    assert sorted(said) == [("accepted", "positive"), ("open", "neutral"), ("rejected", "negative")]
    expect(figure.get_by_role("table")).not_to_have_text(before, timeout=30_000)
    assert close([ada, linus, maria]) == []
