"""Where several people label independently: an image is approved when enough of them have, and a merge was made."""

import random
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate.actions.projects import archive
from annotate.agreement.comparing import piles_in, waiting_in
from annotate.agreement.copies import ask, mark_gold
from annotate.forms import ProjectForm
from annotate.frames import set_aside, set_status
from annotate.jobs.merge import MergeRefused, start_merge, start_undo
from annotate.models import Box, Frame, Job, Membership, Project, Review, StatusChange, User
from annotate.review import waiting
from annotate.review.deciding import Reason, ReviewRefused, decide, why_not
from annotate.review.independent import Labelled, labelled_for, what_is_missing
from annotate.review.waiting import take_for_review

from .conftest import BUS, CAR, Desk
from .test_merging import merged

THREE = ("annotator", "second", "owner")
ASK_MORE, WAIT, MERGE = (
    "has to ask more people",
    "have to complete it in their copies",
    "are not merged into it",
)


@pytest.fixture
def three(desk: Desk) -> Desk:
    """The project asks for three people."""
    Project.objects.filter(pk=desk.project.pk).update(annotators_per_image=3)
    desk.project.refresh_from_db()
    return desk


def fresh(frame: Frame) -> Frame:
    return Frame.objects.select_related("project").get(pk=frame.pk)


def missing(desk: Desk, frame: Frame) -> str:
    return why_not(fresh(frame), desk.person("reviewer"))


def decided(desk: Desk, frame: Frame, verdict: str = "approved", reason: str = "") -> Review:
    why = Reason(uuid4(), reason) if reason else None
    return decide(
        frame.pk, desk.person("reviewer"), Review.Verdict(verdict), revision=fresh(frame).revision, reason=why
    )


def complete(desk: Desk, frame: Frame) -> None:
    """As an annotator does in the project itself."""
    desk.world.author(frame, "annotator").draw()
    set_status(frame.pk, Frame.Status.COMPLETE, desk.person("annotator"))


def asked(desk: Desk, frame: Frame, *people: str) -> None:
    ask(desk.project, [desk.person(who) for who in people], [frame.pk], desk.person("owner"))


def test_it_waits_for_everybody_and_the_merge(three: Desk) -> None:
    [frame] = three.ask(*THREE)
    for who in THREE[:2]:
        three.draw(who, frame, CAR)
    with pytest.raises(MergeRefused):
        start_merge(three.project, three.person("reviewer"))
    three.draw("owner", frame, CAR)
    merged(three)
    assert fresh(frame).merged_from == 3
    decided(three, frame)
    assert three.status(frame) == "approved"


@pytest.mark.parametrize(
    ("people", "done", "said", "unsaid"),
    [
        ((), 0, ("0 of 3 people", ASK_MORE, MERGE), (WAIT,)),
        (THREE[:2], 2, ("2 of 3 people", ASK_MORE, MERGE), (WAIT,)),
        (THREE, 2, ("2 of 3 people", WAIT, MERGE), (ASK_MORE,)),
        (THREE, 3, ("3 of 3 people", MERGE), (ASK_MORE, WAIT)),
    ],
)
def test_what_was_completed_without_them_is_not_approved_and_it_says_what_to_do(
    people: tuple[str, ...], done: int, said: tuple[str, ...], unsaid: tuple[str, ...], three: Desk
) -> None:
    frame = three.world.frame()
    if people:
        asked(three, frame, *people)
    for who in people[:done]:
        three.draw(who, frame, CAR)
    complete(three, frame)
    text = missing(three, frame)
    assert all(words in text for words in said) and not any(words in text for words in unsaid), text
    with pytest.raises(ReviewRefused) as caught:
        decided(three, frame)
    assert (caught.value.code, str(caught.value)) == ("independent", text)
    assert (three.status(frame), Review.objects.count()) == ("complete", 0)


def test_it_can_always_be_returned_and_then_merged(three: Desk) -> None:
    frame = three.world.frame()
    complete(three, frame)
    decided(three, frame, "returned", "Three of you, please.")
    author = three.world.author(frame, "annotator")
    author.do("delete", Box.objects.get(frame=frame).pk)
    asked(three, frame, *THREE)
    for who in THREE:
        three.draw(who, frame, CAR)
    merged(three)
    assert missing(three, frame) == ""


def test_fewer_than_the_project_wants_are_not_merged_even_if_all_of_them_have_finished(three: Desk) -> None:
    [frame] = three.ask("annotator", "second")
    for who in ("annotator", "second"):
        three.draw(who, frame, CAR)
    assert waiting_in(piles_in(three.project)) == {"short": 1, "waiting": 0}
    with pytest.raises(MergeRefused, match="at least 3 people"):
        start_merge(three.project, three.person("reviewer"))
    asked(three, frame, "owner")
    assert waiting_in(piles_in(three.project)) == {"short": 0, "waiting": 1}
    three.draw("owner", frame, CAR)
    assert merged(three)[1] == {"merged": 1, "boxes": 1}


def test_gold_images_lack_nobody(three: Desk) -> None:
    [frame] = three.ask("annotator")
    mark_gold([frame.pk])
    assert waiting_in(piles_in(three.project)) == {"short": 0, "waiting": 1}


def test_in_other_modes_two_are_enough_and_one_reviewer_decides(three: Desk) -> None:
    Project.objects.filter(pk=three.project.pk).update(review="one")
    three.project.refresh_from_db()
    [frame] = three.ask("annotator", "second")
    for who in ("annotator", "second"):
        three.draw(who, frame, CAR)
    merged(three)
    other = three.world.frame()
    complete(three, other)
    for one in (frame, other):
        decided(three, one)
        assert three.status(one) == "approved"


def test_a_number_that_is_raised_asks_for_one_more_person_and_for_no_other_merge(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    for who in ("annotator", "second"):
        desk.draw(who, frame, CAR)
    merged(desk)
    assert missing(desk, frame) == ""
    Project.objects.filter(pk=desk.project.pk).update(annotators_per_image=3)
    text = missing(desk, frame)
    assert "2 of 3 people" in text and ASK_MORE in text and MERGE not in text
    asked(desk, frame, "owner")
    assert WAIT in missing(desk, frame)
    desk.draw("owner", frame, BUS)
    assert missing(desk, frame) == ""


def test_copies_that_are_archived_after_the_merge_have_been_counted_those_before_have_not(desk: Desk) -> None:
    early, late = desk.ask("annotator", "second", frames=2)
    for who in ("annotator", "second"):
        desk.draw(who, early, CAR)
        desk.draw(who, late, CAR, done=who == "annotator")
    merged(desk)
    complete(desk, late)
    assert "1 of 2 people" in missing(desk, late)
    archive(desk.copy("annotator"))
    assert missing(desk, early) == ""
    assert "0 of 2 people" in missing(desk, late)


def test_a_merge_that_is_taken_back_counts_no_more(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    for who in ("annotator", "second"):
        desk.draw(who, frame, CAR)
    job, _counts = merged(desk)
    desk.run(start_undo(job, desk.person("reviewer")))
    assert fresh(frame).merged_from == 0
    complete(desk, frame)
    assert MERGE in missing(desk, frame)


def test_what_somebody_corrects_after_the_merge_needs_no_other(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    for who in ("annotator", "second"):
        desk.draw(who, frame, CAR)
    merged(desk)
    decided(desk, frame, "returned", "One is missing.")
    complete(desk, frame)
    decided(desk, frame)
    assert desk.status(frame) == "approved"


def test_a_person_who_is_gone_is_not_taken_for_a_merge(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    for who in ("annotator", "second"):
        desk.draw(who, frame, CAR)
    job = start_merge(desk.project, desk.person("reviewer"))
    complete(desk, frame)
    StatusChange.objects.filter(frame=frame).update(user=None)
    assert desk.run(job) == {"done": 1}
    assert MERGE in missing(desk, frame)


class TestExceptions:
    def test_a_gold_image_is_what_they_are_measured_with(self, desk: Desk) -> None:
        frame = desk.world.frame()
        complete(desk, frame)
        assert missing(desk, frame) != ""
        mark_gold([frame.pk])
        decided(desk, frame)
        assert desk.status(frame) == "approved"

    def test_what_was_complete_before_needs_one_reviewer_also_when_it_comes_back(self, desk: Desk) -> None:
        old, new, unrecorded = desk.world.frame(), desk.world.frame(), desk.world.frame(status="complete")
        complete(desk, old)
        Project.objects.update(review="one")
        switch(desk, "consensus")
        late = desk.world.frame(status="complete")
        complete(desk, new)
        assert [missing(desk, one) == "" for one in (old, unrecorded, new, late)] == [
            True,
            True,
            False,
            False,
        ]
        decided(desk, old, "returned", "One is missing.")
        complete(desk, old)
        assert missing(desk, old) == ""

    def test_where_nobody_noted_when_it_was_switched_on_nothing_is_exempt(self, desk: Desk) -> None:
        assert desk.project.consensus_since is None
        assert missing(desk, desk.world.frame(status="complete")) != ""

    def test_what_was_only_begun_before_is_bound(self, desk: Desk) -> None:
        frame = desk.world.frame()
        Project.objects.update(review="one")
        switch(desk, "consensus")
        assert frame.pk in labelled_for([fresh(frame)])


def switch(desk: Desk, review: str, **rest: Any) -> None:
    """As the page of settings does."""
    desk.project.refresh_from_db()
    form = ProjectForm({"name": desk.project.name, "review": review, **rest}, instance=desk.project)
    assert form.is_valid(), form.errors
    form.save()


class TestSwitchingOn:
    def test_it_holds_from_then_on_and_other_settings_move_nothing(self, desk: Desk) -> None:
        Project.objects.update(review="none")
        before = timezone.now()
        switch(desk, "consensus")
        began = Project.objects.get(pk=desk.project.pk).consensus_since
        assert began is not None and before <= began <= timezone.now()
        switch(desk, "consensus", annotators_per_image=4)
        project = Project.objects.get(pk=desk.project.pk)
        assert (project.consensus_since, project.annotators_per_image) == (began, 4)
        switch(desk, "one")
        switch(desk, "consensus")
        again = Project.objects.get(pk=desk.project.pk).consensus_since
        assert again is not None and again > began

    def test_by_the_api(self, desk: Desk) -> None:
        Project.objects.update(review="none")
        client = Client()
        client.force_login(desk.person("owner"))
        address = f"/api/v1/projects/{desk.project.pk}"
        body = {"review": "consensus", "annotators_per_image": 3}
        answer = client.patch(address, body, content_type="application/json").json()
        assert (answer["review"], answer["annotators_per_image"]) == ("consensus", 3)
        project = Project.objects.get(pk=desk.project.pk)
        assert project.consensus_since is not None and answer["consensus_since"] is not None
        for wrong in (1, 6, "two"):
            refused = client.patch(address, {"annotators_per_image": wrong}, content_type="application/json")
            assert refused.status_code == 422
        assert Project.objects.get(pk=desk.project.pk).annotators_per_image == 3

    @pytest.mark.parametrize("number", ["1", "6", "x"])
    def test_a_number_that_makes_no_sense_is_said(self, number: str, desk: Desk) -> None:
        form = ProjectForm({"name": "Pier", "annotators_per_image": number}, instance=desk.project)
        assert "annotators_per_image" in form.errors

    def test_in_the_admin(self, desk: Desk) -> None:
        Project.objects.update(review="none")
        client = Client()
        client.force_login(User.objects.create_superuser("root", password="x"))
        address = reverse("admin:annotate_project_change", args=[desk.project.pk])
        fields = client.get(address).context["adminform"].form
        form = {one.name: one.value() for one in fields if str(one.value()) not in {"None", "False"}}
        assert client.post(address, {**form, "review": "consensus"}).status_code == 302
        began = Project.objects.get(pk=desk.project.pk).consensus_since
        assert began is not None
        assert client.post(address, {**form, "review": "consensus", "name": "Quay"}).status_code == 302
        project = Project.objects.get(pk=desk.project.pk)
        assert (project.name, project.consensus_since) == ("Quay", began)


class TestWaiting:
    def test_reviewers_get_what_they_can_approve(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(waiting, "LOOK_AHEAD", 1)
        by_hand = desk.world.frame()
        complete(desk, by_hand)
        gold = desk.world.frame(is_gold=True)
        [frame] = desk.ask("annotator", "second")
        for who in ("annotator", "second"):
            desk.draw(who, frame, CAR)
        merged(desk)
        got = take_for_review(desk.project, desk.person("reviewer"))
        assert got is not None and got.frame_id == frame.pk, (
            "what was completed by hand stands in nobody's way"
        )
        complete(desk, gold)
        got = take_for_review(desk.project, desk.person("reviewer"), leaving=frame.pk)
        assert got is not None and got.frame_id == gold.pk

    def test_it_agrees_with_the_rule(self, desk: Desk) -> None:
        dice = random.Random(5)
        began = timezone.now()
        Project.objects.update(consensus_since=began)
        frames = [desk.world.frame(is_gold=dice.random() < 0.3, index=place) for place in range(12)]
        for frame in frames:
            complete(desk, frame)
            ago = began + timedelta(hours=dice.choice([-1, 1]))
            StatusChange.objects.filter(frame=frame).update(created_at=ago)
        desk.project.refresh_from_db()
        free = {frame.pk for frame in frames if not missing(desk, frame)}
        assert set(waiting.waiting_for_review(desk.project).values_list("pk", flat=True)) == free
        assert 0 < len(free) < len(frames)


class TestCounting:
    @pytest.mark.parametrize("seed", range(3))
    def test_it_counts_as_the_comparison_does(self, seed: int, desk: Desk) -> None:
        dice = random.Random(seed)
        frames = [desk.world.frame(index=place) for place in range(6)]
        for frame in frames:
            people = [who for who in (*THREE, "viewer") if dice.random() < 0.7]
            if people:
                asked(desk, frame, *people)
            for who in people:
                if dice.random() < 0.6:
                    desk.draw(who, frame, CAR)
                if dice.random() < 0.2:
                    set_aside(desk.frame(who, frame).pk, None)
        # A second person in a copy: whoever was there first counts.
        Membership.objects.create(project=desk.copy("second"), user=desk.person("viewer"), role="annotator")
        if seed == 1:
            archive(desk.copy("owner"))
        found = labelled_for(desk.project.frames.select_related("project"))
        assert set(found) == {frame.pk for frame in frames}
        piles = {pile.original.pk: pile for pile in piles_in(desk.project)}
        for frame in frames:
            pile = piles.get(frame.pk)
            expected = (len(pile.copies), len(pile.finished)) if pile else (0, 0)
            assert (found[frame.pk].asked, found[frame.pk].done) == expected, (seed, frame.pk)

    def test_the_number_of_queries_does_not_grow(self, desk: Desk, django_assert_num_queries: Any) -> None:
        desk.ask(*THREE, frames=8)
        frames = list(desk.project.frames.select_related("project"))
        with django_assert_num_queries(2):
            assert len(labelled_for(frames)) == 8
        Project.objects.update(review="one")
        others = list(desk.project.frames.select_related("project"))
        with django_assert_num_queries(0):
            assert labelled_for(others) == {}

    def test_nothing_is_missing_where_enough_were_merged(self) -> None:
        assert what_is_missing(Labelled(wanted=2, asked=0, done=0, merged_from=2)) == ""
        assert what_is_missing(Labelled(wanted=2, asked=2, done=2, merged_from=0)) != ""
        assert what_is_missing(Labelled(wanted=3, asked=2, done=2, merged_from=2)) != ""


class TestShown:
    def prepared(self, desk: Desk) -> Frame:
        [frame] = desk.ask(*THREE)
        for who in THREE[:2]:
            desk.draw(who, frame, CAR)
        return frame

    def test_in_the_editor_to_reviewers(self, three: Desk) -> None:
        frame = self.prepared(three)
        cards = {}
        for who in ("reviewer", "annotator"):
            client = Client()
            client.force_login(three.person(who))
            cards[who] = client.get(reverse("editor_data", args=[frame.pk])).json()["review"]
        assert cards["reviewer"]["people"] == "2 of 3 people have labelled it"
        assert cards["annotator"]["people"] == ""

    def test_on_the_page_of_the_project_to_reviewers(self, three: Desk) -> None:
        self.prepared(three)
        for who, expected in (("reviewer", True), ("annotator", False)):
            client = Client()
            client.force_login(three.person(who))
            shown = client.get(reverse("project", args=[three.project.pk])).content.decode()
            assert ("2 of 3 people have labelled it" in shown) is expected

    def test_in_the_list_of_frames_of_the_desk(self, three: Desk) -> None:
        self.prepared(three)
        client = Client()
        client.force_login(User.objects.create_superuser("root", password="x"))
        address = reverse("admin:annotate_frame_changelist")
        shown = client.get(address, {"project__id__exact": str(three.project.pk)}).content.decode()
        assert shown.count("2 of 3 people have labelled it") == 1
        three.draw("owner", three.project.frames.get(), CAR)
        merged(three)
        shown = client.get(address, {"project__id__exact": str(three.project.pk)}).content.decode()
        assert "3 of 3 people have labelled it · merged" in shown

    def test_by_the_api(self, three: Desk) -> None:
        frame = self.prepared(three)
        complete(three, frame)
        client = Client()
        client.force_login(three.person("reviewer"))
        address = f"/api/v1/frames/{frame.pk}"
        found = client.get(f"{address}/labelled").json()["labelled"]
        assert WAIT in found.pop("missing")
        assert found == {"wanted": 3, "asked": 3, "done": 2, "merged_from": 0}
        body = {"verdict": "approved", "revision": fresh(frame).revision}
        refused = client.post(f"{address}/reviews", body, content_type="application/json")
        assert (refused.status_code, refused.json()["code"]) == (409, "independent")
        mark_gold([frame.pk])
        assert client.get(f"{address}/labelled").json() == {"labelled": None}

    def test_what_waits_for_more_people_is_said_on_the_page_of_agreement(self, three: Desk) -> None:
        [frame] = three.ask("annotator", "second")
        for who in ("annotator", "second"):
            three.draw(who, frame, CAR)
        client = Client()
        client.force_login(three.person("reviewer"))
        shown = client.get(reverse("agreement", args=[three.project.pk])).content.decode()
        assert "1 was given to fewer than 3 people." in shown and "No image can be merged now." in shown
        found = client.get(f"/api/v1/projects/{three.project.pk}/agreement").json()
        assert (found["wanted"], found["ready"], found["short"], found["waiting"]) == (3, 0, 1, 0)
        assert not Job.objects.exists()
