"""What the page of data shows of exports and imports."""

from typing import Any, TypedDict

from django.utils.translation import gettext as _

from ..actions.jobs import may_change, message_about
from ..datasets.catalogue import FORMATS
from ..datasets.checking import CheckReport, Row
from ..datasets.problems import loss_text, text_of
from ..jobs import exporting, importing
from ..models import Frame, Job, User
from .job_cards import state_name

ACTIVE = {Job.State.QUEUED, Job.State.RUNNING}


class DataRow(TypedDict):
    """``state_name``, ``message``: in the reader's language. ``losses``: what the format could not hold."""

    job: Job
    title: str
    state_name: str
    is_active: bool
    who: str
    message: str
    done: dict[str, Any]
    losses: list[tuple[str, int]]
    is_ready: bool
    may_cancel: bool
    is_check: bool
    errors: int


def row_of(job: Job, user: User, role: str) -> DataRow:
    is_export = job.kind == Job.Kind.EXPORT
    key = job.payload.get("name", "")
    done = job.result.get("export") or job.result.get("import") or {}
    is_active = job.state in ACTIVE
    return {
        "job": job,
        "title": export_title(job) if is_export and key in FORMATS else key,
        "state_name": state_name(job),
        "is_active": is_active,
        "who": job.created_by.display_name if job.created_by else "",
        "message": message_about(job),
        "done": done,
        "losses": [(loss_text(code), count) for code, count in done.get("loss", {}).items()],
        "is_ready": exporting.is_ready(job) if is_export else importing.can_be_confirmed(job),
        "may_cancel": is_active and not job.cancel_requested and may_change(job, user, role),
        "is_check": job.payload.get("step") == importing.CHECK,
        "errors": job.result.get("check", {}).get("errors", 0),
    }


def export_title(job: Job) -> str:
    title, number = FORMATS[job.payload["name"]].title, exporting.version_of(job)
    return (
        title if number is None else _("%(format)s, version %(number)s") % {"format": title, "number": number}
    )


def problem_rows(report: CheckReport) -> list[dict[str, str]]:
    return [problem_of(row) for row in report["rows"]]


def problem_of(row: Row) -> dict[str, str]:
    return {"file": row["file"], "where": row["where"], "text": text_of(row["code"], row["values"])}


def statuses_of(report: CheckReport) -> list[tuple[str, int]]:
    names = dict(Frame.Status.choices)
    return [
        (str(names.get(Frame.Status(status), status)), count) for status, count in report["statuses"].items()
    ]
