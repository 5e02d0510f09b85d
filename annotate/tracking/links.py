"""The way from the product to a run in MLflow, for those who may look there."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from ..models import TrackingRun, User

READ = "annotate.view_trackingrun"


def may_look(user: User | AnonymousUser) -> bool:
    return bool(settings.TRACKING and settings.MLFLOW_URL) and user.has_perm(READ)


def links_for(user: User | AnonymousUser, keys: Iterable[UUID]) -> dict[UUID, str]:
    """By what they are about (a detection, a training, a session); what MLflow was not told of yet has none."""
    if not may_look(user):
        return {}
    told = TrackingRun.objects.filter(pk__in=set(keys)).exclude(mlflow_run="")
    return {key: reverse("tracked", args=[key]) for key in told.values_list("pk", flat=True)}
