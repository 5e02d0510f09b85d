from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from annotate.accounts import UsernameTaken, make_account
from annotate.models import User


class Command(BaseCommand):
    help = "Makes an account that may create projects, and prints its random password once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", nargs="?", default="manager")
        parser.add_argument(
            "--ml-engineer", action="store_true", help="also sees MLflow, with the runs of all projects"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        username: str = options["username"]
        try:
            User._meta.get_field("username").run_validators(username)
            password = make_account(username, creates_projects=True, sees_experiments=options["ml_engineer"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except UsernameTaken as error:
            raise CommandError(f"There is already an account {username}. Nothing was changed.") from error
        self.stdout.write(f"user name: {username}\npassword:  {password}\n")
        self.stdout.write("This password is not stored readable and not shown again.\n")
