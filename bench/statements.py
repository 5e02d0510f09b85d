"""What an edit costs the writer, edit by edit in turn: ``.venv/bin/python bench/statements.py [sqlite|postgres]``.

Past Django's cursor or through it, with MLflow told or not, so that all four meet the same machine. One edit in each
transaction, with a pause before it: caches are as cold as where people work.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
EDITS, PAUSE_S = 400, 0.01
PAGE_BYTES = 4096 + 24
"""Of a page in SQLite's log of writes, with its head."""


def through(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Does nothing; with it statements go through Django's cursor (annotate.sync.statements)."""
    return execute(sql, params, many, context)


def pages(frame: int, people: list[Any]) -> dict[bool, float]:
    """That a commit writes, by whether MLflow is told."""
    from django.db import connection

    from annotate.sync.submit import submit
    from bench.telling import tell

    log, found = Path(f"{connection.settings_dict['NAME']}-wal"), {}
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_autocheckpoint = 0")
        for is_told in (False, True):
            tell(is_told)
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            for _ in range(EDITS):
                submit(frame, [random.choice(people).submission()])
            found[is_told] = log.stat().st_size / PAGE_BYTES / EDITS
        cursor.execute("PRAGMA wal_autocheckpoint = 1000")
    return found


def measure(frame: int, people: list[Any]) -> dict[tuple[bool, bool], list[tuple[float, float]]]:
    """Microseconds of the processor and elapsed, by (past the cursor, told)."""
    from django.db import connection

    from annotate.sync.submit import submit
    from bench.telling import tell

    found: dict[tuple[bool, bool], list[tuple[float, float]]] = {}
    for number in range(4 * EDITS):
        is_direct, is_told = number % 2 == 0, number // 2 % 2 == 0
        tell(is_told)
        submission = random.choice(people).submission()
        time.sleep(PAUSE_S)
        with ExitStack() as stack:
            if not is_direct:
                stack.enter_context(connection.execute_wrapper(through))
            used, began = time.thread_time(), time.perf_counter()
            submit(frame, [submission])
            row = ((time.thread_time() - used) * 1e6, (time.perf_counter() - began) * 1e6)
        found.setdefault((is_direct, is_told), []).append(row)
    return found


def main() -> None:
    import django

    django.setup()
    from django.db import connection

    from bench import batch, seed

    frame = seed.fill(20, 1)["frames"][0]["id"]
    people = batch.authors(frame)
    if connection.vendor == "sqlite":
        written = pages(frame, people)
        print(f"pages that a commit writes: {written[False]:.1f}, with MLflow told {written[True]:.1f}\n")
    print("| statements | MLflow | processor µs | elapsed µs |\n| --- | --- | --- | --- |")
    for (is_direct, is_told), rows in sorted(measure(frame, people).items()):
        used, elapsed = (statistics.median(column) for column in zip(*rows, strict=True))
        way, told = "past the cursor" if is_direct else "Django's cursor", "told" if is_told else "not told"
        print(f"| {way} | {told} | {used:.0f} | {elapsed:.0f} |")


def in_a_site_of_its_own() -> None:
    """This file again, for a new database."""
    from tests.services import PostgresServer

    with ExitStack() as stack:
        own = {
            "HITL_DATA_DIR": stack.enter_context(tempfile.TemporaryDirectory()),
            "HITL_SECRET_KEY": "x" * 60,
            "DJANGO_SETTINGS_MODULE": "hitlsite.settings",
        }
        if sys.argv[1:] == ["postgres"]:
            own["HITL_DATABASE_URL"] = stack.enter_context(PostgresServer()).url
            own["HITL_REDIS_URL"] = "redis://127.0.0.1:1/0"  # nobody asks it
        for words in (["manage.py", "migrate", "-v0"], [__file__]):
            subprocess.run([sys.executable, *words], cwd=ROOT, env=os.environ | own, check=True)


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    if "HITL_DATA_DIR" in os.environ:
        main()
    else:
        in_a_site_of_its_own()
