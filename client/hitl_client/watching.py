"""Following a project. By asking now and then: live sockets are for browsers, and a token opens none."""

from collections.abc import Callable
from itertools import islice

from .client import Client
from .screen import job_text
from .shapes import Project

JOBS = 20


def watch(
    client: Client, project: int, tell: Callable[[str], None], *, every_s: float = 2.0, once: bool = False
) -> None:
    """Tells what is new; ends by ``once``, or by whatever interrupts it."""
    told: dict[str, str] = {}
    while True:
        for key, text in state_of(client, project).items():
            if told.get(key) != text:
                told[key] = text
                tell(text)
        if once:
            return
        client.sleep(every_s)


def state_of(client: Client, project: int) -> dict[str, str]:
    """A line for the images, and one for each of the newest jobs, the oldest first."""
    jobs = list(islice(client.jobs(project, limit=JOBS), JOBS))
    lines = {"": images_text(client.project(project))}
    return lines | {
        job.id: job_text(job) + (f": {job.message}" if job.message else "") for job in reversed(jobs)
    }


def images_text(project: Project) -> str:
    progress = project.progress or {"total": 0, "by_status": {}}
    parts = [
        f"{count} {status.replace('_', ' ')}" for status, count in progress["by_status"].items() if count
    ]
    return f"{project.name}: {progress['total']} images" + (f" ({', '.join(parts)})" if parts else "")
