"""What is in sight: zoom, pan, the picture itself, and that what is hidden is counted."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.editor import Editor, close
from tests.browser.editor_site import JUDGED_FRAME, EditorSite

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def ada(browser: Browser, site: EditorSite) -> Iterator[Editor]:
    """One browser for all: nothing here changes a box."""
    editor = Editor(browser, site, "ada", reduced_motion="reduce")
    yield editor
    assert close([editor]) == []


def test_what_is_hidden_is_counted_over_the_picture_while_the_list_is_not_in_sight(ada: Editor) -> None:
    page = ada.open(JUDGED_FRAME)
    over, beside, drawer = (
        page.locator("#hidden-over"),
        page.locator("#hidden-count"),
        page.locator("#panel-toggle"),
    )
    page.locator("#main").focus()
    ada.press("Shift+X")
    expect(beside).to_contain_text("3 boxes are hidden by hand")
    expect(over).to_be_hidden()
    ada.press("Shift+Z")
    expect(over).to_be_visible()
    ada.press("Shift+Z")
    expect(over).to_be_hidden()
    page.set_viewport_size({"width": 800, "height": 700})
    expect(over).to_be_visible()
    drawer.click()
    expect(beside).to_be_visible()
    expect(over).to_be_hidden()
    drawer.click()
    page.set_viewport_size({"width": 1280, "height": 720})
    page.get_by_role("tab", name="History").click()
    expect(over).to_be_visible()
    expect(over).to_contain_text("3 boxes are hidden by hand")
    over.get_by_role("button", name="Show all").click()
    expect(over).to_be_hidden()
    expect(page.locator("#main")).to_be_focused()
    expect(page.locator("#boxes-count")).to_have_text("3")
