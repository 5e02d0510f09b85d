"""What the pages show of a job."""

from datetime import datetime, timedelta
from typing import Any, TypedDict

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ..actions.jobs import message_about
from ..jobs.ingest import may_retry
from ..media.report import message_of
from ..models import Job

RECENT = timedelta(minutes=15)


class RefusedCard(TypedDict):
    name: str
    message: str


class JobCard(TypedDict):
    """``total``: 0 while unknown. ``rate``: images per second so far, None where it cannot be told.
    ``is_recent``: at work, or ended a little while ago. ``refused`` counts all, ``refusals`` names the first.
    ``message``: why it failed or ended early, in the reader's language."""

    id: str
    kind: str
    state: str
    state_name: str
    name: str
    done: int
    total: int
    rate: float | None
    added: int
    duplicates: int
    refused: int
    left_out: int
    refusals: list[RefusedCard]
    message: str
    is_active: bool
    is_recent: bool
    may_cancel: bool
    may_retry: bool
    change: str
    created_at: str


def card_of(job: Job) -> JobCard:
    now = timezone.now()
    result: dict[str, Any] = job.result
    is_active = job.state in {Job.State.QUEUED, Job.State.RUNNING}
    return {
        "id": str(job.pk),
        "kind": job.kind,
        "state": job.state,
        "state_name": state_name(job),
        "name": job.payload.get("name") or job.get_kind_display(),
        "done": job.done_units,
        "total": job.total_units,
        "rate": rate_of(job, now),
        "added": result.get("added", 0),
        "duplicates": result.get("duplicates", 0),
        "refused": result.get("refused", 0),
        "left_out": result.get("left_out", 0),
        "refusals": [
            {"name": each["name"], "message": message_of(each)} for each in result.get("refusals", [])
        ],
        "message": message_about(job),
        "is_active": is_active,
        "is_recent": is_active or job.finished_at is None or job.finished_at > now - RECENT,
        "may_cancel": is_active and not job.cancel_requested,
        "may_retry": may_retry(job),
        "change": reverse("change_job", args=[job.project_id, job.pk]),
        "created_at": job.created_at.isoformat(),
    }


def state_name(job: Job) -> str:
    is_active = job.state in {Job.State.QUEUED, Job.State.RUNNING}
    return _("Stopping") if is_active and job.cancel_requested else job.get_state_display()


def rate_of(job: Job, now: datetime) -> float | None:
    """Units per second. Of a job that was taken up again: since then, by what JobRun wrote of its beginning."""
    if job.state != Job.State.RUNNING or job.started_at is None:
        return None
    begun, before = job.started_at, 0
    taken_up = job.payload.get("taken_up", {})
    if taken_up.get("attempt") == job.attempts:
        begun, before = datetime.fromisoformat(taken_up["at"]), taken_up["done"]
    elif job.attempts != 1:  # who has it now has written nothing yet
        return None
    seconds, units = (now - begun).total_seconds(), job.done_units - before
    return round(units / seconds, 2) if units > 0 and seconds >= 1 else None
