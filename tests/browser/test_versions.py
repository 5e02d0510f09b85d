"""Two dataset versions between which so much changed that a job counts: in a real browser, with a real worker."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from annotate.datasets.totals import AT_ONCE
from tests.browser.firefox import IS_CHOSEN
from tests.browser.signing_in import sign_in
from tests.browser.test_pages import barriers
from tests.media.site import ROOT, Site, running_site

pytestmark = pytest.mark.browser
COMPARISON = "/projects/1/versions/compare/"
FILL = f"""
import django
django.setup()
from uuid import uuid4
from annotate.datasets.dvc_files import md5_of
from annotate.datasets.snapshot import make_version
from annotate.media import store
from annotate.models import Box, Frame, Label, Project, Source, User
project, label, ada = Project.objects.get(), Label.objects.get(), User.objects.get(username="ada")
source = Source.objects.create(project=project, kind="folder", name="pier")
def frame(number):
    data = str(number).encode()
    path = store.path_for(md5_of(data))
    store.make_folder(path.parent)
    path.write_bytes(data)
    return Frame(project=project, source=source, index=number, name=f"{{number}}.jpg", md5=md5_of(data),
        original_md5=md5_of(data), media_type="image/jpeg", width=64, height=48, status="complete")
for numbers in ([0], range(1, {AT_ONCE + 2})):
    frames = Frame.objects.bulk_create(frame(number) for number in numbers)
    Box.objects.bulk_create(Box(id=uuid4(), frame=one, label=label, created_by=ada, created_revision=0,
        x1=5, y1=5, x2=25, y2=25) for one in frames)
    make_version(project)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site"), worker=True) as running:
        words = [sys.executable, "-c", FILL]
        done = subprocess.run(words, cwd=ROOT, env=running.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        yield running


def test_all_boxes_are_counted_while_one_looks(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.url, locale="en", bypass_csp=True)
    page, complaints = context.new_page(), list[str]()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, "ada")
    page.goto(COMPARISON)
    expect(page.locator(".compare__frame")).not_to_have_count(0)
    expect(page.locator(".compare__sums")).to_have_count(0)
    assert IS_CHOSEN or barriers(page, COMPARISON) == []
    page.get_by_role("button", name="Count all boxes").click()
    expect(page).to_have_url(re.compile(r"\?before=1&after=2$"))
    all_added = page.locator(".compare__sums tbody tr").first.locator("td[data-name=added]")
    expect(all_added).to_have_text(str(AT_ONCE + 1), timeout=30_000)
    assert IS_CHOSEN or barriers(page, COMPARISON) == []
    page.reload()
    expect(all_added).to_have_text(str(AT_ONCE + 1))
    context.close()
    assert complaints == []
