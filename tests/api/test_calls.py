"""What all calls have in common: queries, bodies, pages, problems, and doing things once."""

import random
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django.fixtures import Settings

from annotate.models import Frame, IdempotentAnswer, Label, Project

from .conftest import Api, add_frame


def frames_at(api: Api) -> str:
    return f"/api/v1/projects/{api.world.project.pk}/frames"


def labels_at(api: Api) -> str:
    return f"/api/v1/projects/{api.world.project.pk}/labels"


@pytest.mark.parametrize(
    "query",
    [
        "nothing=1",
        "project__name=x",
        "source__created_by__password__startswith=a",
        "status=done",
        "status=complete&status=complete",
        "limit=0",
        "limit=501",
        "limit=ten",
        "is_blind=perhaps",
        "original_md5=xyz",
        "name=a%00b",
        "source=99999999999999999999",
        "cursor=%FF",
        "cursor=bm90anNvbg",
        "cursor=WzEsMl0",
        "cursor=WyJhIl0",
        "cursor=WzFlOTldXQ",
    ],
)
def test_r1_what_an_address_does_not_know_is_refused(query: str, api: Api) -> None:
    response = api.get("reads", f"{frames_at(api)}?{query}")
    assert response.status_code == 400, response.content
    assert response.json()["code"] in {"query", "cursor"}


@pytest.mark.parametrize("address", ["/api/v1/me?x=1", "/api/v1/me?limit=1", "/api/v1/openapi.json?x="])
def test_r1_also_where_there_is_no_query_at_all(address: str, api: Api) -> None:
    assert api.get("reads", address).status_code == 400


def test_frames_are_filtered_by_what_is_named(api: Api) -> None:
    source = api.world.frame.source
    night = add_frame(api.world.project, source, "Night.JPG", "complete")
    for query, expected in (
        ("status=complete", [night.pk]),
        ("name=night", [night.pk]),
        (f"source={source.pk}&status=to_annotate", [api.world.frame.pk]),
        (f"original_md5={night.original_md5}", [night.pk]),
        ("is_blind=true", []),
        ("is_blind=false&limit=1", [api.world.frame.pk]),
    ):
        items = api.get("reads", f"{frames_at(api)}?{query}").json()["items"]
        assert [one["id"] for one in items] == expected, query


def test_pages_hold_every_row_once_although_rows_come_and_go(api: Api) -> None:
    dice = random.Random(7)
    source = api.world.frame.source
    there = [api.world.frame.pk, *(add_frame(api.world.project, source, f"{n}.jpg").pk for n in range(40))]
    seen: list[int] = []
    cursor = ""
    while True:
        page = api.get("reads", f"{frames_at(api)}?limit={dice.randint(1, 7)}{cursor}").json()
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
        add_frame(api.world.project, source, "late.jpg")
        Frame.objects.filter(pk=dice.choice(seen)).delete()
        if len(seen) > 200:
            pytest.fail("no end")
    assert len(seen) == len(set(seen)) and set(there) <= set(seen)


def test_pages_go_downwards_too_and_by_times(api: Api) -> None:
    for number in range(7):
        api.world.project.jobs.create(kind="detect", payload={"name": str(number)})
    address = f"/api/v1/projects/{api.world.project.pk}/jobs?limit=3"
    names: list[str] = []
    page: Any = {"next": ""}
    while page["next"] is not None:
        page = api.get("reads", address + (f"&cursor={page['next']}" if page["next"] else "")).json()
        names += [one["name"] for one in page["items"]]
    assert names == list("6543210")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"name": "x"}', "text/plain", 415),
        (b'{"name": "x"}', "application/x-www-form-urlencoded", 415),
        (b" ", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        (b'{"name": "\\ud800"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 422),
        (b'{"name": ' + b"[" * 100_000, "application/json", 422),
        (b'{"name": NaN}', "application/json", 400),
        (b"[]", "application/json", 422),
        (b'{"name": 5}', "application/json", 422),
        (b'{"name": ""}', "application/json", 422),
        (b'{"name": "x", "owner": 1}', "application/json", 422),
        (b'{"name": "x", "color": "red"}', "application/json", 422),
        (b'{"name": "a\\u0000b"}', "application/json", 422),
    ],
)
def test_r4_a_bad_body_says_why_and_changes_nothing(body: bytes, kind: str, status: int, api: Api) -> None:
    response = api.call("manages", "POST", labels_at(api), body, Content_Type=kind)
    assert response.status_code == status, response.content
    assert Label.objects.count() == 1


def test_r4_numbers_that_are_none_are_refused_everywhere(api: Api) -> None:
    address = f"/api/v1/frames/{api.world.frame.pk}/operations"
    for number in ("NaN", "Infinity", "-Infinity", "1e999"):
        command = f'{{"c":1,"k":"create","box":"{uuid4()}","set":{{"x1":{number}}}}}'
        body = f'{{"commands":[{command}]}}'.encode()
        response = api.call("writes", "POST", address, body, Content_Type="application/json")
        assert response.status_code in {400, 422}, number
    assert not api.world.frame.operations.exists()


def test_errors_say_field_by_field_what_is_wrong(api: Api) -> None:
    response = api.post("manages", labels_at(api), {"name": "BOAT"})
    problem = response.json()
    assert response.status_code == 422 and response["Content-Type"] == "application/problem+json"
    assert problem["errors"] == [
        {"field": "name", "message": "This project already has a label of this name."}
    ]
    assert problem["type"] == "urn:hitl:problem:invalid" and problem["request_id"] == response["X-Request-ID"]
    french = api.post("manages", labels_at(api), {"name": "BOAT"}, Accept_Language="fr")
    assert french.json()["errors"][0]["message"] == "Ce projet a déjà une étiquette de ce nom."


def test_r10_an_error_of_ours_leaks_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail of /srv/app")

    monkeypatch.setattr("annotate.api.projects.facts_of", fail)
    client = api.client("manager")
    client.raise_request_exception = False
    response = client.get(f"/api/v1/projects/{api.world.project.pk}")
    assert response.status_code == 500 and response["Content-Type"] == "application/problem+json"
    assert b"secret" not in response.content and b"RuntimeError" not in response.content
    assert response.json()["request_id"] == response["X-Request-ID"]


def test_a_database_that_is_away_is_a_503(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("annotate.api.projects.facts_of", fail)
    client = api.client("manager")
    client.raise_request_exception = False
    response = client.get(f"/api/v1/projects/{api.world.project.pk}")
    assert response.status_code == 503 and response["Retry-After"] == "5"


@pytest.mark.parametrize(
    "address", ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/projects/x", "/api/v1/frames/-1"]
)
def test_other_addresses_are_not_found(address: str, api: Api) -> None:
    response = api.get("anonymous", address)
    assert response.status_code == 404 and response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("number", [0, 2**31, 10**14, 999_999_999_999_999])
def test_r3_a_number_that_no_row_has_is_not_found(number: int, api: Api) -> None:
    assert api.get("manager", f"/api/v1/projects/{number}").status_code == 404
    assert api.get("manager", f"/api/v1/frames/{number}/boxes").status_code == 404


def test_r13_the_same_key_does_it_once_and_answers_alike(api: Api) -> None:
    body = {"name": "buoy"}
    first = api.post("manages", labels_at(api), body, Idempotency_Key="a-1")
    again = api.post("manages", labels_at(api), body, Idempotency_Key="a-1")
    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, first.content)
    assert again["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first
    assert Label.objects.filter(name="buoy").count() == 1


def test_r13_a_key_means_one_request_of_one_person(api: Api, other: Project) -> None:
    api.post("manages", labels_at(api), {"name": "buoy"}, Idempotency_Key="k")
    elsewhere = f"/api/v1/projects/{other.pk}/labels"
    assert api.post("manages", labels_at(api), {"name": "ship"}, Idempotency_Key="k").status_code == 422
    assert (
        api.post("manages", elsewhere, {"name": "buoy"}, Idempotency_Key="k").json()["code"] == "key_reused"
    )
    assert api.post("admin", labels_at(api), {"name": "ship"}, Idempotency_Key="k").status_code == 201
    for key in ("", "a b", "é", "x" * 256):
        assert api.post("manages", labels_at(api), {"name": "z"}, Idempotency_Key=key).status_code == 400, key


def test_r13_what_was_refused_may_be_tried_again_under_its_key(api: Api) -> None:
    label = Label.objects.create(project=api.world.project, name="buoy", color="#123456")
    assert api.post("manages", labels_at(api), {"name": "buoy"}, Idempotency_Key="k").status_code == 422
    label.delete()
    assert api.post("manages", labels_at(api), {"name": "buoy"}, Idempotency_Key="k").status_code == 201


def test_r13_a_crash_leaves_neither_the_answer_nor_the_thing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = api.client("manager")
    client.raise_request_exception = False
    real = IdempotentAnswer.save

    def crash(self: IdempotentAnswer, *args: Any, **fields: Any) -> None:
        if self.status:
            raise RuntimeError("killed between the two")
        real(self, *args, **fields)

    monkeypatch.setattr(IdempotentAnswer, "save", crash)
    assert api.post("manager", labels_at(api), {"name": "buoy"}, Idempotency_Key="k").status_code == 500
    assert not Label.objects.filter(name="buoy").exists() and not IdempotentAnswer.objects.exists()
    monkeypatch.setattr(IdempotentAnswer, "save", real)
    assert api.post("manager", labels_at(api), {"name": "buoy"}, Idempotency_Key="k").status_code == 201


def test_a_key_is_forgotten_after_a_day(api: Api) -> None:
    api.post("manages", labels_at(api), {"name": "buoy"}, Idempotency_Key="k")
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert api.post("manages", labels_at(api), {"name": "ship"}, Idempotency_Key="k").status_code == 201


def test_a_token_is_never_asked_for_csrf_and_never_falls_back_to_the_session(api: Api) -> None:
    browser = api.world.client("manager", csrf=True)
    headers = {"Authorization": f"Bearer {api.texts['manages']}"}
    kind = "application/json"
    made = browser.post(labels_at(api), {"name": "buoy"}, content_type=kind, headers=headers)
    assert made.status_code == 201
    bad = browser.get("/api/v1/me", headers={"Authorization": "Bearer hitl_x_y"})
    assert bad.status_code == 401


def test_settings_of_a_project_are_those_of_the_form(api: Api, settings: Settings) -> None:
    address = f"/api/v1/projects/{api.world.project.pk}"
    changed = api.call("manages", "PATCH", address, {"name": "Quay", "blind_percent": 5})
    assert changed.status_code == 200 and changed.json()["name"] == "Quay"
    project = Project.objects.get(pk=api.world.project.pk)
    assert (project.blind_percent, project.strategy) == (5, api.world.project.strategy)
    before = {name: value for name, value in vars(project).items() if not name.startswith("_")}
    assert api.call("manages", "PATCH", address, {}).status_code == 200
    after = vars(Project.objects.get(pk=project.pk))
    assert before == {name: value for name, value in after.items() if not name.startswith("_")}
    assert api.call("manages", "PATCH", address, {"strategy": "by_magic"}).status_code == 422
    assert api.call("manages", "PATCH", address, {"created_by": 1}).status_code == 422
