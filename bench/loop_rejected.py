"""What the annotator of ``bench/loop.py --rounds`` rejected, to be looked at.

    .venv/bin/python bench/loop_rejected.py

She knows only the labels of the data set, and rejects what is not among them. Whether there was a cell all the same is
for people to see: a picture per model with proposals drawn at random from those that she rejected and that overlap no
label. Red: the proposal; blue: the labels.
"""

import argparse
import sqlite3
import sys
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import astuple
from pathlib import Path
from random import Random
from typing import NamedTuple

from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # started as a file, not as a module

from annotate.geometry import Edges  # noqa: E402
from bench.loop_rounds import DATABASE, FOLDER  # noqa: E402

ALONE = 0.3
"""IoU with every label below which nothing is labelled there."""
TILE, COLUMNS, GAP = 110, 10, 4
BOXES = """
    SELECT f.md5, d.model_version_id, l.name, b.status, b.x1, b.y1, b.x2, b.y2
    FROM annotate_box b JOIN annotate_frame f ON f.id = b.frame_id JOIN annotate_label l ON l.id = b.label_id
    LEFT JOIN annotate_detection d ON d.id = b.detection_id
    WHERE f.project_id = ? AND f.status = 'complete' AND b.status IN ('accepted', 'rejected')
    AND b.deleted_revision IS NULL ORDER BY b.id"""


class Rejected(NamedTuple):
    """``md5`` of the photograph."""

    md5: str
    label: str
    edges: Edges


class Read(NamedTuple):
    """``rejected``: by the model that proposed them. ``alone``: those of them that overlap no label."""

    rejected: dict[int, list[Rejected]]
    alone: dict[int, list[Rejected]]
    truth: dict[str, list[Edges]]


def read(database: Path, project: int) -> Read:
    found = Read(defaultdict(list), defaultdict(list), defaultdict(list))
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for md5, model, label, status, *corners in connection.execute(BOXES, [project]):
            edges = Edges(*corners)
            if status == "accepted":
                found.truth[md5].append(edges)
            else:
                found.rejected[model].append(Rejected(md5, label, edges))
    for model, boxes in found.rejected.items():
        found.alone[model] = [
            one for one in boxes if not any(one.edges.iou(true) >= ALONE for true in found.truth[one.md5])
        ]
    return found


def sheet(boxes: list[Rejected], truth: dict[str, list[Edges]], photographs: Path) -> Image.Image:
    """A tile for each, row by row."""
    step = TILE + GAP
    rows = -(-len(boxes) // COLUMNS)
    whole = Image.new("RGB", (COLUMNS * step - GAP, rows * step - GAP), "white")
    for number, box in enumerate(boxes):
        photograph = Image.open(photographs / box.md5[:2] / box.md5[2:]).convert("RGB")
        brush = ImageDraw.Draw(photograph)
        for true in truth[box.md5]:
            brush.rectangle(astuple(true), outline=(0, 114, 178))
        brush.rectangle(astuple(box.edges), outline=(220, 0, 0), width=2)
        edges = box.edges
        x, y = (edges.x1 + edges.x2) / 2, (edges.y1 + edges.y2) / 2
        half = 0.9 * max(edges.width, edges.height) + 8
        around = photograph.crop((round(x - half), round(y - half), round(x + half), round(y + half)))
        whole.paste(around.resize((TILE, TILE)), (number % COLUMNS * step, number // COLUMNS * step))
    return whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of bench/loop.py --rounds")
    parser.add_argument("--project", type=int, default=1, help="1: in the order of the queue; 2: at random")
    parser.add_argument("--count", type=int, default=60)
    options = parser.parse_args()
    site = options.folder / "site"
    found = read(site / DATABASE, options.project)
    for turn, (model, boxes) in enumerate(sorted(found.alone.items()), start=1):
        labels = ", ".join(
            f"{count} {name}" for name, count in Counter(one.label for one in boxes).most_common()
        )
        picture = options.folder / f"rejected-{turn}.webp"
        chosen = Random(0).sample(boxes, min(options.count, len(boxes)))
        sheet(chosen, found.truth, site / "store" / "files" / "md5").save(picture, quality=88)
        print(
            f"model {turn}: {len(found.rejected[model])} rejected, {len(boxes)} where nothing is labelled ({labels})"
        )
        print(f"  {len(chosen)} of them, drawn at random: {picture}")


if __name__ == "__main__":
    main()
