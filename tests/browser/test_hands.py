"""Drawing, moving, copying, arranging and looking closer, with mouse, keys, fingers and pen."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.editor import Editor, People, close
from tests.browser.editor_site import CROWDED_FRAME, JUDGED_FRAME, EditorSite
from tests.browser.firefox import needs_chromium

pytestmark = pytest.mark.browser
PEN = """([kind, id, type, x, y, buttons]) => document.elementFromPoint(x, y).dispatchEvent(new PointerEvent(kind, {
  pointerId: id, pointerType: type, clientX: x, clientY: y, button: kind === 'pointermove' ? -1 : 0, buttons,
  bubbles: true, cancelable: true, isPrimary: true}))"""
LOUPE = """() => {
  const canvas = document.getElementById('layer-live');
  const ratio = canvas.width / canvas.clientWidth;
  return canvas.getContext('2d').getImageData(78 * ratio, 60 * ratio, 1, 1).data[3];
}"""


@pytest.fixture(scope="module")
def lasting(browser: Browser, site: EditorSite) -> Iterator[Editor]:
    """One browser for the tests that need nothing of their own."""
    editor = Editor(browser, site, "ada")
    yield editor
    assert close([editor]) == []


@pytest.fixture
def ada(lasting: Editor, frame: int) -> Editor:
    lasting.open(frame)
    lasting.page.locator("#main").focus()
    return lasting


def selected(editor: Editor) -> int:
    return len([row for row in editor.rows() if row.is_selected])


def expect_selected(editor: Editor, count: int) -> None:
    expect(editor.page.locator("#boxes [aria-selected=true]")).to_have_count(count)


def clicks(editor: Editor, *points: tuple[int, int]) -> None:
    for point in points:
        editor.click(*point)


# Drawing


def test_it_draws_by_drag_by_two_clicks_and_by_four_points_and_stays_in_the_tool(ada: Editor) -> None:
    ada.press("b")
    ada.drag((100, 100), (500, 500))
    clicks(ada, (200, 200), (300, 300))  # inside the first, which stays where it is
    ada.drag((400, 400), (460, 460))
    ada.drag((1100, 600), (1500, 900))
    expect(ada.page.locator(".rail [data-command='tool.draw']")).to_have_attribute("aria-pressed", "true")
    expect(ada.page.locator("dialog[open], [role=dialog]")).to_have_count(0)
    ada.press("e")
    clicks(ada, (650, 100), (600, 150), (680, 250), (750, 160))
    boxes = [(100, 100, 500, 500), (200, 200, 300, 300), (400, 400, 460, 460), (1100, 600, 1280, 800)]
    ada.expect_boxes(*boxes, (600, 100, 750, 250))
    ada.page.mouse.move(*ada.at(900, 300))
    expect(ada.page.locator("#readout")).to_have_text(re.compile(r"^(899|900|901), (299|300|301)$"))


def test_a_twitch_of_the_hand_makes_no_box(ada: Editor) -> None:
    ada.press("b")
    x, y = ada.at(300, 300)
    for end in ((x + 2, y + 2), (x + 3, y)):
        ada.page.mouse.move(x, y)
        ada.page.mouse.down()
        ada.page.mouse.move(*end)
        ada.page.mouse.up()
        ada.press("Escape")
    ada.expect_boxes()


# Several boxes

ROW = ((100, 100, 200, 200), (300, 100, 400, 200), (500, 100, 600, 200))


def draw_row(editor: Editor) -> None:
    editor.press("b")
    for x1, y1, x2, y2 in ROW:
        editor.drag((x1, y1), (x2, y2))
    editor.press("v", "Escape")
    editor.expect_boxes(*ROW)


def test_several_boxes_are_chosen_moved_resized_relabelled_and_deleted_each_as_one_undo(ada: Editor) -> None:
    draw_row(ada)
    ada.page.keyboard.down("Shift")
    ada.drag((80, 80), (420, 220))
    ada.page.keyboard.up("Shift")
    expect_selected(ada, 2)
    ada.page.keyboard.down("Control")
    ada.click(550, 150)
    expect_selected(ada, 3)
    ada.click(150, 150)
    expect_selected(ada, 2)
    ada.page.keyboard.up("Control")
    ada.press("Escape", "Control+a")
    expect_selected(ada, 3)
    ada.drag((350, 150), (350, 350))
    moved = tuple((x1, y1 + 200, x2, y2 + 200) for x1, y1, x2, y2 in ROW)
    ada.expect_boxes(*moved)
    ada.press("Control+z")
    ada.expect_boxes(*ROW)
    ada.drag((600, 200), (1100, 300))
    ada.expect_boxes((100, 100, 300, 300), (500, 100, 700, 300), (900, 100, 1100, 300))
    ada.press("Control+z")
    ada.expect_boxes(*ROW)
    ada.press("2")
    ada.until(lambda: {row.label for row in ada.rows()} == {"bus"}, lambda: f"{ada.rows()}")
    ada.press("Control+z")
    ada.until(lambda: {row.label for row in ada.rows()} == {"car"}, lambda: f"{ada.rows()}")
    ada.press("Control+a", "Delete")
    ada.expect_boxes()
    ada.press("Control+z")
    ada.expect_boxes(*ROW)


# Copies


def test_it_copies_pastes_with_a_ghost_and_duplicates(ada: Editor) -> None:
    ada.draw(100, 100, 200, 200)
    ada.click(150, 150)
    ada.press("Control+c")
    expect(ada.page.locator("#brief")).to_have_text("1 box copied.")
    ada.page.mouse.move(*ada.at(500, 500))
    ada.press("Control+v")
    ada.expect_boxes((100, 100, 200, 200))
    ada.page.mouse.move(*ada.at(600, 500))
    ada.page.keyboard.down("Control")
    ada.click(600, 500)
    ada.page.keyboard.up("Control")
    ada.page.mouse.move(*ada.at(800, 500))
    ada.press("Enter")
    pasted = [(100, 100, 200, 200), (550, 450, 650, 550), (750, 450, 850, 550)]
    ada.expect_boxes(*pasted)
    ada.press("Control+v", "Escape")
    ada.expect_boxes(*pasted)
    ada.click(800, 500)
    ada.press("Control+d")
    expect(ada.page.locator("#boxes-count")).to_have_text("4")
    x1, y1, *_ = ada.edges()[3]
    assert 5 < x1 - 750 < 40 and 5 < y1 - 450 < 40
    ada.press("Control+z", "Control+z")
    ada.expect_boxes(*pasted[:2])


def test_it_repeats_the_boxes_of_the_image_before_once(ada: Editor, unused_frames: Iterator[int]) -> None:
    draw_row(ada)
    ada.until_saved()
    ada.press("f")
    expect(ada.page).to_have_url(re.compile(f"/frames/{next(unused_frames)}/$"))
    ada.until_saved()
    ada.press("r")
    ada.expect_boxes(*ROW)
    expect(ada.page.locator("#brief")).to_have_text("3 boxes of the image before were added.")
    ada.press("r")
    expect(ada.page.locator("#brief")).to_have_text("The boxes of the image before are all here already.")
    ada.expect_boxes(*ROW)
    ada.press("Control+z")
    ada.expect_boxes()


# Arranging


def test_it_brings_boxes_to_front_and_back(ada: Editor) -> None:
    ada.draw(100, 100, 300, 300)
    ada.draw(200, 200, 400, 400)

    def on_top() -> int:
        ada.press("Escape")
        ada.click(250, 250)
        expect_selected(ada, 1)
        return [row.is_selected for row in ada.rows()].index(True)

    lower = 1 - on_top()
    corner = (120, 120) if lower == 0 else (380, 380)
    for there, back in (("]", "["), ("Control+]", "Control+[")):
        ada.press("Escape")
        ada.click(*corner)
        ada.press(there)
        assert on_top() == lower
        ada.press(back)
        assert on_top() == 1 - lower


def test_a_locked_box_cannot_be_grabbed_and_a_hidden_one_is_counted(ada: Editor) -> None:
    page = ada.page
    ada.draw(100, 100, 300, 300)
    ada.click(200, 200)
    ada.press("l")
    (row,) = ada.rows()
    expect(ada.row(row.box)).to_have_attribute("aria-label", re.compile("locked$"))
    expect(ada.row(row.box).locator(".boxes__lock svg")).to_be_visible()
    ada.press("ArrowRight", "Delete", "3")
    ada.drag((200, 200), (400, 400))
    ada.click(200, 200)
    ada.expect_boxes((100, 100, 300, 300))
    assert [each.label for each in ada.rows()] == ["car"]
    ada.row(row.box).click()
    page.locator("#main").focus()
    ada.press("l", "ArrowRight")
    ada.expect_boxes((101, 100, 301, 300))
    ada.press("Shift+H")
    expect(page.locator("#hidden-count")).to_contain_text("1 box is hidden by hand")
    expect(page.locator("#boxes-empty")).to_be_hidden()
    ada.expect_boxes()
    ada.press("Alt+h")
    expect(page.locator("#hidden-count")).to_be_hidden()
    ada.expect_boxes((101, 100, 301, 300))


# In sight


def test_the_filter_hides_by_label_source_status_confidence_and_person_and_counts(lasting: Editor) -> None:
    page = lasting.open(JUDGED_FRAME)
    count, hidden = page.locator("#boxes-count"), page.locator("#hidden-count")
    expect(count).to_have_text("3")
    expect(hidden.locator("span")).to_have_text("1 rejected box is not shown")
    expect(hidden.get_by_role("button")).to_be_hidden()
    page.locator("#main").focus()
    lasting.press("Control+/")
    panel = page.locator("#filter")
    for group, name, shown, out in [
        ("Label", "bus", "1", "2 boxes"),
        ("Made by", "a model", "2", "1 box"),
        ("Status", "rejected", "1", "3 boxes"),
        ("Person", "Maria", "1", "2 boxes"),
    ]:
        panel.get_by_role("group", name=group).get_by_label(name, exact=True).check()
        expect(count).to_have_text(shown)
        expect(hidden).to_contain_text(f"The filter hides {out}")
        hidden.get_by_role("button", name="Show all").click()
        expect(hidden.locator("span")).to_have_text("1 rejected box is not shown")
        expect(page.locator("#boxes")).to_be_focused()
        expect(panel.get_by_role("checkbox", checked=True)).to_have_count(0)
    panel.get_by_label("Confidence from").fill("0.5")
    expect(count).to_have_text("2")
    expect(panel).to_contain_text("50–100")
    panel.get_by_label("Fade the others").check()
    expect(count).to_have_text("3")
    expect(hidden.locator("span")).to_have_text("1 rejected box is not shown")
    expect(page.locator("#boxes .is-faded")).to_have_count(1)
    lasting.press("Escape")
    expect(panel).to_be_hidden()
    page.locator("#main").focus()
    lasting.press("Control+a")
    expect_selected(lasting, 2)
    lasting.press("Escape")
    lasting.press("Shift+F")
    expect(count).to_have_text("2")
    lasting.press("Alt+h")
    expect(count).to_have_text("3")
    assert len(lasting.site.rows("SELECT 1 FROM annotate_box WHERE frame_id = ?", JUDGED_FRAME)) == 4


def test_all_boxes_are_hidden_while_a_key_is_held_and_by_toggle(lasting: Editor) -> None:
    page = lasting.open(JUDGED_FRAME)
    count = page.locator("#boxes-count")
    page.locator("#main").focus()
    page.keyboard.down("x")
    expect(count).to_have_text("0")
    expect(page.locator("#hidden-count")).to_contain_text("3 boxes are hidden by hand")
    page.keyboard.up("x")
    expect(count).to_have_text("3")
    lasting.press("Shift+X")
    expect(count).to_have_text("0")
    lasting.press("Shift+X")
    expect(count).to_have_text("3")


def test_it_zooms_to_the_selection_and_keeps_its_place_from_image_to_image(ada: Editor, frame: int) -> None:
    ada.draw(600, 400, 700, 460)
    ada.click(650, 430)
    ada.press("z")
    picture, zoom = ada.page.locator("#picture"), ada.page.locator(".rail__zoom span").first
    ada.until(lambda: ada.at(700, 0)[0] - ada.at(600, 0)[0] > 500, lambda: "the box is not enlarged")
    stage = ada.page.locator("#main").bounding_box()
    assert stage is not None
    assert abs(ada.at(650, 430)[0] - (stage["x"] + stage["width"] / 2)) < 2
    before = (zoom.text_content(), picture.bounding_box())
    ada.until_saved()
    ada.press("f")
    expect(ada.page).to_have_url(re.compile(f"/frames/{frame + 1}/$"))
    ada.until_saved()
    assert zoom.text_content() != before[0]
    ada.press("Control+,")
    ada.page.get_by_role("tab", name="View").click()
    ada.page.get_by_role("checkbox", name="Keep the zoom").check()
    ada.press("Escape")
    ada.press("d")
    expect(ada.page).to_have_url(re.compile(f"/frames/{frame}/$"))
    ada.until(lambda: len(ada.edges()) == 1, lambda: "the box is not there")
    ada.click(650, 430)
    ada.press("z")
    expect(zoom).to_have_text(before[0] or "")
    ada.press("f")
    expect(ada.page).to_have_url(re.compile(f"/frames/{frame + 1}/$"))
    ada.until_saved()
    assert (zoom.text_content(), picture.bounding_box()) == before
    ada.press("Control+,")
    ada.page.get_by_role("checkbox", name="Keep the zoom").uncheck()
    ada.press("Escape")


def test_brightness_contrast_and_gamma_change_the_picture_on_the_screen_only(ada: Editor) -> None:
    page = ada.page
    picture = page.locator("#picture")
    ada.press("i")
    panel = page.locator("#adjust")
    expect(panel.get_by_label("Brightness")).to_be_focused()
    for name, value in (("Brightness", "1.5"), ("Contrast", "0.8"), ("Gamma", "2")):
        panel.get_by_label(name).fill(value)
    expect(picture).to_have_css(
        "filter", re.compile(r'url\(".*#gamma"\) brightness\(1\.5\) contrast\(0\.8\)')
    )
    expect(page.locator("#gamma feFuncR")).to_have_attribute("exponent", "0.5")
    expect(page.locator("#layer-boxes")).to_have_css("filter", "none")
    panel.get_by_role("button", name="As it is").click()
    expect(picture).to_have_css("filter", "none")
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()
    expect(page.locator("#main")).to_be_focused()


@needs_chromium
def test_numbers_set_the_box_exactly_and_what_is_impossible_is_said(ada: Editor) -> None:
    ada.draw(100, 100, 300, 300)
    ada.click(200, 200)
    form = ada.page.get_by_role("form", name="Place and size")
    for name, value in (("Left", "120.5"), ("Top", "80"), ("Width", "50"), ("Height", "1000")):
        form.get_by_label(name).fill(value)
        ada.press("Tab")
    ada.until(
        lambda: ada.edges() == [(121, 80, 171, 800)] or ada.edges() == [(120, 80, 170, 800)],
        lambda: f"{ada.edges()}",
    )
    form.get_by_label("Left").fill("5000")
    ada.press("Enter")  # it stops at the border, as large as it was, and the field says where
    ada.until(lambda: ada.edges() == [(1230, 80, 1280, 800)], lambda: f"{ada.edges()}")
    expect(form.get_by_label("Left")).to_have_value("1230")
    form.get_by_label("Width").fill("0")
    ada.press("Tab")
    form.get_by_label("Label").select_option("boat")
    ada.until(lambda: [row.label for row in ada.rows()] == ["boat"], lambda: f"{ada.rows()}")
    form.get_by_label("Left").fill("")
    ada.press("Tab")
    expect(ada.page.locator("#brief")).to_have_text("This is not possible here. The box is as it was.")


# Fingers and pen


@pytest.fixture
def phone(people: People, frame: int) -> Editor:
    editor = people("linus", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    editor.open(frame)
    return editor


Touch = Callable[..., None]


def touching(editor: Editor) -> Touch:
    """Fingers on image pixels; none lifts all."""
    session: CDPSession = editor.context.new_cdp_session(editor.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    return touch


def drag_by_finger(touch: Touch, start: tuple[float, float], end: tuple[float, float]) -> None:
    touch("touchStart", start)
    for share in (0.3, 0.6, 1):
        touch("touchMove", tuple(a + (b - a) * share for a, b in zip(start, end, strict=True)))
    touch("touchEnd")


def take_tool(page: Page, command: str) -> None:
    """Chromium makes a click of a tap some time after the finger has gone: wait until it has been heard."""
    button = page.locator(f'.rail [data-command="{command}"]')
    button.tap()
    expect(button).to_have_attribute("aria-pressed", "true")


@needs_chromium
def test_a_finger_resizes_by_a_handle_it_only_nearly_hits(phone: Editor) -> None:
    touch, page = touching(phone), phone.page
    take_tool(page, "tool.draw")
    drag_by_finger(touch, phone.at(200, 200), phone.at(800, 600))
    expect(page.locator("#boxes-count")).to_have_text("1")
    take_tool(page, "tool.select")
    (x, y), (to_x, to_y) = phone.at(800, 600), phone.at(1000, 700)
    drag_by_finger(touch, (x + 15, y + 15), (to_x + 15, to_y + 15))  # a hand is not a mouse
    phone.expect_boxes((200, 200, 1000, 700))
    x, y = phone.at(600, 200)
    drag_by_finger(touch, (x, y - 15), (x, y + 15))
    phone.until(lambda: phone.rows()[0].edges[1] > 200, lambda: f"{phone.rows()}")
    assert [phone.rows()[0].edges[place] for place in (0, 2, 3)] == [200, 1000, 700]


@needs_chromium
def test_a_finger_draws_with_a_loupe_and_two_fingers_zoom(phone: Editor) -> None:
    touch, page = touching(phone), phone.page
    take_tool(page, "tool.draw")
    start, end = phone.at(200, 200), phone.at(800, 600)
    touch("touchStart", start)
    phone.until(lambda: page.evaluate(LOUPE) == 255, lambda: "no loupe at the first corner")
    for share in (0.3, 0.6, 1):
        touch("touchMove", tuple(a + (b - a) * share for a, b in zip(start, end, strict=True)))
    stage = page.locator("#main").bounding_box()
    assert stage is not None
    phone.until(lambda: page.evaluate(LOUPE) == 255, lambda: "no loupe")
    touch("touchEnd")
    phone.until(lambda: page.evaluate(LOUPE) == 0, lambda: "the loupe stays")
    expect(page.locator("#boxes-count")).to_have_text("1")
    scale = (phone.at(1280, 0)[0] - phone.at(0, 0)[0]) / 1280
    middle = stage["y"] + stage["height"] / 2
    touch("touchStart", (150, middle), (240, middle))
    for spread in (10, 30, 60):
        touch("touchMove", (150 - spread, middle), (240 + spread, middle))
    touch("touchEnd")
    phone.until(
        lambda: (phone.at(1280, 0)[0] - phone.at(0, 0)[0]) / 1280 > 1.6 * scale,
        lambda: "the fingers did not zoom",
    )
    expect(page.locator("#boxes-count")).to_have_text("1")


@needs_chromium
def test_a_finger_sees_the_first_of_four_points_before_it_sets_it(phone: Editor) -> None:
    touch, page = touching(phone), phone.page
    take_tool(page, "tool.extreme")
    for x, y in ((600, 300), (500, 400), (620, 500), (700, 420)):
        touch("touchStart", phone.at(x, y))
        phone.until(lambda: page.evaluate(LOUPE) == 255, lambda: "no loupe")
        touch("touchEnd")
        phone.until(lambda: page.evaluate(LOUPE) == 0, lambda: "the loupe stays")
    phone.expect_boxes((500, 300, 700, 500))


@needs_chromium
def test_a_finger_that_is_held_selects_one_more_or_frames_several(phone: Editor) -> None:
    touch, page = touching(phone), phone.page
    take_tool(page, "tool.draw")
    for left in (100, 500, 900):
        drag_by_finger(touch, phone.at(left, 100), phone.at(left + 250, 300))
    expect(page.locator("#boxes-count")).to_have_text("3")
    take_tool(page, "tool.select")
    touch("touchStart", phone.at(225, 200))
    touch("touchEnd")
    expect_selected(phone, 1)
    touch("touchStart", phone.at(625, 200))
    expect_selected(phone, 1)
    expect_selected(phone, 2)  # while the finger stays where it is
    touch("touchEnd")
    touch("touchStart", phone.at(1200, 700))
    touch("touchEnd")
    expect_selected(phone, 0)
    touch("touchStart", phone.at(420, 600))
    page.wait_for_timeout(700)  # longer than a press has to last to be a hold
    for point in ((700, 400), (1250, 60)):
        touch("touchMove", phone.at(*point))
    touch("touchEnd")
    expect_selected(phone, 2)


def test_a_palm_does_nothing_once_a_pen_is_seen(ada: Editor) -> None:
    ada.press("b")

    def point(kind: str, pointer: int, device: str, x: int, y: int) -> None:
        ada.page.evaluate(PEN, [kind, pointer, device, *ada.at(x, y), 0 if kind == "pointerup" else 1])

    ada.page.evaluate("() => { document.getElementById('main').setPointerCapture = () => {}; }")
    point("pointerdown", 2, "touch", 900, 600)
    point("pointerdown", 7, "pen", 100, 100)
    point("pointerdown", 3, "touch", 950, 650)
    point("pointermove", 3, "touch", 700, 650)
    point("pointermove", 7, "pen", 250, 250)
    point("pointerup", 3, "touch", 700, 650)
    point("pointermove", 7, "pen", 300, 300)
    point("pointerup", 7, "pen", 300, 300)
    point("pointerup", 2, "touch", 900, 600)
    ada.expect_boxes((100, 100, 300, 300))


# Many boxes


def test_the_filter_and_the_marquee_work_on_two_thousand_boxes(lasting: Editor) -> None:
    page = lasting.open(CROWDED_FRAME)
    page.locator("#main").focus()
    lasting.press("Control+/")
    page.locator("#filter").get_by_label("bus").check()
    expect(page.locator("#boxes-count")).to_have_text("500")
    expect(page.locator("#hidden-count")).to_contain_text("1500 boxes")
    lasting.press("Escape")
    page.locator("#main").focus()
    lasting.press("Control+a", "Shift+H")
    expect(page.locator("#boxes-count")).to_have_text("0")
    lasting.press("Alt+h")
    expect(page.locator("#boxes-count")).to_have_text("2000")
