"""The editor by keys alone: every command has one, shows it, and lets it be changed; the palette finds the rest."""

import io
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect, sync_playwright

from tests.browser.editor_site import HEIGHT, PEOPLE, WIDTH, running_editor_site
from tests.browser.pages_site import BASE, PASSWORD

pytestmark = pytest.mark.browser
AXE = BASE / "node_modules" / "axe-core" / "axe.min.js"
PREFERENCES = "/api/ui/preferences"
COUNT_POINTERS = """
window.pointerEvents = 0;
for (const name of ['pointerdown', 'pointermove', 'mousedown', 'click', 'touchstart', 'wheel'])
  addEventListener(name, (event) => { if (event.isTrusted && event.detail !== 0) window.pointerEvents += 1; }, true);
"""


TYPING_FIELD = """
const field = document.createElement('textarea');
field.id = 'typing';
document.body.append(field);
field.focus();
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_editor_site(tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)  # of a machine with much to do
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or None, args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


def picture(route: Route) -> None:
    """The frames of this site have no files."""
    file = io.BytesIO()
    Image.new("RGB", (WIDTH // 4, HEIGHT // 4), (90, 120, 150)).save(file, "JPEG")
    route.fulfill(body=file.getvalue(), content_type="image/jpeg")


@pytest.fixture(scope="module")
def sessions(browser: Browser, site: str) -> dict[str, Any]:
    """The cookies of everybody, signed in once."""
    signed_in: dict[str, Any] = {}
    for username in PEOPLE:
        context = browser.new_context(base_url=site)
        page = context.new_page()
        page.goto("/login/")
        page.locator("#id_username").fill(username)
        page.locator("#id_password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator(".top .menu")).to_be_visible()
        signed_in[username] = context.storage_state()
        context.close()
    return signed_in


class Person:
    """Somebody at a browser of their own, signed in."""

    def __init__(self, browser: Browser, site: str, session: Any, **options: Any) -> None:
        options = {"viewport": {"width": 1280, "height": 720}, "locale": "en", **options}
        self.site = site
        self.context: BrowserContext = browser.new_context(base_url=site, storage_state=session, **options)
        self.page: Page = self.context.new_page()
        self.page.route(re.compile(r"/(image|thumbnail)$"), picture)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, frame: int, **preferences: Any) -> Page:
        """The editor, with these preferences and the defaults for the rest."""
        self.choose(**preferences)
        self.page.goto(f"/projects/1/frames/{frame}/")
        self.ready()
        return self.page

    def ready(self) -> None:
        expect(self.page.locator("#save-state[data-mood=ok]")).to_be_visible()
        self.page.locator("#main").focus()

    def choose(self, **preferences: Any) -> None:
        self.ask("PUT", PREFERENCES, preferences)

    def ask(self, method: str, address: str, body: object = None) -> Any:
        token = next((one["value"] for one in self.context.cookies() if one["name"] == "hitl_csrf"), "")
        headers = {"X-CSRFToken": token, "Content-Type": "application/json", "Referer": f"{self.site}/"}
        data = None if body is None else json.dumps(body)
        answer = self.context.request.fetch(address, method=method, headers=headers, data=data)
        assert answer.ok, f"{method} {address}: {answer.status} {answer.text()[:200]}"
        return answer.json()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


@pytest.fixture
def people(browser: Browser, site: str, sessions: dict[str, Any]) -> Iterator[Callable[..., Person]]:
    """Opens browsers; afterwards nobody's page may have had an error."""
    opened: list[Person] = []

    def person(username: str = "ada", **options: Any) -> Person:
        opened.append(Person(browser, site, sessions[username], **options))
        return opened[-1]

    yield person
    for one in opened:
        one.context.close()
    assert [complaint for one in opened for complaint in one.complaints] == []


def rows(page: Page) -> Locator:
    return page.locator("#boxes [role=option]")


def tool(page: Page) -> str:
    return page.locator('#rail [aria-pressed="true"]').get_attribute("data-command") or ""


def settings_keys(page: Page) -> Locator:
    page.keyboard.press("Control+,")
    dialog = page.locator("#settings")
    expect(dialog).to_be_visible()
    return dialog


def chip(dialog: Locator, command: str, key: str) -> Locator:
    return dialog.locator(f'[data-focus="{command} {key}"]')


# Working without a pointer


def test_it_takes_five_boxes_and_a_submit_with_no_pointer_at_all(people: Callable[..., Person]) -> None:
    ada = people()
    ada.context.add_init_script(COUNT_POINTERS)
    page = ada.open(1)
    for number in range(5):
        ada.press(
            "n", *["Shift+ArrowRight"] * (number + 1), "ArrowDown", "Alt+Shift+ArrowRight", "Control+ArrowUp"
        )
        ada.press(str(number % 4 + 1))
        expect(rows(page)).to_have_count(number + 1)
    ada.press("Tab", "Delete", "Control+z")
    expect(rows(page)).to_have_count(5)
    ada.press("Control+Enter")
    expect(page.locator("#frame-name")).to_have_text("street-002.jpg")
    assert page.evaluate("window.pointerEvents") == 0
    frame = ada.ask("GET", "/api/ui/frames/1")["frame"]
    assert frame["status"] == "complete"
    assert len(frame["boxes"]) == 5
    assert len({box[4] for box in frame["boxes"]}) == 4, "labels by digit"


@pytest.mark.parametrize(
    ("keys", "change"),
    [
        (["ArrowLeft"], [-1, 0, -1, 0]),
        (["Shift+ArrowDown"], [0, 10, 0, 10]),
        (["Alt+ArrowRight"], [0, 0, 1, 0]),
        (["Alt+Shift+ArrowUp"], [0, 0, 0, -10]),
        (["Control+ArrowLeft"], [-1, 0, 0, 0]),
        (["Control+Shift+ArrowDown"], [0, 10, 0, 0]),
    ],
    ids=lambda each: "+".join(map(str, each)) if isinstance(each, list) else None,
)
def test_it_moves_each_edge_by_keys(
    people: Callable[..., Person], keys: list[str], change: list[int]
) -> None:
    ada = people()
    page = ada.open(2)
    if not rows(page).count():
        ada.press("n")
    ada.press("Escape", "Tab")
    row = page.locator('#boxes [aria-selected="true"]')
    before = numbers(row.get_attribute("aria-label"))
    ada.press(*keys)
    expect(row).not_to_have_attribute("aria-label", re.compile(re.escape(sides(before)) + r"(\D|$)"))
    after = numbers(row.get_attribute("aria-label"))
    x, y, width, height = before
    left, top, right, bottom = change
    assert after == [x + left, y + top, width + right - left, height + bottom - top]


def numbers(spoken: str | None) -> list[int]:
    found = re.search(r"left (\d+), top (\d+), width (\d+), height (\d+)", spoken or "")
    assert found, spoken
    return [int(each) for each in found.groups()]


def sides(box: list[int]) -> str:
    return "left {}, top {}, width {}, height {}".format(*box)


def test_it_selects_all_boxes_and_deletes_them_as_one_step(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(3)
    ada.press("n", "n", "n", "Control+a")
    expect(page.locator('#boxes [aria-selected="true"]')).to_have_count(3)
    ada.press("Delete")
    expect(rows(page)).to_have_count(0)
    ada.press("Control+z")
    expect(rows(page)).to_have_count(3)


def test_digits_choose_labels_on_a_french_keyboard(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(4)
    ada.press("n")
    keyboard = ada.context.new_cdp_session(page)
    for digit, typed, label in [("2", "é", "bus"), ("3", '"', "person"), ("4", "'", "boat")]:
        key = {"key": typed, "code": f"Digit{digit}", "text": typed}
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", **key})
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": typed, "code": f"Digit{digit}"})
        expect(page.locator('#boxes [aria-selected="true"]')).to_have_attribute(
            "aria-label", re.compile(rf"^{label}\b")
        )


def test_keys_never_act_in_text_fields(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(5)
    ada.press("n")
    expect(rows(page)).to_have_count(1)
    page.evaluate(TYPING_FIELD)
    page.keyboard.type("nbvdf 123 ? x")
    ada.press("Delete", "Backspace", "Control+a", "ArrowLeft", "Control+z")
    expect(rows(page)).to_have_count(1)
    assert tool(page) == "tool.select"
    expect(page.locator("#frame-name")).to_have_text("street-005.jpg")
    expect(page.locator("dialog[open]")).to_have_count(0)
    ada.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.type("nnn")
    ada.press("Escape")
    expect(page.locator("#typing")).to_be_focused()
    expect(rows(page)).to_have_count(1)


def test_keys_do_not_reach_what_lies_under_an_open_sheet(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(8)
    ada.press("n")
    expect(rows(page)).to_have_count(1)
    dialog = settings_keys(page)
    expect(dialog.get_by_role("tab", name="Keys")).to_be_focused()
    ada.press("n", "b", "f", "Delete", "Control+z", "Control+k", "?", "Control+Enter")
    expect(page.locator("dialog[open]")).to_have_count(1)
    ada.press("Control+,")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(rows(page)).to_have_count(1)
    assert tool(page) == "tool.select"
    shows(page, 8)()


# The status of a frame


def test_a_status_is_changed_by_its_menu_and_seen_by_the_others(people: Callable[..., Person]) -> None:
    ada, linus = people("ada"), people("linus")
    page, other = ada.open(6), linus.open(6)
    status = page.locator("#frame-status")
    status.locator("summary").focus()
    ada.press("Enter", "Tab", "Tab")
    expect(status.get_by_role("button", name="Mark complete", exact=True)).to_be_focused()
    ada.press("Enter")
    for one in (page, other):
        expect(one.locator("#frame-status summary")).to_contain_text("Complete")
    expect(page.locator("#announcements")).to_contain_text("Marked complete")
    other.locator("#frame-status summary").click()
    other.get_by_role("button", name="Open again").click()
    for one in (page, other):
        expect(one.locator("#frame-status summary")).to_contain_text("In progress")


def test_offline_a_frame_is_not_declared_complete_and_that_is_said(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(7)
    ada.context.set_offline(True)
    expect(page.locator("#save-state[data-mood=warn]")).to_be_visible()
    ada.press("Control+Enter")
    expect(page.locator("#brief")).to_contain_text("cannot be changed while offline")
    expect(page.locator("#frame-name")).to_have_text("street-007.jpg")
    ada.context.set_offline(False)
    expect(page.locator("#save-state[data-mood=ok]")).to_be_visible(timeout=20_000)
    assert ada.ask("GET", "/api/ui/frames/7")["frame"]["status"] == "to_annotate"


def test_who_may_only_look_is_told_why(people: Callable[..., Person]) -> None:
    vera = people("vera")
    page = vera.open(7)
    vera.press("Control+Enter")
    expect(page.locator("#brief")).to_contain_text("lets you look, not edit")
    vera.press("Control+k")
    page.keyboard.type("delete")
    option = page.locator('#palette [data-command="box.delete"]')
    expect(option).to_have_attribute("aria-disabled", "true")
    expect(option).to_have_accessible_name(re.compile("^Delete.*Select a box first"))


# Presets


def works(page: Page, checks: list[tuple[str, Callable[[], None]]]) -> None:
    for key, check in checks:
        page.locator("#main").focus()
        page.keyboard.press(key)
        check()


def chosen(page: Page, command: str) -> Callable[[], None]:
    return lambda: expect(page.locator(f'#rail [data-command="{command}"]')).to_have_attribute(
        "aria-pressed", "true"
    )


def opens(page: Page, dialog: str) -> Callable[[], None]:
    def check() -> None:
        expect(page.locator(dialog)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(dialog)).to_be_hidden()

    return check


def shows(page: Page, frame: int) -> Callable[[], None]:
    return lambda: expect(page.locator("#frame-name")).to_have_text(f"street-{frame:03d}.jpg")


def selects(page: Page, count: int) -> Callable[[], None]:
    return lambda: expect(page.locator('#boxes [aria-selected="true"]')).to_have_count(count)


def has_boxes(page: Page, count: int) -> Callable[[], None]:
    return lambda: expect(rows(page)).to_have_count(count)


def has_label(page: Page, label: str) -> Callable[[], None]:
    selected = page.locator('#boxes [aria-selected="true"]')
    return lambda: expect(selected).to_have_attribute("aria-label", re.compile(rf"^{label}\b"))


def test_preset_cvat(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(9, preset="cvat")
    works(page, [
        ("n", chosen(page, "tool.draw")), ("v", chosen(page, "tool.select")), ("Shift+N", selects(page, 1)),
        ("Control+2", has_label(page, "bus")), ("3", has_label(page, "person")), ("h", has_boxes(page, 0)),
        ("Alt+h", has_boxes(page, 1)), ("Tab", selects(page, 1)), ("Delete", selects(page, 0)),
        ("F1", opens(page, "#help")), ("F2", opens(page, "#settings")),
        ("f", shows(page, 10)), ("d", shows(page, 9)), ("Shift+H", chosen(page, "tool.pan")),
    ])  # fmt: skip


def test_preset_label_studio(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(11, preset="labelstudio")
    works(page, [
        ("r", chosen(page, "tool.draw")), ("h", chosen(page, "tool.pan")), ("v", chosen(page, "tool.select")),
        ("n", selects(page, 1)), ("2", has_label(page, "bus")), ("u", selects(page, 0)), ("Alt+.", selects(page, 1)),
        ("Backspace", selects(page, 0)), ("Control+ArrowRight", shows(page, 12)),
        ("Control+ArrowLeft", shows(page, 11)), ("Alt+Enter", shows(page, 12)),
    ])  # fmt: skip
    assert ada.ask("GET", "/api/ui/frames/11")["frame"]["status"] == "complete"


def test_preset_labelimg(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(13, preset="labelimg")
    works(page, [
        ("w", chosen(page, "tool.draw")), ("d", shows(page, 14)), ("a", shows(page, 13)), ("PageDown", shows(page, 14)),
        ("v", chosen(page, "tool.select")),
    ])  # fmt: skip


def test_another_preset_holds_at_once_in_tooltips_strip_and_help(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(15)
    draw = page.locator('#rail [data-command="tool.draw"]')
    expect(draw).to_have_attribute("aria-keyshortcuts", "B")
    strip = page.locator("#key-strip")
    expect(strip).to_contain_text("BDraw")
    dialog = settings_keys(page)
    dialog.get_by_label("Keys as in").select_option("labelimg")
    ada.press("Escape")
    expect(draw).to_have_attribute("aria-keyshortcuts", "W")
    expect(draw.locator(".tip")).to_contain_text("W")
    expect(strip).to_contain_text("WDraw")
    ada.press("?")
    expect(page.locator("#help .help__row", has_text="Draw a box").locator("kbd")).to_have_text(["W"])
    ada.press("Escape", "Control+k")
    expect(page.locator('#palette [data-command="tool.draw"]')).to_contain_text("W")
    ada.press("Escape", "w")
    assert tool(page) == "tool.draw"


# Own keys


def test_a_new_key_survives_a_reload_and_follows_to_another_browser(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(16)
    dialog = settings_keys(page)
    chip(dialog, "tool.draw", "B").focus()
    ada.press("Enter", "q")
    expect(dialog.get_by_role("status").filter(has_text="“Draw a box” has the key Q now.")).to_be_visible()
    expect(chip(dialog, "tool.draw", "Q")).to_be_focused()
    ada.press("Escape", "b")
    assert tool(page) == "tool.select"
    ada.press("q")
    assert tool(page) == "tool.draw"
    page.reload()
    ada.ready()
    ada.press("q")
    chosen(page, "tool.draw")()
    wait_until(lambda: ada.ask("GET", PREFERENCES)["keys"] == {"tool.draw": ["Q"]})
    elsewhere = people()
    elsewhere.page.goto("/projects/1/frames/16/")
    elsewhere.ready()
    elsewhere.press("q")
    chosen(elsewhere.page, "tool.draw")()


def wait_until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_key_of_another_command_is_refused_until_that_is_settled(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(17)
    dialog = settings_keys(page)
    chip(dialog, "frame.next", "F").click()
    ada.press("b")
    expect(dialog.get_by_role("alert")).to_have_text("B is a key of “Draw a box” already.")
    assert ada.ask("GET", PREFERENCES)["keys"] == {}
    swap = dialog.get_by_role("button", name="Swap: give it F")
    expect(swap).to_be_focused()
    ada.press("Escape")
    expect(chip(dialog, "frame.next", "F")).to_be_focused()
    expect(chip(dialog, "tool.draw", "B")).to_be_visible()
    ada.press("Enter", "b", "Enter")
    expect(chip(dialog, "frame.next", "B")).to_be_visible()
    expect(chip(dialog, "tool.draw", "F")).to_be_visible()
    ada.press("Escape", "f")
    assert tool(page) == "tool.draw"
    ada.press("v", "b")
    shows(page, 18)()


def test_keys_are_taken_away_removed_and_reset(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(19)
    dialog = settings_keys(page)
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
    ("key", "said"),
    [
        ("Control+t", "The browser keeps Ctrl+T for itself"),
        ("Enter", "Enter is needed to get around"),
        ("F5", "The browser keeps F5"),
    ],
)
def test_keys_that_are_needed_elsewhere_are_refused(
    people: Callable[..., Person], key: str, said: str
) -> None:
    ada = people()
    dialog = settings_keys(ada.open(19))
    chip(dialog, "tool.draw", "B").click()
    recorder = dialog.locator('[data-focus="recorder"]')
    expect(recorder).to_be_focused()
    names: dict[str, dict[str, object]] = {
        "Control+t": {"key": "t", "code": "KeyT", "ctrlKey": True},
        "Enter": {"key": "Enter", "code": "Enter"},
        "F5": {"key": "F5", "code": "F5"},
    }
    recorder.dispatch_event("keydown", {**names[key], "bubbles": True, "cancelable": True})
    expect(dialog.get_by_role("alert")).to_contain_text(said)
    expect(recorder).to_be_focused()


# Single keys (WCAG 2.1.4)


def test_single_keys_can_be_turned_off(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(20)
    dialog = settings_keys(page)
    dialog.get_by_role("checkbox", name="Single keys").uncheck()
    ada.press("Escape")
    for key in ["n", "b", "h", "1", "f", "d", "?", "Shift+Z", "+", "-", "Shift+1"]:
        ada.press(key)
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(rows(page)).to_have_count(0)
    assert tool(page) == "tool.select"
    shows(page, 20)()
    expect(page.locator('#rail [data-command="tool.draw"]')).not_to_have_attribute(
        "aria-keyshortcuts", re.compile(".")
    )
    expect(page.locator("#labels kbd")).to_have_count(0)
    ada.press("Control+k")
    page.keyboard.type("new box")
    ada.press("Enter")
    expect(rows(page)).to_have_count(1)
    ada.press("Shift+ArrowRight", "Delete")
    expect(rows(page)).to_have_count(0)
    ada.press("PageDown")
    shows(page, 21)()
    page.reload()
    ada.ready()
    ada.press("n", "F1")
    expect(page.locator("#help")).to_be_visible()
    expect(rows(page)).to_have_count(0)


# Palette and help


def palette_items(page: Page) -> dict[str, dict[str, str]]:
    """By command."""
    page.keyboard.press("Control+k")
    found = page.locator("#palette [role=option]").evaluate_all(
        "rows => rows.map(row => ({id: row.dataset.command, name: row.textContent,"
        " title: row.querySelector('.palette__name').textContent}))"
    )
    page.keyboard.press("Escape")
    return {one["id"]: one for one in found}


def test_the_palette_runs_every_command_that_makes_sense(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(22)
    ada.press("n", "n")
    expect(rows(page)).to_have_count(2)
    items = palette_items(page)
    assert len(items) > 50
    ran = 0
    for item in items.values():
        close_everything(page)
        page.keyboard.press("Control+k")
        page.locator("#palette input").fill(item["title"])
        row = page.locator(f'#palette [data-command="{item["id"]}"]')
        expect(row).to_be_visible()
        steps = page.locator("#palette [role=option]").evaluate_all(
            "(rows, id) => rows.findIndex(row => row.dataset.command === id)", item["id"]
        )
        for _ in range(steps):
            page.keyboard.press("ArrowDown")
        expect(row).to_have_attribute("aria-selected", "true")
        is_off = row.get_attribute("aria-disabled") == "true"
        page.keyboard.press("Enter")
        expect(page.locator("#palette")).to_be_visible() if is_off else expect(
            page.locator("#palette")
        ).to_be_hidden()
        ran += not is_off
        assert ada.complaints == [], item["id"]
    assert ran > 30


def close_everything(page: Page) -> None:
    for _ in range(3):
        if page.locator("dialog[open]").count():
            page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.locator("#main").focus()


def test_every_command_has_a_name_in_both_languages(people: Callable[..., Person]) -> None:
    english = palette_items(people().open(23))
    french = palette_items(people(locale="fr").open(23))
    assert english.keys() == french.keys()
    assert [one for one in (*english.values(), *french.values()) if not one["title"].strip()] == []
    same = {each for each in english if english[each]["title"] == french[each]["title"]}
    assert same == set(), "not translated"


def test_the_palette_finds_labels_frames_and_french_words(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(24)
    ada.press("n", "Control+k")
    page.keyboard.type("label bus")
    ada.press("Enter")
    has_label(page, "bus")()
    ada.press("Control+k")
    page.keyboard.type("SUPPRIMER")
    ada.press("Enter")
    expect(rows(page)).to_have_count(0)
    ada.press("Control+k")
    page.keyboard.type("street-026")
    ada.press("Enter")
    shows(page, 26)()
    expect(page.locator("#main")).to_be_focused()


def test_the_palette_keeps_the_focus_in_its_field_and_gives_it_back(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(24)
    page.locator("#labels button").first.focus()
    ada.press("Control+k")
    field = page.get_by_role("combobox")
    expect(field).to_be_focused()
    ada.press("ArrowDown", "ArrowDown")
    expect(field).to_be_focused()
    active = field.get_attribute("aria-activedescendant")
    expect(page.locator(f"#{active}")).to_have_attribute("aria-selected", "true")
    ada.press("Control+k")
    expect(page.locator("#labels button").first).to_be_focused()


def test_help_lists_every_command_with_the_keys_that_hold(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(25, keys={"view.fit": ["Q"]})
    titles = {
        one["title"]
        for key, one in palette_items(page).items()
        if not key.startswith(("label", "box.move", "box.resize"))
    }
    ada.press("?")
    dialog = page.locator("#help")
    shown = set(dialog.locator("dt").all_text_contents())
    assert titles - shown == set()
    assert {
        "Move by 1 pixel",
        "Give this label to the selection and to the next box",
        "Find a command",
    } <= shown
    expect(dialog.locator(".help__row", has_text="Show the whole image").locator("kbd")).to_have_text(["Q"])
    page.keyboard.type("whole")
    expect(dialog.locator(".help__row:visible").first).to_contain_text("whole")
    assert dialog.locator(".help__row:visible").count() < 10
    page.keyboard.type("zzzz")
    expect(dialog.get_by_text("Nothing fits.")).to_be_visible()
    ada.press("Escape", "Escape")  # first empties the field
    expect(dialog).to_be_hidden()
    ada.press("?")
    expect(dialog).to_be_visible()
    ada.press("?")
    expect(dialog).to_be_hidden()
    expect(page.locator("#main")).to_be_focused()


# What can be folded away


def test_the_rows_can_be_hidden_and_the_picture_can_be_alone(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(26)
    dialog = settings_keys(page)
    dialog.get_by_role("tab", name="Keys").press("ArrowRight")
    expect(dialog.get_by_role("tab", name="View")).to_be_focused()
    dialog.get_by_role("checkbox", name="Row of images").uncheck()
    dialog.get_by_role("checkbox", name="Row of keys").uncheck()
    ada.press("Escape")
    expect(page.locator(".film")).to_be_hidden()
    expect(page.locator(".strip")).to_be_hidden()
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
    page.reload()
    ada.ready()
    expect(page.locator(".film")).to_be_hidden()


def test_theme_and_announcements_are_chosen_in_the_settings(people: Callable[..., Person]) -> None:
    ada = people()
    page = ada.open(27)
    dialog = settings_keys(page)
    dialog.get_by_role("tab", name="View").click()
    dialog.get_by_label("Dark").check()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    dialog.get_by_role("radio", name="Nothing").check()
    ada.press("Escape", "Control+s")
    expect(page.locator("#brief")).to_contain_text("Everything is saved")
    wait_until(lambda: ada.ask("GET", PREFERENCES)["announce"] == "none")
    expect(page.locator("#announcements")).to_be_empty()


def test_the_language_is_chosen_in_the_settings(people: Callable[..., Person]) -> None:
    maria = people("maria")
    page = maria.open(27)
    dialog = settings_keys(page)
    dialog.get_by_role("tab", name="Language").click()
    dialog.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    shows(page, 27)()
    maria.ready()
    maria.press("Control+,")
    page.locator("#settings [role=tab]").last.click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


# Nobody is shut out


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm install")
@pytest.mark.parametrize(
    ("theme", "language", "width"), [("light", "en", 1280), ("dark", "fr", 1280), ("light", "fr", 390)]
)
def test_axe_finds_no_barrier(people: Callable[..., Person], theme: str, language: str, width: int) -> None:
    size = {"width": width, "height": 720}
    ada = people(locale=language, color_scheme=theme, viewport=size, bypass_csp=True, reduced_motion="reduce")
    page = ada.open(28)
    page.add_script_tag(path=AXE)
    ada.press("n")
    found = []
    if width > 640:
        page.locator("#frame-status summary").click()
        found += barriers(page, "status")
        ada.press("Escape")
    ada.press("Control+k")
    found += barriers(page, "palette")
    page.keyboard.type("zzz")
    found += barriers(page, "palette without a match")
    ada.press("Escape")
    page.locator("#main").focus()
    ada.press("F1")
    found += barriers(page, "help")
    ada.press("Escape")
    page.locator("#main").focus()
    dialog = settings_keys(page)
    found += barriers(page, "settings, keys")
    chip(dialog, "frame.next", "F").click()
    ada.press("b")
    found += barriers(page, "settings, a conflict")
    ada.press("Escape")
    for number in (1, 2):
        dialog.get_by_role("tab").nth(number).click()
        found += barriers(page, f"settings, tab {number}")
    ada.press("Escape")
    page.locator("#main").focus()
    ada.press("Shift+Z")
    found += barriers(page, "only the picture")
    assert found == []


def barriers(page: Page, place: str) -> list[str]:
    """In the sheet that is open, else on the whole page."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    report = page.evaluate(
        "tags => axe.run(document.querySelector('dialog[open]') ?? document, {runOnly: tags})", tags
    )
    return [
        f"{place}: {each['id']}: {node['html'][:160]}"
        for each in report["violations"]
        for node in each["nodes"]
    ]
