"""A manager makes a webhook, sees its secret once, looks at what it was told, and has it told again; without staff."""

import pytest
from django.urls import reverse
from django.utils import timezone

from annotate.models import WebhookDelivery
from tests.pages.conftest import World, quick_passwords, world

__all__ = ["quick_passwords", "world"]

FORM = {"url": "http://93.184.215.14/hook", "events": ["job.finished", "frame.completed"]}


def test_made_with_a_secret_that_is_shown_once(world: World) -> None:
    client, address = world.client("manager"), reverse("webhooks", args=[world.project.pk])
    made = client.post(address, FORM).content.decode()
    hook = world.project.webhooks.get()
    assert hook.secret in made and hook.secret not in client.get(address).content.decode()
    assert (hook.events, hook.created_by) == (["frame.completed", "job.finished"], world.people["manager"])


@pytest.mark.parametrize("wrong", [{"url": "http://127.0.0.1/"}, {"events": []}, {"events": ["nonsense"]}])
def test_r6_what_cannot_be_is_refused_on_the_page(wrong: dict[str, object], world: World) -> None:
    address = reverse("webhooks", args=[world.project.pk])
    assert world.client("manager").post(address, {**FORM, **wrong}).status_code == 400
    assert not world.project.webhooks.exists()


def test_switched_off_and_on_and_removed(world: World) -> None:
    hook = world.project.webhooks.create(url="http://93.184.215.14/", events=[], secret="whsec_AAAA")
    client, address = world.client("manager"), reverse("change_webhook", args=[world.project.pk, hook.pk])
    for action, is_active in (("off", False), ("on", True)):
        client.post(address, {"action": action})
        hook.refresh_from_db()
        assert hook.is_active is is_active
    assert client.post(address, {"action": "nonsense"}).status_code == 400
    client.post(address, {"action": "remove"})
    assert not world.project.webhooks.exists()


def test_deliveries_are_looked_at_and_sent_again(world: World) -> None:
    hook = world.project.webhooks.create(url="http://93.184.215.14/", events=[], secret="whsec_AAAA")
    one = hook.deliveries.create(
        event="job.finished",
        payload={"project": world.project.pk, "name": "<b>x</b>"},
        state=WebhookDelivery.State.FAILED,
        attempts=8,
        answered=500,
        due_at=timezone.now(),
    )
    client = world.client("manager")
    address = reverse("webhook_deliveries", args=[world.project.pk, hook.pk])
    page = client.get(address).content.decode()
    assert "job.finished" in page and ">500" in page and "<b>x</b>" not in page and "whsec_" not in page
    assert client.post(address, {"delivery": "nonsense"}).status_code == 404
    assert client.post(address, {"delivery": str(one.pk)}).status_code == 302
    one.refresh_from_db()
    assert (one.state, one.attempts) == (WebhookDelivery.State.WAITING, 0)
    assert world.client("reviewer").get(address).status_code == 403
    assert world.client("reviewer").post(address, {"delivery": str(one.pk)}).status_code == 403
