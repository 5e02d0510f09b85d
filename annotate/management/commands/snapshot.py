import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.datasets.gathering import CannotSnapshot
from annotate.datasets.git import GitFailed, GitMissing
from annotate.datasets.snapshot import MESSAGE_CHARACTERS, Wish, make_version
from annotate.jobs.versions import CANNOT, NO_GIT
from annotate.management.imports import project_named
from annotate.management.transfers import person_named
from annotate.models import DatasetVersion


class Command(BaseCommand):
    help = "Makes a dataset version of a project: what is labelled now, for good, under the next number."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project_name", nargs="?", default="", help="name or number of the project")
        parser.add_argument("--project", default="", help="the same")
        parser.add_argument("--message", default="", help="what is new in it")
        parser.add_argument("--again", action="store_true", help="also where nothing has changed")
        parser.add_argument("--user", default="", help="sign-in name of whoever makes it")
        parser.add_argument("--json", action="store_true", help="print what the version is as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        named = options["project"] or options["project_name"]
        if not named:
            raise CommandError("Name a project: manage.py snapshot --project NAME")
        project, user = project_named(named), person_named(options["user"])
        wish = Wish(message=options["message"][:MESSAGE_CHARACTERS], again=options["again"])
        try:
            version = make_version(project, user=user, wish=wish)
        except CannotSnapshot as error:
            raise CommandError(CANNOT[error.code]) from error
        except GitMissing as error:
            raise CommandError(NO_GIT) from error
        except (GitFailed, OSError) as error:
            raise CommandError(f"No version was made and nothing was changed: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(described(version), indent=2))
            return
        frames, boxes = version.counts["frames"], version.counts["boxes"]
        self.stdout.write(
            f"{project}, version {version.number}: {frames} images, {boxes} boxes, {version.digest}"
        )


def described(version: DatasetVersion) -> dict[str, Any]:
    return {
        "project": version.project_id,
        "number": version.number,
        "tag": f"v{version.number}",
        "commit": version.git_commit,
        "digest": version.digest,
        "message": version.message,
        "counts": version.counts,
        "filters": version.filters,
        "created_by": version.created_by.username if version.created_by else None,
        "created_at": version.created_at.isoformat(),
    }
