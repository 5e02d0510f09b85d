"""Adding images in a real browser: by drop and by chooser, with a real server and a real worker."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FileChooser, Page, Route, expect

from tests.browser.firefox import needs_chromium
from tests.browser.signing_in import sign_in
from tests.browser.test_pages import AXE, barriers
from tests.media import pictures
from tests.media.pictures import archive, jpeg, numbered
from tests.media.site import Site, running_site, until

pytestmark = pytest.mark.browser
PROJECT = "/projects/1/"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site"), worker=True) as running:
        yield running


@pytest.fixture(autouse=True)
def emptied(site: Site) -> Iterator[None]:
    yield
    until(
        lambda: not site.rows("SELECT 1 FROM annotate_job WHERE state IN ('queued', 'running')"), "jobs end"
    )
    for table in ("job", "frame", "source"):
        site.rows(f"DELETE FROM annotate_{table}")  # noqa: S608


@pytest.fixture
def page(browser: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Maria on the page of the project; the test fails when the console complained."""
    options: dict[str, Any] = {"locale": "en", **getattr(request, "param", {})}
    context = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 800}, **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    sign_in(page)
    page.goto(PROJECT)
    yield page
    context.close()
    # A refused file is an answer 400 or 413, which Chromium writes to the console by itself.
    assert [each for each in complaints if "Failed to load resource" not in each] == []


def drop(page: Page, *paths: Path) -> None:
    """As from a file manager: real files and folders, over the middle of the page."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    place = {"x": 600, "y": 500, "data": data}
    session.send("Input.dispatchDragEvent", {"type": "dragEnter", **place})
    session.send("Input.dispatchDragEvent", {"type": "dragOver", **place})
    expect(page.locator("#upload-drop")).to_be_visible()
    session.send("Input.dispatchDragEvent", {"type": "drop", **place})
    expect(page.locator("#upload-drop")).to_be_hidden()


def write(folder: Path, files: dict[str, bytes]) -> list[Path]:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def expect_sum(page: Page, files: int, outcomes: str) -> None:
    expect(page.locator("#upload-count")).to_have_text(
        f"{files} of {files} file{'s' * (files != 1)}", timeout=30_000
    )
    expect(page.locator("#upload-outcomes")).to_have_text(outcomes)


def shown_pictures(page: Page) -> int:
    """How many thumbnails of the grid have really loaded: what is waiting is marked."""
    ready: int = page.locator(".frame-card .thumb:not([data-waiting])").count()
    return ready


@needs_chromium
def test_files_and_folders_are_dropped_and_each_gets_its_word(page: Page, tmp_path: Path) -> None:
    files = write(
        tmp_path,
        {"a.png": numbered(1), "b.png": numbered(2), "same.png": numbered(1), "bad.jpg": jpeg()[:300]},
    )
    write(
        tmp_path / "set",
        {"c.png": numbered(3), "deep/d.png": numbered(4), "labels.txt": b"x", ".DS_Store": b"x"},
    )
    drop(page, *files, tmp_path / "set")
    expect_sum(page, 6, "4 added · 1 already there · 1 refused · 1 other file left out")
    problem = page.locator("#upload-problems li")
    expect(problem).to_have_count(1)
    expect(problem).to_contain_text("bad.jpg")
    expect(problem).to_contain_text("The image is damaged")
    expect(page.locator("#upload-list li[data-state=added]")).to_have_count(4)
    either = re.compile(r"^(a|same)\.png")  # they are sent at the same time
    expect(page.locator("#upload-list li[data-state=duplicate]")).to_have_text(either)
    # The images are on the page without a reload, and their thumbnails as soon as the worker has made them.
    expect(page.locator(".frame-card")).to_have_count(4, timeout=15_000)
    until(lambda: shown_pictures(page) == 4, "the thumbnails appear")
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    expect(page.locator("#upload-live")).to_have_text("6 of 6 files: 4 added · 1 already there · 1 refused")


def test_an_archive_shows_its_progress_and_its_report_and_survives_a_reload(
    page: Page, tmp_path: Path
) -> None:
    images = {f"{number:03d}.png": numbered(number, (800, 600)) for number in range(40)}
    [path] = write(tmp_path, {"week.zip": archive({**images, "broken.jpg": jpeg()[:300], "notes.txt": b"x"})})
    page.set_input_files("#upload-files", path)
    job = page.locator("#jobs-list .job")
    expect(job.locator("progress")).to_be_visible(timeout=15_000)
    page.reload()
    expect(job).to_have_count(1)
    expect(job).to_contain_text("week.zip")
    expect(job.locator(".job__text")).to_have_text(
        "40 added · 1 refused · 1 other file left out", timeout=40_000
    )
    expect(job.locator("progress")).to_be_hidden()
    job.get_by_text("1 file was refused").click()
    expect(job.locator(".job__refusals")).to_contain_text("broken.jpg")
    expect(page.locator(".frame-card")).to_have_count(40, timeout=15_000)


def test_an_archive_is_stopped_and_what_was_added_stays(page: Page, site: Site, tmp_path: Path) -> None:
    images = {f"{number:03d}.png": numbered(number, (1000, 750)) for number in range(150)}
    [path] = write(tmp_path, {"week.zip": archive(images)})
    page.set_input_files("#upload-files", path)
    stop = page.get_by_role("button", name="Stop: week.zip")
    until(lambda: site.value("SELECT COUNT(*) FROM annotate_frame") > 0, "it has begun")
    stop.click()
    expect(page.locator("#jobs-list .job")).to_contain_text("Cancelled", timeout=20_000)
    expect(stop).to_be_hidden()
    assert 0 < site.value("SELECT COUNT(*) FROM annotate_frame") < 150


@needs_chromium
def test_a_video_waits_for_its_rate(page: Page, site: Site, tmp_path: Path) -> None:
    path = pictures.video(tmp_path / "harbour.mp4", frames=50, rate=25)
    [image] = write(tmp_path, {"a.png": numbered(1)})
    page.set_input_files("#upload-files", [path, image])
    form = page.locator("#upload-video")
    expect(form).to_be_visible()
    expect(form).to_contain_text("harbour.mp4")
    expect(page.get_by_role("spinbutton", name="Images per second")).to_be_focused()
    expect_sum(page, 1, "1 added")
    page.get_by_role("spinbutton", name="One image of every").fill("20")
    expect(page.get_by_role("radio", name="One image of every")).to_be_checked()
    page.keyboard.press("Enter")
    expect(form).to_be_hidden()
    expect(page.locator("#jobs-list .job__text")).to_have_text("3 added", timeout=30_000)
    assert site.rows("SELECT name FROM annotate_frame WHERE name LIKE 'harbour%' ORDER BY name") == [
        (f"harbour_{number:06d}.jpg",) for number in (0, 20, 40)
    ]


def test_a_video_can_be_left_out(page: Page, tmp_path: Path) -> None:
    page.set_input_files("#upload-files", pictures.video(tmp_path / "harbour.mp4", frames=5))
    page.get_by_role("button", name="Leave it out").click()
    expect(page.locator("#upload-video")).to_be_hidden()
    expect(page.locator("#upload-progress")).to_be_hidden()


@needs_chromium
def test_hundreds_of_files_go_three_at_a_time(page: Page, site: Site, tmp_path: Path) -> None:
    write(tmp_path / "set", {f"{number:03d}.png": numbered(number) for number in range(100)})
    page.evaluate(
        """() => {
            const { send } = XMLHttpRequest.prototype;
            window.most = window.now = 0;
            XMLHttpRequest.prototype.send = function (body) {
                window.most = Math.max(window.most, ++window.now);
                this.addEventListener("readystatechange", () => { window.now -= this.readyState === 4; });
                send.call(this, body);
            };
        }"""
    )
    drop(page, tmp_path / "set")
    expect(page.locator("#upload-cancel")).to_be_visible()
    expect(page.locator("#upload-count")).to_have_text("100 of 100 files", timeout=90_000)
    assert page.evaluate("window.most") == 3
    assert site.value("SELECT COUNT(*) FROM annotate_frame") == 100
    expect(page.locator("#upload-list li")).to_have_count(100)


def test_cancelled_and_unreachable_files_are_sent_again(page: Page, tmp_path: Path) -> None:
    files = write(tmp_path, {f"{number}.png": numbered(number) for number in range(6)})
    refuse = re.compile(r"/uploads/\?name=[24]\.png")
    page.route(refuse, lambda route: route.fulfill(status=500, body="not ours"))
    page.set_input_files("#upload-files", files)
    expect_sum(page, 6, "4 added · 2 not sent")
    expect(page.locator("#upload-problems li")).to_have_count(2)
    page.unroute(refuse)
    page.get_by_role("button", name="Try again: 2.png").click()
    expect(page.locator("#upload-outcomes")).to_have_text("5 added · 1 not sent")
    page.get_by_role("button", name="Send the failed ones again").click()
    expect_sum(page, 6, "6 added")
    expect(page.locator("#upload-problems")).to_be_hidden()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#upload-progress")).to_be_hidden()


def test_cancelling_stops_what_is_under_way(page: Page, site: Site, tmp_path: Path) -> None:
    held: list[Route] = []
    page.route(re.compile("/uploads/"), lambda route: held.append(route))
    page.set_input_files("#upload-files", write(tmp_path, {f"{n}.png": numbered(n) for n in range(5)}))
    expect(page.locator("#upload-list li[data-state=sending]")).to_have_count(3)
    page.get_by_role("button", name="Cancel the rest").click()
    expect_sum(page, 5, "5 cancelled")
    assert len(held) == 3
    assert site.value("SELECT COUNT(*) FROM annotate_frame") == 0


def test_signed_out_meanwhile_nothing_is_lost_and_it_goes_on(page: Page, site: Site, tmp_path: Path) -> None:
    files = write(tmp_path, {f"{number}.png": numbered(number) for number in range(5)})
    site.rows("DELETE FROM django_session")
    page.set_input_files("#upload-files", files)
    expect(page.locator("#upload-halt")).to_contain_text("signed out")
    other = page.context.new_page()
    sign_in(other)
    other.close()
    page.get_by_role("button", name="Go on").click()
    expect_sum(page, 5, "5 added")


def test_leaving_while_files_are_sent_asks_first(page: Page, tmp_path: Path) -> None:
    page.route(re.compile("/uploads/"), lambda route: None)
    page.set_input_files("#upload-files", write(tmp_path, {"a.png": numbered(1)}))
    expect(page.locator("#upload-cancel")).to_be_visible()
    page.locator("body").click()  # browsers ask only after somebody did something
    page.context.set_offline(True)  # what is held back must not reach the server when the page closes
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.accept()


@needs_chromium
@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_without_script_the_plain_form_does_it(page: Page, tmp_path: Path) -> None:
    expect(page.locator("#upload")).to_be_hidden()
    files = write(
        tmp_path, {"a.png": numbered(1), "bad.jpg": jpeg()[:300], "week.zip": archive({"b.png": numbered(2)})}
    )
    page.set_input_files("#plain-files", files)
    page.get_by_role("button", name="Add", exact=True).click()
    messages = page.locator(".messages")
    expect(messages).to_contain_text("1 image was added.")
    expect(messages).to_contain_text("bad.jpg: The image is damaged")
    expect(page.locator(".plain-jobs")).to_contain_text("week.zip")

    def both_there() -> bool:
        page.reload()
        return page.locator(".frame-card").count() == 2

    until(both_there, "the archive is unpacked")


def test_the_chooser_is_reached_and_named_by_keyboard(page: Page) -> None:
    chooser = page.get_by_label("Choose files")
    chooser.focus()
    expect(chooser).to_be_focused()
    opened: list[FileChooser] = []

    def note(chooser: FileChooser) -> None:
        opened.append(chooser)

    page.on("filechooser", note)

    def opens() -> bool:  # listening takes effect a little later
        page.keyboard.press("Enter")
        page.wait_for_timeout(200)
        return bool(opened)

    until(opens, "the chooser opens")
    assert opened[0].is_multiple()


@needs_chromium
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm install")
@pytest.mark.parametrize(
    "page", [{"bypass_csp": True}, {"bypass_csp": True, "color_scheme": "dark"}], indirect=True
)
def test_axe_finds_no_barrier_while_and_after_uploading(page: Page, tmp_path: Path) -> None:
    video = pictures.video(tmp_path / "harbour.mp4", frames=5)
    zipped = {"a.png": numbered(7), "bad.jpg": b"x"}
    files = write(tmp_path, {"a.png": numbered(1), "bad.jpg": jpeg()[:300], "week.zip": archive(zipped)})
    page.set_input_files("#upload-files", [*files, video])
    expect(page.locator("#jobs-list .job__text")).to_contain_text("1 added", timeout=20_000)
    assert barriers(page, PROJECT) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_to_the_side(page: Page, width: int, tmp_path: Path) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    long = "a-very-long-name-without-any-space-in-it-" * 4
    files = write(tmp_path, {f"{long}.png": numbered(1), f"bad{long}.jpg": jpeg()[:300]})
    page.set_input_files("#upload-files", [*files, pictures.video(tmp_path / f"{long}.mp4", frames=5)])
    expect_sum(page, 2, "1 added · 1 refused")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
