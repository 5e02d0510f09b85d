"""Links from cards to MLflow; and whether it can be looked at now."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from ..models import AnnotationSession, Frame, Operation, StatusChange, TrackingRelay, User
from ..tracking.links import links_for, may_look

VISITS_SHOWN = 10


def with_runs(cards: Iterable[dict[str, Any]], user: User) -> list[dict[str, Any]]:
    """Cards of detections with ``run``, the way to their run in MLflow; empty where there is none for this person."""
    found = list(cards)
    links = links_for(user, [UUID(one["id"]) for one in found])
    return [{**one, "run": links.get(UUID(one["id"]), "")} for one in found]


def visits_to(frame: Frame, reader: User) -> list[dict[str, str]]:
    """The newest visits in which people worked on a frame, with the way to their runs, for who may look there; nobody
    else is told of them. ``at``: when the visit began."""
    if not may_look(reader):
        return []
    there = [
        Operation.objects.filter(frame=frame.pk, user__isnull=False, origin__in=Operation.BY_HAND),
        StatusChange.objects.filter(frame=frame.pk, user__isnull=False, is_import=False),
    ]
    people = {user for rows in there for user in rows.order_by().values_list("user", flat=True).distinct()}
    span = (OuterRef("started_at"), OuterRef("last_at"))
    edits, changes = (Exists(rows.filter(user=OuterRef("user"), created_at__range=span)) for rows in there)
    visits = AnnotationSession.objects.filter(edits | changes, project=frame.project_id, user__in=people)
    found = list(visits.select_related("user")[:VISITS_SHOWN])
    runs = links_for(reader, [one.pk for one in found])
    return [
        {"by": one.user.display_name, "at": one.started_at.isoformat(), "run": runs[one.pk]}
        for one in found
        if one.user is not None and one.pk in runs
    ]


def is_away(user: User | AnonymousUser) -> bool:
    """Whether MLflow did not answer the relay the last time; of no interest to those who may not look there."""
    return may_look(user) and TrackingRelay.objects.filter(failures__gt=0).exists()


def mlflow_state(request: HttpRequest) -> dict[str, Any]:
    """For templates: ``mlflow_away``. Only where a page looks at it is anybody asked."""
    return {"mlflow_away": SimpleLazyObject(lambda: is_away(request.user))}
