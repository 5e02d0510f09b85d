from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.demo.seed import seed_demo
from annotate.media.ingest import add_image
from annotate.media.refusals import Refusal
from annotate.models import Frame, Source


def add_frame(source: Source, name: str, data: bytes) -> Frame:
    """Raises CommandError when the image is refused, for example because the disk is full."""
    added = add_image(source.project, source, name, data)
    if isinstance(added, Refusal):
        raise CommandError(f"{name} was not added: {added.message} Run seed_demo again to go on.")
    return added.frame


class Command(BaseCommand):
    help = "Makes the demo project with its pictures and people, once; prints their random passwords once."

    def handle(self, *args: Any, **options: Any) -> None:
        passwords = seed_demo(add_frame)
        for username, password in passwords.items():
            self.stdout.write(f"  Demo account: {username:<8} password: {password}")
        if passwords:
            self.stdout.write("  These passwords are not stored readable and not shown again.")
