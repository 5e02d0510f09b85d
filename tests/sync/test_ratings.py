"""What people say of a detection as a whole is an operation: live, undone, with its time, and followed by a row."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from annotate.feedback import rate
from annotate.frames import set_status
from annotate.models import Detection, DetectionFrame, Feedback, Frame, ModelVersion, Operation
from annotate.review.own_work import labelled_by
from annotate.signals import feedback_given
from annotate.sync import opinion_rows
from annotate.sync.operations import Accepted, Code, Opinion, Outcome
from annotate.sync.opinion_rows import Whose, opinions_at
from annotate.sync.snapshot import snapshot_of, snapshot_texts
from annotate.sync.submit import Submission, submit
from annotate.tracking.drawing import boxes_at

from .replica import Replica, check_replay, fresh_replica
from .room import Room, in_db
from .world import Author, World, accepted, operations_of, refused


def look(world: World, frame: Frame, number: int = 1) -> Detection:
    """A model looks at the frame and finds nothing."""
    model, _ = ModelVersion.objects.get_or_create(
        name="YOLO", number=number, project=world.project, kind="onnx", sha256="0" * 64
    )
    detection = Detection.objects.create(
        project=world.project,
        model_version=model,
        trigger="api",
        scope="frame",
        confidence=0.25,
        iou=0.5,
        image_size=640,
    )
    DetectionFrame.objects.create(detection=detection, frame=frame, revision=frame.revision)
    return detection


@pytest.fixture
def frame(world: World) -> Frame:
    return world.frame()


@pytest.fixture
def detection(world: World, frame: Frame) -> Detection:
    return look(world, frame)


@pytest.fixture
def me(world: World, frame: Frame) -> Author:
    return world.author(frame)


def say(author: Author, detection: Detection, feedback: str, note: str = "", **rest: Any) -> Outcome:
    return author.do("rate", detection=detection.pk, opinion=Opinion(feedback, note), **rest)


def rows(frame: Frame) -> list[tuple[str, str]]:
    found = Feedback.objects.filter(frame=frame).order_by("user_id", "pk")
    return list(found.values_list("verdict", "note"))


def test_it_is_an_operation_about_no_box_and_a_row_follows(
    frame: Frame, detection: Detection, me: Author
) -> None:
    accepted(say(me, detection, "negative", "misses the boats", ms=900, gesture="g1"))
    [operation] = operations_of(frame)
    assert (operation.kind, operation.origin, operation.box_id, operation.ms) == ("rate", "user", None, 900)
    assert operation.user == me.user
    assert operation.fields == {
        "detection": str(detection.pk),
        "feedback": "negative",
        "note": "misses the boats",
    }
    assert operation.before == {"feedback": "", "note": ""}
    row = Feedback.objects.get()
    assert (row.verdict, row.note, row.user, row.detection) == (
        "negative",
        "misses the boats",
        me.user,
        detection,
    )
    assert (row.revision, row.ms) == (1, 900)
    frame.refresh_from_db()
    assert frame.status == Frame.Status.TO_ANNOTATE, "nobody has begun to label"
    check_replay(frame)


def test_saying_it_again_replaces_it_and_the_same_again_is_nothing(
    frame: Frame, detection: Detection, me: Author
) -> None:
    accepted(say(me, detection, "negative"))
    accepted(say(me, detection, "neutral", "some"))
    assert accepted(say(me, detection, "neutral", "some")).first is None
    assert rows(frame) == [("neutral", "some")]
    accepted(say(me, detection, "", "a note without a rating"))
    assert rows(frame) == []
    assert [one.fields["note"] for one in operations_of(frame)] == ["", "some", ""]
    check_replay(frame)


def test_each_person_has_one_word_on_each_detection(
    world: World, frame: Frame, detection: Detection, me: Author
) -> None:
    newer = look(world, frame, 2)
    other = world.author(frame, "second")
    for author, about, word in [
        (me, detection, "positive"),
        (other, detection, "negative"),
        (me, newer, "neutral"),
    ]:
        accepted(say(author, about, word))
    found = Feedback.objects.values_list("detection", "user", "verdict")
    assert set(found) == {
        (detection.pk, me.user.pk, "positive"),
        (detection.pk, other.user.pk, "negative"),
        (newer.pk, me.user.pk, "neutral"),
    }
    assert len(fresh_replica(frame).opinions) == 3
    check_replay(frame)


def test_undo_takes_it_back_step_by_step_and_redo_says_it_again(
    frame: Frame, detection: Detection, me: Author
) -> None:
    accepted(say(me, detection, "positive"))
    accepted(say(me, detection, "positive", "all of it"))
    box = me.draw()
    for left in ([("positive", "all of it")], [("positive", "")], []):
        accepted(me.do("undo"))
        assert rows(frame) == left
    assert me.do("undo").code == Code.NOTHING  # type: ignore[union-attr]
    for said in ([("positive", "")], [("positive", "all of it")]):
        accepted(me.do("redo"))
        assert rows(frame) == said
    accepted(me.do("redo"))
    assert str(box) in fresh_replica(frame).boxes
    accepted(me.do("undo"))
    accepted(me.do("undo"))
    assert rows(frame) == [("positive", "")], "k undos and k redos lead back to the same"
    check_replay(frame)


def test_a_gesture_with_boxes_and_a_rating_is_one_step(
    frame: Frame, detection: Detection, me: Author
) -> None:
    box = me.draw()
    me.send(
        me.command("set", box, x1=30.0, gesture="both"),
        me.command("rate", detection=detection.pk, opinion=Opinion("positive"), gesture="both"),
    )
    undone = accepted(me.do("undo"))
    assert (undone.first, undone.last, rows(frame)) == (4, 5, [])
    accepted(me.do("redo"))
    assert rows(frame) == [("positive", "")]
    check_replay(frame)


def test_undo_of_an_older_word_leaves_what_was_said_since(
    frame: Frame, detection: Detection, me: Author
) -> None:
    accepted(say(me, detection, "positive", gesture="first"))
    accepted(say(me, detection, "negative", gesture="second"))
    assert accepted(me.do("undo", target="first")).first is None
    assert rows(frame) == [("negative", "")]


def test_nobody_undoes_what_somebody_else_says(
    world: World, frame: Frame, detection: Detection, me: Author
) -> None:
    accepted(say(me, detection, "positive"))
    refused(world.author(frame, "second").do("undo"), Code.NOTHING)
    assert rows(frame) == [("positive", "")]


def test_going_back_takes_nothing_out_of_anybodys_mouth(
    frame: Frame, detection: Detection, me: Author
) -> None:
    box = me.draw()
    accepted(say(me, detection, "positive"))
    accepted(me.do("set", box, x1=30.0))
    accepted(me.do("rewind", to=1))
    assert rows(frame) == [("positive", "")]
    assert accepted(me.do("rewind", to=1)).first is None
    check_replay(frame)


def test_what_is_no_rating_is_refused_and_changes_nothing(
    world: World, frame: Frame, detection: Detection, me: Author
) -> None:
    elsewhere = look(world, world.frame(), 3)
    refused(say(me, elsewhere, "positive"), Code.INVALID)
    refused(me.do("rate", detection=uuid4(), opinion=Opinion("positive")), Code.INVALID)
    refused(me.do("rate", opinion=Opinion("positive")), Code.INVALID)
    refused(me.do("rate", detection=detection.pk), Code.INVALID)
    refused(say(me, detection, "positive", "a\0b"), Code.INVALID)
    refused(say(world.author(frame, "viewer"), detection, "positive"), Code.FORBIDDEN)
    refused(say(world.author(frame, "stranger"), detection, "positive"), Code.FORBIDDEN)
    command = me.command("rate", detection=detection.pk, opinion=Opinion("positive"))
    [[outcome]] = submit(frame.pk, [Submission(uuid4(), None, [command], "model")]).outcomes
    refused(outcome, Code.INVALID)
    assert operations_of(frame) == [] and rows(frame) == []


def test_a_rating_that_was_made_offline_does_not_overwrite_a_newer_one(
    frame: Frame, detection: Detection, me: Author, world: World
) -> None:
    phone = world.author(frame)
    accepted(say(me, detection, "positive"))
    late = refused(say(phone, detection, "negative", offline=True, base={"feedback": 0}), Code.STALE)
    assert (late.current, late.versions) == ({"feedback": "positive", "note": ""}, {"feedback": 1})
    refused(say(phone, detection, "negative", offline=True), Code.INVALID)
    accepted(say(phone, detection, "negative", offline=True, base={"feedback": 1}))
    assert rows(frame) == [("negative", "")]
    accepted(say(phone, detection, ""))
    refused(say(me, detection, "positive", offline=True, base={"feedback": 2}), Code.STALE)


def test_it_is_done_once_however_often_it_is_sent(frame: Frame, detection: Detection, me: Author) -> None:
    command = me.command("rate", detection=detection.pk, opinion=Opinion("positive"))
    assert me.send(command) == me.send(command) == me.send(command)
    assert len(operations_of(frame)) == 1


def test_what_was_said_before_it_was_an_operation_holds_until_it_is_said_anew(
    frame: Frame, detection: Detection, me: Author
) -> None:
    Feedback.objects.create(frame=frame, detection=detection, user=me.user, verdict="negative", note="old")
    state = opinions_at(frame.pk, 0)[Whose(detection.pk, me.user.pk)]
    assert (state.opinion, state.version) == (Opinion("negative", "old"), 0)
    assert accepted(say(me, detection, "negative", "old")).first is None
    accepted(say(me, detection, "positive"))
    assert operations_of(frame)[0].before == {"feedback": "negative", "note": "old"}
    accepted(me.do("undo"))
    assert rows(frame) == [("negative", "old")]


def test_a_snapshot_holds_what_was_said_at_its_revision_whatever_was_said_since(
    world: World, frame: Frame, detection: Detection, me: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = world.author(frame, "second")
    Feedback.objects.create(frame=frame, detection=detection, user=other.user, verdict="negative", note="old")
    said = {}
    for word in ("positive", "neutral", "", "negative"):
        said[frame.revision] = opinions_at(frame.pk, frame.revision)
        accepted(say(me, detection, word))
        accepted(say(other, detection, "positive" if word else ""))
        frame.refresh_from_db()
    said[frame.revision] = opinions_at(frame.pk, frame.revision)
    assert {at: opinions_at(frame.pk, at) for at in said} == said
    snapshot = snapshot_of(frame.pk)
    logged = opinion_rows._logged

    def while_it_is_read(frame_id: int) -> Any:
        monkeypatch.undo()
        accepted(say(me, detection, "neutral"))
        return logged(frame_id)

    monkeypatch.setattr(opinion_rows, "_logged", while_it_is_read)
    assert opinions_at(frame.pk, snapshot.revision) == said[snapshot.revision]


def test_a_large_snapshot_keeps_opinions_and_boxes_together(
    world: World, frame: Frame, detection: Detection, me: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotate.sync.snapshot.PART_BYTES", 700)
    for _ in range(4):
        me.draw()
    for who in ("annotator", "second", "owner", "reviewer"):
        accepted(say(world.author(frame, who), detection, "positive", "n" * 200))
    snapshot = snapshot_of(frame.pk)
    texts = snapshot_texts(snapshot, opinions_at(frame.pk, snapshot.revision))
    replica = Replica()
    for text in texts:
        assert len(text) < 1200
        replica.take(json.loads(text))
    assert len(texts) > 3 and (len(replica.boxes), len(replica.opinions)) == (4, 4)


def test_receivers_are_told_once_for_each_change(frame: Frame, detection: Detection, me: Author) -> None:
    told: list[tuple[UUID, int, str]] = []

    def hear(whose: Whose, opinion: Opinion, **_: Any) -> None:
        told.append((whose.detection, whose.user, opinion.feedback))

    feedback_given.connect(hear)
    try:
        say(me, detection, "negative")
        say(me, detection, "negative")
        me.do("undo")
    finally:
        feedback_given.disconnect(hear)
    assert told == [(detection.pk, me.user.pk, "negative"), (detection.pk, me.user.pk, "")]


def test_the_address_for_it_makes_the_same_operation_which_is_undone_in_the_editor(
    world: World, frame: Frame, detection: Detection, me: Author
) -> None:
    browser = Client()
    browser.force_login(me.user)
    address = f"/api/v1/frames/{frame.pk}/detections/{detection.pk}/feedback"
    for note in ("a", "b"):
        body = {"verdict": "negative", "note": note}
        answer = browser.put(address, json.dumps(body), content_type="application/json")
        assert answer.json()["items"][0]["feedback"]["negative"] == 1
    assert [(one.kind, one.user) for one in operations_of(frame)] == [("rate", me.user)] * 2
    accepted(me.do("undo"))
    assert rows(frame) == [("negative", "a")]


def test_it_counts_as_no_labelling_and_is_in_no_picture(
    world: World, frame: Frame, detection: Detection, me: Author
) -> None:
    accepted(say(me, detection, "positive"))
    set_status(frame.pk, Frame.Status.COMPLETE, world.people["owner"])
    assert not labelled_by(frame, me.user)
    assert boxes_at(frame.pk, 1, {}) == []


def test_the_history_tells_who_said_what_of_which_model(
    frame: Frame, detection: Detection, me: Author
) -> None:
    accepted(say(me, detection, "negative", "misses the boats"))
    me.draw()
    browser = Client()
    browser.force_login(me.user)
    drawn, rated = browser.get(reverse("frame_history", args=[frame.pk])).json()["operations"]
    assert (rated["k"], rated["box"], rated["e"], rated["model"]) == (
        "rate",
        "",
        None,
        str(detection.model_version),
    )
    assert (rated["f"]["feedback"], rated["f"]["note"], rated["name"]) == (
        "negative",
        "misses the boats",
        me.user.display_name,
    )
    assert drawn["box"] and "model" not in drawn


def test_rating_by_two_programs_at_once_loses_none(world: World, frame: Frame, detection: Detection) -> None:
    user = world.people["annotator"]
    for word in ("positive", "negative", "neutral"):
        rate(frame, detection, user, word, "")
    assert [one.fields["feedback"] for one in operations_of(frame)] == ["positive", "negative", "neutral"]
    assert Operation.objects.values("client").distinct().count() == 1


class TestLive:
    async def test_everybody_hears_it_at_once_and_who_comes_later_too(self, room: Room) -> None:
        detection = await in_db(look, room.world, room.frame)
        ada, ben = await room.join(), await room.join("second")
        opinion = {"feedback": "negative", "note": "misses the boats"}
        ack = await ada.do("rate", detection=str(detection.pk), opinion=opinion, ms=900)
        assert (ack["from"], ack["to"]) == (1, 1)
        await ben.applied(1)
        [heard] = ben.operations
        assert (heard["k"], heard["box"], heard["by"]) == ("rate", "", room.user("annotator").pk)
        assert heard["f"] == {"detection": str(detection.pk), **opinion}
        await asyncio.gather(ada.leave(), ben.leave())
        late, ada = await room.join("owner"), await room.join()
        assert late.operations == [], "it came with the snapshot"
        key = (str(detection.pk), room.user("annotator").pk)
        for tab in (ben, late, ada):
            assert tab.replica.opinions[key]["feedback"] == "negative"
        await ada.do("undo")
        await late.applied(2)
        assert {tab.replica.opinions[key]["feedback"] for tab in (ada, late)} == {""}
        assert await in_db(rows, room.frame) == []
        await room.settled(ada, late)
        await room.check_replay()

    async def test_who_may_only_look_is_refused(self, room: Room) -> None:
        detection = await in_db(look, room.world, room.frame)
        vera = await room.join("viewer")
        nack = await vera.do("rate", detection=str(detection.pk), opinion={"feedback": "positive"})
        assert nack["code"] == "forbidden"

    async def test_what_is_said_outside_the_editor_is_live_too(self, room: Room) -> None:
        detection = await in_db(look, room.world, room.frame)
        ben = await room.join("second")
        await in_db(rate, room.frame, detection, room.user("annotator"), "positive", "")
        await ben.applied(1)
        assert [one["f"]["feedback"] for one in ben.operations] == ["positive"]


def test_accepted_is_what_a_rating_answers(detection: Detection, me: Author) -> None:
    assert say(me, detection, "positive") == Accepted(1, 1, 1)
