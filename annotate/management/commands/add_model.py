from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from annotate.ai.described import DEFAULT_IMAGE_SIZE, Described
from annotate.ai.detector import MAX_IMAGE_SIZE, MIN_IMAGE_SIZE, Info
from annotate.ai.hashes import sha256_of
from annotate.ai.limits import limits
from annotate.ai.loading import Order, Runtime
from annotate.ai.opening import opened
from annotate.ai.problems import ModelError
from annotate.detection.versions import KINDS, InUse, correct, register, weights_path
from annotate.jobs.weights import WrongHash, keep
from annotate.learning.promotion import PromotionRefused, promote
from annotate.management.imports import project_named
from annotate.models import ModelVersion, Project, Promotion
from annotate.tracking.weights import NotToBeHad, connection, fetch_alias

REGISTRY = "models:/"


class Command(BaseCommand):
    help = "Adds a detector: an .onnx file, a .pt file that you trust like a program, or one of the registry."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what people choose; the same name again makes a new version")
        parser.add_argument("file", help="an .onnx or .pt file, or models:/name@alias of MLflow's registry")
        parser.add_argument(
            "--sha256", default="", help="refuse the file if it has another one; needed for .pt"
        )
        parser.add_argument("--project", help="name or number; without, every project can use it")
        parser.add_argument(
            "--promote", action="store_true", help="it proposes in the project from now on; needs --project"
        )
        parser.add_argument("--licence", default="")
        parser.add_argument(
            "--classes", nargs="+", default=[], help="in order, where the file does not say them"
        )
        parser.add_argument(
            "--image-size",
            type=int,
            default=DEFAULT_IMAGE_SIZE,
            help=f"pixels of the long side, from {MIN_IMAGE_SIZE} to {MAX_IMAGE_SIZE}, where the file does not say it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"]) if options["project"] else None
        if options["promote"] and project is None:
            raise CommandError("--promote needs --project: which one? Nothing was added.")
        if not MIN_IMAGE_SIZE <= options["image_size"] <= MAX_IMAGE_SIZE:
            raise CommandError(
                f"--image-size: from {MIN_IMAGE_SIZE} to {MAX_IMAGE_SIZE} pixels. Nothing was added."
            )
        is_registered = options["file"].startswith(REGISTRY)
        take = self.from_registry if is_registered else self.from_file
        path, sha256, is_new = take(options["file"], options["sha256"].lower())
        described = Described(
            options["name"], options["licence"], tuple(options["classes"]), options["image_size"]
        )
        info = self.looked_at(path, described, sha256, is_new=is_new)
        known = ModelVersion.objects.filter(project=project, sha256=sha256).first() if is_registered else None
        version = known or register(
            name=options["name"],
            suffix=path.suffix.removeprefix("."),
            sha256=sha256,
            classes=list(info.classes),
            image_size=info.image_size,
            licence=options["licence"],
            origin=options["file"] if is_registered else Path(options["file"]).name,
            is_open_vocabulary=info.is_open_vocabulary,
            project=project,
        )
        self.check_same(version, info)
        self.stdout.write(
            f"{version} knows {len(version.classes)} classes at {version.image_size} pixels, sha256 {sha256}"
        )
        if project is not None and options["promote"]:
            self.promoted(project, version, options["file"])

    @staticmethod
    def check_same(version: ModelVersion, info: Info) -> None:
        """The file was added before, with other words about it: they are corrected where nothing came of it yet."""
        if (version.classes, version.image_size) == (list(info.classes), info.image_size):
            return
        try:
            correct(version, classes=list(info.classes), image_size=info.image_size)
        except InUse as error:
            raise CommandError(
                f"{version} is this very file and has been used, with the classes {', '.join(version.classes)} at "
                f"{version.image_size} pixels. Under another name it can be added as it is described now. Nothing was "
                "changed."
            ) from error

    def from_file(self, text: str, wanted: str) -> tuple[Path, str, bool]:
        """Where it is kept now, its hash, whether it is new here."""
        file = Path(text)
        suffix = file.suffix.removeprefix(".").lower()
        if suffix not in KINDS:
            raise CommandError(f"{file.name}: an .onnx or .pt file is wanted. Nothing was added.")
        try:
            sha256 = sha256_of(file)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}. Nothing was added.") from error
        self.check_hash(sha256, wanted, needed=suffix == "pt")
        is_new = not weights_path(sha256, suffix).exists()
        try:
            return keep(file, sha256, suffix), sha256, is_new
        except WrongHash as error:
            raise CommandError(f"{file} changed while it was read. Nothing was added.") from error

    def from_registry(self, text: str, wanted: str) -> tuple[Path, str, bool]:
        """As ``from_file``. What was here before under this hash is not fetched again."""
        try:
            path, sha256 = fetch_alias(connection(), text)
        except (NotToBeHad, ValueError) as error:
            raise CommandError(f"{error} Nothing was added.") from error
        self.check_hash(sha256, wanted, needed=False)
        return path, sha256, False

    def promoted(self, project: Project, version: ModelVersion, text: str) -> None:
        try:
            promote(project, version, user=None, kind=Promotion.Kind.MANUAL, reason=text)
        except PromotionRefused as refused:
            self.stdout.write(str(refused))
        else:
            self.stdout.write(f"It proposes in {project} from now on")

    @staticmethod
    def check_hash(found: str, wanted: str, *, needed: bool) -> None:
        if needed and not wanted:
            raise CommandError(
                f"A .pt file is a program. If you trust its maker: --sha256 {found}. Nothing was added."
            )
        if wanted and wanted != found:
            raise CommandError(f"The file has sha256 {found}, not {wanted}. Nothing was added.")

    @staticmethod
    def looked_at(path: Path, described: Described, sha256: str, *, is_new: bool) -> Info:
        """Loads it once: what cannot be used here is not offered to anybody."""
        folder, threads = str(settings.SCRATCH_DIR.resolve()), settings.INFERENCE_THREADS
        order = Order(str(path.resolve()), described, sha256, folder, threads, Runtime.ONNX_RUNTIME)
        try:
            with closing(opened(order, limits(settings.DETECT_TIMEOUT_S), lambda: None)) as model:
                return model.info
        except ModelError as error:
            if is_new:
                path.unlink(missing_ok=True)
            raise CommandError(f"{error} Nothing was added.") from error
