"""Reviewing as the editor asks for it."""

import json
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from annotate.models import Box, Comment, Frame, Project, Review

from .conftest import Desk


def client(desk: Desk, who: str) -> Client:
    signed_in = Client()
    signed_in.force_login(desk.person(who))
    return signed_in


def post(desk: Desk, who: str, address: str, body: Any) -> Any:
    return client(desk, who).post(address, json.dumps(body), content_type="application/json")


def review(desk: Desk, frame: Frame, who: str = "reviewer", **body: Any) -> Any:
    sent = {"verdict": "approved", "revision": frame.revision, **body}
    return post(desk, who, reverse("review_frame", args=[frame.pk]), sent)


def test_it_approves_and_says_how_it_is_now(desk: Desk) -> None:
    frame = desk.labelled()
    answer = review(desk, frame).json()
    assert answer["status"] == "approved"
    assert answer["review"]["since"] == frame.revision and answer["review"]["verdict"] == "approved"


def test_sent_twice_the_reason_is_written_once(desk: Desk) -> None:
    frame = desk.labelled()
    reason = {"id": str(uuid4()), "text": "Too wide.", "box": str(Box.objects.get(frame=frame).pk)}
    assert review(desk, frame, verdict="returned", reason=reason).status_code == 200
    again = review(desk, frame, verdict="returned", reason=reason)
    assert again.status_code == 409 and "complete" in again.json()["error"]["detail"]
    assert (Comment.objects.count(), Review.objects.count()) == (1, 1)


def test_what_cannot_be_decided_says_why(desk: Desk) -> None:
    frame = desk.labelled("reviewer")
    answer = review(desk, frame)
    assert answer.status_code == 409 and "somebody else" in answer.json()["error"]["detail"]
    assert desk.status_of(frame) == "complete"


def test_only_reviewers_decide(desk: Desk) -> None:
    frame = desk.labelled()
    found = {who: review(desk, frame, who).status_code for who in ("annotator", "viewer", "stranger")}
    assert found == {"annotator": 403, "viewer": 403, "stranger": 404}
    assert Review.objects.count() == 0


def test_only_reviewers_open_again_what_was_approved(desk: Desk) -> None:
    frame = desk.labelled()
    desk.decide(frame)
    address = reverse("frame_status", args=[frame.pk])
    body = json.dumps({"status": "in_progress"})
    put = {
        who: client(desk, who).put(address, body, content_type="application/json")
        for who in ("annotator", "owner")
    }
    assert (put["annotator"].status_code, put["owner"].status_code) == (403, 200)


def test_nobody_approves_by_the_way_of_the_status(desk: Desk) -> None:
    frame = desk.labelled()
    body = json.dumps({"status": "approved"})
    answer = client(desk, "owner").put(
        reverse("frame_status", args=[frame.pk]), body, content_type="application/json"
    )
    assert answer.status_code == 400 and desk.status_of(frame) == "complete"


def test_the_next_one_to_review_is_given(desk: Desk) -> None:
    frame = desk.labelled()
    address = reverse("next_review", args=[desk.world.project.pk])
    answer = post(desk, "reviewer", address, {}).json()
    assert answer["frame"]["id"] == frame.pk
    assert answer["claim"]["for_review"] and not answer["claim"]["from_queue"]
    held = post(desk, "reviewer", reverse("hold_claim"), {"frame": frame.pk}).json()
    assert held["claim"]["id"] == answer["claim"]["id"]
    assert "nothing" in post(desk, "reviewer", address, {"frame": frame.pk}).json()["message"]


def test_the_editor_knows_what_was_reviewed_last(desk: Desk) -> None:
    frame = desk.labelled()
    desk.decide(frame, "returned", reason="One is missing.")
    state = client(desk, "annotator").get(reverse("editor_data", args=[frame.pk])).json()
    assert state["review"] == {
        "is_on": True,
        "may_review": False,
        "why_not": "",
        "people": "",
        "since": frame.revision,
        "verdict": "returned",
        "by": "Reviewer",
        "text": "One is missing.",
    }


def test_a_manager_turns_reviews_on_and_what_is_left_out_stays(desk: Desk) -> None:
    address = reverse("edit_project", args=[desk.world.project.pk])
    signed_in = client(desk, "owner")
    signed_in.post(address, {"name": "Pier", "review": "none", "reviews_own_work": ["false", "on"]})
    project = Project.objects.get()
    assert (project.review, project.reviews_own_work) == ("none", True)
    signed_in.post(address, {"name": "Quay"})
    project = Project.objects.get()
    assert (project.name, project.review, project.reviews_own_work) == ("Quay", "none", True)
    signed_in.post(address, {"name": "Quay", "review": "one", "reviews_own_work": "false"})
    project = Project.objects.get()
    assert (project.review, project.reviews_own_work) == ("one", False)
