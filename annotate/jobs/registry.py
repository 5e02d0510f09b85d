"""Which function does which kind of job, and in which lane.

A lane is one thread of a worker. Quick work has its own, so that no long video keeps thumbnails waiting.
Functions are named, not imported: the web process enqueues without loading OpenCV or a model.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

from ..models import Job

if TYPE_CHECKING:
    from .run import JobRun

Handler = Callable[["JobRun"], None]


@dataclass(frozen=True, slots=True)
class Work:
    """``handler``: dotted name of ``f(run: JobRun) -> None``."""

    handler: str
    lane: str = "long"


WORK: dict[str, Work] = {
    Job.Kind.INGEST: Work("annotate.jobs.ingest.ingest"),
    Job.Kind.EXPORT: Work("annotate.jobs.exporting.export"),
    Job.Kind.IMPORT: Work("annotate.jobs.importing.work"),
    Job.Kind.BULK: Work("annotate.jobs.bulk.work"),
    Job.Kind.MERGE: Work("annotate.jobs.merge.work"),
    Job.Kind.SNAPSHOT: Work("annotate.jobs.versions.snapshot", lane="versions"),
    Job.Kind.COMPARE: Work("annotate.jobs.comparing.compare", lane="versions"),
    Job.Kind.RESTORE: Work("annotate.jobs.versions.restore"),
    Job.Kind.SYNC_DATA: Work("annotate.jobs.versions.copy"),
    Job.Kind.THUMBNAIL: Work("annotate.jobs.thumbnail.make_thumbnails", lane="quick"),
    # Somebody waits in front of the picture: never behind a batch.
    Job.Kind.DETECT: Work("annotate.jobs.detecting.detect", lane="detect"),
    Job.Kind.DETECT_MANY: Work("annotate.jobs.detecting.detect", lane="batch"),
    # Hours long, in a process of its own: its lane only watches.
    Job.Kind.TRAIN: Work("annotate.jobs.training.train", lane="train"),
}


def lanes() -> list[str]:
    return sorted({work.lane for work in WORK.values()})


def kinds_of(lane: str) -> list[str]:
    return [kind for kind, work in WORK.items() if work.lane == lane]


def handler_of(kind: str) -> Handler:
    """Raises KeyError for a kind that nobody does, ImportError when its function is missing."""
    found: Handler = import_string(WORK[kind].handler)
    return found
