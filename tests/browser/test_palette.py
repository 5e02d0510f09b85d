"""The palette and the help sheet: everything can be found, in both languages, by everybody."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Typists
from tests.browser.firefox import needs_chromium
from tests.browser.pages_site import BASE
from tests.browser.typist import chip

pytestmark = pytest.mark.browser
AXE = BASE / "node_modules" / "axe-core" / "axe.min.js"
TITLES = """rows => Object.fromEntries(rows.map(row => [
  row.dataset.command, row.querySelector('.palette__name').textContent]))"""
FAMILIES = ("label", "box.move", "box.resize", "view.pan")
LEADS_AWAY = {"language.en", "language.fr", "account.sign-out"}
LIVE = """() => [...document.querySelectorAll('dialog[open], #adjust, #filter')].flatMap((place) => (
  [...place.querySelectorAll('output, [role=status], [role=alert], [role=log], [aria-live]')]))
  .filter((one) => one.id !== 'announcements' && one.getAttribute('aria-live') !== 'off').map((one) => one.outerHTML)"""
"""What would speak by itself, beside the one announcer."""


def palette_titles(page: Page) -> dict[str, str]:
    """By command."""
    page.keyboard.press("Control+k")
    titles: dict[str, str] = page.locator("#palette [role=option]").evaluate_all(TITLES)
    page.keyboard.press("Escape")
    return titles


def test_the_palette_runs_every_command_that_makes_sense(typists: Typists) -> None:
    ada = typists()
    page = ada.open(24)
    ada.press("n", "n")
    ada.has_boxes(2)()
    titles = palette_titles(page)
    assert len(titles) > 50
    ran = 0
    for command, title in titles.items():
        if command in LEADS_AWAY:
            continue
        close_everything(page)
        ada.press("Control+k")
        page.locator("#palette input").fill(title)
        row = page.locator(f'#palette [data-command="{command}"]')
        expect(row).to_be_visible()
        steps = row.evaluate("row => [...row.parentElement.children].indexOf(row)")
        ada.press(*["ArrowDown"] * steps)
        expect(row).to_have_attribute("aria-selected", "true")
        is_off = row.get_attribute("aria-disabled") == "true"
        ada.press("Enter")
        if is_off:
            expect(page.locator("#palette")).to_be_visible()
        else:
            expect(page.locator("#palette")).to_be_hidden()
        ran += not is_off
        assert ada.complaints == [], command
    assert ran > 30


def test_language_and_the_way_out_are_commands_too(typists: Typists) -> None:
    maria = typists("maria")
    page = maria.open(25)
    for query, language in [("Language: French", "fr"), ("Langue : anglais", "en")]:
        maria.press("Control+k")
        page.locator("#palette input").fill(query)
        maria.press("Enter")
        expect(page.locator("html")).to_have_attribute("lang", language)
        maria.is_at(25)()
        maria.until_saved()
        page.locator("#main").focus()
    maria.press("Control+k")
    page.locator("#palette input").fill("sign out")
    with page.expect_request(lambda asked: asked.url.endswith("/logout/") and asked.method == "POST"):
        page.route("**/logout/", lambda route: route.fulfill(status=204))
        maria.press("Enter")


def test_only_the_announcer_speaks_and_says_how_much_was_found_once_the_hand_rests(typists: Typists) -> None:
    ada = typists()
    page = ada.open(24)
    region = page.locator("#announcements")
    spoken: list[str] = []
    page.expose_function("heard", lambda text: spoken.append(text))
    region.evaluate("""region => new MutationObserver(() => window.heard(region.textContent))
        .observe(region, {childList: true, characterData: true, subtree: true})""")
    ada.press("Control+k")
    page.keyboard.type("zoom", delay=30)
    expect(region).to_contain_text("commands")
    ada.press("Escape", "?")
    page.keyboard.type("zoom", delay=30)
    expect(region).to_contain_text("lines")
    assert len(spoken) <= 4, spoken
    assert page.evaluate(LIVE) == []
    ada.press("Escape", "Escape", "Control+k")
    page.keyboard.type("zzz")
    assert page.evaluate(LIVE) == []
    ada.press("Escape", "i")
    page.locator("#main").focus()
    ada.press("Control+/")
    expect(page.locator("#adjust")).to_be_visible()
    expect(page.locator("#filter")).to_be_visible()
    assert page.evaluate(LIVE) == []
    page.locator("#main").focus()
    dialog = ada.settings()
    chip(dialog, "frame.next", "F").click()
    ada.press("b")
    expect(dialog.locator(".recorder__note")).not_to_be_empty()
    assert page.evaluate(LIVE) == []


def close_everything(page: Page) -> None:
    for _ in range(3):
        if page.locator("dialog[open]").count():
            page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.locator("#main").focus()


def test_every_command_has_a_name_in_both_languages(typists: Typists) -> None:
    english = palette_titles(typists().open(25))
    french = palette_titles(typists(locale="fr").open(25))
    assert english.keys() == french.keys()
    assert [each for each in english if not english[each].strip() or not french[each].strip()] == []
    assert [each for each in english if english[each] == french[each]] == [], "not translated"


def test_the_palette_finds_labels_frames_and_french_words(typists: Typists) -> None:
    ada = typists()
    page = ada.open(26)
    ada.press("n", "Control+k")
    page.keyboard.type("label bus")
    ada.press("Enter")
    ada.has_label("bus")()
    ada.press("Control+k")
    page.keyboard.type("SUPPRIMER")
    ada.press("Enter")
    ada.has_boxes(0)()
    ada.press("Control+k")
    page.keyboard.type("street-028")
    ada.press("Enter")
    ada.is_at(28)()
    expect(page.locator("#main")).to_be_focused()


def test_the_palette_keeps_the_focus_in_its_field_and_gives_it_back(typists: Typists) -> None:
    ada = typists()
    page = ada.open(27)
    label = page.locator("#labels button").first
    label.focus()
    ada.press("Control+k")
    field = page.get_by_role("combobox")
    expect(field).to_be_focused()
    ada.press("ArrowDown", "ArrowDown")
    expect(field).to_be_focused()
    active = page.locator(f"#{field.get_attribute('aria-activedescendant')}")
    expect(active).to_have_attribute("aria-selected", "true")
    ada.press("Control+k")
    expect(label).to_be_focused()


def test_help_lists_every_command_with_the_keys_that_hold(typists: Typists) -> None:
    ada = typists()
    page = ada.open(28, keys={"view.fit": ["Q"]})
    titles = {title for command, title in palette_titles(page).items() if not command.startswith(FAMILIES)}
    ada.press("?")
    dialog = page.locator("#help")
    shown = set(dialog.locator("dt").all_text_contents())
    assert titles - shown == set()
    together = {"Move by 1 pixel", "Give this label to the selection and to the next box", "Find a command"}
    assert together <= shown
    whole = dialog.locator(".help__row", has_text="Show the whole image")
    expect(whole.locator("kbd")).to_have_text(["Q"])
    page.keyboard.type("whole")
    expect(dialog.locator(".help__row:visible").first).to_contain_text("whole")
    assert dialog.locator(".help__row:visible").count() < 10
    page.keyboard.type("zzzz")
    expect(dialog.locator(".help__none")).to_be_visible()
    ada.press("Escape", "Escape")  # the first empties the field
    expect(dialog).to_be_hidden()
    ada.press("?")
    expect(dialog).to_be_visible()
    ada.press("?")
    expect(dialog).to_be_hidden()
    expect(page.locator("#main")).to_be_focused()


def test_the_theme_is_chosen_by_the_palette_and_remembered(typists: Typists) -> None:
    ada = typists()
    page = ada.open(23)
    ada.press("Control+k")
    page.keyboard.type("theme dark")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        ada.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/profile/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_what_speaks_is_never_behind_an_open_sheet(typists: Typists) -> None:
    ada = typists()
    page = ada.open(23)
    region = page.locator("#announcements")
    for keys, sheet in [("Control+k", "palette"), ("?", "help"), ("Control+,", "settings")]:
        ada.press(keys)
        expect(page.locator(f"#{sheet} #announcements")).to_have_count(1)
        ada.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
        assert region.evaluate("region => region.parentElement === document.body")


# Nobody is shut out


@needs_chromium
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm install")
@pytest.mark.parametrize(
    ("theme", "language", "width"), [("light", "en", 1280), ("dark", "fr", 1280), ("light", "fr", 390)]
)
def test_axe_finds_no_barrier(typists: Typists, theme: str, language: str, width: int) -> None:
    size = {"width": width, "height": 720}
    ada = typists(
        locale=language, color_scheme=theme, viewport=size, bypass_csp=True, reduced_motion="reduce"
    )
    page = ada.open(29)
    page.add_script_tag(path=AXE)
    ada.press("n")
    page.locator("#frame-status summary").click()
    found = barriers(page, "status")
    ada.press("Escape", "Control+k")
    found += barriers(page, "palette")
    page.keyboard.type("zzz")
    found += barriers(page, "palette without a match")
    ada.press("Escape")
    page.locator("#main").focus()
    ada.press("F1")
    found += barriers(page, "help")
    ada.press("Escape")
    dialog = ada.settings()
    found += barriers(page, "settings, keys")
    chip(dialog, "frame.next", "F").click()
    ada.press("b")
    found += barriers(page, "settings, a conflict")
    ada.press("Escape")
    for number in (1, 2):
        dialog.get_by_role("tab").nth(number).click()
        found += barriers(page, f"settings, tab {number}")
    ada.press("Escape")
    page.locator("#main").focus()
    ada.press("Shift+Z")
    found += barriers(page, "only the picture")
    assert found == []


def barriers(page: Page, place: str) -> list[str]:
    """In the sheet that is open, else on the whole page."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    report = page.evaluate(
        "tags => axe.run(document.querySelector('dialog[open]') ?? document, {runOnly: tags})", tags
    )
    return [
        f"{place}: {each['id']}: {node['html'][:160]}"
        for each in report["violations"]
        for node in each["nodes"]
    ]
