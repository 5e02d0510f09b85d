"""Two models beside each other, as they were measured on the same held-out images."""

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..jobs.training_files import curves_of, differences_of, pictures_of
from ..learning.deciding import Decision, number_in, part
from ..learning.promotion import decision_of
from ..learning.shown import measured_at, taken_over
from ..learning.words import points, reason_of, training_reason
from ..models import Training
from .training_cards import metric_names

METRICS = ("map50_95", "map50", "precision", "recall", "seconds_per_frame")
AT_SHOWN = ("precision", "recall", "seconds_per_frame")
SECONDS = frozenset({"seconds_per_frame"})
"""Less of it is better."""
NONE = "–"
MOST_FRAMES = 40
SAMPLE = "sample-"
BEFORE = "(before)"  # as training.plots names the column; that one loads numpy
MOST_CLASSES = 100
BAR = 100  # units of the drawing


class MetricRow(TypedDict):
    """Texts in the reader's language. ``interval``: of the change, with 95 % certainty; "" where there is none."""

    name: str
    champion: str
    challenger: str
    change: str
    interval: str
    is_better: bool | None


class ClassRow(TypedDict):
    """Widths of the bars in units of BAR. ``is_fallen``: it lost more than the margin."""

    name: str
    truths: int
    champion: str
    challenger: str
    champion_width: str
    challenger_width: str
    change: str
    is_fallen: bool


def comparison_of(training: Training) -> dict[str, Any]:
    """For training_detail.html; without an evaluation there is nothing to compare."""
    evaluation = training.evaluation
    if not evaluation:
        return {"has_evaluation": False}
    decision = decision_of(training)
    is_waiting = training.outcome == Training.Outcome.CHALLENGER
    return {
        "has_evaluation": True,
        "decision": decision,
        "reason": reason_of(decision),
        "ending": training_reason(training),
        "metrics": metric_rows(evaluation),
        "measured_at": confidences_in(evaluation),
        "classes": class_rows(evaluation, decision.fallen),
        "has_champion": bool(evaluation.get("champion")),
        "is_validation": part(evaluation, "dataset").get("split") == "val",
        "held_out": int(number_in(evaluation.get("dataset"), "frames") or 0),
        "version_number": int(number_in(evaluation.get("dataset"), "number") or 0),
        "curves": curves_in(training),
        "differences": list(difference_rows(training)),
        "samples": [name for name in pictures_of(training, "samples") if name.startswith(SAMPLE)],
        "may_decide": is_waiting,
        "may_be_tried": may_be_tried(training, decision),
    }


def may_be_tried(training: Training, decision: Decision) -> bool:
    """Whether it looks better where the rule is not sure: then the page leads to where a manager may choose it."""
    version = training.model_version
    is_kept = training.outcome == Training.Outcome.KEPT_OLD and decision.code == "not_sure"
    looks_better = decision.mean is not None and decision.mean > 0
    is_usable = version is not None and version.is_active and version.pk != training.project.model_version_id
    return is_kept and looks_better and is_usable


class Confidences(TypedDict):
    """From which on proposals were shown when it was measured; "" where that is not known."""

    champion: str
    challenger: str
    is_known: bool
    is_taken_over: bool


def confidences_in(evaluation: Mapping[str, Any]) -> Confidences:
    champion, challenger = (measured_at(evaluation, side) for side in ("champion", "challenger"))
    return {
        "champion": confidence_text(champion),
        "challenger": confidence_text(challenger),
        "is_known": challenger is not None,
        "is_taken_over": taken_over(evaluation) is not None,
    }


def confidence_text(value: float | None) -> str:
    return number_format(value, 2) if value is not None else ""


def measured_words(evaluation: Mapping[str, Any], side: str) -> str:
    """What a model did on the held-out images, and from which confidence on; empty where that was not measured."""
    confidence = measured_at(evaluation, side)
    if confidence is None:
        return ""
    figures = part(evaluation, side)
    frames = int(number_in(evaluation.get("dataset"), "frames") or 0)
    words = {name: text_of(number_in(figures, name), name) for name in AT_SHOWN}
    words |= {"confidence": confidence_text(confidence), "frames": str(frames)}
    return (
        ngettext(
            "On %(frames)s held-out image, with proposals from a confidence of %(confidence)s on: precision "
            "%(precision)s %%, recall %(recall)s %%, about %(seconds_per_frame)s s per image.",
            "On %(frames)s held-out images, with proposals from a confidence of %(confidence)s on: precision "
            "%(precision)s %%, recall %(recall)s %%, about %(seconds_per_frame)s s per image.",
            frames,
        )
        % words
    )


class Curves(TypedDict):
    """Points of SVG polylines, 0 to BAR each way, recall to the right and precision upwards; "" where there is none."""

    champion: str
    challenger: str


def curves_in(training: Training) -> Curves | None:
    """Precision at each recall, the mean of the classes. Numbers come from a file."""
    rows = curves_of(training)
    found: Curves = {"champion": points_of(rows, BEFORE), "challenger": points_of(rows, "precision")}
    return found if found["challenger"] else None


def points_of(rows: list[dict[str, str]], column: str) -> str:
    pairs = [(share_in(row.get("recall")), share_in(row.get(column))) for row in rows]
    return " ".join(f"{x * BAR:.1f},{(1 - y) * BAR:.1f}" for x, y in pairs if x is not None and y is not None)


def share_in(text: str | None) -> float | None:
    """From 0 to 1, None for anything else."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


class DifferenceRow(TypedDict):
    name: str
    image: str
    text: str


def difference_rows(training: Training) -> Iterator[DifferenceRow]:
    """Only those whose picture is there: names come from a file."""
    known = set(pictures_of(training, "samples"))
    for row in differences_of(training)[:MOST_FRAMES]:
        image = str(row.get("image", ""))
        if image in known:
            yield {"name": str(row.get("name", "")), "image": image, "text": seconds_text(row)}


def seconds_text(row: Mapping[str, Any]) -> str:
    before, after = (number_in(row.get(side), "seconds") for side in ("champion", "challenger"))
    if after is None:
        return ""
    words = {"before": text_of(before, "seconds_per_frame"), "after": text_of(after, "seconds_per_frame")}
    if before is None:
        return _("A person would need about %(after)s s to put it right.") % words
    return _("A person would need about %(after)s s to put it right, and %(before)s s before.") % words


def metric_rows(evaluation: Mapping[str, Any]) -> list[MetricRow]:
    names = metric_names()
    champion, challenger = part(evaluation, "champion"), part(evaluation, "challenger")
    rows: list[MetricRow] = []
    for key in METRICS:
        before, after = number_in(champion, key), number_in(challenger, key)
        measured = part(part(evaluation, "difference"), key)
        change = number_in(measured, "mean")
        if change is None and before is not None and after is not None:
            change = after - before
        if after is None:
            continue
        rows.append(
            {
                "name": names[key],
                "champion": text_of(before, key),
                "challenger": text_of(after, key),
                "change": change_text(change, key),
                "interval": interval_text(measured, key),
                "is_better": None if not change else (change < 0) == (key in SECONDS),
            }
        )
    return rows


def text_of(value: float | None, key: str = "") -> str:
    """Shares as numbers of a hundred, times in seconds."""
    if value is None:
        return NONE
    return number_format(value, 1) if key in SECONDS else number_format(value * 100, 1)


def change_text(value: float | None, key: str = "") -> str:
    if value is None:
        return NONE
    return points(value / 100) if key in SECONDS else points(value)


def interval_text(measured: Mapping[str, Any], key: str) -> str:
    low, high = number_in(measured, "low"), number_in(measured, "high")
    if low is None or high is None:
        return ""
    return _("%(low)s to %(high)s") % {"low": change_text(low, key), "high": change_text(high, key)}


def class_rows(evaluation: Mapping[str, Any], fallen: Mapping[str, float]) -> list[ClassRow]:
    """The most frequent first."""
    champion = part(part(evaluation, "champion"), "per_class")
    challenger = part(part(evaluation, "challenger"), "per_class")
    deltas = part(part(evaluation, "difference"), "per_class")
    rows: list[ClassRow] = []
    for name, measured in challenger.items():
        before, after = number_in(champion.get(name), "map50_95"), number_in(measured, "map50_95")
        rows.append(
            {
                "name": name,
                "truths": int(number_in(measured, "truths") or 0),
                "champion": text_of(before),
                "challenger": text_of(after),
                "champion_width": width(before),
                "challenger_width": width(after),
                "change": change_text(number_in(deltas, name)),
                "is_fallen": name in fallen,
            }
        )
    return sorted(rows, key=lambda row: -row["truths"])[:MOST_CLASSES]


def width(share: float | None) -> str:
    return f"{max(0.0, min(share or 0.0, 1.0)) * BAR:.2f}"
