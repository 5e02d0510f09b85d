"""Real photographs and real weights for the tests; what is not to be had skips them with the reason."""

import importlib.util
import os
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotate.ai.catalogue import BY_KEY, Pin
from annotate.ai.detector import Found, Pixels
from annotate.ai.fetch import fetch
from annotate.ai.problems import CannotFetch
from annotate.geometry import Edges

ROOT = Path(__file__).resolve().parent.parent.parent
SHARED = [ROOT / "shared" / "data", ROOT.parent / "shared" / "data"]
CACHE = Path(os.environ.get("HITL_MODELS_CACHE") or Path.home() / ".cache" / "hitl" / "models")
NEEDS_ML = "the extra ml is not installed (make install-ml)"


def shared(name: str) -> Path:
    """A file or folder of the development data. Skips where it is absent."""
    found = next((folder / name for folder in SHARED if (folder / name).exists()), None)
    if found is None:
        pytest.skip(f"the development data {name} is not on this machine")
    return found


@lru_cache
def _fetched(key: str) -> tuple[Path, Pin] | str:
    try:
        fetched = fetch(BY_KEY[key], CACHE)
    except (CannotFetch, OSError) as error:
        return str(error)
    return fetched.path, fetched.pin


def weights(key: str) -> tuple[Path, Pin]:
    """Of a catalogue entry, fetched once into a cache outside of the tree. Skips where no source has them."""
    found = _fetched(key)
    if isinstance(found, str):
        pytest.skip(found)
    return found


def picture(path: Path) -> Pixels:
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


def bus() -> Pixels:
    """810 x 1080: a bus and four people; it comes with Ultralytics, which is not imported for it."""
    spec = importlib.util.find_spec("ultralytics")
    if spec is None or spec.origin is None:
        pytest.skip(NEEDS_ML)
    return picture(Path(spec.origin).parent / "assets" / "bus.jpg")


def coco8() -> list[tuple[Pixels, list[tuple[str, Edges]]]]:
    """Eight COCO photographs with the boxes that people drew."""
    from annotate.ai.coco import COCO_CLASSES

    found = []
    for path in sorted(shared("coco8").glob("images/*/*.jpg")):
        image = picture(path)
        height, width = image.shape[:2]
        label = path.parent.parent.parent / "labels" / path.parent.name / f"{path.stem}.txt"
        boxes = []
        for line in label.read_text().splitlines() if label.exists() else []:
            index, x, y, w, h = map(float, line.split())
            edges = Edges(
                (x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height
            )
            boxes.append((COCO_CLASSES[int(index)], edges))
        found.append((image, boxes))
    return found


def partners(some: tuple[Found, ...], others: tuple[Found, ...], *, px: float, confidence: float) -> int:
    """How many of ``some`` have a partner among ``others``: same class, edges and confidence within the limits."""
    return sum(any(_is_same(one, other, px, confidence) for other in others) for one in some)


def _is_same(one: Found, other: Found, px: float, confidence: float) -> bool:
    edges = zip(_edges(one), _edges(other), strict=True)
    near = all(abs(mine - theirs) <= px for mine, theirs in edges)
    return near and one.name == other.name and abs(one.confidence - other.confidence) <= confidence


def _edges(found: Found) -> tuple[float, float, float, float]:
    return found.box.x1, found.box.y1, found.box.x2, found.box.y2
