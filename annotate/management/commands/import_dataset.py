import os
import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.datasets.at_once import check_at_once, write_at_once
from annotate.datasets.catalogue import FORMATS
from annotate.datasets.checking import CheckReport
from annotate.datasets.export_wish import WishRefused
from annotate.datasets.imported import ImportChanged, Imported
from annotate.datasets.problems import loss_text, text_of
from annotate.datasets.workplace import Workplace
from annotate.management.imports import printable, project_named
from annotate.management.transfers import Lines, person_named
from annotate.media.refusals import Refused
from annotate.models import Frame, Label, Project

NAME_CHARACTERS = 120


class Command(BaseCommand):
    help = "Imports a data set: checks all of it, then writes all of it or nothing. Run again, it changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a zip archive, or one file with annotations")
        to = parser.add_mutually_exclusive_group(required=True)
        to.add_argument("--project", help="id or name of the project")
        to.add_argument(
            "--new", metavar="NAME", help="make a project of this name, with the labels of the file"
        )
        parser.add_argument("--format", default="", choices=["", *FORMATS], help="default: find out")
        parser.add_argument("--as", dest="take", default="boxes", choices=["boxes", "proposals"])
        parser.add_argument("--map", action="append", default=[], metavar="CLASS=LABEL",
                            help="a class of the file to a label of the project; CLASS= leaves it out")  # fmt: skip
        parser.add_argument("--existing", default="add", choices=["add", "skip", "replace"],
                            help="what to do on images that have boxes already")  # fmt: skip
        parser.add_argument("--status", default="file", choices=["file", *Frame.Status.values],
                            help="of the images afterwards; file: as the file says")  # fmt: skip
        parser.add_argument("--skip-missing", action="store_true",
                            help="leave out images that are neither in the project nor in the file")  # fmt: skip
        parser.add_argument(
            "--user", default="", help="sign-in name of whoever imports; a manager of the new project"
        )
        parser.add_argument("--dry-run", action="store_true", help="check and report, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        if not path.is_file():
            raise CommandError(f"{path} is not a file that can be read. Nothing was changed.")
        new = (options["new"] or "").strip()
        if options["new"] is not None and not 0 < len(new) <= NAME_CHARACTERS:
            raise CommandError(f"A name of 1 to {NAME_CHARACTERS} characters is needed. Nothing was changed.")
        project = None if new else project_named(options["project"])
        user = person_named(options["user"])
        place = Workplace.new()
        try:
            take(path, place)
            report = self.look(place, path, project, options)
            if options["dry_run"]:
                return
            done = self.write(place, path, project or new, report, options, user)
        finally:
            place.remove()
        self.stdout.write(sum_of(done))

    def look(
        self, place: Workplace, path: Path, project: Project | None, options: dict[str, Any]
    ) -> CheckReport:
        steps = Lines(self.stdout, "checked", quiet=options["verbosity"] == 0)
        try:
            report = check_at_once(place, path.name, project, options["format"], steps)
        except Refused as refused:
            raise CommandError(f"{refused.refusal.message} Nothing was changed.") from refused
        self.tell(report)
        if report["errors"]:
            raise CommandError(f"{report['errors']} errors. Nothing was changed.")
        return report

    def write(
        self,
        place: Workplace,
        path: Path,
        to: Project | str,
        report: CheckReport,
        options: dict[str, Any],
        user: Any,
    ) -> Imported:
        given = {
            "labels": targets(options["map"], to, report),
            "take": options["take"],
            "existing": options["existing"],
            "status": options["status"],
            "leave_out_missing": options["skip_missing"],
        }
        steps = Lines(self.stdout, "imported", quiet=options["verbosity"] == 0)
        try:
            return write_at_once(place, path.name, to, report, given, user=user, steps=steps)
        except (WishRefused, ImportChanged) as refused:
            raise CommandError(str(refused)) from refused

    def tell(self, report: CheckReport) -> None:
        out = self.stdout
        out.write(
            f"{FORMATS[report['format']].title}: {report['frames']} images ({report['matched']} in the project, "
            f"{report['new']} new, {report['missing']} missing), {report['boxes']} boxes"
        )
        for label in report["labels"]:
            out.write(f"class {printable(label['name'])}: {label['boxes']} boxes")
        for code, count in report["losses"].items():
            out.write(f"not imported: {loss_text(code)} ({count})")
        for name in report["missing_names"]:
            out.write(f"missing: {printable(name)}")
        for row in report["rows"]:
            where = ":".join(printable(part) for part in (row["file"], row["where"]) if part)
            self.stderr.write(f"{where}: {printable(text_of(row['code'], row['values']))}")


def take(path: Path, place: Workplace) -> None:
    """Into the workplace, without a copy where the disk is the same."""
    try:
        os.link(path.resolve(), place.upload)
    except OSError:
        shutil.copyfile(path, place.upload)


def targets(pairs: list[str], to: Project | str, report: CheckReport) -> dict[str, int | str]:
    """From CLASS=LABEL. A label that the project does not have is an error: a typing mistake would make one. Raises
    CommandError."""
    chosen: dict[str, int | str] = {}
    for pair in pairs:
        name, sign, label = pair.partition("=")
        if not sign or name not in {one["name"] for one in report["labels"]}:
            raise CommandError(
                f"--map {pair}: write CLASS=LABEL with a class of the file. Nothing was changed."
            )
        if not label:
            chosen[name] = "leave_out"
            continue
        found = (
            Label.objects.filter(project=to, name__iexact=label).first() if isinstance(to, Project) else None
        )
        if found is None:
            raise CommandError(f"--map {pair}: the project has no label {label}. Nothing was changed.")
        chosen[name] = found.pk
    return chosen


def sum_of(done: Imported) -> str:
    return (
        f"project {done.project}: {done.added} boxes added, {done.present} already there, {done.changed} changed, "
        f"{done.removed} removed, {done.skipped + done.left_out} left out, {done.kept_deleted} stay deleted; "
        f"{done.new_frames} new images, {done.new_labels} new labels"
    )
