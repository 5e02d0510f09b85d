"""A project whose people label copies of it: who draws what in which copy."""

import threading
from dataclasses import dataclass
from uuid import uuid4

import pytest

from annotate.agreement.copies import ask, copies_of
from annotate.frames import set_status
from annotate.jobs import merge
from annotate.jobs.run import JobRun
from annotate.models import Box, Frame, Job, Project, User
from tests.sync.world import Author, World, make_world

PLACES = {"left": (10.0, 20.0, 110.0, 90.0), "right": (400.0, 300.0, 520.0, 420.0)}
CAR, BUS = ("car", "left"), ("bus", "right")


@dataclass
class Desk:
    world: World

    @property
    def project(self) -> Project:
        return self.world.project

    def person(self, who: str) -> User:
        return self.world.people[who]

    def ask(self, *people: str, frames: int = 1) -> list[Frame]:
        """Asks them for new frames; the originals."""
        originals = [self.world.frame(index=place) for place in range(frames)]
        ask(
            self.project,
            [self.person(who) for who in people],
            [one.pk for one in originals],
            self.person("owner"),
        )
        return originals

    def dispute(self) -> list[Frame]:
        """Of two images that two people have finished they agree on the second: on the first only one saw a bus."""
        first, second = self.ask("annotator", "second", frames=2)
        for frame in (first, second):
            self.draw("annotator", frame, CAR)
        self.draw("second", first, CAR, BUS)
        self.draw("second", second, CAR)
        return [first, second]

    def copy(self, who: str) -> Project:
        [found] = [copy.project for copy in copies_of(self.project) if copy.person == self.person(who)]
        return found

    def frame(self, who: str, original: Frame) -> Frame:
        return self.copy(who).frames.get(original_md5=original.original_md5)

    def draw(
        self, who: str, original: Frame, *things: tuple[str, str], shift: float = 0, done: bool = True
    ) -> None:
        """``things``: pairs of a label and a place."""
        frame = self.frame(who, original)
        labels = dict(self.copy(who).labels.values_list("name", "pk"))
        for label, place in things:
            x1, y1, x2, y2 = PLACES[place]
            author = Author(frame, self.person(who), labels[label], uuid4())
            author.draw(x1=x1 + shift, y1=y1, x2=x2 + shift, y2=y2)
        if done:
            set_status(frame.pk, Frame.Status.COMPLETE, self.person(who))

    def run(self, job: Job) -> dict[str, int]:
        attempt = JobRun(job, threading.Event())
        attempt.check = lambda: None  # type: ignore[method-assign]  # nobody holds a lease here
        merge.work(attempt)
        Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, result=attempt.result)
        job.refresh_from_db()
        counts: dict[str, int] = attempt.result["counts"]
        return counts

    def boxes(self, frame: Frame) -> set[tuple[str, float]]:
        """Label and left edge of what is there."""
        rows = Box.objects.filter(frame=frame, deleted_revision__isnull=True)
        return set(rows.values_list("label__name", "x1"))

    def status(self, frame: Frame) -> str:
        return Frame.objects.get(pk=frame.pk).status


@pytest.fixture
def desk(db: None) -> Desk:
    world = make_world()
    Project.objects.filter(pk=world.project.pk).update(review="consensus")
    world.project.refresh_from_db()
    return Desk(world)
