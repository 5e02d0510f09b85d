"""What migrations make of rows of older versions: on the tables as they are now, with rows as they were then."""

from importlib import import_module
from uuid import uuid4

import pytest
from django.apps import apps

from annotate.models import Box, Comment, Frame, Project, Promotion, StatusChange, Training
from tests.agreement.conftest import CAR, Desk, desk

__all__ = ["desk"]


def migrated(name: str, step: str) -> None:
    getattr(import_module(f"annotate.migrations.{name}"), step)(apps, None)


class TestMerges:
    def merged_before(self, desk: Desk, status: str, *, by: str | None = None, people: int = 2) -> Frame:
        """As a merge of an older version left it, or (``by``) a person."""
        [frame] = desk.ask(*("annotator", "second", "owner")[:people])
        for who in ("annotator", "second", "owner")[:people]:
            desk.draw(who, frame, CAR)
        user = desk.person(by) if by else None
        for before, after in (("to_annotate", "complete"), ("complete", status)):
            StatusChange.objects.create(frame=frame, user=user, before=before, after=after, revision=0)
        Frame.objects.filter(pk=frame.pk).update(status=status)
        return frame

    def test_what_was_merged_says_of_how_many_people(self, desk: Desk) -> None:
        done, three = self.merged_before(desk, "approved"), self.merged_before(desk, "returned", people=3)
        by_hand, alone = (
            self.merged_before(desk, "complete", by="owner"),
            self.merged_before(desk, "complete", people=1),
        )
        taken_back, reopened = (
            self.merged_before(desk, "in_progress"),
            self.merged_before(desk, "in_progress"),
        )
        desk.world.author(reopened, "owner").draw()
        elsewhere = desk.world.frame(status="complete")
        StatusChange.objects.create(frame=elsewhere, before="to_annotate", after="complete", revision=0)
        migrated("0017_people_per_image", "carry_over")
        found = dict(Frame.objects.filter(project=desk.project).values_list("pk", "merged_from"))
        assert found == {
            **{done.pk: 2, three.pk: 3, reopened.pk: 2},
            **dict.fromkeys((by_hand.pk, alone.pk, taken_back.pk, elsewhere.pk), 0),
        }
        assert not Frame.objects.filter(project__copy_of=desk.project, merged_from__gt=0).exists()
        assert Box.objects.filter(frame=reopened).count() == 1

    def test_what_is_complete_then_can_still_be_approved(self, desk: Desk) -> None:
        other = Project.objects.create(name="Other", review="one")
        migrated("0017_people_per_image", "carry_over")
        desk.project.refresh_from_db()
        other.refresh_from_db()
        assert desk.project.consensus_since is not None and other.consensus_since is None


@pytest.mark.parametrize(
    ("text", "is_marked"),
    [
        ("People disagree here. Ada: car · Linus: nothing", True),
        ("Désaccord à cet endroit. Ada : voiture", True),
        ("Do people disagree here?", False),
    ],
)
def test_disputes_are_told_by_their_words_once(text: str, is_marked: bool, desk: Desk) -> None:
    frame = desk.world.frame()
    pinned = Comment.objects.create(id=uuid4(), frame=frame, text=text, x=1, y=1)
    Comment.objects.create(id=uuid4(), frame=frame, text=text)
    Comment.objects.create(id=uuid4(), frame=frame, text=text, parent=pinned, x=1, y=1)
    migrated("0018_comment_disputes", "mark")
    assert set(Comment.objects.filter(is_dispute=True)) == ({pinned} if is_marked else set())


def test_the_confidence_of_promotions_stands_in_their_rows(db: None) -> None:
    project = Project.objects.create(name="Harbour", created_by=None)
    training = Training.objects.create(project=project, trigger="button")
    one, two, _ = (Promotion.objects.create(project=project, kind="manual") for each in range(3))
    training.params = {
        "train": {"epochs": 3},
        "shown": {str(one.pk): [0.25, 0.46], str(two.pk): [0.46, 0.25]},
    }
    training.save()
    migrated("0020_promotion_confidence", "move_to_rows")
    rows = Promotion.objects.order_by("pk").values_list("confidence_before", "confidence")
    assert list(rows) == [(0.25, 0.46), (0.46, 0.25), (None, None)]
    training.refresh_from_db()
    assert training.params == {"train": {"epochs": 3}}
