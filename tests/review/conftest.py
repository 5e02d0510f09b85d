"""A project with review, and a frame that its annotator has labelled."""

from dataclasses import dataclass
from uuid import uuid4

import pytest

from annotate.comments import Pin
from annotate.frames import set_status
from annotate.models import Frame, Project, Review, User
from annotate.review.deciding import Reason, decide
from tests.sync.world import World, make_world


@dataclass
class Desk:
    world: World

    def person(self, who: str) -> User:
        return self.world.people[who]

    def labelled(self, who: str = "annotator", *, boxes: int = 1) -> Frame:
        """A frame on which ``who`` drew, and which they declared complete."""
        frame = self.world.frame()
        self.label(frame, who, boxes=boxes)
        return frame

    def label(self, frame: Frame, who: str = "annotator", *, boxes: int = 1) -> None:
        author = self.world.author(frame, who)
        for _ in range(boxes):
            author.draw()
        set_status(frame.pk, Frame.Status.COMPLETE, self.person(who))
        frame.refresh_from_db()

    def decide(
        self,
        frame: Frame,
        verdict: str = "approved",
        *,
        who: str = "reviewer",
        reason: str = "",
        revision: int | None = None,
        pin: Pin | None = None,
    ) -> Review:
        seen = Frame.objects.get(pk=frame.pk).revision if revision is None else revision
        why = Reason(uuid4(), reason, pin or Pin()) if reason else None
        return decide(frame.pk, self.person(who), Review.Verdict(verdict), revision=seen, reason=why)

    def status_of(self, frame: Frame) -> str:
        return Frame.objects.get(pk=frame.pk).status


@pytest.fixture
def desk(db: None) -> Desk:
    world = make_world()
    world.project.review = Project.ReviewMode.ONE
    world.project.save()
    return Desk(world)
