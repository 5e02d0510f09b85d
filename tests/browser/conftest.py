"""People who work by keys, at one site for all tests of keys, settings and palette. Each test has frames of its own."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.editor import close
from tests.browser.editor_site import EditorSite, running_editor
from tests.browser.typist import Typist

Typists: TypeAlias = Callable[..., Typist]


@pytest.fixture(scope="session")
def typing_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EditorSite]:
    with running_editor(tmp_path_factory.mktemp("typing")) as running:
        yield running


@pytest.fixture(scope="module")
def typing_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or None
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def typists(typing_browser: Browser, typing_site: EditorSite) -> Iterator[Typists]:
    """Opens browsers; afterwards nobody's page may have had an error."""
    opened: list[Typist] = []

    def typist(username: str = "ada", **options: Any) -> Typist:
        opened.append(Typist(typing_browser, typing_site, username, **options))
        return opened[-1]

    yield typist
    assert close(list(opened)) == []
