"""The table and the plot of bench/loop_rounds.py, and their place in docs/loop.md."""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.stage import ROOT

Row = Mapping[str, Any]
NAMES = {"expected_use": "by the queue", "random": "at random"}
SHORT_NAMES = {"expected_use": "queue", "random": "random"}
COLOURS = {"expected_use": "#0072b2", "random": "#d55e00"}
ACTS = {
    "accept": ("accepted", "#009e73"),
    "adjust": ("adjusted", "#56b4e9"),
    "relabel": ("relabelled", "#cc79a7"),
    "relabel and adjust": ("both", "#f0e442"),
    "reject": ("rejected", "#e69f00"),
    "draw": ("drawn", "#0072b2"),
}
COLUMNS = (
    *("order", "frames", "proposals from", "proposals/frame", "precision", "recall", "accepted", "adjusted"),
    *("relabelled", "rejected", "drawn", "actions/frame", "corrections/frame", "s/frame", "of drawing all"),
)
MODEL_COLUMNS = (
    *(
        "order",
        "labelled",
        "training",
        "epochs",
        "held out",
        "mAP50",
        "mAP50-95",
        "the rule says",
        "confidence",
    ),
    *("actions/frame on the fixed frames", "s/frame", "of drawing all"),
)
DOCS, IMAGES = ROOT / "docs" / "loop.md", ROOT / "docs" / "images"
END = "<!-- end of rounds -->"


def share(row: Row) -> float:
    """Of the seconds that drawing everything on the same frames takes."""
    return float(row["seconds_per_frame"] / row["drawing_per_frame"])


def line(row: Row) -> str:
    """For the terminal."""
    name = NAMES[row["order"]]
    return (
        f"{name}, frames {row['start'] + 1} to {row['end']}: {row['seconds_per_frame']:.1f} s per frame, "
        f"{share(row):.0%} of drawing everything; others {row['others_cpu']:.0f} % CPU"
    )


def markdown(rows: Sequence[Row]) -> str:
    """Counts are per frame; a correction is any act but accepting, which is one action for all of a frame. The second
    table is of the models, on frames that are the same every time."""
    models = [row for row in rows if row["model"]]
    return "\n".join(
        [*_table(COLUMNS, map(_cells, rows)), "", *_table(MODEL_COLUMNS, map(_model_cells, models))]
    )


def _table(columns: Sequence[str], rows: Any) -> list[str]:
    lines = [f"| {' | '.join(columns)} |", "| --- " * len(columns) + "|"]
    return [*lines, *(f"| {' | '.join(cells)} |" for cells in rows)]


def _cells(row: Row) -> list[str]:
    frames, acts, is_helped = row["frames"], row["acts"], row["proposals"] > 0
    both = acts["relabel and adjust"]
    counts = (acts["accept"], acts["adjust"] + both, acts["relabel"] + both, acts["reject"], acts["draw"])
    return [
        NAMES[row["order"]],
        f"{row['start'] + 1} to {row['end']}",
        f"{row['start']} frames" if row["start"] else "nothing",
        f"{row['proposals'] / frames:.1f}",
        f"{row['precision']:.2f}" if is_helped else "",
        f"{row['recall']:.2f}" if is_helped else "",
        *(f"{count / frames:.1f}" for count in counts),
        f"{row['actions'] / frames:.1f}",
        f"{(sum(acts.values()) - acts['accept']) / frames:.1f}",
        f"{row['seconds_per_frame']:.1f}",
        f"{share(row):.0%}",
    ]


def _model_cells(row: Row) -> list[str]:
    model = row["model"]
    return [
        NAMES[row["order"]],
        f"{row['start']} frames",
        f"{model['seconds']:.0f} s",
        str(model["epochs"]),
        str(model["held_out"]),
        f"{model['map50']:.2f}",
        f"{model['map50_95']:.2f}",
        model["verdict"].replace("_", " "),
        f"{model['confidence']:.2f}",
        f"{model['fixed']['actions'] / model['fixed']['frames']:.1f}",
        f"{model['fixed']['seconds_per_frame']:.1f}",
        f"{share(model['fixed']):.0%}",
    ]


def draw(rows: Sequence[Row], path: Path) -> None:
    """Seconds by labelled frames, and what the seconds are spent on. Raises ImportError where matplotlib is missing."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.rcParams["svg.hashsalt"] = "loop"  # the same figures, the same file
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    _draw_seconds(left, rows)
    _draw_acts(right, rows)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def _draw_seconds(axes: Any, rows: Sequence[Row]) -> None:
    everything = next(row["model"]["fixed"]["drawing_per_frame"] for row in rows if row["model"])
    axes.axhline(everything, color="0.4", linewidth=1)
    axes.axhline(everything / 2, color="0.4", linewidth=1, linestyle=":")
    last = max(row["start"] for row in rows)
    axes.text(last, everything, "drawing everything", va="bottom", ha="right", color="0.3", fontsize=9)
    axes.text(0, everything / 2, "half of it", va="bottom", color="0.3", fontsize=9)
    for order, name in NAMES.items():
        models = [row for row in rows if row["order"] == order and row["model"]]
        places = [0, *(row["start"] for row in models)]
        seconds = [everything, *(row["model"]["fixed"]["seconds_per_frame"] for row in models)]
        axes.plot(places, seconds, marker="o", color=COLOURS[order], label=f"frames {name}")
    axes.set(
        xlabel="frames labelled before the training",
        ylabel="modelled seconds per frame",
        ylim=(0, 1.1 * everything),
    )
    axes.set_title("On the same held-out frames", fontsize=11)
    axes.legend(frameon=False)


def _draw_acts(axes: Any, rows: Sequence[Row]) -> None:
    ordered = sorted(rows, key=lambda row: (row["end"], list(NAMES).index(row["order"])))
    ticks = [f"{row['start'] + 1}–{row['end']}\n{SHORT_NAMES[row['order']]}" for row in ordered]
    bottoms = [0.0] * len(ordered)
    for act, (word, colour) in ACTS.items():
        heights = [row["acts"][act] / row["frames"] for row in ordered]
        if any(heights):
            axes.bar(ticks, heights, bottom=bottoms, color=colour, label=word, width=0.7)
        bottoms = [bottom + height for bottom, height in zip(bottoms, heights, strict=True)]
    axes.set(ylabel="acts on boxes per frame")
    axes.set_title("On the frames of each round", fontsize=11)
    axes.tick_params(axis="x", labelsize=7)
    axes.legend(frameon=False, fontsize=8)


def write_docs(result: Mapping[str, Any], plot: Path) -> None:
    """The tables between their marks in docs/loop.md, and the plot beside; a machine with a GPU has a place of its own.
    Raises ValueError without the marks."""
    where = "-gpu" if result["machine"]["gpu"] else ""
    begin = f"<!-- rounds{where}: written by bench/loop.py --rounds --docs -->"
    parts = [
        begin,
        facts(result),
        f"![Seconds and acts, round by round](images/loop-rounds{where}.svg)",
        markdown(result["rows"]),
        END,
    ]
    body, place = "\n\n".join(parts), f"{re.escape(begin)}.*?{re.escape(END)}"
    written, count = re.subn(place, lambda _: body, DOCS.read_text(), flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"{DOCS} has no place for the rounds")
    DOCS.write_text(written)
    shutil.copy(plot, IMAGES / f"loop-rounds{where}.svg")


def facts(result: Mapping[str, Any]) -> str:
    plan, machine = result["plan"], result["machine"]
    others = max(row["others_cpu"] for row in result["rows"])
    gpu = f", {machine['gpu']}" if machine["gpu"] else ""
    epochs = f"{plan['epochs']} epochs" if plan["epochs"] else "epochs as the product chooses,"
    return (
        f"{machine['date']}: {machine['processor']}, {machine['cores']} cores{gpu}, {result['minutes']:.0f} minutes in "
        f"all; {epochs} at {plan['image_size']} pixels, seed {plan['seed']}; fixed frames: "
        f"{plan['fixed']}. Others used at most {others:.0f} % of a core while the annotator worked."
    )
