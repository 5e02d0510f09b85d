"""The page of one person: what it counts, and that nobody sees others' without the right."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotate.agreement.copies import ask, copies_of, mark_gold
from annotate.assigning import assign
from annotate.frames import set_status
from annotate.models import Frame, StatusChange
from tests.sync.world import Author

from .conftest import Desk


def page(desk: Desk, reader: str, shown: str, query: str = "", project: int | None = None) -> Any:
    client = Client()
    client.force_login(desk.person(reader))
    return client.get(
        reverse("person", args=[project or desk.world.project.pk, desk.person(shown).pk]) + query
    )


def numbers(response: Any) -> dict[str, str]:
    assert response.status_code == 200
    return {title: value for value, title, _text in response.context["numbers"]}


@pytest.mark.parametrize(
    ("reader", "shown", "status"),
    [
        ("annotator", "annotator", 200),
        ("viewer", "viewer", 200),
        ("annotator", "second", 403),
        ("annotator", "reviewer", 403),
        ("annotator", "stranger", 403),
        ("viewer", "annotator", 403),
        ("reviewer", "annotator", 200),
        ("owner", "second", 200),
        ("owner", "stranger", 404),
        ("stranger", "stranger", 404),
        ("stranger", "annotator", 404),
    ],
)
def test_who_sees_whose_work(reader: str, shown: str, status: int, desk: Desk) -> None:
    assert page(desk, reader, shown).status_code == status


def test_it_counts_the_work_of_this_person(desk: Desk) -> None:
    for boxes in (2, 3):
        desk.labelled("annotator", boxes=boxes)
    desk.labelled("second", boxes=7)
    shown = numbers(page(desk, "annotator", "annotator"))
    assert (shown["images completed"], shown["boxes drawn"]) == ("2", "5")
    assert "approved at first review" not in shown and "agreement with the others (F1)" not in shown


def test_days_reach_back_as_far_as_asked(desk: Desk) -> None:
    desk.labelled()
    StatusChange.objects.update(created_at=timezone.now() - timedelta(days=20))
    for query, expected in (
        ("", "1"),
        ("?days=7", "0"),
        ("?days=90", "1"),
        ("?days=x", "1"),
        ("?days=1", "1"),
    ):
        assert numbers(page(desk, "annotator", "annotator", query))["images completed"] == expected
    response = page(desk, "annotator", "annotator")
    assert [bar["count"] for bar in response.context["bars"] if bar["count"]] == [1]
    assert len(response.context["bars"]) == 30


def test_it_shows_how_much_was_right_at_once(desk: Desk) -> None:
    right, wrong = desk.labelled(), desk.labelled()
    desk.decide(right)
    desk.decide(wrong, "returned", reason="No.")
    shown = numbers(page(desk, "annotator", "annotator"))
    assert shown["approved at first review"] == "50%"
    assert numbers(page(desk, "reviewer", "reviewer"))["reviews given"] == "2"
    assert "approved at first review" not in numbers(page(desk, "owner", "second"))


def test_it_shows_the_agreement_with_others_and_with_gold(desk: Desk) -> None:
    frame = desk.labelled("owner")
    mark_gold([frame.pk])
    ask(
        desk.world.project,
        [desk.person("annotator"), desk.person("second")],
        [frame.pk],
        desk.person("owner"),
    )
    for copy in copies_of(desk.world.project):
        own = copy.project.frames.get()
        author = Author(own, copy.person, copy.project.labels.get(name="car").pk, uuid4())
        author.draw()
        if copy.person == desk.person("second"):
            author.draw(x1=300.0, x2=400.0)
        set_status(own.pk, Frame.Status.COMPLETE, copy.person)
        shown = numbers(
            page(
                desk, copy.person.first_name.lower(), copy.person.first_name.lower(), project=copy.project.pk
            )
        )
    assert shown["images completed"] == "1"
    shown = numbers(page(desk, "annotator", "annotator"))
    assert (shown["images labelled independently"], shown["images completed"]) == ("1", "0")
    assert (shown["agreement with the others (F1)"], shown["agreement with gold images (F1)"]) == (
        "67%",
        "100%",
    )
    assert shown["agreement beyond chance (alpha)"] == "0.00"  # car, car, nothing: as in test_measures


def test_it_has_what_was_given_to_the_person(desk: Desk) -> None:
    desk.world.frame()
    assign(desk.world.project, desk.person("annotator"), "annotate", 1, due_on=None, by=None)
    assert "Annotate: 0 of 1 done" in page(desk, "annotator", "annotator").content.decode()
    assert "0 of 1 done" not in page(desk, "owner", "second").content.decode()


def test_the_number_of_queries_does_not_grow(desk: Desk) -> None:
    client = Client()
    client.force_login(desk.person("owner"))
    address = reverse("person", args=[desk.world.project.pk, desk.person("annotator").pk])

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    desk.decide(desk.labelled())
    queries()  # warms what is kept between requests
    before = queries()
    for _ in range(5):
        desk.decide(desk.labelled())
    assert queries() == before <= 24
