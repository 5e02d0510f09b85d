"""The editor at 400 % on a laptop and on a small phone (WCAG 1.4.10): all but the picture can be read and pressed, and
scrolls one way only."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.audit_site import AuditSite, running_audit
from tests.browser.editor import Editor, People
from tests.browser.firefox import needs_chromium

pytestmark = [pytest.mark.browser, needs_chromium]
CUT_OFF = """(place) => [...document.querySelectorAll(`${place}, ${place} *`)].filter((one) => (
  one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline'
  && one.checkVisibility({checkVisibilityCSS: true}) && !one.closest('.visually-hidden')
)).map((one) => `${one.tagName} #${one.id} .${one.className}: ${one.scrollWidth} in ${one.clientWidth}`)"""
"""What is wider than the place it has."""
OVER_ONE_ANOTHER = """(place) => {
  const isSeen = (one) => one.checkVisibility({checkVisibilityCSS: true}) && !one.closest('.visually-hidden');
  const inSight = (one) => {  // what is scrolled away lies on nothing
    let {left, top, right, bottom} = one.getBoundingClientRect();
    for (let around = one.parentElement; around; around = around.parentElement) {
      if (getComputedStyle(around).overflowY === 'visible') continue;
      const box = around.getBoundingClientRect();
      [left, top] = [Math.max(left, box.left), Math.max(top, box.top)];
      [right, bottom] = [Math.min(right, box.right), Math.min(bottom, box.bottom)];
    }
    return {left, top, right, bottom};
  };
  const parts = [...document.querySelectorAll(`${place} :is(button, input, select, label, p, span, summary)`)]
    .filter((one) => isSeen(one) && getComputedStyle(one).display !== 'inline' && !one.querySelector('button, input'))
    .map((one) => [one, inSight(one)]);
  const found = [];
  for (const [a, one] of parts) for (const [b, other] of parts) {
    if (a === b || a.contains(b) || b.contains(a)) continue;
    const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
    const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
    if (across > 2 && down > 2) found.push(`${a.outerHTML.slice(0, 80)} over ${b.outerHTML.slice(0, 80)}`);
  }
  return found;
}"""
"""Words and fields that lie on one another."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuditSite]:
    with running_audit(tmp_path_factory.mktemp("reflow")) as site:
        yield site


@pytest.fixture(params=[(320, 640), (320, 256)], ids=["320x640", "320x256"])
def maria(request: pytest.FixtureRequest, people: People) -> Editor:
    """A manager, who is offered most, in the language that has the longer words."""
    width, height = request.param
    editor = people(
        "maria", viewport={"width": width, "height": height}, locale="fr", reduced_motion="reduce"
    )
    editor.open(1)
    editor.page.locator("#main").focus()
    return editor


def expect_all_in_place(page: Page, place: str) -> None:
    page.wait_for_function("document.getAnimations().length === 0")
    assert page.evaluate(CUT_OFF, place) == []
    assert page.evaluate(OVER_ONE_ANOTHER, place) == []


def test_the_settings_of_the_keys_scroll_as_one(maria: Editor) -> None:
    page = maria.page
    maria.press("Control+,")
    search = page.locator("#keys-search")
    search.scroll_into_view_if_needed()
    expect(search).to_be_in_viewport(ratio=1)
    box = search.bounding_box()
    assert box is not None and box["width"] > 150
    expect_all_in_place(page, "#settings")
    search.fill("audit")
    last = page.locator("#settings tbody tr").last
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()


def test_the_sheet_of_a_detection_has_room_for_its_words(maria: Editor) -> None:
    page = maria.page
    maria.press("Shift+D")
    expect(page.locator("#detect-model")).to_be_visible()
    page.locator("#detect details summary").click()
    expect_all_in_place(page, "#detect")
    every = page.locator("#detect").get_by_role("button", name="Sur toutes les images")
    every.scroll_into_view_if_needed()
    expect(every).to_be_in_viewport(ratio=1)


def test_the_drawer_scrolls_and_its_list_keeps_some_rows(maria: Editor) -> None:
    page = maria.page
    page.locator("#panel-toggle").click()
    page.locator("#boxes [role=option]").first.click()
    for _ in range(2):
        box = page.locator("#boxes").bounding_box()
        assert box is not None and box["height"] >= 84
        for place in ("#boxes", "#geometry"):
            page.locator(place).scroll_into_view_if_needed()
            expect(page.locator(place)).to_be_in_viewport(ratio=0.5)
        expect_all_in_place(page, "#panel")
        page.locator("#filter-button").click()  # and once more with the filter above the list
    page.locator("#geometry input").last.scroll_into_view_if_needed()
    expect(page.locator("#geometry input").last).to_be_in_viewport(ratio=1)
    page.locator("#tab-side-comments").click()
    for place in ("#remark-text", "#remark .button--primary"):
        page.locator(place).scroll_into_view_if_needed()
        expect(page.locator(place)).to_be_in_viewport(ratio=0.9)


def test_the_verdict_on_many_is_pressed_and_not_the_tool_below_it(maria: Editor) -> None:
    page = maria.page
    maria.press("Shift+A", "m")
    many = page.locator("#audit-many")
    expect(many).to_be_visible()
    expect_all_in_place(page, "#audit-many")
    many.get_by_role("button", name="Accepter").click()
    expect(page.locator("#brief")).to_contain_text("accept")
    expect(page.locator('#rail [data-command="tool.select"]')).to_have_attribute("aria-pressed", "true")
    page.locator("#main").focus()
    maria.press("Control+z", "Shift+A")
