"""Queueing detections, and telling how far they are. The work itself is in ``detecting``, which loads models."""

from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..detection.request import DetectionRefused, Wish, detection_for
from ..models import Detection, Frame, Job, Project, User
from ..signals import detection_asked, detection_finished
from . import queue

INTERACTIVE_PRIORITY = 10
AT_WORK = (Job.State.QUEUED, Job.State.RUNNING)


def start_detection(project: Project, wish: Wish, *, user: User | None, trigger: str) -> Detection:
    """Queues a detection, or gives the one that already does exactly this. Raises DetectionRefused."""
    detection = detection_for(project, wish, user=user, trigger=trigger)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).filter(pk=project.pk).first()
        running = same_at_work(detection)
        if running is not None:
            return running
        if (
            detection.scope == Detection.Scope.PROJECT
            and at_work(project).filter(scope=detection.scope).exists()
        ):
            raise DetectionRefused(
                "busy",
                _("A detection of the whole project is already running. Wait for it or cancel it first."),
            )
        is_quick = detection.scope == Detection.Scope.FRAME
        detection.job = queue.enqueue(
            Job.Kind.DETECT if is_quick else Job.Kind.DETECT_MANY,
            project=project,
            user=user,
            payload={"name": str(detection.model_version)},
            priority=INTERACTIVE_PRIORITY if is_quick else 0,
        )
        detection.save(force_insert=True)
        detection_asked.send(start_detection, detection=detection)
    return detection


def at_work(project: Project) -> Any:
    return Detection.objects.filter(project=project, job__state__in=AT_WORK)


def same_at_work(detection: Detection) -> Detection | None:
    """A second press of the button waits for the first."""
    names = ("scope", "frame_ids", "model_version_id", "prompts", "confidence", "iou", "image_size")
    candidates = at_work(detection.project).filter(scope=detection.scope).select_related("job")
    return next(
        (one for one in candidates if all(getattr(one, name) == getattr(detection, name) for name in names)),
        None,
    )


def frames_wanted(detection: Detection) -> QuerySet[Frame]:
    """The frames that this detection looks at, in order. One of the whole project leaves out what is complete; one that
    nobody asked for leaves alone what a person has begun, and begins with what the queue gives out next."""
    frames = Frame.objects.filter(project=detection.project_id).order_by("pk")
    if detection.scope != Detection.Scope.PROJECT:
        frames = frames.filter(pk__in=detection.frame_ids)
    elif detection.trigger == Detection.Trigger.AUTOMATIC:
        frames = frames.filter(status=Frame.Status.TO_ANNOTATE).order_by(
            F("score").desc(nulls_last=True), "pk"
        )
    else:
        frames = frames.exclude(status__in=Frame.DONE)
    return frames


def frames_left(detection: Detection) -> tuple[list[int], int]:
    """Ids of the frames that this detection has not done, in order, and how many it is about in all."""
    frames = frames_wanted(detection)
    done = detection.frames.count()
    left = list(frames.exclude(detections__detection=detection).values_list("pk", flat=True))
    return left, done + len(left)


def cancel(detection: Detection) -> None:
    if detection.job is not None:
        queue.request_cancel(detection.job)


def finish(detection: Detection) -> None:
    """Once; a detection that was taken up again after its end stays as it is."""
    with transaction.atomic():
        detection.finished_at = timezone.now()
        unfinished = Detection.objects.filter(pk=detection.pk, finished_at=None)
        if unfinished.update(finished_at=detection.finished_at):
            detection_finished.send(finish, detection=detection)
