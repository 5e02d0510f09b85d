"""Many boxes at once: the preview tells what is done, what people did meanwhile stands, and all can be taken back."""

import random
import threading
from typing import Any
from uuid import UUID, uuid4

import pytest

from annotate.bulk.apply import apply_to_frame, undo_on_frame
from annotate.bulk.edit import AT_ONCE, BulkEdit, preview_of
from annotate.jobs import bulk
from annotate.jobs.bulk import payload_of, start_bulk, start_undo
from annotate.jobs.bulk_start import BulkRefused
from annotate.jobs.run import JobFailed, JobRun
from annotate.models import Box, Frame, Job, Label, Operation, Project
from annotate.sync.operations import Refused
from annotate.sync.submit import Submission, submit
from tests.sync.replica import check_replay
from tests.sync.world import EDGES, World, make_command, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def proposals(world: World, count: int, frame: Frame | None = None) -> list[UUID]:
    """On one frame, as a model proposes them."""
    frame = frame or world.frame()
    ids = [uuid4() for _ in range(count)]
    fields = {**EDGES, "label": world.labels["car"], "status": "proposed"}
    commands = [
        make_command(number, "create", box, source="model", confidence=0.5, **fields)
        for number, box in enumerate(ids, start=1)
    ]
    submit(frame.pk, [Submission(uuid4(), None, commands, "model")])
    return ids


def start(world: World, edit: BulkEdit, who: str = "owner") -> Job:
    return start_bulk(edit, world.people[who], digest=preview_of(edit).digest)


def run(job: Job) -> dict[str, int]:
    attempt = JobRun(job, threading.Event())
    attempt.check = lambda: None  # type: ignore[method-assign]  # nobody holds a lease here
    bulk.work(attempt)
    counts: dict[str, int] = attempt.result["counts"]
    return counts


def statuses(boxes: list[UUID]) -> set[str]:
    return set(Box.objects.filter(pk__in=boxes).values_list("status", flat=True))


@pytest.mark.parametrize(
    ("action", "field", "value"), [("accept", "status", "accepted"), ("reject", "status", "rejected")]
)
def test_it_decides_about_all_as_one_gesture_of_a_person(
    action: Any, field: str, value: str, world: World
) -> None:
    frames = [world.frame(), world.frame()]
    boxes = [box for frame in frames for box in proposals(world, 3, frame)]
    job = start(world, BulkEdit(action, boxes))
    assert run(job) == {"done": 6}
    assert set(Box.objects.values_list(field, flat=True)) == {value}
    log = Operation.objects.filter(origin="admin")
    assert {(one.user_id, one.gesture) for one in log} == {
        (world.people["owner"].pk, payload_of(job).gesture)
    }
    for frame in frames:
        check_replay(frame)


def test_it_relabels_by_the_name_in_each_project(world: World) -> None:
    other = make_world()
    boxes = proposals(world, 2) + proposals(other, 1)
    Label.objects.filter(project=other.project, name="bus").update(is_active=False)
    edit = BulkEdit("relabel", boxes, "BUS")
    preview = preview_of(edit)
    assert (preview.boxes, preview.left_out["no_label"]) == (2, 1)
    assert run(start(world, edit)) == {"done": 2}
    assert set(Box.objects.filter(pk__in=boxes[:2]).values_list("label", flat=True)) == {world.labels["bus"]}


def test_the_preview_says_exactly_what_will_change(world: World) -> None:
    boxes = proposals(world, 4)
    accepted = BulkEdit("accept", boxes[:1])
    run(start(world, accepted))
    edit = BulkEdit("accept", [*boxes, boxes[1], uuid4()])
    preview = preview_of(edit)
    assert (preview.boxes, preview.unchanged, preview.left_out["gone"]) == (3, 1, 1)
    assert dict(preview.counts()) == {("car", "proposed"): 3}
    assert run(start(world, edit)) == {"done": 3}


def test_more_ids_than_one_query_takes(world: World) -> None:
    boxes = proposals(world, AT_ONCE + 3)
    assert preview_of(BulkEdit("reject", boxes)).boxes == AT_ONCE + 3


@pytest.mark.parametrize("action", ["accept", "delete"])
def test_a_preview_that_is_old_starts_nothing(action: Any, world: World) -> None:
    frame = world.frame()
    boxes = proposals(world, 2, frame)
    edit = BulkEdit(action, boxes)
    digest = preview_of(edit).digest
    author = world.author(frame)
    if action == "accept":
        author.do("set", boxes[0], label=world.labels["bus"])
    else:
        author.do("set", boxes[0], x1=5.0)
    with pytest.raises(BulkRefused) as refused:
        start_bulk(edit, world.people["owner"], digest=digest)
    assert refused.value.code == "changed" and Job.objects.count() == 0


def test_what_people_do_beside_it_makes_no_preview_old(world: World) -> None:
    frame = world.frame()
    boxes = proposals(world, 2, frame)
    edit = BulkEdit("accept", boxes)
    digest = preview_of(edit).digest
    world.author(frame).draw()
    assert run(start_bulk(edit, world.people["owner"], digest=digest)) == {"done": 2}


@pytest.mark.parametrize(("boxes", "code"), [([], "boxes"), ([uuid4()], "nothing")], ids=["none", "unknown"])
def test_nothing_to_do_is_said(boxes: list[UUID], code: str, world: World) -> None:
    edit = BulkEdit("accept", boxes)
    with pytest.raises(BulkRefused) as refused:
        start(world, edit)
    assert refused.value.code == code


def test_what_a_person_decided_meanwhile_stands(world: World) -> None:
    frame = world.frame()
    boxes = proposals(world, 3, frame)
    job = start(world, BulkEdit("reject", boxes))
    author = world.author(frame)
    versions = Box.objects.get(pk=boxes[0]).versions
    author.do("set", boxes[0], status="accepted", base={"status": versions["status"]})
    assert run(job) == {"done": 2, "changed": 1}
    assert Box.objects.get(pk=boxes[0]).status == "accepted"


def test_a_box_that_moved_is_not_deleted_unseen(world: World) -> None:
    frame = world.frame()
    boxes = proposals(world, 2, frame)
    job = start(world, BulkEdit("delete", boxes))
    world.author(frame).do("set", boxes[0], x1=5.0)
    assert run(job) == {"done": 1, "changed": 1}


def test_done_again_after_a_crash_it_changes_nothing_more(world: World) -> None:
    boxes = proposals(world, 3)
    job = start(world, BulkEdit("delete", boxes))
    run(job)
    revision = Frame.objects.get().revision
    assert run(job) == {}
    assert Frame.objects.get().revision == revision


def test_it_is_taken_back_and_what_changed_since_stays(world: World) -> None:
    frame = world.frame()
    boxes = proposals(world, 3, frame)
    job = start(world, BulkEdit("reject", boxes))
    run(job)
    versions = Box.objects.get(pk=boxes[0]).versions
    world.author(frame).do("set", boxes[0], status="accepted", base={"status": versions["status"]})
    Job.objects.update(state="done")
    undo = start_undo(Job.objects.get(pk=job.pk), world.people["owner"])
    assert run(undo) == {"undone": 1}
    assert [Box.objects.get(pk=box).status for box in boxes] == ["accepted", "proposed", "proposed"]
    assert run(undo) == {}
    check_replay(frame)


def test_only_who_did_it_takes_it_back(world: World) -> None:
    job = start(world, BulkEdit("reject", proposals(world, 1)))
    with pytest.raises(BulkRefused) as refused:
        start_undo(job, world.people["reviewer"])
    assert refused.value.code == "undo"
    with pytest.raises(BulkRefused) as refused:
        start_undo(job, world.people["owner"])
    assert refused.value.code == "busy"


def test_ctrl_z_in_the_editor_never_takes_a_bulk_edit_back(world: World) -> None:
    frame = world.frame()
    boxes = proposals(world, 2, frame)
    run(start(world, BulkEdit("reject", boxes), "reviewer"))
    author = world.author(frame, "reviewer")
    author.draw()
    author.do("undo")
    outcome = author.do("undo")
    assert isinstance(outcome, Refused) and outcome.code == "nothing"
    assert statuses(boxes) == {"rejected"}


@pytest.mark.parametrize("seed", range(3))
def test_any_mix_of_edits_and_undos_replays(seed: int, world: World) -> None:
    dice = random.Random(seed)
    frame = world.frame()
    boxes = proposals(world, 6, frame)
    gestures: list[str] = []
    owner = world.people["owner"].pk
    for _ in range(25):
        chosen = dice.sample(boxes, 3)
        seen = Frame.objects.get(pk=frame.pk).revision
        what = dice.random()
        if what < 0.5:
            edit = BulkEdit(dice.choice(["accept", "reject", "relabel", "delete"]), chosen, "bus")
            gestures.append(f"g{len(gestures)}")
            apply_to_frame(edit, frame.pk, chosen, user_id=owner, gesture=gestures[-1], seen=seen)
        elif what < 0.8 and gestures:
            undo_on_frame(frame.pk, user_id=owner, gesture=dice.choice(gestures))
        else:
            world.author(frame).do("set", dice.choice(boxes), x1=dice.uniform(0, 60))
    check_replay(frame)


def test_the_account_may_be_gone(world: World) -> None:
    job = start(world, BulkEdit("reject", proposals(world, 1)))
    job.created_by = None
    with pytest.raises(JobFailed):
        run(job)


def test_a_job_belongs_to_its_project_where_there_is_one(world: World) -> None:
    one = proposals(world, 1)
    assert start(world, BulkEdit("reject", one)).project == Project.objects.get(pk=world.project.pk)
    assert start(world, BulkEdit("accept", one + proposals(make_world(), 1))).project is None
