"""The frames of train and val as Ultralytics wants them, in a folder of their own: it writes caches beside the
labels and replaces images that it finds damaged. It never sees a frame of the split test.
"""

import json
from pathlib import Path

from . import files
from .dataset import Dataset, Frame

TRAIN, VAL = "train", "val"


def write_set(dataset: Dataset, folder: Path) -> Path:
    """The description for Ultralytics, made here with absolute paths; names are data in it. Raises OSError."""
    files.emptied(folder)
    for name in ("images", "labels"):
        (folder / name).mkdir()
    train, val = dataset.of(TRAIN), dataset.of(VAL)
    for frame in (*train, *val):
        files.link(dataset.image(frame), folder / "images" / frame.file)
        files.link(dataset.label(frame), folder / "labels" / frame.label_file)
    described = {
        "path": str(folder),
        "train": _list(folder, TRAIN, train),
        "val": _list(folder, VAL, val or train),  # Ultralytics asks for one, used or not
        "names": dict(enumerate(dataset.description.classes)),
    }
    path = folder / "data.yaml"
    files.write(path, json.dumps(described, ensure_ascii=False, indent=1))  # JSON is YAML
    return path


def _list(folder: Path, split: str, frames: list[Frame]) -> str:
    path = folder / f"{split}.txt"
    files.write(path, "".join(f"{folder / 'images' / frame.file}\n" for frame in frames))
    return str(path)
