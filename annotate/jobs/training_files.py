"""Where the files of a training are, for those who only look at them."""

import csv
import json
from pathlib import Path
from typing import Any

from django.conf import settings

from ..models import Training

PICTURES = ("samples", "plots")
DIFFERENCES = "samples/differences.json"
CURVES = "plots/precision_recall.csv"
MOST_BYTES = 4 * 2**20


def folder_of(training: Training) -> Path:
    root: Path = settings.TRAININGS_DIR
    return root / str(training.pk)


def picture_in(training: Training, name: str) -> Path | None:
    """``name``: without a folder, as the pipeline made it."""
    for part in PICTURES:
        path = folder_of(training) / part / name
        if path.is_file() and not path.is_symlink():
            return path
    return None


def pictures_of(training: Training, part: str) -> list[str]:
    folder = folder_of(training) / part
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.suffix in (".jpg", ".png"))


def differences_of(training: Training) -> list[dict[str, Any]]:
    """The images on which the two models differ, as the pipeline wrote them down; [] where it did not."""
    path = folder_of(training) / DIFFERENCES
    try:
        found = json.loads(path.read_bytes()[:MOST_BYTES])
    except (OSError, ValueError):
        return []
    rows = found.get("frames") if isinstance(found, dict) else found
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def curves_of(training: Training) -> list[dict[str, str]]:
    """The rows of precision and recall, as the pipeline wrote them down; [] where it did not."""
    try:
        text = (folder_of(training) / CURVES).read_bytes()[:MOST_BYTES].decode()
    except (OSError, ValueError):
        return []
    return list(csv.DictReader(text.splitlines()))
