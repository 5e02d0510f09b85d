"""Links from pages to MLflow, for those who may look there; and whether it can be looked at now."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from ..models import TrackingRelay, TrackingRun, User

READ = "annotate.view_trackingrun"


def may_look(user: User | AnonymousUser) -> bool:
    return bool(settings.TRACKING and settings.MLFLOW_URL) and user.has_perm(READ)


def links_for(user: User | AnonymousUser, keys: Iterable[UUID]) -> dict[UUID, str]:
    """By what they are about (a detection, a training, a session); what MLflow was not told of yet has none."""
    if not may_look(user):
        return {}
    told = TrackingRun.objects.filter(pk__in=set(keys)).exclude(mlflow_run="")
    return {key: reverse("tracked", args=[key]) for key in told.values_list("pk", flat=True)}


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
