"""Making a dataset version: the labelled data of one moment, as a commit and a tag of the project's repository.

In this order, so that a crash at any point leaves something that repair.py finishes or forgets:

    the files of changed frames and the listings, on disk in store and cache
    the commit and, last, its tag
    the row, with what is told in its transaction
    the folder as people see it, and the state for the next version
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import DatabaseError
from django.utils import timezone

from ..models import DatasetVersion, Frame, Project, User
from . import marks
from .cache import ImageGone, Incoming
from .gathering import Before, CannotSnapshot, Draft, Steps, gather
from .git import GitFailed
from .manifest import MANIFEST, Manifest, ProjectName, manifest_file
from .moment import one_moment
from .repair import settle
from .repository import Repository
from .rows import store_row
from .state import Frames, StateLost

logger = logging.getLogger(__name__)

MESSAGE_CHARACTERS = 500
MOMENTS = 5
"""How often it is begun anew because an image was deleted while it was being read."""


class NoSteps:
    """Nobody watches."""

    def expect(self, total: int) -> None:
        pass

    def did(self, frames: int) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Wish:
    """``statuses``: frames with one of them go in; empty: those that are finished in this project. ``key``: the same
    wish carried out again finds its version. ``again``: also where nothing has changed since the newest version;
    otherwise that one is the answer."""

    message: str = ""
    statuses: tuple[str, ...] = ()
    key: str = ""
    again: bool = False


def finished(project: Project) -> tuple[str, ...]:
    """Approved where somebody reviews, else also complete."""
    if project.review != Project.ReviewMode.NONE:
        return (Frame.Status.APPROVED.value,)
    return tuple(status.value for status in Frame.DONE)


def make_version(
    project: Project, *, user: User | None = None, wish: Wish | None = None, steps: Steps | None = None
) -> DatasetVersion:
    """The new version, or one that there is already (see Wish). Waits while another one of the project is made.

    Raises CannotSnapshot, GitMissing, GitFailed, OSError (a full disk), and what ``steps`` raises: nothing is left
    of it then.
    """
    watching = steps or NoSteps()
    repository = Repository(project.pk)
    with repository.locked(lambda: watching.did(0)):
        if not Project.objects.filter(pk=project.pk).exists():
            raise CannotSnapshot("project_gone")
        repository.ensure()
        tags = settle(repository)
        return _Snapshot(project, user, wish or Wish(), watching, repository, tags).make()


class _Snapshot:
    """The work of one version, under the lock of its repository."""

    def __init__(
        self,
        project: Project,
        user: User | None,
        wish: Wish,
        steps: Steps,
        repository: Repository,
        tags: Mapping[int, str],
    ) -> None:
        self.project, self.user, self.wish, self.steps = project, user, wish, steps
        self.statuses = wish.statuses or finished(project)
        self.repository = repository
        self.now: datetime = timezone.now()
        self.last = max(tags, default=0)
        self.parent = tags.get(self.last)

    def make(self) -> DatasetVersion:
        newest = self.newest()
        if newest and self.wish.key and newest.key == self.wish.key:
            return self.known()
        incoming = Incoming(self.repository.cache, self.repository.temporary / "incoming")
        try:
            draft = self.gather(incoming)
            manifest = self.manifest(draft)
            if newest and not self.wish.again and manifest.is_same_data(newest):
                incoming.close()
                return self.known()
            incoming.publish()
        except BaseException:
            incoming.withdraw()
            raise
        return self.store(draft, manifest, incoming)

    def newest(self) -> Manifest | None:
        return self.repository.manifest(self.last) if self.last else None

    def known(self) -> DatasetVersion:
        return DatasetVersion.objects.get(project=self.project, number=self.last)

    def gather(self, incoming: Incoming) -> Draft:
        """Begun anew where an image went while we were reading, and from nothing where what helps is damaged."""
        before = self.before()
        for _attempt in range(MOMENTS):
            try:
                with one_moment() as alias:
                    return gather(
                        self.project,
                        alias,
                        self.statuses,
                        before=before,
                        cache=self.repository.cache,
                        incoming=incoming,
                        steps=self.steps,
                    )
            except ImageGone:
                continue
            except StateLost as lost:
                logger.warning("project %d: %s is gone; every image is read anew", self.project.pk, lost)
                before = None
        raise CannotSnapshot("images_missing")

    def before(self) -> Before | None:
        state = self.frames.state(self.parent)
        return Before(self.repository, self.last, state) if state else None

    def manifest(self, draft: Draft) -> Manifest:
        counts = draft.state.tally.counts(draft.moment.labels)
        return Manifest(
            project=ProjectName(self.project.pk, self.project.name),
            number=self.last + 1,
            message=self.wish.message,
            created_at=self.now.isoformat(),
            created_by=self.user.username if self.user else "",
            key=self.wish.key,
            labels=draft.moment.labels,
            counts=counts,
            filters={"statuses": list(self.statuses)},
            digest=draft.digest,
            splits={split: pair["frames"] for split, pair in counts["splits"].items()},
        )

    def store(self, draft: Draft, manifest: Manifest, incoming: Incoming) -> DatasetVersion:
        """Commit, row, and what is only a help."""
        files = {**draft.files, MANIFEST: manifest_file(manifest)}
        said = f"{manifest.message or f'Version {manifest.number}'}\n"
        seconds = int(self.now.timestamp())
        try:
            commit = self.repository.commit(
                manifest.number, files, said, kept=draft.kept, at=seconds, parent=self.parent
            )
            version = store_row(self.project.pk, manifest, commit)
        except BaseException:
            if self.was_forgotten(manifest.number):
                incoming.withdraw()
            raise
        self.repository.show(manifest.number)
        self.remember(draft, commit)
        self.settle(draft, commit)
        return version

    def was_forgotten(self, number: int) -> bool:
        """Takes the tag back. Where that fails, or nobody can say whether there is a row, the next repair knows."""
        try:
            if DatasetVersion.objects.filter(project=self.project.pk, number=number).exists():
                return False
            self.repository.forget(number)
        except (DatabaseError, GitFailed, OSError):
            return False
        return True

    def remember(self, draft: Draft, commit: str) -> None:
        self.frames.write(msgspec.structs.replace(draft.state, commit=commit), draft.parts)

    def settle(self, draft: Draft, commit: str) -> None:
        """What the version has as it is needs no mark. Where that fails, the next one looks at it in vain."""
        facts = {number: part.facts for number, part in draft.state.parts.items()}
        try:
            marks.settle(self.project.pk, commit, self.statuses, facts)
        except DatabaseError as error:
            logger.warning("project %d: marks of version %d stay: %s", self.project.pk, self.last + 1, error)

    @property
    def frames(self) -> Frames:
        return Frames(self.repository.temporary)
