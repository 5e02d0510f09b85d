"""Two people and one image: drawn and declared complete, returned with a reason, corrected, approved; by keys alone."""

import gettext
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.editor import Editor, People
from tests.browser.editor_site import EditorSite
from tests.browser.pages_site import BASE

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def with_review(site: EditorSite) -> None:
    """As a manager turns it on."""
    with httpx.Client(base_url=site.address, cookies={"hitl_session": site.session_of("maria")}) as maria:
        page = maria.get("/projects/1/settings/")
        token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        form = {"csrfmiddlewaretoken": token, "name": "City and harbour", "review": "one"}
        answer = maria.post("/projects/1/settings/", data=form, headers={"Referer": site.address})
        assert answer.status_code == 302


def words_in(language: str) -> gettext.NullTranslations:
    """What the scripts of the editor say; the words of the source where there is no translation, as in English."""
    return gettext.translation("djangojs", BASE / "annotate" / "locale", [language], fallback=True)


def complete(editor: Editor, frame: int) -> None:
    editor.open(frame)
    editor.draw(100, 100, 300, 260)
    editor.draw(500, 100, 700, 260)
    editor.until_saved()
    editor.press("Control+Enter")
    expect_status(editor, frame, "complete")


def expect_status(editor: Editor, frame: int, status: str) -> None:
    query = "SELECT status FROM annotate_frame WHERE id = ?"
    editor.until(
        lambda: editor.site.rows(query, frame) == [(status,)], lambda: f"{editor.site.rows(query, frame)}"
    )


@pytest.fixture
def two_frames(unused_frames: Iterator[int]) -> tuple[int, int]:
    return next(unused_frames), next(unused_frames)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_image_goes_back_and_forth_until_it_is_right(
    people: People, two_frames: tuple[int, int], language: str
) -> None:
    frame, other = two_frames
    ada, maria = people("ada", locale=language), people("maria", locale=language)
    words = words_in(language)
    complete(ada, frame)
    complete(ada, other)

    maria.open(frame)
    maria.press("Shift+V")
    bar = maria.page.locator("#review-bar")
    expect(bar).to_contain_text(words.gettext("Not reviewed before"))
    maria.page.locator("#main").focus()
    maria.press("Tab", "s")
    reason = maria.page.locator("#review-reason")
    expect(reason).to_be_focused()
    expect(bar).to_contain_text(words.gettext("(about the selected box)"))
    maria.page.keyboard.type("Too wide on the right.")
    maria.press("Control+Enter")
    expect_status(maria, frame, "returned")
    maria.page.wait_for_url(f"**/frames/{other}/")  # on to the next that waits

    ada.open(frame)
    expect(ada.page.locator("#frame-status summary")).to_contain_text(
        "Returned" if language == "en" else "Renvoyé"
    )
    [first, _second] = ada.rows()
    ada.page.locator("#main").focus()
    ada.press("v", "Tab", "Alt+Shift+ArrowLeft")
    ada.until_saved()
    ada.press("Control+Enter")
    expect_status(ada, frame, "complete")

    maria.open(frame)
    maria.press("Shift+V")
    returned = words.gettext("Returned by %(name)s") % {"name": "Maria"}
    changed = words.ngettext("%(count)s box changed", "%(count)s boxes changed", 1) % {"count": 1}
    expect(bar).to_contain_text(f"{returned} · {changed}")
    maria.press("d")
    assert maria.the_selected().box == first.box
    maria.press("a")
    expect_status(maria, frame, "approved")
    maria.page.wait_for_url(f"**/frames/{other}/")

    maria.open(other)  # or it waits in the next language too
    maria.press("Shift+V", "a")
    expect_status(maria, other, "approved")


def test_nobody_approves_their_own_work(people: People, frame: int) -> None:
    maria = people("maria")
    complete(maria, frame)
    maria.open(frame)
    maria.press("Shift+V")
    bar = maria.page.locator("#review-bar")
    expect(bar).to_contain_text("You labelled this image yourself")
    maria.press("a")
    expect(maria.page.locator("#brief")).to_contain_text("somebody else has to review it")
    expect_status(maria, frame, "complete")


def test_an_annotator_is_not_offered_to_review(people: People, frame: int) -> None:
    ada = people("ada")
    ada.open(frame)
    ada.press("Shift+V")
    expect(ada.page.locator("#brief")).to_contain_text("does not include reviewing")
    assert ada.page.locator("#review-bar").is_hidden()
    ada.page.locator("#frame-status summary").click()
    assert ada.page.locator('#frame-status [data-command="review.approve"]').count() == 0
