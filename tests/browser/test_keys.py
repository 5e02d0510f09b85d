"""The editor by keys alone: boxes, labels, images and their status, and where keys must not act."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Typists
from tests.browser.firefox import needs_chromium
from tests.browser.typist import listed, selected

pytestmark = pytest.mark.browser
COUNT_POINTERS = """
window.pointerEvents = 0;
for (const name of ['pointerdown', 'pointermove', 'mousedown', 'click', 'touchstart', 'wheel'])
  addEventListener(name, (event) => {
    if (event.isTrusted && event.detail !== 0) window.pointerEvents += 1;
  }, true);
"""
TYPING_FIELD = """
const field = document.createElement('textarea');
field.id = 'typing';
document.body.append(field);
field.focus();
"""


def test_it_takes_five_boxes_and_a_submit_with_no_pointer_at_all(typists: Typists) -> None:
    ada = typists()
    ada.context.add_init_script(COUNT_POINTERS)
    page = ada.open(1)
    for number in range(5):
        ada.press("n", *["Shift+ArrowRight"] * (number + 1), "ArrowDown", "Alt+Shift+ArrowRight")
        ada.press("Control+ArrowUp", str(number % 4 + 1))
        expect(listed(page)).to_have_count(number + 1)
    ada.press("Tab", "Delete", "Control+z")
    expect(listed(page)).to_have_count(5)
    ada.press("Control+Enter")
    ada.is_at(2)()
    assert page.evaluate("window.pointerEvents") == 0
    frame = ada.ask("GET", "/api/ui/frames/1")["frame"]
    assert frame["status"] == "complete"
    assert len(frame["boxes"]) == 5
    assert len({box[4] for box in frame["boxes"]}) == 4, "labels by digit"


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("ArrowLeft", [-1, 0, -1, 0]),
        ("Shift+ArrowDown", [0, 10, 0, 10]),
        ("Alt+ArrowRight", [0, 0, 1, 0]),
        ("Alt+Shift+ArrowUp", [0, 0, 0, -10]),
        ("Control+ArrowLeft", [-1, 0, 0, 0]),
        ("Control+Shift+ArrowDown", [0, 10, 0, 0]),
    ],
)
def test_it_moves_each_edge_by_keys(typists: Typists, key: str, change: list[int]) -> None:
    ada = typists()
    page = ada.open(2)
    if not ada.rows():
        ada.press("n")
        ada.has_boxes(1)()
    ada.press("Escape", "Tab")
    before = selected(page).get_attribute("aria-label") or ""
    (row,) = ada.rows()
    ada.press(key)
    expect(selected(page)).not_to_have_attribute("aria-label", before)
    (moved,) = ada.rows()
    assert list(moved.edges) == [edge + by for edge, by in zip(row.edges, change, strict=True)]


def test_it_selects_all_boxes_and_deletes_them_as_one_step(typists: Typists) -> None:
    ada = typists()
    ada.open(3)
    ada.press("n", "n", "n", "Control+a")
    ada.has_selected(3)()
    ada.press("Delete")
    ada.has_boxes(0)()
    ada.press("Control+z")
    ada.has_boxes(3)()


@needs_chromium
def test_digits_choose_labels_on_a_french_keyboard(typists: Typists) -> None:
    ada = typists()
    page = ada.open(4)
    ada.press("n")
    keyboard = ada.context.new_cdp_session(page)
    for digit, typed, label in [("2", "é", "bus"), ("3", '"', "person"), ("4", "'", "boat")]:
        key = {"key": typed, "code": f"Digit{digit}"}
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": typed, **key})
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
        ada.has_label(label)()


def test_keys_never_act_in_text_fields(typists: Typists) -> None:
    ada = typists()
    page = ada.open(5)
    ada.press("n")
    ada.has_boxes(1)()
    page.evaluate(TYPING_FIELD)
    page.keyboard.type("nbvdf 123 ? x")
    ada.press("Delete", "Backspace", "Control+a", "ArrowLeft", "Control+z")
    ada.has_boxes(1)()
    assert ada.tool() == "tool.select"
    ada.is_at(5)()
    expect(page.locator("dialog[open]")).to_have_count(0)
    ada.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.type("nnn")
    ada.press("Escape")
    expect(page.locator("#typing")).to_be_focused()
    ada.has_boxes(1)()


def test_keys_do_not_reach_what_lies_under_an_open_sheet(typists: Typists) -> None:
    ada = typists()
    page = ada.open(6)
    ada.press("n")
    ada.has_boxes(1)()
    dialog = ada.settings()
    expect(dialog.get_by_role("tab", name="Keys")).to_be_focused()
    ada.press("n", "b", "f", "Delete", "Control+z", "Control+k", "?", "Control+Enter")
    expect(page.locator("dialog[open]")).to_have_count(1)
    ada.press("Control+,")
    expect(page.locator("dialog[open]")).to_have_count(0)
    ada.has_boxes(1)()
    assert ada.tool() == "tool.select"
    ada.is_at(6)()


# The status of an image


@needs_chromium
def test_a_status_is_changed_by_its_menu_and_seen_by_the_others(typists: Typists) -> None:
    ada, linus = typists("ada"), typists("linus")
    page, other = ada.open(7), linus.open(7)
    status = page.locator("#frame-status")
    status.locator("summary").focus()
    ada.press("Enter", "Tab", "Tab", "Tab")
    expect(status.get_by_role("button", name="Mark complete", exact=True)).to_be_focused()
    ada.press("Enter")
    for one in (page, other):
        expect(one.locator("#frame-status summary")).to_contain_text("Complete")
    expect(page.locator("#announcements")).to_contain_text("Marked complete")
    other.locator("#frame-status summary").click()
    other.get_by_role("button", name="Open again").click()
    for one in (page, other):
        expect(one.locator("#frame-status summary")).to_contain_text("In progress")


def test_offline_an_image_is_not_declared_complete_and_that_is_said(typists: Typists) -> None:
    ada = typists()
    page = ada.open(8)
    ada.context.set_offline(True)
    expect(page.locator("#save-state[data-mood=warn]")).to_be_visible()
    ada.press("Control+Enter")
    expect(page.locator("#brief")).to_contain_text("cannot be changed while offline")
    ada.is_at(8)()
    ada.context.set_offline(False)
    ada.until_saved()
    assert ada.ask("GET", "/api/ui/frames/8")["frame"]["status"] == "to_annotate"


def test_who_may_only_look_is_told_why(typists: Typists) -> None:
    vera = typists("vera")
    page = vera.open(8)
    vera.press("Control+Enter")
    expect(page.locator("#brief")).to_contain_text("lets you look, not edit")
    vera.press("Control+k")
    page.keyboard.type("delete")
    option = page.locator('#palette [data-command="box.delete"]')
    expect(option).to_have_attribute("aria-disabled", "true")
    expect(option).to_have_accessible_name(re.compile("^Delete.*Select a box first"))


# The keyboard in place of a hand


def left_of(page: Page) -> float:
    box = page.locator("#picture").bounding_box()
    assert box is not None
    return box["x"]


def test_arrows_scroll_while_nothing_is_selected_and_move_the_box_that_is(typists: Typists) -> None:
    ada = typists()
    page = ada.open(9)
    ada.press("+", "+", "+", "+")
    before = left_of(page)
    ada.press("ArrowLeft")
    ada.until(lambda: left_of(page) == before + 64, lambda: f"{left_of(page)}, not {before + 64}")
    ada.press("Shift+ArrowRight")
    ada.until(lambda: left_of(page) < before - 200, lambda: f"{left_of(page)}")
    ada.press("n")
    ada.has_boxes(1)()
    row, there = ada.rows()[0], left_of(page)
    ada.press("ArrowRight")
    ada.until(lambda: ada.rows()[0].edges[0] == row.edges[0] + 1, lambda: f"{ada.rows()}")
    assert left_of(page) == there
    ada.press("Escape")
    expect(page.locator("#key-strip li", has_text="Scroll").locator("kbd")).to_have_text("←↑→↓")


def test_space_moves_the_picture_after_a_click_on_a_tool_and_tab_stays_on_it(typists: Typists) -> None:
    ada = typists()
    page = ada.open(10)
    draw = page.locator('#rail [data-command="tool.draw"]')
    before = left_of(page)
    draw.click()
    expect(page.locator("#main")).to_be_focused()
    page.mouse.move(*ada.at(300, 300))
    page.keyboard.down("Space")
    ada.drag((300, 300), (500, 300))
    page.keyboard.up("Space")
    ada.until(lambda: left_of(page) > before + 50, lambda: "the picture did not move")
    ada.has_boxes(0)()
    page.locator("#labels button").nth(1).click()
    expect(page.locator("#main")).to_be_focused()
    draw.focus()
    ada.press("Space")
    expect(draw).to_be_focused()
    ada.press("Tab", "Enter")
    button = page.locator('#rail [data-command="tool.extreme"]')
    expect(button).to_be_focused()
    ada.has_tool("tool.extreme")()


def test_a_tooltip_can_be_gone_onto_and_is_put_away_by_escape_and_by_a_press(typists: Typists) -> None:
    ada = typists()
    page = ada.open(10)
    ada.press("b")
    page.mouse.click(*ada.at(300, 300))
    button = page.locator('#rail [data-command="tool.select"]')
    tip = button.locator(".tip")
    button.hover()
    expect(tip).to_be_visible()
    tip.hover()
    page.wait_for_timeout(600)  # longer than it takes to go away
    expect(tip).to_be_visible()
    ada.press("Escape")
    expect(tip).to_be_hidden()
    page.mouse.move(*ada.at(600, 300))
    button.hover()
    expect(tip).to_be_visible()
    page.mouse.down()
    expect(tip).to_be_hidden()
    page.mouse.up()
    ada.has_tool("tool.select")()
    page.mouse.move(*ada.at(600, 300))
    button.focus()
    ada.press("Tab")
    draw = page.locator('#rail [data-command="tool.draw"]')
    expect(draw.locator(".tip")).to_be_visible()
    ada.press("Escape")
    expect(draw.locator(".tip")).to_be_hidden()
    expect(draw).to_be_focused()
    ada.has_boxes(0)()


def test_the_way_to_all_commands_is_never_cut_off_the_row_of_keys(typists: Typists) -> None:
    ada = typists(locale="fr")
    page = ada.open(10)
    for keys in ((), ("Shift+A",), ("b",), ("v", "Shift+A", "n")):
        ada.press(*keys)
        for text in ("Commandes", "Aide"):
            expect(page.locator(".strip__end li", has_text=text)).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 700, "height": 720})
    expect(page.locator(".strip__end li").last).to_be_in_viewport(ratio=1)


def test_in_audit_there_is_still_a_key_from_box_to_box(typists: Typists) -> None:
    ada = typists()
    ada.open(10)
    ada.press("n", "n", "Escape", "Shift+A", ".")
    ada.has_selected(1)()
    first = ada.the_selected().box
    ada.press(".")
    ada.until(lambda: ada.the_selected().box != first, lambda: "still the first")
    ada.press(",")
    ada.until(lambda: ada.the_selected().box == first, lambda: "not the first again")
    ada.press("Shift+A")


def test_several_boxes_are_selected_in_the_list_by_keys_alone(typists: Typists) -> None:
    ada = typists()
    page = ada.open(12)
    ada.press("n", "n", "n", "n", "n", "Escape")
    boxes = [row.box for row in ada.rows()]
    places = page.locator("#boxes")

    def selects(*wanted: int) -> None:
        ada.has_selected(len(wanted))()
        ada.until(
            lambda: [boxes.index(row.box) for row in ada.rows() if row.is_selected] == list(wanted),
            lambda: f"{ada.rows()}, not {wanted}",
        )

    def is_at(wanted: int) -> None:
        expect(places).to_have_attribute("aria-activedescendant", f"box-{boxes[wanted]}")
        expect(page.locator("#boxes .is-at")).to_have_attribute("data-box", boxes[wanted])

    places.focus()
    ada.press("ArrowDown", "ArrowDown")
    selects(1)
    ada.press("Shift+ArrowDown", "Shift+ArrowDown")
    selects(1, 2, 3)
    ada.press("Shift+ArrowUp")
    selects(1, 2)
    ada.press("Control+ArrowDown", "Control+ArrowDown")
    selects(1, 2)
    is_at(4)
    ada.press("Control+Space")
    selects(1, 2, 4)
    ada.press("Control+ArrowUp", "Control+ArrowUp", "Space")
    selects(1, 4)
    is_at(2)
    ada.press("Shift+ArrowUp")
    selects(1, 2)
    before = [row.edges for row in ada.rows()]
    ada.press("Enter", "ArrowRight")
    moved = [(x1 + by, y1, x2 + by, y2) for by, (x1, y1, x2, y2) in zip((0, 1, 1, 0, 0), before, strict=True)]
    ada.until(lambda: [row.edges for row in ada.rows()] == moved, lambda: f"{ada.rows()}, not {moved}")
