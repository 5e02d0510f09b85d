from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotate import startup
from annotate.servers import BadAddress, UnknownServer
from annotate.supervisor import ChildFailed
from hitlsite.env import SettingError


class Command(BaseCommand):
    help = "Prepare the database, then run the web server and the worker until Ctrl+C."
    requires_system_checks: list[str] = []  # run by migrate, and by each child

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="Do not make the demo project.")

    def handle(self, *args: Any, **options: Any) -> None:
        def say(line: str) -> None:
            self.stdout.write(line)
            self.stdout.flush()

        try:
            startup.run(demo=not options["no_demo"], say=say)
        except ChildFailed as error:
            raise CommandError(f"{error}. Its last lines above say why.") from error
        except (startup.CannotStart, BadAddress, UnknownServer, SettingError) as error:
            raise CommandError(str(error)) from error
