"""What the lists of the admin cost at a million boxes: ``.venv/bin/python bench/admin.py``.

The database writes the rows itself (admin_fill.py). Each list, filter and view is opened three times by a superuser and
the middle time and the queries are kept. ``--docs`` writes the table into docs/performance.md. See bench/README.md.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # started as a file, not as a module

from bench import report  # noqa: E402
from tests.services import PostgresServer  # noqa: E402

RESULTS = ROOT / "test-results" / "bench-admin.json"
DOCUMENT = ROOT / "docs" / "performance.md"
ROUNDS = 3
MOST_QUERIES, MOST_S = 15, 1.0


def addresses(small: int) -> list[tuple[str, str]]:
    """What is opened: a name, and an address below that of the admin."""
    from django.contrib import admin

    from annotate.curation.views import BOX_VIEWS, FRAME_VIEWS

    found = [("index", "")]
    for model in admin.site._registry:
        found.append((f"{model._meta.model_name}", f"{model._meta.app_label}/{model._meta.model_name}/"))
    box, frame = "annotate/box/", "annotate/frame/"
    for view in BOX_VIEWS:
        found.append((f"box, view {view}", f"{box}?view={view}"))
        found.append((f"box, view {view}, small project", f"{box}?view={view}&project={small}"))
    found += [(f"frame, view {view}", f"{frame}?view={view}") for view in FRAME_VIEWS]
    found += [
        ("box, small project", f"{box}?project={small}"),
        ("box, status proposed", f"{box}?status__exact=proposed"),
        ("box, deleted", f"{box}?there=deleted"),
        ("box, page 900", f"{box}?p=900"),
        ("box, searched for an image", f"{box}?q=frame-4711.jpg"),
        ("box, searched for a person", f"{box}?q=person3"),
        ("box, searched in vain", f"{box}?q=nothing-is-called-so"),
        ("frame, searched", f"{frame}?q=frame-4711"),
        ("frame, counts beside filters", f"{frame}?_facets=True&boxes=none"),
        ("operation, of a person", "annotate/operation/?q=person3"),
        ("operation, of an image", "annotate/operation/?q=frame-4711.jpg"),
        ("proposal, rejected", "annotate/proposal/?outcome__exact=rejected"),
    ]
    return found


def measure(database: str, boxes: int) -> list[dict[str, Any]]:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from annotate.models import User
    from bench.admin_fill import fill

    call_command("migrate", verbosity=0)
    started = time.perf_counter()
    _big, small = fill(boxes)
    print(f"{boxes:,} boxes in {time.perf_counter() - started:.0f} s", flush=True)
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(User.objects.create_superuser("bench", password=None))
    rows = []
    for name, address in addresses(small.pk):
        times, queries = [], 0
        for _ in range(ROUNDS):
            started = time.perf_counter()
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(f"/{settings.ADMIN_PATH}{address}")
            times.append(time.perf_counter() - started)
            queries = max(queries, len(captured))
            assert answer.status_code == 200, (name, answer.status_code)
        row: dict[str, Any] = {"case": "admin", "server": "-", "database": database, "variant": ""}
        row |= {"list": name, "boxes": boxes, "ms": 1000 * statistics.median(times), "queries": queries}
        row["others_load"] = os.getloadavg()[0]
        is_slow = row["ms"] > 1000 * MOST_S or (queries > MOST_QUERIES and name != "index")
        print(f"{'SLOW ' if is_slow else ''}{name}: {row['ms']:.0f} ms, {queries} queries", flush=True)
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--boxes", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--docs", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hitl-admin-"))
    os.environ.update(HITL_DATA_DIR=str(folder), DJANGO_SETTINGS_MODULE="hitlsite.settings")
    try:
        with ExitStack() as stack:
            if options.database == "postgres":
                os.environ["HITL_DATABASE_URL"] = stack.enter_context(PostgresServer()).url
            import django

            django.setup()
            rows = measure(options.database, options.boxes)
            from django.db import connections

            connections.close_all()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    kept = json.loads(RESULTS.read_text())["rows"] if RESULTS.exists() else []
    rows = [row for row in kept if row["database"] != options.database] + rows
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"rows": rows}, indent=1))
    if options.docs:
        text = report.replaced(DOCUMENT.read_text(), {"admin": report.table_of("admin", rows)})
        DOCUMENT.write_text(text)


if __name__ == "__main__":
    main()
