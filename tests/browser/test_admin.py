"""An administrator decides about many boxes: chosen, looked at, confirmed; open editors see it live; and taken back."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext, ngettext
from playwright.sync_api import Page, expect

from tests.browser.editor import Editor, People
from tests.browser.editor_site import JUDGED_FRAME, EditorSite
from tests.browser.pages_site import BASE, PASSWORD

pytestmark = pytest.mark.browser
ADMIN = f"""
import django
django.setup()
from annotate.models import User
User.objects.create_superuser("root", password={PASSWORD!r}, first_name="Root")
"""


@pytest.fixture(scope="module", autouse=True)
def desk(site: EditorSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Somebody who may do everything, and a worker for the lane of such jobs."""
    subprocess.run([sys.executable, "-c", ADMIN], cwd=BASE, env=site.environment, check=True)
    command = [sys.executable, "manage.py", "worker", "--lanes", "long"]
    with (tmp_path_factory.mktemp("worker") / "log").open("wb") as log:
        worker = subprocess.Popen(command, cwd=BASE, env=site.environment, stdout=log, stderr=log)
        yield
        worker.terminate()
        worker.wait(20)


def statuses(site: EditorSite) -> list[str]:
    query = "SELECT status FROM annotate_box WHERE frame_id = ? AND source = 'model' AND status <> 'rejected'"
    return [status for (status,) in site.rows(query, JUDGED_FRAME)]


def proposals_seen(editor: Editor) -> int:
    """Rows of the list that are said to be proposed, with how sure the model was."""
    spoken = [
        row.get_attribute("aria-label") or "" for row in editor.page.locator("#boxes [role=option]").all()
    ]
    return sum("%" in one for one in spoken)


def choose_all(page: Page, action: str) -> None:
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option(action)
    page.locator(".actions button[name=index]").click()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_choose_preview_confirm_live_undo(people: People, site: EditorSite, language: str) -> None:
    ada, root = people("ada", locale=language), people("root", locale=language)
    ada.open(JUDGED_FRAME)
    ada.until(lambda: proposals_seen(ada) == 2, lambda: f"{proposals_seen(ada)} proposals")
    page = root.page
    page.goto("/admin/annotate/box/?view=never_reviewed")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    expect(page.locator("#result_list .desk-crop")).to_have_count(2)
    choose_all(page, "accept")
    with translation.override(language):
        title = ngettext("Accept %(count)d box?", "Accept %(count)d boxes?", 2) % {"count": 2}
        taken_back = gettext("Take it back")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator(".desk-grid li")).to_have_count(1)
    expect(page.locator(".desk-box--marked")).to_have_count(2)
    assert statuses(site) == ["proposed", "proposed"]
    page.locator("button[name=confirm]").click()
    ada.until(lambda: proposals_seen(ada) == 0, lambda: "the editor does not show that they are accepted")
    assert statuses(site) == ["accepted", "accepted"]
    expect(page.locator(".desk-state--done")).to_be_visible()
    page.get_by_role("button", name=taken_back).click()
    expect(page.locator(".desk-state--done")).to_be_visible()
    ada.until(lambda: proposals_seen(ada) == 2, lambda: "the editor does not show them as proposals again")
    assert statuses(site) == ["proposed", "proposed"]


def test_a_preview_that_is_cancelled_changes_nothing(
    people: People, site: EditorSite, tmp_path: Path
) -> None:
    page = people("root").page
    page.goto("/admin/annotate/box/?view=never_reviewed")
    choose_all(page, "reject")
    page.locator("a.closelink").click()
    page.wait_for_url("**/annotate/box/?view=never_reviewed")
    assert statuses(site) == ["proposed", "proposed"]
