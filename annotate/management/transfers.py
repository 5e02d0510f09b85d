"""What the commands that move data sets share: who does it, and one line that says how far it is."""

import time

from django.core.management.base import CommandError, OutputWrapper

from annotate.models import User

EVERY_S = 1.0


def person_named(username: str) -> User | None:
    """None for "": the command itself. Raises CommandError."""
    if not username:
        return None
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise CommandError(f"There is no active account {username}. Nothing was changed.")
    return found


class Lines:
    """Steps, told once a second."""

    def __init__(self, out: OutputWrapper, what: str, *, quiet: bool) -> None:
        self.out = out
        self.what = what
        self.quiet = quiet
        self.total = self.done = 0
        self.told = time.monotonic()

    def expect(self, total: int) -> None:
        self.total = total

    def advance(self, units: int = 1) -> None:
        self.done += units
        if self.quiet or time.monotonic() - self.told < EVERY_S:
            return
        self.told = time.monotonic()
        self.out.write(f"{self.what}: {self.done}{f' of {self.total}' if self.total else ''}")
        self.out.flush()
