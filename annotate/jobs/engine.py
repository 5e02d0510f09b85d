"""Who is told that a job waits: the worker on this machine (embedded), or Celery. Only the id travels; the row is
the truth, and a message that is lost or comes twice changes nothing."""

import logging
from functools import partial

from django.conf import settings
from django.db import transaction

from .. import doorbell
from ..models import Job
from .registry import WORK

logger = logging.getLogger(__name__)


def announce_later(job: Job) -> None:
    """After the commit of the transaction that made the job."""
    transaction.on_commit(partial(announce, job))


def announce(job: Job) -> None:
    """Never fails: workers also look for themselves."""
    lane = WORK[job.kind].lane
    if settings.JOB_ENGINE == "celery":
        from .celery_app import send

        send(str(job.pk), lane)
    else:
        doorbell.ring(settings.DATA_DIR, doorbell.JOBS, lane)
