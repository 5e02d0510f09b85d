"""Two people label one image, each alone; they are compared, merged, decided about, and the merge is taken back."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.browser.editor import Editor, People
from tests.browser.editor_site import EditorSite
from tests.browser.firefox import needs_chromium
from tests.browser.pages_site import BASE
from tests.browser.test_pages import AXE, barriers

pytestmark = pytest.mark.browser
AGREEMENT = "/projects/1/agreement/"
FRAME = "street-001.jpg"


@contextmanager
def worker(site: EditorSite) -> Iterator[None]:
    with (site.data / "worker.log").open("ab") as log:
        command = [sys.executable, "manage.py", "worker", "--lanes", "long"]
        process = subprocess.Popen(command, cwd=BASE, env=site.environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


def ask(page: Page, *people: str) -> None:
    page.goto(AGREEMENT)
    for person in people:
        page.get_by_role("checkbox", name=person).check()
    page.get_by_label("Images", exact=True).select_option("named")
    page.get_by_label("Text in the name").fill(FRAME)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("main")).to_contain_text("2 images were given out.")


def label_copy(person: Editor, other: str, *places: tuple[int, int, int, int]) -> None:
    """As they find it: in the list of projects, with no copy of anybody else."""
    page = person.page
    page.goto("/")
    expect(page.locator(".projects")).not_to_contain_text(f"· {other}")
    page.locator(".project", has_text="·").get_by_role("button", name="Continue").click()
    page.wait_for_url("**/frames/*/")
    person.until_saved()
    for place in places:
        person.draw(*place)
    person.until_saved()
    person.press("Control+Enter")
    query = "SELECT status FROM annotate_frame WHERE id = ?"
    frame = int(page.url.rstrip("/").rsplit("/", 1)[1])
    person.until(lambda: person.site.rows(query, frame) == [("complete",)], lambda: page.url)


def test_from_two_people_to_one_result_and_back(people: People, site: EditorSite) -> None:
    maria, ada, linus = people("maria"), people("ada"), people("linus")
    maria.page.goto("/projects/1/settings/")
    maria.page.get_by_label("Review", exact=True).select_option("consensus")
    expect(maria.page.get_by_label("People per image")).to_have_value("2")
    maria.page.get_by_role("button", name="Save").click()
    ask(maria.page, "Ada", "Linus")
    label_copy(ada, "Linus", (100, 100, 300, 260), (500, 100, 700, 260))
    label_copy(linus, "Ada", (106, 104, 300, 260))

    page = maria.page
    page.goto(AGREEMENT)
    expect(page.locator(".agreement__numbers")).to_contain_text("67% agreement (F1)")
    expect(page.locator(".agreement__lines")).to_have_text("Ada: car · Linus: nothing")
    with worker(site):
        page.get_by_role("button", name="Merge images").click()
        expect(page.locator("#job-table")).to_contain_text(
            "1 image merged · 1 box · 1 disagreement to decide"
        )

        maria.open(1)
        expect(page.locator("#boxes [role=option]")).to_have_count(1)
        expect(page.locator("#frame-status summary")).to_contain_text("Complete")
        maria.press("Shift+V")
        expect(page.locator("#review-bar")).to_contain_text("2 of 2 people have labelled it")
        assert (
            page.locator('#review-bar [data-command="review.approve"]').get_attribute("aria-disabled") is None
        )
        maria.press("Shift+V", "c")
        disputes = page.locator("#talk .thread .comment__text")
        expect(disputes).to_have_text("People disagree here. Ada: car · Linus: nothing")

        page.goto(AGREEMENT)
        page.get_by_role("button", name="Take the merge back").click()
        expect(page.locator("#job-table")).to_contain_text("1 image as before")
    assert site.rows("SELECT status FROM annotate_frame WHERE id = 1") == [("to_annotate",)]
    assert site.rows("SELECT count(*) FROM annotate_box WHERE frame_id = 1 AND deleted_revision IS NULL") == [
        (0,)
    ]


def test_what_too_few_people_have_labelled_is_not_approved(people: People, site: EditorSite) -> None:
    ada, maria = people("ada"), people("maria")
    ada.open(2)
    ada.press("Control+Enter")
    query = "SELECT status FROM annotate_frame WHERE id = 2"
    ada.until(lambda: site.rows(query) == [("complete",)], lambda: site.rows(query))
    maria.open(2)
    maria.press("Shift+V")
    expect(maria.page.locator("#review-bar")).to_contain_text(
        "0 of 2 people have labelled it. A manager has to ask"
    )
    maria.press("a")
    expect(maria.page.locator("#brief")).to_contain_text("has to ask more people")
    assert site.rows(query) == [("complete",)]
    maria.page.goto("/projects/1/")
    expect(maria.page.locator('[data-frame="2"]')).to_contain_text("0 of 2 people have labelled it")


@needs_chromium
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm install")
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_the_pages_have_no_barrier_and_fit(width: int, theme: str, people: People) -> None:
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": theme, "bypass_csp": True}
    maria = people("maria", **options)
    found = []
    for address in (AGREEMENT, "/projects/1/work/", "/projects/1/people/1/"):
        maria.page.goto(address)
        assert maria.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
        found += barriers(maria.page, address)
    assert found == []
