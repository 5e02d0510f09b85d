from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.datasets.catalogue import FORMATS
from annotate.datasets.export_wish import SPLITS, WishRefused, parse_export
from annotate.datasets.exporting import export
from annotate.datasets.problems import loss_text
from annotate.datasets.version_reading import VersionGone
from annotate.management.imports import project_named
from annotate.management.transfers import Lines
from annotate.media.refusals import Refused
from annotate.models import Box, Frame, Label, Project, Source


class Command(BaseCommand):
    help = (
        "Writes the frames and boxes of a project, as they are or as a version has them, into a zip archive."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="id or name of the project")
        parser.add_argument(
            "path", type=Path, help="the archive to write; one that is there is replaced at the end"
        )
        parser.add_argument(
            "--format", default="hitl", choices=list(FORMATS), help="default: hitl, which loses nothing"
        )
        parser.add_argument(
            "--dataset-version", type=int, metavar="N", help="a dataset version; without, what is there now"
        )
        parser.add_argument("--no-images", action="store_true", help="annotations alone")
        parser.add_argument(
            "--status", action="append", default=[], choices=Frame.Status.values, help="of images"
        )
        parser.add_argument("--split", action="append", default=[], choices=SPLITS)
        parser.add_argument(
            "--label", action="append", default=[], help="name of a label; others are left out"
        )
        parser.add_argument(
            "--source", action="append", default=[], help="name of an upload, folder or video"
        )
        parser.add_argument(
            "--boxes", action="append", default=[], choices=Box.Status.values, help="status of boxes"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"])
        path: Path = options["path"]
        if not path.resolve().parent.is_dir():
            raise CommandError(f"{path.parent} is not a folder. Nothing was written.")
        given = {
            "format": options["format"],
            "version": options["dataset_version"],
            "images": not options["no_images"],
            "statuses": options["status"],
            "splits": options["split"],
            "box_statuses": options["boxes"],
            "labels": ids_of(Label, project, options["label"]),
            "sources": ids_of(Source, project, options["source"]),
        }
        try:
            steps = Lines(self.stdout, "exported", quiet=options["verbosity"] == 0)
            done = export(project, parse_export(project, given), path.resolve(), steps)
        except WishRefused as refused:
            raise CommandError(str(refused)) from refused
        except VersionGone as error:
            text = f"Files of version {error} are not on this machine. Fetch them first; nothing was written."
            raise CommandError(text) from error
        except Refused as refused:
            raise CommandError(f"{refused.refusal.message} Nothing was written.") from refused
        self.stdout.write(
            f"{path}: {done.frames} images, {done.boxes} boxes, {done.bytes} bytes, "
            f"as of {done.moment:%Y-%m-%d %H:%M:%S} UTC"
        )
        for code, count in done.loss.items():
            self.stdout.write(f"not in this format: {loss_text(code)} ({count})")
        if done.missing_images:
            self.stderr.write(f"{done.missing_images} image files are missing on this machine")


def ids_of(model: type[Label] | type[Source], project: Project, names: list[str]) -> list[int]:
    """Raises CommandError."""
    found: list[int] = []
    for name in names:
        ids = list(model._default_manager.filter(project=project, name=name).values_list("pk", flat=True))
        if not ids:
            raise CommandError(
                f"{model._meta.verbose_name} {name} is not in this project. Nothing was written."
            )
        found += ids
    return found
