"""Two people talk about an image, look at what was done on it, and follow one another."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.editor import Editor, close
from tests.browser.editor_site import JUDGED_FRAME, EditorSite
from tests.browser.firefox import needs_chromium
from tests.browser.pages_site import BASE

pytestmark = pytest.mark.browser
AXE = BASE / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def pair(browser: Browser, site: EditorSite) -> Iterator[tuple[Editor, Editor]]:
    """Ada and Linus, each at one browser for all tests; afterwards neither page may have had an error."""
    both = Editor(browser, site, "ada"), Editor(browser, site, "linus")
    yield both
    assert close(list(both)) == []


@pytest.fixture
def ada(pair: tuple[Editor, Editor], frame: int) -> Editor:
    return opened(pair[0], frame)


@pytest.fixture
def linus(pair: tuple[Editor, Editor], frame: int) -> Editor:
    return opened(pair[1], frame)


def opened(editor: Editor, frame: int) -> Editor:
    editor.open(frame)
    editor.page.locator("#main").focus()
    return editor


def threads(editor: Editor) -> Locator:
    return editor.page.locator("#talk .thread")


def comments_tab(editor: Editor) -> Locator:
    return editor.page.get_by_role("tab", name=re.compile("^Comments"))


PAINTED = """([x1, y1, x2, y2]) => {
  const canvas = document.getElementById('layer-live');
  const box = canvas.getBoundingClientRect();
  const ratio = canvas.width / box.width;
  const place = [x1 - box.left, y1 - box.top, x2 - x1, y2 - y1].map((each) => Math.round(each * ratio));
  return canvas.getContext('2d').getImageData(...place).data.filter((value, at) => at % 4 === 3 && value > 0).length;
}"""


def painted(editor: Editor, x1: float, y1: float, x2: float, y2: float) -> int:
    """How many pixels of a part of the image have something that moves or is looked at."""
    return int(editor.page.evaluate(PAINTED, [*editor.at(x1, y1), *editor.at(x2, y2)]))


# Seeing each other


def test_cursors_are_named_and_can_be_switched_off(ada: Editor, linus: Editor) -> None:
    color = linus.color_of("Ada")
    ada.page.mouse.move(*ada.at(900, 600))
    linus.until(lambda: linus.coloured(color, 880, 580, 990, 660) > 40, lambda: "no named pointer of Ada")
    linus.press("Control+,")
    linus.page.get_by_role("tab", name="View").click()
    switch = linus.page.get_by_label("Cursors of other people")
    switch.uncheck()
    linus.press("Escape")
    linus.until(lambda: linus.coloured(color, 880, 580, 990, 660) == 0, lambda: "the pointer is still there")
    linus.press("Control+,")
    switch.check()
    linus.press("Escape")


def test_a_box_says_who_is_editing_it_and_the_film_who_is_where(
    ada: Editor, linus: Editor, frame: int
) -> None:
    ada.draw(200, 200, 400, 300)
    linus.expect_boxes((200, 200, 400, 300))
    ada.click(300, 250)
    (row,) = linus.rows()
    expect(linus.row(row.box)).to_have_attribute(
        "aria-label", re.compile("accepted, by Ada, Ada is editing this box$")
    )
    color = linus.color_of("Ada")
    linus.until(lambda: linus.coloured(color, 190, 306, 250, 340) > 40, lambda: "no name at the ring")
    ada.press("f")
    there = linus.page.locator(f'#film a[data-frame="{frame + 1}"]')
    expect(there).to_have_accessible_name(re.compile("here now: Ada"))
    expect(there.locator("xpath=..").locator(".film__people .avatar")).to_have_text("A")


def test_following_goes_where_the_other_points_also_to_another_image_until_one_moves(
    ada: Editor, linus: Editor, frame: int, unused_frames: Iterator[int]
) -> None:
    page = linus.page
    expect(page.locator("#people .avatar")).to_have_count(1)
    linus.press("u")
    banner = page.locator("#following")
    expect(banner).to_contain_text("Following Ada")
    for _ in range(6):
        page.locator(".rail [data-command='view.in']").click()
    linus.press("u", "u")
    expect(banner).to_contain_text("Following Ada")
    ada.page.mouse.move(*ada.at(1200, 740))
    inside = """([x, y]) => { const r = document.getElementById('main').getBoundingClientRect();
      return x > r.left && x < r.right && y > r.top && y < r.bottom; }"""
    linus.until(
        lambda: page.evaluate(inside, list(linus.at(1200, 740))), lambda: "the pointer is out of sight"
    )
    next(unused_frames)
    ada.press("f")
    expect(page).to_have_url(re.compile(f"/frames/{frame + 1}/$"))
    linus.until_saved()
    expect(banner).to_contain_text("Following Ada")
    ada.page.mouse.move(*ada.at(700, 400))
    linus.until(
        lambda: linus.coloured(linus.color_of("Ada"), 690, 390, 790, 460) > 8, lambda: "no pointer of Ada"
    )
    page.mouse.move(*linus.at(300, 300))
    page.mouse.wheel(0, -200)
    expect(banner).to_be_hidden()


def test_a_face_is_followed_by_a_click_and_let_go_by_another(ada: Editor, linus: Editor) -> None:
    face = linus.page.locator("#people button")
    expect(face).to_have_accessible_name("Ada is here. Follow them.")
    expect(face).to_have_attribute("aria-pressed", "false")
    face.focus()
    linus.press("Enter")
    expect(face).to_have_attribute("aria-pressed", "true")
    expect(linus.page.locator("#following")).to_contain_text("Following Ada")
    face.click()
    expect(face).to_have_attribute("aria-pressed", "false")
    expect(linus.page.locator("#following")).to_be_hidden()
    linus.press("Control+k")
    linus.page.keyboard.type("follow ada")
    linus.press("Enter")
    expect(linus.page.locator("#following")).to_contain_text("Following Ada")


def test_following_goes_beyond_what_the_filmstrip_has_loaded(ada: Editor, linus: Editor) -> None:
    opened(ada, 1)
    opened(linus, 1)
    far = 35
    assert linus.page.locator(f"[data-frame='{far}']").count() == 0
    expect(linus.page.locator("#people .avatar")).to_have_count(1)
    linus.press("u")
    expect(linus.page.locator("#following")).to_contain_text("Following Ada")
    ada.open(far)
    expect(linus.page).to_have_url(re.compile(f"/frames/{far}/$"))
    linus.until_saved()
    expect(linus.page.locator("#following")).to_contain_text("Following Ada")


def test_a_status_that_one_sets_the_other_sees(ada: Editor, linus: Editor, frame: int) -> None:
    ada.draw(100, 100, 200, 200)
    ada.until_saved()
    ada.press("Control+k")
    ada.page.keyboard.type("mark complete")
    ada.press("Enter")
    for editor in (ada, linus):
        expect(editor.page.locator("#frame-status summary")).to_contain_text(re.compile("complete", re.I))
    expect(linus.page.locator(f'#film a[data-frame="{frame}"]')).to_have_accessible_name(
        re.compile("complete", re.I)
    )


def test_g_looks_at_what_somebody_changed_and_the_notice_says_so(ada: Editor, linus: Editor) -> None:
    ada.draw(100, 100, 200, 200)
    linus.expect_boxes((100, 100, 200, 200))
    for editor, key, label in ((ada, "3", "person"), (linus, "2", "bus")):
        editor.click(150, 150)
        editor.press(key)
        ada.until(lambda label=label: ada.rows()[0].label == label, lambda: f"{ada.rows()}")
        editor.until_saved()
    ada.press("Control+z")
    look = ada.notices.get_by_role("button", name=re.compile("^Show the box"))
    expect(look.locator("kbd")).to_have_text("G")
    ada.page.locator("#main").focus()
    ada.press("Escape", "g")
    expect(ada.page.locator("#boxes [aria-selected=true]")).to_have_count(1)


# Talking


@needs_chromium
def test_comments_on_a_box_and_a_place_are_answered_and_resolved_live(ada: Editor, linus: Editor) -> None:
    ada.draw(200, 200, 400, 300)
    linus.expect_boxes((200, 200, 400, 300))
    ada.click(300, 250)
    ada.press("c")
    field = ada.page.get_by_role("textbox", name="Comment", exact=True)
    expect(field).to_be_focused()
    expect(ada.page.locator("#remark-about")).to_have_text("About the box car")
    ada.page.keyboard.type("Is this a van, @")
    names = ada.page.get_by_role("listbox", name="Members")
    expect(names.get_by_role("option")).to_have_count(4)
    ada.press("ArrowDown")
    expect(names.get_by_role("option", selected=True)).to_contain_text("@linus")
    ada.press("Enter")
    expect(field).to_have_value("Is this a van, @linus ")
    ada.press("Control+Enter")
    expect(comments_tab(linus)).to_have_text("Comments (1)")
    linus.press("c")
    thread = threads(linus)
    expect(thread.locator(".comment__text")).to_have_text("Is this a van, @linus")
    expect(thread.locator(".mention")).to_have_text("@linus")
    expect(thread.locator(".thread__about")).to_have_text("car")
    thread.get_by_role("button", name="Reply").click()
    linus.page.keyboard.type("Yes <b>it</b> is")
    linus.press("Control+Enter")
    expect(threads(ada).locator(".comment__text").nth(1)).to_have_text("Yes <b>it</b> is")
    expect(thread.get_by_role("button", name="Reply")).to_be_focused()
    pin = ada.page.locator(".pin")
    expect(pin).to_have_count(1)
    ada.page.locator("#main").focus()
    ada.press("Escape")
    ada.page.mouse.move(*ada.at(800, 600))
    ada.press("c")
    expect(ada.page.locator("#remark-about")).to_have_text(
        re.compile(r"About the place (799|80\d), (59\d|60\d)")
    )
    ada.page.keyboard.type("A ghost here")
    ada.press("Control+Enter")
    expect(pin).to_have_count(2)
    expect(threads(linus)).to_have_count(2)
    threads(linus).first.get_by_role("button", name="Resolve").click()
    expect(threads(ada)).to_have_count(1)
    expect(pin).to_have_count(1)
    ada.page.get_by_role("button", name="Show 1 resolved one").click()
    expect(threads(ada).first).to_contain_text("Resolved by Linus")
    threads(ada).first.get_by_role("button", name="Open again").click()
    expect(threads(linus)).to_have_count(2)
    mine = threads(ada).last
    mine.get_by_role("button", name="Change this comment").click()
    mine.get_by_role("textbox", name="Change this comment").fill("A ghost, or a stain")
    ada.press("Control+Enter")
    expect(threads(linus).last).to_contain_text("A ghost, or a stain")
    expect(threads(linus).last).to_contain_text("changed")
    expect(threads(linus).last.get_by_role("button", name="Delete this comment")).to_have_count(0)
    mine.get_by_role("button", name="Delete this comment").click()
    expect(threads(linus)).to_have_count(1)


def test_the_palette_resolves_the_comment_with_the_focus(ada: Editor, linus: Editor) -> None:
    ada.draw(100, 100, 300, 220)
    ada.press("Tab", "c")
    ada.page.locator("#remark-text").fill("Is this a bus?")
    ada.press("Control+Enter")
    thread = ada.page.locator("#talk .thread")
    expect(thread).to_contain_text("Is this a bus?")
    expect(thread.get_by_role("button", name="Resolve")).to_be_visible()
    ada.press("Escape")
    thread.get_by_role("button", name="Reply").focus()
    ada.press("Control+k")
    ada.page.keyboard.type("resolve the comment")
    ada.press("Enter")
    expect(ada.page.locator("#brief")).to_have_text("The comment is resolved.")
    expect(ada.page.locator("#tab-side-comments")).to_have_text("Comments")
    expect(thread).to_have_count(0)


def test_what_is_being_written_survives_news_and_another_image(ada: Editor, linus: Editor) -> None:
    for editor in (ada, linus):
        editor.press("c")
    ada.page.keyboard.type("one")
    ada.press("Control+Enter")
    expect(threads(linus)).to_have_count(1)
    threads(linus).get_by_role("button", name="Reply").click()
    linus.page.keyboard.type("half an ans")
    ada.page.keyboard.type("two")
    ada.press("Control+Enter")
    expect(comments_tab(linus)).to_have_text("Comments (2)")
    reply = threads(linus).first.get_by_role("textbox", name="Reply")
    expect(reply).to_have_value("half an ans")
    linus.page.get_by_role("textbox", name="Comment", exact=True).fill("a draft")
    expect(threads(linus)).to_have_count(2)
    expect(reply).to_have_value("half an ans")
    linus.page.locator("#main").focus()
    linus.press("f")
    linus.until_saved()
    expect(linus.page.get_by_role("textbox", name="Comment", exact=True)).to_have_value("")
    linus.press("d")
    linus.until_saved()
    expect(linus.page.get_by_role("textbox", name="Comment", exact=True)).to_have_value("a draft")


def test_what_is_said_offline_is_kept_over_a_reload_and_sent_even_on_a_box_that_is_not_saved_yet(
    ada: Editor, linus: Editor, frame: int
) -> None:
    ada.context.set_offline(True)
    expect(ada.save_state).to_contain_text("Offline")
    ada.draw(200, 200, 400, 300)
    ada.click(300, 250)
    ada.press("c")
    ada.page.keyboard.type("said offline")
    ada.press("Control+Enter")
    expect(threads(ada)).to_contain_text("not sent yet")
    expect(ada.page.locator("#brief")).to_contain_text("The comment is kept")
    ada.page.route(f"**/frames/{frame}/comments", lambda route: route.abort())
    ada.context.set_offline(False)
    ada.page.reload()
    comments_tab(ada).click()
    expect(threads(ada)).to_contain_text("said offline")
    expect(threads(ada)).to_contain_text("not sent yet")
    ada.page.unroute(f"**/frames/{frame}/comments")
    ada.context.set_offline(True)
    expect(ada.save_state).to_contain_text("Offline")
    ada.context.set_offline(False)
    linus.expect_boxes((200, 200, 400, 300))
    expect(comments_tab(linus)).to_have_text("Comments (1)")
    expect(threads(ada)).not_to_contain_text("not sent yet")


# Looking back


@needs_chromium
def test_the_history_says_who_did_what_shows_it_and_takes_the_image_back(ada: Editor, linus: Editor) -> None:
    ada.draw(100, 100, 200, 200)
    linus.expect_boxes((100, 100, 200, 200))
    linus.drag((150, 150), (550, 350))
    ada.expect_boxes((500, 300, 600, 400))
    ada.press("y")
    steps = ada.page.locator("#log .log__look")
    expect(steps).to_have_count(2)
    expect(steps.first).to_contain_text(re.compile(r"Linus moved car\s*just now"))
    expect(steps.last).to_contain_text(re.compile(r"Ada drew car\s*just now"))
    around = (90, 110, 110, 190)
    assert painted(ada, *around) == 0
    steps.first.hover()
    ada.until(lambda: painted(ada, *around) > 20, lambda: "where it was is not shown")
    ada.page.mouse.move(5, 400)
    ada.until(lambda: painted(ada, *around) == 0, lambda: "it is still shown")
    steps.first.focus()
    linus.press("3")
    expect(steps).to_have_count(3)
    expect(steps.nth(1)).to_contain_text("Linus moved person")
    assert painted(ada, *around) > 20, "what is looked at stays when something new comes"
    steps.last.focus()
    linus.press("2")
    expect(steps).to_have_count(4)
    expect(steps.last).to_be_focused()
    steps.last.locator("xpath=..").get_by_role("button", name=re.compile("Take the image back")).click()
    for editor in (ada, linus):
        editor.expect_boxes((100, 100, 200, 200))
    expect(steps).to_have_count(5)
    ada.page.locator("#main").focus()
    ada.press("Control+z")
    for editor in (ada, linus):
        editor.expect_boxes((500, 300, 600, 400))
    expect(ada.page.locator("#log").get_by_text(re.compile("undo"))).to_have_count(1)


@pytest.mark.parametrize(("key", "rows", "address"), [("y", "#log", "history"), ("c", "#talk", "comments")])
def test_the_place_of_rows_to_come_is_held_while_they_are_loaded(
    ada: Editor, frame: int, key: str, rows: str, address: str
) -> None:
    held: list[Route] = []
    place = re.compile(rf"/{address}(\?|$)")
    ada.page.route(place, lambda route: held.append(route))
    opened(ada, frame)
    ada.press(key)
    expect(ada.page.locator(f"{rows}[aria-busy=true]")).to_be_visible()
    size = ada.page.locator(rows).bounding_box()
    assert size is not None and size["height"] > 200
    ada.until(lambda: bool(held), lambda: "nothing was asked for")
    for route in held:
        route.continue_()
    expect(ada.page.locator(f"{rows}[aria-busy]")).to_have_count(0)
    ada.page.unroute(place)


# Everybody

PANELS: dict[str, Callable[[Page], None]] = {
    "history": lambda page: page.keyboard.press("y"),
    "comments": lambda page: page.keyboard.press("c"),
    "filter": lambda page: page.keyboard.press("Control+/"),
    "adjust": lambda page: page.keyboard.press("i"),
    "geometry": lambda page: page.keyboard.press("Tab"),
}


@needs_chromium
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm install")
@pytest.mark.parametrize(
    "options",
    [
        {"color_scheme": "light"},
        {"color_scheme": "dark", "locale": "fr"},
        {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
    ],
    ids=["light", "dark-fr", "phone"],
)
def test_axe_finds_no_barrier_with_any_panel_open(
    browser: Browser, site: EditorSite, options: dict[str, Any]
) -> None:
    vera = Editor(browser, site, "linus", bypass_csp=True, **options)
    page = vera.open(JUDGED_FRAME)
    page.add_script_tag(path=AXE)
    if not page.evaluate(
        "async () => (await (await fetch('/api/ui/frames/39/comments')).json()).comments.length"
    ):
        page.locator("#main").focus()
        vera.press("c")
        page.keyboard.type("Hello @ada ")
        vera.press("Control+Enter")
        expect(threads(vera)).to_have_count(1)
    for name, show in PANELS.items():
        page.locator("#main").focus()
        show(page)
        page.wait_for_timeout(300)  # the drawer moves, the list is drawn with the next frame
        assert barriers(page) == [], name
    assert close([vera]) == []


def barriers(page: Page) -> list[str]:
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    report = page.evaluate("tags => axe.run({runOnly: tags})", tags)
    return [f"{each['id']}: {node['html'][:200]}" for each in report["violations"] for node in each["nodes"]]


TEXTS = """() => {
  const found = new Set();
  const walk = document.createTreeWalker(document.querySelector('#panel').parentElement, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const place = walk.currentNode.parentElement;
    if (!place.closest('script, style, noscript, kbd, .bar, .rail, dialog')) found.add(walk.currentNode.data.trim());
  }
  for (const name of ['aria-label', 'title', 'placeholder']) {
    const places = document.querySelectorAll(`:is(#panel, #adjust, #film, #notices) [${name}]`);
    for (const one of places) found.add(one.getAttribute(name).trim());
  }
  return [...found].filter((text) => /[a-z]{2}/i.test(text));
}"""
SAME_IN_BOTH = re.compile(
    r"street-\d+\.jpg|^(car|bus|person|boat)( \d+)?$|^@?(Ada|Linus|Maria|Vera)$|^Image|^Gamma$|Hello|^Images$",
    re.I,
)


def test_in_french_the_panels_have_no_english_left(browser: Browser, site: EditorSite) -> None:
    said: list[set[str]] = []
    for locale in ("en", "fr"):
        vera = Editor(browser, site, "linus", locale=locale)
        page = vera.open(JUDGED_FRAME)
        texts: set[str] = set()
        for show in PANELS.values():
            page.locator("#main").focus()
            show(page)
            page.wait_for_timeout(300)  # the list is drawn with the next frame
            texts |= set(page.evaluate(TEXTS))
        said.append(texts)
        assert close([vera]) == []
    english, french = said
    assert {text for text in english & french if not SAME_IN_BOTH.search(text)} == set()
    assert len(french) > 50
