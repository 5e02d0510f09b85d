from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.learning import promotion
from annotate.learning.promotion import PromotionRefused
from annotate.management.imports import project_named
from annotate.models import ModelVersion, Project, Promotion, Training


class Command(BaseCommand):
    help = "Makes a model the one that proposes in a project, or goes back to the one before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="name or number of the project")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--model", type=int, metavar="N", help="number of a model version")
        what.add_argument("--waiting", action="store_true", help="the one that a training found better")
        what.add_argument("--back", action="store_true", help="the model before the one that proposes now")

        parser.add_argument(
            "--keep-confidence",
            action="store_true",
            help="with --waiting: proposals go on being made from the confidence of before, not from the one at which "
            "the new model was measured",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"])
        try:
            done = self.change(project, options)
        except PromotionRefused as refused:
            raise CommandError(str(refused)) from refused
        name = done.model_version or "the default of this installation"
        project.refresh_from_db(fields=["confidence"])
        self.stdout.write(
            f"{name} proposes in {project} from now on, from a confidence of {project.confidence:.2f}"
        )

    def change(self, project: Project, options: dict[str, Any]) -> Promotion:
        """Raises PromotionRefused, CommandError."""
        if options["back"]:
            return promotion.roll_back(project, None)
        training = self.waiting(project) if options["waiting"] else None
        version = training.model_version if training else self.model(options["model"])
        if version is None:
            raise CommandError("No model waits for a decision")
        return promotion.promote(
            project,
            version,
            user=None,
            kind=Promotion.Kind.MANUAL,
            training=training,
            takes_confidence=not options["keep_confidence"],
        )

    def waiting(self, project: Project) -> Training:
        found = Training.objects.filter(project=project, outcome=Training.Outcome.CHALLENGER)
        training = found.select_related("model_version", "project").first()
        if training is None:
            raise CommandError("No model waits for a decision")
        return training

    def model(self, number: int) -> ModelVersion:
        version = ModelVersion.objects.filter(pk=number).first()
        if version is None:
            raise CommandError(f"There is no model version {number}")
        return version
