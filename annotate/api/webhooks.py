"""Addresses that are told what happens in a project, and how the telling went. Managers only."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from msgspec import UNSET, Meta, Struct, UnsetType, to_builtins

from ..access import Role
from ..actions import webhooks as acting
from ..models import Project, Webhook, WebhookDelivery
from ..webhooks.delivering import send_again
from .calls import Call, Problem, invalid, missing
from .paging import Page, PageQuery, rows_of
from .routes import route

Event = Literal[
    "frame.completed",
    "frame.reviewed",
    "job.finished",
    "dataset.versioned",
    "training.finished",
    "model.promoted",
]
Url = Annotated[str, Meta(min_length=1, max_length=500)]
Events = Annotated[list[Event], Meta(min_length=1, max_length=20)]


class WebhookInfo(Struct):
    id: int
    url: str
    events: list[str]
    is_active: bool
    created_at: datetime


class MadeWebhook(WebhookInfo):
    """``secret`` verifies signatures, by Standard Webhooks. It is shown now and never again."""

    secret: str


class NewWebhook(Struct, forbid_unknown_fields=True):
    url: Url
    events: Events


class WebhookChange(Struct, forbid_unknown_fields=True):
    url: Url | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class Delivery(Struct):
    """``answered``: the HTTP status of the receiver; null where nobody answered, and ``problem`` says why."""

    id: UUID
    event: str
    payload: dict[str, Any]
    state: str
    attempts: int
    due_at: datetime
    answered: int | None
    problem: str
    created_at: datetime
    finished_at: datetime | None


def facts_of(hook: Webhook) -> dict[str, Any]:
    return {
        "id": hook.pk,
        "url": hook.url,
        "events": hook.events,
        "is_active": hook.is_active,
        "created_at": hook.created_at,
    }


def delivery_info(one: WebhookDelivery) -> Delivery:
    return Delivery(
        id=one.pk,
        event=one.event,
        payload=one.payload,
        state=one.state,
        attempts=one.attempts,
        due_at=one.due_at,
        answered=one.answered,
        problem=_(one.problem) if one.problem else "",
        created_at=one.created_at,
        finished_at=one.finished_at,
    )


def refused_by(refused: acting.WebhookRefused) -> Problem:
    if refused.code == "url":
        return invalid({"url": [str(refused)]})
    return Problem(409, str(refused), code=refused.code)


def hook_in(project: Project, webhook_id: int) -> Webhook:
    hook = project.webhooks.filter(pk=webhook_id).first()
    if hook is None:
        raise missing()
    return hook


@route("GET", "projects/<id:project_id>/webhooks", role=Role.MANAGER)
def list_webhooks(call: Call, project: Project, query: PageQuery) -> Page[WebhookInfo]:
    """The webhooks of a project, without their secrets."""
    found, following = rows_of(project.webhooks.all(), query, "pk")
    return Page([WebhookInfo(**facts_of(one)) for one in found], following)


@route(
    "POST",
    "projects/<id:project_id>/webhooks",
    role=Role.MANAGER,
    status=201,
    also={409: "The project has as many webhooks as it may have."},
)
def create_webhook(call: Call, project: Project, body: NewWebhook) -> MadeWebhook:
    """Tells an address of the public internet, or of HITL_WEBHOOK_ALLOW, what happens from now on."""
    try:
        hook = acting.make(project, body.url, body.events, call.user)
    except acting.WebhookRefused as refused:
        raise refused_by(refused) from refused
    return MadeWebhook(**facts_of(hook), secret=hook.secret)


@route("PATCH", "projects/<id:project_id>/webhooks/<id:webhook_id>", role=Role.MANAGER)
def change_webhook(call: Call, project: Project, webhook_id: int, body: WebhookChange) -> WebhookInfo:
    """Another address or other events, or off and on again. The secret stays."""
    hook = hook_in(project, webhook_id)
    given = to_builtins(body)
    try:
        acting.change(hook, **given)
    except acting.WebhookRefused as refused:
        raise refused_by(refused) from refused
    return WebhookInfo(**facts_of(hook))


@route("DELETE", "projects/<id:project_id>/webhooks/<id:webhook_id>", role=Role.MANAGER)
def delete_webhook(call: Call, project: Project, webhook_id: int) -> None:
    """Forgets it, and what was not delivered yet."""
    hook_in(project, webhook_id).delete()


@route("GET", "projects/<id:project_id>/webhooks/<id:webhook_id>/deliveries", role=Role.MANAGER)
def list_deliveries(call: Call, project: Project, webhook_id: int, query: PageQuery) -> Page[Delivery]:
    """What was told to it and how that went, newest first, for 30 days."""
    rows = hook_in(project, webhook_id).deliveries.all()
    found, following = rows_of(rows, query, "-created_at", "-pk")
    return Page([delivery_info(one) for one in found], following)


@route(
    "POST",
    "projects/<id:project_id>/webhooks/<id:webhook_id>/deliveries/<uuid:delivery_id>/repeat",
    role=Role.MANAGER,
    status=202,
)
def repeat_delivery(call: Call, project: Project, webhook_id: int, delivery_id: UUID) -> Delivery:
    """Sends one once more, under the same id."""
    one = hook_in(project, webhook_id).deliveries.filter(pk=delivery_id).first()
    if one is None:
        raise missing()
    send_again(one)
    return delivery_info(one)
