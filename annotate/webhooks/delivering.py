"""The worker's part: takes rows of the outbox that are due, sends them, and writes down how it went.

A row is taken by moving its ``due_at`` ahead, so two workers never send it at the same time and a worker that dies
costs a delay. A receiver may get the same delivery twice, and knows it by its id.
"""

import logging
import random
import threading
import time
from datetime import timedelta

import msgspec
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections
from django.utils import timezone

from .. import pulse
from ..models import Webhook, WebhookDelivery
from .guard import NotAllowed, Resolve, resolve, target_of
from .sending import Answered, Undelivered, post
from .signing import signature_of

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
DATABASE_PAUSE_S = 5.0
AT_ONCE = 20
TAKEN_FOR = timedelta(seconds=60)
"""Longer than one delivery can take."""
PAUSES_S = (10, 60, 300, 1800, 7200, 21_600, 43_200)
"""Before the second, third … attempt, give or take a fifth. After the last one the delivery has failed."""
GONE = 410


def deliver_until(stop: threading.Event) -> None:
    """A thread of the worker."""
    while not stop.is_set():
        pulse.beat("webhooks")
        pause = LOOK_EVERY_S
        try:
            if deliver_due(stop):
                pause = 0.0
        except (DatabaseError, InterfaceError) as error:
            logger.warning("webhooks wait for the database: %s", error)
            pause = DATABASE_PAUSE_S
        finally:
            connections.close_all()
        stop.wait(pause)


def deliver_due(stop: threading.Event | None = None, *, look_up: Resolve = resolve) -> int:
    """Sends what is due; how many were sent, whatever the answer."""
    sent = 0
    for delivery in due():
        if stop is not None and stop.is_set():
            break
        pulse.beat("webhooks")
        if taken(delivery):
            deliver(delivery, look_up=look_up)
            sent += 1
    return sent


def due() -> list[WebhookDelivery]:
    waiting = WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING, due_at__lte=timezone.now())
    return list(waiting.select_related("webhook").order_by("due_at")[:AT_ONCE])


def taken(delivery: WebhookDelivery) -> bool:
    """Whether it is ours: nobody else took it since it was read."""
    mine = WebhookDelivery.objects.filter(
        pk=delivery.pk, state=WebhookDelivery.State.WAITING, due_at=delivery.due_at
    )
    return mine.update(due_at=timezone.now() + TAKEN_FOR) == 1


def deliver(delivery: WebhookDelivery, *, look_up: Resolve = resolve) -> None:
    """One attempt, and what becomes of the row."""
    hook = delivery.webhook
    delivery.attempts += 1
    if not hook.is_active:
        return end(delivery, WebhookDelivery.State.FAILED, problem="The webhook was switched off.")
    try:
        answered = post_signed(delivery, look_up)
    except NotAllowed as refused:
        return end(delivery, WebhookDelivery.State.FAILED, problem=str(refused))
    except Undelivered as error:
        return again(delivery, None, problem=str(error))
    delivery.answered = answered.status
    if 200 <= answered.status < 300:
        return end(delivery, WebhookDelivery.State.DELIVERED)
    if answered.status == GONE:
        Webhook.objects.filter(pk=hook.pk).update(is_active=False)
        return end(
            delivery,
            WebhookDelivery.State.FAILED,
            problem="The receiver is gone for good; the webhook was switched off.",
        )
    again(delivery, answered.retry_after_s, problem="The receiver did not take it.")


def post_signed(delivery: WebhookDelivery, look_up: Resolve) -> Answered:
    """Raises NotAllowed, Undelivered."""
    body, now = msgspec.json.encode(delivery.payload), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"hitl/{settings.VERSION}",
        "webhook-id": str(delivery.pk),
        "webhook-timestamp": str(now),
        "webhook-signature": signature_of(delivery.webhook.secret, str(delivery.pk), now, body),
    }
    return post(target_of(delivery.webhook.url), body, headers, settings.WEBHOOK_ALLOW, look_up=look_up)


def again(delivery: WebhookDelivery, retry_after_s: int | None, *, problem: str) -> None:
    """Later, or never when it has had its chances."""
    if delivery.attempts > len(PAUSES_S):
        return end(delivery, WebhookDelivery.State.FAILED, problem=problem)
    pause = PAUSES_S[delivery.attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311  (so that not all come at once)
    delivery.due_at = timezone.now() + timedelta(seconds=max(pause, retry_after_s or 0))
    delivery.problem = problem
    delivery.save(update_fields=["attempts", "answered", "due_at", "problem"])


def end(delivery: WebhookDelivery, state: str, *, problem: str = "") -> None:
    delivery.state, delivery.problem, delivery.finished_at = state, problem, timezone.now()
    delivery.save(update_fields=["attempts", "answered", "state", "problem", "finished_at"])


def send_again(delivery: WebhookDelivery) -> None:
    """By hand: as if it were new, under the same id."""
    delivery.state, delivery.attempts, delivery.due_at = WebhookDelivery.State.WAITING, 0, timezone.now()
    delivery.problem, delivery.answered, delivery.finished_at = "", None, None
    delivery.save()
