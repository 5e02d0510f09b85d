"""Taking a detection back as a job: frame by frame, with progress, and a count of what people have judged by then."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from ..detection.take_back import take_back_on
from ..models import Detection, DetectionFrame, Job, User
from ..queue.scores import score_frames
from .bulk_start import ACCOUNT_GONE, BulkRefused, enqueue
from .run import JobFailed, JobRun

KINDS = (Job.Kind.DETECT, Job.Kind.DETECT_MANY)
SCORED_TOGETHER = 50


def start_take_back(job: Job, user: User) -> Job:
    """``job``: of the detection; who may is decided by the caller. Raises BulkRefused."""
    detection = Detection.objects.filter(job=job).first()
    if job.state in (Job.State.QUEUED, Job.State.RUNNING):
        raise BulkRefused("busy", _("It is still running. Cancel it, or wait until it is done."))
    if detection is None or not changed_by(detection).exists():
        raise BulkRefused("nothing", _("There is nothing to change."))
    payload: dict[str, Any] = {
        "action": "detect",
        "detection": str(detection.pk),
        "undoes": str(job.pk),
        "name": str(detection.model_version),
    }
    return enqueue(payload, user, [detection.project_id])


def changed_by(detection: Detection) -> QuerySet[DetectionFrame]:
    return DetectionFrame.objects.filter(Q(proposed__gt=0) | Q(replaced__gt=0), detection=detection)


def work(run: JobRun) -> None:
    """Taken up again it goes through all frames once more: what is done already changes nothing."""
    user = run.job.created_by_id
    if user is None:
        raise JobFailed(ACCOUNT_GONE)
    detection = Detection.objects.filter(pk=UUID(run.payload["detection"])).first()
    if detection is None:  # the project was deleted while the job waited
        return
    frames = list(changed_by(detection).order_by("pk").values_list("frame_id", flat=True))
    run.total, run.done = len(frames), 0
    counts: Counter[str] = Counter()
    unscored: list[int] = []
    for frame in frames:
        counts += take_back_on(detection.pk, frame, user_id=user)
        run.result = {"counts": dict(counts)}
        unscored.append(frame)
        if len(unscored) >= SCORED_TOGETHER:
            score_frames(unscored)
            unscored.clear()
        run.advance()
    score_frames(unscored)
