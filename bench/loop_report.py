"""The tables of bench/loop.py. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
COLUMNS = (
    "proposals from",
    "proposals/frame",
    "precision",
    "recall",
    "accepted",
    "adjusted",
    "relabelled",
    "rejected",
    "drawn",
    "s/frame",
    "saved",
)


def line(row: Row) -> str:
    """For the terminal, as soon as a round has ended."""
    return (
        f"{row['round']}: {row['seconds_per_frame']:.1f} s per frame, {row['saved']:.0%} saved, "
        f"ack {row['ack_p50']:.1f} / {row['ack_p99']:.1f} ms, others {row['others_cpu']:.0f} % CPU"
    )


def markdown(rows: Sequence[Row]) -> str:
    """Counts are per frame, so that sets of frames can be compared."""
    lines = [f"| {' | '.join(COLUMNS)} |", "| --- " * len(COLUMNS) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(_cells(row))} |" for row in rows)])


def _cells(row: Row) -> list[str]:
    frames = row["frames"]
    names = ("accepted", "adjusted", "relabelled", "rejected", "drawn")
    has_proposals = row["proposals"] > 0
    return [
        row["round"],
        f"{row['proposals'] / frames:.1f}",
        f"{row['precision']:.2f}" if has_proposals else "",
        f"{row['recall']:.2f}" if has_proposals else "",
        *(f"{row[name] / frames:.1f}" for name in names),
        f"{row['seconds_per_frame']:.1f}",
        f"{row['saved']:.0%}" if has_proposals else "",
    ]
