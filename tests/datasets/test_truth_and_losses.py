"""What nobody accepted never becomes truth, images of one video stay together, and nothing is lost without a word."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from annotate.datasets.catalogue import FORMATS
from annotate.datasets.formats.messages import LOSSES
from annotate.datasets.split import split_of
from annotate.detection.plan import Candidate
from annotate.detection.propose import propose
from annotate.geometry import Edges
from annotate.jobs import importing
from annotate.models import Box, Detection, Frame, Label, ModelVersion, Project, Source
from tests.media.pictures import archive, numbered
from tests.sync.world import World, make_world

from .conftest import Studio
from .harbour import SIZE, add_pictures, checked, confirm, draw_some, export, imported, run_one

HEAD = "frame,label,x1,y1,x2,y2,status,source,feedback,confidence\n"


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def proposed(world: World, frame: Frame, *names: str) -> None:
    """What a model of each name finds on the frame, with a confidence of 0.75 and 0.5."""
    for number, name in enumerate(names):
        model = ModelVersion.objects.create(name=name, number=1, kind="onnx", sha256="0" * 64, image_size=640)
        detection = Detection.objects.create(
            project=world.project, model_version=model, trigger="api", scope="project", confidence=0.25,
            iou=0.7, image_size=640,
        )  # fmt: skip
        top = 20.0 + 150 * number
        found = [
            Candidate(Edges(10, top, 60, top + 50), "car", 0.75),
            Candidate(Edges(200, top, 260, top + 50), "bus", 0.5),
        ]
        propose(detection, frame.pk, found, labels=world.labels, dropped={}, timings={})


def losses_of(world: World, data: bytes | Path, name: str = "set.zip") -> dict[str, int]:
    report = importing.report_of(checked(world, data, name))
    assert report is not None and report["errors"] == 0, report
    assert set(report["losses"]) <= set(LOSSES)
    return report["losses"]


def tasks_in(path: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(path) as packed:
        found: list[dict[str, Any]] = json.loads(packed.read("tasks.json"))
    return found


# What nobody accepted


@pytest.mark.parametrize("source", ["human", "model", ""])
@pytest.mark.parametrize("existing", ["add", "replace"])
def test_only_what_was_accepted_comes_in_as_true(source: str, existing: str, world: World) -> None:
    [frame] = add_pictures(world, 1)
    rows = [f"{frame.name},car,{left},5,{left + 50},60,{status},{source},,\n"
            for left, status in ((5, "proposed"), (105, "rejected"), (205, "accepted"), (305, ""))]  # fmt: skip
    check = checked(world, (HEAD + "".join(rows)).encode(), "set.csv")
    report = importing.report_of(check)
    assert report is not None and report["proposals"] == 1
    confirm(world, check, existing=existing)
    run_one()
    found = {int(box.x1): (box.status, box.source) for box in Box.objects.all()}
    drawn = source or "human"
    assert found == {
        5: ("proposed", "model"),
        105: ("rejected", "model"),
        205: ("accepted", drawn),
        305: ("accepted", drawn),
    }
    assert sum(status == "proposed" for status, _source in found.values()) == report["proposals"]
    assert report["losses"].get("human_proposal", 0) == (2 if source == "human" else 0)


def test_a_proposal_of_a_person_in_our_own_format_is_no_truth_either(world: World) -> None:
    [frame] = add_pictures(world, 1)
    box = {
        "label": "car",
        "edges": {"x1": 5, "y1": 5, "x2": 50, "y2": 50},
        "source": "human",
        "status": "rejected",
    }
    lines = [
        {"format": "hitl", "version": 1, "labels": [{"name": "car"}]},
        {"name": frame.name, "width": SIZE[0], "height": SIZE[1], "boxes": [box]},
    ]
    data = "\n".join(json.dumps(line) for line in lines).encode()
    imported(world, data, "set.jsonl")
    assert list(Box.objects.values_list("status", "source")) == [("rejected", "model")]


def test_what_a_person_drew_stays_accepted_whatever_a_file_says(world: World) -> None:
    [frame] = add_pictures(world, 1)
    draw_some(world, frame, 1)
    box = Box.objects.get()
    row = f"{frame.name},car,{box.x1},{box.y1},{box.x2},{box.y2},proposed,human,,"
    data = HEAD.strip() + f",id\n{row},{box.pk}\n"
    imported(world, data.encode(), "set.csv", existing="replace")
    assert list(Box.objects.filter(deleted_revision=None).values_list("status", "source")) == [
        ("accepted", "human")
    ]


# Images of a video


def mot(frames: int, name: str) -> bytes:
    """A sequence with its images."""
    size = f"imWidth={SIZE[0]}\nimHeight={SIZE[1]}\nimExt=.png\n"
    files = {
        f"{name}/seqinfo.ini": f"[Sequence]\nname={name}\nimDir=img1\nseqLength={frames}\n{size}".encode(),
        f"{name}/gt/gt.txt": b"1,1,10,10,50,50,1,1,1\n",
        f"{name}/gt/labels.txt": b"car\n",
    }
    images = {f"{name}/img1/{number:06d}.png": numbered(number, SIZE) for number in range(1, frames + 1)}
    return archive({**files, **images})


def cvat(frames: int) -> bytes:
    size = f"<original_size><width>{SIZE[0]}</width><height>{SIZE[1]}</height></original_size>"
    box = (
        '<box frame="0" outside="0" keyframe="1" occluded="0" xtl="5" ytl="5" xbr="50" ybr="50" z_order="0"/>'
    )
    text = (
        f"<annotations><version>1.1</version><meta><task><name>quay</name><size>{frames}</size>"
        "<mode>interpolation</mode><labels><label><name>car</name></label></labels>"
        f'{size}<source>quay.mp4</source></task></meta><track id="0" label="car">{box}</track></annotations>'
    )
    images = {f"images/frame_{number:06d}.png": numbered(number, SIZE) for number in range(frames)}
    return archive({"annotations.xml": text.encode(), **images})


@pytest.mark.parametrize(
    ("data", "name"), [(mot(12, "quay"), "quay"), (cvat(12), "quay.mp4")], ids=["mot", "cvat"]
)
def test_images_of_an_imported_video_stay_on_one_side(data: bytes, name: str, world: World) -> None:
    Project.objects.filter(pk=world.project.pk).update(blind_percent=50)
    world.project.refresh_from_db()
    imported(world, data, status="complete")
    source = Source.objects.get(project=world.project, name=name)
    assert source.kind == "video" and source.frames.count() == 12
    alone = {split_of(frame.original_md5, is_blind=False) for frame in source.frames.all()}
    assert len(alone) > 1, "hashed singly they would be apart"
    assert len(set(source.frames.values_list("is_blind", flat=True))) == 1
    version = Studio(world).snapshot()
    splits = version.counts["splits"]
    assert sorted(splits[side]["frames"] for side in ("train", "val", "test")) == [0, 0, 12]
    Frame.objects.update(is_blind=False)
    path, _result = export(world.project, format="coco", images=False)
    with zipfile.ZipFile(path) as packed:
        lists = [one for one in packed.namelist() if one.startswith("annotations/")]
    assert len(lists) == 1


# What is lost is told


def test_every_format_but_ours_says_that_the_history_of_boxes_is_lost(world: World) -> None:
    [frame] = add_pictures(world, 1)
    proposed(world, frame, "coast")
    author = world.author(frame)
    for box in Box.objects.all():
        author.do("set", box.pk, status="accepted", base={"status": box.versions["status"]})
    author.draw(x1=100.0, y1=100.0, x2=150.0, y2=150.0)
    for key in FORMATS:
        _path, result = export(world.project, format=key, images=False)
        told = {
            code: result["loss"].get(code, 0)
            for code in ("box_verdict", "box_model", "box_revision", "frame_revision")
        }
        if key == "hitl":
            assert result["loss"] == {}
        else:
            assert told == {"box_verdict": 2, "box_model": 2, "box_revision": 3, "frame_revision": 1}, key
            assert result["loss"].get("box_author", 0) == (0 if key == "csv" else 1), "what a person drew"
        assert set(result["loss"]) <= set(LOSSES)


def test_an_import_of_our_own_format_says_what_stays_behind(world: World) -> None:
    [frame] = add_pictures(world, 1)
    proposed(world, frame, "coast")
    Frame.objects.update(is_blind=True)
    draw_some(world, frame, 1)
    Project.objects.filter(pk=world.project.pk).update(description="All quays")
    world.project.refresh_from_db()
    path, _result = export(world.project)
    Label.objects.filter(pk=world.labels["car"]).update(color="#123456", key="7")
    there = make_world()
    Label.objects.filter(pk=there.labels["car"]).update(color="#654321")
    assert losses_of(there, path) == {
        "frame_split": 1, "frame_revision": 1, "frame_blind": 1, "box_author": 1, "box_revision": 3,
        "box_model": 2, "box_verdict": 2, "label_color": 1, "set_name": 1, "set_extra": 1,
    }  # fmt: skip


def test_a_score_is_kept_with_proposals_and_told_where_it_is_not(world: World) -> None:
    [frame] = add_pictures(world, 1)
    data = json.dumps(
        {
            "images": [{"id": 1, "file_name": frame.name, "width": SIZE[0], "height": SIZE[1]}],
            "annotations": [
                {"id": number, "image_id": 1, "category_id": 1, "bbox": [number * 70, 5, 20, 20], **more}
                for number, more in enumerate([{"score": 0.5}, {}])
            ],
            "categories": [{"id": 1, "name": "car"}],
        }
    ).encode()
    assert losses_of(world, data, "set.json") == {"box_confidence": 1}
    imported(world, data, "set.json", take="proposals")
    found = Box.objects.order_by("x1").values_list("status", "confidence")
    assert list(found) == [("proposed", 0.5), ("proposed", None)]


def test_verdicts_on_what_a_person_drew_are_told(world: World) -> None:
    [frame] = add_pictures(world, 1)
    data = HEAD + f"{frame.name},car,5,5,50,60,accepted,human,negative,0.5\n"
    assert losses_of(world, data.encode(), "set.csv") == {"box_feedback": 1, "box_confidence": 1}
    imported(world, data.encode(), "set.csv")
    assert list(Box.objects.values_list("feedback", "confidence")) == [("", None)]


def test_keys_and_colours_of_labels_come_along(world: World) -> None:
    [frame] = add_pictures(world, 1)
    labels = "name,color,key\ntram,#123456,9\ntrain,#abcdef,\nbus,#0072b2,\n"
    Label.objects.filter(pk=world.labels["bus"]).update(key="4")
    rows = "".join(
        f"{frame.name},{label},{left},5,{left + 50},60\n" for label, left in (("tram", 5), ("train", 80))
    )
    data = archive(
        {"annotations.csv": f"frame,label,x1,y1,x2,y2\n{rows}".encode(), "labels.csv": labels.encode()}
    )
    assert losses_of(world, data) == {}
    imported(world, data)
    made = (
        Label.objects.filter(name__in=["tram", "train"]).order_by("name").values_list("name", "color", "key")
    )
    assert list(made) == [("train", "#abcdef", ""), ("tram", "#123456", "9")]


def test_a_key_that_another_label_has_is_told_and_not_given_twice(world: World) -> None:
    [frame] = add_pictures(world, 1)
    Label.objects.filter(pk=world.labels["bus"]).update(key="9")
    row = f"{frame.name},tram,5,5,50,60\n"
    data = archive(
        {
            "annotations.csv": f"frame,label,x1,y1,x2,y2\n{row}".encode(),
            "labels.csv": b"name,color,key\ntram,,9\n",
        }
    )
    assert losses_of(world, data) == {"label_key": 1}
    imported(world, data)
    assert Label.objects.filter(key="9").count() == 1 and Label.objects.get(name="tram").key not in ("", "9")


# Label Studio


def test_open_proposals_are_predictions_of_label_studio_by_default(world: World) -> None:
    [frame] = add_pictures(world, 1)
    proposed(world, frame, "coast", "harbour")
    first = Box.objects.filter(confidence=0.75).earliest("created_revision")
    rejected = Box.objects.filter(confidence=0.5).latest("created_revision")
    author = world.author(frame)
    author.do("set", first.pk, status="accepted", base={"status": first.versions["status"]})
    author.do("set", rejected.pk, status="rejected", base={"status": rejected.versions["status"]})
    path, result = export(world.project, format="label_studio", images=False)
    [task] = tasks_in(path)
    [annotation] = task["annotations"]
    assert [(one["id"], one["score"]) for one in annotation["result"]] == [(str(first.pk), 0.75)]
    told = [
        (one["model_version"], one["score"], [part["score"] for part in one["result"]])
        for one in task["predictions"]
    ]
    assert told == [("coast 1", 0.5, [0.5]), ("harbour 1", 0.75, [0.75])]
    assert result["loss"]["box_model"] == 1, "of the accepted one"
    there = make_world()
    add_pictures(there, 1)
    assert "other_predictions" not in losses_of(there, path)
    imported(there, path)
    found = Box.objects.filter(frame__project=there.project).values_list("status", "confidence")
    assert sorted(found) == [("accepted", 0.75), ("proposed", 0.5), ("proposed", 0.75)]


@pytest.mark.parametrize("key", [key for key in FORMATS if key not in ("hitl", "label_studio")])
def test_no_other_format_takes_proposals_for_truth(key: str, world: World) -> None:
    [frame] = add_pictures(world, 1)
    proposed(world, frame, "coast")
    _path, result = export(world.project, format=key, images=False)
    assert result["boxes"] == 0
