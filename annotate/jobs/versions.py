"""Dataset versions as jobs: made, brought back, and copied to and from a remote."""

import os

from django.db import transaction
from django.utils.translation import gettext_noop

from ..datasets import remotes
from ..datasets.cache import ImageGone
from ..datasets.frame_files import read_annotations
from ..datasets.gathering import CannotSnapshot
from ..datasets.git import GitFailed, GitMissing
from ..datasets.repair import mend
from ..datasets.repository import Repository
from ..datasets.restore import frame_now, labels_now, restore_frame
from ..datasets.snapshot import MESSAGE_CHARACTERS, Wish, make_version
from ..datasets.versions import annotations_of
from ..media.ingest import DISK_FULL as FULL
from ..models import DatasetVersion, Job, Project, User
from . import queue
from .run import JobFailed, JobRun

NO_GIT = gettext_noop(
    "There is no git on the server, which keeps the versions. Nothing was changed. Install git, then try again."
)
GIT_FAILED = gettext_noop("git could not keep the version: %(why)s. Nothing was changed. Try again.")
DISK_FULL = gettext_noop(
    "The disk of the server is full. No version was made and nothing was lost. Make room first."
)
CANNOT = {
    "no_frames": gettext_noop("No image is finished yet, so there is nothing to keep. Nothing was changed."),
    "images_missing": gettext_noop("Images of this project are missing on the server. No version was made."),
    "project_gone": gettext_noop("The project was deleted meanwhile."),
    "account_gone": gettext_noop(
        "The account in whose name this was to be done was deleted meanwhile. What was done before is kept; ask again."
    ),
}
VERSION_MISSING = gettext_noop(
    "Files of this version are missing on the server. Nothing was changed. Fetch the versions from the remote, then "
    "restore it again."
)
BROKE_OFF = gettext_noop(
    "A file of this version cannot be read; the log says which. Images before it have been restored, the others are "
    "as they were, and nothing was lost. An administrator can bring the file back from the remote or a backup, then "
    "restore the version again."
)
GONE_SHOWN = 20
AT_WORK = (Job.State.QUEUED, Job.State.RUNNING)
CANNOT_COPY = {
    "no_remote": gettext_noop("No remote is set up. An administrator sets HITL_DVC_REMOTE."),
    "no_dvc": gettext_noop(
        "DVC is not installed on the server, so nothing can be copied. The versions are safe here."
    ),
    "nothing_there": gettext_noop("The remote has no versions of this project."),
    "failed": gettext_noop(
        "Copying did not work; the log says why. The versions here are as they were. Try again."
    ),
    "too_long": gettext_noop(
        "Copying took too long and was stopped. What was copied stays; try again to go on."
    ),
    "disk_full": gettext_noop(
        "The disk is full, of the server or of the remote. Nothing was lost, and what was copied stays. Make room, "
        "then try again to go on."
    ),
}


def start_snapshot(project: Project, *, user: User | None, message: str = "") -> Job:
    """Queues it; versions of one project are made one after the other."""
    payload = {"message": message[:MESSAGE_CHARACTERS], "name": message[:80]}
    return queue.enqueue(Job.Kind.SNAPSHOT, project=project, user=user, payload=payload)


def snapshot(run: JobRun) -> None:
    """``result``: the number of the version, and whether it is new or nothing had changed. Raises JobFailed."""
    project = run.job.project
    if project is None:
        raise JobFailed(CANNOT["project_gone"])
    wish = Wish(message=run.payload["message"], key=f"job:{run.job.pk}")
    known = set(DatasetVersion.objects.filter(project=project).values_list("number", flat=True))
    try:
        version = make_version(project, user=run.job.created_by, wish=wish, steps=Progress(run))
    except CannotSnapshot as error:
        raise JobFailed(CANNOT[error.code]) from error
    except GitMissing as error:
        raise JobFailed(NO_GIT) from error
    except GitFailed as error:
        raise JobFailed(GIT_FAILED, why=str(error)) from error
    except OSError as error:
        if error.errno in FULL:
            raise JobFailed(DISK_FULL) from error
        raise
    run.result |= {"version": version.number, "is_new": version.number not in known}


def start_copy(project: Project, *, user: User | None, pull: bool) -> tuple[Job, bool]:
    """All versions of the project to the remote, or those of the remote to here: the job, and whether it is a new one;
    else the same is under way already."""
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        copies = Job.objects.filter(project=project, kind=Job.Kind.SYNC_DATA, state__in=AT_WORK)
        known = copies.filter(payload__pull=pull, cancel_requested=False).order_by("created_at", "pk").first()
        if known is not None:
            return known, False
        job = queue.enqueue(Job.Kind.SYNC_DATA, project=project, user=user, payload={"pull": pull})
        return job, True


def copy(run: JobRun) -> None:
    """Waits while another copy of the project goes on. Raises JobFailed, Interrupted."""
    project = run.job.project
    if project is None:
        raise JobFailed(CANNOT["project_gone"])
    repository = Repository(project.pk)
    try:
        with repository.copying(run.check):
            if run.payload["pull"]:
                with repository.locked(run.check):
                    run.quote(remotes.pull(repository, run.check))
                    mend(repository)
            elif repository.exists:
                run.quote(remotes.push(repository, run.check))
    except remotes.CannotCopy as error:
        raise copy_failed(run, error.code, error.said) from error
    except GitMissing as error:
        raise JobFailed(NO_GIT) from error
    except OSError as error:
        raise copy_failed(run, "disk_full" if error.errno in FULL else "failed", str(error)) from error
    except (GitFailed, ImageGone, ValueError) as error:
        raise copy_failed(run, "failed", str(error)) from error


def copy_failed(run: JobRun, code: str, said: str) -> JobFailed:
    """``said``: by a program, or the system; goes into the log."""
    if said:
        run.quote(said)
    no_room = code == "failed" and any(os.strerror(number) in said for number in FULL)
    return JobFailed(CANNOT_COPY["disk_full" if no_room else code])


def start_restore(version: DatasetVersion, *, user: User) -> Job:
    payload = {"number": version.number, "name": str(version)}
    return queue.enqueue(Job.Kind.RESTORE, project=version.project, user=user, payload=payload)


def restore(run: JobRun) -> None:
    """``result``: how many images were changed, were as they should be already, or are gone, and boxes whose label is
    no longer in use. Taken up again, it passes over what is done. Raises JobFailed, Interrupted."""
    project, user, number = run.job.project, run.job.created_by, run.payload["number"]
    if project is None or user is None:
        raise JobFailed(CANNOT["project_gone" if project is None else "account_gone"])
    repository = Repository(project.pk)
    try:
        manifest = repository.manifest(number)
        files = annotations_of(repository, manifest.digest)
    except (GitFailed, OSError, ValueError) as error:
        raise JobFailed(VERSION_MISSING) from error
    if not all(repository.cache.has(name) for name in files.values()):
        raise JobFailed(VERSION_MISSING)
    labels = labels_now(project.pk, manifest.labels)
    counts = {"changed": 0, "same": 0, "gone": 0, "refused": 0}
    gone: list[str] = []
    run.done, run.total = 0, len(files)
    for frame_id, name in sorted(files.items()):
        try:
            record = read_annotations(repository.cache.read(name))
        except (OSError, ValueError) as error:
            run.quote(f"{name}: {error}")
            raise JobFailed(BROKE_OFF) from error
        present = frame_now(project.pk, frame_id, record)
        done = restore_frame(record, present, labels, user=user, key=run.job.pk) if present else None
        counts["gone" if done is None else "changed" if done.changed else "same"] += 1
        counts["refused"] += done.refused if done else 0
        if done is None and len(gone) < GONE_SHOWN:
            gone.append(str(record.extra.get("title", record.name)))
        run.result |= {**counts, "gone_names": gone}
        run.advance()


class Progress:
    """Of a version into the row of its job."""

    def __init__(self, run: JobRun) -> None:
        self.run = run

    def expect(self, total: int) -> None:
        self.run.done, self.run.total = 0, total
        self.run.check()

    def did(self, frames: int) -> None:
        self.run.advance(frames)
