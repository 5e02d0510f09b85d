from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.detection.request import DetectionRefused, Wish
from annotate.jobs.detect import start_detection
from annotate.management.imports import project_named
from annotate.models import Detection


class Command(BaseCommand):
    help = "Asks a model for proposals: for a whole project, or for some of its images. The worker does it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="name or number of the project")
        parser.add_argument("--frames", type=int, nargs="+", help="numbers of images; without, all of them")
        parser.add_argument(
            "--model", type=int, help="number of a model version; without, the project's model"
        )
        parser.add_argument("--prompts", nargs="+", default=[], help="only these classes")
        parser.add_argument("--confidence", type=float, help="from 0 to 1")
        parser.add_argument("--iou", type=float, help="from 0 to 1")
        parser.add_argument("--image-size", type=int, help="pixels of the long side that the model sees")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"])
        frames = None if options["frames"] is None else tuple(options["frames"])
        wish = Wish(
            frames,
            options["model"],
            tuple(options["prompts"]),
            options["confidence"],
            options["iou"],
            options["image_size"],
        )
        try:
            detection = start_detection(project, wish, user=None, trigger=Detection.Trigger.COMMAND)
        except DetectionRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"Detection {detection.pk} is queued: {detection.model_version} on {project}")
