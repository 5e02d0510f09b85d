"""An administrator changes labels while somebody draws: the editor follows within seconds and takes nothing from the
hand; and takes it back. And fields that search have names."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Locator, Page, expect

from tests.browser.editor import Editor, People
from tests.browser.editor_site import EditorSite
from tests.browser.pages_site import BASE
from tests.browser.test_admin import ADMIN

pytestmark = pytest.mark.browser
CAR, BUS = 1, 2
PINK = "rgb(204, 121, 167)"
SWATCH = '.swatch rect[fill="#cc79a7"]'


@pytest.fixture(scope="module", autouse=True)
def root(site: EditorSite) -> Iterator[None]:
    subprocess.run([sys.executable, "-c", ADMIN], cwd=BASE, env=site.environment, check=True)
    yield


def change(page: Page, label: int, **fields: str) -> None:
    page.goto(f"/admin/annotate/label/{label}/change/")
    for name, value in fields.items():
        page.locator(f"#id_{name}").fill(value)
    page.locator("input[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def names(editor: Editor) -> list[str]:
    """Of the labels that may be given, in their order."""
    return editor.page.locator("#labels .labels__name").all_inner_texts()


def label_row(editor: Editor, name: str) -> Locator:
    row = editor.page.locator("#labels .labels__row").filter(has_text=name)
    expect(row).to_be_visible()
    return row


def selected_as(editor: Editor, name: str) -> None:
    """The one box that is selected comes to have this label."""
    editor.until(lambda: editor.the_selected().label == name, lambda: f"not {name}: {editor.rows()}")


def test_labels_follow_while_something_is_selected_and_while_somebody_draws(
    people: People, site: EditorSite, frame: int
) -> None:
    ada, desk = people("ada"), people("root").page
    ada.open(frame)
    assert names(ada) == ["car", "bus", "person", "boat"]
    ada.draw(100, 100, 300, 220)
    ada.until_saved()
    ada.click(200, 160)
    box = ada.the_selected()
    assert box.label == "car"

    change(desk, CAR, name="lorry", color="#cc79a7", key="7")
    expect(label_row(ada, "lorry").locator(SWATCH)).to_have_count(1)
    expect(label_row(ada, "lorry").locator("kbd")).to_have_text("7")
    selected_as(ada, "lorry")
    still = ada.the_selected()
    assert (still.box, still.edges) == (box.box, box.edges)
    ada.until(lambda: ada.coloured(PINK, 90, 90, 310, 230) > 0, lambda: "the box has the colour of before")
    ada.press("1")
    expect(ada.page.locator("#brief")).to_contain_text("No label has the key 1.")
    ada.press("2")
    selected_as(ada, "bus")
    ada.press("7")
    selected_as(ada, "lorry")

    ada.press("b")
    ada.hold((500, 300), (600, 400))
    change(desk, CAR, name="truck")
    label_row(ada, "truck")
    ada.page.mouse.move(*ada.at(700, 450), steps=3)
    ada.page.mouse.up()
    selected_as(ada, "truck")
    ada.expect_boxes((100, 100, 300, 220), (500, 300, 700, 450))

    ada.press("b")
    ada.hold((100, 400), (200, 450))
    desk.goto("/admin/annotate/label/?q=truck")
    desk.locator("#action-toggle").check()
    desk.locator("select[name=action]").select_option("deactivate")
    desk.locator(".actions button[name=index]").click()
    expect(ada.page.locator("#brief")).to_contain_text("The label “truck” is no longer in use.")
    ada.page.mouse.up()
    selected_as(ada, "bus")  # the drawing goes on with a label that is in use
    assert names(ada) == ["bus", "person", "boat"]
    assert [row.label for row in ada.rows()] == ["truck", "truck", "bus"], "its boxes keep it"


def test_what_was_changed_is_taken_back_from_the_history_of_the_label(
    people: People, site: EditorSite, frame: int
) -> None:
    linus, desk = people("linus"), people("root").page
    linus.open(frame)
    change(desk, BUS, name="coach")
    label_row(linus, "coach")
    desk.goto(f"/admin/annotate/label/{BUS}/history/")
    expect(desk.get_by_text("Changed Name bus → coach.")).to_be_visible()
    desk.get_by_role("button", name="Take this back: “bus”: name “bus” → “coach”").click()
    expect(desk.locator(".messagelist")).to_contain_text("Taken back")
    label_row(linus, "bus")
    assert "coach" not in names(linus)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_fields_that_search_say_what_they_are_for(people: People, language: str) -> None:
    page = people("root", locale=language).page
    page.goto("/admin/annotate/label/add/")
    with translation.override(language):
        name = gettext("project").capitalize()
    field = page.get_by_role("combobox", name=name)
    field.click()
    search = page.get_by_role("searchbox", name=name)
    expect(search).to_be_focused()
    search.fill("harbour")
    page.get_by_role("option", name="City and harbour").click()
    expect(
        page.get_by_role("combobox", name=f"{name}: City and harbour" if language == "en" else name)
    ).to_be_visible()
