"""MLflow's own page behind the site, in a real browser on a real MLflow: what is found by whom, and changed by whom."""

import json
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from annotate.tracking import server
from tests.browser.firefox import needs_chromium
from tests.browser.signing_in import sign_in
from tests.media.site import Site, until
from tests.tracking.real import Json, RealMlflow
from tests.tracking.visited_site import PROJECT, RUNS, is_told, prepare_visited

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.skipif(
        not server.is_installed(), reason="MLflow is not installed (pip install '.[tracking]')"
    ),
]
PEOPLE = f"""
import django
django.setup()
from django.contrib.auth.models import Permission
from annotate.accounts import ml_engineers
from annotate.models import Membership, Project, User
people = {{name: User.objects.get(username=name) for name in ("maria", "ada", "otto")}}
for name in ("maria", "ada"):
    Membership.objects.create(project=Project.objects.get(pk={PROJECT}), user=people[name], role="manager")
for name in ("maria", "otto"):
    people[name].groups.add(ml_engineers())
people["otto"].user_permissions.add(Permission.objects.get(codename="change_trackingrun"))
"""
"""maria may look, otto may change things too, ada may neither."""
NOT_PASSED_ON = re.compile(r"/mlflow/ajax-api/(3\.0/mlflow/assistant/|2\.0/mlflow/users/current$)")
"""What MLflow's page asks for that nobody gets: its assistant, and accounts, which this MLflow itself does not have."""
REFUSAL = "Your account may look at the experiments, and not change them."
SENT_AGAIN = """async ({ address, body }) => {
  const headers = { 'Content-Type': 'application/json; charset=utf-8' };
  return (await fetch(address, { method: 'POST', headers, body })).status;
}"""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealMlflow]:
    running = RealMlflow(tmp_path_factory.mktemp("mlflow"))
    running.start()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def told_site(tmp_path_factory: pytest.TempPathFactory, real: RealMlflow) -> Iterator[Site]:
    """MLflow knows all that happened; nothing more happens."""
    site = Site(tmp_path_factory.mktemp("site") / "data", "daphne")
    prepare_visited(site, PEOPLE)
    site.settings["HITL_MLFLOW_URL"] = real.url
    try:
        site.start("serve")
        worker = site.start("worker")
        until(partial(is_told, site), "everything is told", 60)
        site.stop(worker)
        site.wait_for_web()
        yield site
    finally:
        for process in list(site.processes):
            with suppress(ProcessLookupError):
                site.stop(process, signal.SIGKILL)


Enter = Callable[[str], Page]


@pytest.fixture
def complaints() -> list[str]:
    """Of the consoles of all windows, with the address that each is about."""
    return []


@pytest.fixture
def enter(browser: Browser, told_site: Site, complaints: list[str]) -> Iterator[Enter]:
    """A browser of one's own, signed in."""
    opened = []

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error" and not NOT_PASSED_ON.search(said.location["url"]):
            complaints.append(f"{said.text} {said.location['url']}")

    def entered(name: str) -> Page:
        context = browser.new_context(
            base_url=told_site.url, locale="en", viewport={"width": 1280, "height": 720}
        )
        opened.append(context)
        context.on("console", hear)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page = context.new_page()
        sign_in(page, name)
        return page

    yield entered
    for context in opened:
        context.close()


def open_session(page: Page, name_of_project: str) -> None:
    """From the header of a page of the product, to the experiment, its table of runs, and the run of the session."""
    page.goto(f"/projects/{PROJECT}/")
    page.locator(".top .menu > summary").click()
    page.get_by_role("link", name="Experiments (MLflow)").click()
    expect(page.get_by_role("heading", name="Experiments")).to_be_visible()
    page.get_by_role("link", name=name_of_project, exact=True).click()
    expect(page.get_by_text(f"{RUNS} matching runs")).to_be_visible()
    page.get_by_role("grid").get_by_role("link", name="Session of").click()
    expect(page.get_by_role("heading", name="Session of")).to_be_visible()


def name_of_project(site: Site) -> str:
    return str(site.value("SELECT name FROM annotate_project ORDER BY id DESC LIMIT 1"))


def open_file(page: Page, *names: str) -> None:
    """In the tab "Artifacts": folders, and at last the file."""
    page.get_by_role("tab", name="Artifacts").click()
    for name in names:
        page.get_by_role("main").get_by_role("listitem").get_by_text(name).click()


def is_shown(page: Page, width: int) -> None:
    """A picture of this many pixels."""
    picture = page.get_by_role("main").locator("img[src^='blob:']").first
    expect(picture).to_be_visible()
    assert picture.evaluate("picture => picture.naturalWidth") == width


def test_who_may_look_comes_from_the_header_to_a_run_and_its_files(
    enter: Enter, told_site: Site, complaints: list[str]
) -> None:
    page = enter("maria")
    open_session(page, name_of_project(told_site))
    expect(page.get_by_role("row", name="accepted 1")).to_be_visible()
    frame, revision = told_site.rows("SELECT id, revision FROM annotate_frame")[0]
    open_file(page, "frames", f"{frame}-r{revision}.json")
    expect(page.get_by_role("main").locator("code")).to_contain_text('"pier.jpg"')
    page.get_by_role("main").get_by_role("listitem").get_by_text(f"{frame}-r{revision}.jpg").click()
    is_shown(page, 640)
    assert complaints == []


def test_the_face_that_somebody_chose_stays(enter: Enter, told_site: Site) -> None:
    """Whoever comes first sees "Model training", also where no link of the product led there."""
    page = enter("maria")
    page.goto("/mlflow/#/experiments")
    page.get_by_role("link", name=name_of_project(told_site), exact=True).click()
    expect(page.get_by_text(f"{RUNS} matching runs")).to_be_visible()
    page.goto("/mlflow/")
    page.get_by_role("button", name="GenAI").click()
    page.goto("/")
    page.goto("/mlflow/#/experiments")
    page.get_by_role("link", name=name_of_project(told_site), exact=True).click()
    expect(page.get_by_role("link", name="Traces")).to_be_visible()


def test_a_detection_leads_to_its_run_and_the_run_back_to_the_image(
    enter: Enter, told_site: Site, complaints: list[str]
) -> None:
    page = enter("maria")
    frame = told_site.value("SELECT id FROM annotate_frame")
    editor = f"/projects/{PROJECT}/frames/{frame}/"
    page.goto(editor)
    page.get_by_role("tab", name="History").click()
    page.get_by_text("Detections on this image: 1").click()
    page.get_by_role("link", name="MLflow run of this detection by Nano 1").click()
    expect(page.get_by_role("heading", name="Detection on image")).to_be_visible()
    open_file(page, "proposals.json")
    expect(page.get_by_role("main").locator("code")).to_contain_text('"confidence": 0.9')
    page.get_by_role("tab", name="Overview").click()
    back = page.get_by_role("link", name="Open the page in the product")
    address = str(back.get_attribute("href"))
    expect(page.get_by_role("status", name="page")).to_have_text(re.compile(re.escape(address)))
    with page.expect_popup() as opened:
        back.click()
    expect(opened.value).to_have_url(re.compile(f"{editor}$"))
    assert complaints == []


def test_an_image_leads_to_the_session_in_which_somebody_worked_on_it(
    enter: Enter, told_site: Site, complaints: list[str]
) -> None:
    page = enter("maria")
    frame = told_site.value("SELECT id FROM annotate_frame")
    page.goto(f"/projects/{PROJECT}/frames/{frame}/")
    page.get_by_role("tab", name="History").click()
    page.get_by_text("Sessions on this image: 1").click()
    page.get_by_role("link", name="MLflow run of the session of").click()
    expect(page.get_by_role("heading", name="Session of")).to_be_visible()
    assert complaints == []


def test_who_may_not_look_is_told_so(enter: Enter, told_site: Site) -> None:
    page = enter("ada")
    page.locator(".top .menu > summary").click()
    expect(page.get_by_role("link", name="Profile")).to_be_visible()
    expect(page.get_by_role("link", name="Experiments (MLflow)")).to_have_count(0)
    answer = page.goto("/mlflow/")
    assert answer is not None and answer.status == 403
    expect(page.get_by_role("main")).to_contain_text("Your account may not see the experiments.")
    asked = page.request.get("/mlflow/ajax-api/2.0/mlflow/experiments/search?max_results=10")
    assert (asked.status, name_of_project(told_site) in asked.text()) == (403, False)


class TestWhoMayOnlyLook:
    """MLflow's page offers everything to everybody. Of a refusal to rename it says why, of one to delete nothing."""

    @pytest.fixture
    def page(self, enter: Enter, told_site: Site) -> Page:
        page = enter("maria")
        open_session(page, name_of_project(told_site))
        return page

    def test_renames_and_deletes_nothing(self, page: Page, real: RealMlflow, enter: Enter) -> None:
        before = known(real)
        renaming = self.chosen(page, "Rename", "runs/update", "Save", name="Another name")
        expect(page.get_by_role("alert")).to_contain_text(REFUSAL)
        page.get_by_role("dialog").get_by_role("button", name="Close").click()
        self.chosen(page, "Delete", "runs/delete", "Delete selected")
        assert known(real) == before
        writer = enter("otto")
        sent = {"address": renaming.url, "body": renaming.post_data}
        assert writer.evaluate(SENT_AGAIN, sent) == 200, "of who may change things it is taken"
        asked = json.loads(str(renaming.post_data))
        [renamed] = [one["info"] for one in known(real) if one["info"]["run_id"] == asked["run_id"]]
        assert (renamed["run_name"], asked["run_name"]) == ("Another name", "Another name")

    def chosen(self, page: Page, item: str, call: str, button: str, name: str = "") -> Request:
        """What the page sent, and was refused."""
        page.get_by_role("button", name="Open header dropdown menu").click()
        page.get_by_role("menuitem", name=item, exact=True).click()
        press = page.get_by_role("button", name=button, exact=True)
        if name:
            page.get_by_role("dialog").filter(has=press).get_by_role("textbox").fill(name)
        with page.expect_response(re.compile(f"/mlflow/ajax-api/.*/{call}$")) as answer:
            press.click()
        assert answer.value.status == 403
        return answer.value.request


def known(real: RealMlflow) -> list[dict[str, Any]]:
    """Active runs as MLflow has them, the first first."""
    found: list[Json] = real.runs(PROJECT)
    return sorted(found, key=lambda run: str(run["info"]["run_id"]))
