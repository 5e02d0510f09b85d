"""Which keys hold: presets, keys of one's own, single keys on or off, and the other settings of the editor."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Typists
from tests.browser.typist import PREFERENCES, chip, wait_until

pytestmark = pytest.mark.browser


# Presets


def test_preset_cvat(typists: Typists) -> None:
    ada = typists()
    ada.open(9, preset="cvat")
    ada.each_works([
        ("n", ada.has_tool("tool.draw")), ("v", ada.has_tool("tool.select")), ("Shift+N", ada.has_selected(1)),
        ("Control+2", ada.has_label("bus")), ("3", ada.has_label("person")), ("h", ada.has_boxes(0)),
        ("Alt+h", ada.has_boxes(1)), ("Tab", ada.has_selected(1)), ("Delete", ada.has_selected(0)),
        ("F1", ada.opens("#help")), ("F2", ada.opens("#settings")), ("f", ada.is_at(10)), ("d", ada.is_at(9)),
        ("Shift+H", ada.has_tool("tool.pan")),
    ])  # fmt: skip


def test_preset_label_studio(typists: Typists) -> None:
    ada = typists()
    ada.open(11, preset="labelstudio")
    ada.each_works([
        ("r", ada.has_tool("tool.draw")), ("h", ada.has_tool("tool.pan")), ("v", ada.has_tool("tool.select")),
        ("n", ada.has_selected(1)), ("2", ada.has_label("bus")), ("u", ada.has_selected(0)),
        ("Alt+.", ada.has_selected(1)), ("Alt+h", ada.has_boxes(0)), ("Alt+Shift+H", ada.has_boxes(1)),
        ("Tab", ada.has_selected(1)), ("Backspace", ada.has_boxes(0)), ("Control+ArrowRight", ada.is_at(12)),
        ("Control+ArrowLeft", ada.is_at(11)), ("Alt+Enter", ada.is_at(12)),
    ])  # fmt: skip
    assert ada.ask("GET", "/api/ui/frames/11")["frame"]["status"] == "complete"


def test_preset_labelimg(typists: Typists) -> None:
    ada = typists()
    page = ada.open(13, preset="labelimg")
    ada.each_works([
        ("w", ada.has_tool("tool.draw")), ("d", ada.is_at(14)), ("a", ada.is_at(13)), ("PageDown", ada.is_at(14)),
        ("v", ada.has_tool("tool.select")), ("Space", ada.has_tool("tool.select")),
    ])  # fmt: skip
    expect(page.locator("#frame-status summary")).to_contain_text("Complete")
    zoom = page.locator(".rail__zoom span").first
    before = zoom.inner_text()
    ada.press("Control+=")
    expect(zoom).not_to_have_text(before)
    ada.press("Control+-")
    expect(zoom).to_have_text(before)


def test_another_preset_holds_at_once_in_tooltips_strip_help_and_palette(typists: Typists) -> None:
    ada = typists()
    page = ada.open(15)
    draw = page.locator('#rail [data-command="tool.draw"]')
    strip = page.locator("#key-strip")
    expect(draw).to_have_attribute("aria-keyshortcuts", "B")
    expect(strip).to_contain_text("BDraw")
    ada.settings().get_by_role("combobox", name="Keys as in").select_option("labelimg")
    ada.press("Escape")
    expect(draw).to_have_attribute("aria-keyshortcuts", "W")
    expect(draw.locator(".tip")).to_contain_text("W")
    expect(strip).to_contain_text("WDraw")
    ada.press("?")
    expect(page.locator("#help .help__row", has_text="Draw a box").locator("kbd")).to_have_text(["W"])
    ada.press("Escape", "Control+k")
    expect(page.locator('#palette [data-command="tool.draw"] kbd')).to_have_text(["W"])
    ada.press("Escape", "w")
    ada.has_tool("tool.draw")()


# Keys of one's own


def test_a_new_key_survives_a_reload_and_follows_to_another_browser(typists: Typists) -> None:
    ada = typists()
    ada.open(16)
    dialog = ada.settings()
    chip(dialog, "tool.draw", "B").focus()
    ada.press("Enter", "q")
    said = "“Draw a box” has the key Q now."
    expect(dialog.locator(".keys-said")).to_have_text(said)
    expect(dialog.locator("#announcements")).to_contain_text(said)
    expect(chip(dialog, "tool.draw", "Q")).to_be_focused()
    ada.press("Escape", "b")
    assert ada.tool() == "tool.select"
    ada.press("q")
    ada.has_tool("tool.draw")()
    ada.reload()
    ada.press("q")
    ada.has_tool("tool.draw")()
    wait_until(lambda: ada.ask("GET", PREFERENCES)["keys"] == {"tool.draw": ["Q"]})
    elsewhere = typists()
    elsewhere.open_again(16)
    elsewhere.press("q")
    elsewhere.has_tool("tool.draw")()


def test_a_key_of_another_command_is_refused_until_that_is_settled(typists: Typists) -> None:
    ada = typists()
    ada.open(17)
    dialog = ada.settings()
    chip(dialog, "frame.next", "F").click()
    ada.press("b")
    expect(dialog.locator(".recorder__note")).to_have_text("B is a key of “Draw a box” already.")
    expect(dialog.locator("#announcements")).to_contain_text("B is a key of “Draw a box” already.")
    assert ada.ask("GET", PREFERENCES)["keys"] == {}
    expect(dialog.get_by_role("button", name="Swap: give it F")).to_be_focused()
    ada.press("Escape")
    expect(chip(dialog, "frame.next", "F")).to_be_focused()
    expect(chip(dialog, "tool.draw", "B")).to_be_visible()
    ada.press("Enter", "b", "Enter")
    expect(chip(dialog, "frame.next", "B")).to_be_visible()
    expect(chip(dialog, "tool.draw", "F")).to_be_visible()
    ada.press("Escape", "f")
    ada.has_tool("tool.draw")()
    ada.press("v", "b")
    ada.is_at(18)()


def test_a_key_that_the_audit_and_the_review_have_may_be_shared_and_that_is_said(typists: Typists) -> None:
    ada = typists()
    page = ada.open(17)
    dialog = ada.settings()
    chip(dialog, "frame.next", "F").click()
    ada.press("s")
    said = ["in the audit “Rate negative: reject” goes first", "in the review “Return the image"]
    for part in said:
        expect(dialog.locator(".recorder__note")).to_contain_text(part)
    assert ada.ask("GET", PREFERENCES)["keys"] == {}
    expect(dialog.get_by_role("button", name="Use it all the same")).to_be_focused()
    ada.press("Enter")
    row = dialog.locator('tr[data-command="frame.next"]')
    expect(row).to_contain_text(f"S: {said[0]}")
    rated = dialog.locator('tr[data-command="audit.negative"]')
    expect(rated).to_contain_text("S: in the audit this goes before “Next image”")
    expect(dialog.locator('tr[data-command="tool.draw"] .keys-overlap')).to_have_count(0)
    ada.press("Escape")
    page.locator("#main").focus()
    ada.press("s")
    ada.is_at(18)()
    ada.press("Shift+A", "s")
    expect(page.locator("#audit-bar")).to_be_visible()
    ada.is_at(18)()
    ada.press("Shift+A")


def test_what_a_hand_holds_stands_in_the_settings_and_cannot_be_changed(typists: Typists) -> None:
    ada = typists()
    ada.open(19)
    dialog = ada.settings()
    for gesture, key in [("hand.pan", "Space"), ("hand.lend", "Ctrl"), ("text.send", "Ctrl + Enter")]:
        row = dialog.locator(f'tr[data-gesture="{gesture}"]')
        expect(row).to_contain_text("Cannot be changed")
        expect(row.get_by_role("cell").first).to_have_accessible_name(key)
        expect(row.get_by_role("button")).to_have_count(0)
    dialog.get_by_label("Search the commands").fill("send the comment")
    expect(dialog.locator("tbody tr")).to_have_count(1)
    dialog.get_by_role("combobox", name="Keys as in").select_option("labelimg")
    dialog.get_by_label("Search the commands").fill("")
    expect(dialog.locator('tr[data-gesture="hand.pan"]')).to_have_count(0)


def test_keys_are_taken_away_removed_and_reset(typists: Typists) -> None:
    ada = typists()
    ada.open(19)
    dialog = ada.settings()
    dialog.get_by_role("button", name="Add a key to “Mark complete”").click()
    ada.press("f")
    dialog.get_by_role("button", name="Take it away there").click()
    expect(chip(dialog, "frame.complete", "F")).to_be_visible()
    expect(chip(dialog, "frame.next", "F")).to_have_count(0)
    chip(dialog, "tool.draw", "B").click()
    dialog.get_by_role("button", name="Remove this key").click()
    expect(chip(dialog, "tool.draw", "B")).to_have_count(0)
    dialog.get_by_role("button", name="Reset the keys of “Draw a box”").click()
    expect(chip(dialog, "tool.draw", "B")).to_be_focused()
    dialog.get_by_role("button", name="Reset all keys").click()
    expect(chip(dialog, "frame.next", "F")).to_be_visible()
    dialog.get_by_role("button", name="Undo", exact=True).click()
    expect(chip(dialog, "frame.complete", "F")).to_be_visible()
    dialog.get_by_role("button", name="Reset all keys").click()
    wait_until(lambda: ada.ask("GET", PREFERENCES)["keys"] == {})


@pytest.mark.parametrize(
    ("press", "said"),
    [
        ({"key": "t", "code": "KeyT", "ctrlKey": True}, "The browser keeps Ctrl+T for itself"),
        ({"key": "Enter", "code": "Enter"}, "Enter is needed to get around"),
        ({"key": "F5", "code": "F5"}, "The browser keeps F5"),
    ],
    ids=["Ctrl+T", "Enter", "F5"],
)
def test_keys_that_are_needed_elsewhere_are_refused(
    typists: Typists, press: dict[str, object], said: str
) -> None:
    ada = typists()
    ada.open(19)
    dialog = ada.settings()
    chip(dialog, "tool.draw", "B").click()
    recorder = dialog.locator('[data-focus="recorder"]')
    expect(recorder).to_be_focused()
    recorder.dispatch_event("keydown", {**press, "bubbles": True, "cancelable": True})
    expect(dialog.locator(".recorder__note")).to_contain_text(said)
    expect(dialog.locator("#announcements")).to_contain_text(said)
    expect(recorder).to_be_focused()


# Single keys (WCAG 2.1.4)


def test_single_keys_can_be_turned_off(typists: Typists) -> None:
    ada = typists()
    page = ada.open(20)
    ada.settings().get_by_role("checkbox", name="Single keys").uncheck()
    ada.press("Escape", "n", "b", "h", "1", "f", "d", "?", "Shift+Z", "+", "-", "Shift+1")
    expect(page.locator("dialog[open]")).to_have_count(0)
    ada.has_boxes(0)()
    assert ada.tool() == "tool.select"
    ada.is_at(20)()
    draw = page.locator('#rail [data-command="tool.draw"]')
    expect(draw).not_to_have_attribute("aria-keyshortcuts", re.compile("."))
    expect(page.locator("#labels kbd")).to_have_count(0)
    ada.press("Control+k")
    page.keyboard.type("new box")
    ada.press("Enter")
    ada.has_boxes(1)()
    ada.press("Shift+ArrowRight", "Delete")
    ada.has_boxes(0)()
    ada.press("PageDown")
    ada.is_at(21)()
    ada.reload()
    ada.press("n", "F1")
    expect(page.locator("#help")).to_be_visible()
    ada.has_boxes(0)()


def test_a_page_written_before_the_server_took_a_choice_knows_it_all_the_same(typists: Typists) -> None:
    ada = typists()
    page = ada.open(24)
    held: list[Route] = []
    confirmed: list[bool] = []

    def hold_the_choice(route: Route) -> None:
        if route.request.method == "PUT" and not confirmed:
            held.append(route)
        else:
            route.continue_()

    def confirm_it_and_go_on(route: Route) -> None:
        """For the new page the server has not stored it yet; the old one hears that it has."""
        held[0].fulfill(json=held[0].request.post_data_json)
        confirmed.append(True)
        page.wait_for_timeout(300)
        route.continue_()

    page.route(f"**{PREFERENCES}", hold_the_choice)
    ada.settings().get_by_role("checkbox", name="Single keys").uncheck()
    ada.press("Escape")
    while not held:
        page.wait_for_timeout(50)
    page.route("**/projects/1/frames/24/", confirm_it_and_go_on, times=1)
    ada.reload()
    ada.press("b", "F1")
    expect(page.locator("#help")).to_be_visible()
    assert ada.tool() == "tool.select"


# The other settings


def test_the_rows_can_be_hidden_and_the_picture_can_be_alone(typists: Typists) -> None:
    ada = typists()
    page = ada.open(22)
    dialog = ada.settings()
    dialog.get_by_role("tab", name="Keys").press("ArrowRight")
    expect(dialog.get_by_role("tab", name="View")).to_be_focused()
    dialog.get_by_role("checkbox", name="Row of images").uncheck()
    dialog.get_by_role("checkbox", name="Row of keys").uncheck()
    ada.press("Escape")
    for place in (".film", ".strip"):
        expect(page.locator(place)).to_be_hidden()
    page.locator("#labels button").first.focus()
    ada.press("Shift+Z")
    for place in (".bar", "#rail", "#panel"):
        expect(page.locator(place)).to_be_hidden()
    expect(page.locator("#main")).to_be_focused()
    ada.press("Shift+Z")
    expect(page.locator("#panel")).to_be_visible()
    ada.press("Shift+Z")
    page.get_by_role("button", name="Show everything").click()
    expect(page.locator(".bar")).to_be_visible()
    ada.reload()
    expect(page.locator(".film")).to_be_hidden()


def test_theme_and_announcements_are_chosen_in_the_settings(typists: Typists) -> None:
    ada = typists()
    page = ada.open(23)
    dialog = ada.settings()
    dialog.get_by_role("tab", name="View").click()
    dialog.get_by_label("Dark", exact=True).check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    dialog.get_by_role("radio", name="Nothing").check()
    ada.press("Escape", "Control+s")
    expect(page.locator("#brief")).to_contain_text("Everything is saved")
    wait_until(lambda: ada.ask("GET", PREFERENCES)["announce"] == "none")
    page.wait_for_timeout(2_300)  # the region speaks every two seconds
    expect(page.locator("#announcements")).not_to_contain_text("Everything is saved")


def test_the_language_is_chosen_in_the_settings(typists: Typists) -> None:
    maria = typists("maria")
    page = maria.open(23)
    dialog = maria.settings()
    dialog.get_by_role("tab", name="Language").click()
    dialog.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    maria.is_at(23)()
    maria.until_saved()
    page.locator("#main").focus()
    maria.press("Control+,")
    page.locator("#settings [role=tab]").last.click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
