import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate import startup
from annotate.servers import BadAddress, UnknownServer
from hitlsite.env import SettingError


class Command(BaseCommand):
    help = "Become the web server that HITL_SERVER names, listening on HITL_BIND. For containers and systemd."
    requires_system_checks: list[str] = []  # the server itself loads the application

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            command = startup.chosen_web_command(startup.address())
        except (BadAddress, UnknownServer, SettingError) as error:
            raise CommandError(str(error)) from error
        os.execv(command[0], command)  # noqa: S606  (the command line is our own)
