"""What an evaluation says, as JSON: the whole of it, and the few numbers that are put side by side. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import calibration
from .comparison import Difference, Judged
from .dataset import Description
from .reviewer import Act

FORMAT = 1
SCORES = ("map50", "map50_95", "precision", "recall", "seconds_per_frame", "shown_confidence")
DIGITS = 6


def report(
    described: Description,
    split: str,
    precision: float,
    new: Judged,
    old: Judged | None,
    compared: Difference | None,
    rows: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """metrics/evaluation.json (docs/training.md). ``precision``: what accepting without a person has to guarantee."""
    return {
        "format": FORMAT,
        "dataset": {
            "digest": described.digest,
            "number": described.number,
            "frames": len(new.truths),
            "split": split,
        },
        "shown_confidence": new.shown,
        "challenger": block(new, precision),
        "champion": None if old is None else block(old, precision),
        "difference": None if compared is None else difference_block(compared),
        "verdict": "first" if compared is None else "better" if compared.is_better else "not_better",
        "frames": list(rows),
    }


def scores(said: Mapping[str, Any]) -> dict[str, Any]:
    """The few numbers that ``dvc metrics diff`` puts side by side."""
    found = {
        who: {name: said[who][name] for name in SCORES}
        | {"per_class": {name: one["map50_95"] for name, one in said[who]["per_class"].items()}}
        for who in ("challenger", "champion")
        if said[who] is not None
    }
    return {**found, "difference": said["difference"] or {}, "verdict": said["verdict"]}


def difference_block(compared: Difference) -> dict[str, Any]:
    return {
        "map50_95": compared.map50_95.as_dict(),
        "seconds_per_frame": compared.seconds_per_frame.as_dict(),
        "per_class": compared.per_class,
        "fallen_classes": compared.fallen_classes,
    }


def block(judged: Judged, precision: float) -> dict[str, Any]:
    """Of one model. A class of which no box is held out has no average precision: None."""
    shown, right, drawn = judged.found_at_shown()
    averages = judged.averages
    present = ~np.isnan(averages[:, 0])
    per_class = {
        name: {
            "map50": float(averages[number, 0]) if present[number] else None,
            "map50_95": judged.class_average(number),
            "precision": share(right[number], shown[number]),
            "recall": share(right[number], drawn[number]),
            "truths": int(drawn[number]),
        }
        for number, name in enumerate(judged.classes)
    }
    return {
        "map50": float(averages[present, 0].mean()) if present.any() else 0.0,
        "map50_95": float(averages[present].mean()) if present.any() else 0.0,
        "precision": share(right.sum(), shown.sum()),
        "recall": share(right.sum(), drawn.sum()),
        "shown_confidence": judged.shown,
        "seconds_per_frame": float(judged.seconds.mean()),
        "acts_per_frame": acts_of(judged.acts.mean(axis=0)),
        "per_class": per_class,
        "calibration": {
            name: _calibration(judged, number, precision) for number, name in enumerate(judged.classes)
        },
        "confusion": {"classes": list(judged.classes), "table": judged.confusion().tolist()},
    }


def _calibration(judged: Judged, number: int, precision: float) -> dict[str, Any]:
    scores, right, frames = judged.verdicts(number)
    return calibration.calibrate(scores, right, precision=precision, frames=frames)


def share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None


def acts_of(counts: Sequence[float]) -> dict[str, float]:
    return {act.name.lower(): float(counts[act]) for act in Act}


def frame_block(judged: Judged, place: int) -> dict[str, Any]:
    return {"seconds": float(judged.seconds[place]), **acts_of(judged.acts[place])}


def rounded(value: Any) -> Any:
    """Everywhere: so that the file reads well, and no digit is a chance of the machine."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, Mapping):
        return {name: rounded(each) for name, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list | tuple) else value
