"""What the editor shows while it does not know yet, and what stays in its place: nothing unknown is said to be empty,
nothing jumps, and nobody's focus is lost."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, WebSocketRoute, expect

from tests.browser.editor import Editor, People, close
from tests.browser.editor_site import CROWDED_FRAME, JUDGED_FRAME, EditorSite
from tests.browser.firefox import needs_chromium

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pair(browser: Browser, site: EditorSite) -> Iterator[tuple[Editor, Editor]]:
    """Ada and Linus, each at one browser for all tests; afterwards neither page may have had an error."""
    both = Editor(browser, site, "ada"), Editor(browser, site, "linus")
    yield both
    assert close(list(both)) == []


@pytest.fixture
def ada(pair: tuple[Editor, Editor]) -> Editor:
    return pair[0]


@pytest.fixture
def linus(pair: tuple[Editor, Editor]) -> Editor:
    return pair[1]


def opened(editor: Editor, frame: int) -> Page:
    page = editor.open(frame)
    page.locator("#main").focus()
    return page


def audit(editor: Editor, *, is_on: bool = True) -> None:
    """The mode is remembered with the account."""
    bar = editor.page.locator("#audit-bar")
    editor.page.locator("#main").focus()
    if bar.is_visible() != is_on:
        editor.press("Shift+A")
    expect(bar).to_be_visible(visible=is_on)


# What is not known yet


class Held:
    """What the server says to a page, kept back until it is released."""

    def __init__(self, page: Page) -> None:
        self.messages: list[tuple[WebSocketRoute, Any]] = []
        self.is_released = False
        page.route_web_socket(re.compile("/ws/frames/"), self.connect)

    def connect(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda message: self.take(socket, message))

    def take(self, socket: WebSocketRoute, message: Any) -> None:
        if self.is_released:
            socket.send(message)
        else:
            self.messages.append((socket, message))

    def release(self) -> None:
        self.is_released = True
        for socket, message in self.messages:
            socket.send(message)


def status_of(site: EditorSite, frame: int) -> str:
    [(status,)] = site.rows("SELECT status FROM annotate_frame WHERE id = ?", frame)
    return str(status)


@needs_chromium
def test_while_an_image_is_connecting_nothing_is_said_of_its_boxes_and_nobody_can_declare_it_empty(
    site: EditorSite, people: People
) -> None:
    vera = people("maria")
    page = vera.page
    held = Held(page)
    page.goto(f"/projects/1/frames/{JUDGED_FRAME}/")
    expect(page.locator("#picture")).to_be_visible()
    audit(vera)
    bar, boxes = page.locator("#audit-bar"), page.locator("#boxes")
    expect(bar.locator(".audit__count")).to_have_text("–")
    for name in ("Complete: no objects here", "Complete, next"):
        expect(bar.get_by_role("button", name=name)).to_be_hidden()
    expect(boxes).to_have_attribute("aria-busy", "true")
    expect(page.locator("#boxes-empty")).to_be_hidden()
    expect(page.locator("#boxes-count")).to_have_text("")
    expect(page.locator("#layer-boxes")).to_have_attribute("aria-label", f"street-{JUDGED_FRAME:03d}.jpg")
    assert "0" not in page.locator("#labels").inner_text().replace("0.", "")
    page.locator("#frame-status > summary").click()
    choice = page.locator('#frame-status [data-command="frame.no-objects"]')
    expect(choice).to_have_attribute("aria-disabled", "true")
    expect(choice).to_contain_text("The boxes of this image are not here yet.")
    places = [page.locator("#boxes"), bar.get_by_role("button", name="Rate positive: accept")]
    before = [place.bounding_box() for place in places]
    vera.until(lambda: bool(held.messages), lambda: "the server has said nothing")
    held.release()
    expect(bar.locator(".audit__count")).to_have_text("2 of 3 to judge")
    expect(boxes).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#boxes-count")).to_have_text("3")
    expect(page.locator("#layer-boxes")).to_have_attribute("aria-label", re.compile("with 4 boxes"))
    for place, was in zip(places, before, strict=True):
        now = place.bounding_box()
        assert was is not None and now is not None and (now["x"], now["y"]) == (was["x"], was["y"])
    assert status_of(site, JUDGED_FRAME) != "complete"


def thumbnail(page: Page, frame: int) -> Locator:
    return page.locator(f'#film a[data-frame="{frame}"]')


def test_an_image_whose_boxes_cannot_be_had_is_not_shown_as_empty(people: People) -> None:
    ada = people("ada")
    page = ada.page
    ahead: list[str] = []
    page.on("requestfinished", lambda request: ahead.append(request.url))
    opened(ada, JUDGED_FRAME - 1)
    wanted = f"{ada.site.address}/api/ui/frames/{JUDGED_FRAME}"
    ada.until(lambda: wanted in ahead, lambda: f"not fetched ahead: {ahead}")
    before = thumbnail(page, JUDGED_FRAME).locator("rect").count()
    assert before == 3
    ada.context.set_offline(True)
    expect(ada.save_state).to_contain_text("Offline")
    ada.press("f")
    expect(page.locator("#frame-name")).to_have_text(f"street-{JUDGED_FRAME:03d}.jpg")
    away = page.locator("#boxes-away")
    expect(away).to_have_text("The boxes of this image cannot be shown while offline. What you draw is kept.")
    expect(page.locator("#boxes-count")).to_have_text("–")
    expect(page.locator("#boxes-empty")).to_be_hidden()
    ada.draw(600, 500, 700, 600)
    expect(page.locator("#boxes [role=option]")).to_have_count(1)
    expect(away).to_be_visible()
    page.wait_for_timeout(400)  # the thumbnail is drawn anew after 300 ms
    assert thumbnail(page, JUDGED_FRAME).locator("rect").count() == before
    ada.context.set_offline(False)
    expect(page.locator("#boxes-count")).to_have_text("4")
    expect(away).to_be_hidden()
    expect(thumbnail(page, JUDGED_FRAME).locator("rect")).to_have_count(4)
    ada.until_saved()
    ada.press("Control+z")
    expect(page.locator("#boxes-count")).to_have_text("3")
    ada.until_saved()


WATCH = """() => {
  window.seenStates = new Set();
  const look = () => {
    const [list, empty] = ['boxes', 'boxes-empty'].map((id) => document.getElementById(id));
    window.seenStates.add(`${Math.round(list.getBoundingClientRect().top)} ${empty.checkVisibility()}`);
    requestAnimationFrame(look);
  };
  look();
}"""


def test_from_image_to_image_nothing_flashes_or_jumps(ada: Editor) -> None:
    page = opened(ada, CROWDED_FRAME - 2)
    ada.draw(100, 100, 200, 200)
    opened(ada, CROWDED_FRAME - 1)
    page.evaluate(WATCH)
    ada.press("d")
    expect(page.locator("#boxes-count")).to_have_text("1")
    ada.press("f")
    expect(page.locator("#boxes-count")).to_have_text("3")
    ada.press("f")
    expect(page.locator("#boxes-count")).to_have_text("2000")
    seen = page.evaluate("[...window.seenStates]")
    assert {one.split()[1] for one in seen} == {"false"}
    assert len({one.split()[0] for one in seen}) == 1, seen


# What stays where it is

SHIFTS = """() => new Promise((resolve) => {
  const observer = new PerformanceObserver((list) => resolve(list.getEntries()
    .map(({ value, sources }) => [value, sources.map(({ node }) => node?.className ?? String(node))])));
  observer.observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => resolve([]), 500);
})"""


@needs_chromium
@pytest.mark.parametrize("height", [720, 900])
def test_opening_an_image_in_audit_shifts_nothing(people: People, height: int) -> None:
    maria = people("maria", viewport={"width": 1280, "height": height})
    page = opened(maria, JUDGED_FRAME)
    if page.locator("#audit-bar").is_hidden():
        with page.expect_response(
            lambda one: one.url.endswith("/preferences") and one.request.method == "PUT"
        ):
            audit(maria)
    page.goto("about:blank")
    opened(maria, JUDGED_FRAME)
    expect(page.locator("#audit-bar")).to_be_visible()
    expect(page.locator("#boxes [role=option]")).to_have_count(3)
    shifts = page.evaluate(SHIFTS)
    assert sum(value for value, _ in shifts) < 0.01, shifts


def test_the_mode_of_the_page_before_holds_though_the_server_never_heard_of_it(ada: Editor) -> None:
    page = opened(ada, JUDGED_FRAME)
    audit(ada, is_on=False)
    page.route(
        "**/api/ui/preferences",
        lambda route: route.abort() if route.request.method == "PUT" else route.continue_(),
    )
    audit(ada)
    opened(ada, JUDGED_FRAME)
    expect(page.locator("#audit-bar")).to_be_visible()
    page.unroute("**/api/ui/preferences")
    with page.expect_response(lambda one: one.url.endswith("/preferences") and one.request.method == "PUT"):
        audit(ada, is_on=False)


def test_the_list_keeps_its_size_whatever_is_selected(ada: Editor) -> None:
    page = opened(ada, JUDGED_FRAME)
    boxes = page.locator("#boxes")
    expect(boxes.get_by_role("option")).to_have_count(3)
    before = boxes.bounding_box()
    assert before is not None and before["height"] > 100
    for keys in (["Tab"], ["Control+a"], ["Escape"]):
        ada.press(*keys)
        selected = boxes.locator("[aria-selected=true]")
        expect(selected).to_have_count({"Tab": 1, "Control+a": 3, "Escape": 0}[keys[0]])
        assert boxes.bounding_box() == before, keys


def test_that_there_is_no_box_is_said_in_the_place_of_the_list(ada: Editor, frame: int) -> None:
    page = opened(ada, frame)
    empty, boxes = (page.locator(name).bounding_box() for name in ("#boxes-empty", "#boxes"))
    assert empty is not None and boxes is not None
    assert boxes["y"] <= empty["y"] and empty["y"] + empty["height"] <= boxes["y"] + boxes["height"]


# What others did


def test_the_row_of_images_shows_what_somebody_did_elsewhere(ada: Editor, linus: Editor) -> None:
    page = opened(ada, 25)
    elsewhere = thumbnail(page, 27)
    expect(elsewhere.locator("rect")).to_have_count(0)
    opened(linus, 27)
    linus.draw(100, 100, 300, 300)
    linus.until_saved()
    linus.press("Control+k")
    linus.page.keyboard.type("mark complete")
    linus.press("Enter")
    linus.until(lambda: status_of(ada.site, 27) == "complete", lambda: status_of(ada.site, 27))
    for key, name in (("f", "street-026"), ("d", "street-025")):
        ada.press(key)
        expect(page.locator("#frame-name")).to_contain_text(name)
        expect(page.locator("#picture")).to_be_visible()
    expect(elsewhere.locator("rect")).to_have_count(1)
    expect(elsewhere.locator(".dot")).to_have_class(re.compile("dot--complete"))
    expect(elsewhere).to_have_attribute("aria-label", re.compile("Complete", re.I))


def test_what_i_drew_stays_in_the_row_of_images(ada: Editor) -> None:
    page = opened(ada, 28)
    ahead: list[str] = []
    page.on("requestfinished", lambda request: ahead.append(request.url))
    opened(ada, 28)
    ada.until(lambda: any(one.endswith("/api/ui/frames/29") for one in ahead), lambda: f"{ahead}")
    ada.draw(100, 100, 300, 300)
    expect(thumbnail(page, 28).locator("rect")).to_have_count(1)
    page.route(re.compile(r"/api/ui/frames/\d+$"), lambda route: None)  # nothing newer comes
    ada.press("f")
    expect(page.locator("#frame-name")).to_contain_text("street-029")
    expect(thumbnail(page, 29)).to_have_attribute("aria-current", "page")
    expect(thumbnail(page, 28).locator("rect")).to_have_count(1)
    page.unroute(re.compile(r"/api/ui/frames/\d+$"))


# The focus

Row = Callable[[Editor, Editor, int], Locator]
"""Does what takes away whatever had the focus; returns what has to have it then."""


def field(ada: Editor, frame: int) -> Locator:
    page = opened(ada, frame)
    ada.draw(100, 100, 200, 200)
    ada.click(150, 150)
    first = page.locator("#geometry input").first
    first.focus()
    return first


def field_and_next_image(ada: Editor, _linus: Editor, frame: int) -> Locator:
    field(ada, frame)
    ada.press("Control+k")
    ada.page.keyboard.type("next image")
    ada.press("Enter")
    expect(ada.page).to_have_url(re.compile(f"/frames/{frame + 1}/$"))
    expect(ada.page.locator("#geometry input").first).to_be_hidden()
    return ada.page.locator("#boxes")


def field_of_a_box_that_goes(ada: Editor, linus: Editor, frame: int) -> Locator:
    first = field(ada, frame)
    ada.until_saved()
    opened(linus, frame)
    linus.click(150, 150)
    linus.press("Delete")
    expect(ada.notices).to_have_count(1)
    expect(first).to_be_hidden()
    return ada.page.locator("#boxes")


def toast(ada: Editor, linus: Editor, frame: int) -> Locator:
    field_of_a_box_that_goes(ada, linus, frame)
    ada.notices.get_by_role("button", name="Close").focus()
    ada.press("Enter")
    expect(ada.notices).to_have_count(0)
    return ada.page.locator("#main")


def comment(ada: Editor, frame: int) -> Locator:
    page = opened(ada, frame)
    ada.press("c")
    page.keyboard.type("Is this a boat?")
    ada.press("Control+Enter")
    expect(page.locator("#talk .thread")).to_have_count(1)
    expect(page.locator("#talk .comment__button")).to_have_count(2)
    return page.locator("#talk")


def resolved_comment(ada: Editor, _linus: Editor, frame: int) -> Locator:
    talk = comment(ada, frame)
    talk.get_by_role("button", name="Resolve").focus()
    ada.press("Enter")
    expect(talk.locator(".thread")).to_have_count(0)
    return talk.get_by_role("button", name="Show 1 resolved one")


def deleted_comment(ada: Editor, _linus: Editor, frame: int) -> Locator:
    talk = comment(ada, frame)
    talk.get_by_role("button", name="Delete this comment").focus()
    ada.press("Enter")
    expect(talk.locator(".thread")).to_have_count(0)
    return ada.page.locator("#tab-side-comments")


def stop_following(ada: Editor, linus: Editor, frame: int) -> Locator:
    page = opened(ada, frame)
    opened(linus, frame)
    page.locator("#people .avatar").click()
    page.get_by_role("button", name="Stop following").focus()
    ada.press("Enter")
    expect(page.locator("#following")).to_be_hidden()
    expect(page.locator("#brief")).to_have_text("Nobody is followed.")
    return page.locator("#main")


def complete_and_next(ada: Editor, _linus: Editor, frame: int) -> Locator:
    page = opened(ada, frame)
    audit(ada)
    page.locator("#audit-bar").get_by_role("button", name="Complete: no objects here").focus()
    ada.press("Enter")
    expect(page).to_have_url(re.compile(f"/frames/{frame + 1}/$"))
    ada.until_saved()
    page.locator("#rail [data-command='mode.audit']").evaluate("one => one.click()")
    return page.locator("#main")


def list_hidden(ada: Editor, _linus: Editor, frame: int) -> Locator:
    page = opened(ada, frame)
    page.locator("#boxes").focus()
    ada.press("y")
    expect(page.locator("#boxes")).to_be_hidden()
    return page.locator("#tab-side-history")


def filter_hidden(ada: Editor, _linus: Editor, frame: int) -> Locator:
    page = opened(ada, frame)
    ada.press("Control+/")
    expect(page.locator("#filter input").first).to_be_focused()
    ada.press("y")
    expect(page.locator("#filter")).to_be_hidden()
    return page.locator("#tab-side-history")


def film_hidden(ada: Editor, _linus: Editor, frame: int) -> Locator:
    page = opened(ada, frame)
    thumbnail(page, frame).focus()
    page.evaluate("document.body.classList.add('is-without-film')")
    expect(page.locator("#film")).to_be_hidden()
    return page.locator("#main")


def film_moved(ada: Editor, _linus: Editor, _frame: int) -> Locator:
    page = opened(ada, CROWDED_FRAME)
    expect(thumbnail(page, 9)).to_have_count(0)
    thumbnail(page, 12).focus()
    ada.press("Enter")
    expect(page).to_have_url(re.compile("/frames/12/$"))
    expect(thumbnail(page, 9)).to_have_count(1)
    return thumbnail(page, 12)


def picture_again(ada: Editor, _linus: Editor, frame: int) -> Locator:
    page = ada.page
    place = re.compile(f"/frames/{frame}/image")
    page.route(place, lambda route: route.abort())
    page.goto(f"/projects/1/frames/{frame}/")
    again = page.get_by_role("button", name="Try again")
    again.focus()
    page.unroute(place)
    ada.press("Enter")
    expect(page.locator("#picture")).to_be_visible()
    return page.locator("#main")


def earlier_history(ada: Editor, _linus: Editor, _frame: int) -> Locator:
    page = opened(ada, CROWDED_FRAME)
    place = re.compile("/history")

    def last_page(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "more": False})

    ada.press("y")
    more = page.get_by_role("button", name="Show earlier ones")
    more.focus()
    page.route(place, last_page)
    ada.press("Enter")
    expect(more).to_be_hidden()
    page.unroute(place)
    return page.locator("#log :focus")


LOST: dict[str, Row] = {
    "a field of a box, by going to another image": field_and_next_image,
    "a field of a box that somebody deletes": field_of_a_box_that_goes,
    "the button of a notice": toast,
    "a comment that is resolved": resolved_comment,
    "a comment that is deleted": deleted_comment,
    "the end of following": stop_following,
    "the way on in the bar": complete_and_next,
    "the list of boxes": list_hidden,
    "the filter": filter_hidden,
    "the row of images": film_hidden,
    "a thumbnail": film_moved,
    "a picture that failed": picture_again,
    "earlier history": earlier_history,
}


@pytest.mark.parametrize("name", list(LOST))
def test_the_focus_is_never_lost(ada: Editor, linus: Editor, frame: int, name: str) -> None:
    expect(LOST[name](ada, linus, frame)).to_be_focused()


def test_a_face_keeps_the_focus_when_somebody_else_comes(
    ada: Editor, linus: Editor, people: People, frame: int
) -> None:
    page = opened(ada, frame)
    opened(linus, frame)
    face = page.locator("#people .avatar", has_text="L")
    face.focus()
    people("maria").open(frame)
    expect(page.locator("#people .avatar")).to_have_count(2)
    expect(face).to_be_focused()


def test_the_filter_keeps_the_focus_when_labels_change(people: People, frame: int) -> None:
    maria = people("maria")
    page = opened(maria, frame)
    maria.press("Control+/")
    second = page.locator("#filter input").nth(1)
    second.focus()
    other = maria.context.new_page()
    other.goto("/projects/1/labels/")
    other.locator("#id_name").first.fill("tram")
    other.locator("#id_name").first.press("Enter")
    expect(page.locator("#filter")).to_contain_text("tram")
    expect(second).to_be_focused()


def test_who_presses_beside_everything_is_left_alone(ada: Editor, frame: int) -> None:
    page = opened(ada, frame)
    page.locator("#boxes").focus()
    page.locator("#labels-title").click()
    assert page.evaluate("document.activeElement === document.body")
    ada.press("y")
    expect(page.locator("#boxes")).to_be_hidden()
    page.wait_for_timeout(100)  # a frame or two
    assert page.evaluate("document.activeElement === document.body")


# What is read out

LIVE = """() => [...document.querySelectorAll('output, [role=status], [role=alert], [role=log], [aria-live]')]
  .filter((one) => one.getAttribute('aria-live') !== 'off').map((one) => one.id || one.outerHTML)"""


def test_one_region_speaks(ada: Editor, frame: int) -> None:
    page = opened(ada, frame)
    audit(ada)
    ada.press("m", "Control+/")
    expect(page.locator("#filter")).to_be_visible()
    page.locator("#main").focus()
    ada.press("c")
    expect(page.locator("#remark-text")).to_be_focused()
    assert page.evaluate(LIVE) == ["announcements"]
    ada.press("Control+Enter")
    expect(page.locator("#remark-error")).to_have_text("Write something first.")
    expect(page.locator("#announcements")).to_contain_text("Write something first.")
    audit(ada, is_on=False)


def test_the_list_names_who_judged_and_others_are_named_aloud(ada: Editor, linus: Editor) -> None:
    page = opened(ada, JUDGED_FRAME)
    opened(linus, JUDGED_FRAME)
    row = linus.page.locator("#boxes [role=option]", has_text="bus")
    expect(row).to_have_attribute("aria-label", re.compile("proposed 90.%$"))
    page.locator("#boxes [role=option]", has_text="bus").click()
    audit(ada)
    ada.press("a")
    expect(row).to_have_attribute("aria-label", re.compile("accepted, rated positive, by Ada"))
    expect(linus.page.locator("#announcements")).to_contain_text("Ada changed 1 box.")
    opened(linus, JUDGED_FRAME)
    expect(row).to_have_attribute("aria-label", re.compile("accepted, rated positive, by Ada"))
    ada.press("Control+z")
    audit(ada, is_on=False)
    expect(row).to_have_attribute("aria-label", re.compile("proposed 90.%"))
