"""From the outbox to MLflow: each thing once, in order, whatever is down or killed in between."""

import contextlib
import json
import random
import re
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from annotate.frames import set_status
from annotate.models import (
    AnnotationSession,
    Detection,
    Job,
    Proposal,
    TrackingEvent,
    TrackingRelay,
    TrackingRun,
)
from annotate.signals import detection_asked
from annotate.tracking import relay as relay_module
from annotate.tracking.delivery import DOUBT
from annotate.tracking.lag import lag_at
from annotate.tracking.replay import replay
from annotate.tracking.rest import Mlflow
from tests.figures.factory import Lab

from .conftest import Clock
from .fake_mlflow import FakeMlflow, Run
from .relays import CutMlflow, Killed, relay_for, settle
from .visit import Visit


def visit_boxes(detection: Detection) -> list[object]:
    return list(Proposal.objects.filter(detection=detection.pk).values_list("pk", flat=True))


def run_of_kind(mlflow: FakeMlflow, kind: str) -> Run:
    [run] = [one for one in mlflow.runs.values() if one.tags["kind"] == kind]
    return run


class TestTheTree:
    def test_it_makes_one_experiment_with_the_detection_under_its_session(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        detection = visit.whole()
        settle(relay_for(mlflow, clock), clock)
        [experiment] = mlflow.experiments.values()
        assert experiment["name"] == visit.lab.world.project.name
        session, detected = run_of_kind(mlflow, "annotation_session"), run_of_kind(mlflow, "detection")
        assert detected.tags["mlflow.parentRunId"] == session.run_id
        assert detected.tags["event_id"] == detection.pk.hex
        assert session.name.startswith(f"Session of {visit.person.username} · 20")
        assert detected.name.startswith(f"Detection on image {visit.frame.pk} · 20")
        for run, words in (
            (session, "no model proposed"),
            (detected, f"looked at {visit.frame.name}, asked by"),
        ):
            assert words in run.tags["mlflow.note.content"]
            assert f"]({run.tags['page']})" in run.tags["mlflow.note.content"]
        project = visit.lab.world.project.pk
        assert f"](/projects/{project}/)" in experiment["tags"]["mlflow.note.content"]

    def test_it_says_what_a_person_did(self, visit: Visit, mlflow: FakeMlflow, clock: Clock) -> None:
        visit.whole()
        settle(relay_for(mlflow, clock), clock)
        run = run_of_kind(mlflow, "annotation_session")
        numbers = mlflow.last(run)
        assert {name: numbers[name] for name in ("created", "accepted", "corrected", "rejected", "deleted")} == {
            "created": 1, "accepted": 1, "corrected": 1, "rejected": 1, "deleted": 0,
        }  # fmt: skip
        assert numbers["precision"] == pytest.approx(2 / 3, abs=1e-6)
        assert 0.9 < numbers["mean_iou_of_corrections"] < 1
        assert numbers["seconds_per_box"] == pytest.approx((3 * 1.5 + 7) / 4)
        assert numbers["seconds_per_frame"] == pytest.approx(11.5)
        assert (numbers["feedback_positive"], numbers["frames_completed"]) == (1, 1)
        assert run.params["prompts"] == run.tags["prompts"] == "car"
        assert run.params["models_shown"] == "Nano 1"
        assert run.params["queue_strategy"] == "expected_use"

    def test_the_prompts_of_an_open_session_are_seen(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        visit.detect()
        settle(relay_for(mlflow, clock), clock)
        run = run_of_kind(mlflow, "annotation_session")
        assert (run.status, run.tags["prompts"]) == ("RUNNING", "car")
        assert "prompts" not in run.params, "a parameter can never change"

    def test_a_session_without_a_detection_says_so(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        visit.draw()
        visit.sign_out()
        settle(relay_for(mlflow, clock), clock)
        run = run_of_kind(mlflow, "annotation_session")
        assert (run.params["prompts"], run.params["models_shown"]) == ("none", "none")

    def test_it_ends_the_session_truthfully(self, visit: Visit, mlflow: FakeMlflow, clock: Clock) -> None:
        visit.whole()
        settle(relay_for(mlflow, clock), clock)
        run, session = run_of_kind(mlflow, "annotation_session"), AnnotationSession.objects.get()
        assert (run.status, run.tags["end"]) == ("FINISHED", "signed_out")
        assert session.ended_at is not None
        assert run.end == int(session.ended_at.timestamp() * 1000)

    def test_it_keeps_annotations_and_pictures(self, visit: Visit, mlflow: FakeMlflow, clock: Clock) -> None:
        visit.whole()
        settle(relay_for(mlflow, clock), clock)
        visit.frame.refresh_from_db()
        name = f"frames/{visit.frame.pk}-r{visit.frame.revision}"
        artifacts = run_of_kind(mlflow, "annotation_session").artifacts
        told = json.loads(artifacts[f"{name}.json"])
        assert sorted(one["source"] for one in told["boxes"]) == ["human", "model", "model"]
        assert {one["name"] for one in told["boxes"]} == {"car"}
        assert artifacts[f"{name}.jpg"][:3] == b"\xff\xd8\xff"

    def test_an_image_that_its_person_approves_too_stays_completed(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        """Approved is more than complete; taken back is neither."""
        visit.draw()
        relay = relay_for(mlflow, clock)
        for status, completed in (("complete", 1), ("approved", 1), ("in_progress", 0), ("complete", 1)):
            set_status(visit.frame.pk, status, visit.person)
            settle(relay, clock)
            run = run_of_kind(mlflow, "annotation_session")
            assert mlflow.last(run)["frames_completed"] == completed
        assert len(run.artifacts) == 2, "of one revision"

    def test_it_says_what_was_found_and_what_people_made_of_it(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        visit.whole()
        settle(relay_for(mlflow, clock), clock)
        run = run_of_kind(mlflow, "detection")
        numbers = mlflow.last(run)
        assert numbers["objects"] == 3
        assert numbers["mean_confidence"] == pytest.approx(0.8)
        assert (numbers["accepted"], numbers["corrected"], numbers["rejected"]) == (1, 1, 1)
        assert (numbers["missed"], numbers["feedback_positive"]) == (1, 1)
        assert run.params["model"] == "Nano 1"
        assert run.status == "FINISHED"
        assert len(json.loads(run.artifacts["proposals.json"])) == 3
        assert json.loads(run.artifacts["frames.json"])["data"][0][:2] == [visit.frame.pk, 3]
        assert run.artifacts[f"images/{visit.frame.pk}.jpg"][:3] == b"\xff\xd8\xff"

    def test_it_hears_of_judgements_after_the_detection_has_ended(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        visit.detect(is_asked=False)
        relay = relay_for(mlflow, clock)
        settle(relay, clock)
        run = run_of_kind(mlflow, "detection")
        assert run.status == "FINISHED"
        assert "mlflow.parentRunId" not in run.tags
        assert "accepted" not in mlflow.last(run)
        visit.judge()
        settle(relay, clock)
        assert mlflow.last(run)["accepted"] == 1

    @pytest.mark.parametrize(("state", "status"), [("cancelled", "KILLED"), ("failed", "FAILED")])
    def test_it_says_when_a_detection_did_not_come_to_its_end(
        self, state: str, status: str, lab: Lab, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        lab.detect(visit.frame, lab.version())
        detection = Detection.objects.select_related("model_version").get()
        detection.job = Job.objects.create(kind="detect", project=lab.world.project, state="running")
        detection.save()
        detection_asked.send(None, detection=detection)
        relay = relay_for(mlflow, clock)
        settle(relay, clock)
        [run] = mlflow.runs.values()
        assert run.status == "RUNNING"
        Job.objects.update(state=state, finished_at=timezone.now())
        clock.forward(seconds=11)
        settle(relay, clock)
        assert run.status == status
        assert len(json.loads(run.artifacts["proposals.json"])) == len(visit_boxes(detection))
        assert [row[0] for row in json.loads(run.artifacts["frames.json"])["data"]] == [visit.frame.pk]
        assert run.artifacts[f"images/{visit.frame.pk}.jpg"][:3] == b"\xff\xd8\xff"
        assert mlflow.last(run)["objects"] == len(visit_boxes(detection)) > 0
        events = TrackingEvent.objects.count()
        clock.forward(seconds=11)
        settle(relay, clock)
        assert TrackingEvent.objects.count() == events

    def test_a_box_whose_drawing_is_undone_was_not_missed(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        """Undone and done again any number of times it is one box, or none; also where another one has looked since."""
        relay = relay_for(mlflow, clock)

        def missed() -> list[float | None]:
            """By detection, the first one first."""
            settle(relay, clock)
            keys = Detection.objects.order_by("created_at").values_list("pk", flat=True)
            runs = {run.tags["event_id"]: run for run in mlflow.runs.values()}
            return [mlflow.last(runs[key.hex]).get("missed") for key in keys]

        person = visit.lab.world.author(visit.frame)
        person.draw(x1=300, x2=350)  # before anything looked
        visit.detect(is_asked=False)
        person.draw(x1=400, x2=450)
        person.draw(x1=500, x2=550)
        assert missed() == [2]
        for _ in range(2):
            person.do("undo")
            assert missed() == [1]
            person.do("redo")
            assert missed() == [2]
        visit.detect(is_asked=False)
        person.do("undo")
        assert missed() == [1, None]
        person.do("undo")
        assert missed() == [0, None]
        person.do("undo")
        assert missed() == [0, None]
        assert mlflow.last(run_of_kind(mlflow, "annotation_session"))["created"] == 0

    def test_a_verdict_that_is_taken_back_counts_no_more(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        visit.detect()
        visit.judge()
        visit.lab.change(visit.frame, visit.boxes[0], status="rejected")
        settle(relay_for(mlflow, clock), clock)
        for kind in ("annotation_session", "detection"):
            numbers = mlflow.last(run_of_kind(mlflow, kind))
            assert (numbers["accepted"], numbers["rejected"]) == (0, 2)

    def test_a_share_of_what_was_all_taken_back_is_none(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        relay = relay_for(mlflow, clock)
        visit.detect()
        visit.lab.change(visit.frame, visit.boxes[0], status="accepted", ms=1500)
        settle(relay, clock)
        runs = [run_of_kind(mlflow, kind) for kind in ("annotation_session", "detection")]
        assert [mlflow.last(run)["precision"] for run in runs] == [1, 1]
        visit.lab.world.author(visit.frame).do("undo")
        settle(relay, clock)
        for numbers in map(mlflow.last, runs):
            assert (numbers["accepted"], str(numbers["precision"])) == (0, "NaN")
        assert str(mlflow.last(runs[0])["seconds_per_box"]) == "NaN"
        visit.lab.change(visit.frame, visit.boxes[1], status="rejected")
        settle(relay, clock)
        assert [mlflow.last(run)["precision"] for run in runs] == [0, 0]
        live = mlflow.picture()
        mlflow.wipe()
        TrackingRelay.objects.all().delete()
        replay(Mlflow(mlflow.url), None, lambda line: None)
        assert mlflow.picture() == live

    def test_no_run_has_an_address_or_a_path_of_this_machine(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        visit.person.username = "ann@example.org"
        visit.person.email = "ann@example.org"
        visit.person.save()
        visit.whole()
        settle(relay_for(mlflow, clock), clock)
        assert mlflow.runs
        for run in mlflow.runs.values():
            words = json.dumps([run.name, run.tags, run.params, *map(repr, run.artifacts.values())])
            assert "@example" not in words
            assert not re.search(r"/(home|tmp|work|root|var)/", words)


class TestVisits:
    def test_a_pause_of_15_minutes_ends_a_session_when_its_last_edit_was(
        self, lab: Lab, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        visit.draw()
        relay = relay_for(mlflow, clock)
        settle(relay, clock)
        assert run_of_kind(mlflow, "annotation_session").status == "RUNNING"
        clock.forward(minutes=16)
        settle(relay, clock)
        run, session = run_of_kind(mlflow, "annotation_session"), AnnotationSession.objects.get()
        assert (run.status, run.tags["end"], session.end) == ("FINISHED", "idle", "idle")
        assert session.ended_at == session.last_at

    def test_events_that_waited_make_the_same_sessions(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        """No relay for a day: a pause is a pause all the same."""
        visit.draw()
        visit.draw()
        visit.draw()
        now = timezone.now()
        for event, hours in zip(TrackingEvent.objects.order_by("pk"), (20, 19.9, 1), strict=True):
            TrackingEvent.objects.filter(pk=event.pk).update(at=now - timedelta(hours=hours))
        settle(relay_for(mlflow, clock), clock)
        assert AnnotationSession.objects.count() == 2
        created = sorted(mlflow.last(run)["created"] for run in mlflow.runs.values())
        assert created == [1, 2]

    def test_people_have_a_session_each(
        self, lab: Lab, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        lab.draw(visit.frame)
        lab.draw(visit.frame, who="second", left=400)
        visit.sign_out()
        settle(relay_for(mlflow, clock), clock)
        status = {run.params["user"]: run.status for run in mlflow.runs.values()}
        second = lab.world.people["second"].username
        assert status == {visit.person.username: "FINISHED", second: "RUNNING"}


class TestFailures:
    def test_it_catches_up_alone_after_mlflow_was_away(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        relay = relay_for(mlflow, clock)
        visit.detect()
        settle(relay, clock)
        mlflow.is_down = True
        visit.judge()
        calls = len(mlflow.calls)
        for _ in range(1200):  # an hour of rounds
            relay.round()
            clock.forward(seconds=3)
        assert len(mlflow.calls) - calls < 90  # once a minute, not once a round
        lag = lag_at(clock.now())
        assert lag.waiting >= 6
        assert lag.oldest_s > 3500
        assert "503" in lag.problem
        mlflow.is_down = False
        clock.forward(seconds=61)
        settle(relay, clock)
        assert mlflow.last(run_of_kind(mlflow, "detection"))["accepted"] == 1
        assert lag_at(clock.now()).waiting == 0
        assert TrackingRelay.objects.get().failing_since is None

    def test_the_log_says_once_that_it_is_away_and_nothing_while_it_starts(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        def said(failures: int) -> list[str]:
            """After so many failures in a row, and the success that ends them."""
            caplog.clear()
            visit.draw()
            mlflow.is_down = failures > 0
            for _ in range(failures):
                clock.forward(seconds=61)
                relay.round()
            mlflow.is_down = False
            clock.forward(seconds=61)
            settle(relay, clock)
            return [
                " ".join(one.getMessage().split()[:4])
                for one in caplog.records
                if one.name == relay_module.__name__
            ]

        caplog.set_level("INFO")
        away, back = "MLflow cannot be reached;", "MLflow is back"
        relay = relay_for(mlflow, clock)
        assert said(relay_module.TOLD_FROM - 1) == []
        assert said(1) == [away, back], "it was there before"
        relay = relay_for(mlflow, clock)
        assert said(relay_module.TOLD_FROM + 2) == [away, back]

    def test_however_long_it_is_away_the_pauses_stay_the_longest_ones(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        """Weeks of failures in a row: numbers that double each time end nothing."""
        relay = relay_for(mlflow, clock)
        visit.draw()
        mlflow.is_down = True
        relay.failures = 20_000
        relay.round()
        assert relay.failures == 20_001
        assert relay.retry_at - clock.seconds() == pytest.approx(relay_module.LONGEST_PAUSE_S, abs=1)
        mlflow.is_down = False
        clock.forward(seconds=61)
        settle(relay, clock)
        assert lag_at(clock.now()).waiting == 0

    def test_a_slow_mlflow_is_given_the_time_it_needs(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        """It answers in twice the time that the first attempt waits."""
        visit.draw()
        mlflow.delay_s = 0.2
        relay = relay_for(mlflow, clock, Mlflow(mlflow.url, timeout_s=0.1))
        relay.round()
        assert relay.failures == 1 and lag_at(clock.now()).waiting > 0
        for _ in range(3):
            clock.forward(seconds=61)
            relay.round()
        assert lag_at(clock.now()).waiting == 0
        assert len(mlflow.runs) == len(mlflow.experiments) == 1

    def test_a_long_round_shows_how_it_goes(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each run takes long: what has been told is written down before the next one is done."""
        visit.whole()
        relay = relay_for(mlflow, clock)
        deliver, seen = relay.delivery.deliver, list[int]()

        def slowly(run: TrackingRun) -> None:
            seen.append(TrackingRun.objects.filter(delivered__gt=0).count())
            deliver(run)
            clock.forward(seconds=6)

        monkeypatch.setattr(relay.delivery, "deliver", slowly)
        relay.round()
        assert seen == [0, 1]

    def test_a_run_that_mlflow_refuses_keeps_no_other_waiting(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        visit.detect()
        relay = relay_for(mlflow, clock)
        settle(relay, clock)
        run = run_of_kind(mlflow, "annotation_session")
        run.params["prompts"] = "somebody else's"
        visit.judge()
        visit.sign_out()
        settle(relay, clock)
        assert "INVALID_PARAMETER_VALUE" in TrackingRun.objects.get(kind="annotation_session").problem
        assert lag_at(clock.now()).refused == 1
        assert mlflow.last(run_of_kind(mlflow, "detection"))["accepted"] == 1

    def test_it_tells_a_run_again_that_mlflow_has_lost(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        visit.detect()
        relay = relay_for(mlflow, clock)
        settle(relay, clock)
        mlflow.wipe()
        visit.judge()
        settle(relay, clock)
        assert len(mlflow.runs) == 2
        run = run_of_kind(mlflow, "detection")
        assert run.tags["mlflow.parentRunId"] == run_of_kind(mlflow, "annotation_session").run_id
        assert mlflow.last(run)["objects"] == 3

    def test_a_session_whose_relay_was_killed_ends_truthfully(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        """It goes idle while nobody tells anything: its end is its last edit, whenever that is found."""
        visit.draw()
        settle(relay_for(mlflow, clock), clock)
        visit.draw()
        with pytest.raises(Killed):
            relay_for(mlflow, later_lease(clock), CutMlflow(mlflow.url, 1, is_done=True)).round()
        clock.forward(hours=2)
        settle(relay_for(mlflow, clock), clock)
        run, session = run_of_kind(mlflow, "annotation_session"), AnnotationSession.objects.get()
        assert (run.status, run.tags["end"]) == ("FINISHED", "idle")
        assert session.ended_at == session.last_at
        assert run.end == int(session.last_at.timestamp() * 1000)
        assert mlflow.last(run)["created"] == 2

    def test_only_one_relay_delivers(self, visit: Visit, mlflow: FakeMlflow, clock: Clock) -> None:
        visit.whole()
        first, second = relay_for(mlflow, clock), relay_for(mlflow, clock)
        settle(first, clock)
        calls = len(mlflow.calls)
        visit.draw()
        assert not second.round()
        assert len(mlflow.calls) == calls
        clock.forward(seconds=31)  # the first one is gone
        settle(second, clock)
        assert len(mlflow.calls) > calls


def later_lease(clock: Clock) -> Clock:
    """When the lease of whoever had it is over."""
    clock.forward(seconds=31)
    return clock


def expected(visit: Visit, mlflow: FakeMlflow, clock: Clock) -> dict[str, object]:
    visit.whole()
    settle(relay_for(mlflow, clock), clock)
    return mlflow.picture()


class TestEveryCut:
    """The relay is killed at each call that it makes, before and after MLflow has done it."""

    def test_the_outcome_is_the_same(self, visit: Visit, mlflow: FakeMlflow, clock: Clock) -> None:
        whole = expected(visit, mlflow, clock)
        calls = len(mlflow.calls)
        assert calls > 15
        for cut in range(1, calls + 1):
            for is_done in (False, True):
                mlflow.wipe()
                replay_from_nothing()
                dying = relay_for(mlflow, clock, CutMlflow(mlflow.url, cut, is_done=is_done))
                try:
                    settle(dying, clock)
                except Killed:
                    clock.forward(seconds=31)
                    settle(relay_for(mlflow, clock), clock)
                assert mlflow.picture() == whole, f"cut at call {cut}, done: {is_done}"

    @pytest.mark.parametrize("seed", range(6))
    def test_however_it_is_killed_while_somebody_works(
        self, seed: int, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        """Any number of relays die between any steps of a visit, and MLflow is away now and then."""
        dice = random.Random(seed)
        rate = partial(visit.lab.rate, visit.frame, "neutral")
        for step in (visit.detect, visit.judge, visit.draw, rate, visit.complete, visit.sign_out):
            step()
            for _ in range(dice.randrange(3)):
                mlflow.is_down = dice.random() < 0.2
                cut = CutMlflow(mlflow.url, dice.randint(1, 8), is_done=dice.random() < 0.5)
                with contextlib.suppress(Killed):
                    relay_for(mlflow, clock, cut).round()
                clock.forward(seconds=31)
        mlflow.is_down = False
        last = relay_for(mlflow, clock)
        settle(last, clock)
        clock.forward(seconds=DOUBT.total_seconds() + 1)
        last.round()  # sure of what those before it may have asked
        live = mlflow.picture()
        assert AnnotationSession.objects.get().end == "signed_out"
        assert mlflow.last(run_of_kind(mlflow, "annotation_session"))["feedback_neutral"] == 1
        mlflow.wipe()
        TrackingRelay.objects.all().delete()
        replay(Mlflow(mlflow.url), None, lambda line: None)
        assert mlflow.picture() == live

    def test_an_answer_that_is_lost_is_no_second_run(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        """The first create comes true only after the second was asked for: the older one stays."""
        visit.draw()
        relay = relay_for(mlflow, clock)
        settle(relay, clock)
        [run] = mlflow.runs.values()
        twin = Run("late", run.experiment, run.name, run.start, dict(run.tags))
        mlflow.runs[twin.run_id] = twin
        replay_from_nothing()
        settle(relay, clock)
        assert [*mlflow.runs.values()] == [run]


def replay_from_nothing() -> None:
    """Only for tests: as if nothing had been delivered."""
    TrackingRun.objects.update(delivered=0, mlflow_run="", experiment="", problem="")


class TestReplay:
    def test_it_writes_the_same_into_an_empty_mlflow(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        whole = expected(visit, mlflow, clock)
        TrackingRelay.objects.all().delete()  # the worker is stopped
        visit.lab.world.project.name = "Another name"
        visit.lab.world.project.save()
        mlflow.wipe()
        said: list[str] = []
        assert replay(Mlflow(mlflow.url), visit.lab.world.project.pk, said.append) == 0
        assert mlflow.picture() == whole
        assert said == ["2 runs to tell again"]

    def test_it_changes_nothing_where_everything_is_there(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        whole = expected(visit, mlflow, clock)
        TrackingRelay.objects.all().delete()
        assert replay(Mlflow(mlflow.url), None, lambda line: None) == 0
        assert mlflow.picture() == whole

    def test_it_is_the_same_however_the_events_were_cut_into_rounds(
        self, visit: Visit, mlflow: FakeMlflow, clock: Clock
    ) -> None:
        relay = relay_for(mlflow, clock)
        for step in (visit.detect, visit.judge, visit.draw, visit.complete, visit.sign_out):
            step()
            settle(relay, clock)
        live = mlflow.picture()
        mlflow.wipe()
        TrackingRelay.objects.all().delete()
        replay(Mlflow(mlflow.url), None, lambda line: None)
        assert mlflow.picture() == live
