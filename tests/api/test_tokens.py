"""Tokens: kept as a hash, shown once, ended at once, limited in what they reach."""

import hashlib
import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from annotate import tokens
from annotate.api.routes import ROUTES
from annotate.jobs.housekeeping import TOKENS_KEPT_FOR, forget_old_rows
from annotate.models import ApiToken, Membership, Project, SignInAttempt, User

from .conftest import Api

FORM = {"name": "camera 3", "scope": "write", "days": "30", "project": ""}


def secret_in(text: str) -> str:
    return text.split("_", 2)[2]


def test_z8_only_a_hash_is_kept_and_the_page_shows_the_text_once(api: Api) -> None:
    client = api.client("viewer")
    made = client.post("/profile/tokens/", FORM)
    token = ApiToken.objects.get(name="camera 3")
    text = made.content.decode().split('value="hitl_')[1].split('"')[0]
    assert token.digest == hashlib.sha256(secret_in("hitl_" + text).encode()).hexdigest()
    assert made["Cache-Control"] == "private, no-store"
    row = {name: str(value) for name, value in vars(token).items()}
    assert secret_in("hitl_" + text) not in str(row)
    for address in ("/profile/tokens/", "/api/v1/me/tokens", "/api/v1/me"):
        again = client.get(address).content.decode()
        assert token.prefix in again or address.endswith("/me")
        assert secret_in("hitl_" + text) not in again and token.digest not in again


def test_z8_no_route_makes_a_token() -> None:
    assert not [
        one for one in ROUTES if "token" in one.path and one.method != "GET" and one.method != "DELETE"
    ]


def test_a_secret_has_256_bits_and_no_two_are_alike(api: Api) -> None:
    texts = [tokens.make_token(api.world.people["viewer"], "x", scope="read", days=1).text for _ in range(20)]
    assert len({secret_in(text) for text in texts}) == 20
    assert all(len(secret_in(text)) >= 43 for text in texts)


def test_a_revoked_token_ends_at_once_and_a_token_may_end_itself(api: Api) -> None:
    token = ApiToken.objects.get(name="reads")
    assert api.get("reads", "/api/v1/me").status_code == 200
    other = ApiToken.objects.get(name="writes")
    assert api.call("reads", "DELETE", f"/api/v1/me/tokens/{other.pk}").status_code == 404
    assert api.call("reads", "DELETE", f"/api/v1/me/tokens/{token.pk}").status_code == 204
    assert api.get("reads", "/api/v1/me").status_code == 401
    assert api.call("manages", "DELETE", f"/api/v1/me/tokens/{other.pk}").status_code == 204


def test_a_renewed_token_is_the_same_but_for_its_secret(api: Api) -> None:
    token = ApiToken.objects.get(name="elsewhere")
    assert api.client("viewer").post(f"/profile/tokens/{token.pk}/renew/").status_code == 404
    page = api.client("manager").post(f"/profile/tokens/{token.pk}/renew/").content.decode()
    assert api.get("elsewhere", "/api/v1/me").status_code == 401, "the old secret ends at once"
    api.texts["renewed"] = "hitl_" + page.split('value="hitl_')[1].split('"')[0]
    assert api.get("renewed", "/api/v1/me").json()["token"]["project"] == token.project_id
    [new] = ApiToken.objects.filter(name="elsewhere", revoked_at=None)
    assert new.scope == token.scope
    assert abs((new.expires_at - new.created_at) - (token.expires_at - token.created_at)) < timedelta(hours=1)
    assert api.client("manager").post(f"/profile/tokens/{token.pk}/renew/").status_code == 404, (
        "revoked stays so"
    )


def test_tokens_that_ended_do_not_count(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_PER_USER", 1)
    client = api.client("viewer")
    assert client.post("/profile/tokens/", FORM).status_code == 400
    tokens.revoke(ApiToken.objects.get(name="viewers"))
    assert client.post("/profile/tokens/", FORM).status_code == 200


def test_nobody_revokes_the_token_of_somebody_else(api: Api) -> None:
    token = ApiToken.objects.get(name="reads")
    assert api.client("viewer").post(f"/profile/tokens/{token.pk}/revoke/").status_code == 404
    assert api.get("reads", "/api/v1/me").status_code == 200
    assert api.client("manager").post(f"/profile/tokens/{token.pk}/revoke/").status_code == 302
    assert api.get("reads", "/api/v1/me").status_code == 401


def test_w4_the_token_of_a_deactivated_person_ends(api: Api) -> None:
    User.objects.filter(username="manager").update(is_active=False)
    assert api.get("manages", "/api/v1/me").status_code == 401


def test_w5_the_token_of_somebody_who_left_reaches_nothing(api: Api) -> None:
    Membership.objects.filter(user=api.world.people["manager"], project=api.world.project).delete()
    assert api.get("manages", f"/api/v1/projects/{api.world.project.pk}").status_code == 404
    assert api.get("manages", "/api/v1/projects").json()["items"][0]["name"] == "Other"


def test_z2_a_token_of_one_project_sees_nothing_of_another(api: Api, other: Project) -> None:
    listed = api.get("elsewhere", "/api/v1/projects").json()["items"]
    assert [one["id"] for one in listed] == [other.pk]
    assert api.get("elsewhere", f"/api/v1/frames/{api.world.frame.pk}").status_code == 404
    assert api.post("elsewhere", "/api/v1/projects", {"name": "New"}).status_code == 403
    admins = api.token("admins", "admin", project=other)
    assert admins.project_id == other.pk
    assert api.get("admins", f"/api/v1/projects/{api.world.project.pk}").status_code == 404
    assert len(api.get("admins", "/api/v1/projects").json()["items"]) == 1
    assert api.post("admins", "/api/v1/projects", {"name": "New"}).status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer hitl__",
        "Basic aGl0bDo=",
        "Bearer hitl_0123_x",
        "bearer x\x00y",
        "Bearer ÿ",
    ],
)
def test_what_is_no_token_is_refused_whatever_session_comes_along(header: str, api: Api) -> None:
    response = api.client("admin").get("/api/v1/me", headers={"Authorization": header})
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_z4_many_wrong_tokens_from_one_address_are_slowed_down(api: Api) -> None:
    def attempt() -> int:
        return Client().get("/api/v1/me", headers={"Authorization": "Bearer hitl_00_00"}).status_code

    assert [attempt() for _ in range(tokens.FAILURES_PER_ADDRESS)] == [401] * tokens.FAILURES_PER_ADDRESS
    assert attempt() == 429
    assert api.get("reads", "/api/v1/me").status_code == 200
    SignInAttempt.objects.all().delete()
    assert attempt() == 401


def test_w35_neither_text_nor_hash_of_a_token_is_logged(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    api.get("manages", "/api/v1/me")
    api.get("revoked", "/api/v1/me")
    api.get("reads", "/api/v1/projects/999999")
    for name in ("manages", "revoked", "reads"):
        assert secret_in(api.texts[name]) not in caplog.text


def test_last_use_is_noted_about_once_a_minute(api: Api, django_assert_num_queries: object) -> None:
    token = ApiToken.objects.get(name="reads")
    assert token.last_used_at is None
    api.get("reads", "/api/v1/me")
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    api.get("reads", "/api/v1/me")
    assert first is not None and ApiToken.objects.get(pk=token.pk).last_used_at == first
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now() - timedelta(minutes=2))
    api.get("reads", "/api/v1/me")
    assert ApiToken.objects.get(pk=token.pk).last_used_at > first  # type: ignore[operator]


def test_the_editors_address_takes_tokens_and_still_wants_csrf_from_browsers(api: Api) -> None:
    body = {"frames": [api.world.frame.pk]}
    assert api.post("reads", "/ai/detect", body).status_code == 403
    assert api.post("expired", "/ai/detect", body).status_code == 401
    assert api.post("elsewhere", "/ai/detect", body).status_code == 404
    assert api.post("writes", "/ai/detect", body).status_code == 503  # no model is installed
    browser = api.world.client("manager", csrf=True)
    assert browser.post("/ai/detect", body, content_type="application/json").status_code == 403


def test_x1_one_person_cannot_ask_without_end(api: Api, settings: Settings) -> None:
    settings.API_REQUESTS_PER_SECOND = 1
    statuses = [api.get("reads", "/api/v1/me").status_code for _ in range(30)]
    assert statuses.count(200) in range(10, 20) and statuses[-1] == 429
    refused = api.get("writes", "/api/v1/me")  # another token of the same person
    assert refused.status_code == 429 and int(refused["Retry-After"]) >= 1
    assert api.get("viewers", "/api/v1/me").status_code == 200


def test_ended_tokens_are_forgotten_after_a_while(api: Api) -> None:
    forget_old_rows()
    assert ApiToken.objects.filter(name__in=["expired", "revoked"]).count() == 2
    long_ago = timezone.now() - TOKENS_KEPT_FOR - timedelta(days=1)
    ApiToken.objects.filter(name="expired").update(expires_at=long_ago)
    ApiToken.objects.filter(name="revoked").update(revoked_at=long_ago)
    forget_old_rows()
    assert not ApiToken.objects.filter(name__in=["expired", "revoked"]).exists()
    assert ApiToken.objects.filter(name="reads").exists()


def test_a_person_has_a_bounded_number_of_tokens(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_PER_USER", 1)
    client = api.client("annotator")
    assert client.post("/profile/tokens/", FORM).status_code == 200
    assert client.post("/profile/tokens/", FORM).status_code == 400
    assert client.post("/profile/tokens/", {**FORM, "scope": "root"}).status_code == 400
    assert ApiToken.objects.filter(user=api.world.people["annotator"]).count() == 1
