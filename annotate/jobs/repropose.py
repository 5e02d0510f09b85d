"""After a change of the model: images that nobody has touched get proposals of the new one, in the background.

What the old one proposed there goes, as plan.py says; what people did stays. Of the blind sample the new model is asked
too, in silence. The order of the queue follows by itself, as what each frame is expected to teach is scored anew.
"""

from typing import Any

from django.db.models import QuerySet

from ..detection.request import DetectionRefused, Wish, detection_for
from ..models import Detection, Frame, Job, Promotion
from ..signals import detection_asked, model_promoted
from . import queue

AT_WORK = (Job.State.QUEUED, Job.State.RUNNING)


def connect() -> None:
    model_promoted.connect(on_promoted, dispatch_uid="annotate.jobs.repropose")


def on_promoted(promotion: Promotion, **_: Any) -> None:
    """Inside the transaction of the promotion: writes rows, and stops what the old model was asked for."""
    for running in started_by_promotions(promotion.project_id):
        if running.job is not None:
            queue.request_cancel(running.job)
    project = promotion.project
    project.model_version = promotion.model_version
    if not project.frames.filter(status=Frame.Status.TO_ANNOTATE).exists():
        return
    try:
        detection = detection_for(
            project,
            Wish(None, promotion.model_version_id),
            user=promotion.created_by,
            trigger=Detection.Trigger.AUTOMATIC,
        )
    except DetectionRefused:  # back to the default of an installation that has none
        return
    detection.job = queue.enqueue(
        Job.Kind.DETECT_MANY,
        project=project,
        user=promotion.created_by,
        payload={"name": str(detection.model_version)},
    )
    detection.save(force_insert=True)
    detection_asked.send(on_promoted, detection=detection)


def started_by_promotions(project_id: int) -> QuerySet[Detection]:
    return Detection.objects.filter(
        project=project_id,
        trigger=Detection.Trigger.AUTOMATIC,
        scope=Detection.Scope.PROJECT,
        job__state__in=AT_WORK,
    ).select_related("job")
