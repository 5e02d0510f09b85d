"""What is written is read by the formats' own tools as it was meant."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from annotate.ai.ultralytics_setup import ultralytics
from annotate.datasets.formats import coco, cvat_images, voc, yolo
from annotate.datasets.formats.records import BoxRecord, FrameRecord
from annotate.geometry import Edges

from .sets import HEADER, LABELS, OneImage, read, write

WIDTH, HEIGHT = 64, 48
Found = dict[str, list[tuple[str, tuple[float, ...]]]]


@pytest.fixture
def photo(tmp_path: Path) -> OneImage:
    path = tmp_path / "stored.png"
    Image.new("RGB", (WIDTH, HEIGHT), "white").save(path)
    return OneImage(path)


def some_frames() -> list[FrameRecord]:
    """Whole edges, so that VOC is exact too."""
    found = []
    for number, split in enumerate(["train", "train", "val", "test", "train"]):
        boxes = tuple(
            BoxRecord(LABELS[place % 4].name, Edges(place, 2 * place, 20 + place, 30 + number))
            for place in range(number)
        )
        found.append(FrameRecord(f"frame {number}.png", WIDTH, HEIGHT, boxes, split=split))
    return found


def wanted(frames: list[FrameRecord]) -> Found:
    return {
        frame.name: sorted((box.label, tuple_of(box.edges)) for box in frame.boxes)
        for frame in frames
        if frame.boxes
    }


def tuple_of(edges: Edges) -> tuple[float, ...]:
    return edges.x1, edges.y1, edges.x2, edges.y2


def close(found: Found, frames: list[FrameRecord], pixels: float = 1e-3) -> bool:
    """The tools may work with 32-bit numbers."""
    mine = wanted(frames)
    assert set(found) == set(mine)
    for name, boxes in found.items():
        assert [label for label, _ in sorted(boxes)] == [label for label, _ in mine[name]]
        for (_, edges), (_, same) in zip(sorted(boxes), mine[name], strict=True):
            assert edges == pytest.approx(same, abs=pixels)
    return True


def of_globox(annotations: Any, shift: float = 0) -> Found:
    return {
        one.image_id: [
            (box.label, (box.xmin - shift, box.ymin - shift, box.xmax, box.ymax)) for box in one.boxes
        ]
        for one in annotations
        if one.boxes
    }


def test_pycocotools_reads_coco(tmp_path: Path) -> None:
    tools = pytest.importorskip("pycocotools.coco")
    frames = some_frames()
    write(coco, tmp_path, frames)
    found: Found = {}
    for split in ("train", "val", "test"):
        read_by_it = tools.COCO(str(tmp_path / "annotations" / f"instances_{split}.json"))
        assert [one["name"] for one in read_by_it.loadCats(read_by_it.getCatIds())] == [
            one.name for one in LABELS
        ]
        for image in read_by_it.loadImgs(read_by_it.getImgIds()):
            rows = read_by_it.loadAnns(read_by_it.getAnnIds(imgIds=image["id"], iscrowd=False))
            boxes = [
                (read_by_it.loadCats(row["category_id"])[0]["name"], as_edges(row["bbox"])) for row in rows
            ]
            found |= {image["file_name"]: boxes} if boxes else {}
    assert close(found, frames)


def as_edges(bbox: list[float]) -> tuple[float, ...]:
    return bbox[0], bbox[1], bbox[0] + bbox[2], bbox[1] + bbox[3]


def test_globox_reads_coco(tmp_path: Path) -> None:
    globox = pytest.importorskip("globox")
    frames = [frame for frame in some_frames() if frame.split == "train"]
    write(coco, tmp_path, frames)
    read_by_it = globox.AnnotationSet.from_coco(tmp_path / "annotations" / "instances_train.json")
    assert len(read_by_it) == len(frames)
    assert close(of_globox(read_by_it), frames)


def test_globox_reads_voc_which_counts_from_one(tmp_path: Path) -> None:
    globox = pytest.importorskip("globox")
    frames = some_frames()
    write(voc, tmp_path, frames)
    read_by_it = globox.AnnotationSet.from_pascal_voc(tmp_path / "Annotations")
    assert len(read_by_it) == len(frames)
    assert close(of_globox(read_by_it, shift=1), frames)


def test_globox_reads_cvat(tmp_path: Path) -> None:
    globox = pytest.importorskip("globox")
    frames = some_frames()
    write(cvat_images, tmp_path, frames)
    read_by_it = globox.AnnotationSet.from_cvat(tmp_path / "annotations.xml")
    assert close(of_globox(read_by_it), frames)


def test_what_globox_writes_is_read(tmp_path: Path) -> None:
    globox = pytest.importorskip("globox")
    frames = some_frames()
    write(coco, tmp_path / "ours", [FrameRecord(f.name, f.width, f.height, f.boxes) for f in frames])
    theirs = globox.AnnotationSet.from_coco(tmp_path / "ours" / "annotations" / "instances_default.json")
    theirs.save_coco(tmp_path / "coco.json", auto_ids=True)
    theirs.save_cvat(tmp_path / "cvat.xml")
    for module, name in ((coco, "coco.json"), (cvat_images, "cvat.xml")):
        reader, _, again = read(module, tmp_path / name)
        assert not reader.errors
        assert close(
            {one.name: [(box.label, tuple_of(box.edges)) for box in one.boxes] for one in again if one.boxes},
            frames,
        )


def test_labelformat_reads_coco_and_yolo(tmp_path: Path, photo: OneImage) -> None:
    formats = pytest.importorskip("labelformat.formats")
    frames = [frame for frame in some_frames() if frame.split == "train"]
    write(coco, tmp_path / "coco", frames)
    write(yolo, tmp_path / "yolo", frames, photo)
    inputs = (
        formats.COCOObjectDetectionInput(tmp_path / "coco" / "annotations" / "instances_train.json"),
        formats.YOLOv8ObjectDetectionInput(tmp_path / "yolo" / "data.yaml", "train"),
    )
    for one in inputs:
        found: Found = {}
        for labels in one.get_labels():
            boxes = [
                (label.category.name, (label.box.xmin, label.box.ymin, label.box.xmax, label.box.ymax))
                for label in labels.objects
            ]
            found |= {labels.image.filename: boxes} if boxes else {}
        assert close(found, frames)


def test_ultralytics_loads_the_unpacked_export_from_anywhere(
    tmp_path: Path, photo: OneImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_spec("ultralytics") is None:
        pytest.skip("the extra ml is not installed")
    ultralytics(tmp_path / "settings")  # its own import would leave its patches behind
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    frames = some_frames()
    write(yolo, tmp_path / "export", frames, photo)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    data = check_det_dataset(str(tmp_path / "export" / "data.yaml"), autodownload=False)
    assert list(data["names"].values()) == [label.name for label in HEADER.labels]
    found: Found = {}
    count = 0
    for split in ("train", "val", "test"):
        loaded = YOLODataset(img_path=data[split], data=data, task="detect", imgsz=64, augment=False)
        for label in loaded.labels:
            count += 1
            boxes = [
                (data["names"][int(number)], shares_to_edges(shares))
                for number, shares in zip(label["cls"][:, 0], label["bboxes"].tolist(), strict=True)
            ]
            found |= {Path(label["im_file"]).name: boxes} if boxes else {}
    assert count == len(frames)
    assert close(found, frames)


def shares_to_edges(shares: list[float]) -> tuple[float, ...]:
    x, y, width, height = shares
    return (
        (x - width / 2) * WIDTH,
        (y - height / 2) * HEIGHT,
        (x + width / 2) * WIDTH,
        (y + height / 2) * HEIGHT,
    )
