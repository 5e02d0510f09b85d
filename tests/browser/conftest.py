"""A browser and a site per module, frames of its own for each test, and people."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.editor import Editor, People, close
from tests.browser.editor_site import JUDGED_FRAME, EditorSite, running_editor
from tests.browser.firefox import IS_CHOSEN, program_for
from tests.browser.typist import Typist

Typists: TypeAlias = Callable[..., Typist]


@pytest.fixture(scope="module")
def typing_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EditorSite]:
    """Not shared by modules: the test of the palette runs every command there is, on whatever frame it comes to."""
    with running_editor(tmp_path_factory.mktemp("typing")) as running:
        yield running


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium; Firefox where HITL_TEST_BROWSER says so (docs/testing.md)."""
    with sync_playwright() as playwright:
        folder = tmp_path_factory.mktemp("firefox")
        opened = firefox(playwright, folder) if IS_CHOSEN else chromium(playwright)
        yield opened
        opened.close()


def chromium(playwright: Playwright) -> Browser:
    """The shell without a window where it is installed: the same engine, and half the processes."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])


def firefox(playwright: Playwright, folder: Path) -> Browser:
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    if found is None:
        pytest.skip("Firefox is not installed")
    return playwright.firefox.launch(channel="moz-firefox", executable_path=program_for(found, folder))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EditorSite]:
    """With the editor; modules that need another one say so."""
    with running_editor(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="module")
def unused_frames() -> Iterator[int]:
    return iter(range(1, JUDGED_FRAME))


@pytest.fixture
def frame(unused_frames: Iterator[int]) -> int:
    """One that no other test of the module has."""
    return next(unused_frames)


@pytest.fixture
def people(browser: Browser, site: EditorSite) -> Iterator[People]:
    """Opens browsers; afterwards nobody's page may have had an error."""
    opened: list[Editor] = []

    def person(username: str = "ada", **options: Any) -> Editor:
        opened.append(Editor(browser, site, username, **options))
        return opened[-1]

    yield person
    assert close(opened) == []


@pytest.fixture
def typists(browser: Browser, typing_site: EditorSite) -> Iterator[Typists]:
    """Opens browsers; afterwards nobody's page may have had an error."""
    opened: list[Typist] = []

    def typist(username: str = "ada", **options: Any) -> Typist:
        opened.append(Typist(browser, typing_site, username, **options))
        return opened[-1]

    yield typist
    assert close(list(opened)) == []
