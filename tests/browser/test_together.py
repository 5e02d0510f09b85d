"""Two people at two browsers on one image: what one does the other sees, and nobody takes anything from anybody."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.editor import Editor, People, Row, are_near
from tests.browser.editor_site import CROWDED_FRAME, EditorSite
from tests.faults.checks import Store, check_log

pytestmark = pytest.mark.browser
MARKUP = "<img src=x onerror=window.hacked=1>"


@pytest.fixture(scope="module")
def unused_frames() -> Iterator[int]:
    return iter(range(1, CROWDED_FRAME))


@pytest.fixture
def ada(people: People, frame: int) -> Editor:
    editor = people("ada")
    editor.open(frame)
    return editor


@pytest.fixture
def linus(people: People, frame: int) -> Editor:
    editor = people("linus")
    editor.open(frame)
    return editor


def check_agreement(site: EditorSite, frame: int, *editors: Editor) -> None:
    """Every screen, the table of boxes and the log come to say the same."""
    for editor in editors:
        editor.until_saved()
        editor.until(
            lambda one=editor: agrees(one.rows(), stored(site, frame)),
            lambda one=editor: f"shown: {one.rows()}, stored: {stored(site, frame)}",
        )
    store = Store(site.data)
    check_log(store, frame, store.operations(frame))


def stored(site: EditorSite, frame: int) -> list[tuple[Any, ...]]:
    query = """SELECT b.id, l.name, x1, y1, x2, y2 FROM annotate_box b JOIN annotate_label l ON l.id = b.label_id
               WHERE b.frame_id = ? AND deleted_revision IS NULL ORDER BY created_revision"""
    return site.rows(query, frame)


def agrees(shown: list[Row], table: list[tuple[Any, ...]]) -> bool:
    return [(row.box.replace("-", ""), row.label) for row in shown] == [
        row[:2] for row in table
    ] and are_near([row.edges for row in shown], [row[2:] for row in table])


def test_what_one_does_to_a_box_the_other_sees(
    site: EditorSite, frame: int, ada: Editor, linus: Editor
) -> None:
    ada.draw(100, 100, 300, 220)
    linus.expect_boxes((100, 100, 300, 220))
    ada.drag((200, 160), (500, 360))
    linus.expect_boxes((400, 300, 600, 420))
    ada.drag((600, 420), (700, 500))
    linus.expect_boxes((400, 300, 700, 500))
    ada.press("3")
    (box,) = linus.rows()
    expect(linus.row(box.box)).to_have_attribute("aria-label", re.compile("^person 1 of 1,"))
    linus.draw(50, 400, 150, 480)
    ada.expect_boxes((400, 300, 700, 500), (50, 400, 150, 480))
    ada.press("Delete")
    linus.expect_boxes((50, 400, 150, 480))
    check_agreement(site, frame, ada, linus)


def test_pointer_selection_and_drag_of_the_other_are_shown_in_their_colour(
    site: EditorSite, frame: int, ada: Editor, linus: Editor
) -> None:
    ada.draw(200, 200, 400, 300)
    linus.expect_boxes((200, 200, 400, 300))
    color = linus.color_of("Ada")

    def sees(x1: int, y1: int, x2: int, y2: int) -> Callable[[], bool]:
        return lambda: linus.coloured(color, x1, y1, x2, y2) > 8

    ada.page.mouse.move(*ada.at(900, 600))
    linus.until(sees(880, 580, 960, 660), lambda: "no pointer of Ada")
    assert not sees(700, 100, 800, 200)(), "colour where nothing is"
    ada.click(300, 250)
    (box,) = linus.rows()
    expect(linus.row(box.box).locator(".boxes__person")).to_have_attribute("title", re.compile("Ada"))
    linus.until(sees(180, 220, 200, 280), lambda: "no ring around what Ada has selected")
    ada.hold((300, 250), (800, 650))
    linus.until(sees(690, 590, 710, 700), lambda: "the drag is not shown")
    assert are_near(linus.edges(), [(200, 200, 400, 300)]), "nothing is done before she lets go"
    ada.page.mouse.up()
    linus.expect_boxes((700, 600, 900, 700))
    ada.press("Escape")
    ada.page.mouse.move(5, 400)
    expect(linus.row(box.box).locator(".boxes__person")).to_have_count(0)
    linus.until(lambda: not sees(0, 0, 1280, 800)(), lambda: "something of Ada stays")
    check_agreement(site, frame, ada, linus)


def test_a_drag_that_is_given_up_leaves_nothing(
    site: EditorSite, frame: int, ada: Editor, linus: Editor
) -> None:
    ada.draw(200, 200, 400, 300)
    linus.expect_boxes((200, 200, 400, 300))
    color = linus.color_of("Ada")
    ada.hold((300, 250), (800, 650))
    linus.until(lambda: linus.coloured(color, 690, 590, 710, 700) > 8, lambda: "the drag is not shown")
    ada.press("Escape")
    ada.page.mouse.up()
    linus.until(lambda: linus.coloured(color, 690, 590, 710, 700) == 0, lambda: "the drag stays")
    assert are_near(linus.edges(), [(200, 200, 400, 300)])
    check_agreement(site, frame, ada, linus)


def test_i6_each_takes_back_only_what_is_his(
    site: EditorSite, frame: int, ada: Editor, linus: Editor
) -> None:
    ada.draw(100, 100, 200, 200)
    linus.expect_boxes((100, 100, 200, 200))
    linus.draw(300, 100, 400, 200)
    ada.draw(500, 100, 600, 200)
    linus.expect_boxes((100, 100, 200, 200), (300, 100, 400, 200), (500, 100, 600, 200))
    linus.press("Control+z")
    ada.expect_boxes((100, 100, 200, 200), (500, 100, 600, 200))
    linus.press("Control+z")
    ada.press("Control+z")
    linus.expect_boxes((100, 100, 200, 200))
    ada.press("Control+z")
    linus.expect_boxes()
    ada.press("Control+Shift+z", "Control+Shift+z")
    linus.press("Control+Shift+z")
    ada.expect_boxes((100, 100, 200, 200), (300, 100, 400, 200), (500, 100, 600, 200))
    check_agreement(site, frame, ada, linus)


def test_w26_two_people_pull_opposite_edges_at_the_same_time_and_both_succeed(
    site: EditorSite, frame: int, ada: Editor, linus: Editor
) -> None:
    ada.draw(400, 300, 600, 500)
    linus.expect_boxes((400, 300, 600, 500))
    ada.click(500, 400)
    linus.click(500, 400)
    ada.hold((400, 400), (250, 400))
    linus.hold((600, 400), (900, 400))
    ada.page.mouse.up()
    linus.page.mouse.up()
    for editor in (ada, linus):
        editor.expect_boxes((250, 300, 900, 500))
    check_agreement(site, frame, ada, linus)


def test_w26_of_two_moves_of_one_box_one_wins_whole_and_the_loser_is_told(
    site: EditorSite, frame: int, ada: Editor, linus: Editor
) -> None:
    ada.draw(400, 300, 500, 400)
    linus.expect_boxes((400, 300, 500, 400))
    ada.hold((450, 350), (150, 150))
    linus.hold((450, 350), (950, 650))
    ada.page.mouse.up()
    linus.until(lambda: are_near(linus.edges(), [(100, 100, 200, 200)]), lambda: "Ada's move has not arrived")
    linus.page.mouse.up()
    for editor in (ada, linus):
        editor.expect_boxes((900, 600, 1000, 700))
    check_agreement(site, frame, ada, linus)


def test_w27_a_box_that_one_deletes_while_the_other_drags_it_stays_deleted_and_can_be_brought_back(
    site: EditorSite, frame: int, ada: Editor, linus: Editor
) -> None:
    ada.draw(400, 300, 500, 400)
    linus.expect_boxes((400, 300, 500, 400))
    linus.hold((450, 350), (950, 650))
    ada.click(450, 350)
    ada.press("Delete")
    linus.until(lambda: linus.edges() == [], lambda: "the deletion has not arrived")
    linus.page.mouse.up()
    ada.expect_boxes()
    ada.press("Control+z")
    for editor in (ada, linus):
        editor.expect_boxes((400, 300, 500, 400))
    check_agreement(site, frame, ada, linus)


def test_w18_a_viewer_sees_everything_and_changes_nothing(
    site: EditorSite, frame: int, ada: Editor, people: People
) -> None:
    vera = people("vera")
    page = vera.open(frame)
    ada.draw(400, 300, 500, 400)
    vera.expect_boxes((400, 300, 500, 400))
    expect(page.locator("#hint")).to_have_text("You can look at this image, not edit it.")
    vera.press("b")
    vera.drag((100, 100), (200, 200))
    vera.press("n", "v")
    vera.drag((450, 350), (800, 600))
    vera.click(450, 350)
    vera.press("ArrowRight", "3", "Delete", "Control+z")
    assert are_near(vera.edges(), [(400, 300, 500, 400)])
    check_agreement(site, frame, ada, vera)
    assert site.rows("SELECT count(*) FROM annotate_operation WHERE frame_id = ?", frame) == [(1,)]


def test_w34_names_with_markup_are_text(site: EditorSite, frame: int, people: People) -> None:
    """Of people, labels and images; set in the table itself, past every form."""
    with sqlite3.connect(site.data / "hitl.sqlite3", timeout=20) as database:
        database.execute("UPDATE annotate_user SET first_name = ? WHERE username = 'linus'", [MARKUP])
        database.execute("UPDATE annotate_label SET name = ? WHERE name = 'boat'", [MARKUP])
        database.execute("UPDATE annotate_frame SET name = ? WHERE id = ?", [f"</script>{MARKUP}", frame])
    try:
        ada, linus = people("ada"), people("linus")
        page = ada.open(frame)
        linus.open(frame)
        linus.press("4")
        linus.draw(400, 300, 500, 400)
        linus.click(450, 350)
        ada.expect_boxes((400, 300, 500, 400))
        assert ada.rows()[0].label == MARKUP
        expect(page.locator("#frame-name")).to_have_text(f"</script>{MARKUP}")
        expect(
            page.locator(f'#people [title*="{MARKUP}"], #people [aria-label*="{MARKUP}"]')
        ).not_to_have_count(0)
        expect(page.locator(".labels__name").nth(3)).to_have_text(MARKUP)
        assert page.locator('img[src="x"]').count() == 0
        assert page.evaluate("window.hacked") is None
    finally:
        with sqlite3.connect(site.data / "hitl.sqlite3", timeout=20) as database:
            database.execute("UPDATE annotate_user SET first_name = 'Linus' WHERE username = 'linus'")
            database.execute("UPDATE annotate_label SET name = 'boat' WHERE name = ?", [MARKUP])


def test_somebody_who_changes_what_one_has_selected_is_named_once_for_all_of_it(
    site: EditorSite, frame: int, ada: Editor, linus: Editor
) -> None:
    ada.draw(100, 100, 300, 220)
    ada.draw(400, 100, 500, 220)
    linus.expect_boxes((100, 100, 300, 220), (400, 100, 500, 220))
    linus.click(200, 160)
    linus.the_selected()
    ada.drag((200, 160), (300, 360))
    expect(linus.notices).to_have_text([re.compile("^Ada changed 1 box that you have selected")])
    ada.press("ArrowLeft", "3")
    expect(linus.notices).to_contain_text([re.compile("left edge.*label")])
    expect(linus.page.locator("#announcements")).to_contain_text("Ada changed 1 box that you have selected")
    expect(linus.page.locator("#notices :is([role], [aria-live])")).to_have_count(0)
    linus.page.mouse.wheel(0, -3000)
    linus.press("g")
    assert linus.the_selected().label == "person"
    ada.press("Delete")
    expect(linus.notices.first).to_contain_text(re.compile("Ada deleted 1 box that you had selected"))
    expect(ada.notices).to_have_count(0)
    linus.expect_boxes((400, 100, 500, 220))
    check_agreement(site, frame, ada, linus)
