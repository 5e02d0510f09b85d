"""Every page that a person can open, as whoever may do most: no barrier, and nothing sticks out at 320 px."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.contrib import admin
from django.urls import get_resolver, reverse
from playwright.sync_api import Browser, Page, TimeoutError, ViewportSize

from tests.browser.firefox import needs_chromium
from tests.browser.pages_site import FULL, running_site
from tests.browser.test_pages import AXE, PAGES, Visitor, barriers

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm install"),
]
WIDE, NARROW = ViewportSize(width=1280, height=720), ViewportSize(width=320, height=640)
KNOWN = {
    "project_id": 4,
    "user_id": 1,
    "webhook_id": 1,
    "number": 1,
    "name": "queue",
    "rest": "",
    **dict.fromkeys(("job_id", "comment_id", "detection_id", "training_id", "key"), UUID(int=1)),
    **dict.fromkeys(("frame_id", "label_id", "membership_id", "token_id", "copy_id", "change_id"), 1),
}
"""What stands in addresses: the site has one of everything that has a page of its own."""
NO_PAGES = {
    "editor": "looked at panel by panel, the picture left out: tests/browser/test_editor.py",
    "frame_image": "a file",
    "frame_thumbnail": "a file",
    "download_export": "a file",
    "new_import_report": "the same page as import_report, for a project that is not there yet",
    "agreement_file": "a file",
    "training_picture": "a file",
    "mlflow": "MLflow's own page",
    "tracked": "leads to MLflow",
    "tracked_page": "leads to other pages",
    "continue": "leads to the editor",
    "projects_by_name": "leads to the list of projects",
    "login": "leads away from where one is signed in: looked at before",
}
MORE = [
    "/projects/999/",
    "/api/v1/docs",
    "/projects/2/figures/",
    "/projects/2/training/",
    "/projects/2/versions/",
    "/admin/annotate/label/1/history/",
]
"""Nothing here, what the routes of the API have in a place of their own, pages without anything on them yet, and the
history of a row."""
FORMS = ("project", "label", "frame", "box", "user", "job")


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with running_site(tmp_path_factory.mktemp("site"), FULL) as address:
        visitor = Visitor(browser, address, bypass_csp=True, color_scheme="light", reduced_motion="reduce")
        visitor.page.goto("/login/")
        assert trouble(visitor.page, "/login/") == []
        yield visitor.sign_in()
        visitor.context.close()


def trouble(page: Page, address: str) -> list[str]:
    """What keeps somebody from using the page; empty where nothing does."""
    page.set_viewport_size(WIDE)
    page.goto(address)
    found = barriers(page, address)
    if not address.startswith("/admin/"):  # the lists of the desk are Django's
        small = page.evaluate(SMALL)
        found += [f"{address}: too small to press, and too near to another: {each}" for each in small]
    page.set_viewport_size(NARROW)
    try:  # figures are drawn anew for their new width, in their own time
        page.wait_for_function("document.documentElement.scrollWidth <= innerWidth", timeout=3_000)
    except TimeoutError:
        width = page.evaluate("document.documentElement.scrollWidth")
        found.append(f"{address} is {width} wide: {page.evaluate(STICKING_OUT)}")
    return found


SMALL = r"""() => {
  const places = "a[href], button, summary, select, input:not([type=hidden])";
  const isSeen = one => one.checkVisibility({checkVisibilityCSS: true}) && one.getBoundingClientRect().width > 1;
  const hasWords = part => part.nodeType === 3 && /[\p{L}\d]/u.test(part.data);
  const isAlone = one => !one.closest("label") && ![...one.parentElement.childNodes].some(hasWords);
  const targets = [...document.querySelectorAll(places)].filter(one => isSeen(one) && isAlone(one)).map(one => {
    const box = one.getBoundingClientRect();
    const isSmall = Math.min(box.width, box.height) < 23.5;
    return {one, box, isSmall, x: box.x + box.width / 2, y: box.y + box.height / 2};
  });
  const away = ({x, y}, {left, right, top, bottom}) =>
    Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
  const isNear = (a, b) => away(a, b.box) < 12 || (b.isSmall && Math.hypot(a.x - b.x, a.y - b.y) < 24);
  const isApart = (a, b) => !a.one.contains(b.one) && !b.one.contains(a.one);
  return targets.filter(a => a.isSmall && targets.some(b => isApart(a, b) && isNear(a, b)))
    .map(({one, box}) => `${Math.round(box.width)} x ${Math.round(box.height)} ${one.outerHTML.slice(0, 100)}`);
}"""
"""Targets with a side under 24 px around whose middle a circle of that size meets another one (WCAG 2.5.8); links in
the middle of a sentence may be so."""
STICKING_OUT = """() => [...document.body.querySelectorAll("*")]
    .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth)
    .map(one => one.outerHTML.slice(0, 80)).slice(0, 8).join(" ")"""
"""The first few elements that reach too far; some of them may be within a box of their own that scrolls."""


def routes() -> list[str]:
    """Addresses of what may be a page. A route that asks for something new has to say what (KNOWN)."""
    found = []
    for name, ways in get_resolver("annotate.urls").reverse_dict.lists():
        if isinstance(name, str) and name not in NO_PAGES:
            [(_pattern, parameters)] = ways[0][0]
            found.append(reverse(name, kwargs={each: KNOWN[each] for each in parameters}))
    return found


def opens(page: Page, address: str) -> bool:
    """Whether it is a page. What only takes forms is none, and neither is what answers programs."""
    answer = page.request.get(address)
    is_html = answer.headers.get("content-type", "").startswith("text/html")
    if answer.status == 405 or not is_html:
        return False
    assert answer.ok, f"{address}: {answer.status}. The site needs one to look at, or NO_PAGES a reason"
    return True


def test_z1_no_route_has_a_page_that_keeps_anybody_out(page: Page) -> None:
    addresses = [address for address in routes() if opens(page, address)]
    assert "/projects/4/training/00000000-0000-0000-0000-000000000001/" in addresses
    others = [address for address in (*PAGES, *MORE) if address not in addresses]
    found = [line for address in (*addresses, *others) for line in trouble(page, address)]
    assert found == [], "\n".join(found)


def test_no_list_and_no_form_of_the_desk_keeps_anybody_out(page: Page) -> None:
    found, looked_at = [], set()
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        address = reverse(f"{name}_changelist")
        found += trouble(page, address)
        others = [reverse(f"{name}_add")]
        if model._meta.model_name in FORMS:
            row = page.locator("#result_list tbody th a").first.get_attribute("href")
            assert row
            found += trouble(page, row)
            others += [row.replace("/change/", "/delete/"), row.replace("/change/", "/history/")]
        for other in others:
            if page.request.get(other).ok:  # what nobody may add or delete has no page for it
                looked_at.add(other.removeprefix("/admin/"))
                found += trouble(page, other)
    assert found == [], "\n".join(found)
    assert {"annotate/project/add/", "annotate/label/1/delete/", "annotate/user/add/"} <= looked_at
