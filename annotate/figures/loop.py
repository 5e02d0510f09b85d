"""Figures about models: what became of proposals over time, by version, by label and by threshold. Pure."""

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from django.utils.translation import gettext as _

from .choice import STEPS, Choice
from .figure import Cell, Column, Figure, Row, Select
from .proposals import Counts, Seen, Sure
from .tally import Judged, Missed, Tally, share, tallies_by, tally

OUTCOMES = ("accepted", "corrected", "rejected", "missed")


@dataclass(frozen=True, slots=True)
class Names:
    versions: dict[int, str]
    labels: dict[int, str]


def narrowed(counts: Counts, choice: Choice) -> Counts:
    """Only the version and the label that were asked for."""

    def is_wanted(group: Judged | Missed | Seen) -> bool:
        return choice.is_wanted(group.version, group.label)

    return Counts(
        [one for one in counts.judged if is_wanted(one)],
        [one for one in counts.missed if is_wanted(one)],
        [one for one in counts.frames if is_wanted(one)],
    )


def frames_by(word: str, frames: list[Seen]) -> Counter[Any]:
    """How many frames there are for each value of ``word``."""
    return Counter(value for value, _frame in {(getattr(one, word), one.frame) for one in frames})


def titles() -> dict[str, str]:
    return {
        "accepted": _("Accepted"),
        "corrected": _("Corrected"),
        "rejected": _("Rejected"),
        "missed": _("Missed"),
    }


def per_frame_titles() -> dict[str, str]:
    return {
        "accepted": _("Accepted per image"),
        "corrected": _("Corrected per image"),
        "rejected": _("Rejected per image"),
        "missed": _("Missed per image"),
    }


def count_columns() -> list[Column]:
    return [Column(key, title, "count", {"outcome": key}) for key, title in titles().items()]


def counts_of(one: Tally) -> list[Cell]:
    return [one.accepted, one.corrected, one.rejected, one.missed]


def ratio(part: int, whole: int) -> float | None:
    return None if whole == 0 else round(part / whole, 4)


def quality_columns(*, is_drawn: bool) -> list[Column]:
    return [
        Column("precision", _("Precision"), "share", {"outcome": "judged"}, is_drawn),
        Column("recall", _("Recall"), "share", {"outcome": "kept"}, is_drawn),
    ]


def quality_of(one: Tally) -> list[Cell]:
    return [share(one.right, one.judged), share(one.right, one.kept)]


def proposals(counts: Counts, choice: Choice) -> Figure:
    found = tallies_by("bucket", counts.judged, counts.missed, choice.step)
    frames = frames_by("bucket", counts.frames)
    columns = [
        Column("time", _("Time (UTC)"), "time"),
        Column("frames", _("Images"), "count", {}),
        *(Column(f"{key}_per_frame", title, "number", {"outcome": key}, is_drawn=True)
          for key, title in per_frame_titles().items()),
        *count_columns(),
    ]  # fmt: skip
    rows = []
    for bucket in choice.buckets():
        one, seen = found.get(bucket, Tally()), frames[bucket]
        per_frame: list[Cell] = [ratio(getattr(one, outcome), seen) for outcome in OUTCOMES]
        rows.append(Row([bucket, seen, *per_frame, *counts_of(one)], {"at": bucket}))
    return Figure("proposals", columns, rows)


def quality(counts: Counts, choice: Choice) -> Figure:
    found = tallies_by("bucket", counts.judged, counts.missed, choice.step)
    columns = [
        Column("time", _("Time (UTC)"), "time"),
        *quality_columns(is_drawn=True),
        Column("right", _("Right"), "count", {"outcome": "right"}),
        Column("judged", _("Judged"), "count", {"outcome": "judged"}),
        Column("kept", _("Kept or missed"), "count", {"outcome": "kept"}),
    ]
    rows = []
    for bucket in choice.buckets():
        one = found.get(bucket, Tally())
        rows.append(Row([bucket, *quality_of(one), one.right, one.judged, one.kept], {"at": bucket}))
    return Figure("quality", columns, rows)


def thresholds(counts: Counts) -> Figure:
    """At each step what tally() would say, from one pass: proposals that are shown, summed from the top."""
    judged, right = [0] * (STEPS + 1), [0] * (STEPS + 1)
    for group in counts.judged:
        if group.is_complete:
            judged[group.step] += group.boxes
            right[group.step] += group.boxes * group.is_right
    kept = tally(counts.judged, counts.missed, 0).kept
    shown = list(accumulate(reversed(judged)))[::-1]
    shown_right = list(accumulate(reversed(right)))[::-1]
    columns = [
        Column("threshold", _("Threshold"), "number"),
        *quality_columns(is_drawn=True),
        Column("right", _("Right"), "count", {"outcome": "right"}),
        Column("judged", _("Judged"), "count", {"outcome": "judged"}),
    ]
    rows = [
        Row(
            [step / STEPS, share(shown_right[step], shown[step]), share(shown_right[step], kept),
             shown_right[step], shown[step]],
            {"threshold": step / STEPS},
        )
        for step in range(STEPS + 1)
    ]  # fmt: skip
    return Figure("thresholds", columns, rows)


def by_word(word: str, names: dict[int, str], counts: Counts, step: int) -> list[Row]:
    """A row for each version or label, the most frequent first."""
    found = tallies_by(word, counts.judged, counts.missed, step)
    frames = frames_by(word, counts.frames)
    ordered = sorted(found.items(), key=lambda pair: (-pair[1].decided, str(pair[0])))
    rows = []
    for key, one in ordered:
        seen = frames[key]
        select: Select = {word: key}
        cells: list[Cell] = [names.get(key, str(key)), seen, *counts_of(one)]
        shares: list[Cell] = [share(getattr(one, outcome), one.decided) for outcome in OUTCOMES[:3]]
        per_frame: list[Cell] = [ratio(getattr(one, outcome), seen) for outcome in OUTCOMES]
        rows.append(Row([*cells, *shares, *per_frame, *quality_of(one)], select))
    return rows


def outcome_columns(word: str, title: str) -> list[Column]:
    shares = {
        "accepted": _("Accepted, share"),
        "corrected": _("Corrected, share"),
        "rejected": _("Rejected, share"),
    }
    return [
        Column(word, title, "text"),
        Column("frames", _("Images"), "count", {}),
        *count_columns(),
        *(
            Column(f"{key}_share", text, "share", {"outcome": key}, is_drawn=True)
            for key, text in shares.items()
        ),
        *(
            Column(f"{key}_per_frame", text, "number", {"outcome": key})
            for key, text in per_frame_titles().items()
        ),
        *quality_columns(is_drawn=False),
    ]


def versions(counts: Counts, choice: Choice, names: Names) -> Figure:
    columns = outcome_columns("version", _("Model version"))
    return Figure("versions", columns, by_word("version", names.versions, counts, choice.step))


def classes(counts: Counts, choice: Choice, names: Names) -> Figure:
    columns = outcome_columns("label", _("Label"))
    return Figure("classes", columns, by_word("label", names.labels, counts, choice.step))


def sure(found: list[Sure], labels: dict[int, str]) -> Figure:
    """The most frequent label first."""
    columns = [
        Column("label", _("Label"), "text"),
        Column("boxes", _("Accepted without a person"), "count", {}, is_drawn=True),
        Column("corrected", _("Corrected since"), "count", {"outcome": "corrected"}),
        Column("rejected", _("Rejected since"), "count", {"outcome": "rejected"}),
    ]
    rows = [
        Row(
            [labels.get(one.label, str(one.label)), one.boxes, one.corrected, one.rejected],
            {"label": one.label},
        )
        for one in sorted(found, key=lambda one: (-one.boxes, one.label))
    ]
    return Figure("sure", columns, rows)
