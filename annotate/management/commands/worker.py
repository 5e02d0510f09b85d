from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.jobs.worker import LaneDied, Worker


class Command(BaseCommand):
    help = "Does the jobs of the queue until it is stopped (Ctrl+C, SIGTERM); unfinished jobs go back to the queue."
    requires_system_checks: list[str] = []  # a database that is away is waited for

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            Worker().run()
        except LaneDied as error:
            raise CommandError(
                f"{error}. Jobs that were running are taken up again by the next worker."
            ) from error
