from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from annotate.models import Project
from annotate.tracking.replay import Behind, replay
from annotate.tracking.rest import Mlflow


class Command(BaseCommand):
    help = "Writes all runs into MLflow again, from the database; what MLflow still has stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", type=int, help="id of one project; without it, all")

    def handle(self, *args: Any, **options: Any) -> None:
        project = options["project"]
        if project is not None and not Project.objects.filter(pk=project).exists():
            raise CommandError(f"There is no project {project}")
        if not settings.MLFLOW_URL:
            raise CommandError(
                "Where is MLflow? Set HITL_MLFLOW_URL, for example http://127.0.0.1:5001/mlflow"
            )
        if not settings.TRACKING:
            self.stdout.write("HITL_TRACKING is off: nothing is recorded, so only what was before is told")
        try:
            refused = replay(Mlflow(settings.MLFLOW_URL), project, self.stdout.write)
        except ValueError as error:
            raise CommandError(str(error)) from error
        except Behind as error:
            raise CommandError("MLflow cannot be reached. The worker goes on when it is back.") from error
        if refused:
            raise CommandError(f"MLflow refused {refused} runs; the reasons are in the admin")
        self.stdout.write("Done")
