"""The editor of one person: nothing is lost, whatever happens to network, server, window and session."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, Page, Route, expect

from tests.browser.editor import Editor, People, are_near
from tests.browser.editor_site import CROWD, CROWDED_FRAME, JUDGED_FRAME, EditorSite
from tests.browser.firefox import needs_chromium
from tests.browser.pages_site import BASE

pytestmark = pytest.mark.browser
AXE = BASE / "node_modules" / "axe-core" / "axe.min.js"
COUNT_POINTERS = """
window.pointerEvents = 0;
for (const name of ['pointerdown', 'pointermove', 'mousedown', 'mousemove', 'click', 'touchstart', 'wheel'])
  addEventListener(name, (event) => { if (event.isTrusted && event.detail !== 0) window.pointerEvents += 1; }, true);
"""


@pytest.fixture(scope="module")
def unused_frames() -> Iterator[int]:
    return iter(range(1, CROWDED_FRAME))


@pytest.fixture
def ada(people: People, frame: int) -> Editor:
    editor = people("ada")
    editor.open(frame)
    return editor


def stored(site: EditorSite, frame: int) -> list[tuple[float, ...]]:
    """Edges of the boxes in the table, in the order of their creation."""
    query = """SELECT x1, y1, x2, y2 FROM annotate_box
               WHERE frame_id = ? AND deleted_revision IS NULL ORDER BY created_revision"""
    return site.rows(query, frame)


def authors(site: EditorSite, frame: int) -> list[str]:
    """Who made the operations of the frame, in their order."""
    query = """SELECT username FROM annotate_operation o JOIN annotate_user u ON u.id = o.user_id
               WHERE frame_id = ? ORDER BY revision"""
    return [name for (name,) in site.rows(query, frame)]


def expect_stored(editor: Editor, frame: int, *edges: tuple[int, int, int, int]) -> None:
    editor.until(
        lambda: are_near(stored(editor.site, frame), list(edges)),
        lambda: f"{stored(editor.site, frame)} is stored, not {edges}",
    )


# The connection is away


def test_what_is_done_offline_is_counted_kept_and_sent(site: EditorSite, frame: int, ada: Editor) -> None:
    ada.draw(100, 100, 200, 200)
    expect_stored(ada, frame, (100, 100, 200, 200))
    ada.context.set_offline(True)
    expect(ada.save_state).to_contain_text("Offline")
    heard = ada.page.locator("#announcements")
    expect(heard).to_contain_text("Offline. You can go on.")
    ada.draw(300, 100, 400, 200)
    expect(ada.save_state).to_contain_text("Offline, 1 edit kept")
    ada.drag((150, 150), (250, 450))
    expect(ada.save_state).to_contain_text("Offline, 2 edits kept")
    ada.expect_boxes((200, 400, 300, 500), (300, 100, 400, 200))
    assert are_near(stored(site, frame), [(100, 100, 200, 200)])
    ada.context.set_offline(False)
    expect(ada.save_state).to_contain_text("Saved")
    expect(heard).to_contain_text("Saved. Every edit is saved at once.")
    expect_stored(ada, frame, (200, 400, 300, 500), (300, 100, 400, 200))


def test_f7_what_was_not_sent_when_the_page_was_closed_is_sent_when_it_is_opened_again(
    site: EditorSite, frame: int, ada: Editor
) -> None:
    ada.context.set_offline(True)
    expect(ada.save_state).to_contain_text("Offline")
    ada.draw(100, 100, 200, 200)
    ada.drag((150, 150), (450, 350))
    expect(ada.save_state).to_contain_text("Offline, 2 edits kept")
    ada.page.close()
    ada.context.set_offline(False)
    ada.new_page()
    ada.open(frame)
    ada.expect_boxes((400, 300, 500, 400))
    expect_stored(ada, frame, (400, 300, 500, 400))
    ada.press("Control+z")
    ada.expect_boxes((100, 100, 200, 200))


@pytest.mark.parametrize(
    ("button", "edges"), [("Use mine", (600, 500, 700, 600)), ("Keep theirs", (300, 100, 400, 200))]
)
def test_w25_an_offline_edit_that_meets_a_newer_one_asks_and_does_as_told(
    frame: int, ada: Editor, people: People, button: str, edges: tuple[int, int, int, int]
) -> None:
    linus = people("linus")
    linus.open(frame)
    ada.draw(100, 100, 200, 200)
    linus.expect_boxes((100, 100, 200, 200))
    ada.context.set_offline(True)
    expect(ada.save_state).to_contain_text("Offline")
    linus.drag((150, 150), (350, 150))
    expect_stored(linus, frame, (300, 100, 400, 200))
    ada.page.wait_for_timeout(5100)  # what waits for less counts as made online
    ada.drag((150, 150), (650, 550))
    expect(ada.save_state).to_contain_text("Offline, 1 edit kept")
    ada.context.set_offline(False)
    expect(ada.notices).to_contain_text("Linus changed this box before you")
    ada.expect_boxes((300, 100, 400, 200))
    linus.expect_boxes((300, 100, 400, 200))
    ada.page.get_by_role("button", name=button).click()
    expect(ada.notices).to_have_count(0)
    for editor in (ada, linus):
        editor.expect_boxes(edges)
    expect_stored(ada, frame, edges)


def test_w37_when_the_server_is_killed_and_comes_back_the_page_goes_on_by_itself(
    site: EditorSite, frame: int, ada: Editor
) -> None:
    ada.draw(100, 100, 200, 200)
    expect_stored(ada, frame, (100, 100, 200, 200))
    site.kill()
    try:
        ada.draw(300, 100, 400, 200)
        ada.press("Control+z", "Control+Shift+z")
        # Four where the server was killed with the first one stored and its answer still on the way.
        expect(ada.save_state).to_contain_text(re.compile("Offline, [34] edits kept"))
    finally:
        site.start()
    expect(ada.save_state).to_contain_text("Saved")
    ada.expect_boxes((100, 100, 200, 200), (300, 100, 400, 200))
    expect_stored(ada, frame, (100, 100, 200, 200), (300, 100, 400, 200))


# The window is away


def crash(page: Page) -> None:
    """The renderer ends as when the system runs out of memory: no event, no good-bye."""
    with pytest.raises(Error, match="crash"):
        page.goto("chrome://crash")


def test_f7_after_a_crash_the_same_person_finds_everything_and_another_one_in_that_browser_nothing(
    site: EditorSite, frame: int, ada: Editor
) -> None:
    ada.context.set_offline(True)
    expect(ada.save_state).to_contain_text("Offline")
    ada.draw(100, 100, 200, 200)
    expect(ada.save_state).to_contain_text("Offline, 1 edit kept")
    crash(ada.page)
    ada.page.close()
    ada.context.set_offline(False)
    ada.context.clear_cookies()
    page = ada.new_page()
    page.goto(f"/projects/1/frames/{frame}/")
    ada.sign_in("linus")
    ada.until_saved()
    ada.expect_boxes()
    ada.draw(700, 500, 800, 600)
    expect_stored(ada, frame, (700, 500, 800, 600))
    assert authors(site, frame) == ["linus"]
    ada.context.clear_cookies()
    page.goto(f"/projects/1/frames/{frame}/")
    ada.sign_in("ada")
    ada.until_saved()
    ada.expect_boxes((700, 500, 800, 600), (100, 100, 200, 200))
    expect_stored(ada, frame, (700, 500, 800, 600), (100, 100, 200, 200))
    assert authors(site, frame) == ["linus", "ada"]


def test_a_duplicated_tab_gets_a_client_of_its_own_and_both_save(
    site: EditorSite, frame: int, ada: Editor
) -> None:
    first = ada.page
    ada.draw(100, 100, 200, 200)
    expect_stored(ada, frame, (100, 100, 200, 200))
    with ada.context.expect_page() as opened:
        first.evaluate("window.open(location.href)")  # takes a copy of sessionStorage along
    ada.page = second = opened.value
    ada.until_saved()
    ada.draw(300, 100, 400, 200)
    ada.page = first
    ada.draw(500, 100, 600, 200)
    for ada.page in (first, second):
        ada.until_saved()
        ada.expect_boxes((100, 100, 200, 200), (300, 100, 400, 200), (500, 100, 600, 200))
    clients = site.rows("SELECT DISTINCT client FROM annotate_operation WHERE frame_id = ?", frame)
    assert len(clients) == 2
    expect(second.locator("#people .avatar")).to_have_count(0)


# The session is over


def test_w6_signed_out_elsewhere_it_says_so_keeps_the_queue_and_sends_it_after_signing_in_again(
    site: EditorSite, frame: int, people: People
) -> None:
    ada = people("ada")
    ada.context.clear_cookies()  # a session of her own: it will be over
    page = ada.page
    page.goto(f"/projects/1/frames/{frame}/")
    ada.sign_in("ada")
    ada.until_saved()
    ada.new_page()
    ada.sign_out()
    ada.page.close()
    ada.page = page
    expect(ada.save_state).to_contain_text("Signed out")
    ada.draw(100, 100, 200, 200)
    ada.expect_boxes((100, 100, 200, 200))
    expect(ada.save_state).to_contain_text("1 edit is kept in this browser")
    assert stored(site, frame) == []
    page.get_by_role("link", name="Sign in").click()
    ada.sign_in("ada")
    expect(page).to_have_url(re.compile(f"/frames/{frame}/$"))
    ada.until_saved()
    ada.expect_boxes((100, 100, 200, 200))
    expect_stored(ada, frame, (100, 100, 200, 200))


# Keys


def test_the_next_picture_is_seen_without_asking_the_server(
    people: People, unused_frames: Iterator[int]
) -> None:
    frame = next(unused_frames)
    assert next(unused_frames) == frame + 1
    ada = people("ada")
    page = ada.page
    answered: list[str] = []
    page.on("requestfinished", lambda request: answered.append(urlsplit(request.url).path))
    ada.open(frame)
    wanted = {f"/api/ui/frames/{frame + 1}", f"/frames/{frame + 1}/image"}
    ada.until(lambda: wanted <= set(answered), lambda: f"not fetched ahead: {answered}")
    asked: list[str] = []

    def keep(route: Route) -> None:
        asked.append(urlsplit(route.request.url).path)  # and never answer

    page.route(re.compile(r"/api/ui/frames/\d+$"), keep)
    ada.press("f")
    expect(page.locator("#frame-name")).to_have_text(f"street-{frame + 1:03d}.jpg")
    expect(page).to_have_url(re.compile(f"/frames/{frame + 1}/$"))
    expect(page.locator("#picture")).to_be_visible()
    expect(page.locator("#picture")).to_have_attribute("src", f"/frames/{frame + 1}/image")
    assert f"/api/ui/frames/{frame + 1}" not in asked
    ada.until_saved()


def test_other_labels_are_known_to_the_dialog_that_asks_a_model(frame: int, people: People) -> None:
    maria = people("maria")
    page = maria.open(frame)
    before = page.evaluate(f"fetch('/api/ui/frames/{frame}').then(answer => answer.json())")
    changed = {
        **before,
        "labels": [*before["labels"]],
        "detection": {**before["detection"], "message": "Now there is a tram."},
    }
    page.route(f"**/api/ui/frames/{frame}", lambda route: route.fulfill(json=changed))
    other = maria.context.new_page()
    other.goto("/projects/1/labels/")
    other.locator("#id_name").first.fill("tram")
    other.locator("#id_name").first.press("Enter")
    expect(page.locator("#labels")).to_contain_text("tram")
    page.locator("#main").focus()
    maria.press("Shift+D")
    expect(page.locator("#detect")).to_contain_text("Now there is a tram.")


def test_a_session_by_keyboard_alone(site: EditorSite, unused_frames: Iterator[int], people: People) -> None:
    frame = next(unused_frames)
    ada = people("ada")
    ada.context.add_init_script(COUNT_POINTERS)
    page = ada.open(frame)
    page.locator("#main").focus()
    for number in range(5):
        ada.press("n", *["Shift+ArrowRight"] * number)
        expect(page.locator("#boxes-count")).to_have_text(str(number + 1))
    # The list follows the picture by a frame.
    ada.until(lambda: len({row.edges for row in ada.rows()}) == 5, lambda: f"{ada.rows()}")
    before = ada.rows()
    x1, y1, x2, y2 = ada.the_selected().edges
    ada.press("3", "ArrowDown", "Shift+ArrowLeft", "Alt+ArrowRight", "Alt+Shift+ArrowDown")
    moved = (x1 - 10, y1 + 1, x2 - 9, y2 + 11)
    ada.until(
        lambda: selected(ada) == [moved],
        lambda: f"{ada.rows()}, not {moved}",
    )
    assert ada.rows()[4].label == "person"
    ada.press("Shift+Tab", "Delete")
    expect(page.locator("#boxes-count")).to_have_text("4")
    ada.press("Control+z")
    expect(page.locator("#boxes-count")).to_have_text("5")
    ada.press("Control+Shift+z")
    expect(page.locator("#boxes-count")).to_have_text("4")
    expect_stored(ada, frame, *(row.edges for row in before[:3]), moved)
    ada.press("f")
    expect(page).to_have_url(re.compile(f"/frames/{frame + 1}/$"))
    ada.until_saved()
    ada.expect_boxes()
    ada.press("n")
    ada.until(lambda: len(stored(site, frame + 1)) == 1, lambda: "the box on the next image is not stored")
    next(unused_frames)
    assert page.evaluate("window.pointerEvents") == 0


def test_typing_in_a_field_does_nothing_to_the_boxes(frame: int, ada: Editor) -> None:
    ada.draw(100, 100, 200, 200)
    ada.click(150, 150)
    fields = ada.page.locator("input:not([type=hidden], [type=range]), textarea")
    ada.page.get_by_role("tab", name="Comments").click()
    field = fields.filter(visible=True).first
    field.fill("")
    field.press_sequentially("bnvd 1 ? +")
    ada.press("Delete", "Backspace", "ArrowLeft", "Home")
    field.press_sequentially("fx")
    expect(field).to_have_value("fxbnvd 1 ? ")
    ada.expect_boxes((100, 100, 200, 200))
    expect(ada.page).to_have_url(re.compile(f"/frames/{frame}/$"))
    expect(ada.page.locator("dialog[open]")).to_have_count(0)


# Many boxes


def test_x2_the_frame_with_two_thousand_boxes_works_like_any_other(site: EditorSite, people: People) -> None:
    ada = people("ada")
    page = ada.open(CROWDED_FRAME)
    expect(page.locator("#boxes-count")).to_have_text(str(CROWD))
    assert 5 < page.locator("#boxes [role=option]").count() < 100, "only the rows in sight exist"
    ada.click(8 + 10 * 25 + 9, 8 + 20 * 19.5 + 7)  # column 10, row 20
    assert are_near([ada.the_selected().edges], [(258, 398, 276, 412)])
    ada.press("ArrowRight", "Shift+ArrowDown")
    ada.until(lambda: selected(ada) == [(259, 408, 277, 422)], lambda: f"{selected(ada)}")
    page.locator("#boxes").focus()
    ada.press("End")
    expect(page.locator("#boxes [aria-selected=true]")).to_have_attribute("aria-posinset", str(CROWD))
    expect(page.locator("#boxes [aria-selected=true]")).to_be_in_viewport()
    ada.press("Control+z")
    ada.click(8 + 10 * 25 + 9, 8 + 20 * 19.5 + 7)
    ada.until(lambda: are_near(selected(ada), [(258, 398, 276, 412)]), lambda: f"{selected(ada)}")
    ada.until(
        lambda: (258.0, 398.0, 276.0, 412.0) in stored(site, CROWDED_FRAME), lambda: "undone, not stored"
    )
    assert len(stored(site, CROWDED_FRAME)) == CROWD


def selected(editor: Editor) -> list[tuple[int, int, int, int]]:
    return [row.edges for row in editor.rows() if row.is_selected]


# Everybody


@needs_chromium
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm install")
@pytest.mark.parametrize(
    "options",
    [
        {"color_scheme": "light"},
        {"color_scheme": "dark"},
        {"color_scheme": "light", "locale": "fr"},
        {"color_scheme": "dark", "locale": "fr", "viewport": {"width": 390, "height": 844}},
        {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
    ],
    ids=lambda options: (
        "-".join(str(value) for value in options.values() if isinstance(value, str)) + f"-{len(options)}"
    ),
)
def test_axe_finds_no_barrier_in_the_editor(frame: int, people: People, options: dict[str, Any]) -> None:
    ada = people("ada", bypass_csp=True, **options)
    ada.open(frame)
    ada.press("n", "n")
    ada.page.wait_for_timeout(300)  # the list is drawn with the next frame
    found = barriers(ada.page)
    assert not found, "\n".join(found)


def barriers(page: Page) -> list[str]:
    page.add_script_tag(path=AXE)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    report = page.evaluate("tags => axe.run({runOnly: tags})", tags)
    return [f"{each['id']}: {node['html'][:200]}" for each in report["violations"] for node in each["nodes"]]


STICKING_OUT = """() => [...document.querySelectorAll('body *')].filter((one) => {
  if (one.closest('.stage, .pins, .film, .visually-hidden, .skip-link, svg')) return false;
  const side = one.closest('.side');
  if (side && getComputedStyle(side).visibility === 'hidden') return false;  // the drawer, put away
  const box = one.getBoundingClientRect();
  return box.width > 1 && box.height > 1 && (box.left < -0.5 || box.right > innerWidth + 0.5);
}).map((one) => `${one.tagName} #${one.id} .${one.className}`)"""
SCROLLING = """() => [...document.querySelectorAll('body *')].filter((one) => (
  one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1 && !one.closest('.film')
  && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)
)).map((one) => `${one.tagName} #${one.id} .${one.className}: ${one.scrollWidth} in ${one.clientWidth}`)"""


@needs_chromium
@pytest.mark.parametrize("language", ["en", "fr"])
def test_at_320_px_only_the_picture_and_the_row_of_images_go_beyond_the_screen(
    people: People, language: str
) -> None:
    ada = people("ada", viewport={"width": 320, "height": 640}, locale=language, reduced_motion="reduce")
    page = ada.open(JUDGED_FRAME)
    trouble: list[str] = []

    def look(place: str) -> None:
        page.wait_for_timeout(100)  # what opens is drawn with the next frame
        width = page.evaluate("document.documentElement.scrollWidth")
        wide = [f"{width} px"] if width > 320 else []
        trouble.extend(
            f"{place}: {each}" for each in [*wide, *page.evaluate(STICKING_OUT), *page.evaluate(SCROLLING)]
        )

    look("bars")
    page.locator("#panel-toggle").click()
    for tab in ("boxes", "history", "comments"):
        page.locator(f"#tab-side-{tab}").click()
        look(tab)
    page.locator("#tab-side-boxes").click()
    page.locator("#boxes [role=option]").first.click()
    look("numbers of a box")
    page.locator("#filter-button").click()
    look("filter")
    page.locator("#panel-toggle").click()
    page.locator("#frame-status summary").click()
    look("status")
    ada.press("Escape")
    page.locator(".menu > summary").last.click()
    look("menu")
    ada.press("Escape")
    for keys in ("Control+k", "?", "Control+,", "Shift+D"):
        page.locator("#main").focus()
        ada.press(keys)
        expect(page.locator("dialog[open]")).to_be_visible()
        look(keys)
        ada.press("Escape")
    page.locator("#main").focus()
    for keys in ("i", "Shift+A", "m"):
        ada.press(keys)
        look(keys)
    assert trouble == []


TEXTS = """() => {
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const { data, parentElement } = walk.currentNode;
    if (!parentElement.closest('script, style, noscript, kbd')) found.add(data.trim());
  }
  for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-description']) {
    for (const one of document.querySelectorAll(`[${name}]`)) found.add(one.getAttribute(name).trim());
  }
  return [...found].filter((text) => /[a-z]{2}/i.test(text));
}"""
SAME_IN_BOTH = {
    *("Menu", "Images", "Image", "Gamma"),
    *("Ada", "City and harbour", "car", "bus", "person", "boat"),
    *("English", "Français", "CVAT", "Label Studio", "labelImg"),
    "tram",  # the label that a test above adds
}


def test_in_french_nothing_is_left_in_english(frame: int, people: People) -> None:
    said: list[set[str]] = []
    for locale in ("en", "fr"):
        ada = people("ada", locale=locale)
        page = ada.open(frame)
        if locale == "en":
            ada.press("n")
        ada.press("Tab", "?")
        expect(page.locator("#help")).to_be_visible()
        said.append(set(page.evaluate(TEXTS)))
        ada.press("Escape")
    english, french = said
    names = re.compile(r"street-\d+\.jpg|^(car|bus|person|boat) \d+$")
    same = {text for text in english & french if not names.search(text)} - SAME_IN_BOTH
    assert not same, "\n".join(sorted(same))
    assert len(french) > 60
