"""A copy for each person: what is in it, who sees it, and that what was drawn stays when it goes."""

import pytest

from annotate.access import role_of
from annotate.actions.projects import archive
from annotate.agreement.copies import (
    CopyRefused,
    ask,
    copies_of,
    mark_gold,
    next_to_label,
    own_copies,
    short_of,
)
from annotate.frames import set_status
from annotate.models import Box, Frame, Label, Project, User

from .conftest import Desk


def test_a_copy_has_the_labels_and_the_images_and_two_members(desk: Desk) -> None:
    [original] = desk.ask("annotator")
    copy = desk.copy("annotator")
    shown = ("name", "color", "key", "position", "is_active")
    assert set(copy.labels.values_list(*shown)) == set(desk.project.labels.values_list(*shown))
    frame = copy.frames.get()
    for name in ("name", "md5", "original_md5", "media_type", "width", "height", "index"):
        assert getattr(frame, name) == getattr(original, name)
    assert (frame.is_blind, frame.status, frame.revision) == (True, "to_annotate", 0)
    assert (frame.source.kind, frame.source.name) == (original.source.kind, original.source.name)
    assert (copy.training_mode, copy.review) == ("off", "none")
    roles = {who: role_of(desk.person(who), copy) for who in ("annotator", "owner", "second", "reviewer")}
    assert roles == {"annotator": "annotator", "owner": "reviewer", "second": None, "reviewer": None}


def test_asked_again_it_adds_what_is_missing(desk: Desk) -> None:
    desk.ask("annotator", "second")
    first = desk.project.frames.get()
    Label.objects.create(project=desk.project, name="Tram", color="#112233", key="7")
    more = desk.world.frame()
    both = [desk.person("annotator"), desk.person("second")]
    for expected in (2, 0):
        assert ask(desk.project, both, [first.pk, more.pk], desk.person("owner")) == expected
    assert desk.project.copies.count() == 2
    for copy in copies_of(desk.project):
        assert (copy.frames, copy.done) == (2, 0)
        assert copy.project.labels.filter(name="Tram", key="7").count() == 1
        assert copy.project.sources.count() == 1


def test_what_no_copy_has_is_given_out_first(desk: Desk) -> None:
    asked = desk.ask("annotator", frames=2)
    fresh, finished = desk.world.frame(index=9), desk.world.frame(index=10)
    set_status(finished.pk, Frame.Status.COMPLETE, None)
    assert next_to_label(desk.project) == [fresh.pk, *(frame.pk for frame in asked)]
    assert next_to_label(desk.project, 1) == [fresh.pk]


def test_frames_of_other_projects_are_not_copied(desk: Desk) -> None:
    other = Project.objects.create(name="Other")
    foreign = Frame.objects.create(
        project=other, source=other.sources.create(kind="upload", name="x"), name="x", md5="0" * 32,
        original_md5="1" * 32, media_type="image/jpeg", width=5, height=5,
    )  # fmt: skip
    assert ask(desk.project, [desk.person("annotator")], [foreign.pk], desk.person("owner")) == 0


@pytest.mark.parametrize("what", ["nobody", "nothing", "too many", "a copy"])
def test_what_cannot_be_asked_changes_nothing(what: str, desk: Desk) -> None:
    desk.ask("annotator")
    project, people, frames = desk.project, [desk.person("second")], [desk.project.frames.get().pk]
    if what == "nobody":
        people = []
    elif what == "nothing":
        frames = []
    elif what == "too many":
        frames = list(range(1001))
    else:
        project = desk.copy("annotator")
    before = Project.objects.count(), Frame.objects.count()
    with pytest.raises(CopyRefused):
        ask(project, people, frames, desk.person("owner"))
    assert before == (Project.objects.count(), Frame.objects.count())


def test_a_manager_may_ask_themselves(desk: Desk) -> None:
    desk.ask("owner")
    assert role_of(desk.person("owner"), desk.copy("owner")) == "annotator"


def test_own_copies_are_those_that_one_labels(desk: Desk) -> None:
    desk.ask("annotator")
    projects = Project.objects.annotate(own=own_copies(desk.person("annotator"))).values_list("pk", "own")
    assert dict(projects) == {desk.project.pk: False, desk.copy("annotator").pk: True}
    assert not Project.objects.filter(own_copies(desk.person("owner"))).exists()


def test_a_copy_that_is_removed_is_archived_with_its_boxes(desk: Desk) -> None:
    [original] = desk.ask("annotator", "second")
    desk.draw("annotator", original, ("car", "left"))
    copy = desk.copy("annotator")
    archive(copy)
    assert [one.person for one in copies_of(desk.project)] == [desk.person("second")]
    copy.refresh_from_db()
    assert copy.archived_at is not None and Box.objects.filter(frame__project=copy).count() == 1
    desk.ask("annotator")
    assert desk.project.copies.filter(archived_at=None).count() == 2, "asked again, they begin afresh"


def test_gold(desk: Desk) -> None:
    [frame, other] = desk.ask("annotator", frames=2)
    assert (mark_gold([frame.pk]), mark_gold([frame.pk])) == (1, 0)
    assert list(Frame.objects.filter(is_gold=True)) == [frame]
    assert mark_gold(Frame.objects.filter(project=desk.project), is_gold=False) == 1
    assert other.is_gold is False


class TestPeoplePerImage:
    """``each``: how many people label each image."""

    def people(self, desk: Desk) -> list[User]:
        return [desk.person(who) for who in ("annotator", "second", "owner")]

    def holders(self, desk: Desk) -> dict[str, list[int]]:
        rows = Frame.objects.filter(project__copy_of=desk.project).values_list("original_md5", "project")
        return {md5: sorted(pk for other, pk in rows if other == md5) for md5, _pk in rows}

    def test_the_images_are_shared_out_evenly(self, desk: Desk) -> None:
        frames = [desk.world.frame(index=place).pk for place in range(6)]
        assert ask(desk.project, self.people(desk), frames, desk.person("owner"), each=2) == 12
        assert [copy.frames for copy in copies_of(desk.project)] == [4, 4, 4]
        assert {len(found) for found in self.holders(desk).values()} == {2}
        assert ask(desk.project, self.people(desk), frames, desk.person("owner"), each=2) == 0, (
            "they have them"
        )

    def test_who_has_it_already_counts_and_who_has_least_to_do_gets_it(self, desk: Desk) -> None:
        begun = desk.ask("annotator", frames=2)
        fresh = desk.world.frame(index=7)
        frames = [*(frame.pk for frame in begun), fresh.pk]
        assert ask(desk.project, self.people(desk), frames, desk.person("owner"), each=2) == 4
        counts = {copy.person: copy.frames for copy in copies_of(desk.project)}
        assert counts == {desk.person("annotator"): 2, desk.person("second"): 2, desk.person("owner"): 2}

    def test_who_finished_has_less_to_do(self, desk: Desk) -> None:
        for frame in desk.ask("annotator", "second", frames=2):
            desk.draw("second", frame)
        ask(desk.project, self.people(desk)[:2], [desk.world.frame(index=7).pk], desk.person("owner"), each=1)
        counts = {copy.person: copy.frames for copy in copies_of(desk.project)}
        assert counts == {desk.person("annotator"): 2, desk.person("second"): 3}

    def test_nobody_gets_a_copy_of_nothing_but_labels_come_along(self, desk: Desk) -> None:
        [frame] = desk.ask("annotator", "second")
        Label.objects.create(project=desk.project, name="Tram", color="#112233")
        assert ask(desk.project, self.people(desk), [frame.pk], desk.person("owner"), each=2) == 0
        assert desk.project.copies.count() == 2
        assert desk.copy("annotator").labels.filter(name="Tram").exists()

    def test_too_few_have_it(self, desk: Desk) -> None:
        one, both = desk.ask("annotator", frames=2)
        ask(desk.project, [desk.person("second")], [both.pk], desk.person("owner"))
        desk.world.frame(index=5)  # nobody has it, and nobody has to yet
        by_hand, gold = desk.world.frame(index=6), desk.world.frame(index=7, is_gold=True)
        for frame in (by_hand, gold):
            set_status(frame.pk, Frame.Status.COMPLETE, desk.person("annotator"))
        assert short_of(desk.project, 2) == [one.pk, by_hand.pk]
        assert short_of(desk.project, 3) == [one.pk, both.pk, by_hand.pk]
        Project.objects.update(review="one")
        assert short_of(desk.project, 2) == [one.pk], "there it can be approved as it is"
