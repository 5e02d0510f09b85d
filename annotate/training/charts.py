"""The same tables as pictures, for MLflow and whoever looks into the folder. Drawn by matplotlib, which Ultralytics
brings along."""

from pathlib import Path
from typing import Any

import numpy as np

from .average_precision import RECALLS
from .comparison import Judged
from .plots import NOTHING, mean_curve

NEW, OLD, GREY = "#0072b2", "#d55e00", "0.6"
MOST_CLASSES = 30
"""Above, a picture tells nothing any more; the tables have all."""


def draw_all(folder: Path, new: Judged, old: Judged | None) -> None:
    """precision_recall.png and confusion.png. Raises OSError."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    for name, draw in (("precision_recall", _curves), ("confusion", _confusion)):
        figure, axes = pyplot.subplots(figsize=(6, 5), layout="constrained")
        draw(axes, new, old)
        figure.savefig(folder / f"{name}.png", dpi=110)
        pyplot.close(figure)


def _curves(axes: Any, new: Judged, old: Judged | None) -> None:
    if len(new.classes) <= MOST_CLASSES:
        for table in new.tables:
            axes.plot(RECALLS, table.curve(), color=GREY, linewidth=0.7)
    if old is not None:
        axes.plot(
            RECALLS, mean_curve(old), color=OLD, linestyle="--", label="model before, mean of the classes"
        )
    axes.plot(RECALLS, mean_curve(new), color=NEW, linewidth=2, label="new model, mean of the classes")
    axes.set(
        xlabel="recall",
        ylabel="precision",
        xlim=(0, 1),
        ylim=(0, 1.02),
        title="Precision and recall, IoU 0.5",
    )
    axes.legend(frameon=False, fontsize=9)


def _confusion(axes: Any, new: Judged, old: Judged | None) -> None:
    """Of the new model alone. Rows are what people drew."""
    table = new.confusion()
    names = [*new.classes, NOTHING]
    axes.imshow(table / np.maximum(table.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    axes.set(xlabel="proposed", ylabel="drawn", title="Proposed and drawn classes")
    if len(names) > MOST_CLASSES:
        return
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    for row, column in np.ndindex(*table.shape):
        if table[row, column]:
            axes.text(column, row, int(table[row, column]), ha="center", va="center", fontsize=8)
