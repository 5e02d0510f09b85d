import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.jobs import train
from annotate.jobs.train_request import RANGES, TrainingRefused, TrainWish, names
from annotate.jobs.train_say import line_of, result_of
from annotate.management.imports import project_named
from annotate.models import Project, Training

LOOK_S = 1.0


class Command(BaseCommand):
    help = "Trains a model on what is complete in a project, or on a dataset version. The worker does it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="name or number of the project")
        parser.add_argument(
            "--dataset-version",
            type=int,
            metavar="N",
            help="a dataset version; without, what is complete now",
        )
        for name, (low, high) in RANGES.items():
            option = f"--{name.replace('_', '-')}"
            parser.add_argument(option, type=int, metavar="N", help=f"{names()[name]}, from {low} to {high}")
        parser.add_argument("--wait", action="store_true", help="show how far it is until it is over")
        parser.add_argument(
            "--cancel",
            action="store_true",
            help="with --wait: Ctrl+C stops the training; alone: stop the one that runs",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"])
        if options["cancel"] and not options["wait"]:
            return self.stop(project)
        wish = TrainWish(version=options["dataset_version"], **{name: options[name] for name in RANGES})
        try:
            training = train.start_training(project, wish, user=None, trigger=Training.Trigger.COMMAND)
        except TrainingRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"Training {training.pk} of {project} is queued")
        if options["wait"]:
            self.follow(training, cancel=options["cancel"])

    def stop(self, project: Project) -> None:
        running = Training.objects.filter(project=project, finished_at=None).select_related("job").first()
        if running is None:
            raise CommandError(f"No training of {project} is running")
        train.cancel(running)
        self.stdout.write(f"Training {running.pk} is being stopped")

    def follow(self, training: Training, *, cancel: bool) -> None:
        """A line for each thing that is new. Raises CommandError where no model came out."""
        try:
            self.show_until_over(training)
        except KeyboardInterrupt:
            if not cancel:
                self.stdout.write("It goes on; the page of the project shows how far it is")
                return
            training.refresh_from_db()
            train.cancel(training)
            self.stdout.write("It is being stopped")
            self.show_until_over(training)
        said, has_model = result_of(training)
        if not has_model:
            raise CommandError(said)
        self.stdout.write(said)

    def show_until_over(self, training: Training) -> None:
        said = ""
        while True:
            training.refresh_from_db()
            line = line_of(training)
            if line != said:
                self.stdout.write(line)
                self.stdout.flush()
                said = line
            if training.finished_at is not None:
                return
            time.sleep(LOOK_S)
