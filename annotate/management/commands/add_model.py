import hashlib
import shutil
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from annotate.ai.described import DEFAULT_IMAGE_SIZE, Described
from annotate.ai.detector import Info
from annotate.ai.loading import load
from annotate.ai.problems import ModelError
from annotate.detection.versions import KINDS, register
from annotate.management.imports import project_named

FILE_MODE = 0o440


class Command(BaseCommand):
    help = "Adds a detector of your own: an .onnx file, or a .pt file that you trust like a program."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what people choose; the same name again makes a new version")
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--sha256", default="", help="refuse the file if it has another one; needed for .pt"
        )
        parser.add_argument("--project", help="name or number; without, every project can use it")
        parser.add_argument("--licence", default="")
        parser.add_argument(
            "--classes", nargs="+", default=[], help="in order, where the file does not say them"
        )
        parser.add_argument("--image-size", type=int, default=DEFAULT_IMAGE_SIZE)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        suffix = file.suffix.removeprefix(".").lower()
        if suffix not in KINDS:
            raise CommandError(f"{file.name}: an .onnx or .pt file is wanted. Nothing was added.")
        project = project_named(options["project"]) if options["project"] else None
        try:
            sha256 = hash_of(file)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}. Nothing was added.") from error
        self.check_hash(sha256, options["sha256"].lower(), needed=suffix == "pt")
        described = Described(
            options["name"], options["licence"], tuple(options["classes"]), options["image_size"]
        )
        path, is_new = stored(file, sha256, suffix)
        info = self.looked_at(path, described, sha256, is_new=is_new)
        version = register(
            name=options["name"],
            suffix=suffix,
            sha256=sha256,
            classes=list(info.classes),
            image_size=info.image_size,
            licence=info.licence,
            origin=file.name,
            is_open_vocabulary=info.is_open_vocabulary,
            project=project,
        )
        self.stdout.write(f"{version} knows {len(version.classes)} classes, sha256 {sha256}")

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
        try:
            return load(path, described, sha256=sha256, settings_folder=settings.SCRATCH_DIR).info
        except ModelError as error:
            if is_new:
                path.unlink(missing_ok=True)
            raise CommandError(f"{error} Nothing was added.") from error


def hash_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def stored(file: Path, sha256: str, suffix: str) -> tuple[Path, bool]:
    """A copy under the name of its content, whole or not at all; and whether it was not there yet."""
    path: Path = settings.MODELS_DIR / sha256[:2] / f"{sha256}.{suffix}"
    if path.exists():
        return path, False
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    temporary = path.parent / f".{uuid.uuid4().hex}.tmp"
    shutil.copyfile(file, temporary)
    temporary.chmod(FILE_MODE)
    temporary.replace(path)
    return path, True
