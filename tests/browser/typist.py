"""Somebody who works by keys, and what the tests of keys, settings and palette look at."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.editor import Editor

PREFERENCES = "/api/ui/preferences"
Check = Callable[[], None]


class Typist(Editor):
    def open(self, frame: int, **preferences: Any) -> Page:
        """The editor, with these preferences and the defaults for the rest."""
        self.page.goto("/profile/")  # for the token that changes need
        self.ask("PUT", PREFERENCES, preferences)
        return self.open_again(frame)

    def open_again(self, frame: int) -> Page:
        page = super().open(frame)
        page.locator("#main").focus()
        return page

    def reload(self) -> None:
        self.page.reload()
        self.until_saved()
        self.page.locator("#main").focus()

    def ask(self, method: str, address: str, body: object = None) -> Any:
        token = next((one["value"] for one in self.context.cookies() if one["name"] == "hitl_csrf"), "")
        headers = {
            "X-CSRFToken": token,
            "Content-Type": "application/json",
            "Referer": f"{self.site.address}/",
        }
        data = None if body is None else json.dumps(body)
        answer = self.context.request.fetch(address, method=method, headers=headers, data=data)
        assert answer.ok, f"{method} {address}: {answer.status} {answer.text()[:200]}"
        return answer.json()

    def tool(self) -> str:
        return self.page.locator('#rail [aria-pressed="true"]').get_attribute("data-command") or ""

    def settings(self) -> Locator:
        self.press("Control+,")
        dialog = self.page.locator("#settings")
        expect(dialog).to_be_visible()
        return dialog

    # What may be expected: given now, looked at later

    def has_tool(self, command: str) -> Check:
        button = self.page.locator(f'#rail [data-command="{command}"]')
        return lambda: expect(button).to_have_attribute("aria-pressed", "true")

    def has_boxes(self, count: int) -> Check:
        return lambda: expect(listed(self.page)).to_have_count(count)

    def has_selected(self, count: int) -> Check:
        return lambda: expect(selected(self.page)).to_have_count(count)

    def has_label(self, label: str) -> Check:
        said = re.compile(rf"^{label}\b")
        return lambda: expect(selected(self.page)).to_have_attribute("aria-label", said)

    def is_at(self, frame: int) -> Check:
        name = self.page.locator("#frame-name")
        return lambda: expect(name).to_have_text(f"street-{frame:03d}.jpg")

    def opens(self, sheet: str) -> Check:
        def check() -> None:
            expect(self.page.locator(sheet)).to_be_visible()
            self.press("Escape")
            expect(self.page.locator(sheet)).to_be_hidden()

        return check

    def each_works(self, checks: list[tuple[str, Check]]) -> None:
        for key, check in checks:
            self.page.locator("#main").focus()
            self.press(key)
            check()


def listed(page: Page) -> Locator:
    return page.locator("#boxes [role=option]")


def selected(page: Page) -> Locator:
    return page.locator('#boxes [aria-selected="true"]')


def chip(dialog: Locator, command: str, key: str) -> Locator:
    """The button of one key of a command, in the settings."""
    return dialog.locator(f'[data-focus="{command} {key}"]')


def wait_until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)
