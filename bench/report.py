"""Figures as text: a line while measuring, tables at the end, the same tables in the documentation."""

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]
BUSY_OTHERS = 20.0
"""Percent of a core that others may use before a row is marked as disturbed."""
BUSY_LOAD = 85.0


@dataclass(frozen=True)
class Column:
    title: str
    path: str
    form: str = "{:.1f}"


@dataclass(frozen=True)
class Table:
    """``key``: what tells its rows apart, besides server and database."""

    cases: tuple[str, ...]
    title: str
    key: tuple[Column, ...]
    columns: tuple[Column, ...]


CLIENTS = Column("clients", "clients", "{}")
RATE = Column("edits/s each", "rate", "{:g}")
LATENCY = (
    Column("peer p50 ms", "to_peer.p50"),
    Column("p99", "to_peer.p99"),
    Column("p99.9", "to_peer.p999"),
    Column("ack p50", "to_ack.p50"),
    Column("p99", "to_ack.p99"),
    Column("p99.9", "to_ack.p999"),
)
DELIVERY = (
    Column("edits/s", "edits_per_s", "{:.0f}"),
    Column("deliveries/s", "deliveries_per_s", "{:,.0f}"),
    Column("delivered", "delivered", "{:.3%}"),
    Column("doubled", "duplicates", "{:.0f}"),
    Column("disordered", "out_of_order", "{:.0f}"),
)
COST = (
    Column("server CPU %", "server_cpu", "{:.0f}"),
    Column("µs/edit", "server_us_per_edit", "{:.0f}"),
    Column("database CPU %", "database_cpu", "{:.0f}"),
    Column("commits/s", "commits_per_s", "{:.0f}"),
    Column("bytes/delivery", "bytes_per_delivery", "{:.0f}"),
    Column("others CPU %", "others_cpu", "{:.0f}"),
)
TABLES = (
    Table(("steady",), "Everybody edits one frame", (CLIENTS, RATE), (*LATENCY, *DELIVERY, *COST)),
    Table(
        ("saturation", "overload"),
        "More and more",
        (CLIENTS, RATE),
        (
            *LATENCY,
            *DELIVERY,
            Column("acked/s", "acked_per_s", "{:.0f}"),
            *COST,
            Column("MiB before", "mib_before", "{:.0f}"),
            Column("MiB peak", "mib_peak", "{:.0f}"),
            Column("all stored once", "stored_equals_acked", "{}"),
        ),
    ),
    Table(
        ("frames",),
        "Eight frames at once",
        (Column("frames", "frames", "{}"), CLIENTS, RATE),
        (*LATENCY, *DELIVERY, *COST),
    ),
    Table(("processes",), "Two processes and Redis", (CLIENTS, RATE), (*LATENCY, *DELIVERY, *COST)),
    Table(
        ("redis",),
        "Two processes without their Redis",
        (Column("Redis", "redis", "{}"), CLIENTS, RATE),
        (*LATENCY, Column("worst", "to_peer.worst"), *DELIVERY),
    ),
    Table(
        ("ephemera",),
        "Cursors",
        (CLIENTS, Column("cursor Hz", "hertz", "{:g}")),
        (
            Column("cursor p50 ms", "cursor.p50"),
            Column("p99", "cursor.p99"),
            Column("shown", "cursor_shown", "{:.1%}"),
            Column("edit p50 ms", "to_peer.p50"),
            Column("p99", "to_peer.p99"),
            Column("delivered", "delivered", "{:.3%}"),
            Column("server CPU %", "server_cpu", "{:.0f}"),
            Column("others CPU %", "others_cpu", "{:.0f}"),
        ),
    ),
    Table(
        ("idle",),
        "Sockets that only listen",
        (),
        (
            Column("sockets", "sockets", "{}"),
            Column("MiB", "mib", "{}"),
            Column("KiB/socket", "kib_per_socket"),
            Column("server CPU %", "server_cpu", "{:.0f}"),
        ),
    ),
    Table(
        ("storm",),
        "Everybody comes back at once",
        (Column("sockets", "sockets", "{}"),),
        (
            Column("back", "back", "{:.0f}"),
            Column("median s", "seconds_p50", "{:.2f}"),
            Column("all s", "seconds_all", "{:.2f}"),
            Column("bystander p50 ms", "bystander.p50"),
            Column("p99", "bystander.p99"),
            Column("delivered", "bystander_delivered", "{:.2%}"),
            Column("server ms/socket", "server_ms_per_socket"),
            Column("KiB/socket on the wire", "kib_per_socket", "{:.0f}"),
            Column("others CPU %", "others_cpu", "{:.0f}"),
        ),
    ),
    Table(
        ("files",),
        "Everybody opens the editor for the first time",
        (Column("people", "people", "{}"),),
        (
            Column("files", "files", "{}"),
            Column("KiB", "kib", "{:.0f}"),
            Column("all s", "seconds_all", "{:.2f}"),
            Column("server ms/file", "server_ms_per_file", "{:.2f}"),
            Column("bystander p50 ms", "bystander.p50"),
            Column("p99", "bystander.p99"),
            Column("delivered", "bystander_delivered", "{:.2%}"),
            Column("others CPU %", "others_cpu", "{:.0f}"),
        ),
    ),
    Table(
        ("batch",),
        "One batch of edits of different people, without sockets",
        (Column("edits in the batch", "size", "{}"),),
        (
            Column("CPU µs", "cpu_us", "{:.0f}"),
            Column("elapsed µs", "wall_us", "{:.0f}"),
            Column("CPU µs/edit", "cpu_us_per_edit", "{:.0f}"),
            Column("elapsed µs/edit", "wall_us_per_edit", "{:.0f}"),
        ),
    ),
    Table(
        ("crowded",),
        "Opening a crowded frame",
        (Column("boxes", "boxes", "{}"),),
        (
            Column("bytes", "bytes", "{:,.0f}"),
            Column("first ms", "first_ms"),
            Column("next ms", "next_ms"),
            Column("together", "together", "{:.0f}"),
            Column("together ms", "together_ms"),
        ),
    ),
    Table(
        ("catch-up",),
        "Coming back after missed operations",
        (Column("missed", "missed", "{}"),),
        (Column("p50 ms", "ms.p50"), Column("worst", "ms.worst"), Column("bytes", "bytes", "{:,.0f}")),
    ),
    Table(
        ("admin",),
        "The lists of the admin",
        (Column("boxes", "boxes", "{:,}"), Column("list", "list", "{}")),
        (Column("ms", "ms", "{:.0f}"), Column("queries", "queries", "{}")),
    ),
    Table(
        ("snapshots",),
        "A dataset version",
        (Column("images", "images", "{:,}"),),
        (
            Column("first s", "first_s", "{:.2f}"),
            Column("nothing changed s", "same_s", "{:.3f}"),
            Column("10 labels changed s", "changed_s", "{:.3f}"),
            Column("worst", "changed_worst_s", "{:.3f}"),
            Column("CPU s", "changed_cpu_s", "{:.3f}"),
            Column("dvc add, first s", "dvc_first_s", "{:.1f}"),
            Column("dvc add, 10 changed s", "dvc_changed_s", "{:.1f}"),
        ),
    ),
)


def table_of(case: str, rows: Sequence[Row]) -> str:
    return next(_table(table, rows) for table in TABLES if case in table.cases)


def say(row: Row) -> None:
    """One line as soon as it is known."""
    place = f"{row['server']}/{row['database']}{'/' + row['variant'] if row['variant'] else ''}"
    table = next((one for one in TABLES if row["case"] in one.cases), None)
    if "error" in row or table is None:
        print(f"{row['case']:<10} {place:<24} {row.get('error', '')}", flush=True)
        return
    key = " ".join(f"{column.title}={_cell([row], column)}" for column in table.key)
    figures = " ".join(f"{column.title}={_cell([row], column)}" for column in table.columns)
    print(f"{row['case']:<10} {place:<24} {key} | {figures}{_doubts(row)}", flush=True)


def _doubts(row: Row) -> str:
    doubts = []
    if row.get("others_cpu", 0) > BUSY_OTHERS:
        doubts.append("the machine is not quiet")
    if row.get("load_cpu", 0) > BUSY_LOAD:
        doubts.append("the load process is the limit")
    if row.get("stored_equals_acked") is False:
        doubts.append("THE DATABASE HOLDS SOMETHING ELSE THAN WAS ACKED")
    if row.get("settled") is False:
        doubts.append("not everybody has everything")
    doubts += row.get("complaints", [])
    return f"  ({'; '.join(doubts)})" if doubts else ""


def markdown(result: Mapping[str, Any]) -> str:
    tables = [text for table in TABLES for text in [_table(table, result["rows"])] if text]
    return "\n\n".join([machine_text(result["machine"]), *tables])


def machine_text(machine: Mapping[str, Any]) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items() if version)
    pins = "server on core 0, load on core 1" if machine["pinned"] else "not pinned"
    return (
        f"{machine['date']}: {machine['processor']}, {machine['cores']} cores, {machine['system']}, "
        f"Python {machine['python']}, {machine['postgres']}, {machine['redis'].split(' sha')[0]}; "
        f"writing 8 KiB to the disk takes {machine['sync_us']:.0f} µs; {pins}. {packages}."
    )


def _table(table: Table, rows: Sequence[Row]) -> str:
    groups = _groups(table, rows)
    if not groups:
        return ""
    columns = [
        column
        for column in table.columns
        if any(_value(row, column.path) is not None for g in groups for row in g)
    ]
    variant = [Column("tree", "variant", "{}")] if any(row["variant"] for g in groups for row in g) else []
    shown = [
        Column("server", "server", "{}"),
        Column("database", "database", "{}"),
        *variant,
        *table.key,
        *columns,
    ]
    lines = [[column.title for column in shown], ["---"] * len(shown)]
    lines += [[_cell(group, column) for column in shown] for group in groups]
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    doubts = sorted({_doubts(row).strip() for group in groups for row in group} - {""})
    return "\n\n".join([f"**{table.title}**", body, *doubts])


def _groups(table: Table, rows: Sequence[Row]) -> list[list[Row]]:
    """Rows of the same thing in different rounds together, in the order in which they came."""
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        if row["case"] in table.cases and "error" not in row:
            key = tuple(_value(row, column.path) for column in table.key)
            place = (row["server"], row["database"], row["variant"], row["case"])
            groups.setdefault((*key, *place), []).append(row)
    order = {"daphne": 1, "uvicorn": 0}
    return sorted(
        groups.values(),
        key=lambda group: (group[0]["database"] != "postgres", order.get(group[0]["server"], 2)),
    )


def _cell(rows: Sequence[Row], column: Column) -> str:
    """The median of several rounds, with their range."""
    values = [value for row in rows for value in [_value(row, column.path)] if value is not None]
    if not values:
        return ""
    if isinstance(values[0], list):
        return " / ".join(f"{one:.0f}" for one in values[-1])
    if isinstance(values[0], str | bool):
        return column.form.format(values[0] if not isinstance(values[0], bool) else all(values))
    text = column.form.format(statistics.median(values))
    if min(values) == max(values):
        return column.form.format(values[0])
    return f"{text} ({column.form.format(min(values))}–{column.form.format(max(values))})"


def _value(row: Row, path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def write_into(document: Path, result: Mapping[str, Any]) -> None:
    """Replace what stands between ``<!-- bench: NAME -->`` and ``<!-- end -->``; NAME is a case or "machine"."""
    texts = {"machine": machine_text(result["machine"])}
    texts |= {table.cases[0]: _table(table, result["rows"]) for table in TABLES}
    document.write_text(replaced(document.read_text(), texts))


def replaced(text: str, texts: Mapping[str, str]) -> str:
    """Sections with nothing new stay as they are."""
    pattern = re.compile(r"(<!-- bench: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

    def section(match: "re.Match[str]") -> str:
        new = texts.get(match[2], "")
        return f"{match[1]}{new}\n{match[3]}" if new else match[0]

    return pattern.sub(section, text)
