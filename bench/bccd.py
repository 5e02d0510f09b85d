"""Photographs with boxes that people drew: BCCD, blood cells, three classes that a COCO model does not know.

The files are no part of the project. They are looked for in ``shared/data/bccd`` beside or inside the checkout.
"""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from annotate.geometry import MIN_SIDE_PX, Edges

ROOT = Path(__file__).resolve().parent.parent
PLACES = [ROOT / "shared" / "data" / "bccd", ROOT.parent / "shared" / "data" / "bccd"]
CLASSES = ("RBC", "WBC", "Platelets")


class DataMissing(Exception):
    """The text says which files are not on this machine."""


@dataclass(frozen=True, slots=True)
class TrueBox:
    """An object as a person drew it: its class by name, edges in image pixels."""

    name: str
    edges: Edges


@dataclass(frozen=True, slots=True)
class Photo:
    """``stem``: the file name without its ending. ``width`` and ``height`` in pixels."""

    stem: str
    path: Path
    width: int
    height: int
    boxes: tuple[TrueBox, ...]


def folder() -> Path:
    """Raises DataMissing."""
    found = next((place for place in PLACES if (place / "val.txt").is_file()), None)
    if found is None:
        raise DataMissing("the photographs of BCCD are not on this machine (shared/data/bccd)")
    return found


def photos(part: str) -> list[Photo]:
    """``part``: "train" or "val", in the order of its list. Raises DataMissing."""
    root = folder()
    stems = (root / f"{part}.txt").read_text().split()
    return [
        photo_of(
            stem, root / "JPEGImages" / f"{stem}.jpg", (root / "Annotations" / f"{stem}.xml").read_text()
        )
        for stem in stems
    ]


def photo_of(stem: str, path: Path, xml: str) -> Photo:
    """From Pascal VOC. Boxes outside of the picture are clamped, those of less than a pixel left out."""
    tree = ElementTree.fromstring(xml)  # noqa: S314  # a file of the data set, not of a user
    width, height = _number(tree, "size/width"), _number(tree, "size/height")
    drawn = [
        TrueBox(
            (one.findtext("name") or "").strip(),
            Edges(
                max(0.0, _number(one, "bndbox/xmin")),
                max(0.0, _number(one, "bndbox/ymin")),
                min(width, _number(one, "bndbox/xmax")),
                min(height, _number(one, "bndbox/ymax")),
            ),
        )
        for one in tree.iter("object")
    ]
    kept = [box for box in drawn if min(box.edges.width, box.edges.height) >= MIN_SIDE_PX]
    return Photo(stem, path, int(width), int(height), tuple(kept))


def _number(element: ElementTree.Element, path: str) -> float:
    """Raises DataMissing where the file does not say it."""
    text = element.findtext(path)
    if text is None:
        raise DataMissing(f"a file of BCCD has no {path}")
    return float(text)
