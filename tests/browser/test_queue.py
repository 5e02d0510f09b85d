"""The queue in browsers: everybody gets an image of their own, keeps it, and gives it back by closing the window."""

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.editor import Editor, People
from tests.browser.editor_site import EditorSite

pytestmark = pytest.mark.browser
CLAIMS = """SELECT c.strategy, json_extract(c.reasons, '$.ended') FROM annotate_claim c
            JOIN annotate_user u ON u.id = c.user_id WHERE c.frame_id = ? AND u.username = ? ORDER BY c.id"""

STATUS = "SELECT status FROM annotate_frame WHERE id = ?"


def frame_of(editor: Editor) -> int:
    found = re.search(r"/frames/(\d+)/", editor.page.url)
    assert found is not None, editor.page.url
    return int(found[1])


def go_on(editor: Editor) -> int:
    """By the button of the project's page."""
    editor.page.goto("/projects/1/")
    editor.page.get_by_role("button", name="Continue").click()
    editor.until_saved()
    return frame_of(editor)


def moved(editor: Editor, before: int) -> int:
    editor.page.wait_for_url(lambda address: f"/frames/{before}/" not in address)
    editor.until_saved()
    return frame_of(editor)


def until(site: EditorSite, frame: int, who: str, *expected: tuple[Any, ...], newest: bool = False) -> None:
    """All claims of a person on ``frame``, or the ``newest`` only: strategy, how it ended."""
    deadline = time.monotonic() + 40  # of a busy machine
    while (found := site.rows(CLAIMS, frame, who)[-1 if newest else None :]) != list(expected):
        assert time.monotonic() < deadline, f"{found}, not {expected}"
        time.sleep(0.05)


def test_everybody_gets_an_image_of_their_own_and_goes_on_with_the_queue(
    site: EditorSite, people: People
) -> None:
    ada, linus = people("ada"), people("linus")
    first = go_on(ada)
    status = site.rows(STATUS, first)  # a quarter is drawn at random, also from those that somebody has begun
    assert go_on(linus) != first
    assert go_on(ada) == first, "it is still hers"
    ada.press("t")
    second = moved(ada, first)
    assert second not in {first, frame_of(linus)}
    expect(ada.page.locator("#brief")).to_contain_text(re.compile("random|in order|unsure"))
    until(site, second, "ada", ("expected_use", None))
    assert site.rows(STATUS, first) == status
    ada.press("Control+Enter")
    third = moved(ada, second)
    assert third not in {first, frame_of(linus)}, "what was passed over comes last"
    until(site, second, "ada", ("expected_use", "complete"))
    until(site, third, "ada", ("expected_use", None))


def test_a_window_that_is_loaded_again_keeps_its_image_and_one_that_is_closed_gives_it_back(
    site: EditorSite, people: People
) -> None:
    maria = people("maria")
    frame = go_on(maria)
    maria.page.reload()
    maria.until_saved()
    until(site, frame, "maria", ("expected_use", None), newest=True)
    maria.page.close(run_before_unload=True)
    until(site, frame, "maria", ("expected_use", "closed"), newest=True)


def test_looking_claims_nothing_and_drawing_does(site: EditorSite, people: People) -> None:
    maria = people("maria")
    frame = 30
    already = site.rows(CLAIMS, frame, "maria")
    maria.open(frame)
    maria.press("Escape")
    time.sleep(0.5)
    until(site, frame, "maria", *already)
    maria.draw(100, 100, 300, 220)
    until(site, frame, "maria", *already, ("by_hand", None))
    maria.press("PageDown")
    moved(maria, frame)
    until(site, frame, "maria", *already, ("by_hand", "closed"))


def in_order(editor: Editor) -> None:
    """What the project gives out, as a program of a manager would set it."""
    editor.page.goto("/projects/1/")
    token = next(one["value"] for one in editor.context.cookies() if one["name"] == "hitl_csrf")
    headers = {"X-CSRFToken": token, "Referer": f"{editor.site.address}/", "Content-Type": "application/json"}
    wanted = json.dumps({"strategy": "in_order"})
    answer = editor.context.request.fetch("/api/v1/projects/1", method="PATCH", headers=headers, data=wanted)
    assert answer.ok, answer.text()


def test_it_stays_the_queue_where_its_image_had_been_fetched_ahead_as_the_next_one(
    site: EditorSite, people: People
) -> None:
    maria = people("maria")
    in_order(maria)
    ahead: list[str] = []
    maria.page.on("requestfinished", lambda request: ahead.append(request.url))
    first, second = 0, go_on(maria)
    while second != first + 1:  # some neighbours are another's, or done
        first = second
        following = re.compile(f"/api/ui/frames/{first + 1}$")
        maria.until(lambda: any(map(following.search, ahead)), lambda: f"{ahead}")  # noqa: B023
        maria.press("t")
        second = moved(maria, first)
    until(site, second, "maria", ("in_order", None), newest=True)
    maria.press("Control+Enter")
    third = moved(maria, second)
    until(site, second, "maria", ("in_order", "complete"), newest=True)
    until(site, third, "maria", ("in_order", None), newest=True)
