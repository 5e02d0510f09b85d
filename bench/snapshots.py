"""What a dataset version costs, against the number of images: ``.venv/bin/python bench/snapshots.py``.

A project of N images (5 boxes each) on SQLite or PostgreSQL: its first version, one in which nothing changed, one in
which 10 labels did; beside them ``dvc add`` and ``git commit`` of the same files (where DVC is installed). ``--docs``
writes the table into docs/performance.md. See bench/README.md.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # started as a file, not as a module

from bench import report  # noqa: E402
from tests.services import PostgresServer  # noqa: E402

RESULTS = ROOT / "test-results" / "bench-snapshots.json"
DOCUMENT = ROOT / "docs" / "performance.md"


def measured(database: str, images: list[int], rounds: int) -> list[dict[str, Any]]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from bench.snapshots_versions import measure

    call_command("migrate", verbosity=0)
    rows = []
    for count in images:
        rows.append(measure(database, count, rounds))
        report.say(rows[-1])
    connections.close_all()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=[1000, 5000, 10_000, 50_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--docs", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hitl-snapshots-"))
    os.environ.update(HITL_DATA_DIR=str(folder / "data"), DJANGO_SETTINGS_MODULE="hitlsite.settings")
    try:
        with ExitStack() as stack:
            if options.database == "postgres":
                os.environ["HITL_DATABASE_URL"] = stack.enter_context(PostgresServer()).url
            rows = measured(options.database, options.images, options.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    kept = json.loads(RESULTS.read_text())["rows"] if RESULTS.exists() else []
    rows = [row for row in kept if row["database"] != options.database] + rows
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"rows": rows}, indent=1))
    if options.docs:
        text = report.replaced(DOCUMENT.read_text(), {"snapshots": report.table_of("snapshots", rows)})
        DOCUMENT.write_text(text)


if __name__ == "__main__":
    main()
