"""A project with real images, exported and imported through the jobs as the worker does it."""

import json
import random
import threading
import zipfile
from pathlib import Path
from typing import Any

from annotate.datasets.export_wish import parse_export
from annotate.datasets.import_wish import parse_import
from annotate.datasets.workplace import Workplace
from annotate.jobs import exporting, importing
from annotate.jobs.runner import Runner
from annotate.media.ingest import add_image
from annotate.media.refusals import Refusal
from annotate.models import Box, Frame, Job, Project
from tests.media.pictures import numbered
from tests.sync.world import World

SIZE = (400, 300)


def add_pictures(world: World, count: int, first: int = 0) -> list[Frame]:
    """Small real images of SIZE, each unlike the others."""
    found = []
    for number in range(first, first + count):
        added = add_image(world.project, world.source, f"quay {number:03d}.png", numbered(number, SIZE))
        assert not isinstance(added, Refusal)
        found.append(added.frame)
    return found


def draw_some(world: World, frame: Frame, count: int, seed: int = 1) -> None:
    """Boxes of both labels, with attributes, anywhere on the frame."""
    chance = random.Random(f"{seed} {frame.name}")
    author = world.author(frame)
    for place in range(count):
        x, y = chance.uniform(0, SIZE[0] - 60), chance.uniform(0, SIZE[1] - 60)
        edges = {"x1": x, "y1": y, "x2": x + chance.uniform(5, 60), "y2": y + chance.uniform(5, 60)}
        attributes = {"far": True, "flag": "é", "track": f"t{place}"} if place % 3 == 0 else {}
        label = world.labels["bus" if place % 2 else "car"]
        author.draw(**edges, label=label, attributes=attributes, z=float(place))


def run_one(stop: threading.Event | None = None) -> None:
    assert Runner("long", stop or threading.Event()).run_one()


def export(project: Project, **wish: Any) -> tuple[Path, dict[str, Any]]:
    """The archive and the result of its job."""
    job = exporting.start_export(project, parse_export(project, {"format": "hitl", **wish}), user=None)
    run_one()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, (job.error, job.log)
    return exporting.path_of(job), job.result["export"]


def send(world: World, data: bytes | Path, name: str = "set.zip", format_key: str = "") -> Job:
    """Queues a check of a file."""
    place = Workplace.new()
    place.upload.write_bytes(data if isinstance(data, bytes) else data.read_bytes())
    return importing.queue_check(
        world.project, user=world.people["owner"], place=place, name=name, format_key=format_key
    )


def checked(world: World, data: bytes | Path, name: str = "set.zip", format_key: str = "") -> Job:
    job = send(world, data, name, format_key)
    run_one()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, (job.error, job.log)
    return job


def confirm(world: World, check: Job, **wish: Any) -> Job:
    """Queues the import of what was checked."""
    report = importing.report_of(check)
    assert report is not None, check.result
    wanted = parse_import(world.project, report, wish)
    return importing.queue_write(check, wanted, user=world.people["owner"])


def imported(world: World, data: bytes | Path, name: str = "set.zip", **wish: Any) -> dict[str, int]:
    job = confirm(world, checked(world, data, name), **wish)
    run_one()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, (job.error, job.log)
    done: dict[str, int] = job.result["import"]
    return done


def manifest_of(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        found: dict[str, Any] = json.loads(archive.read("manifest.json"))
    return found


def shapes(project: Project) -> list[tuple[Any, ...]]:
    """What people see of all live boxes, whatever their ids."""
    rows = Box.objects.filter(frame__project=project, deleted_revision=None).values_list(
        *("frame__original_md5", "label__name", "x1", "y1", "x2", "y2", "status", "source", "feedback"),
        *("confidence", "z", "attributes"),
    )
    return sorted((*row[:-1], json.dumps(row[-1], sort_keys=True)) for row in rows)
