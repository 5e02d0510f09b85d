"""A detection is taken back: what nobody touched goes, what it replaced comes back, what people judged is kept."""

import threading
from collections.abc import Callable
from uuid import UUID, uuid5

import pytest

from annotate.detection.plan import Candidate
from annotate.detection.propose import propose
from annotate.detection.take_back import take_back_on
from annotate.geometry import Edges
from annotate.jobs import bulk
from annotate.jobs.bulk import start_undo
from annotate.jobs.bulk_start import BulkRefused
from annotate.jobs.run import JobRun
from annotate.learning.accepting import accepted_alone
from annotate.models import Box, Detection, Frame, Job, ModelVersion, Operation, Proposal
from tests.sync.replica import check_replay
from tests.sync.world import World

HERE, THERE, FAR = Edges(10, 20, 110, 90), Edges(300, 200, 400, 300), Edges(500, 300, 600, 400)
Find = Callable[..., Detection]


@pytest.fixture
def find(world: World, model: ModelVersion) -> Find:
    """A detection that finds cars at these places of the frame."""

    def find(frame: Frame, *places: Edges, job: Job | None = None, label: str = "car") -> Detection:
        detection = Detection.objects.create(
            project=world.project, model_version=model, trigger="api", scope="project", confidence=0.25, iou=0.7,
            image_size=640, job=job,
        )  # fmt: skip
        found = [Candidate(place, label, 0.87) for place in places]
        assert propose(detection, frame.pk, found, labels=world.labels, dropped={}, timings={}) is not None
        return detection

    return find


def live(frame: Frame) -> dict[UUID, float]:
    """Living boxes and their left edges."""
    return dict(Box.objects.filter(frame=frame, deleted_revision=None).values_list("pk", "x1"))


def take_back(detection: Detection, frame: Frame, world: World) -> dict[str, int]:
    return dict(take_back_on(detection.pk, frame.pk, user_id=world.people["owner"].pk))


def test_what_nobody_touched_goes_and_it_says_nothing_about_the_model(world: World, find: Find) -> None:
    frame = world.frame()
    detection = find(frame, HERE, THERE)
    assert take_back(detection, frame, world) == {"removed": 2}
    assert live(frame) == {}
    log = Operation.objects.filter(frame=frame, kind="delete")
    assert {(one.user, one.origin) for one in log} == {(world.people["owner"], "model")}
    assert len({one.gesture for one in log}) == 1, "one step"
    rows = Proposal.objects.filter(frame=frame)
    assert {(one.outcome, one.judged_by) for one in rows} == {("replaced", None)}
    frame.refresh_from_db()
    assert frame.status == Frame.Status.TO_ANNOTATE and frame.detections_revision == 2
    check_replay(frame)
    assert take_back(detection, frame, world) == {}, "done again it changes nothing more"


def test_what_people_judged_is_kept_and_counted(world: World, find: Find) -> None:
    frame = world.frame()
    detection = find(frame, HERE, THERE, FAR)
    accepted, rated, _untouched = live(frame)
    author = world.author(frame)
    author.do("set", accepted, status="accepted", base={"status": 1})
    author.do("set", rated, feedback="neutral", base={"feedback": 2})
    assert take_back(detection, frame, world) == {"removed": 1, "judged": 2}
    assert set(live(frame)) == {accepted, rated}
    assert Proposal.objects.get(box=accepted).judged_by == author.user
    check_replay(frame)


def test_what_it_replaced_comes_back_as_it_was(world: World, find: Find) -> None:
    frame = world.frame()
    first = find(frame, HERE, THERE)
    before = live(frame)
    second = find(frame, FAR)
    assert not before.keys() & live(frame).keys()
    assert take_back(second, frame, world) == {"removed": 1, "brought_back": 2}
    assert live(frame) == before
    rows = Proposal.objects.filter(detection=first)
    assert {(one.outcome, one.judged_by, one.judged_at) for one in rows} == {("open", None, None)}
    check_replay(frame)
    find(frame, FAR)
    assert not before.keys() & live(frame).keys(), "the next detection replaces it like any other proposal"
    check_replay(frame)


def test_detections_are_taken_back_one_after_the_other(world: World, find: Find) -> None:
    frame = world.frame()
    detections, states = [], [live(frame)]
    for place in (HERE, THERE, FAR):
        detections.append(find(frame, place))
        states.append(live(frame))
    for detection, before in zip(reversed(detections), reversed(states[:-1]), strict=True):
        take_back(detection, frame, world)
        assert live(frame) == before
    check_replay(frame)


def test_under_a_newer_detection_nothing_comes_back(world: World, find: Find) -> None:
    frame = world.frame()
    find(frame, HERE)
    second = find(frame, THERE)
    find(frame, FAR)
    newest = live(frame)
    assert take_back(second, frame, world) == {"not_back": 1}
    assert live(frame) == newest


def test_beside_a_box_of_the_same_object_nothing_comes_back(world: World, find: Find) -> None:
    frame = world.frame()
    find(frame, HERE, THERE)
    second = find(frame, Edges(12, 20, 110, 90))
    [kept] = live(frame)
    world.author(frame).do("set", kept, status="accepted", base={"status": 5})
    assert take_back(second, frame, world) == {"judged": 1, "brought_back": 1, "not_back": 1}
    assert sorted(live(frame).values()) == [12, 300]


def test_what_people_deleted_or_restored_since_stays_so(world: World, find: Find) -> None:
    frame = world.frame()
    find(frame, HERE)
    [old] = live(frame)
    second = find(frame, THERE)
    [new] = live(frame)
    author = world.author(frame)
    author.do("delete", new)
    author.do("restore", old)
    assert take_back(second, frame, world) == {}
    assert set(live(frame)) == {old}
    assert Proposal.objects.get(box=new).outcome == "rejected"


def test_what_a_person_deleted_after_restoring_it_does_not_come_back(world: World, find: Find) -> None:
    frame = world.frame()
    find(frame, HERE)
    [old] = live(frame)
    second = find(frame, THERE)
    author = world.author(frame)
    author.do("restore", old)
    author.do("delete", old)
    assert take_back(second, frame, world) == {"removed": 1}
    assert live(frame) == {}


def test_what_was_accepted_without_a_person_comes_back_as_nobodys(
    world: World, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    from annotate.detection import propose as proposing
    from annotate.detection.plan import Promise

    world.project.accepts_itself = True
    world.project.save()
    monkeypatch.setattr(proposing, "promises_for", lambda *_: {"car": Promise(world.labels["car"], 0.5)})
    frame = world.frame()
    find(frame, HERE)
    [alone] = live(frame)
    assert Box.objects.get(pk=alone).status == "accepted"
    second = find(frame, THERE)
    assert take_back(second, frame, world) == {"removed": 1, "brought_back": 1}
    row = Proposal.objects.get(box=alone)
    assert (row.outcome, row.judged_by, row.by_machine) == ("accepted", None, True)
    assert accepted_alone(world.project).count() == 1
    find(frame, FAR)
    assert alone not in live(frame), "nobody has touched it, so it is replaced"


def test_frames_that_are_set_aside_are_counted(world: World, find: Find) -> None:
    from annotate.frames import set_aside

    frame = world.frame()
    detection = find(frame, HERE)
    set_aside(frame.pk, None)
    assert take_back(detection, frame, world) == {"away": 1}


class TestJob:
    def job(self, world: World, state: str = "done", who: str = "annotator") -> Job:
        user = world.people[who]
        return Job.objects.create(kind="detect_many", project=world.project, created_by=user, state=state)

    def run(self, job: Job) -> dict[str, int]:
        attempt = JobRun(job, threading.Event())
        attempt.check = lambda: None  # type: ignore[method-assign]  # nobody holds a lease here
        bulk.work(attempt)
        assert attempt.done == attempt.total
        counts: dict[str, int] = attempt.result["counts"]
        return counts

    def test_it_goes_over_all_frames_and_says_what_was_kept(self, world: World, find: Find) -> None:
        job, frames = self.job(world), [world.frame() for _ in range(3)]
        detection = find(frames[0], HERE, job=job)
        for frame in frames[1:]:
            found = [Candidate(HERE, "car", 0.5)]
            propose(detection, frame.pk, found, labels=world.labels, dropped={}, timings={})
        [judged] = live(frames[1])
        world.author(frames[1]).do("set", judged, status="rejected", base={"status": 1})
        undo = start_undo(job, world.people["owner"])
        assert (undo.kind, undo.project, undo.created_by) == ("bulk", world.project, world.people["owner"])
        assert self.run(undo) == {"removed": 2, "judged": 1}
        assert self.run(undo) == {"judged": 1}, "taken up again it does nothing twice"
        frames[0].refresh_from_db()
        assert live(frames[0]) == {} and set(live(frames[1])) == {judged}

    def test_it_is_refused_while_it_runs_and_where_there_is_nothing(self, world: World, find: Find) -> None:
        running = self.job(world, "running")
        find(world.frame(), HERE, job=running)
        with pytest.raises(BulkRefused, match="still running"):
            start_undo(running, world.people["owner"])
        idle = self.job(world)
        find(world.frame(), job=idle)
        with pytest.raises(BulkRefused, match="nothing to change"):
            start_undo(idle, world.people["owner"])
        assert not Job.objects.filter(kind="bulk").exists()

    def test_a_detection_that_is_gone_is_nothing_to_do(self, world: World, find: Find) -> None:
        job = self.job(world)
        detection = find(world.frame(), HERE, job=job)
        undo = start_undo(job, world.people["owner"])
        undo.payload["detection"] = str(uuid5(detection.pk, "another"))
        attempt = JobRun(undo, threading.Event())
        bulk.work(attempt)
        assert attempt.result == {}
