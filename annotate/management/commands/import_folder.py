from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.management.imports import Lines, conclude, project_named
from annotate.media.batches import Batch, add_folder
from annotate.media.ingest import clean_name, source_named
from annotate.media.refusals import Refused
from annotate.media.report import Report
from annotate.models import Source


class Command(BaseCommand):
    help = "Adds all images below a folder of this machine to a project. Run again, it adds only what is new."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="id or name of the project")
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"])
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder that can be read. Nothing was added.")
        source = source_named(project, Source.Kind.FOLDER, clean_name(folder.resolve().name), None)
        report = Report()
        try:
            lines = Lines(self.stdout, quiet=options["verbosity"] == 0)
            add_folder(Batch(project, source, report, lines), folder)
        except Refused as refused:
            raise CommandError(f"{refused.refusal.message} Run it again to go on.") from refused
        finally:
            conclude(self.stdout, source, report)
