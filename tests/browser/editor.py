"""Somebody at the editor in a browser of their own: what a hand does, and what an eye sees. No private hooks."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, expect

from tests.browser.editor_site import EditorSite
from tests.browser.pages_site import PASSWORD

PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)

OFFLINE = re.compile(
    "Firefox can’t establish a connection|The connection to ws.* was interrupted while the page was loading"
)
"""What Firefox says of a socket as an error of the page, where Chromium's console says it: without a network, and when
the page goes away while it connects."""
Edges = tuple[int, int, int, int]
SPOKEN = re.compile(r"^(?P<label>.*) \d+ (?:of|sur) \d+, \w+ (\d+), \w+ (\d+), \w+ (\d+), \w+ (\d+)")
ROWS = """() => [...document.querySelectorAll('#boxes [role=option]')].map((row) => [
  row.dataset.box, row.getAttribute('aria-label'), row.getAttribute('aria-selected') === 'true',
  Number(row.getAttribute('aria-posinset'))])"""
COLOURED = """([color, x1, y1, x2, y2]) => {
  const [r, g, b] = color.match(/\\d+/g).map(Number);
  const canvas = document.getElementById('layer-live');
  const box = canvas.getBoundingClientRect();
  const ratio = canvas.width / box.width;
  const [left, top] = [Math.round((x1 - box.left) * ratio), Math.round((y1 - box.top) * ratio)];
  const [width, height] = [Math.round((x2 - x1) * ratio), Math.round((y2 - y1) * ratio)];
  const { data } = canvas.getContext('2d').getImageData(left, top, width, height);
  let found = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] === r && data[at + 1] === g && data[at + 2] === b && data[at + 3] === 255) found += 1;
  }
  return found;
}"""


@dataclass(frozen=True)
class Row:
    """A box as the list says it, in whole image pixels."""

    box: str
    label: str
    edges: Edges
    is_selected: bool


class Editor:
    def __init__(self, browser: Browser, site: EditorSite, username: str = "ada", **options: Any) -> None:
        options = {"viewport": {"width": 1280, "height": 720}, "locale": "en", **options}
        self.site = site
        self.context: BrowserContext = browser.new_context(base_url=site.address, **options)
        self.context.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        cookie = {"name": "hitl_session", "value": site.session_of(username), "url": site.address}
        self.context.add_cookies([cookie])  # type: ignore[list-item]
        self.page = self.new_page()

    def new_page(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self._failed(str(error)))
        page.on("console", lambda said: self._heard(said.type, said.text))
        self.page = page
        return page

    def _failed(self, text: str) -> None:
        if not OFFLINE.match(text):
            self.complaints.append(text)

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and "Content Security Policy" in text:
            self.complaints.append(text)

    def sign_in(self, username: str) -> None:
        """On the page that asks for it."""
        self.page.locator("#id_username").fill(username)
        self.page.locator("#id_password").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda address: "/login/" not in address)

    def sign_out(self) -> None:
        """In this window; needs a page that is not the editor's, so that the editor in others notices by itself."""
        self.page.goto("/profile/")
        self.page.locator(".menu > summary").last.click()
        self.page.locator('form[action="/logout/"] button').click()
        self.page.wait_for_url(re.compile("/login/"))

    def open(self, frame: int) -> Page:
        self.page.goto(f"/projects/1/frames/{frame}/")
        self.until_saved()
        return self.page

    def until_saved(self) -> None:
        """The picture is there, the connection is, and nothing waits. What was done just now may still be on its way:
        the page says that it is saving only when that takes long enough to be read."""
        expect(self.page.locator("#save-state[data-mood=ok]")).to_be_visible()
        expect(self.page.locator("#picture")).to_be_visible()

    @property
    def save_state(self) -> Locator:
        return self.page.locator("#save-state")

    @property
    def notices(self) -> Locator:
        return self.page.locator("#notices .toast")

    # The hand

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """From image pixels to the place on the screen."""
        picture = self.page.locator("#picture").bounding_box()
        assert picture is not None
        scale = picture["width"] / 1280
        return picture["x"] + x * scale, picture["y"] + y * scale

    def draw(self, x1: int, y1: int, x2: int, y2: int) -> None:
        """With the box tool; the select tool is in the hand afterwards, with nothing selected."""
        self.page.locator("#main").focus()
        self.press("b")
        self.drag((x1, y1), (x2, y2))
        self.press("v", "Escape")

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.at(x, y))

    def hold(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press, move, and do not let go."""
        mouse = self.page.mouse
        mouse.move(*self.at(*start))
        mouse.down()
        mouse.move(*self.at((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), steps=4)
        mouse.move(*self.at(*end), steps=4)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.hold(start, end)
        self.page.mouse.up()

    # The eye

    def rows(self) -> list[Row]:
        """Those of the list that are in sight, in its order."""
        rows = []
        for box, spoken, is_selected, _place in sorted(self.page.evaluate(ROWS), key=lambda row: row[3]):
            found = SPOKEN.match(spoken)
            assert found, spoken
            x, y, width, height = (int(each) for each in found.groups()[1:])
            rows.append(Row(box, found["label"], (x, y, x + width, y + height), is_selected))
        return rows

    def the_selected(self) -> Row:
        """The one box that is selected, as soon as the list shows it."""
        found: list[Row] = []

        def is_one() -> bool:
            found[:] = [row for row in self.rows() if row.is_selected]
            return len(found) == 1

        self.until(is_one, lambda: f"not one selected: {found}")
        return found[0]

    def row(self, box: str) -> Locator:
        return self.page.locator(f'[id="box-{box}"]')

    def edges(self) -> list[Edges]:
        return [row.edges for row in self.rows()]

    def expect_boxes(self, *edges: Edges) -> None:
        """So many boxes are in the list, and these they are, give or take a pixel of the screen."""
        expect(self.page.locator("#boxes-count")).to_have_text(str(len(edges)))
        self.until(
            lambda: are_near(self.edges(), list(edges)),
            lambda: (
                f"{self.edges()}, not {edges}; {self.save_state.inner_text()}; {self.notices.all_inner_texts()}"
            ),
        )

    def color_of(self, name: str) -> str:
        """The colour in which somebody else is shown."""
        avatar = self.page.locator(f'#people .avatar:has-text("{name[0]}")').first
        expect(avatar).to_be_visible()
        return str(avatar.evaluate("mark => getComputedStyle(mark).backgroundColor"))

    def coloured(self, color: str, x1: float, y1: float, x2: float, y2: float) -> int:
        """How many pixels of what moves have exactly this colour, in a part of the image."""
        return int(self.page.evaluate(COLOURED, [color, *self.at(x1, y1), *self.at(x2, y2)]))

    def until(self, condition: Any, otherwise: Any) -> None:
        """Poll in step with the page's own frames."""
        for _ in range(PATIENCE_MS // 50):
            if condition():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(otherwise())


def are_near(found: Sequence[Sequence[float]], wanted: Sequence[Sequence[float]], by: int = 2) -> bool:
    """In the same order, each edge within ``by`` image pixels."""
    pairs = zip(found, wanted, strict=False)
    return len(found) == len(wanted) and all(
        abs(a - b) <= by for one, other in pairs for a, b in zip(one, other, strict=True)
    )


People = Callable[..., Editor]
"""Opens a browser for somebody: ``people("ada", locale="fr")``."""


def close(editors: list[Editor]) -> list[str]:
    """What their pages complained about."""
    for editor in editors:
        try:
            editor.context.close()
        except Error:
            continue  # its browser was crashed on purpose
    return [complaint for editor in editors for complaint in editor.complaints]
