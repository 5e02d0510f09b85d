"""What is in sight: zoom, pan, the picture itself, and that what is hidden is counted."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.editor import Editor, close
from tests.browser.editor_site import JUDGED_FRAME, EditorSite
from tests.browser.firefox import IS_CHOSEN

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


def picture_of(editor: Editor) -> tuple[float, float, float]:
    """Left, top, and how many pixels of the screen one of the image has."""
    box = editor.page.locator("#picture").bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"] / 1280


def image_point(editor: Editor, x: float, y: float) -> tuple[float, float]:
    left, top, scale = picture_of(editor)
    return (x - left) / scale, (y - top) / scale


def until_still(editor: Editor, is_so: Callable[[float, float, float], bool]) -> tuple[float, float, float]:
    """Where the picture is once it rests as expected: keys and wheel are drawn some frames later."""
    before = (0.0, 0.0, 0.0)
    for _ in range(150):
        now = picture_of(editor)
        if now == before and is_so(*now):
            return now
        before = now
        editor.page.wait_for_timeout(60)
    raise AssertionError(f"{before} is not what was expected")


def at_scale(wanted: float) -> Callable[[float, float, float], bool]:
    return lambda _left, _top, scale: abs(scale - wanted) < 0.001


def test_the_wheel_zooms_at_the_pointer(ada: Editor) -> None:
    page = ada.open(2)
    _, _, before = until_still(ada, lambda _left, _top, scale: scale > 0)
    x, y = ada.at(300, 500)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    _, _, closer = until_still(ada, lambda _left, _top, scale: scale > 1.2 * before)
    assert image_point(ada, x, y) == pytest.approx((300, 500), abs=2 / closer)
    page.mouse.wheel(0, 400)
    _, _, back = until_still(ada, lambda _left, _top, scale: scale < closer / 1.2)
    assert image_point(ada, x, y) == pytest.approx((300, 500), abs=2 / back)


@pytest.mark.parametrize("how", ["Space", "middle"])
def test_the_picture_is_moved_by_space_and_by_the_middle_button(ada: Editor, how: str) -> None:
    page = ada.open(3)
    page.locator("#main").focus()
    ada.press("Shift+2")
    left, top, _ = until_still(ada, at_scale(1))
    x, y = ada.at(640, 400)
    page.mouse.move(x, y)
    if how == "Space":
        page.keyboard.down("Space")
    page.mouse.down(button="left" if how == "Space" else "middle")
    page.mouse.move(x - 60, y - 35, steps=4)
    page.mouse.up(button="left" if how == "Space" else "middle")
    if how == "Space":
        page.keyboard.up("Space")
    until_still(ada, lambda x, y, scale: (x, y, scale) == pytest.approx((left - 60, top - 35, 1), abs=1))
    expect(page.locator("#boxes-count")).to_have_text("0")


def test_fit_and_one_to_one(ada: Editor) -> None:
    page = ada.open(4)
    page.locator("#main").focus()
    ada.press("Shift+2")
    until_still(ada, at_scale(1))
    expect(page.locator("#picture")).to_have_css("image-rendering", "auto")
    ada.press("Shift+1")
    left, top, scale = until_still(ada, lambda _left, _top, scale: scale < 1)
    stage = page.locator("#main").bounding_box()
    assert stage is not None
    assert left >= stage["x"] - 1 and top >= stage["y"] - 1
    assert left + 1280 * scale <= stage["x"] + stage["width"] + 1
    assert top + 800 * scale <= stage["y"] + stage["height"] + 1


def test_enlarged_pixels_are_squares(ada: Editor) -> None:
    page = ada.open(5)
    page.locator("#main").focus()
    ada.press("Shift+2")
    until_still(ada, at_scale(1))
    page.mouse.move(*ada.at(640, 400))
    page.mouse.wheel(0, -400)
    until_still(ada, lambda _left, _top, scale: scale > 1.2)
    expect(page.locator("#picture")).to_have_css("image-rendering", "pixelated")


def test_the_next_picture_is_there_before_it_is_asked_for(ada: Editor) -> None:
    page = ada.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    ada.open(6)
    address = f"{ada.site.address}/frames/7/image"
    for _ in range(200):
        if address in asked:
            break
        page.wait_for_timeout(50)
    assert address in asked
    page.wait_for_load_state("networkidle")
    asked.clear()
    page.locator("#main").focus()
    ada.press("PageDown")
    page.wait_for_url("**/frames/7/")
    ada.until_saved()
    assert IS_CHOSEN or address not in asked  # Firefox tells of what it takes from its cache too


def test_nothing_moves_by_itself_for_those_who_want_no_motion(ada: Editor) -> None:
    page = ada.open(8)
    page.locator("#main").focus()
    ada.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    assert page.evaluate("document.getAnimations().filter((one) => one.playState === 'running').length") == 0
