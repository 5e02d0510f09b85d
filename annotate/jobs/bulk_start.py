"""What changes of many rows have in common: when one is refused, and how it becomes a job."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ..models import Job, Project, User
from . import queue

ACCOUNT_GONE = gettext_noop("The account that asked for this is gone. Nothing more was changed.")


class BulkRefused(Exception):
    """Nothing was started. The text is for the person; ``code`` for programs."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def check_preview(now: str, *, seen: str, count: int) -> None:
    """``now``: digest of a fresh preview, ``seen``: of the one that the person saw; ``count``: of what would change.
    Raises BulkRefused."""
    if now != seen:
        text = _(
            "Somebody changed these images meanwhile. Nothing was changed; look at the preview once more."
        )
        raise BulkRefused("changed", text)
    if not count:
        raise BulkRefused("nothing", _("There is nothing to change."))


def enqueue(payload: dict[str, Any], user: User, projects: Collection[int]) -> Job:
    """The page of jobs of a project shows what is its own; what is about several stands in the admin alone."""
    project = Project.objects.filter(pk__in=projects).first() if len(projects) == 1 else None
    return queue.enqueue(Job.Kind.BULK, project=project, user=user, payload=payload)
