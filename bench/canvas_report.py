"""The figures of bench/canvas.py as text: a line while measuring, tables at the end, the same in the documentation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.report import Column, Row, _cell, replaced

DOCS = Path(__file__).resolve().parent.parent / "docs"
BOXES = Column("boxes", "boxes", "{:,}")
GESTURE = Column("gesture", "gesture", "{}")
CPU = (
    Column("script p50", "script.p50", "{:.2f}"),
    Column("p95", "script.p95", "{:.2f}"),
    Column("worst", "script.worst"),
    Column("painting p50", "painting.p50"),
    Column("p95", "painting.p95"),
    Column("frames", "frames", "{:.0f}"),
)
TABLES: dict[str, tuple[str, tuple[Column, ...], tuple[Column, ...]]] = {
    "gestures": ("CPU per animation frame, ms", (BOXES, GESTURE), CPU),
    "audit": ("The same in the audit, over proposals, ms", (BOXES, GESTURE), CPU),
    "many": ("All boxes are dragged at once, ms", (BOXES,), (*CPU, Column("stored after s", "saved_s"))),
    "edit": (
        "A local edit",
        (BOXES, Column("by", "hand", "{}")),
        (
            Column("input to paint p50 ms", "to_paint.p50"),
            Column("p95", "to_paint.p95"),
            Column("script per frame p50", "script.p50", "{:.2f}"),
            Column("p95", "script.p95", "{:.2f}"),
            Column("drawn in the next frame", "in_next_frame", "{}"),
        ),
    ),
    "open": (
        "Opening another image",
        (BOXES,),
        (
            Column("on screen p50 ms", "ms.p50", "{:.0f}"),
            Column("worst", "ms.worst", "{:.0f}"),
            Column("first edit painted p50", "edited_ms.p50", "{:.0f}"),
            Column("worst", "edited_ms.worst", "{:.0f}"),
            Column("of it script", "script_ms", "{:.0f}"),
            Column("bytes", "bytes", "{:,.0f}"),
        ),
    ),
    "memory": (
        "Memory of the page",
        (Column("images seen", "images", "{}"),),
        (
            Column("heap MiB", "heap_mib"),
            Column("nodes", "nodes", "{:,.0f}"),
            Column("listeners", "listeners", "{:,.0f}"),
        ),
    ),
    "pixels": (
        "What is drawn",
        (BOXES, Column("scene", "scene", "{}")),
        (Column("boxes", "layer_boxes", "{}"), Column("live", "layer_live", "{}")),
    ),
}


def document() -> Path:
    """Where the tables go: with those of live editing when they are there."""
    shared = DOCS / "performance.md"
    return shared if shared.exists() else DOCS / "performance-canvas.md"


def say(row: Row) -> None:
    _, key, columns = TABLES[row["case"]]
    shown = " ".join(f"{column.title}={_cell([row], column)}" for column in (*key, *columns))
    print(f"{row['case']:<9} {row['tree']:<6} {shown}", flush=True)


def markdown(result: Mapping[str, Any]) -> str:
    tables = [text for case in TABLES for text in [_table(case, result["rows"])] if text]
    return "\n\n".join([machine_text(result["machine"]), *tables])


def machine_text(machine: Mapping[str, Any]) -> str:
    return (
        f"{machine['date']}: {machine['processor']}, {machine['cores']} cores, {machine['system']}, "
        "headless Chromium without a GPU, 1920 x 1080."
    )


def _table(case: str, rows: Sequence[Row]) -> str:
    title, key, columns = TABLES[case]
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        if row["case"] == case:
            groups.setdefault((*(row[column.path] for column in key), row["tree"]), []).append(row)
    if not groups:
        return ""
    tree = [Column("tree", "tree", "{}")] if len({row["tree"] for row in rows}) > 1 else []
    shown = [*key, *tree, *columns]
    lines = [[column.title for column in shown], ["---"] * len(shown)]
    lines += [[_cell(group, column) for column in shown] for group in groups.values()]
    return "\n\n".join([f"**{title}**", "\n".join(f"| {' | '.join(line)} |" for line in lines)])


def write_into(path: Path, result: Mapping[str, Any]) -> None:
    """Replace what stands between ``<!-- bench: canvas-CASE -->`` and ``<!-- end -->``; add what is missing."""
    names = {f"canvas-{case}": _table(case, result["rows"]) for case in TABLES if case != "pixels"}
    texts = {"canvas-machine": machine_text(result["machine"]), **names}
    text = path.read_text() if path.exists() else "# How fast the canvas is\n"
    if "<!-- bench: canvas-machine -->" not in text:
        sections = "\n\n".join(f"<!-- bench: {name} -->\n<!-- end -->" for name in texts)
        text = f"{text.rstrip()}\n\n## The canvas\n\n{sections}\n"
    path.write_text(replaced(text, texts))
