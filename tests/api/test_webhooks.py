"""Webhooks through the API: made by managers, the secret shown once, inner addresses refused."""

from typing import Any

import pytest
from django.utils import timezone

from annotate.models import Webhook, WebhookDelivery

from .conftest import Api


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"good.example.org": ["93.184.215.14"], "inside.example.org": ["10.0.0.5"]}

    def look_up(host: str, port: int) -> list[str]:
        return found.get(host, [host])

    monkeypatch.setattr("annotate.actions.webhooks.resolve", look_up)


def address(api: Api) -> str:
    return f"/api/v1/projects/{api.world.project.pk}/webhooks"


def make(api: Api, url: str = "https://good.example.org/hook") -> Any:
    return api.post("manages", address(api), {"url": url, "events": ["job.finished", "job.finished"]})


def test_r7_the_secret_is_shown_once(api: Api) -> None:
    made = make(api)
    assert made.status_code == 201, made.content
    secret = made.json()["secret"]
    assert secret == Webhook.objects.get().secret and made.json()["events"] == ["job.finished"]
    assert secret not in api.get("manages", address(api)).content.decode()
    one = f"{address(api)}/{made.json()['id']}"
    assert secret not in api.call("manages", "PATCH", one, {"is_active": False}).content.decode()
    assert not Webhook.objects.get().is_active


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://[::1]:8000/", "http://169.254.169.254/latest/meta-data"),
        *(
            "http://inside.example.org/",
            "http://user:word@good.example.org/",
            "ftp://good.example.org/",
            "javascript:1",
        ),
    ],
)
def test_r6_an_inner_address_is_refused_when_it_is_given(url: str, api: Api) -> None:
    refused = make(api, url)
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "url"
    pk = make(api).json()["id"]
    assert api.call("manages", "PATCH", f"{address(api)}/{pk}", {"url": url}).status_code == 422
    assert Webhook.objects.get().url == "https://good.example.org/hook"


def test_a_delivery_is_shown_and_can_be_repeated(api: Api) -> None:
    hook = Webhook.objects.get(pk=make(api).json()["id"])
    done = hook.deliveries.create(
        event="job.finished",
        payload={},
        due_at=timezone.now(),
        state="failed",
        attempts=8,
        finished_at=timezone.now(),
        problem="nobody listens there",
    )
    listed = api.get("manages", f"{address(api)}/{hook.pk}/deliveries").json()["items"]
    assert [(one["id"], one["problem"]) for one in listed] == [(str(done.pk), "nobody listens there")]
    again = api.post("manages", f"{address(api)}/{hook.pk}/deliveries/{done.pk}/repeat")
    assert again.status_code == 202 and again.json()["state"] == "waiting"
    assert WebhookDelivery.objects.get().attempts == 0
    assert api.call("manages", "DELETE", f"{address(api)}/{hook.pk}").status_code == 204
    assert not WebhookDelivery.objects.exists()


def test_x1_a_project_has_a_bounded_number_of_them(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotate.actions.webhooks.MOST", 1)
    assert make(api).status_code == 201
    assert make(api).status_code == 409
