"""The pages in a real browser: signing in, finding the way, no violation of the policy, nobody shut out."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.firefox import needs_chromium
from tests.browser.pages_site import BASE, PASSWORD, running_site

pytestmark = pytest.mark.browser
AXE = BASE / "node_modules" / "axe-core" / "axe.min.js"
SIZES = [(1280, 720), (1920, 1080), (390, 844)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_site(tmp_path_factory.mktemp("site")) as address:
        yield address


def thumbnail(route: Route) -> None:
    """The frames of this site have no files; how real thumbnails are served is tested with the media."""
    file = io.BytesIO()
    Image.new("RGB", (64, 40), (90, 120, 150)).save(file, "JPEG")
    route.fulfill(body=file.getvalue(), content_type="image/jpeg")


class Visitor:
    """A browser window that keeps what the console complained about."""

    def __init__(self, browser: Browser, site: str, **options: Any) -> None:
        options = {"viewport": {"width": 1280, "height": 720}, "locale": "en", **options}
        self.context: BrowserContext = browser.new_context(base_url=site, **options)
        self.page: Page = self.context.new_page()
        self.page.route(re.compile(r"/thumbnail$"), thumbnail)
        self.complaints: list[str] = []
        self.page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type == "error" else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def sign_in(self, username: str = "maria") -> Page:
        self.page.goto("/login/")
        self.page.locator("#id_username").fill(username)
        self.page.locator("#id_password").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".top .menu")).to_be_visible()
        return self.page


@pytest.fixture
def visitor(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    options: dict[str, Any] = getattr(request, "param", {})
    visitor = Visitor(browser, site, **options)
    yield visitor
    visitor.context.close()


PAGES = ["/", "/projects/1/", "/projects/1/labels/", "/projects/1/members/", "/projects/1/settings/",
         "/projects/3/figures/", "/projects/2/", "/projects/new/", "/profile/", "/admin/", "/admin/annotate/frame/",
         "/admin/annotate/membership/add/", "/admin/annotate/project/1/change/"]  # fmt: skip


def test_r11_no_page_breaks_the_content_security_policy(visitor: Visitor) -> None:
    page = visitor.sign_in()
    for address in PAGES:
        page.goto(address, wait_until="networkidle")
    assert visitor.complaints == []


def test_it_signs_in_finds_the_way_and_signs_out_with_the_keyboard_alone(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/login/\?next=/$"))
    expect(page.locator("#id_username")).to_be_focused()
    page.keyboard.type("maria")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="City and harbour", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("City and harbour")
    page.wait_for_load_state("load")  # Escape is the work of a script; Enter is the browser's own
    page.locator(".menu > summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/login/$"))


def test_a_password_can_be_looked_at_and_is_hidden_again_when_sent(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/login/")
    field = page.locator("#id_password")
    field.fill("typed")
    page.get_by_role("button", name="Show the password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide the password").click()
    expect(field).to_have_attribute("type", "password")
    expect(field).to_have_value("typed")


def test_the_page_of_a_project_draws_boxes_where_they_are(visitor: Visitor) -> None:
    page = visitor.sign_in()
    page.goto("/projects/1/")
    card = page.locator(".frame-card").first
    picture, box = card.locator("image"), card.locator("rect").first
    outer, inner = picture.bounding_box(), box.bounding_box()
    assert outer and inner
    scale = outer["width"] / 1280
    left = float(box.get_attribute("x") or "nan")
    assert inner["x"] - outer["x"] == pytest.approx(left * scale, abs=2)
    assert inner["width"] == pytest.approx(200 * scale, abs=3)


def test_filters_narrow_the_grid_and_say_what_they_hide(visitor: Visitor) -> None:
    page = visitor.sign_in()
    page.goto("/projects/1/")
    expect(page.locator(".frame-card")).to_have_count(5)
    page.get_by_role("navigation", name="Status").get_by_role("link", name="To annotate").click()
    expect(page.locator(".frame-card")).to_have_count(3)
    page.get_by_role("searchbox").fill("frame-0")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No image matches")).to_be_visible()
    page.get_by_role("link", name="Show all images").click()
    expect(page.locator(".frame-card")).to_have_count(5)


def test_a_label_is_added_and_the_refusal_of_another_keeps_what_was_typed(visitor: Visitor) -> None:
    page = visitor.sign_in()
    page.goto("/projects/2/labels/")
    form = page.locator("#new-label")
    form.get_by_label("Name").fill("tram")
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_role("status")).to_contain_text("tram")
    form.get_by_label("Name").fill("TRAM")
    form.get_by_role("button", name="Add").click()
    expect(form).to_contain_text("already has a label of this name")
    expect(form.get_by_label("Name")).to_have_value("TRAM")
    expect(form.get_by_label("Name")).to_be_focused()


class TestFigures:
    PAGE = "/projects/3/figures/"

    def test_they_are_drawn_and_lead_to_the_images_with_the_keyboard_alone(self, visitor: Visitor) -> None:
        page = visitor.sign_in()
        page.goto(self.PAGE)
        figure = page.locator("[data-figure=classes]")
        expect(page.locator("[data-figure=proposals] canvas")).to_be_visible()
        figure.get_by_text("As a table").focus()
        page.keyboard.press("Enter")
        accepted = figure.get_by_role("row").filter(has_text="car").get_by_role("button").nth(1)
        expect(accepted).to_have_text("2")
        accepted.focus()
        page.keyboard.press("Enter")
        sheet = page.get_by_role("dialog")
        expect(sheet.get_by_role("heading")).to_have_text("Accepted · car")
        expect(sheet.get_by_role("status")).to_have_text("2 images")
        expect(sheet.get_by_role("link")).to_have_text([re.compile("judged-0"), re.compile("judged-1")])
        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
        expect(accepted).to_be_focused()
        assert visitor.complaints == []

    def test_all_images_behind_a_number_can_be_reached(self, visitor: Visitor) -> None:
        page = visitor.sign_in()

        def answer(route: Route) -> None:
            ids = [4] if "after=3" in route.request.url else [1, 2, 3]
            words = {"status": "complete", "status_name": "Complete", "url": "#", "thumbnail": "data:,"}
            frames = [{"id": number, "name": f"{number}.jpg", **words} for number in ids]
            route.fulfill(json={"frames": frames, "total": 4, "has_more": ids == [1, 2, 3]})

        page.route("**/frames?*", answer)
        page.goto(self.PAGE)
        page.locator("#figures-numbers button").first.click()
        sheet = page.get_by_role("dialog")
        expect(sheet.get_by_role("status")).to_have_text("4 images · the first 3 are shown")
        sheet.get_by_role("button", name="Show more").click()
        expect(sheet.get_by_role("link").nth(3)).to_be_focused()
        expect(sheet.get_by_role("status")).to_have_text("4 images")
        expect(sheet.get_by_role("button", name="Show more")).to_be_hidden()

    def test_it_is_said_where_a_choice_does_not_hold(self, visitor: Visitor) -> None:
        page = visitor.sign_in()
        page.goto(self.PAGE)
        left, feedback = page.locator("[data-figure=queue]"), page.locator("[data-figure=feedback]")
        tile = page.get_by_role("button", name="Images left")
        expect(tile).to_be_visible()
        expect(left.get_by_text("Not by label")).to_be_hidden()
        page.get_by_label("Label", exact=True).select_option(label="car")
        for place in (left, tile):
            expect(place.get_by_text("Not by label")).to_be_visible()
        expect(left.get_by_text("Not by model version")).to_be_hidden()
        expect(feedback.get_by_text("Whole images: not by label")).to_be_visible()
        expect(page.locator("[data-figure=classes]").get_by_text("Not by")).to_have_count(0)

    def test_what_is_chosen_is_in_the_address_and_in_the_file(self, visitor: Visitor) -> None:
        page = visitor.sign_in()
        page.goto(self.PAGE)
        page.get_by_label("Period").select_option("7")
        page.get_by_label("Confidence from").fill("0.8")
        expect(page).to_have_url(re.compile(r"days=7&threshold=0\.8$"))
        figure = page.locator("[data-figure=versions]")
        link = figure.get_by_role("link", name="Download")
        expect(link).to_have_attribute("href", re.compile("days=7&threshold=0.8"))
        with page.expect_download() as download:
            link.click()
        lines = download.value.path().read_text().splitlines()
        assert lines[0].startswith("version,frames,accepted,corrected,rejected")
        assert len(lines) == 3

    def test_what_happens_is_seen_without_loading_the_page_again(self, visitor: Visitor) -> None:
        """Somebody opens the image again that was complete."""
        page = visitor.sign_in()
        page.goto(self.PAGE)
        left = page.locator("[data-figure=queue]")
        left.get_by_text("As a table").click()
        before = left.get_by_role("table").inner_text()
        token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
        done = visitor.context.request.get("/api/ui/projects/3/figures/queue/frames?status=complete").json()
        answer = visitor.context.request.put(
            f"/api/ui/frames/{done['frames'][0]['id']}/status",
            data={"status": "in_progress"},
            headers={"X-CSRFToken": token},
        )
        assert answer.ok, answer.text()
        expect(left.get_by_role("table")).not_to_have_text(before, timeout=15_000)

    @needs_chromium
    def test_a_project_without_verdicts_says_what_to_do(self, visitor: Visitor) -> None:
        page = visitor.sign_in()
        page.goto("/projects/2/figures/")
        expect(page.get_by_role("heading", name="Nothing judged yet")).to_be_visible()
        expect(page.locator("[data-figure=proposals]")).to_be_hidden()


@pytest.mark.parametrize("visitor", [{"locale": "fr"}], indirect=True)
def test_theme_and_language_change_at_once_and_stay(visitor: Visitor) -> None:
    page = visitor.sign_in("newcomer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Projets")
    page.goto("/profile/")
    page.locator("#id_theme").select_option("dark")
    page.locator("#id_language").select_option("en")
    page.locator("form").filter(has=page.locator("#id_theme")).get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Profile")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


@pytest.mark.parametrize("visitor", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
def test_on_a_phone_the_tab_of_the_page_is_in_sight(visitor: Visitor) -> None:
    page = visitor.sign_in()
    for place in ("settings", "labels"):
        page.goto(f"/projects/1/{place}/")
        expect(page.locator(".tabs a[aria-current]")).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_nothing_sticks_out_to_the_side(
    browser: Browser, site: str, size: tuple[int, int], language: str
) -> None:
    visitor = Visitor(
        browser,
        site,
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        reduced_motion="reduce",
    )
    page = visitor.sign_in()
    for address in PAGES[:9]:
        page.goto(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size[0], f"{address} is {width} wide"
    visitor.context.close()


@needs_chromium
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm install")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_barrier(browser: Browser, site: str, theme: str, width: int) -> None:
    visitor = Visitor(
        browser, site, viewport={"width": width, "height": 844}, color_scheme=theme, bypass_csp=True
    )
    visitor.page.goto("/login/")
    found = barriers(visitor.page, "/login/")
    page = visitor.sign_in()
    for address in [*PAGES[:9], "/projects/999/"]:
        page.goto(address)
        found += barriers(page, address)
    assert found == []
    visitor.context.close()


def barriers(page: Page, address: str) -> list[str]:
    page.add_script_tag(path=AXE)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    report = page.evaluate("tags => axe.run({runOnly: tags})", tags)
    return [
        f"{address}: {each['id']}: {node['html'][:160]}"
        for each in report["violations"]
        for node in each["nodes"]
    ]


def test_a_new_project_asks_only_what_its_review_needs(visitor: Visitor) -> None:
    page = visitor.sign_in()
    page.goto("/projects/new/")
    review, people, own = (
        page.locator(f"#id_{name}") for name in ("review", "annotators_per_image", "reviews_own_work")
    )
    for chosen, is_independent, is_reviewed in (
        ("none", False, False),
        ("one", False, True),
        ("consensus", True, True),
    ):
        review.select_option(chosen)
        expect(people).to_be_visible(visible=is_independent)
        expect(own).to_be_visible(visible=is_reviewed)
    people.fill("9")
    page.locator("#id_name").fill("Refused")
    review.select_option("none")
    expect(people).to_be_visible()  # else nobody would see why the browser does not send it
    people.fill("2")
    expect(people).to_be_hidden()
    page.locator("form.sheet .button--primary").click()
    expect(page).to_have_url(re.compile(r"/projects/\d+/"))
