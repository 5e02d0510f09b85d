"""A data set on its way in and out, in real browsers with a real server and a real worker."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.firefox import needs_chromium
from tests.browser.signing_in import sign_in
from tests.browser.test_pages import AXE, barriers
from tests.media.pictures import archive, numbered
from tests.media.site import Site, running_site

pytestmark = pytest.mark.browser
SIZE = (400, 300)
DATA = "/projects/1/data/"
BOXES = "#boxes [role=option]"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site"), worker=True) as running:
        maria = running.sign_in()
        for number in range(2):
            maria.upload(f"quay {number}.png", numbered(number, SIZE)).raise_for_status()
        yield running


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Any]:
    """Opens windows of people; afterwards none of their pages may have had an error."""
    contexts, complaints = [], list[str]()

    def opened(name: str = "maria", **options: Any) -> Page:
        given = {"viewport": {"width": 1280, "height": 800}, "locale": "en", **options}
        context = browser.new_context(base_url=site.url, **given)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        sign_in(page, name)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [each for each in complaints if "Failed to load resource" not in each] == []


def coco(boxes: dict[str, list[list[float]]], label: str = "boat") -> bytes:
    images = [
        {"id": n, "file_name": name, "width": SIZE[0], "height": SIZE[1]} for n, name in enumerate(boxes, 1)
    ]
    rows = [(n, box) for n, found in enumerate(boxes.values(), 1) for box in found]
    annotations = [
        {"id": k, "image_id": n, "category_id": 1, "bbox": box} for k, (n, box) in enumerate(rows, 1)
    ]
    categories = [{"id": 1, "name": label}]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories}).encode()


def choose(page: Page, path: Path) -> None:
    page.goto(DATA)
    page.locator("#import-file").set_input_files(path)
    page.get_by_role("button", name="Check the file").click()
    expect(page).to_have_url(re.compile("/data/imports/"))


def written(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def test_checked_mapped_and_confirmed_the_boxes_appear_in_an_open_editor(
    open_page: Any, site: Site, tmp_path: Path
) -> None:
    editor, page = open_page("ada"), open_page("maria")
    editor.goto("/projects/1/frames/1/")
    expect(editor.locator("#save-state[data-mood=ok]")).to_be_visible()
    expect(editor.locator(BOXES)).to_have_count(0)
    data = coco({"quay 0.png": [[10, 10, 50, 50], [100, 100, 40, 40]], "new.png": [[5, 5, 20, 20]]}, "ship")
    choose(page, written(tmp_path, "ships.zip", archive({"a.json": data, "new.png": numbered(9, SIZE)})))
    expect(page.get_by_role("heading", name="What to do with it")).to_be_visible()
    facts = page.locator(".facts").inner_text()
    assert re.search(r"Images in the project\s+1", facts) and re.search(r"New images\s+1", facts)
    assert site.value("SELECT COUNT(*) FROM annotate_box") == 0, "nothing changes before it is confirmed"
    mapping = page.get_by_label("ship")
    assert mapping.input_value() == "new"
    mapping.select_option(label="boat")
    page.get_by_role("button", name="Import it").click()
    expect(page.get_by_role("heading", name="The data set is in the project")).to_be_visible()
    expect(page.locator("main")).to_contain_text("3 boxes added")
    expect(editor.locator(BOXES)).to_have_count(2)
    assert site.rows("SELECT DISTINCT label_id FROM annotate_box") == [(1,)]


def test_exported_downloaded_and_imported_again_nothing_is_new(
    open_page: Any, site: Site, tmp_path: Path
) -> None:
    page = open_page("maria")
    page.goto(DATA)
    page.get_by_role("radio", name="Ultralytics YOLO").check()
    page.locator("#export-form").get_by_role("button", name="Start the export").click()
    ready = page.locator("#job-table").get_by_role("link", name="Download").first
    expect(ready).to_be_visible()
    with page.expect_download() as coming:
        ready.click()
    path = tmp_path / coming.value.suggested_filename
    coming.value.save_as(path)
    assert re.fullmatch(r"harbour-cameras-yolo-\d{8}-\d{4}\.zip", path.name)
    before = site.value("SELECT COUNT(*) FROM annotate_operation")
    choose(page, path)
    page.get_by_role("button", name="Import it").click()
    expect(page.locator("main")).to_contain_text("0 boxes added")
    assert site.value("SELECT COUNT(*) FROM annotate_operation") == before


def test_errors_are_a_table_and_leave_nothing_to_confirm(open_page: Any, tmp_path: Path) -> None:
    page = open_page("maria")
    data = coco({"quay 0.png": [[10, 10, 50, 50], [900, 10, 5, 5]], "quay 1.png": [[1, 1, 0, 0]]})
    choose(page, written(tmp_path, "bad.json", data))
    expect(page.locator(".notice--error")).to_contain_text("2 errors were found")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.get_by_role("button", name="Import it")).to_have_count(0)
    choose(page, written(tmp_path, "evil.zip", archive({"../x.json": data})))
    expect(page.locator(".notice--error")).to_contain_text("outside")


def test_by_keyboard_alone(open_page: Any, tmp_path: Path) -> None:
    page = open_page("maria")
    page.goto(DATA)
    page.locator("#import-file").set_input_files(
        written(tmp_path, "keys.json", coco({"quay 1.png": [[7, 7, 70, 70]]}))
    )
    page.locator("#import-file").focus()
    for _step in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What to do with it")).to_be_visible()
    page.get_by_role("radio", name="proposals that people accept or reject").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Import it").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("1 box added")


def test_an_annotator_is_told_whom_to_ask(open_page: Any) -> None:
    page = open_page("ada")
    page.goto(DATA)
    expect(page.locator(".notice")).to_contain_text("Reviewers and managers")
    assert page.locator("form[action*=data]").count() == 0


@needs_chromium
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm install")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_barrier(open_page: Any, site: Site, tmp_path: Path, theme: str) -> None:
    page = open_page("maria", color_scheme=theme, bypass_csp=True, viewport={"width": 390, "height": 844})
    page.goto(DATA)
    found = barriers(page, DATA)
    choose(page, written(tmp_path, "a.json", coco({"quay 1.png": [[7, 7, 20, 20]], "gone.png": []}, "tram")))
    expect(page.get_by_role("heading", name="What to do with it")).to_be_visible()
    found += barriers(page, "report")
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
