"""What tells cheaply whether any figure of a project may have changed."""

from django.db.models import Count, Max, Subquery, Sum

from ..models import Frame, StatusChange


def state_of(project: int) -> tuple[object, ...]:
    """Edits and what is said of detections move ``revision``, detections ``detections_revision``, statuses add a
    StatusChange. A renamed label or person shows with the next such change. One query."""
    newest = StatusChange.objects.filter(frame__project=project).order_by("-pk").values("pk")[:1]
    frames = Frame.objects.filter(project=project).order_by()
    facts = frames.aggregate(
        count=Count("pk"),
        newest=Max("pk"),
        edits=Sum("revision"),
        detections=Sum("detections_revision"),
        changes=Max(Subquery(newest)),
    )
    return tuple(facts.values())
