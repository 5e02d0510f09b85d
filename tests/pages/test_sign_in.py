from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate import sign_in
from annotate.models import SignInAttempt
from annotate.sign_in import ATTEMPTS_PER_ADDRESS, ATTEMPTS_PER_USER, network_of

from .conftest import PASSWORD, World


def attempt(client: Client, username: str, password: str, **extra: str) -> tuple[int, str]:
    response = client.post(reverse("login"), {"username": username, "password": password}, **extra)  # type: ignore[arg-type]
    return response.status_code, response.content.decode()


def sentence_of(body: str) -> str:
    return body.split('role="alert"')[1].split("</form>")[0].split("<p>")[1].split("</p>")[0]


def test_it_signs_in_and_goes_on_to_the_page_asked_for(world: World) -> None:
    client = Client()
    page = reverse("project", args=[world.project.pk])
    response = client.post(reverse("login"), {"username": "viewer", "password": PASSWORD, "next": page})
    assert (response.status_code, response["Location"]) == (302, page)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_z12_next_stays_on_this_site(world: World, target: str) -> None:
    client = Client()
    response = client.post(reverse("login"), {"username": "viewer", "password": PASSWORD, "next": target})
    assert response["Location"] == reverse("projects")
    client.post(reverse("logout"))
    response = client.post(reverse("set_language"), {"language": "fr", "next": target})
    assert response["Location"] == reverse("projects")


def test_z4_the_same_words_for_a_wrong_password_and_an_unknown_name(world: World) -> None:
    known, unknown = attempt(Client(), "viewer", "wrong"), attempt(Client(), "nobody", "wrong")
    assert known[0] == unknown[0] == 200
    assert sentence_of(known[1]) == sentence_of(unknown[1])


@pytest.mark.parametrize("username", ["viewer", "nobody"])
def test_z4_guessing_is_stopped_and_says_so_alike(world: World, username: str) -> None:
    client = Client()
    for _ in range(ATTEMPTS_PER_USER):
        assert attempt(client, username, "wrong")[0] == 200
    status, body = attempt(client, username.upper(), PASSWORD)
    assert status == 429
    assert sentence_of(body) == "Too many attempts. Wait five minutes, then try again."
    assert attempt(client, username, PASSWORD)[0] == 429, (
        "the right password helps nobody while it is stopped"
    )


def test_z4_the_wait_ends(world: World) -> None:
    client = Client()
    for _ in range(ATTEMPTS_PER_USER + 3):
        attempt(client, "viewer", "wrong")
    SignInAttempt.objects.update(at=timezone.now() - sign_in.WINDOW - timedelta(seconds=1))
    assert attempt(client, "viewer", PASSWORD)[0] == 302


def test_z4_one_address_cannot_try_every_name(world: World) -> None:
    client = Client()
    for number in range(ATTEMPTS_PER_ADDRESS):
        attempt(client, f"name{number}", "wrong")
    assert attempt(client, "viewer", PASSWORD)[0] == 429
    assert attempt(client, "viewer", PASSWORD, REMOTE_ADDR="198.51.100.7")[0] == 302


def test_z4_the_admin_is_slowed_down_too(world: World) -> None:
    client = Client()
    for _ in range(ATTEMPTS_PER_USER):
        attempt(client, "admin", "wrong")
    response = client.post(reverse("admin:login"), {"username": "admin", "password": PASSWORD})
    assert "Too many attempts" in response.content.decode()


def test_a_success_clears_what_counted(world: World) -> None:
    client = Client()
    for _ in range(ATTEMPTS_PER_USER - 1):
        attempt(client, "viewer", "wrong")
    assert attempt(client, "viewer", PASSWORD)[0] == 302
    assert not SignInAttempt.objects.filter(key=sign_in.user_key("viewer")).exists()


def test_an_ipv6_household_is_one_address() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff") != network_of("2001:db8:0:1::1")
    assert network_of("192.0.2.1") != network_of("192.0.2.2")
    assert network_of("") == "unknown"


def test_z5_the_session_changes_at_sign_in(world: World) -> None:
    client = Client()
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key
    attempt(client, "viewer", PASSWORD)
    cookie = client.cookies["hitl_session"]
    assert cookie.value != before
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_z7_nobody_signs_up(world: World) -> None:
    for address in ("/signup/", "/register/", "/accounts/signup/", "/login/new/"):
        assert Client().get(address).status_code == 404


def test_sign_out_takes_a_post(world: World) -> None:
    client = world.client("viewer")
    assert client.get(reverse("logout")).status_code == 405
    assert client.get(reverse("projects")).status_code == 200
    client.post(reverse("logout"))
    assert client.get(reverse("projects")).status_code == 302


def test_a_new_password_ends_the_other_sessions(world: World) -> None:
    here, there = world.client("viewer"), world.client("viewer")
    fresh = "another long password 42"
    response = here.post(
        reverse("change_password"),
        {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh},
    )
    assert response.status_code == 302
    assert here.get(reverse("profile")).status_code == 200
    assert there.get(reverse("profile")).status_code == 302


def test_password_managers_are_welcome(world: World) -> None:
    body = Client().get(reverse("login")).content.decode()
    assert 'autocomplete="username"' in body and 'autocomplete="current-password"' in body
