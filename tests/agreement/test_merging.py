"""From copies to one set of boxes, and back."""

import random
from uuid import uuid4

import pytest
from django.utils import timezone, translation

from annotate.agreement.comparing import compare, piles_in
from annotate.agreement.copies import mark_gold
from annotate.agreement.merging import mergeable
from annotate.comments import Pin, add_comment, change_text, comments_of, delete
from annotate.curation.disputes import open_disputes
from annotate.curation.views import FRAME_VIEWS, Scope
from annotate.frames import set_status
from annotate.jobs.merge import MergeRefused, last_merge, start_merge, start_undo
from annotate.models import Box, Comment, Frame, Job, Label, Operation, StatusChange, User
from annotate.review.deciding import why_not
from tests.sync.replica import check_replay

from .conftest import BUS, CAR, Desk


def merged(desk: Desk, who: str = "reviewer") -> tuple[Job, dict[str, int]]:
    job = start_merge(desk.project, desk.person(who))
    return job, desk.run(job)


class TestComparing:
    def test_only_what_two_have_finished(self, desk: Desk) -> None:
        first, second, third = desk.ask("annotator", "second", frames=3)
        desk.draw("annotator", first, CAR, BUS)
        desk.draw("second", first, CAR)
        desk.draw("annotator", second, CAR)
        desk.draw("annotator", third, CAR)
        desk.draw("second", third, BUS, done=False)
        found = compare(desk.project, piles_in(desk.project))
        assert set(found.looks) == {first.pk}
        assert found.measures.whole.f1 == pytest.approx(2 / 3)
        assert found.gold == {}

    def test_with_gold_frames(self, desk: Desk) -> None:
        [frame] = desk.ask("annotator", "second")
        desk.world.author(frame, "owner").draw()
        desk.draw("annotator", frame, CAR)
        desk.draw("second", frame, ("car", "right"))
        mark_gold([frame.pk])
        assert compare(desk.project, piles_in(desk.project)).gold == {}
        set_status(frame.pk, Frame.Status.COMPLETE, desk.person("owner"))
        gold = compare(desk.project, piles_in(desk.project)).gold
        assert {who: gold[desk.person(who).pk].f1 for who in ("annotator", "second")} == {
            "annotator": 1,
            "second": 0,
        }

    def test_the_number_of_queries_does_not_grow(
        self, desk: Desk, django_assert_max_num_queries: object
    ) -> None:
        for frame in desk.ask("annotator", "second", frames=5):
            for who in ("annotator", "second"):
                desk.draw(who, frame, CAR)
        with django_assert_max_num_queries(6):  # type: ignore[operator]
            compare(desk.project, piles_in(desk.project))


def test_what_they_agree_on_becomes_boxes_and_the_rest_comments(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    desk.draw("annotator", frame, CAR, BUS)
    desk.draw("second", frame, CAR, shift=4)
    _job, counts = merged(desk)
    assert counts == {"merged": 1, "boxes": 1, "disputes": 1}
    assert desk.boxes(frame) == {("car", 12.0)}
    assert desk.status(frame) == "complete"
    [comment] = comments_of(frame)
    assert comment.is_dispute
    assert (comment.author, comment.x, comment.y) == (desk.person("reviewer"), 460, 360)
    assert comment.text == "People disagree here. Annotator: bus · Second: nothing"
    log = Operation.objects.filter(frame=frame)
    assert {(one.origin, one.user_id) for one in log} == {("admin", desk.person("reviewer").pk)}
    check_replay(frame)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_is_disputed_until_somebody_decides(language: str, desk: Desk) -> None:
    agreed, apart = desk.ask("annotator", "second", frames=2)
    for frame in (agreed, apart):
        desk.draw("annotator", frame, CAR)
    desk.draw("second", agreed, CAR)
    desk.draw("second", apart, BUS)
    User.objects.filter(pk=desk.person("reviewer").pk).update(language=language)

    def disputed() -> set[int]:
        found = FRAME_VIEWS["disputed"].narrow(desk.project.frames.all(), Scope(desk.project.pk))
        return set(found.values_list("pk", flat=True))

    assert disputed() == set()
    merged(desk)
    assert disputed() == {apart.pk}
    Comment.objects.filter(frame=apart).update(resolved_at=timezone.now())
    assert disputed() == set()


def test_a_dispute_is_known_by_its_mark_and_not_by_its_words(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    desk.draw("annotator", frame, CAR)
    desk.draw("second", frame, ("bus", "left"))
    merged(desk)
    [dispute] = open_disputes()
    change_text(dispute, "Is this a car or a bus?")
    author = desk.person("owner")
    add_comment(frame.pk, author, uuid4(), "People disagree here. So they say.", Pin(x=1, y=1))
    add_comment(frame.pk, author, uuid4(), "A car.", Pin(parent=dispute.pk))
    assert list(open_disputes()) == [dispute]
    delete(dispute)
    assert list(open_disputes()) == []


def test_whoever_merges_may_review_it(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    desk.draw("annotator", frame, CAR)
    desk.draw("second", frame, CAR)
    merged(desk)
    frame = Frame.objects.select_related("project").get(pk=frame.pk)
    assert why_not(frame, desk.person("reviewer")) == ""


def test_labels_are_matched_by_name_whatever_their_case(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    Label.objects.filter(project=desk.copy("second"), name="car").update(name="CAR")
    desk.draw("annotator", frame, CAR)
    desk.draw("second", frame, ("CAR", "left"))
    assert merged(desk)[1] == {"merged": 1, "boxes": 1}


def test_people_and_labels_are_called_as_in_the_project(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    desk.draw("annotator", frame, CAR)
    desk.draw("second", frame)
    Label.objects.filter(project=desk.project, name="car").update(name="CaR")
    merged(desk)
    assert next(iter(comments_of(frame))).text.endswith("Annotator: CaR · Second: nothing")


def test_a_name_that_the_project_lost_is_said(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    desk.draw("annotator", frame, BUS)
    desk.draw("second", frame, BUS)
    Label.objects.filter(project=desk.project, name="bus").update(is_active=False)
    assert merged(desk)[1] == {"merged": 1, "disputes": 1}
    assert desk.boxes(frame) == set()


def test_an_image_that_all_saw_empty_is_complete(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    desk.draw("annotator", frame)
    desk.draw("second", frame)
    job, counts = merged(desk)
    assert (counts, desk.status(frame)) == ({"merged": 1}, "complete")
    assert desk.run(start_undo(job, desk.person("reviewer"))) == {"undone": 1}
    assert desk.status(frame) == "to_annotate"


def test_what_is_not_ready_or_has_boxes_is_left_out(desk: Desk) -> None:
    drawn, waiting, free = desk.ask("annotator", "second", frames=3)
    for frame in (drawn, free):
        desk.draw("annotator", frame, CAR)
        desk.draw("second", frame, CAR)
    desk.draw("annotator", waiting, CAR)
    desk.world.author(drawn, "owner").draw(x1=50.0)
    piles, left_out = mergeable(piles_in(desk.project))
    assert ([pile.original.pk for pile in piles], left_out) == ([free.pk], 1)
    assert merged(desk)[1] == {"merged": 1, "boxes": 1}
    assert (desk.boxes(drawn), desk.boxes(waiting)) == ({("car", 50.0)}, set())


def test_drawn_on_after_the_start_it_is_left_alone(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    desk.draw("annotator", frame, CAR)
    desk.draw("second", frame, CAR)
    job = start_merge(desk.project, desk.person("reviewer"))
    desk.world.author(frame, "owner").draw(x1=50.0)
    set_status(frame.pk, Frame.Status.COMPLETE, desk.person("owner"))
    assert desk.run(job) == {"done": 1}
    assert desk.run(start_undo(job, desk.person("reviewer"))) == {"changed": 1}
    assert (desk.boxes(frame), desk.status(frame)) == ({("car", 50.0)}, "complete")


def test_taken_up_again_it_does_nothing_twice(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    desk.draw("annotator", frame, CAR, BUS)
    desk.draw("second", frame, CAR)
    job, _counts = merged(desk)
    before = Operation.objects.count(), Comment.objects.count(), StatusChange.objects.count()
    assert desk.run(job) == {"merged": 1}
    assert before == (Operation.objects.count(), Comment.objects.count(), StatusChange.objects.count())


class TestUndo:
    def prepared(self, desk: Desk) -> tuple[Frame, Job]:
        [frame] = desk.ask("annotator", "second")
        desk.draw("annotator", frame, CAR, BUS, ("bus", "left"))
        desk.draw("second", frame, CAR)
        return frame, merged(desk)[0]

    def test_it_takes_all_of_it_back(self, desk: Desk) -> None:
        frame, job = self.prepared(desk)
        assert last_merge(desk.project) == (job, job)
        undo = start_undo(job, desk.person("reviewer"))
        assert desk.run(undo) == {"undone": 1}
        assert (desk.boxes(frame), desk.status(frame)) == (set(), "to_annotate")
        assert list(comments_of(frame)) == []
        assert last_merge(desk.project) == (undo, None)
        check_replay(frame)
        assert merged(desk)[1] == {"merged": 1, "boxes": 1, "disputes": 2}

    def test_what_people_said_and_changed_since_stays(self, desk: Desk) -> None:
        frame, job = self.prepared(desk)
        box = Box.objects.get(frame=frame)
        desk.world.author(frame, "owner").do("set", box.pk, x1=30.0)
        answered, _other = comments_of(frame)
        Comment.objects.create(
            id=job.pk, frame=frame, parent=answered, author=desk.person("owner"), text="It is."
        )
        desk.run(start_undo(job, desk.person("reviewer")))
        assert desk.boxes(frame) == {("car", 30.0)}
        assert {one.pk for one in comments_of(frame)} == {answered.pk, job.pk}

    def test_what_was_decided_since_stays(self, desk: Desk) -> None:
        frame, job = self.prepared(desk)
        set_status(frame.pk, Frame.Status.APPROVED, desk.person("owner"))
        assert desk.run(start_undo(job, desk.person("reviewer"))) == {"changed": 1}
        assert (len(desk.boxes(frame)), desk.status(frame)) == (1, "approved")

    def test_only_who_merged_takes_it_back(self, desk: Desk) -> None:
        _frame, job = self.prepared(desk)
        with pytest.raises(MergeRefused):
            start_undo(job, desk.person("owner"))

    def test_an_undo_that_was_stopped_can_go_on(self, desk: Desk) -> None:
        _frame, job = self.prepared(desk)
        undo = start_undo(job, desk.person("reviewer"))
        with pytest.raises(MergeRefused):
            start_merge(desk.project, desk.person("reviewer"))
        Job.objects.filter(pk=undo.pk).update(state=Job.State.CANCELLED)
        undo.refresh_from_db()
        assert last_merge(desk.project) == (undo, job)


def test_nothing_to_merge_is_refused(desk: Desk) -> None:
    desk.ask("annotator", "second")
    with pytest.raises(MergeRefused):
        start_merge(desk.project, desk.person("reviewer"))


def test_comments_are_in_the_language_of_whoever_merges(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    desk.draw("annotator", frame, CAR)
    desk.draw("second", frame)
    reviewer = desk.person("reviewer")
    reviewer.language = "en"
    reviewer.save()
    with translation.override("fr"):
        merged(desk)
    assert next(iter(comments_of(frame))).text.startswith("People disagree here.")


@pytest.mark.parametrize("seed", range(3))
def test_merged_and_undone_leaves_what_was_there(seed: int, desk: Desk) -> None:
    dice = random.Random(seed)
    frames = desk.ask("annotator", "second", "owner", frames=4)
    for frame in frames:
        for who in ("annotator", "second", "owner"):
            things = [thing for thing in (CAR, BUS, ("bus", "left"), ("car", "right")) if dice.random() < 0.5]
            desk.draw(who, frame, *things, shift=dice.uniform(0, 8))
    before = {frame.pk: (desk.boxes(frame), desk.status(frame)) for frame in frames}
    job, counts = merged(desk)
    assert counts["merged"] == len(frames)
    assert desk.run(start_undo(job, desk.person("reviewer"))) == {"undone": len(frames)}
    assert before == {frame.pk: (desk.boxes(frame), desk.status(frame)) for frame in frames}
    for frame in frames:
        check_replay(frame)
