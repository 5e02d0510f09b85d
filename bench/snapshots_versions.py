"""What bench/snapshots.py measures, in a process where Django is set up: rows, versions, and DVC beside them."""

import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection

from annotate.datasets.dvc_files import md5_of
from annotate.datasets.repository import Repository
from annotate.datasets.snapshot import make_version
from annotate.media import store
from annotate.models import Box, Frame, Label, Project, Source
from annotate.sync.operations import Command
from annotate.sync.submit import Submission, submit

BOXES = 5
CHANGED = 10
BULK = 2000
FIELDS = ("deleted", "x1", "y1", "x2", "y2", "label", "attributes", "z", "status", "feedback")
DVC = Path(__file__).resolve().parent.parent / ".venv" / "bin" / "dvc"


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
    """Of this process, and of git, which it waits for; not of a server of a database."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(database: str, count: int, rounds: int) -> dict[str, Any]:
    project = seed(count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    os.sync()
    row: dict[str, Any] = {"case": "snapshots", "server": "-", "database": database, "variant": ""}
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
    folder = Path(tempfile.mkdtemp(dir=settings.DATA_DIR))
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
