"""Accepting without a person: off by default, only what is guaranteed, never where it would spoil the measure, and
taken back."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from annotate.datasets.versions import annotations_of, read_frames
from annotate.detection import accepting as promises
from annotate.detection.plan import Candidate
from annotate.detection.propose import propose
from annotate.detection.request import IOU
from annotate.geometry import Edges
from annotate.jobs.run import JobRun
from annotate.learning.accepting import AcceptingRefused, accepting_in, switch
from annotate.learning.calibration import recalibrate, verdicts_of
from annotate.learning.promotion import promote, roll_back
from annotate.models import (
    Box,
    Detection,
    DetectionFrame,
    Frame,
    Job,
    ModelVersion,
    Operation,
    Project,
    Proposal,
)
from tests.datasets.conftest import Studio
from tests.figures.factory import Lab, rows_of
from tests.sync.replica import check_replay

from .conftest import AddModel

SURE, DOUBTFUL = (
    Candidate(Edges(10, 10, 60, 60), "car", 0.95),
    Candidate(Edges(100, 100, 160, 160), "car", 0.5),
)


def promise(version: ModelVersion, studio: Studio, *, name: str = "car", **changed: Any) -> None:
    """As the calibration writes it after enough verdicts."""
    block = {
        "auto_accept": {"threshold": 0.9, "precision": 0.96, "verdicts": 400},
        "alone": {"accepted": 0, "right": 0},
        "is_broken": False,
        "label": studio.world.labels[name],
        **changed,
    }
    version.calibration = {"verdicts": 500, "precision": 0.95, "classes": {name: block}}
    version.save()


@pytest.fixture
def version(studio: Studio, add_model: AddModel, monkeypatch: pytest.MonkeyPatch) -> ModelVersion:
    """What proposes, with a promise for cars from 0.9 on; every frame of these tests may be accepted on."""
    monkeypatch.setattr(promises, "LEFT_TO_PEOPLE", 0.0)
    version = add_model()
    promote(studio.world.project, version, user=None, kind="manual")
    studio.world.project.refresh_from_db()
    promise(version, studio)
    return version


@pytest.fixture
def on(studio: Studio, version: ModelVersion) -> ModelVersion:
    switch(studio.world.project, True)
    return version


Look = Callable[..., dict[float, Box]]


@pytest.fixture
def look(studio: Studio) -> Look:
    """A detection of one frame; the boxes that are there afterwards, by confidence."""

    def look(frame: Frame, version: ModelVersion, *found: Candidate, **asked: Any) -> dict[float, Box]:
        given = {"iou": IOU, "image_size": version.image_size, **asked}
        detection = Detection.objects.create(
            project=studio.world.project, model_version=version, trigger="editor", scope="frame",
            confidence=0.1, **given,
        )  # fmt: skip
        labels = {name: studio.world.labels[name] for name in ("car", "bus")}
        propose(detection, frame.pk, found or (SURE, DOUBTFUL), labels=labels, dropped={}, timings={})
        alive = Box.objects.filter(frame=frame, source="model", deleted_revision__isnull=True)
        return {box.confidence: box for box in alive if box.confidence is not None}

    return look


def a_frame(studio: Studio, **fields: Any) -> Frame:
    return studio.add(1, status="to_annotate", boxes=0, **fields)[0]


def statuses(boxes: dict[float, Box]) -> dict[float, str]:
    return {confidence: box.status for confidence, box in boxes.items()}


def test_it_is_off_by_default(studio: Studio, version: ModelVersion, look: Look) -> None:
    assert not Project.objects.create(name="New").accepts_itself and not studio.world.project.accepts_itself
    assert statuses(look(a_frame(studio), version)) == {0.95: "proposed", 0.5: "proposed"}


def test_only_what_is_guaranteed_is_accepted(studio: Studio, on: ModelVersion, look: Look) -> None:
    frame = a_frame(studio)
    bus = Candidate(Edges(200, 10, 260, 60), "bus", 0.99)
    boxes = look(frame, on, SURE, DOUBTFUL, bus)
    assert statuses(boxes) == {0.95: "accepted", 0.5: "proposed", 0.99: "proposed"}
    row = Proposal.objects.get(box=boxes[0.95].pk)
    assert (row.outcome, row.by_machine, row.judged_by, row.iou) == ("accepted", True, None, 1.0)
    assert row.judged_revision == boxes[0.95].created_revision
    assert Proposal.objects.filter(by_machine=False, outcome="open", judged_at=None).count() == 2
    done = DetectionFrame.objects.get(frame=frame)
    assert (done.proposed, done.accepted) == (3, 1)


def test_the_image_stays_one_to_annotate_and_the_log_says_who_it_was(
    studio: Studio, on: ModelVersion, look: Look
) -> None:
    frame = a_frame(studio)
    box = look(frame, on)[0.95]
    frame.refresh_from_db()
    assert frame.status == "to_annotate"
    logged = Operation.objects.get(box=box)
    assert (logged.kind, logged.origin, logged.user, logged.fields["status"]) == (
        "create",
        "model",
        None,
        "accepted",
    )


def test_open_screens_are_told_and_the_log_leads_to_the_same_boxes(
    studio: Studio,
    on: ModelVersion,
    look: Look,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    told: list[int] = []
    monkeypatch.setattr("annotate.detection.propose.announce", told.append)
    frame = a_frame(studio)
    with django_capture_on_commit_callbacks(execute=True):
        look(frame, on)
    assert told == [frame.pk]
    check_replay(frame)


def test_nothing_is_shown_on_blind_images(studio: Studio, on: ModelVersion, look: Look) -> None:
    frame = a_frame(studio, is_blind=True)
    assert look(frame, on) == {} and not Proposal.objects.exists()
    assert DetectionFrame.objects.get(frame=frame).accepted == 0


def test_one_image_in_ten_is_left_to_people(
    studio: Studio, on: ModelVersion, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    share = sum(promises.is_left_to_people(f"{number:032x}") for number in range(4000)) / 4000
    assert 0.08 < share < 0.12
    monkeypatch.setattr(promises, "LEFT_TO_PEOPLE", 1.0)
    assert set(statuses(look(a_frame(studio), on)).values()) == {"proposed"}


@pytest.mark.parametrize("asked", [{"iou": 0.7}, {"image_size": 1280}])
def test_a_detection_that_looks_otherwise_is_not_what_was_judged(
    studio: Studio, on: ModelVersion, look: Look, asked: dict[str, Any]
) -> None:
    assert set(statuses(look(a_frame(studio), on, **asked)).values()) == {"proposed"}


@pytest.mark.parametrize("why", ["precision", "label", "broken", "shared", "not chosen"])
def test_a_promise_that_does_not_fit_accepts_nothing(
    studio: Studio, on: ModelVersion, look: Look, why: str
) -> None:
    world = studio.world
    if why == "precision":
        Project.objects.filter(pk=world.project.pk).update(auto_accept_precision=0.98)
    elif why == "label":
        promise(on, studio, label=world.labels["bus"])
    elif why == "broken":
        promise(on, studio, is_broken=True)
    elif why == "shared":
        ModelVersion.objects.filter(pk=on.pk).update(project=None)
    else:
        Project.objects.filter(pk=world.project.pk).update(model_version=None)
    assert set(statuses(look(a_frame(studio), on)).values()) == {"proposed"}


def test_a_new_model_accepts_nothing_and_the_old_one_does_again_when_it_is_back(
    studio: Studio, on: ModelVersion, add_model: AddModel, look: Look
) -> None:
    project = studio.world.project
    new = add_model()
    promote(project, new, user=None, kind="manual")
    assert set(statuses(look(a_frame(studio), new)).values()) == {"proposed"}
    assert set(statuses(look(a_frame(studio), on)).values()) == {"proposed"}, "it proposes no more by itself"
    assert accepting_in(project).is_on and not accepting_in(project).may_turn_on
    promise(new, studio)
    assert statuses(look(a_frame(studio), new))[0.95] == "accepted"
    roll_back(project, None)
    assert statuses(look(a_frame(studio), on))[0.95] == "accepted"


def test_it_is_no_evidence_whatever_people_do_later(studio: Studio, on: ModelVersion, look: Look) -> None:
    lab, frame = Lab(studio.world), a_frame(studio)
    boxes = look(frame, on, SURE, DOUBTFUL, Candidate(Edges(200, 10, 260, 60), "car", 0.97))
    lab.change(frame, boxes[0.95].pk, status="rejected")
    lab.change(frame, boxes[0.97].pk, x1=210.0)
    lab.change(frame, boxes[0.5].pk, status="accepted")
    assert verdicts_of(on, {"car": studio.world.labels["car"]}) == {"car": [(0.5, True)]}
    row = Proposal.objects.get(box=boxes[0.95].pk)
    assert (row.outcome, row.by_machine, row.reversals) == ("rejected", True, 0), "nobody changed their mind"


def test_a_promise_is_broken_by_what_people_find_wrong(studio: Studio, on: ModelVersion, look: Look) -> None:
    lab, project = Lab(studio.world), studio.world.project
    frames = [a_frame(studio) for _ in range(3)]
    found = [look(frame, on) for frame in frames]
    lab.change(frames[0], found[0][0.5].pk, status="accepted")
    for frame, boxes in zip(frames[:2], found, strict=False):
        lab.change(frame, boxes[0.95].pk, status="rejected")
    recalibrate(project)
    on.refresh_from_db()
    assert on.calibration["classes"]["car"]["alone"]["accepted"] == 0, (
        "what is not complete is not judged yet"
    )
    for frame in frames:
        lab.complete(frame)
    assert recalibrate(project)
    on.refresh_from_db()
    block = on.calibration["classes"]["car"]
    assert (block["alone"], block["is_broken"]) == ({"accepted": 3, "right": 1}, True)
    assert not recalibrate(project), "nothing is new"


def test_detected_again_it_follows_what_holds_now(studio: Studio, on: ModelVersion, look: Look) -> None:
    frame = a_frame(studio)
    first = look(frame, on)[0.95]
    assert look(frame, on)[0.95].pk == first.pk, "found again as it was"
    switch(studio.world.project, False)
    again = look(frame, on)[0.95]
    assert (again.status, again.pk == first.pk) == ("proposed", False)
    assert Proposal.objects.get(box=first.pk).outcome == "replaced"


def test_what_a_person_has_touched_is_not_replaced(studio: Studio, on: ModelVersion, look: Look) -> None:
    lab, frame = Lab(studio.world), a_frame(studio)
    box = look(frame, on)[0.95]
    lab.change(frame, box.pk, x1=12.0)
    assert look(frame, on, DOUBTFUL)[0.95].pk == box.pk


def test_the_figures_count_it_by_itself(studio: Studio, on: ModelVersion, look: Look) -> None:
    lab, frame = Lab(studio.world), a_frame(studio)
    boxes = look(frame, on, SURE, DOUBTFUL, Candidate(Edges(200, 10, 260, 60), "car", 0.97))
    lab.change(frame, boxes[0.5].pk, status="accepted")
    lab.change(frame, boxes[0.97].pk, status="rejected")
    lab.complete(frame)
    [row] = rows_of(lab.figure("sure"))
    assert (row["boxes"], row["corrected"], row["rejected"]) == (2, 0, 1)
    assert (
        rows_of(lab.figure("proposals"))[-1]["accepted"],
        rows_of(lab.figure("versions"))[0]["rejected"],
    ) == (1, 0)


def test_a_version_says_that_no_person_was_asked(studio: Studio, on: ModelVersion, look: Look) -> None:
    frame = a_frame(studio)
    boxes = look(frame, on)
    Lab(studio.world).change(frame, boxes[0.5].pk, status="accepted")
    Lab(studio.world).complete(frame)
    version = studio.snapshot()
    [record] = read_frames(studio.repository, annotations_of(studio.repository, version.digest).values())
    verdicts = {box.confidence: box.extra["verdict"] for box in record.boxes}
    assert verdicts[0.95]["by_machine"] is True and verdicts[0.95]["by"] == ""
    assert "by_machine" not in verdicts[0.5] and verdicts[0.5]["by"] != ""


# The switch


def test_turning_on_needs_a_guarantee(studio: Studio, version: ModelVersion) -> None:
    project = studio.world.project
    for changed in ({"auto_accept": None}, {"is_broken": True}):
        promise(version, studio, **changed)
        with pytest.raises(AcceptingRefused):
            switch(project, True)
    assert not Project.objects.get(pk=project.pk).accepts_itself
    promise(version, studio)
    switch(project, True)
    assert Project.objects.get(pk=project.pk).accepts_itself
    promise(version, studio, auto_accept=None)
    switch(project, True)  # it is on
    switch(project, False)
    assert not Project.objects.get(pk=project.pk).accepts_itself


def ask(studio: Studio, who: str, action: str | None = None) -> Any:
    client = Client()
    client.force_login(studio.world.people[who])
    if action is None:
        return client.get(reverse("training", args=[studio.world.project.pk])).content.decode()
    return client.post(reverse("change_accepting", args=[studio.world.project.pk]), {"action": action})


def test_a_manager_turns_it_on_and_reads_what_is_guaranteed(studio: Studio, version: ModelVersion) -> None:
    text = ask(studio, "viewer")
    assert "Off: people judge every proposal." in text and 'value="on"' not in text
    assert "car: from a confidence of 0.90 on at least 95 % are right" in text
    assert "by 400 proposals" in text
    assert ask(studio, "reviewer", "on").status_code == 403 and not Project.objects.get().accepts_itself
    assert ask(studio, "owner", "on").status_code == 302 and Project.objects.get().accepts_itself
    assert "On: new proposals that are sure enough" in ask(studio, "owner")
    ask(studio, "owner", "off")
    assert not Project.objects.get().accepts_itself and ask(studio, "owner", "maybe").status_code == 400


def test_by_the_api_all_of_a_change_holds_or_none(studio: Studio, version: ModelVersion) -> None:
    client = Client()
    client.force_login(studio.world.people["owner"])
    address = f"/api/v1/projects/{studio.world.project.pk}"

    def patch(**body: Any) -> Any:
        return client.patch(address, body, content_type="application/json")

    promise(version, studio, auto_accept=None)
    refused = patch(accepts_itself=True, class_margin=0.2)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_guaranteed")
    assert Project.objects.get().class_margin == 0.05 and not Project.objects.get().accepts_itself
    promise(version, studio)
    assert patch(accepts_itself=True, class_margin=0.2).json()["accepts_itself"] is True
    assert patch(auto_accept_precision=0.98).json()["accepts_itself"] is True, (
        "on, until it is counted nothing happens"
    )


def test_without_a_guarantee_the_page_says_what_is_missing(studio: Studio, version: ModelVersion) -> None:
    promise(version, studio, auto_accept=None)
    text = ask(studio, "owner")
    assert "people have judged 500 proposals" in text and "At least 150 of one class" in text
    ask(studio, "owner", "on")
    assert not Project.objects.get().accepts_itself


def test_all_of_it_is_taken_back_and_that_too(
    studio: Studio, on: ModelVersion, look: Look, do_job: Callable[[Job], None]
) -> None:
    from annotate.jobs.bulk import start_undo

    lab, one, two = Lab(studio.world), a_frame(studio), a_frame(studio)
    kept, gone = look(one, on)[0.95], look(two, on)[0.95]
    lab.change(two, gone.pk, feedback="positive")
    ask(studio, "owner", "back")
    job = Job.objects.get(kind="bulk")
    do_job(job)
    status: Callable[[UUID], str] = lambda box: Box.objects.get(pk=box).status  # noqa: E731
    assert (status(kept.pk), status(gone.pk)) == ("proposed", "accepted"), "a person stands by the second"
    row = Proposal.objects.get(box=kept.pk)
    assert (row.outcome, row.by_machine) == ("open", True)
    undo = start_undo(Job.objects.get(pk=job.pk), studio.world.people["owner"])
    do_job(undo)
    row.refresh_from_db()
    assert (status(kept.pk), row.outcome, row.judged_by) == ("accepted", "accepted", None)
    ask(studio, "owner", "back")
    assert Job.objects.filter(kind="bulk").count() == 3


def test_by_the_api_it_is_taken_back_too(
    studio: Studio, on: ModelVersion, look: Look, do_job: Callable[[Job], None]
) -> None:
    client = Client()
    client.force_login(studio.world.people["owner"])
    address = f"/api/v1/projects/{studio.world.project.pk}/accepting/take-back"
    refused = client.post(address)
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing")
    box = look(a_frame(studio), on)[0.95]
    assert client.post(address).status_code == 202
    do_job(Job.objects.get(kind="bulk"))
    assert Box.objects.get(pk=box.pk).status == "proposed"


@pytest.fixture
def do_job() -> Callable[[Job], None]:
    from annotate.jobs import bulk

    def work(job: Job) -> None:
        attempt = JobRun(job, threading.Event())
        attempt.check = lambda: None  # type: ignore[method-assign]  # nobody holds a lease here
        bulk.work(attempt)
        Job.objects.filter(pk=job.pk).update(state="done")

    return work
