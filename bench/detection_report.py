"""The tables of bench/detection.py: medians over the rounds. Pure."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any

Row = dict[str, Any]
STEPS = ("load", "preprocess", "inference", "postprocess", "commit")
INTERACTIVE_STEPS = ("request", "wait", "inference", "commit", "delivery")
PHASES = ("before", "during", "after")


def markdown(rows: Sequence[Row]) -> str:
    parts = [
        table("overhead", rows, overhead_lines),
        table("interactive", rows, interactive_lines),
        table("batch", rows, batch_lines),
        table("training", rows, batch_lines),
    ]
    return "\n\n".join(part for part in parts if part)


def table(case: str, rows: Sequence[Row], lines_of: Callable[[list[Row]], Iterable[list[str]]]) -> str:
    """A line or more per mode and weights; "" where the case was not measured."""
    chosen = [row for row in rows if row["case"] == case]
    setups = dict.fromkeys((row["mode"], row["weights"]) for row in chosen)
    if not setups:
        return ""
    head = HEADS[case]
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for mode, weights in setups:
        own = [row for row in chosen if (row["mode"], row["weights"]) == (mode, weights)]
        lines += [f"| {' | '.join([mode, weights, *cells])} |" for cells in lines_of(own)]
    return "\n".join(lines)


BESIDE = ("mode", "model", "phase", "peer p50 ms", "p99", "ack p50", "p99", "delivered", "all stored once")
HEADS = {
    "overhead": (
        *("mode", "model", "way", "ms/image", "ratio", "CPU ms/image", "CPU ratio", "decode", *STEPS),
        *("rest", "boxes/image", "others CPU %"),
    ),
    "interactive": (
        *("mode", "model", "requests", "of these nothing found", "proposals", "p50 ms", "p99 ms", "worst ms"),
        *(*INTERACTIVE_STEPS, "others CPU %"),
    ),
    "batch": (*BESIDE, "images/s", "others CPU %"),
    "training": (*BESIDE, "others CPU %"),
}


def overhead_lines(rows: list[Row]) -> Iterable[list[str]]:
    ways = {way: [row for row in rows if row["way"] == way] for way in ("bare", "product")}
    for way, own in ways.items():
        steps = {step: median(row.get(step, 0.0) for row in own) for step in ("decode", *STEPS)}
        wall, is_product = median(row["wall"] for row in own), way == "product"
        yield [
            way,
            f"{wall:.1f}",
            f"{ratio(ways, 'wall'):.3f}" if is_product else "",
            f"{median(row['cpu'] for row in own):.1f}",
            f"{ratio(ways, 'cpu'):.3f}" if is_product else "",
            *(f"{value:.2f}" if value else "" for value in steps.values()),
            f"{wall - sum(steps.values()):.2f}",
            f"{median(row['found'] for row in own):.1f}",
            f"{median(row['others'] for row in own):.0f}",
        ]


def ratio(ways: dict[str, list[Row]], name: str) -> float:
    """Of the product to the bare detector: the median of the ratios of the rounds."""
    by_round = {row["round"]: row[name] for row in ways["bare"]}
    return float(median(row[name] / by_round[row["round"]] for row in ways["product"]))


def interactive_lines(rows: list[Row]) -> Iterable[list[str]]:
    for row in rows:
        latency = row["latency"]
        yield [
            f"{row['requests']}",
            f"{row['without_proposals']}",
            f"{row['proposals']:.1f}",
            *(f"{latency[name]:.0f}" for name in ("p50", "p99", "worst")),
            *(f"{row['steps'][name]:.1f}" for name in INTERACTIVE_STEPS),
            f"{row['others_cpu']:.0f}",
        ]


def batch_lines(rows: list[Row]) -> Iterable[list[str]]:
    for phase in PHASES:
        own = [row for row in rows if row["phase"] == phase]
        latencies = [(way, name) for way in ("to_peer", "to_ack") for name in ("p50", "p99")]
        speeds = [row["images_per_s"] for row in own if "images_per_s" in row]
        name = phase if all(row.get("ran_throughout", True) for row in own) else f"{phase} (ended early)"
        yield [
            name,
            *(f"{median(row[way][name] for row in own):.1f}" for way, name in latencies),
            f"{min(row['delivered'] for row in own):.3%}",
            f"{all(row['stored_equals_acked'] for row in own)}",
            *([f"{median(speeds):.1f}" if speeds else ""] if own[0]["case"] == "batch" else []),
            f"{median(row['others_cpu'] for row in own):.0f}",
        ]
