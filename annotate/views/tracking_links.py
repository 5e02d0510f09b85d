"""Links from cards to MLflow; and whether it can be looked at now."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from ..models import TrackingRelay, User
from ..tracking.links import links_for, may_look


def with_runs(cards: Iterable[dict[str, Any]], user: User) -> list[dict[str, Any]]:
    """Cards of detections with ``run``, the way to their run in MLflow; empty where there is none for this person."""
    found = list(cards)
    links = links_for(user, [UUID(one["id"]) for one in found])
    return [{**one, "run": links.get(UUID(one["id"]), "")} for one in found]


def is_away(user: User | AnonymousUser) -> bool:
    """Whether MLflow did not answer the relay the last time; of no interest to those who may not look there."""
    return may_look(user) and TrackingRelay.objects.filter(failures__gt=0).exists()


def mlflow_state(request: HttpRequest) -> dict[str, Any]:
    """For templates: ``mlflow_away``. Only where a page looks at it is anybody asked."""
    return {"mlflow_away": SimpleLazyObject(lambda: is_away(request.user))}
