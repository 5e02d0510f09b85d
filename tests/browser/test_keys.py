"""The editor by keys alone: boxes, labels, images and their status, and where keys must not act."""

import re

import pytest
from playwright.sync_api import expect

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
