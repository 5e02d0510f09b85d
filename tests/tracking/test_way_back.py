"""From a session and a detection to their runs, and from the runs back to their pages, for everybody as they may."""

from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.fixtures import Settings

from annotate.models import AnnotationSession, Detection, User

from .conftest import Clock
from .fake_mlflow import FakeMlflow
from .relays import relay_for, settle
from .test_links import browser_of
from .visit import Visit

SESSION, DETECTION = "annotationsession", "detection"
BOTH = pytest.mark.parametrize("model", [SESSION, DETECTION])


@pytest.fixture(autouse=True)
def an_mlflow(settings: Settings, mlflow: FakeMlflow) -> None:
    settings.MLFLOW_URL = mlflow.url


@pytest.fixture
def keys(visit: Visit, mlflow: FakeMlflow, clock: Clock) -> dict[str, UUID]:
    """Of a visit with a detection, which MLflow was told of."""
    detection = visit.whole()
    settle(relay_for(mlflow, clock), clock)
    return {SESSION: AnnotationSession.objects.get().pk, DETECTION: detection.pk}


def staff(*codenames: str) -> Client:
    user = User.objects.create(username=f"staff-{uuid4().hex}", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return browser_of(user)


def change_page(model: str, key: UUID) -> str:
    return reverse(f"admin:annotate_{model}_change", args=[key])


def leads_to(client: Client, key: UUID) -> str:
    answer = client.get(reverse("tracked_page", args=[key]))
    return answer.headers.get("Location", str(answer.status_code))


class TestThePageInTheAdmin:
    @BOTH
    def test_it_leads_to_the_run(self, model: str, keys: dict[str, UUID]) -> None:
        page = staff(f"view_{model}", "view_trackingrun").get(change_page(model, keys[model]))
        text = page.content.decode()
        assert "In MLflow" in text
        assert f'<a href="/runs/{keys[model]}/">MLflow run</a>' in text

    @BOTH
    def test_it_names_no_run_to_who_may_not_look_there(self, model: str, keys: dict[str, UUID]) -> None:
        page = staff(f"view_{model}").get(change_page(model, keys[model]))
        assert page.status_code == 200
        assert "/runs/" not in page.content.decode()

    def test_what_mlflow_was_not_told_of_has_no_link(self, visit: Visit) -> None:
        detection = visit.detect()
        client = staff("view_detection", "view_trackingrun")
        assert "/runs/" not in client.get(change_page(DETECTION, detection.pk)).content.decode()
        listed = client.get(reverse("admin:annotate_detection_changelist"))
        assert "/runs/" not in listed.content.decode()

    def test_a_list_asks_once_for_all_its_runs(self, visit: Visit, mlflow: FakeMlflow, clock: Clock) -> None:
        client, address = (
            staff("view_detection", "view_trackingrun"),
            reverse("admin:annotate_detection_changelist"),
        )

        def queries(detections: int) -> int:
            for _ in range(detections):
                visit.detect()
            settle(relay_for(mlflow, clock), clock)
            clock.forward(seconds=31)
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                page = client.get(address).content.decode()
            assert page.count('">MLflow run</a>') == Detection.objects.count()
            return len(captured)

        few = queries(1)
        assert queries(4) == few


class TestThePageOfARun:
    """The tag ``page``, which is also the link in its description."""

    def test_it_is_an_address_of_its_own(self, keys: dict[str, UUID], mlflow: FakeMlflow) -> None:
        pages = {run.tags["kind"]: run.tags["page"] for run in mlflow.runs.values()}
        assert pages == {
            "annotation_session": f"/runs/{keys[SESSION]}/page/",
            "detection": f"/runs/{keys[DETECTION]}/page/",
        }

    def test_the_image_and_the_project_are_one_click_away_too(
        self, keys: dict[str, UUID], visit: Visit, mlflow: FakeMlflow
    ) -> None:
        notes = {run.tags["kind"]: run.tags["mlflow.note.content"] for run in mlflow.runs.values()}
        project = visit.lab.world.project.pk
        editor = reverse("editor", args=[project, visit.frame.pk])
        assert f"[Open the image]({editor})" in notes["detection"]
        assert f"[Open the project](/projects/{project}/)" in notes["annotation_session"]

    @BOTH
    def test_whoever_may_see_it_in_the_admin_comes_there(self, model: str, keys: dict[str, UUID]) -> None:
        client = staff(f"view_{model}")
        assert leads_to(client, keys[model]) == change_page(model, keys[model])
        assert client.get(change_page(model, keys[model])).status_code == 200

    def test_a_member_comes_from_a_detection_to_the_image(self, keys: dict[str, UUID], visit: Visit) -> None:
        project = visit.lab.world.project.pk
        editor = reverse("editor", args=[project, visit.frame.pk])
        assert leads_to(browser_of(visit.person), keys[DETECTION]) == editor
        Detection.objects.update(frame_ids=[])
        assert leads_to(browser_of(visit.person), keys[DETECTION]) == reverse("jobs_page", args=[project])

    def test_a_member_comes_from_a_session_to_the_work_of_its_person(
        self, keys: dict[str, UUID], visit: Visit
    ) -> None:
        people, project = visit.lab.world.people, visit.lab.world.project.pk
        work = reverse("person", args=[project, visit.person.pk])
        found = {who: leads_to(browser_of(people[who]), keys[SESSION]) for who in people}
        assert found == {
            "annotator": work, "reviewer": work, "owner": work,
            "second": f"/projects/{project}/", "viewer": f"/projects/{project}/", "stranger": "404",
        }  # fmt: skip
        for who in ("annotator", "reviewer", "owner", "second", "viewer"):
            assert browser_of(people[who]).get(found[who]).status_code == 200

    def test_of_a_person_who_is_gone_the_project_is_left(self, keys: dict[str, UUID], visit: Visit) -> None:
        AnnotationSession.objects.update(user=None)
        project = visit.lab.world.project.pk
        assert leads_to(browser_of(visit.lab.world.people["owner"]), keys[SESSION]) == f"/projects/{project}/"

    @BOTH
    def test_it_is_nothing_for_strangers_and_asks_others_to_sign_in(
        self, model: str, keys: dict[str, UUID], visit: Visit
    ) -> None:
        assert leads_to(browser_of(visit.lab.world.people["stranger"]), keys[model]) == "404"
        assert leads_to(staff("view_trackingrun"), keys[model]) == "404", "staff, of nothing here"
        assert leads_to(Client(), keys[model]).startswith("/login/?next=")

    def test_what_is_gone_is_not_found(self, visit: Visit) -> None:
        assert leads_to(browser_of(visit.person), uuid4()) == "404"

    def test_it_only_reads(self, keys: dict[str, UUID], visit: Visit) -> None:
        client = browser_of(visit.person)
        assert client.post(reverse("tracked_page", args=[keys[SESSION]])).status_code == 405
