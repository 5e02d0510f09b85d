"""The queue as the pages ask for it."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from annotate.blind import SUGGESTED_PERCENT
from annotate.models import Claim, Frame, Project
from annotate.queue import claims

from .conftest import Queue, run_out


def post(queue: Queue, who: str, name: str, body: Any = None, *arguments: int) -> Any:
    address = reverse(name, args=arguments)
    return queue.client(who).post(address, json.dumps(body), content_type="application/json")


def ask_next(queue: Queue, who: str = "ada", frame: int | None = None) -> Any:
    return post(queue, who, "next_frame", {"frame": frame}, queue.project.pk)


def hold(queue: Queue, who: str, frame: Frame) -> Any:
    return post(queue, who, "hold_claim", {"frame": frame.pk}).json()


def release(client: Client, claim: Any) -> Any:
    return client.post(reverse("release_claim"), {"claim": claim})


@pytest.fixture(autouse=True)
def in_order(queue: Queue) -> None:
    queue.follow("in_order")


def test_it_gives_the_frame_with_its_addresses_and_the_reasons(queue: Queue) -> None:
    frame = queue.frame()
    queue.frame()
    answer = ask_next(queue).json()
    assert answer["frame"]["id"] == frame.pk and answer["frame"]["position"] == 1
    assert answer["frame"]["url"] == reverse("editor", args=[queue.project.pk, frame.pk])
    assert answer["frame"]["data"] == reverse("editor_data", args=[frame.pk])
    assert answer["reasons"] == {"why": "in_order"}
    claim = Claim.objects.get()
    assert answer["claim"] == {
        "id": claim.pk,
        "from_queue": True,
        "for_review": False,
        "text": "The next in order.",
    }


def test_it_needs_no_body(queue: Queue) -> None:
    frame = queue.frame()
    address = reverse("next_frame", args=[queue.project.pk])
    answer = queue.client("ada").post(address, b"", content_type="application/json")
    assert answer.json()["frame"]["id"] == frame.pk


def test_it_does_not_give_the_frame_that_is_open(queue: Queue) -> None:
    first, second = queue.frame(), queue.frame()
    assert ask_next(queue, frame=first.pk).json()["frame"]["id"] == second.pk


@pytest.mark.parametrize(
    ("status", "by", "text"),
    [
        (None, None, "no images yet"),
        ("complete", None, "Every image of this project is complete"),
        ("to_annotate", "linus", "somebody is on each"),
    ],
)
def test_it_says_why_there_is_nothing_left(
    queue: Queue, status: str | None, by: str | None, text: str
) -> None:
    if status:
        queue.frame(status=status)
    if by:
        ask_next(queue, by)
    answer = ask_next(queue)
    assert answer.status_code == 200
    assert answer.json()["frame"] is None and text in answer.json()["message"]


@pytest.mark.parametrize("body", [{"frame": "one"}, {"frame": 1.5}, {"frames": 1}, [], "x"])
def test_it_refuses_a_body_it_does_not_understand_and_claims_nothing(queue: Queue, body: Any) -> None:
    queue.frame()
    assert post(queue, "ada", "next_frame", body, queue.project.pk).status_code == 400
    assert not Claim.objects.exists()


def test_members_who_draw_may_ask_and_nobody_else(queue: Queue) -> None:
    frame = queue.frame()
    expected = {"ada": 200, "vera": 403, "otto": 404, "anonymous": 401}
    for who in ("anonymous", "otto", "vera"):
        assert ask_next(queue, who).status_code == expected[who]
        assert post(queue, who, "hold_claim", {"frame": frame.pk}).status_code == expected[who]
    assert not Claim.objects.exists()
    assert ask_next(queue, "ada").status_code == 200
    assert post(queue, "ada", "next_frame", {}, 999_999).status_code == 404


def test_holding_renews_and_says_who_else_has_it(queue: Queue) -> None:
    frame = queue.frame()
    ask_next(queue)
    run_out(Claim.objects.get())
    assert hold(queue, "ada", frame)["claim"]["from_queue"] is True
    assert hold(queue, "linus", frame) == {"claim": None, "by": "ada"}
    assert Claim.objects.get().released_at is None


def test_holding_by_hand_is_no_way_into_the_queue(queue: Queue) -> None:
    answer = hold(queue, "ada", queue.frame())
    assert answer["claim"]["from_queue"] is False and answer["claim"]["text"] == ""


def test_holding_what_is_complete_gives_nothing(queue: Queue) -> None:
    assert hold(queue, "ada", queue.frame(status="complete")) == {"claim": None, "by": None}
    assert post(queue, "ada", "hold_claim", {"frame": 999_999}).status_code == 404


def test_a_page_that_goes_away_gives_the_frame_back(queue: Queue) -> None:
    frame = queue.frame()
    claim = ask_next(queue).json()["claim"]["id"]
    assert ask_next(queue, "linus").json()["frame"] is None
    assert release(queue.client("ada"), claim).json() == {"released": True}
    assert ask_next(queue, "linus").json()["frame"]["id"] == frame.pk
    assert release(queue.client("ada"), claim).json() == {"released": False}


def test_the_beacon_carries_its_token_in_the_form(queue: Queue) -> None:
    queue.frame()
    claim = ask_next(queue).json()["claim"]["id"]
    client = Client(enforce_csrf_checks=True)
    client.force_login(queue.people["ada"])
    assert release(client, claim).status_code == 403
    client.get(reverse("editor", args=[queue.project.pk, queue.project.frames.get().pk]))
    token = client.cookies["hitl_csrf"].value
    answer = client.post(reverse("release_claim"), {"claim": claim, "csrfmiddlewaretoken": token})
    assert answer.json() == {"released": True}


def test_a_page_that_does_not_know_its_claim_yet_names_the_frame(queue: Queue) -> None:
    frame = queue.frame()
    ask_next(queue)
    address = reverse("release_claim")
    assert queue.client("linus").post(address, {"frame": frame.pk}).json() == {"released": False}
    assert claims.open_claims().count() == 1
    assert queue.client("ada").post(address, {"frame": frame.pk}).json() == {"released": True}
    assert queue.client("ada").post(address, {"frame": "9" * 30}).status_code == 400
    assert ask_next(queue, "linus").json()["frame"]["id"] == frame.pk


@pytest.mark.parametrize("by", ["claim", "frame"])
def test_what_a_page_says_as_it_goes_away_takes_nothing_from_the_page_that_was_loaded_instead(
    queue: Queue, by: str
) -> None:
    """However late the server hears it."""
    frame = queue.frame()
    claim = ask_next(queue).json()["claim"]["id"]
    named = {"claim": claim, "frame": frame.pk}[by]

    def renewed(window: str) -> None:
        assert post(queue, "ada", "hold_claim", {"frame": frame.pk, "window": window}).json()["claim"]

    def given_back(window: str) -> bool:
        answer = queue.client("ada").post(reverse("release_claim"), {by: named, "window": window})
        return bool(answer.json()["released"])

    renewed("before")
    renewed("after")
    assert given_back("before") is False and claims.open_claims().count() == 1
    assert given_back("after") is True and not claims.open_claims().exists()


def test_a_page_that_was_left_before_it_renewed_anything_gives_the_frame_back(queue: Queue) -> None:
    queue.frame()
    claim = ask_next(queue).json()["claim"]["id"]
    answer = queue.client("ada").post(reverse("release_claim"), {"claim": claim, "window": "x" * 5000})
    assert answer.json() == {"released": True}


def test_a_window_that_the_database_cannot_hold_is_refused(queue: Queue) -> None:
    frame = queue.frame()
    assert post(queue, "ada", "hold_claim", {"frame": frame.pk, "window": "x" * 37}).status_code == 400
    assert not Claim.objects.exists()


@pytest.mark.parametrize("claim", ["", "x", "-1", "1.5", "٣", "9" * 30])
def test_it_refuses_what_is_no_claim(queue: Queue, claim: str) -> None:
    assert release(queue.client("ada"), claim).status_code == 400


def test_nobody_gives_back_for_others(queue: Queue) -> None:
    queue.frame()
    claim = ask_next(queue).json()["claim"]["id"]
    assert release(queue.client("linus"), claim).json() == {"released": False}
    assert claims.open_claims().count() == 1


def resumed(queue: Queue, who: str) -> str:
    return str(queue.client(who).post(reverse("continue", args=[queue.project.pk]))["Location"])


def test_continue_gives_each_their_own_and_the_same_again(queue: Queue) -> None:
    first, second = (reverse("editor", args=[queue.project.pk, queue.frame().pk]) for _ in range(2))
    assert [resumed(queue, "ada"), resumed(queue, "linus"), resumed(queue, "ada")] == [first, second, first]


def test_whoever_only_looks_takes_nothing_from_anybody(queue: Queue) -> None:
    frame = queue.frame()
    assert resumed(queue, "vera") == reverse("editor", args=[queue.project.pk, frame.pk])
    assert not Claim.objects.exists()


def test_z11_an_address_that_is_followed_claims_nothing(queue: Queue) -> None:
    first, second = (reverse("editor", args=[queue.project.pk, queue.frame().pk]) for _ in range(2))
    address = reverse("continue", args=[queue.project.pk])
    assert queue.client("ada").get(address)["Location"] == first
    assert not Claim.objects.exists()
    resumed(queue, "linus")
    assert resumed(queue, "ada") == second
    assert queue.client("ada").get(address)["Location"] == second, "where they are already"
    assert Claim.objects.count() == 2


def test_continue_says_when_everything_is_taken(queue: Queue) -> None:
    queue.frame()
    resumed(queue, "ada")
    client = queue.client("linus")
    page = client.post(reverse("continue", args=[queue.project.pk]), follow=True)
    assert "somebody is on each of those that are left" in page.content.decode()


def test_the_editor_knows_whether_it_came_through_the_queue(queue: Queue) -> None:
    frame = queue.frame()
    address = reverse("editor_data", args=[frame.pk])
    assert queue.client("ada").get(address).json()["claim"] is None
    ask_next(queue)
    assert queue.client("ada").get(address).json()["claim"]["from_queue"] is True
    assert queue.client("linus").get(address).json()["claim"] is None


def settings_of(queue: Queue, **changed: str) -> Any:
    manager = queue.people["linus"]
    queue.project.memberships.filter(user=manager).update(role="manager")
    address = reverse("edit_project", args=[queue.project.pk])
    return queue.client("linus").post(address, {"name": "Harbour cameras", "description": "", **changed})


def test_a_manager_chooses_the_order_and_the_blind_sample(queue: Queue) -> None:
    assert settings_of(queue, strategy="random", blind_percent="10").status_code == 302
    project = Project.objects.get()
    assert (project.strategy, project.blind_percent) == ("random", 10)


def test_settings_that_are_left_out_stay(queue: Queue) -> None:
    Project.objects.update(blind_percent=7)
    assert settings_of(queue).status_code == 302
    project = Project.objects.get()
    assert (project.strategy, project.blind_percent) == ("in_order", 7)


def test_a_new_project_is_offered_a_blind_sample_and_one_that_is_there_keeps_its_own(queue: Queue) -> None:
    queue.people["linus"].user_permissions.add(Permission.objects.get(codename="add_project"))
    manager = queue.client("linus")
    assert (
        manager.get(reverse("create_project")).context["form"]["blind_percent"].value() == SUGGESTED_PERCENT
    )
    settings_of(queue)
    page = manager.get(reverse("edit_project", args=[queue.project.pk]))
    assert page.context["form"]["blind_percent"].value() == 0


@pytest.mark.parametrize(
    "changed", [{"strategy": "by_the_moon"}, {"blind_percent": "51"}, {"blind_percent": "-1"}]
)
def test_settings_that_make_no_sense_are_refused(queue: Queue, changed: dict[str, str]) -> None:
    answer = settings_of(queue, **changed)
    assert answer.status_code == 400 and "field__error" in answer.content.decode()
    project = Project.objects.get()
    assert (project.strategy, project.blind_percent) == ("in_order", 0)
