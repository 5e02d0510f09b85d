"""Data sets come in, to be checked by a job, and exports go out. Who may is decided by whoever calls."""

from uuid import UUID

from django.db import transaction
from django.http import HttpResponseBase
from django.utils.text import slugify

from ..access import Role, check_role
from ..datasets.workplace import Workplace
from ..jobs.exporting import is_ready, path_of, version_of
from ..jobs.importing import queue_check
from ..media.connection import let_go
from ..models import Job, Project, User
from .files import POLICY, StoredFile
from .incoming import IncomingFile
from .projects import check_may_create


def receive(project: Project, user: User, file: IncomingFile, format_key: str = "") -> Job:
    """Queues the check; after the answer it survives a crash. ``format_key``: "" finds the format out.

    Managers only, asked again where it is committed. Raises Http404, Refused (access), OSError of the disk.
    """
    let_go()  # a long file may have to be copied
    place = Workplace.new()
    try:
        file.keep(place.upload)
        with transaction.atomic():
            check_role(user, project, Role.MANAGER)
            return queue_check(project, user=user, place=place, name=file.name, format_key=format_key)
    except BaseException:
        place.remove()
        raise


def receive_new(user: User, file: IncomingFile, name: str, format_key: str = "") -> Job:
    """As ``receive``, for a project of the name that only the import makes: refused or given up, there is none.

    For whoever may make projects, asked again where it is committed. Raises Refused (access), OSError of the disk.
    """
    let_go()
    place = Workplace.new()
    try:
        file.keep(place.upload)
        with transaction.atomic():
            check_may_create(user)
            return queue_check(None, user=user, place=place, name=file.name, format_key=format_key, new=name)
    except BaseException:
        place.remove()
        raise


def archive_of(project: Project, job_id: UUID) -> HttpResponseBase | None:
    """The archive of a finished export, None where there is none (any more). Never kept by anything on the way, and
    never opened as a page."""
    job = project.jobs.filter(pk=job_id, kind=Job.Kind.EXPORT).first()
    if job is None or not is_ready(job):
        return None
    try:
        file = path_of(job).open("rb")
    except FileNotFoundError:
        return None
    response = StoredFile(file, "application/zip")
    number = version_of(job)
    moment = f"{job.created_at:%Y%m%d-%H%M}" if number is None else f"v{number}"
    name = f"{slugify(project.name) or 'project'}-{job.payload['name']}-{moment}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    let_go()  # sending may take as long as the reader likes
    return response
