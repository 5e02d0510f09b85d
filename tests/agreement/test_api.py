"""Agreement through the API: the same as the page does, by the same rules."""

import json
from typing import Any

import pytest
from django.test import Client

from annotate.models import Frame, Job, Project

from .conftest import BUS, CAR, Desk


def call(desk: Desk, who: str, method: str, address: str, body: Any = None) -> Any:
    client = Client()
    client.force_login(desk.person(who))
    content = b"" if body is None else json.dumps(body).encode()
    return client.generic(method, f"/api/v1/{address}", content, content_type="application/json")


def agreement(
    desk: Desk, method: str = "GET", rest: str = "", body: Any = None, who: str = "reviewer"
) -> Any:
    return call(desk, who, method, f"projects/{desk.project.pk}/agreement{rest}", body)


def asked(desk: Desk, who: str = "owner", **body: Any) -> Any:
    people = [desk.person("annotator").pk, desk.person("second").pk]
    return agreement(desk, "POST", "/ask", {"people": people, **body}, who)


def test_a_manager_asks_people_for_chosen_images_or_for_the_next(desk: Desk) -> None:
    first, _second, third = [desk.world.frame(index=place) for place in range(3)]
    given = asked(desk, frames=[third.pk])
    assert (given.status_code, given.json()) == (201, {"added": 2})
    assert [one.original_md5 for one in desk.copy("second").frames.all()] == [third.original_md5]
    assert asked(desk, number=1).json() == {"added": 2}
    assert desk.frame("annotator", first)
    assert asked(desk, frames=[first.pk, third.pk]).json() == {"added": 0}, "they have both"
    assert desk.copy("annotator").frames.get(original_md5=first.original_md5).is_blind


def test_each_image_goes_to_as_many_as_the_project_wants(desk: Desk) -> None:
    frames = [desk.world.frame(index=place).pk for place in range(3)]
    everybody = [desk.person(who).pk for who in ("annotator", "second", "owner")]
    assert asked(desk, frames=frames, people=everybody).json() == {"added": 6}
    assert asked(desk, frames=frames, people=everybody, per_image=2).json() == {"added": 0}
    assert asked(desk, frames=frames, people=everybody, per_image=None).json() == {"added": 3}
    assert asked(desk, frames=frames, per_image=11).status_code == 422
    Project.objects.update(review="one")
    more = desk.world.frame(index=9).pk
    assert asked(desk, frames=[more], people=everybody).json() == {"added": 3}, "nothing limits it there"


@pytest.mark.parametrize("body", [{}, {"frames": [10**6]}, {"number": 1001}, {"number": 1, "people": []}])
def test_what_is_asked_wrongly_is_said_and_changes_nothing(body: dict[str, Any], desk: Desk) -> None:
    desk.world.frame()
    assert asked(desk, **body).status_code == 422
    assert Project.objects.count() == 1


@pytest.mark.parametrize("who", ["viewer", "stranger"])
def test_only_members_who_may_draw_are_asked(who: str, desk: Desk) -> None:
    frame = desk.world.frame()
    refused = asked(desk, frames=[frame.pk], people=[desk.person(who).pk, desk.person("second").pk])
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "people"
    assert Project.objects.count() == 1


def test_it_says_how_much_they_agree_and_where_they_do_not(desk: Desk) -> None:
    first, _agreed = desk.dispute()
    found = agreement(desk).json()
    assert (found["compared"], found["f1"], found["iou"]) == (2, 0.8, 1.0)
    assert (found["ready"], found["left_out"], found["waiting"], found["gold"]) == (2, 0, 0, 0)
    ids = {who: desk.person(who).pk for who in ("annotator", "second")}
    assert [(one["user"], one["copy"], one["done"], one["f1"]) for one in found["people"]] == [
        (ids[who], desk.copy(who).pk, 2, 0.8) for who in ("annotator", "second")
    ]
    assert [one["alpha"] for one in found["people"]] == [found["alpha"]] * 2
    assert found["wanted"] == 2
    assert found["pairs"] == [{"one": ids["annotator"], "other": ids["second"], "f1": 0.8, "iou": 1.0}]
    assert [(one["name"], one["boxes"], one["f1"]) for one in found["classes"]] == [
        ("bus", 1, 0.0),
        ("car", 4, 1.0),
    ]
    assert found["disagreements"] == 1
    [disputed] = found["disputed"]
    assert (disputed["frame"], disputed["says"], disputed["more"]) == (
        first.pk,
        ["Annotator: nothing · Second: bus"],
        0,
    )


def test_the_number_of_queries_does_not_grow(desk: Desk, django_assert_max_num_queries: Any) -> None:
    for frame in desk.ask("annotator", "second", "owner", frames=8):
        for who in ("annotator", "second", "owner"):
            desk.draw(who, frame, CAR if who != "second" else BUS)
    client = Client()
    client.force_login(desk.person("reviewer"))
    with django_assert_max_num_queries(25):
        assert client.get(f"/api/v1/projects/{desk.project.pk}/agreement").json()["disagreements"] == 8


def test_it_merges_and_takes_back_for_whoever_merged(desk: Desk) -> None:
    [frame] = desk.ask("annotator", "second")
    assert agreement(desk, "POST", "/merge").status_code == 409, "nobody has finished"
    for who in ("annotator", "second"):
        desk.draw(who, frame, CAR)
    started = agreement(desk, "POST", "/merge")
    job = Job.objects.get(kind=Job.Kind.MERGE)
    assert (started.status_code, started.json()["id"]) == (202, str(job.pk))
    assert started["Location"] == f"/api/v1/projects/{desk.project.pk}/jobs/{job.pk}"
    assert agreement(desk, "POST", "/merge").json()["code"] == "merge"
    desk.run(job)
    assert desk.boxes(frame) == {("car", 10.0)} and desk.status(frame) == "complete"
    assert agreement(desk, "POST", "/merge/undo", who="owner").status_code == 409, "somebody else's"
    assert agreement(desk, "POST", "/merge/undo").status_code == 202
    desk.run(Job.objects.exclude(pk=job.pk).get())
    assert desk.boxes(frame) == set()
    assert agreement(desk, "POST", "/merge/undo").status_code == 409, "it was taken back"


def test_gold_is_marked_listed_and_unmarked(desk: Desk) -> None:
    frame, _other = desk.world.frame(), desk.world.frame(index=1)
    for wanted in (True, False):
        answer = call(desk, "owner", "PUT", f"frames/{frame.pk}/gold", {"is_gold": wanted})
        assert (answer.status_code, answer.json()["is_gold"]) == (200, wanted)
        assert Frame.objects.get(pk=frame.pk).is_gold is wanted
        listed = call(desk, "viewer", "GET", f"projects/{desk.project.pk}/frames?is_gold=true").json()[
            "items"
        ]
        assert [one["id"] for one in listed] == ([frame.pk] if wanted else [])
