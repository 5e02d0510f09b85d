"""What a dataset version costs, against the number of images: ``.venv/bin/python bench/snapshots.py``.

A project of N images (5 boxes each) on SQLite: its first version, one in which nothing changed, one in which 10 labels
did; beside them ``dvc add`` and ``git commit`` of the same files (where DVC is installed). ``--docs`` writes the table
into docs/performance.md. See bench/README.md.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # started as a file, not as a module
FOLDER = Path(tempfile.mkdtemp(prefix="hitl-snapshots-"))
os.environ.update(HITL_DATA_DIR=str(FOLDER / "data"), DJANGO_SETTINGS_MODULE="hitlsite.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402

from annotate.datasets.dvc_files import md5_of  # noqa: E402
from annotate.datasets.repository import Repository  # noqa: E402
from annotate.datasets.snapshot import make_version  # noqa: E402
from annotate.media import store  # noqa: E402
from annotate.models import Box, Frame, Label, Project, Source  # noqa: E402
from annotate.sync.operations import Command  # noqa: E402
from annotate.sync.submit import Submission, submit  # noqa: E402
from bench import report  # noqa: E402

RESULTS = ROOT / "test-results" / "bench-snapshots.json"
DOCUMENT = ROOT / "docs" / "performance.md"
BOXES = 5
CHANGED = 10
BULK = 2000
FIELDS = ("deleted", "x1", "y1", "x2", "y2", "label", "attributes", "z", "status", "feedback")
DVC = ROOT / ".venv" / "bin" / "dvc"


def seed(count: int) -> Project:
    """Rows as the product writes them, and an image file of a few bytes each."""
    project = Project.objects.create(name=f"{count} images")
    label = Label.objects.create(project=project, name="car", color="#0072b2")
    source = Source.objects.create(project=project, kind=Source.Kind.FOLDER, name="bench")
    for start in range(0, count, BULK):
        numbers = range(start, min(start + BULK, count))
        frames = Frame.objects.bulk_create(frame(project, source, number) for number in numbers)
        Box.objects.bulk_create(box(one, label, place) for one in frames for place in range(BOXES))
    return project


def frame(project: Project, source: Source, number: int) -> Frame:
    data = f"image {project.pk} {number}".encode()
    md5 = md5_of(data)
    path = store.path_for(md5)
    store.make_folder(path.parent)
    path.write_bytes(data)
    return Frame(
        project=project,
        source=source,
        index=number,
        name=f"image-{number}.jpg",
        md5=md5,
        original_md5=md5,
        media_type="image/jpeg",
        width=640,
        height=480,
        status=Frame.Status.COMPLETE,
    )


def box(frame: Frame, label: Label, place: int) -> Box:
    left = 10.0 * place
    return Box(
        id=uuid4(),
        frame=frame,
        label=label,
        created_revision=0,
        versions=dict.fromkeys(FIELDS, 0),
        **{"x1": left, "y1": 5.0, "x2": left + 80, "y2": 95.0},
    )


def change(project: Project, turn: int) -> None:
    """One box of each of CHANGED frames moves, through the one door for edits."""
    for one in Frame.objects.filter(project=project).order_by("pk")[:CHANGED]:
        moved = Box.objects.filter(frame=one).order_by("pk").first()
        assert moved is not None
        command = Command(1, "set", box=moved.pk, fields={"x1": 1.0 + turn / 10, "x2": 200.0 + turn})
        submit(one.pk, [Submission(uuid4(), None, [command], "admin")])


def seconds_of(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def cpu_seconds() -> float:
    """Of this process, and of git, which it waits for."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(count: int, rounds: int) -> dict[str, Any]:
    project = seed(count)
    os.sync()
    row: dict[str, Any] = {"case": "snapshots", "server": "-", "database": "sqlite", "variant": ""}
    row |= {"images": count, "first_s": seconds_of(lambda: make_version(project))}
    changes, sames, cpu = [], [], []
    for turn in range(rounds):
        sames.append(seconds_of(lambda: make_version(project)))
        change(project, turn)
        before = cpu_seconds()
        changes.append(seconds_of(lambda: make_version(project)))
        cpu.append(cpu_seconds() - before)
    row |= {"same_s": statistics.median(sames), "changed_s": statistics.median(changes)}
    row |= {"changed_worst_s": max(changes), "changed_cpu_s": statistics.median(cpu)}
    if DVC.exists():
        row |= by_dvc(Repository(project.pk))
    shutil.rmtree(Repository(project.pk).folder)
    return row


def by_dvc(repository: Repository) -> dict[str, float]:
    """The same files as a folder, given to ``dvc add``: all of them, and after 10 changed."""
    folder = Path(tempfile.mkdtemp(dir=FOLDER))
    environment = {**os.environ, "DVC_NO_ANALYTICS": "1"}

    def do(*command: str | Path) -> None:
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)

    def add() -> None:
        do(DVC, "add", "-q", "images", "labels", "annotations")
        do("git", "add", "-A")
        do(
            "git",
            "-c",
            "user.name=b",
            "-c",
            "user.email=b@localhost",
            "commit",
            "-q",
            "-m",
            "v",
            "--allow-empty",
        )

    do("git", "clone", "-q", repository.folder, ".")
    do(DVC, "cache", "dir", "--local", repository.folder / ".dvc" / "cache")
    do(DVC, "checkout", "-q")
    do("rm", "-rf", ".dvc/config.local", "images.dvc", "labels.dvc", "annotations.dvc")
    first = seconds_of(add)
    for path in sorted((folder / "labels").iterdir())[:CHANGED]:
        path.chmod(0o644)
        path.write_text("0 0.5 0.5 0.1 0.1\n")
    changed = seconds_of(add)
    shutil.rmtree(folder)
    return {"dvc_first_s": first, "dvc_changed_s": changed}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=[1000, 5000, 10_000, 50_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--docs", action="store_true")
    options = parser.parse_args()
    try:
        call_command("migrate", verbosity=0)
        rows = []
        for count in options.images:
            rows.append(measure(count, options.rounds))
            report.say(rows[-1])
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"rows": rows}, indent=1))
    if options.docs:
        text = report.replaced(DOCUMENT.read_text(), {"snapshots": report.table_of("snapshots", rows)})
        DOCUMENT.write_text(text)


if __name__ == "__main__":
    main()
