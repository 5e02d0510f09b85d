"""What it costs to take data sets in and hand them out: ``.venv/bin/python bench/data.py``.

A project of N images (rows alone: reading and storing images is measured elsewhere) and 100 boxes on each, as a COCO
file: its check, its import, the same import again, and an export in every format; then what came out is checked and
imported in turn, each into a new installation with the same images. Each step is a process of its own, so that the most
memory it ever held is its own. ``--docs`` writes the table into docs/performance.md. See bench/README.md.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # started as a file, not as a module

RESULTS = ROOT / "test-results" / "bench-data.json"
DOCUMENT = ROOT / "docs" / "performance.md"
BOXES = 100
SIDE = 4000
BULK = 2000
CLASSES = ("car", "bus", "person", "boat")
COCO = "coco"
HEAD = ("database", "images", "boxes", "step", "s", "CPU s", "CPU µs/box", "most memory MB", "file MB")

Row = dict[str, Any]


def seed(count: int) -> Row:
    """The project and its frames, without boxes; as from one folder."""
    from annotate.models import Frame, Label, Project, Source

    project = Project.objects.create(name=f"{count} images")
    for place, name in enumerate(CLASSES):
        Label.objects.create(project=project, name=name, color="#0072b2", position=place)
    source = Source.objects.create(project=project, kind=Source.Kind.FOLDER, name="bench")
    for start in range(0, count, BULK):
        Frame.objects.bulk_create(
            Frame(
                project=project,
                source=source,
                index=number,
                name=name_of(number),
                md5=uuid4().hex,
                original_md5=uuid4().hex,
                media_type="image/jpeg",
                width=SIDE,
                height=SIDE,
            )
            for number in range(start, min(start + BULK, count))
        )
    return {}


def name_of(number: int) -> str:
    """As MOT calls images, which has no other names."""
    return f"{number + 1:06d}.jpg"


def write_coco(path: Path, count: int) -> None:
    """Streams, too: a file of a million boxes has 100 MB."""
    chance = random.Random(count)
    with path.open("w") as file:
        file.write('{"images": [')
        for number in range(count):
            size = f'"width": {SIDE}, "height": {SIDE}'
            file.write(
                f'{", " if number else ""}{{"id": {number}, "file_name": "{name_of(number)}", {size}}}'
            )
        file.write('], "annotations": [')
        for box in range(count * BOXES):
            x, y = chance.uniform(0, SIDE - 100), chance.uniform(0, SIDE - 100)
            edges = f"[{x:.2f}, {y:.2f}, {chance.uniform(5, 99):.2f}, {chance.uniform(5, 99):.2f}]"
            where = f'"image_id": {box // BOXES}, "category_id": {box % len(CLASSES)}'
            file.write(f'{", " if box else ""}{{"id": {box}, {where}, "bbox": {edges}, "iscrowd": 0}}')
        names = [{"id": place, "name": name} for place, name in enumerate(CLASSES)]
        file.write(f'], "categories": {json.dumps(names)}}}')


def check(path: Path) -> Row:
    from annotate.datasets.at_once import check_at_once
    from annotate.datasets.workplace import Workplace
    from annotate.models import Project

    place = Workplace.new()
    os.link(path, place.upload)
    report = check_at_once(place, path.name, Project.objects.get())
    assert not report["errors"], report["rows"]
    return {"key": place.key, "report": report, "bytes": path.stat().st_size}


def write(checked: Row, name: str) -> Row:
    from annotate.datasets.at_once import write_at_once
    from annotate.datasets.workplace import Workplace
    from annotate.models import Project

    place = Workplace(checked["key"])
    done = write_at_once(place, name, Project.objects.get(), checked["report"], {}, user=None)
    return {"added": done.added, "present": done.present, "bytes": 0}


def export(key: str, folder: Path) -> Row:
    from annotate.datasets.at_once import Silent
    from annotate.datasets.export_wish import ExportWish
    from annotate.datasets.exporting import export
    from annotate.models import Project

    path = folder / f"{key}.zip"
    done = export(Project.objects.get(), ExportWish(format=key, images=False), path, Silent())
    return {"boxes": done.boxes, "bytes": path.stat().st_size}


def step(words: list[str]) -> Row:
    """In a process of its own: what it gave, how long it took, how much memory it held at most."""
    import django

    django.setup()
    started, cpu = time.perf_counter(), time.process_time()
    if words[0] == "seed":
        found = seed(int(words[1]))
    elif words[0] == "check":
        found = check(Path(words[1]))
    elif words[0] == "import":
        found = write(json.loads(Path(words[1]).read_text()), words[2])
    else:
        found = export(words[1], Path(words[2]))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**found, "seconds": seconds, "cpu": cpu, "memory": memory}


class Bench:
    """An installation with one project of one size, empty at first. ``archives``: where exports go."""

    def __init__(self, folder: Path, database: str, url: str, count: int, archives: Path) -> None:
        self.folder = folder
        self.archives = archives
        self.facts: Row = {"database": database, "images": count, "boxes": count * BOXES}
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "hitlsite.settings",
            "HITL_DATABASE_URL": url,
        }
        self.environment["HITL_DATA_DIR"] = str(folder / "data")
        self.rows: list[Row] = []

    def do(self, *words: str) -> Row:
        command = [sys.executable, str(ROOT / "bench" / "data.py"), "--step", *words]
        done = subprocess.run(
            command, env=self.environment, check=True, capture_output=True, text=True, cwd=ROOT
        )
        found: Row = json.loads(done.stdout)
        return found

    def note(self, name: str, found: Row) -> None:
        figures = {what: found[what] for what in ("seconds", "cpu", "memory", "bytes")}
        row = {**self.facts, "step": name, **figures}
        self.rows.append(row)
        print(" | ".join(line_of(row)), flush=True)

    def prepare(self) -> None:
        migrate = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(migrate, env=self.environment, check=True, cwd=ROOT)
        self.do("seed", str(self.facts["images"]))

    def take(self, path: Path, key: str) -> None:
        """Checks and imports the file."""
        report = self.do("check", str(path))
        self.note(f"check {key}", report)
        self.note(f"import {key}", self.write(report, path, "added"))

    def write(self, report: Row, path: Path, counted: str) -> Row:
        checked = self.folder / "checked.json"
        checked.write_text(json.dumps(report))
        found = self.do("import", str(checked), path.name)
        assert found[counted] == self.facts["boxes"], found
        return found

    def run(self, formats: Sequence[str]) -> list[Row]:
        """The COCO file in, twice, and out in all formats."""
        self.prepare()
        coco = self.folder / "set.json"
        write_coco(coco, self.facts["images"])
        self.take(coco, COCO)
        self.note("the same again", self.write(self.do("check", str(coco)), coco, "present"))
        for key in formats:
            found = self.do("export", key, str(self.archives))
            assert found["boxes"] == self.facts["boxes"], found
            self.note(f"export {key}", found)
        return self.rows

    def run_in(self, key: str) -> list[Row]:
        """What came out of another one in."""
        self.prepare()
        self.take(self.archives / f"{key}.zip", key)
        return self.rows


def line_of(row: Row) -> list[str]:
    size = f"{row['bytes'] / 1e6:.0f}" if row["bytes"] else ""
    place = [row["database"], f"{row['images']:,}", f"{row['boxes']:,}", row["step"]]
    cpu = [f"{row['cpu']:.1f}", f"{row['cpu'] / row['boxes'] * 1e6:.0f}"]
    return [*place, f"{row['seconds']:.1f}", *cpu, f"{row['memory']:.0f}", size]


def table_of(rows: list[Row]) -> str:
    lines = [f"| {' | '.join(HEAD)} |", "| --- " * len(HEAD) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(line_of(row))} |" for row in rows)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[1000, 10_000], help="of the projects")
    parser.add_argument(
        "--databases", nargs="+", default=["sqlite", "postgres"], choices=["sqlite", "postgres"]
    )
    parser.add_argument("--formats", nargs="+", help="default: all that there are")
    parser.add_argument(
        "--every-import-on",
        nargs="*",
        default=["sqlite"],
        choices=["sqlite", "postgres"],
        help="databases on which all formats are imported, not COCO alone: what is written is the same for all",
    )
    parser.add_argument("--docs", action="store_true", help="write the table into docs/performance.md")
    parser.add_argument("--read", type=Path, help="the figures of an earlier run instead of measuring")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        print(json.dumps(step(options.step)))
        return
    rows = json.loads(options.read.read_text())["rows"] if options.read else measured(options)
    print(table_of(rows))
    if options.docs:
        from bench import report

        DOCUMENT.write_text(report.replaced(DOCUMENT.read_text(), {"data": table_of(rows)}))


@contextmanager
def installed(database: str, count: int, archives: Path) -> Iterator[Bench]:
    from tests.services import PostgresServer

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hitl-data-")))
        url = stack.enter_context(PostgresServer()).url if database == "postgres" else ""
        yield Bench(folder, database, url, count, archives)


def measured(options: argparse.Namespace) -> list[Row]:
    from annotate.datasets.formats.catalogue import FORMATS
    from bench import machine

    rows: list[Row] = []
    formats = options.formats or list(FORMATS)
    for database in options.databases:
        for count in options.images:
            with tempfile.TemporaryDirectory(prefix="hitl-archives-") as archives:
                with installed(database, count, Path(archives)) as bench:
                    rows += bench.run(formats)
                for key in formats:
                    if database in options.every_import_on and key != COCO:
                        with installed(database, count, Path(archives)) as bench:
                            rows += bench.run_in(key)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": machine.facts(pinned=False), "rows": rows}, indent=1))
    return rows


if __name__ == "__main__":
    main()
