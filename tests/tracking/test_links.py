"""The way from a page to its run in MLflow: for whom it is shown, and what is said while MLflow is away."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from annotate.accounts import ML_ENGINEERS, make_account
from annotate.frames import set_status
from annotate.learning import promotion
from annotate.models import AnnotationSession, DatasetVersion, TrackingRelay, TrackingRun, User
from annotate.tracking.dataset_tags import key_of

from .conftest import Clock
from .course import Course
from .fake_mlflow import FakeMlflow
from .relays import relay_for, settle
from .visit import Visit

AWAY = "MLflow does not answer now"


@pytest.fixture(autouse=True)
def an_mlflow(settings: Settings, mlflow: FakeMlflow) -> None:
    settings.MLFLOW_URL = mlflow.url


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def engineer(user: User) -> Client:
    make_account("somebody")  # the group comes with the first account
    user.groups.add(Group.objects.get(name=ML_ENGINEERS))
    return browser_of(user)


def detections_of(client: Client, visit: Visit) -> dict[str, Any]:
    return dict(client.get(reverse("frame_detections", args=[visit.frame.pk])).json())


class TestTheEditor:
    def test_it_leads_to_the_run_of_a_detection(self, visit: Visit, mlflow: FakeMlflow, clock: Clock) -> None:
        detection = visit.detect()
        client = engineer(visit.person)
        assert [one["run"] for one in detections_of(client, visit)["detections"]] == [""]
        settle(relay_for(mlflow, clock), clock)
        [card] = detections_of(client, visit)["detections"]
        assert card["run"] == f"/runs/{detection.pk}/"
        answer = client.get(card["run"])
        assert answer["Location"].startswith("/mlflow/#/experiments/")

    def test_it_leads_to_the_sessions_in_which_people_worked_on_the_image(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        """By edits or by its status alone, whether or not a model ever looked; of other images no session is named,
        nor one of somebody who brought a file meanwhile."""
        visit.draw()
        second, other = visit.lab.world.people["second"], visit.lab.world.frame()
        visit.lab.draw(other, who="reviewer")
        set_status(visit.frame.pk, "complete", visit.lab.world.people["reviewer"], is_import=True)
        visit.lab.draw(other, who="reviewer", left=400)
        set_status(visit.frame.pk, "approved", second)
        earlier, later = (timezone.now() - timedelta(hours=number) for number in (2, 1))
        elsewhere = AnnotationSession.objects.create(
            project=visit.lab.world.project,
            user=visit.person,
            started_at=earlier,
            last_at=later,
            ended_at=later,
            end="idle",
        )
        run = {"kind": "annotation_session", "opening": {}, "experiment": "1", "mlflow_run": "a"}
        TrackingRun.objects.create(pk=elsewhere.pk, project=visit.lab.world.project, **run)
        client = engineer(visit.person)
        assert detections_of(client, visit)["visits"] == [], "MLflow was not told yet"
        settle(relay_for(mlflow, clock), clock)
        sessions = {one.user: one for one in AnnotationSession.objects.exclude(pk=elsewhere.pk)}
        assert len(sessions) == 3
        visits = detections_of(client, visit)["visits"]
        found = {one["by"]: one for one in visits}
        assert (len(visits), set(found)) == (2, {visit.person.display_name, second.display_name})
        for person in (visit.person, second):
            one, session = found[person.display_name], sessions[person]
            assert one == {
                "by": person.display_name, "at": session.started_at.isoformat(), "run": f"/runs/{session.pk}/",
            }  # fmt: skip
        assert client.get(f"/runs/{sessions[second].pk}/")["Location"].startswith("/mlflow/#/experiments/")
        assert detections_of(browser_of(second), visit)["visits"] == []

    def test_it_shows_no_run_to_who_may_not_look_there(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        visit.detect()
        settle(relay_for(mlflow, clock), clock)
        mlflow.is_down = True
        visit.draw()
        relay_for(mlflow, clock).round()
        found = detections_of(browser_of(visit.person), visit)
        assert [one["run"] for one in found["detections"]] == [""]
        assert found["mlflow_away"] is False

    def test_it_says_when_mlflow_is_away_until_it_is_back(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        client = engineer(visit.person)
        relay = relay_for(mlflow, clock)
        visit.draw()
        mlflow.is_down = True
        relay.round()
        assert detections_of(client, visit)["mlflow_away"] is True
        mlflow.is_down = False
        clock.forward(seconds=61)
        settle(relay, clock)
        assert detections_of(client, visit)["mlflow_away"] is False


class TestThePageOfTheModel:
    def test_it_leads_to_the_training(self, course: Course, mlflow: FakeMlflow, clock: Clock) -> None:
        training = course.whole()
        assert training.model_version is not None
        promotion.promote(
            course.project, training.model_version, user=course.user, kind="manual", training=training
        )
        settle(relay_for(mlflow, clock), clock)
        page = reverse("model_settings", args=[course.project.pk])
        assert f"/runs/{training.pk}/" not in browser_of(course.user).get(page).content.decode()
        assert f'href="/runs/{training.pk}/"' in engineer(course.user).get(page).content.decode()


class TestThePageOfVersions:
    def test_each_leads_to_its_run(self, course: Course, mlflow: FakeMlflow, clock: Clock) -> None:
        counts = {
            "frames": 1,
            "boxes": 1,
            "labels": {},
            "splits": {n: {"frames": 1} for n in ("train", "val", "test")},
        }
        first = course.version()
        settle(relay_for(mlflow, clock), clock)
        course.version()
        DatasetVersion.objects.update(counts=counts)  # as a snapshot has them
        page = reverse("versions", args=[course.project.pk])
        runs = re.findall(r'href="(/runs/[^"]+)"', engineer(course.user).get(page).content.decode())
        assert runs == [f"/runs/{key_of(first)}/"], "MLflow was not told of the second one yet"
        course.user.groups.clear()
        assert "/runs/" not in browser_of(course.user).get(page).content.decode()


class TestThePageOfAPerson:
    def test_it_has_their_sessions_for_who_may_look(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        visit.draw()
        visit.sign_out()
        settle(relay_for(mlflow, clock), clock)
        session = AnnotationSession.objects.get()
        client, page = engineer(visit.person), reverse("person", args=[session.project_id, session.user_id])
        text = client.get(page).content.decode()
        assert f'<a href="/runs/{session.pk}/">MLflow run</a>' in text
        assert "Signed out" in text
        visit.person.groups.clear()
        assert "/runs/" not in browser_of(visit.person).get(page).content.decode()

    def test_one_that_mlflow_was_not_told_of_has_no_link(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        mlflow.is_down = True
        visit.draw()
        relay_for(mlflow, clock).round()
        session = AnnotationSession.objects.get()
        page = reverse("person", args=[session.project_id, session.user_id])
        text = engineer(visit.person).get(page, headers={"Accept-Language": "fr"}).content.decode()
        assert "/runs/" not in text
        assert "encore ouverte" in text

    def test_sessions_of_others_and_of_other_projects_are_not_among_them(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        visit.lab.draw(visit.frame, who="second")
        settle(relay_for(mlflow, clock), clock)
        page = reverse("person", args=[visit.lab.world.project.pk, visit.person.pk])
        assert engineer(visit.person).get(page).context["sessions"] == []


class TestTheBanner:
    @pytest.mark.parametrize("name", ["model_settings", "training", "jobs_page", "versions"])
    def test_it_says_when_mlflow_is_away(self, name: str, course: Course) -> None:
        page = reverse(name, args=[course.project.pk])
        client = engineer(course.user)
        assert AWAY not in client.get(page).content.decode()
        TrackingRelay.objects.create(pk=1, failures=3, problem="MLflow answered 503")
        assert AWAY in client.get(page).content.decode()
        course.user.groups.clear()
        assert AWAY not in browser_of(course.user).get(page).content.decode()


class TestTheGroup:
    def test_it_lets_people_look_and_change_nothing(self, course: Course) -> None:
        engineer(course.user)
        user = User.objects.get(pk=course.user.pk)
        assert user.has_perm("annotate.view_trackingrun")
        assert not user.has_perm("annotate.change_trackingrun")

    def test_what_an_administrator_changes_about_it_stays(self, db: None) -> None:
        make_account("first", sees_experiments=True)
        group = User.objects.get(username="first").groups.get()
        group.permissions.clear()
        make_account("second", sees_experiments=True)
        assert not User.objects.get(username="second").has_perm("annotate.view_trackingrun")


def test_no_run_is_named_where_nothing_is_tracked(
    visit: Visit, mlflow: FakeMlflow, clock: Clock, settings: Settings
) -> None:
    visit.detect()
    settle(relay_for(mlflow, clock), clock)
    assert TrackingRun.objects.exclude(mlflow_run="").exists()
    settings.MLFLOW_URL = ""
    [card] = detections_of(engineer(visit.person), visit)["detections"]
    assert card["run"] == ""
