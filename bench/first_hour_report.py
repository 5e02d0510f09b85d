"""What bench/first_hour.py found, as text for the terminal and for docs/first-hour.md."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.annotator import SECONDS, Act

DOCS = Path(__file__).resolve().parent.parent / "docs" / "first-hour.md"
BEGIN, END = "<!-- first hour: written by bench/first_hour.py --docs -->", "<!-- end -->"
CORRECTED = ("adjust", "relabel", "relabel and adjust")


def markdown(result: Mapping[str, Any]) -> str:
    head = (
        "images",
        "the model before",
        "cells",
        "proposed",
        "as they are",
        "put right",
        "rejected",
        "drawn",
        "to correct",
        "actions",
        "modelled s",
        "of drawing all",
    )
    lines = [head, ("---",) * len(head), *(_row(number, one) for number, one in enumerate(result["rounds"]))]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _row(number: int, one: Mapping[str, Any]) -> tuple[str, ...]:
    images, acts = one["images"], one["acts"]
    first = number * images + 1
    trained = one["trained_s"]
    model = f"{trained / 60:.1f} min, mAP {one['map50_95']:.1f}" if trained else "none"
    return (
        f"{first} to {first + images - 1}",
        model,
        f"{one['boxes'] / images:.1f}",
        f"{one['proposals'] / images:.1f}",
        f"{acts.get('accept', 0) / images:.1f}",
        f"{sum(acts.get(act, 0) for act in CORRECTED) / images:.1f}",
        f"{acts.get('reject', 0) / images:.1f}",
        f"{acts.get('draw', 0) / images:.1f}",
        f"**{one['corrections']:.1f}**",
        f"{one['actions'] / images:.1f}",
        f"{one['modelled_s'] / images:.0f}",
        f"{one['modelled_s'] / (SECONDS[Act.DRAW] * one['boxes']):.0%}",
    )


def write_docs(result: Mapping[str, Any]) -> None:
    """Between the marks. Raises ValueError without them."""
    machine = result["machine"]
    said = (
        f"{machine['date']}, {machine['processor']}, {machine['cores']} cores, no GPU: {result['minutes']:.0f} "
        "minutes from the start to the last image. Per image, in the order of the queue:"
    )
    body = "\n\n".join((BEGIN, said, markdown(result), END))
    pattern = f"{re.escape(BEGIN)}.*?{re.escape(END)}"
    written, count = re.subn(pattern, lambda _: body, DOCS.read_text(), flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"{DOCS} has no place for the figures")
    DOCS.write_text(written)
