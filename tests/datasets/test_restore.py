"""Restoring a version: its boxes are there again, by edits that undo takes back, however often it is interrupted."""

import random
import threading
from typing import Any
from uuid import UUID

import pytest

from annotate.datasets.versions import annotations_of, read_frames
from annotate.jobs import queue
from annotate.jobs.run import JobFailed, JobRun, Stopping
from annotate.jobs.versions import restore, start_restore
from annotate.models import Box, DatasetVersion, Frame, Job, Label, Operation
from annotate.sync.operations import Command
from annotate.sync.submit import Submission, submit
from tests.datasets.conftest import Studio
from tests.datasets.test_compare import do_something
from tests.figures.factory import Lab

FIELDS = ("x1", "y1", "x2", "y2", "label_id", "attributes", "z", "status", "feedback", "source")


def boxes_now(frame_id: int) -> dict[UUID, tuple[Any, ...]]:
    rows = Box.objects.filter(frame=frame_id, deleted_revision__isnull=True)
    return {row.pk: tuple(getattr(row, name) for name in FIELDS) for row in rows}


def run_of(studio: Studio, version: DatasetVersion) -> JobRun:
    job = start_restore(version, user=studio.world.people["owner"])
    claimed = queue.claim([Job.Kind.RESTORE], job.pk)
    assert claimed is not None
    return JobRun(claimed, threading.Event())


def restored(studio: Studio, version: DatasetVersion) -> dict[str, Any]:
    run = run_of(studio, version)
    restore(run)
    return run.result


@pytest.mark.parametrize("seed", range(3))
def test_any_earlier_state_comes_back(studio: Studio, seed: int) -> None:
    chance = random.Random(seed)
    frames = studio.add(3, boxes=0)
    boxes: dict[int, list[UUID]] = {frame.pk: [] for frame in frames}
    versions, states = [], []
    for _round in range(3):
        for _edit in range(8):
            frame = chance.choice(frames)
            do_something(studio, frame, boxes[frame.pk], chance)
        Frame.objects.all().update(status="complete")
        versions.append(studio.snapshot(again=True))
        states.append({frame.pk: boxes_now(frame.pk) for frame in frames})
    for number in chance.sample(range(3), 3):
        result = restored(studio, versions[number])
        assert {frame.pk: boxes_now(frame.pk) for frame in frames} == states[number]
        assert result["refused"] == 0
        assert restored(studio, versions[number])["changed"] == 0


def test_undo_takes_a_restored_frame_back(studio: Studio) -> None:
    (frame,) = studio.add(1, boxes=2)
    version = studio.snapshot()
    author = studio.author(frame)
    author.do("delete", author.boxes[0])
    author.do("set", author.boxes[1], x1=200.0, x2=300.0)
    author.draw()
    before = boxes_now(frame.pk)
    restored(studio, version)
    assert boxes_now(frame.pk) != before
    owner = studio.world.people["owner"]
    undo = Command(1, "undo", gesture="back")
    submit(frame.pk, [Submission(UUID(int=7), owner.pk, [undo])])
    assert boxes_now(frame.pk) == before


def test_interrupted_it_goes_on_and_spares_what_was_edited_since(studio: Studio) -> None:
    frames = studio.add(3)
    version = studio.snapshot()
    for frame in frames:
        studio.author(frame).do("delete", studio.author(frame).boxes[0])
    run = run_of(studio, version)

    def stop_after_two(units: int = 1) -> None:
        run.done += units
        if run.done == 2:
            raise Stopping

    run.advance = stop_after_two  # type: ignore[method-assign]
    with pytest.raises(Stopping):
        restore(run)
    assert [len(boxes_now(frame.pk)) for frame in frames] == [1, 1, 0]
    studio.author(frames[0]).draw()  # after the restore of this image, before it is taken up again
    queue.release(run.claim)
    claimed = queue.claim([Job.Kind.RESTORE], run.job.pk)
    assert claimed is not None
    again = JobRun(claimed, threading.Event())
    restore(again)
    assert [len(boxes_now(frame.pk)) for frame in frames] == [2, 1, 1]


def test_deleted_images_and_labels_are_told(studio: Studio) -> None:
    gone, kept = studio.add(2, boxes=0)
    studio.draw(gone)
    box = studio.draw(kept, label=studio.world.labels["bus"])
    version = studio.snapshot()
    Frame.objects.get(pk=gone.pk).delete()
    studio.author(kept).do("set", box, label=studio.world.labels["car"])
    Label.objects.filter(pk=studio.world.labels["bus"]).update(is_active=False)
    result = restored(studio, version)
    assert result["gone"] == 1
    assert result["gone_names"] == [gone.name]
    assert result["refused"] == 1


def test_an_image_that_was_added_again_gets_its_boxes(studio: Studio) -> None:
    (frame,) = studio.add(1, boxes=2)
    version = studio.snapshot()
    wanted = boxes_now(frame.pk)
    Frame.objects.get(pk=frame.pk).delete()
    again = studio.world.frame(md5=frame.md5, original_md5=frame.original_md5, status="to_annotate")
    result = restored(studio, version)
    assert result["gone"] == 0
    assert boxes_now(again.pk) == wanted


def test_an_open_proposal_is_open_again(studio: Studio) -> None:
    (frame,) = studio.add(1, boxes=0)
    lab = Lab(studio.world)
    (accepted, rejected, moved) = lab.detect(frame, lab.version(), (0.9, 0.8, 0.7))
    version = studio.snapshot()
    wanted = boxes_now(frame.pk)
    author = studio.author(frame)
    author.do("set", accepted, status="accepted", base={"status": 1})
    author.do("set", rejected, status="rejected", base={"status": 2})
    submit(
        frame.pk, [Submission(UUID(int=9), None, [Command(1, "set", box=moved, fields={"z": 4.0})], "admin")]
    )
    assert restored(studio, version)["changed"] == 1
    assert boxes_now(frame.pk) == wanted
    names = annotations_of(studio.repository, version.digest).values()
    assert [box.status for box in next(read_frames(studio.repository, names)).boxes] == ["proposed"] * 3


def test_who_may_no_longer_edit_changes_nothing(studio: Studio) -> None:
    (frame,) = studio.add(1)
    version = studio.snapshot()
    studio.author(frame).do("delete", studio.author(frame).boxes[0])
    studio.world.project.memberships.filter(user=studio.world.people["owner"]).update(role="viewer")
    count = Operation.objects.count()
    assert restored(studio, version)["refused"] == 1
    assert Operation.objects.count() == count


def test_a_missing_file_is_said_before_anything_is_changed(studio: Studio) -> None:
    frames = studio.add(3)
    version = studio.snapshot()
    for frame in frames:
        studio.author(frame).do("delete", studio.author(frame).boxes[0])
    last = annotations_of(studio.repository, version.digest)[frames[-1].pk]
    studio.repository.cache.path_for(last).unlink()
    with pytest.raises(JobFailed, match="missing on the server. Nothing was changed. Fetch the versions"):
        restored(studio, version)
    assert [len(boxes_now(frame.pk)) for frame in frames] == [0, 0, 0]


def test_a_damaged_file_stops_the_restore_where_it_is_and_is_named(studio: Studio) -> None:
    frames = studio.add(3)
    version = studio.snapshot()
    for frame in frames:
        studio.author(frame).do("delete", studio.author(frame).boxes[0])
    name = annotations_of(studio.repository, version.digest)[frames[1].pk]
    path = studio.repository.cache.path_for(name)
    whole = path.read_bytes()
    path.unlink()
    path.write_bytes(whole[:20])
    run = run_of(studio, version)
    with pytest.raises(
        JobFailed, match="cannot be read; the log says which. Images before it have been restored"
    ):
        restore(run)
    assert [len(boxes_now(frame.pk)) for frame in frames] == [1, 0, 0]
    assert name in run.log
    path.write_bytes(whole)
    assert restored(studio, version)["changed"] == 2


def test_a_restore_of_somebody_whose_account_is_gone_says_so(studio: Studio) -> None:
    studio.add(1)
    version = studio.snapshot()
    run = run_of(studio, version)
    run.job.created_by = None
    with pytest.raises(JobFailed, match="account in whose name"):
        restore(run)
