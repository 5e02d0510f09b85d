"""What the commands that import on the server share: the project, the lines they print, the sum at the end."""

from django.core.management.base import CommandError, OutputWrapper

from annotate.media.batches import Outcome
from annotate.media.refusals import Refusal
from annotate.media.report import Report
from annotate.models import Frame, Project, Source


def project_named(text: str) -> Project:
    """By id or by exact name. Raises CommandError."""
    if text.isdecimal():
        found = list(Project.objects.filter(pk=int(text)))
    else:
        found = list(Project.objects.filter(name=text)[:2])
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{one.pk} ({one.name})" for one in Project.objects.order_by("pk")[:20])
    problem = "There is no project" if not found else "Several projects are called"
    raise CommandError(f"{problem} {text}. Give the id of one of these: {known or 'there are none yet'}")


class Lines:
    """One line per file: what became of it, and how far the import is."""

    def __init__(self, out: OutputWrapper, *, quiet: bool) -> None:
        self.out = out
        self.quiet = quiet
        self.total = 0
        self.done = 0

    def expect(self, total: int) -> None:
        self.total = total

    def did(self, name: str, outcome: Outcome) -> None:
        self.done += 1
        if outcome is None or (self.quiet and not isinstance(outcome, Refusal)):
            return
        place = f"[{self.done}/{self.total}]" if self.total else f"[{self.done}]"
        self.out.write(f"{place} {word_for(outcome)} {printable(name)}")
        self.out.flush()

    def check(self) -> None:
        """Nobody stops a command but its user."""


def word_for(outcome: Outcome) -> str:
    if outcome is None:
        return "left out"
    if isinstance(outcome, Refusal):
        return f"refused ({outcome.message})"
    return "added" if outcome.is_new else "already there"


def printable(name: str) -> str:
    """Names come from the disk: no control character may reach the terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in name)


def conclude(out: OutputWrapper, source: Source, report: Report) -> None:
    if not Frame.everything.filter(source=source).exists():
        source.delete()
    data = report.data
    out.write(
        f"{data['added']} added, {data['duplicates']} already there, {data['refused']} refused, "
        f"{data['left_out']} left out (no images)"
    )
