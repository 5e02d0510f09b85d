"""Dataset versions as jobs: made, brought back, and copied to and from a remote."""

import errno
from typing import Any

from django.utils.translation import gettext_noop

from ..datasets import remotes
from ..datasets.frame_files import read_annotations
from ..datasets.gathering import CannotSnapshot
from ..datasets.git import GitFailed, GitMissing
from ..datasets.repair import mend
from ..datasets.repository import Repository
from ..datasets.restore import frame_now, labels_now, restore_frame
from ..datasets.snapshot import MESSAGE_CHARACTERS, Wish, make_version
from ..datasets.versions import annotations_of
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
}
VERSION_MISSING = gettext_noop("Files of this version are missing on the server. Nothing was changed.")
GONE_SHOWN = 20
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
        raise failure(run, GIT_FAILED, why=str(error)) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise JobFailed(DISK_FULL) from error
        raise
    run.result |= {"version": version.number, "is_new": version.number not in known}


def start_copy(project: Project, *, user: User | None, pull: bool) -> Job:
    """All versions of the project to the remote, or those of the remote to here."""
    return queue.enqueue(Job.Kind.SYNC_DATA, project=project, user=user, payload={"pull": pull})


def copy(run: JobRun) -> None:
    """Raises JobFailed, Interrupted."""
    project = run.job.project
    if project is None:
        raise JobFailed(CANNOT["project_gone"])
    repository = Repository(project.pk)
    try:
        if run.payload["pull"]:
            with repository.locked(run.check):
                run.say(remotes.pull(repository, run.check))
                mend(repository)
        elif repository.exists:
            run.say(remotes.push(repository, run.check))
    except remotes.CannotCopy as error:
        if error.said:
            run.say(error.said)
        raise JobFailed(CANNOT_COPY[error.code]) from error
    except GitMissing as error:
        raise JobFailed(NO_GIT) from error
    except GitFailed as error:
        run.say(str(error))
        raise JobFailed(CANNOT_COPY["failed"]) from error


def start_restore(version: DatasetVersion, *, user: User) -> Job:
    payload = {"number": version.number, "name": str(version)}
    return queue.enqueue(Job.Kind.RESTORE, project=version.project, user=user, payload=payload)


def restore(run: JobRun) -> None:
    """``result``: how many images were changed, were as they should be already, or are gone, and boxes whose label is
    no longer in use. Taken up again, it passes over what is done. Raises JobFailed, Interrupted."""
    project, user, number = run.job.project, run.job.created_by, run.payload["number"]
    if project is None or user is None:
        raise JobFailed(CANNOT["project_gone"])
    repository = Repository(project.pk)
    try:
        manifest = repository.manifest(number)
        files = annotations_of(repository, manifest.digest)
    except (GitFailed, OSError, ValueError) as error:
        raise JobFailed(VERSION_MISSING) from error
    labels = labels_now(project.pk, manifest.labels)
    counts = {"changed": 0, "same": 0, "gone": 0, "refused": 0}
    gone: list[str] = []
    run.done, run.total = 0, len(files)
    for frame_id, name in sorted(files.items()):
        record = read_annotations(repository.cache.read(name))
        present = frame_now(project.pk, frame_id, record)
        done = restore_frame(record, present, labels, user=user, key=run.job.pk) if present else None
        counts["gone" if done is None else "changed" if done.changed else "same"] += 1
        counts["refused"] += done.refused if done else 0
        if done is None and len(gone) < GONE_SHOWN:
            gone.append(str(record.extra.get("title", record.name)))
        run.result |= {**counts, "gone_names": gone}
        run.advance()


def failure(run: JobRun, template: str, **values: Any) -> JobFailed:
    """A text with values: the pages translate the template and fill it in."""
    run.result["problem"] = {"template": template, "values": values}
    return JobFailed(template % values)


class Progress:
    """Of a version into the row of its job."""

    def __init__(self, run: JobRun) -> None:
        self.run = run

    def expect(self, total: int) -> None:
        self.run.done, self.run.total = 0, total
        self.run.check()

    def did(self, frames: int) -> None:
        self.run.advance(frames)
