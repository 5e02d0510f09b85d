"""Imports: the check that changes nothing, what is then written, and that it is all of it or nothing."""

import errno
import io
import json
import os
import threading
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import translation
from pytest_django.fixtures import Settings

from annotate.datasets import importing as writing
from annotate.datasets import pictures
from annotate.datasets.at_once import check_at_once, write_at_once
from annotate.datasets.catalogue import FORMATS, LOSSLESS
from annotate.datasets.export_wish import WishRefused
from annotate.datasets.problems import text_of
from annotate.datasets.workplace import Workplace, workplaces
from annotate.jobs import importing
from annotate.jobs.run import Cancelled, Stopping
from annotate.labels.words import words_of
from annotate.media import store
from annotate.models import Box, Frame, Job, Label, LabelChange, Membership, Operation, Project, StatusChange
from annotate.sync.snapshot import snapshot_of
from tests.media.pictures import archive, numbered
from tests.sync.world import World, make_world

from .conftest import Studio
from .harbour import SIZE, add_pictures, checked, confirm, draw_some, export, imported, run_one, shapes

NOTHING = {"frames": 0, "new_frames": 0, "new_labels": 0, "added": 0, "changed": 0, "removed": 0}


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def coco(frames: Mapping[str, Sequence[tuple[str, Sequence[float]]]], **more: Any) -> bytes:
    """Per name of an image its boxes: class, and x, y, width, height."""
    classes = sorted({label for boxes in frames.values() for label, _box in boxes})
    images = [
        {"id": number, "file_name": name, "width": SIZE[0], "height": SIZE[1]}
        for number, name in enumerate(frames, 1)
    ]
    annotations = [
        {"id": 0, "image_id": number, "category_id": classes.index(label) + 1, "bbox": box, **more}
        for number, boxes in enumerate(frames.values(), 1)
        for label, box in boxes
    ]
    for number, one in enumerate(annotations, 1):
        one["id"] = number
    categories = [{"id": number, "name": name} for number, name in enumerate(classes, 1)]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories}).encode()


def state_of(project: Project) -> tuple[Any, ...]:
    """Everything that an import could have changed."""
    return (
        list(Frame.objects.order_by("pk").values_list("pk", "project", "revision", "status")),
        list(Label.objects.order_by("pk").values_list("pk", "name", "is_active")),
        Box.objects.count(),
        Operation.objects.count(),
        project.sources.count(),
    )


def files_in_store(folders: Path) -> int:
    return sum(path.is_file() for path in (folders / "store").rglob("*"))


# The check


def test_the_check_changes_nothing_and_tells_what_would_be(world: World, folders: Path) -> None:
    frames = add_pictures(world, 2)
    draw_some(world, frames[0], 2)
    before, stored = state_of(world.project), files_in_store(folders)
    new = numbered(77, SIZE)
    data = coco({frames[0].name: [("car", [5, 5, 20, 20])], frames[1].name: [], "new.png": [("Tram", [1, 1, 9, 9])],
                 "nowhere.png": [("car", [1, 1, 9, 9])]})  # fmt: skip
    report = importing.report_of(checked(world, archive({"a.json": data, "images/new.png": new})))
    assert report is not None
    assert (report["format"], report["frames"], report["boxes"], report["empty"]) == ("coco", 4, 3, 1)
    assert (report["matched"], report["labelled"], report["new"], report["missing"]) == (2, 1, 1, 1)
    assert report["missing_names"] == ["nowhere.png"] and report["errors"] == 0
    assert {one["name"]: (one["boxes"], one["to"]) for one in report["labels"]} == {
        "Tram": (1, None),
        "car": (2, world.labels["car"]),
    }
    assert (state_of(world.project), files_in_store(folders)) == (before, stored)


def test_u25_what_is_wrong_is_told_row_by_row_and_nothing_can_be_confirmed(world: World) -> None:
    [frame] = add_pictures(world, 1)
    data = coco({frame.name: [("car", [5, 5, 20, 20]), ("car", [5, 5, -3, 20]), ("car", [900, 5, 20, 20])]})
    check = checked(world, data.replace(b"-3", b'"x"'), "set.json")
    report = importing.report_of(check)
    assert report is not None and report["errors"] == 2 and len(report["rows"]) == 2
    for row in report["rows"]:
        said = text_of(row["code"], row["values"])
        assert row["where"] and not said.startswith(row["code"])
        with translation.override("fr"):
            assert text_of(row["code"], row["values"])
    with pytest.raises(WishRefused):
        confirm(world, check)


def test_an_image_of_another_size_is_an_error_since_its_boxes_would_be_wrong(world: World) -> None:
    [frame] = add_pictures(world, 1)
    data = coco({frame.name: []}).replace(b'"width": 400', b'"width": 800')
    report = importing.report_of(checked(world, data, "set.json"))
    assert report is not None and [row["code"] for row in report["rows"]] == ["size_differs"]


def test_two_images_of_one_name_are_told_apart_by_their_content_or_not_at_all(world: World) -> None:
    frames = add_pictures(world, 2)
    Frame.objects.update(name="same.png")
    data = coco({"same.png": [("car", [5, 5, 20, 20])]})
    report = importing.report_of(checked(world, data, "set.json"))
    assert report is not None and [row["code"] for row in report["rows"]] == ["several_frames"]
    imported(world, archive({"a.json": data, "same.png": store.read(frames[1].md5)}))
    assert list(Box.objects.values_list("frame", flat=True)) == [frames[1].pk]


def test_what_the_file_lacks_has_to_be_left_out_on_purpose(world: World) -> None:
    [frame] = add_pictures(world, 1)
    check = checked(world, coco({frame.name: [("car", [5, 5, 20, 20])], "nowhere.png": []}), "set.json")
    with pytest.raises(WishRefused) as refused:
        confirm(world, check)
    assert refused.value.code == "missing"
    confirm(world, check, leave_out_missing=True)
    run_one()
    assert Box.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (archive({"../evil.json": b"{}"}), "archive_path"),
        (archive({"a/.git/config": b"x"}), "archive_repository"),
        (archive({"dvc.yaml": b"stages:"}), "archive_repository"),
        (archive({"data/images.dvc": b"outs:"}), "archive_repository"),
        (archive({"a.json": bytes(40_000_000)}), "archive_ratio"),
        (archive({"readme.md": b"nothing here"}), "format_unknown"),
        (b"", "empty"),
        (b"\x1f\x8b" + bytes(600), "archive_kind"),
        (b"PK\x03\x04" + bytes(100), "archive_unreadable"),
        (archive({"a": b"1", "a/b.json": b"{}"}), "archive_twice"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_u6_u7_g3_a_hostile_or_foreign_file_is_refused_as_a_whole(
    data: bytes, code: str, world: World, folders: Path
) -> None:
    job = checked(world, data)
    assert job.result["refusal"]["code"] == code and importing.report_of(job) is None
    assert not importing.can_be_confirmed(job) and list(workplaces()) == []
    assert not (folders / "evil.json").exists() and not (folders / "scratch" / "evil.json").exists()


def test_f8_a_disk_that_fills_while_the_file_is_checked_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr("annotate.datasets.import_rows.RowsFile.write", full)
    job = checked(world, coco({"a.png": []}), "set.json")
    assert job.result["refusal"]["code"] == "disk_full" and list(workplaces()) == []


def test_u6_a_link_in_an_archive_is_refused(world: World) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        info = zipfile.ZipInfo("labels")
        info.external_attr = 0o120777 << 16
        packed.writestr(info, "/etc")
    assert checked(world, file.getvalue()).result["refusal"]["code"] == "archive_special"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("nan.json", coco({"quay 000.png": [("car", [5, 5, 20, 20])]}).replace(b"[5, 5", b"[NaN, 5")),
        ("big.json", coco({"quay 000.png": [("car", [5, 5, 20, 20])]}).replace(b"[5, 5", b"[1e999, 5")),
        ("deep.json", b'{"images": ' + b"[" * 100_000),
        ("cut.json", coco({"quay 000.png": [("car", [5, 5, 20, 20])]})[:-30]),
        (
            "xxe.xml",
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            b"<annotation><filename>&x;</filename></annotation>",
        ),
    ],
    ids=["nan", "infinite", "deep", "cut", "xxe"],
)
def test_r4_u26_u30_poison_becomes_an_error_of_the_report(name: str, data: bytes, world: World) -> None:
    add_pictures(world, 1)
    job = checked(world, data, name)
    report = importing.report_of(job)
    assert report is not None and report["errors"] >= 1
    assert "root:" not in json.dumps(job.result)
    assert not Box.objects.exists()


# What is written


@pytest.mark.parametrize("key", FORMATS)
def test_what_was_exported_changes_nothing_when_it_comes_back(key: str, world: World) -> None:
    for frame in add_pictures(world, 3)[:2]:
        draw_some(world, frame, 5)
    path, _result = export(world.project, format=key)
    before = state_of(world.project)
    done = imported(world, path)
    assert {name: done[name] for name in NOTHING} == NOTHING
    assert done["present"] == 10 and state_of(world.project) == before


@pytest.mark.parametrize("key", FORMATS)
def test_a_project_moves_to_another_one(key: str, world: World) -> None:
    for frame in add_pictures(world, 3)[:2]:
        draw_some(world, frame, 5)
    Frame.objects.update(status="complete")
    path, _result = export(world.project, format=key)
    there = make_world()
    done = imported(there, path)
    assert (done["new_frames"], done["added"], done["new_labels"]) == (3, 10, 0)
    if key == LOSSLESS:
        assert shapes(there.project) == shapes(world.project)
        assert set(there.project.frames.values_list("status", flat=True)) == {"complete"}
    assert {frame.original_md5 for frame in there.project.frames.all()} == {
        frame.original_md5 for frame in world.project.frames.all()
    } or key != LOSSLESS
    again = imported(there, path)
    assert {name: again[name] for name in NOTHING} == NOTHING and again["present"] == 10


def test_images_of_a_sequence_come_along_whatever_their_ending(world: World) -> None:
    """As CVAT writes MOT: without seqinfo.ini. The last image has no box."""
    images = {f"img1/{number:06d}.PNG": numbered(number, SIZE) for number in (1, 2, 3)}
    rows = {"gt/gt.txt": b"2,1,11,6,20,10,1,1,1.0\n", "gt/labels.txt": b"car\n"}
    done = imported(world, archive({**rows, **images}))
    assert (done["new_frames"], done["added"]) == (3, 1)
    assert list(Box.objects.values_list("frame__name", "x1", "y1")) == [("000002.PNG", 10, 5)]


def test_every_box_is_an_operation_of_the_person_and_revisions_have_no_hole(world: World) -> None:
    [frame] = add_pictures(world, 1)
    draw_some(world, frame, 2)
    imported(world, coco({frame.name: [("car", [5, 5, 20, 20]), ("bus", [9, 9, 30, 30])]}), "set.json")
    operations = list(Operation.objects.filter(frame=frame).order_by("revision"))
    assert [one.revision for one in operations] == [1, 2, 3, 4] and snapshot_of(frame.pk).revision == 4
    assert {(one.origin, one.user_id) for one in operations[2:]} == {("import", world.people["owner"].pk)}
    assert len({one.gesture for one in operations[2:]}) == 1
    frame.refresh_from_db()
    assert frame.status == "in_progress"


def test_classes_go_to_the_labels_that_were_chosen(world: World) -> None:
    [frame] = add_pictures(world, 1)
    boxes = [("auto", [5, 5, 20, 20]), ("CAR", [50, 5, 20, 20]), ("tram", [90, 5, 20, 20]), ("tree", [130, 5, 20, 20]),
             ("retired", [200, 5, 20, 20])]  # fmt: skip
    done = imported(
        world,
        coco({frame.name: boxes}),
        "set.json",
        labels={"auto": world.labels["bus"], "tree": "leave_out"},
    )
    assert (done["added"], done["left_out"], done["new_labels"]) == (4, 1, 1)
    assert sorted(Box.objects.values_list("label__name", flat=True)) == ["bus", "car", "retired", "tram"]
    assert Label.objects.get(pk=world.labels["retired"]).is_active, "it has boxes again"
    step = LabelChange.objects.get()
    assert step.user is not None and "“retired”: active no → yes" in words_of(step)
    assert sum("was added" in said for said in words_of(step)) == done["new_labels"]
    tram = Label.objects.get(name="tram")
    assert tram.color not in set(Label.objects.exclude(pk=tram.pk).values_list("color", flat=True))


@pytest.mark.parametrize(
    "wish",
    [
        {"labels": {"auto": 999_999}},
        {"labels": {"nothing": "new"}},
        {"take": "everything"},
        {"existing": "merge"},
        {"status": "finished"},
        {"project": 7},
    ],
    ids=str,
)
def test_a_wish_that_makes_no_sense_is_refused(wish: dict[str, Any], world: World) -> None:
    [frame] = add_pictures(world, 1)
    check = checked(world, coco({frame.name: [("auto", [5, 5, 20, 20])]}), "set.json")
    with pytest.raises(WishRefused):
        confirm(world, check, **wish)
    with pytest.raises(WishRefused):
        confirm(world, check, labels={"auto": make_world().labels["car"]})


def test_as_proposals_they_wait_for_a_person_and_the_blind_sample_gets_none(world: World) -> None:
    frames = add_pictures(world, 2)
    Frame.objects.filter(pk=frames[1].pk).update(is_blind=True)
    data = coco({frame.name: [("car", [5, 5, 20, 20])] for frame in frames}, score=0.75)
    done = imported(world, data, "set.json", take="proposals", status="complete")
    assert (done["added"], done["blind"]) == (1, 1)
    box = Box.objects.get()
    assert (box.frame_id, box.source, box.status, box.confidence) == (frames[0].pk, "model", "proposed", 0.75)
    assert set(Frame.objects.values_list("status", flat=True)) == {"to_annotate"}
    author = world.author(frames[0])
    author.do("set", box.pk, status="accepted", base={"status": 1})
    again = imported(world, data, "set.json", take="proposals")
    assert again["added"] == 0, "judged is judged"


def test_frames_get_the_status_that_was_chosen_and_it_is_recorded(world: World) -> None:
    frames = add_pictures(world, 2)
    data = coco({frames[0].name: [("car", [5, 5, 20, 20])], frames[1].name: []})
    imported(world, data, "set.json", status="complete")
    assert set(Frame.objects.values_list("status", flat=True)) == {"complete"}
    assert set(StatusChange.objects.values_list("user", flat=True)) == {world.people["owner"].pk}


def test_the_status_of_a_file_never_takes_back_what_people_finished(world: World) -> None:
    [frame] = add_pictures(world, 1)
    path, _result = export(world.project)
    Frame.objects.update(status="complete")
    imported(world, path)
    assert Frame.objects.get().status == "complete"


def test_it_approves_nothing_where_several_people_have_to_label_first(world: World) -> None:
    [frame] = add_pictures(world, 1)
    Frame.objects.update(status="approved")
    path, _result = export(world.project)
    Frame.objects.update(status="to_annotate")
    Project.objects.update(review="consensus")
    imported(world, path)
    assert Frame.objects.get().status == "complete", "as far as an import can say"
    world.project.refresh_from_db()
    check = checked(world, coco({frame.name: []}), "set.json")
    with pytest.raises(WishRefused) as refused:
        confirm(world, check, status="approved")
    assert refused.value.code == "approved"
    Project.objects.update(review="one")
    world.project.refresh_from_db()
    imported(world, path)
    assert Frame.objects.get().status == "complete", "which is further than the file may change"
    imported(world, path, status="approved")
    assert Frame.objects.get().status == "approved", "a manager says so where one reviewer is enough"


def test_replacing_is_logged_and_can_be_rewound(world: World) -> None:
    [frame] = add_pictures(world, 1)
    draw_some(world, frame, 3)
    before = shapes(world.project)
    done = imported(world, coco({frame.name: [("car", [5, 5, 20, 20])]}), "set.json", existing="replace")
    assert (done["added"], done["removed"]) == (1, 3)
    world.author(frame).do("rewind", to=3)
    assert shapes(world.project) == before


def test_a_new_project_is_made_with_the_labels_of_the_file(world: World) -> None:
    draw_some(world, add_pictures(world, 1)[0], 4)
    path, _result = export(world.project)
    place = Workplace.new()
    place.upload.write_bytes(path.read_bytes())
    report = check_at_once(place, "set.zip", None)
    done = write_at_once(place, "set.zip", "Copy", report, {}, user=world.people["owner"])
    made = Project.objects.get(name="Copy")
    assert (done.project, done.added, done.new_frames) == (made.pk, 4, 1)
    assert list(made.labels.order_by("position").values_list("name", "color")) == list(
        world.project.labels.order_by("position").values_list("name", "color")
    )
    assert Membership.objects.get(project=made).role == "manager" and shapes(made) == shapes(world.project)


# All or nothing


def interrupted(error: BaseException, after: int) -> Callable[..., None]:
    def advance(self: importing.Quiet, units: int = 1) -> None:
        self.run.done += units
        if Box.objects.count() >= after:
            raise error

    return advance


@pytest.mark.parametrize("error", [Stopping(), RuntimeError("a bug")], ids=["stop", "error"])
def test_interrupted_nothing_is_there_and_the_next_attempt_does_it_all(
    error: BaseException, world: World, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = add_pictures(world, 2)
    data = coco(
        {**{frame.name: [("car", [5, 5, 20, 20])] for frame in frames}, "new.png": [("tram", [1, 1, 9, 9])]}
    )
    job = confirm(world, checked(world, archive({"a.json": data, "new.png": numbered(9, SIZE)})))
    before = state_of(world.project)
    with monkeypatch.context() as patch:
        patch.setattr(importing.Quiet, "advance", interrupted(error, 2))
        run_one()
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED and state_of(world.project) == before
    Job.objects.update(lease_until=None)
    run_one()
    job.refresh_from_db()
    assert (job.state, job.result["import"]["added"]) == (Job.State.DONE, 3)
    assert list(workplaces()) == [] and store.exists(Frame.objects.get(name="new.png").md5)


def test_a_cancelled_import_takes_its_images_back(
    world: World, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = coco({"new.png": [("car", [1, 1, 9, 9])]})
    job = confirm(world, checked(world, archive({"a.json": data, "new.png": numbered(9, SIZE)})))
    monkeypatch.setattr(importing.Quiet, "advance", interrupted(Cancelled(), 1))
    run_one()
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED and not Frame.objects.exists() and files_in_store(folders) == 0


def test_dead_after_the_commit_the_job_knows_what_it_did(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    [frame] = add_pictures(world, 1)
    job = confirm(world, checked(world, coco({frame.name: [("car", [5, 5, 20, 20])]}), "set.json"))

    def die(*order: Any) -> None:
        writing.write(*order)
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("annotate.jobs.importing.write", die)
        run_one()
    assert Box.objects.count() == 1
    Job.objects.update(lease_until=None)
    run_one()
    job.refresh_from_db()
    assert (job.state, job.result["import"]["added"], Box.objects.count()) == (Job.State.DONE, 1, 1)


def test_z10_a_right_that_was_taken_away_meanwhile_holds_at_the_commit(world: World) -> None:
    [frame] = add_pictures(world, 1)
    job = confirm(world, checked(world, coco({frame.name: [("car", [5, 5, 20, 20])]}), "set.json"))
    Membership.objects.filter(user=world.people["owner"]).update(role="reviewer")
    run_one()
    job.refresh_from_db()
    assert job.state == Job.State.FAILED and "role" in job.error and not Box.objects.exists()


def test_a_frame_that_was_deleted_since_the_check_stops_all_of_it(world: World) -> None:
    frames = add_pictures(world, 2)
    job = confirm(
        world, checked(world, coco({one.name: [("car", [5, 5, 20, 20])] for one in frames}), "set.json")
    )
    frames[1].delete()
    run_one()
    job.refresh_from_db()
    assert job.state == Job.State.FAILED and "quay 001.png" in job.error and not Box.objects.exists()


def test_the_same_check_confirmed_twice_is_one_import(world: World) -> None:
    [frame] = add_pictures(world, 1)
    check = checked(world, coco({frame.name: []}), "set.json")
    assert confirm(world, check) == confirm(world, check)


def test_a_check_that_nobody_confirms_is_forgotten_with_its_files(world: World) -> None:
    [frame] = add_pictures(world, 1)
    check = checked(world, coco({frame.name: []}), "set.json")
    place = Workplace(check.payload["key"])
    assert importing.forget_old_checks(older_than_s=0) == 0 and importing.can_be_confirmed(check)
    Job.objects.update(finished_at=check.finished_at - importing.KEPT_FOR)  # type: ignore[operator]
    os.utime(place.folder, (0, 0))
    assert importing.forget_old_checks() == 1 and not importing.can_be_confirmed(check)
    with pytest.raises(FileNotFoundError):
        place.rows.stat()


def test_what_an_import_stores_is_left_alone_until_it_ends(world: World, folders: Path) -> None:
    place = Workplace.new()
    picture = pictures.prepare(place, 1, _written(folders / "x.png", numbered(5, SIZE)))
    pictures.put_into_store(place, 1, picture.md5)
    assert not store.delete_if_unreferenced(picture.md5) and store.exists(picture.md5)
    pictures.settle(place)
    assert not store.exists(picture.md5)


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_other_people_see_nothing_of_it_before_the_commit_and_all_of_it_after(
    committed_studio: Studio, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From another connection, while the import is half done; and people on frames it has not reached go on."""
    settings.MIN_FREE_BYTES = 0
    world = committed_studio.world
    frames = add_pictures(world, 3)
    job = confirm(
        world, checked(world, coco({one.name: [("car", [5, 5, 20, 20])] for one in frames}), "set.json")
    )
    seen: list[int] = []

    def look() -> None:
        seen.append(Box.objects.count())
        connection.close()

    def advance(self: importing.Quiet, units: int = 1) -> None:
        self.run.done += units
        assert Box.objects.count() == self.run.done, "inside, it is there"
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    monkeypatch.setattr(importing.Quiet, "advance", advance)
    announced: list[int] = []
    monkeypatch.setattr(writing, "announce", announced.append)
    run_one()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert seen == [0, 0, 0] and Box.objects.count() == 3
    assert announced == [frame.pk for frame in frames]
