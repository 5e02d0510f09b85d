import asyncio
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from annotate.jobs.registry import lanes
from annotate.jobs.worker import LaneDied, Worker
from annotate.supervisor import Child, Supervisor


class Command(BaseCommand):
    help = "Does the jobs of the queue until it is stopped (Ctrl+C, SIGTERM); unfinished jobs go back to the queue."
    requires_system_checks: list[str] = []  # a database that is away is waited for

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lanes", help=f"which kinds of work, separated by commas: {', '.join(lanes())}")
        parser.add_argument(
            "--concurrency", type=int, default=1, help="with Celery: how many jobs of these lanes at once"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = lanes_named(options["lanes"])
        if settings.JOB_ENGINE == "celery":
            run_with_celery(wanted, options["concurrency"])
        else:
            self.run_embedded(wanted)

    def run_embedded(self, wanted: list[str]) -> None:
        try:
            Worker(wanted).run()
        except LaneDied as error:
            raise CommandError(
                f"{error}. Jobs that were running are taken up again by the next worker."
            ) from error


def lanes_named(text: str | None) -> list[str]:
    """All lanes for None. Raises CommandError."""
    wanted = [word.strip() for word in (text or "").split(",") if word.strip()] or lanes()
    unknown = [lane for lane in wanted if lane not in lanes()]
    if unknown:
        raise CommandError(f"There is no lane {unknown[0]}; there are {', '.join(lanes())}")
    return wanted


def run_with_celery(wanted: list[str], concurrency: int) -> None:
    """One lane in this process; several in a process each, so that none waits for another."""
    if len(wanted) == 1:
        from annotate.jobs.celery_app import run_worker

        sys.exit(run_worker(wanted, concurrency=concurrency))
    words = [sys.executable, "manage.py", "worker", "--concurrency", str(concurrency), "--lanes"]
    children = [Child(lane, [*words, lane]) for lane in wanted]
    if settings.DELIVER_WEBHOOKS:
        children.append(Child("webhooks", [sys.executable, "manage.py", "deliver_webhooks"]))
    if settings.TRACKING and settings.MLFLOW_URL:
        children.append(Child("tracking", [sys.executable, "manage.py", "tracking_relay"]))
    supervisor = Supervisor(children, say=lambda line: print(line, flush=True))  # noqa: T201
    supervisor.ready.set()
    asyncio.run(supervisor.run())
