from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.management.imports import Lines, conclude, project_named
from annotate.media.batches import Batch, add_video
from annotate.media.ingest import clean_name, source_named
from annotate.media.refusals import Refused
from annotate.media.report import Report
from annotate.media.video import Rate
from annotate.models import Source


class Command(BaseCommand):
    help = "Adds images of a video of this machine to a project. Run again, it adds only what is new."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="id or name of the project")
        parser.add_argument("file", type=Path)
        rate = parser.add_mutually_exclusive_group()
        rate.add_argument("--per-second", default="", help="images per second of the video (default: 1)")
        rate.add_argument("--every", default="", help="every n-th image of the video instead")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"])
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(f"{file} is not a file that can be read. Nothing was added.")
        source = source_named(project, Source.Kind.VIDEO, clean_name(file.name), None)
        report = Report()
        try:
            rate = Rate.parse(options["per_second"], options["every"])
            lines = Lines(self.stdout, quiet=options["verbosity"] == 0)
            if add_video(Batch(project, source, report, lines), file, rate, file.name):
                self.stdout.write("Stopped at the limit HITL_MAX_VIDEO_FRAMES, before the end of the video.")
        except Refused as refused:
            raise CommandError(refused.refusal.message) from refused
        finally:
            conclude(self.stdout, source, report)
