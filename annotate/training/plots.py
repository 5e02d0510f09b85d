"""What ``dvc plots`` draws: tables as CSV, one row per point."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from . import files
from .average_precision import RECALLS
from .comparison import CALIBRATED_FROM, Judged
from .matching import Numbers

NOTHING = "(nothing)"
BEFORE = "(before)"
"""The column of the model that serves; empty where there is none."""
BINS = 10


def write_all(folder: Path, judged: Judged, old: Judged | None) -> None:
    """``old``: of the model that serves. Raises OSError."""
    names = ["recall", "precision", BEFORE, *judged.classes]
    _write(folder / "precision_recall.csv", names, curves(judged, old))
    _write(folder / "confusion.csv", ["drawn", "proposed"], pairs(judged))
    _write(folder / "calibration.csv", ["confidence", "right", "proposals"], reliability(judged))


def curves(judged: Judged, old: Judged | None) -> Iterable[Sequence[object]]:
    """Recall, the mean over the classes that have boxes, the same of the model that serves, and each class."""
    now, before = mean_curve(judged), None if old is None else mean_curve(old)
    by_class = [table.curve() for table in judged.tables]
    for row, recall in enumerate(RECALLS):
        then = "" if before is None else _rounded(before[row])
        yield [_rounded(recall), _rounded(now[row]), then, *(_rounded(one[row]) for one in by_class)]


def mean_curve(judged: Judged) -> Numbers:
    """Precision at each of RECALLS, the mean over the classes that have boxes."""
    present = [table.curve() for table in judged.tables if table.truths.any()]
    return np.mean(present, axis=0) if present else np.zeros(len(RECALLS))


def _rounded(value: float) -> float:
    return round(float(value), 4)


def pairs(judged: Judged) -> Iterable[Sequence[object]]:
    """A row for each box, as DVC's template counts them itself."""
    names = [*judged.classes, NOTHING]
    table = judged.confusion()
    for drawn, proposed in zip(*np.nonzero(table), strict=True):
        for _ in range(int(table[drawn, proposed])):
            yield names[drawn], names[proposed]


def reliability(judged: Judged) -> Iterable[Sequence[object]]:
    """All classes together, in ten steps of confidence."""
    found = [judged.verdicts(number) for number in range(len(judged.classes))]
    scores = np.concatenate([scores for scores, _, _ in found])
    right = np.concatenate([right for _, right, _ in found])
    places = np.minimum((scores * BINS).astype(int), BINS - 1)
    for place in range(int(CALIBRATED_FROM * BINS), BINS):
        chosen = places == place
        if chosen.any():
            yield [
                round(float(scores[chosen].mean()), 4),
                round(float(right[chosen].mean()), 4),
                int(chosen.sum()),
            ]


def _write(path: Path, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    files.write(path, table.getvalue())
