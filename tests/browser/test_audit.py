"""Judging what a model proposed, by keys: alone, two at once, many at once; and asking the model for more."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.audit_site import FIRST_UNSEEN, UNSEEN_FRAMES, AuditSite, running_audit
from tests.browser.editor import Editor, close
from tests.browser.firefox import needs_chromium
from tests.browser.pages_site import BASE

pytestmark = pytest.mark.browser
AXE = BASE / "node_modules" / "axe-core" / "axe.min.js"


class Auditor(Editor):
    def audit(self, frame: int) -> None:
        """In audit mode, whatever this person used last."""
        self.open(frame)
        self.page.locator("#main").focus()
        if self.page.locator("#audit-bar").is_hidden():
            self.press("Shift+A")
        expect(self.bar).to_be_visible()

    @property
    def bar(self) -> Locator:
        return self.page.locator("#audit-bar")

    @property
    def count(self) -> Locator:
        return self.page.locator(".audit__count")

    @property
    def target(self) -> Locator:
        return self.page.locator(".audit__target")

    @property
    def opinions(self) -> Locator:
        return self.page.locator("#audit-bar .opinions")

    def said(self, row: str) -> Locator:
        """The row of the list whose spoken name begins so."""
        return self.page.locator(f'#boxes [role=option][aria-label^="{row}"]')

    def strip(self) -> str:
        return self.page.locator("#key-strip").inner_text().replace("\n", " ")

    def slide(self, slider: Locator, value: float) -> None:
        slider.evaluate(
            "(one, value) => { one.value = value; one.dispatchEvent(new Event('input')); }", value
        )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuditSite]:
    with running_audit(tmp_path_factory.mktemp("audit")) as running:
        yield running


@pytest.fixture(scope="module")
def unused_frames() -> Iterator[int]:
    return iter(range(1, FIRST_UNSEEN))


@pytest.fixture(scope="module")
def unseen_frames() -> Iterator[int]:
    return iter(range(FIRST_UNSEEN, FIRST_UNSEEN + UNSEEN_FRAMES))


People = Callable[..., Auditor]


@pytest.fixture
def people(browser: Browser, site: AuditSite) -> Iterator[People]:
    """Opens browsers; afterwards nobody's page may have had an error."""
    opened: list[Editor] = []

    def person(username: str = "ada", **options: Any) -> Auditor:
        opened.append(Auditor(browser, site, username, **options))
        return opened[-1]  # type: ignore[return-value]

    yield person
    assert close(opened) == []


@pytest.fixture
def ada(people: People, frame: int) -> Auditor:
    editor = people("ada")
    editor.audit(frame)
    return editor


def ratings(site: AuditSite, frame: int) -> list[tuple[str, str]]:
    """Of the whole detection, with their notes, in the order of the people."""
    return site.rows("SELECT verdict, note FROM annotate_feedback WHERE frame_id = ? ORDER BY user_id", frame)


def verdicts(site: AuditSite, frame: int) -> list[str]:
    return [" ".join(one).strip() for one in site.verdicts(frame)]


OPEN = ["bus open", "boat open", "person open", "car open", "car open"]


def expect_verdicts(editor: Editor, site: AuditSite, frame: int, *expected: str) -> None:
    editor.until(lambda: verdicts(site, frame) == list(expected), lambda: f"{verdicts(site, frame)}")


# Alone


def test_it_judges_a_whole_image_by_keys_alone(site: AuditSite, frame: int, ada: Auditor) -> None:
    expect(ada.count).to_have_text("5 of 5 to judge")
    expect(ada.target).to_have_text("Whole detection")
    ada.press("Tab")
    expect(ada.target).to_have_text("bus 48\u202f%")
    ada.press("a")
    expect(ada.target).to_have_text("boat 62\u202f%")
    ada.press("s")
    expect(ada.target).to_have_text("person 30\u202f%")
    ada.press("d")
    expect(ada.target).to_have_text("car 70\u202f%")
    ada.press("j")
    expect(ada.target).to_have_text("car 95\u202f%")
    expect(ada.count).to_have_text("1 of 5 to judge · 1 undecided")
    ada.press("k")
    expect(ada.count).to_have_text("Every proposal is judged · 1 undecided")
    expected = [
        "bus accepted positive",
        "boat rejected negative",
        "person open neutral",
        "car accepted",
        "car rejected",
    ]
    expect_verdicts(ada, site, frame, *expected)
    spent = site.rows("SELECT ms FROM annotate_operation WHERE frame_id = ? AND origin = 'user'", frame)
    assert len(spent) == 5
    assert all(isinstance(ms, int) and 0 <= ms < 60_000 for (ms,) in spent)
    assert any(ms > 0 for (ms,) in spent)


def test_every_verdict_can_be_undone(site: AuditSite, frame: int, ada: Auditor) -> None:
    ada.press("Tab", "a", "s")
    expect_verdicts(ada, site, frame, "bus accepted positive", "boat rejected negative", *OPEN[2:])
    ada.press("Control+z", "Control+z")
    expect_verdicts(ada, site, frame, *OPEN)
    expect(ada.count).to_have_text("5 of 5 to judge")


def test_tab_walks_from_doubt_to_certainty_and_leaves_the_picture_at_the_end(ada: Auditor) -> None:
    walked = []
    for _ in range(5):
        ada.press("Tab")
        ada.page.wait_for_timeout(60)
        walked.append(ada.target.inner_text().replace("\u202f%", ""))
    assert walked == ["bus 48", "boat 62", "person 30", "car 70", "car 95"]
    ada.press("Shift+Tab")
    expect(ada.target).to_have_text("car 70\u202f%")
    ada.press("Tab", "Tab")
    expect(ada.page.locator("#main")).not_to_be_focused()


def test_the_strip_says_what_the_keys_do_in_the_mode(ada: Auditor) -> None:
    ada.until(lambda: ada.strip().startswith("A Positive S Negative D Neutral Tab Next proposal"), ada.strip)
    ada.press("Shift+A")
    expect(ada.bar).to_be_hidden()
    ada.until(lambda: "Positive" not in ada.strip() and "D Previous image" in ada.strip(), ada.strip)
    ada.press("Tab")  # the boxes again, in the order of the list
    expect(ada.said("car 1 of 5")).to_have_attribute("aria-selected", "true")


def test_the_mode_is_remembered(people: People, frame: int) -> None:
    rita = people("rita")
    rita.audit(frame)
    rita.page.wait_for_timeout(1200)  # choices are sent when the hand rests
    again = people("rita")
    again.open(frame)
    expect(again.bar).to_be_visible()


def test_moving_and_relabelling_accept_as_corrected(site: AuditSite, frame: int, ada: Auditor) -> None:
    ada.press("Tab", "ArrowRight")
    expect_verdicts(ada, site, frame, "bus corrected", *OPEN[1:])
    ada.press("Tab", "4")  # boat, as it was proposed: nothing to correct
    ada.press("3")
    expect_verdicts(ada, site, frame, "bus corrected", "boat corrected", *OPEN[2:])


# What is in sight


def test_the_list_says_what_is_thought_of_each_and_the_filter_shows_what_was_rejected(ada: Auditor) -> None:
    ada.press("Tab", "s", "d")
    expect(ada.page.locator("#boxes-count")).to_have_text("4")
    expect(ada.said("boat")).to_have_attribute("aria-label", re.compile("proposed 62\u202f%, rated neutral"))
    ada.press("Control+/")
    ada.page.locator('#filter input[data-value="rejected"]').check()
    expect(ada.page.locator("#boxes-count")).to_have_text("1")
    expect(ada.said("bus")).to_have_attribute("aria-label", re.compile("rejected, rated negative"))
    ada.page.locator("#hidden-count button").click()
    expect(ada.page.locator("#boxes-count")).to_have_text("4")


def test_one_key_and_a_slider_hide_proposals_and_say_how_many(ada: Auditor) -> None:
    ada.press("p")
    expect(ada.page.locator("#boxes-count")).to_have_text("0")
    expect(ada.page.locator("#hidden-count")).to_contain_text("5 boxes are hidden by hand")
    ada.press("p")
    ada.slide(ada.page.get_by_label("Hide proposals below"), 0.6)
    expect(ada.page.locator("#boxes-count")).to_have_text("3")
    expect(ada.page.locator("#hidden-count")).to_contain_text("The filter hides 2 boxes")
    ada.page.locator("#main").focus()
    ada.press("Tab")
    expect(ada.target).to_have_text("boat 62\u202f%")
    ada.press("Alt+h")
    expect(ada.page.locator("#boxes-count")).to_have_text("5")


# Many


def test_it_accepts_and_rejects_many_by_confidence_with_one_undo(
    site: AuditSite, frame: int, ada: Auditor
) -> None:
    ada.press("m")
    panel = ada.page.locator("#audit-many")
    expect(panel.get_by_role("slider")).to_be_focused()
    ada.slide(panel.get_by_role("slider"), 0.6)
    panel.get_by_role("button", name="Accept 3 proposals").click()
    expect_verdicts(
        ada, site, frame, "bus open", "boat accepted", "person open", "car accepted", "car accepted"
    )
    expect(ada.page.locator("#brief")).to_have_text("3 proposals accepted. One undo takes all back.")
    panel.get_by_label("less than 60").check()
    expect(panel.get_by_role("button", name="Reject 2 proposals")).to_be_visible()
    ada.press("Escape")
    expect(panel).to_be_hidden()
    ada.press("Control+z")
    expect_verdicts(ada, site, frame, *OPEN)


def test_one_key_accepts_what_is_left_when_the_wrong_ones_are_rejected(
    site: AuditSite, frame: int, ada: Auditor
) -> None:
    ada.press("Tab", "s", "Shift+J")
    expect_verdicts(
        ada, site, frame, "bus rejected negative", *(f"{one.split()[0]} accepted" for one in OPEN[1:])
    )
    expect(ada.page.locator("#brief")).to_have_text("4 proposals accepted. One undo takes all back.")
    ada.press("Control+z")
    expect_verdicts(ada, site, frame, "bus rejected negative", *OPEN[1:])


# Two at once


def test_of_two_who_judge_one_proposal_the_first_wins_and_the_second_is_told(
    site: AuditSite, frame: int, ada: Auditor, people: People
) -> None:
    linus = people("linus")
    linus.audit(frame)
    linus.context.set_offline(True)
    expect(linus.save_state).to_have_attribute("data-mood", "warn")
    linus.press("Tab", "s")
    ada.press("Tab", "a")
    expect_verdicts(ada, site, frame, "bus accepted positive", *OPEN[1:])
    linus.context.set_offline(False)
    notice = linus.notices.filter(has_text="Ada judged this proposal before you")
    expect(notice).to_contain_text("They accepted it. You wanted to reject it.")
    expect(linus.said("bus")).to_have_attribute("aria-label", re.compile("accepted, rated positive"))
    assert verdicts(site, frame)[0] == "bus accepted positive"
    notice.get_by_role("button", name="Use mine").click()
    expect_verdicts(ada, site, frame, "bus rejected negative", *OPEN[1:])
    expect(ada.said("bus")).to_have_count(0)
    reversals = site.rows("SELECT reversals FROM annotate_proposal WHERE frame_id = ? AND reversals", frame)
    assert reversals == [(1,)]


def ious(site: AuditSite, frame: int) -> list[float]:
    """Of those that somebody changed or judged: 1 where the box is where the model saw it."""
    rows = site.rows("SELECT iou FROM annotate_proposal WHERE frame_id = ? AND iou IS NOT NULL", frame)
    return [iou for (iou,) in rows]


@pytest.mark.parametrize(
    ("key", "held", "did"),
    [
        ("s", "bus rejected negative", "They rejected it."),
        ("a", "bus accepted positive", "They accepted it."),
        ("Delete", "bus rejected", None),
    ],
)
def test_a_drag_that_ends_after_a_verdict_comes_second_and_is_told(
    site: AuditSite, frame: int, ada: Auditor, people: People, key: str, held: str, did: str | None
) -> None:
    linus = people("linus")
    linus.audit(frame)
    linus.press("v", "Tab")
    linus.hold((520, 180), (580, 220))
    ada.press("Tab", key)
    expect_verdicts(ada, site, frame, held, *OPEN[1:])
    heard = did or "The history can bring it back."
    expect(linus.notices.filter(has_text=re.compile("^Ada (changed|deleted) 1 box"))).to_contain_text(heard)
    linus.page.mouse.up()
    if did is None:
        linus.until_saved()
        assert verdicts(site, frame)[0] == held
        return
    notice = linus.notices.filter(has_text="Ada judged this proposal before you")
    expect(notice).to_contain_text(f"{did} You wanted to correct it. Theirs holds until you choose.")
    expect(linus.notices).to_have_count(1)
    assert (verdicts(site, frame)[0], ious(site, frame)) == (held, [1.0])
    notice.get_by_role("button", name="Use mine").click()
    expect_verdicts(ada, site, frame, f"bus corrected {held.split()[-1]}", *OPEN[1:])


@pytest.mark.parametrize(
    ("button", "then"), [("Keep theirs", "bus accepted positive"), ("Use mine", "bus rejected positive")]
)
def test_what_somebody_accepted_is_not_deleted_by_whoever_did_not_know(
    site: AuditSite, frame: int, ada: Auditor, people: People, button: str, then: str
) -> None:
    linus = people("linus")
    linus.audit(frame)
    linus.context.set_offline(True)
    expect(linus.save_state).to_have_attribute("data-mood", "warn")
    linus.press("Tab", "Delete")
    expect(linus.said("bus")).to_have_count(0)
    ada.press("Tab", "a")
    expect_verdicts(ada, site, frame, "bus accepted positive", *OPEN[1:])
    linus.context.set_offline(False)
    notice = linus.notices.filter(has_text="Ada judged this proposal before you")
    expect(notice).to_contain_text("They accepted it. You wanted to delete it.")
    expect(linus.said("bus")).to_have_count(1)
    notice.get_by_role("button", name=button).click()
    expect(linus.notices).to_have_count(0)
    linus.until_saved()
    expect_verdicts(ada, site, frame, then, *OPEN[1:])


def test_those_who_may_only_look_judge_nothing(site: AuditSite, frame: int, people: People) -> None:
    vera = people("vera")
    vera.audit(frame)
    vera.press("Tab", "a")
    expect(vera.page.locator("#brief")).to_contain_text("lets you look, not edit")
    assert verdicts(site, frame) == OPEN


# The whole detection


def test_it_rates_a_detection_as_a_whole_with_a_note_and_takes_it_back(
    site: AuditSite, frame: int, ada: Auditor
) -> None:
    expect(ada.target).to_have_text("Whole detection")
    ada.press("s")
    sheet = ada.page.locator("#rating")
    expect(sheet).to_contain_text("You rated the whole detection by")
    sheet.get_by_label("Note").fill("misses what is far away")
    ada.press("Enter")
    expect(sheet).to_contain_text("The note is added.")
    ada.until(lambda: ratings(site, frame) == [("negative", "misses what is far away")], lambda: "a rating")
    sheet.get_by_role("button", name="Take it back").click()
    expect(sheet).to_be_empty()
    ada.until(lambda: ratings(site, frame) == [], lambda: f"{ratings(site, frame)}")
    assert verdicts(site, frame) == OPEN


def test_a_rating_of_the_whole_is_seen_by_everybody_undone_like_any_edit_and_kept_without_a_connection(
    site: AuditSite, frame: int, ada: Auditor, people: People
) -> None:
    linus = people("linus")
    linus.audit(frame)
    counts = "Ratings of the whole detection: {} positive, 0 neutral, {} negative"
    expect(linus.opinions).to_be_hidden()
    ada.press("s")
    for one in (ada, linus):
        expect(one.opinions).to_have_attribute("aria-label", counts.format(0, 1))
    linus.context.set_offline(True)
    expect(linus.save_state).to_have_attribute("data-mood", "warn")
    linus.press("a")
    expect(linus.opinions).to_have_attribute("aria-label", counts.format(1, 1))
    expect(ada.opinions).to_have_attribute("aria-label", counts.format(0, 1))
    linus.context.set_offline(False)
    expect(ada.opinions).to_have_attribute("aria-label", counts.format(1, 1))
    assert [verdict for verdict, _note in ratings(site, frame)] == ["negative", "positive"]
    ada.page.locator("#main").focus()
    ada.press("Control+z")
    expect(ada.page.locator("#rating")).to_be_empty()
    for one in (ada, linus):
        expect(one.opinions).to_have_attribute("aria-label", counts.format(1, 0))
    ada.press("Control+Shift+z")
    expect(linus.opinions).to_have_attribute("aria-label", counts.format(1, 1))
    linus.page.get_by_role("tab", name="History").click()
    words = linus.page.locator(".log__words")
    expect(words.first).to_have_text("Ada rated the whole detection by Finder 1: negative")
    timed = "SELECT count(*) FROM annotate_operation WHERE frame_id = ? AND kind = 'rate' AND ms > 0"
    assert site.rows(timed, frame)[0][0] >= 2
    expect(ada.count).to_have_text("5 of 5 to judge")


# What is labelled already


def test_a_proposal_is_out_of_sight_while_a_box_of_a_person_is_on_it(
    site: AuditSite, frame: int, ada: Auditor, people: People
) -> None:
    linus = people("linus")
    linus.audit(frame)
    expect(ada.said("car")).to_have_count(2)
    ada.draw(102, 102, 300, 240)
    hidden = ada.page.locator("#hidden-count")
    for one in (ada, linus):
        expect(one.count).to_have_text("4 of 4 to judge")
        expect(one.said("car")).to_have_count(2)  # the box and the other find
    expect(hidden).to_have_text(re.compile("1 proposal of what is labelled already"))
    expect(hidden.get_by_role("button")).to_be_hidden()
    ada.press("m")
    panel = ada.page.locator("#audit-many")
    ada.slide(panel.get_by_role("slider"), 0.9)
    expect(panel.get_by_role("button", name="Accept 0 proposals")).to_be_visible()
    ada.press("Escape")
    ada.page.locator("#main").focus()
    ada.press("Control+z")
    for one in (ada, linus):
        expect(one.count).to_have_text("5 of 5 to judge")
    expect(hidden).to_be_hidden()
    ada.press("Shift+Tab")
    expect(ada.target).to_have_text("car 95\u202f%")


def test_the_filmstrip_draws_proposals_in_another_way_and_hides_the_same(
    frame: int, ada: Auditor, people: People
) -> None:
    here = ada.page.locator("#film a[aria-current] rect.film__proposal")
    expect(here).to_have_count(5)
    ada.draw(102, 102, 300, 240)
    expect(here).to_have_count(4)
    ada.until_saved()
    linus = people("linus")
    linus.open(frame + 1)
    there = linus.page.locator(f'#film a[data-frame="{frame}"] rect')
    expect(there).to_have_count(5)
    proposed = there.and_(linus.page.locator(".film__proposal"))
    expect(proposed).to_have_count(4)
    expect(proposed.first).to_have_css("stroke-dasharray", "3px, 2px")


def test_quick_keys_after_the_last_proposal_rate_nothing(site: AuditSite, frame: int, ada: Auditor) -> None:
    ada.press("Tab", *"aaaaaaa")
    expect(ada.count).to_have_text("Every proposal is judged")
    expect_verdicts(ada, site, frame, *[f"{one.split()[0]} accepted positive" for one in OPEN])
    assert site.rows("SELECT verdict FROM annotate_feedback WHERE frame_id = ?", frame) == []


def test_nothing_here_is_a_result(site: AuditSite, frame: int, ada: Auditor) -> None:
    ada.press("Tab", *"kkkkk")
    finish = ada.bar.get_by_role("button", name="Complete: no objects here")
    finish.click()
    expect(ada.page.locator("#brief")).to_have_text("Marked complete: no objects here.")
    ada.until(
        lambda: site.rows("SELECT status FROM annotate_frame WHERE id = ?", frame) == [("complete",)],
        lambda: str(site.rows("SELECT status FROM annotate_frame WHERE id = ?", frame)),
    )


# Asking a model


def test_it_asks_a_model_and_shows_what_it_found(
    site: AuditSite, people: People, unseen_frames: Iterator[int]
) -> None:
    frame = next(unseen_frames)
    ada = people("ada")
    ada.audit(frame)
    expect(ada.count).to_have_text("No proposals on this image")
    ada.press("a")
    expect(ada.page.locator("#brief")).to_contain_text("no model has looked at this image yet")
    ada.press("Shift+D")
    dialog = ada.page.locator("#detect")
    expect(dialog.get_by_label("Model", exact=True)).to_contain_text("Finder")
    expect(dialog).to_contain_text("1 class of the model has no label in this project")
    expect(dialog.get_by_role("button", name="On all images")).to_be_hidden()
    dialog.get_by_label("car").check()
    dialog.get_by_label("bus").check()
    ada.slide(dialog.get_by_label("Confidence"), 0.4)
    dialog.get_by_role("button", name="Detect on this image").click()
    expect(dialog).to_contain_text("Waiting for a worker.")
    with site.worker():
        expect(dialog).to_contain_text("Done: 3 proposals.", timeout=60_000)
    ada.press("Escape")
    expect(ada.count).to_have_text("3 of 3 to judge")
    expect(ada.target).to_have_text("Whole detection")
    edges = [row.edges for row in ada.rows()]
    assert (400, 100, 640, 260) in edges


def test_it_cancels_what_is_waiting(people: People, unseen_frames: Iterator[int], site: AuditSite) -> None:
    ada = people("ada")
    ada.audit(next(unseen_frames))
    ada.press("Shift+D")
    dialog = ada.page.locator("#detect")
    dialog.get_by_role("button", name="Detect on this image").click()
    dialog.get_by_role("button", name="Cancel the detection").click()
    expect(dialog).to_contain_text("Cancelled. Proposals that were made stay.")
    expect(dialog.get_by_role("button", name="Detect on this image")).not_to_have_attribute(
        "aria-disabled", "true"
    )


def test_a_size_that_cannot_be_is_said_where_it_stands(people: People, frame: int) -> None:
    ada = people("ada")
    ada.audit(frame)
    ada.press("Shift+D")
    dialog = ada.page.locator("#detect")
    more, size = dialog.locator("summary"), dialog.get_by_label("Image size for the model")
    detect = dialog.get_by_role("button", name="Detect on this image")
    more.click()
    size.fill("5000")
    more.click()
    expect(size).to_be_hidden()
    detect.click()
    expect(size).to_be_focused()  # beside it the browser says from where to where
    size.fill("500")
    detect.click()
    dialog.get_by_role("button", name="Cancel the detection").click()
    expect(dialog).to_contain_text("Cancelled.")


def test_without_a_model_it_says_so_and_everything_else_works(
    site: AuditSite, frame: int, people: People
) -> None:
    with site.without_model():
        ada = people("ada")
        ada.audit(frame)
        expect(ada.bar.locator(".audit__none")).to_be_visible()
        ada.press("Shift+D")
        expect(ada.page.locator("#detect .notice")).to_be_visible()
        expect(ada.page.locator("#detect").get_by_role("button", name="Detect on this image")).to_have_count(
            0
        )
        ada.press("Escape", "Tab", "a")
        expect_verdicts(ada, site, frame, "bus accepted positive", *OPEN[1:])


def test_managers_and_reviewers_may_ask_for_all_images(people: People, frame: int) -> None:
    maria = people("maria")
    maria.audit(frame)
    maria.press("Shift+D")
    expect(maria.page.locator("#detect").get_by_role("button", name="On all images")).to_be_visible()


def test_a_dialog_that_is_open_learns_of_another_label(people: People, frame: int) -> None:
    ada, maria = people("ada"), people("maria")
    ada.audit(frame)
    ada.press("Shift+D")
    dialog = ada.page.locator("#detect")
    expect(dialog).to_contain_text("1 class of the model has no label in this project")
    dialog.get_by_label("bus").check()
    ada.slide(dialog.get_by_label("Confidence"), 0.4)
    dialog.get_by_label("bus").focus()

    maria.page.goto("/projects/1/labels/")
    maria.page.locator("#id_name").first.fill("kite")
    maria.page.locator("#id_name").first.press("Enter")

    expect(dialog.get_by_label("kite")).to_be_visible()
    expect(dialog).not_to_contain_text("has no label in this project")
    expect(dialog.get_by_label("bus")).to_be_checked()
    expect(dialog.get_by_label("bus")).to_be_focused()
    expect(dialog.get_by_label("kite")).not_to_be_checked()
    expect(dialog.get_by_label("Confidence")).to_have_value("0.4")


# Everybody


@needs_chromium
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm install")
@pytest.mark.parametrize(
    "options",
    [
        {"color_scheme": "light"},
        {"color_scheme": "dark"},
        {"color_scheme": "dark", "locale": "fr", "viewport": {"width": 390, "height": 844}},
    ],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_no_barrier_in_the_audit(frame: int, people: People, options: dict[str, Any]) -> None:
    ada = people("ada", bypass_csp=True, **options)
    ada.audit(frame)
    ada.press("Tab", "d", "m")
    ada.page.wait_for_timeout(300)
    found = barriers(ada)
    ada.press("Escape", "Shift+D")
    expect(ada.page.locator("#detect")).to_be_visible()
    found += barriers(ada)
    assert not found, "\n".join(found)


def barriers(ada: Auditor) -> list[str]:
    ada.page.add_script_tag(path=AXE)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    report = ada.page.evaluate("tags => axe.run({runOnly: tags})", tags)
    return [f"{each['id']}: {node['html'][:200]}" for each in report["violations"] for node in each["nodes"]]


def test_in_french_the_audit_speaks_french(frame: int, people: People) -> None:
    ada = people("ada", locale="fr")
    ada.audit(frame)
    expect(ada.count).to_have_text("5 sur 5 à juger")
    ada.until(lambda: ada.strip().startswith("A Positif S Négatif D Neutre"), ada.strip)
    ada.press("Shift+D")
    expect(ada.page.locator("#detect")).to_contain_text("Détecter sur cette image")
    ada.press("Escape", "Tab", "s")
    expect(ada.said("boat")).to_have_attribute("aria-label", re.compile("proposé 62\u202f%"))
