"""The jobs of a project: which ones people see, what they are told of them, and who may stop or repeat them."""

from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext as _

from ..access import Role, at_least
from ..jobs import importing, ingest, queue, train
from ..jobs.said import words_of
from ..media.report import message_of
from ..models import Job, Project, User


def jobs_of(project: Project) -> QuerySet[Job]:
    """Those at work first, then the latest. Thumbnails are nobody's business."""
    active = Case(When(state__in=[Job.State.QUEUED, Job.State.RUNNING], then=Value(0)), default=Value(1))
    return project.jobs.exclude(kind=Job.Kind.THUMBNAIL).order_by(active, "-created_at", "pk")


def may_change(job: Job, user: User, role: str) -> bool:
    """Managers may steer every job, others what they started themselves, as far as their role still allows it."""
    own = job.created_by_id == user.pk and job.kind != Job.Kind.INGEST
    return at_least(role, Role.MANAGER) or (own and at_least(role, Role.ANNOTATOR))


def cancel(job: Job) -> None:
    """Asks it to stop; one that waited is over at once. What it was to work on goes with it."""
    if job.kind == Job.Kind.INGEST:
        ingest.cancel(job)
    elif job.kind == Job.Kind.IMPORT:
        importing.cancel(job)
    else:
        queue.request_cancel(job)


def may_retry(job: Job) -> bool:
    if job.kind == Job.Kind.INGEST:
        return ingest.may_retry(job)
    if job.kind == Job.Kind.TRAIN:
        return train.may_retry(job)
    return job.state == Job.State.FAILED


def retry(job: Job) -> bool:
    if job.kind == Job.Kind.TRAIN:
        return train.retry(job)
    return ingest.retry(job) if job.kind == Job.Kind.INGEST else queue.requeue_failed(job)


def message_about(job: Job) -> str:
    refusal = job.result.get("refusal")
    if refusal:
        return message_of({"name": "", "code": refusal["code"], "values": refusal["values"]})
    problem = job.result.get("problem")
    if problem:
        return words_of(problem)
    if job.result.get("stopped_at_limit"):
        return _("The video goes on, but the limit of images from one video is reached.")
    return _(job.error) if job.error else ""
