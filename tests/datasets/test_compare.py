"""Comparing versions: what is done to boxes is what the comparison says was done."""

import random
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from annotate.datasets import totals
from annotate.datasets.compare import KINDS
from annotate.datasets.totals import totals_of
from annotate.datasets.versions import difference
from annotate.models import Box, DatasetVersion, Frame
from tests.datasets.conftest import Studio
from tests.datasets.test_truth_and_losses import proposed

ROUNDS = 12


def compare(studio: Studio, before: DatasetVersion, after: DatasetVersion) -> Any:
    return difference(studio.repository, before.digest, after.digest)


def do_something(studio: Studio, frame: Frame, boxes: list[UUID], chance: random.Random) -> None:
    """Changes that are possible on a frame with ``boxes``; the list is kept up to date."""
    author = studio.author(frame)
    what = chance.choice(["draw", "move", "relabel", "delete", "reject"])
    if what == "draw" or not boxes:
        left = chance.uniform(0, 300)
        boxes.append(author.draw(x1=left, x2=left + 40))
        return
    box = chance.choice(boxes)
    if what == "move":
        left = chance.uniform(0, 300)
        author.do("set", box, x1=left, x2=left + chance.uniform(20, 90))
    elif what == "relabel":
        author.do("set", box, label=studio.world.labels[chance.choice(["car", "bus"])])
    elif what == "delete":
        author.do("delete", box)
        boxes.remove(box)
    else:
        row = Box.objects.get(pk=box)
        author.do("set", box, status="rejected", base={"status": row.versions["status"]})


def state(frame: Frame) -> dict[UUID, tuple[Any, ...]]:
    rows = Box.objects.filter(frame=frame, deleted_revision__isnull=True)
    return {row.pk: (row.x1, row.x2, row.label_id, row.status) for row in rows}


def expected(before: dict[UUID, Any], after: dict[UUID, Any]) -> Counter[str]:
    """What the two states differ by, said another way than the product says it."""
    counts: Counter[str] = Counter()
    counts["added"] = len(after.keys() - before.keys())
    counts["removed"] = len(before.keys() - after.keys())
    for box in before.keys() & after.keys():
        old, new = before[box], after[box]
        counts["moved"] += old[:2] != new[:2]
        counts["relabelled"] += old[2] != new[2]
        counts["judged"] += old[3] != new[3]
    return +counts


@pytest.mark.parametrize("seed", range(3))
def test_what_is_done_is_what_is_said(studio: Studio, seed: int) -> None:
    chance = random.Random(seed)
    frames = studio.add(4, boxes=0)
    boxes: dict[int, list[UUID]] = {frame.pk: [] for frame in frames}
    versions, states = [], []
    for _round in range(ROUNDS // 3):
        for _edit in range(ROUNDS):
            frame = chance.choice(frames)
            do_something(studio, frame, boxes[frame.pk], chance)
        Frame.objects.all().update(status="complete")
        versions.append(studio.snapshot())
        states.append({frame.pk: state(frame) for frame in frames})
    for old in range(len(versions)):
        for new in range(len(versions)):
            found = compare(studio, versions[old], versions[new])
            changes = found.changes(found.files)
            by_frame = {change.frame_id: +change.counts for change in changes if change.boxes}
            wanted = {
                pk: counts
                for pk in boxes
                if (counts := expected(states[old].get(pk, {}), states[new].get(pk, {})))
            }
            assert by_frame == wanted
            total = totals_of(studio.world.project, found).boxes
            assert +Counter(total) == sum(wanted.values(), Counter())


def test_frames_that_came_and_went(studio: Studio) -> None:
    kept, gone = studio.add(2)
    first = studio.snapshot()
    Frame.objects.filter(pk=gone.pk).delete()
    (new,) = studio.add(1, boxes=2)
    second = studio.snapshot()
    found = compare(studio, first, second)
    assert found.frames == {"added": 1, "removed": 1, "changed": 0}
    counts = {change.frame_id: dict(change.counts) for change in found.changes(found.files)}
    assert counts == {gone.pk: {"removed": 1}, new.pk: {"added": 2}}
    assert kept.pk not in counts


def test_who_and_which_model(studio: Studio) -> None:
    (frame,) = studio.add(1, boxes=0)
    first = studio.snapshot()
    studio.draw(frame)
    second = studio.snapshot()
    found = compare(studio, first, second)
    found_totals = totals_of(studio.world.project, found)
    assert set(found_totals.boxes) == set(KINDS)
    one_added = {**dict.fromkeys(KINDS, 0), "added": 1}
    assert found_totals.people == {studio.author(frame).user.username: one_added}
    assert found_totals.models == {}


def test_what_became_of_proposals_is_counted_by_the_model_that_made_them(studio: Studio) -> None:
    (frame,) = studio.add(1, boxes=0)
    versions = [studio.snapshot()]
    proposed(studio.world, frame, "coast", "harbour")
    versions.append(studio.snapshot())
    author = studio.author(frame)
    author.draw(x1=400.0, x2=450.0)
    sure, unsure = Box.objects.filter(confidence=0.75), Box.objects.filter(confidence=0.5)
    moved, rejected = sure.earliest("created_revision"), unsure.earliest("created_revision")
    author.do("set", moved.pk, x1=12.0, base={"status": moved.versions["status"]})
    author.do("set", rejected.pk, status="rejected", base={"status": rejected.versions["status"]})
    relabelled = sure.latest("created_revision")
    bus = studio.world.labels["bus"]
    author.do("set", relabelled.pk, label=bus, base={"status": relabelled.versions["status"]})
    Frame.objects.all().update(status="complete")
    versions.append(studio.snapshot())
    none = dict.fromkeys(KINDS, 0)

    def totals_between(before: int, after: int) -> totals.Totals:
        return totals_of(studio.world.project, compare(studio, versions[before], versions[after]))

    came = totals_between(0, 1)
    assert came.models == {"coast 1": {**none, "added": 2}, "harbour 1": {**none, "added": 2}}
    assert came.people == {}, "nobody has touched them"
    judged = totals_between(1, 2)
    assert judged.models == {
        "coast 1": {**none, "moved": 1, "judged": 2},
        "harbour 1": {**none, "relabelled": 1, "judged": 1},
    }
    assert judged.people == {
        author.user.username: {**none, "added": 1, "moved": 1, "relabelled": 1, "judged": 3}
    }


def test_whoever_changed_a_box_last_counts_not_whoever_drew_it(studio: Studio) -> None:
    (frame,) = studio.add(1, boxes=0)
    box = studio.draw(frame)
    first = studio.snapshot()
    second = studio.world.author(frame, "second")
    second.do("set", box, x1=1.0, x2=90.0)
    Frame.objects.all().update(status="complete")
    found = totals_of(studio.world.project, compare(studio, first, studio.snapshot()))
    assert found.people == {second.user.username: {**dict.fromkeys(KINDS, 0), "moved": 1}}


def test_what_somebody_changed_whose_account_is_gone_is_nobody_elses(studio: Studio) -> None:
    (frame,) = studio.add(1, boxes=0)
    moved, judged = studio.draw(frame), studio.draw(frame)
    first = studio.snapshot()
    author = studio.author(frame)
    author.do("set", moved, x1=5.0, x2=80.0)
    second = studio.world.author(frame, "second")
    drawn = second.draw()
    second.do("set", moved, x1=1.0, x2=90.0)
    author.do("set", judged, z=4.0)
    Frame.objects.all().update(status="complete")
    newest = studio.snapshot()
    name = second.user.username
    second.user.delete()
    changes = compare(studio, first, newest).changes([frame.pk])
    assert {box.box.id for box in changes[0].boxes} == {str(one) for one in (moved, judged, drawn)}
    found = totals_of(studio.world.project, compare(studio, first, newest))
    assert (found.boxes["moved"], found.boxes["added"], found.boxes["other"]) == (1, 1, 1)
    none = dict.fromkeys(KINDS, 0)
    assert found.people == {author.user.username: {**none, "other": 1}, name: {**none, "added": 1}}


def test_nobody_is_said_to_have_removed_the_boxes_of_a_deleted_image(studio: Studio) -> None:
    kept, gone = studio.add(2, boxes=2)
    first = studio.snapshot()
    author = studio.author(kept)
    author.do("delete", author.boxes[0])
    Frame.objects.get(pk=gone.pk).delete()
    Frame.objects.all().update(status="complete")
    found = totals_of(studio.world.project, compare(studio, first, studio.snapshot()))
    assert found.boxes["removed"] == 3
    assert found.people == {author.user.username: {**dict.fromkeys(KINDS, 0), "removed": 1}}


def test_a_few_images_at_a_time_come_to_the_same(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as one likes are counted, and never all of them are in memory."""
    frames = studio.add(5, boxes=2)
    first = studio.snapshot()
    for frame in frames:
        author = studio.author(frame)
        author.do("set", author.boxes[0], label=studio.world.labels["bus"])
        author.do("delete", author.boxes[1])
    Frame.objects.all().update(status="complete")
    found = compare(studio, first, studio.snapshot())
    at_once = totals_of(studio.world.project, found)
    assert (at_once.boxes["relabelled"], at_once.boxes["removed"]) == (5, 5)
    read: list[int] = []
    changes = type(found).changes

    def watched(self: Any, frame_ids: Any) -> Any:
        read.append(len(frame_ids))
        return changes(self, frame_ids)

    monkeypatch.setattr(type(found), "changes", watched)
    monkeypatch.setattr(totals, "TOGETHER", 2)
    assert totals_of(studio.world.project, found) == at_once
    assert read == [2, 2, 1]


def test_a_moved_box_says_how_far(studio: Studio) -> None:
    (frame,) = studio.add(1, boxes=0)
    box = studio.draw(frame, x1=0.0, x2=100.0)
    first = studio.snapshot()
    studio.author(frame).do("set", box, x1=50.0, x2=150.0)
    second = studio.snapshot()
    (change,) = compare(studio, first, second).changes([frame.pk])
    assert change.boxes[0].kinds == ("moved",)
    assert change.boxes[0].iou == pytest.approx(1 / 3)
