"""Work given to people: what they get, how far it is, and what is said of it."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from annotate.assigning import AssignRefused, Share, assign, change_due, shares_in, shares_of, take_back
from annotate.frames import set_status
from annotate.models import Assignment, Frame, Project, User
from annotate.queue.own import own_first
from annotate.queue.picking import take
from annotate.review.waiting import take_for_review
from annotate.views.share_cards import share_card

from .conftest import Desk

DAY = date(2026, 12, 4)


def give(desk: Desk, who: str, number: int, work: str = "annotate", due_on: date | None = DAY) -> int:
    return assign(desk.world.project, desk.person(who), work, number, due_on=due_on, by=desk.person("owner"))


def frames(desk: Desk, count: int) -> list[Frame]:
    return [desk.world.frame(index=place, name=f"{place}.jpg") for place in range(count)]


def facts(desk: Desk) -> dict[tuple[str, str], tuple[int, int]]:
    return {(one.person.first_name, one.work): (one.done, one.total) for one in shares_in(desk.world.project)}


def test_two_people_get_different_images_and_the_queue_keeps_to_it(desk: Desk) -> None:
    there = frames(desk, 5)
    assert (give(desk, "annotator", 2), give(desk, "second", 10)) == (2, 3)
    given = dict(Assignment.objects.values_list("frame", "user"))
    expected = [desk.person("annotator").pk] * 2 + [desk.person("second").pk] * 3
    assert [given[frame.pk] for frame in there] == expected
    claim = take(desk.world.project, desk.person("second"))
    assert claim is not None and claim.frame == there[2]
    assert give(desk, "annotator", 1) == 0


def test_to_review_is_what_somebody_else_completed(desk: Desk) -> None:
    mine, theirs = desk.labelled("reviewer"), desk.labelled("annotator")
    desk.world.frame()
    assert give(desk, "reviewer", 5, "review") == 1
    assert Assignment.objects.get().frame == theirs
    claim = take_for_review(desk.world.project, desk.person("reviewer"))
    assert claim is not None and claim.frame == theirs
    Project.objects.update(reviews_own_work=True)
    desk.world.project.refresh_from_db()
    assert give(desk, "reviewer", 5, "review") == 1
    assert Assignment.objects.filter(frame=mine, work="review").exists()


def test_what_an_import_completed_is_given_to_whoever_brought_it_too(desk: Desk) -> None:
    brought = desk.world.frame()
    set_status(brought.pk, Frame.Status.COMPLETE, desk.person("reviewer"), is_import=True)
    assert give(desk, "reviewer", 5, "review") == 1


def test_what_comes_back_goes_first_to_who_completed_it_and_not_to_who_imported_it(desk: Desk) -> None:
    first, brought, drawn = (desk.world.frame() for _ in range(3))
    for frame, is_import in ((brought, True), (drawn, False)):
        set_status(frame.pk, Frame.Status.COMPLETE, desk.person("annotator"), is_import=is_import)
        set_status(frame.pk, Frame.Status.RETURNED, desk.person("reviewer"))
    waiting = Frame.objects.filter(pk__in=[first.pk, brought.pk, drawn.pk])
    assert list(next(own_first(waiting, desk.person("annotator"))).frames) == [drawn]


@pytest.mark.parametrize(
    ("who", "work", "number"),
    [("viewer", "annotate", 1), ("stranger", "annotate", 1), ("annotator", "review", 1), ("annotator", "annotate", 0),
     ("annotator", "annotate", 5001)],
)  # fmt: skip
def test_what_cannot_be_given_changes_nothing(who: str, work: str, number: int, desk: Desk) -> None:
    desk.world.frame()
    desk.labelled("second")
    with pytest.raises(AssignRefused):
        give(desk, who, number, work)
    assert not Assignment.objects.exists()


def test_progress_follows_the_images(desk: Desk) -> None:
    first, second, _third = frames(desk, 3)
    give(desk, "annotator", 3)
    desk.label(first)
    desk.label(second)
    assert facts(desk) == {("Annotator", "annotate"): (2, 3)}
    give(desk, "reviewer", 2, "review")
    desk.decide(first)
    desk.decide(second, "returned", reason="No.")
    assert facts(desk) == {("Annotator", "annotate"): (1, 3), ("Reviewer", "review"): (2, 2)}
    assert [one.work for one in shares_of(desk.person("reviewer"), [desk.world.project.pk]).get(1, [])] == []


def test_another_day_and_taking_back(desk: Desk) -> None:
    first, *_rest = frames(desk, 4)
    give(desk, "annotator", 2)
    give(desk, "annotator", 2, due_on=None)
    desk.label(first)
    person, project = desk.person("annotator"), desk.world.project
    assert take_back(project, person.pk, "annotate", DAY) == 1
    assert facts(desk)["Annotator", "annotate"] in {(1, 1), (0, 2)}
    assert change_due(project, person.pk, "annotate", None, to=DAY) == 2
    [share] = shares_in(project)
    assert (share.done, share.total, share.due_on) == (1, 3, DAY)


@pytest.mark.parametrize("seed", range(3))
def test_shares_count_like_the_plainest_reading(seed: int, desk: Desk) -> None:
    dice = random.Random(seed)
    for frame in frames(desk, 15):
        for work, who in (("annotate", dice.choice(["annotator", "second"])), ("review", "reviewer")):
            if dice.random() < 0.7:
                due = dice.choice([None, DAY, DAY + timedelta(days=1)])
                Assignment.objects.create(frame=frame, user=desk.person(who), work=work, due_on=due)
        set_status(frame.pk, dice.choice(Frame.Status.values), None)
    expected: dict[tuple[Any, ...], list[bool]] = {}
    done = {"annotate": {"complete", "approved"}, "review": {"approved", "returned"}}
    for row in Assignment.objects.select_related("frame"):
        expected.setdefault((row.user_id, row.work, row.due_on), []).append(
            row.frame.status in done[row.work]
        )
    found = {
        (one.person.pk, one.work, one.due_on): (one.done, one.total) for one in shares_in(desk.world.project)
    }
    assert found == {key: (sum(those), len(those)) for key, those in expected.items()}


@pytest.mark.parametrize(
    ("days", "done", "text", "overdue"),
    [
        (None, 3, "Annotate: 3 of 20 done", False),
        (0, 3, "Annotate: 3 of 20 done, due today", False),
        (2, 3, "Annotate: 3 of 20 done, due Friday", False),
        (30, 3, "Annotate: 3 of 20 done, due Jan. 1, 2027", False),
        (-1, 3, "Annotate: 3 of 20 done, overdue by 1 day", True),
        (-9, 3, "Annotate: 3 of 20 done, overdue by 9 days", True),
        (-9, 20, "Annotate: 20 of 20 done", False),
    ],
)
def test_what_is_said_of_a_share(days: int | None, done: int, text: str, overdue: bool) -> None:
    today = date(2026, 12, 2)
    due = None if days is None else today + timedelta(days=days)
    with translation.override("en"):
        card = share_card(Share(1, User(pk=4), "annotate", due, 20, done), today)
    assert (card["text"], card["is_overdue"]) == (text, overdue)


class TestPages:
    def client(self, desk: Desk, who: str) -> Client:
        client = Client()
        client.force_login(desk.person(who))
        return client

    def work(self, desk: Desk, who: str) -> str:
        address = reverse("work", args=[desk.world.project.pk])
        return self.client(desk, who).get(address).content.decode()

    def test_a_manager_gives_changes_and_takes_back(self, desk: Desk) -> None:
        frames(desk, 3)
        owner = self.client(desk, "owner")
        address = reverse("work", args=[desk.world.project.pk])
        form = {
            "person": desk.person("annotator").pk,
            "work": "annotate",
            "number": 2,
            "due_on": "2026-12-04",
        }
        assert owner.post(address, form).status_code == 302
        assert facts(desk) == {("Annotator", "annotate"): (0, 2)}
        for bad in (
            {"number": 0},
            {"due_on": "soon"},
            {"person": desk.person("viewer").pk},
            {"work": "review"},
        ):
            assert owner.post(address, {**form, **bad}).status_code == 400
        [card] = [share_card(one) for one in shares_in(desk.world.project)]
        change = reverse("change_share", args=[desk.world.project.pk])
        owner.post(change, {"share": card["value"], "action": "due", "due_on": "2026-12-24"})
        assert shares_in(desk.world.project)[0].due_on == date(2026, 12, 24)
        for bad_share in (card["value"], "x", "1:sleep:", "1:annotate:soon"):  # the day is another one by now
            owner.post(change, {"share": bad_share, "action": "remove"})
        assert facts(desk) == {("Annotator", "annotate"): (0, 2)}
        [card] = [share_card(one) for one in shares_in(desk.world.project)]
        owner.post(change, {"share": card["value"], "action": "remove"})
        assert facts(desk) == {}

    def test_annotators_see_their_own_alone(self, desk: Desk) -> None:
        frames(desk, 4)
        give(desk, "annotator", 3)
        give(desk, "second", 1)
        assert "0 of 3 done" in self.work(desk, "annotator") and "0 of 1 done" not in self.work(
            desk, "annotator"
        )
        assert "0 of 3 done" in self.work(desk, "reviewer") and "0 of 1 done" in self.work(desk, "reviewer")

    def test_it_stands_in_the_list_and_on_the_page_of_the_project(self, desk: Desk) -> None:
        frames(desk, 2)
        give(desk, "annotator", 2, due_on=timezone.localdate() - timedelta(days=2))
        for address in (reverse("projects"), reverse("project", args=[desk.world.project.pk])):
            shown = self.client(desk, "annotator").get(address).content.decode()
            assert "Annotate: 0 of 2 done, overdue by 2 days" in shown
            assert "overdue by" not in self.client(desk, "second").get(address).content.decode()
