"""Signing in as people do, on the page for it."""

from playwright.sync_api import Page

from tests.media.site import PASSWORD


def sign_in(page: Page, name: str = "maria") -> None:
    """Until the menu of the first page is there."""
    page.goto("/login/")
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".top .menu").wait_for()
