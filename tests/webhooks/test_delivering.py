"""What happens becomes rows in its transaction; rows become signed requests, again and again until they are taken."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from annotate.frames import set_status
from annotate.jobs import queue
from annotate.jobs.housekeeping import DELIVERIES_KEPT_FOR, forget_old_rows
from annotate.models import DatasetVersion, Job, Webhook, WebhookDelivery
from annotate.signals import dataset_versioned
from annotate.webhooks import delivering
from annotate.webhooks.delivering import deliver_due
from annotate.webhooks.signing import new_secret
from tests.sync.world import World, make_world

State = WebhookDelivery.State


class Receiver:
    """Somebody else's server: ``answers`` are given in turn, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str]]] = [(204, {})]
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.heard.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                status, headers = (
                    receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
                )
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def do_GET(self) -> None:
                receiver.heard.append(("GET " + self.path, {}, b""))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://hooks.example.org:{self.server.server_port}/hitl?x=1"


def here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOW = [ip_network("127.0.0.0/8")]
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def hook(world: World, receiver: Receiver) -> Webhook:
    events = [Webhook.Event.FRAME_COMPLETED, Webhook.Event.JOB_FINISHED]
    return Webhook.objects.create(project=world.project, url=receiver.url, events=events, secret=new_secret())


def complete(world: World) -> None:
    set_status(world.frame().pk, "complete", world.people["annotator"])


def make_due() -> None:
    WebhookDelivery.objects.filter(state=State.WAITING).update(due_at=timezone.now())


def test_an_event_is_delivered_and_its_signature_can_be_checked(
    world: World, hook: Webhook, receiver: Receiver
) -> None:
    complete(world)
    assert deliver_due(look_up=here) == 1
    [(path, headers, body)] = receiver.heard
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.answered, delivery.attempts) == (State.DELIVERED, 204, 1)
    assert path == "/hitl?x=1" and headers["host"].startswith("hooks.example.org:")
    told = json.loads(body)
    assert told["type"] == "frame.completed"
    assert told["data"]["project"] == world.project.pk and told["data"]["by"] == world.people["annotator"].pk
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(hook.secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert hmac.compare_digest(headers["webhook-signature"], expected)
    assert headers["webhook-id"] == str(delivery.pk)
    assert abs(int(headers["webhook-timestamp"]) - timezone.now().timestamp()) < 60
    assert deliver_due(look_up=here) == 0 and len(receiver.heard) == 1


def test_only_what_was_asked_for_is_told(world: World, hook: Webhook, receiver: Receiver) -> None:
    frame = world.frame()
    set_status(frame.pk, "in_progress", None)
    version = DatasetVersion.objects.create(
        project=world.project, number=1, git_commit="0" * 40, digest="d", created_at=timezone.now()
    )
    dataset_versioned.send(None, version=version)
    assert not WebhookDelivery.objects.exists()
    Webhook.objects.update(events=[Webhook.Event.DATASET_VERSIONED])
    dataset_versioned.send(None, version=version)
    assert WebhookDelivery.objects.get().payload["data"]["number"] == 1
    Webhook.objects.update(is_active=False)
    dataset_versioned.send(None, version=version)
    assert WebhookDelivery.objects.count() == 1


def test_what_did_not_happen_is_not_told(world: World, hook: Webhook) -> None:
    with transaction.atomic():
        complete(world)
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (lambda claim: queue.finish(claim, Job.State.DONE), "done"),
        (lambda claim: queue.finish(claim, Job.State.FAILED, error="no"), "failed"),
        (lambda claim: queue.request_cancel(Job.objects.get()), "cancelled"),
    ],
)
def test_the_end_of_a_job_is_told_once(
    end: Callable[[queue.Claim], object], state: str, world: World, hook: Webhook
) -> None:
    job = queue.enqueue(Job.Kind.EXPORT, project=world.project)
    claim = queue.Claim(job.pk, 1)
    if state != "cancelled":
        assert queue.claim([Job.Kind.EXPORT]) is not None
    end(claim)
    end(claim)
    data = WebhookDelivery.objects.get().payload["data"]
    assert (data["job"], data["kind"], data["state"]) == (str(job.pk), "export", state)


def test_a_job_that_was_lost_too_often_is_told_too(world: World, hook: Webhook) -> None:
    queue.enqueue(Job.Kind.EXPORT, project=world.project)
    Job.objects.update(state="running", attempts=3, lease_until=timezone.now() - timedelta(hours=1))
    assert queue.requeue_expired() == 1
    assert WebhookDelivery.objects.get().payload["data"]["state"] == "failed"


def test_a_refusal_is_tried_again_later_and_later_then_given_up(
    world: World, hook: Webhook, receiver: Receiver
) -> None:
    receiver.answers = [(500, {})]
    complete(world)
    pauses = []
    for _ in range(len(delivering.PAUSES_S)):
        before = timezone.now()
        assert deliver_due(look_up=here) == 1
        delivery = WebhookDelivery.objects.get()
        assert (delivery.state, delivery.problem) == (State.WAITING, "The receiver did not take it.")
        pauses.append((delivery.due_at - before).total_seconds())
        assert deliver_due(look_up=here) == 0, "not before it is due"
        make_due()
    for pause, planned in zip(pauses, delivering.PAUSES_S, strict=True):
        assert 0.79 * planned <= pause <= 1.25 * planned + 1
    deliver_due(look_up=here)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.FAILED, len(delivering.PAUSES_S) + 1)
    make_due()
    assert deliver_due(look_up=here) == 0


def test_a_receiver_that_comes_back_gets_it_under_the_same_id(
    world: World, hook: Webhook, receiver: Receiver
) -> None:
    receiver.answers = [(503, {"Retry-After": "900"}), (200, {})]
    complete(world)
    deliver_due(look_up=here)
    assert WebhookDelivery.objects.get().due_at > timezone.now() + timedelta(seconds=890)
    make_due()
    deliver_due(look_up=here)
    assert WebhookDelivery.objects.get().state == State.DELIVERED
    assert len({headers["webhook-id"] for _, headers, _ in receiver.heard}) == 1


def test_r6_a_redirect_is_followed_by_nobody(world: World, hook: Webhook, receiver: Receiver) -> None:
    receiver.answers = [(302, {"Location": f"http://127.0.0.1:{receiver.server.server_port}/inside"})]
    complete(world)
    deliver_due(look_up=here)
    assert [path for path, _, _ in receiver.heard] == ["/hitl?x=1"]
    assert WebhookDelivery.objects.get().problem == "The receiver did not take it."


def test_r6_a_name_that_means_another_address_later_reaches_nothing(
    world: World, hook: Webhook, receiver: Receiver, settings: Settings
) -> None:
    """DNS rebinding: good when the webhook was made, inside when something is sent."""
    settings.WEBHOOK_ALLOW = []
    complete(world)
    deliver_due(look_up=here)
    delivery = WebhookDelivery.objects.get()
    assert delivery.state == State.FAILED and "public internet" in delivery.problem
    assert receiver.heard == []


def test_r6_the_name_is_looked_up_once_and_the_judged_address_is_used(
    world: World, hook: Webhook, receiver: Receiver, settings: Settings
) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    complete(world)
    deliver_due(look_up=rebinding)
    assert asked == ["hooks.example.org"] and len(receiver.heard) == 1


def test_r6_what_is_really_connected_to_is_judged_once_more(
    world: World, hook: Webhook, receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_ALLOW = []
    monkeypatch.setattr("annotate.webhooks.sending.addresses_of", lambda *_, **__: ["127.0.0.1"])
    complete(world)
    deliver_due()
    assert receiver.heard == [] and WebhookDelivery.objects.get().state == State.FAILED


def test_nobody_there_is_said_in_words(world: World, hook: Webhook, receiver: Receiver) -> None:
    receiver.server.shutdown()
    receiver.server.server_close()
    complete(world)
    deliver_due(look_up=here)
    assert WebhookDelivery.objects.get().problem == "Nobody listens there."


def test_gone_switches_it_off(world: World, hook: Webhook, receiver: Receiver) -> None:
    receiver.answers = [(410, {})]
    complete(world)
    deliver_due(look_up=here)
    hook.refresh_from_db()
    assert not hook.is_active and WebhookDelivery.objects.get().state == State.FAILED


def test_two_workers_send_it_once_and_a_dead_one_only_delays(
    world: World, hook: Webhook, receiver: Receiver
) -> None:
    complete(world)
    [first], [second] = delivering.due(), delivering.due()
    assert delivering.taken(first) and not delivering.taken(second)
    assert deliver_due(look_up=here) == 0  # taken, and its worker is killed here
    WebhookDelivery.objects.update(due_at=timezone.now())
    assert deliver_due(look_up=here) == 1 and len(receiver.heard) == 1


def test_old_deliveries_are_forgotten(world: World, hook: Webhook, receiver: Receiver) -> None:
    complete(world)
    deliver_due(look_up=here)
    complete(world)
    forget_old_rows()
    assert WebhookDelivery.objects.count() == 2
    WebhookDelivery.objects.filter(state=State.DELIVERED).update(
        finished_at=timezone.now() - DELIVERIES_KEPT_FOR - timedelta(days=1)
    )
    forget_old_rows()
    assert WebhookDelivery.objects.get().state == State.WAITING
