"""From the words of an address to a choice that holds in its project: ids that are known there, a period that fits."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from msgspec import structs

from ..models import Detection, Frame, Label, Operation, StatusChange, User
from .choice import DAYS, Asked, BadChoice, Choice, asked_in


def choice_for(words: Mapping[str, str], project: int, reader: int | None) -> Choice:
    """Where no period is asked for, the one that fits. Raises BadChoice."""
    asked = asked_in(words)
    check_known(asked, project, reader)
    if not words.get("days"):
        asked = structs.replace(asked, days=fitting_days(project))
    return Choice(project, reader, asked)


def check_known(asked: Asked, project: int, reader: int | None) -> None:
    """Raises BadChoice for an id that means nothing in the project. Who sees their own work alone is not told whether
    there is another person. A query for each id."""
    if asked.version is not None and not has_looked(asked.version, project):
        raise BadChoice(_("version: no such model has looked at images of this project"))
    if asked.label is not None and not Label.objects.filter(pk=asked.label, project=project).exists():
        raise BadChoice(_("label: there is no such label in this project"))
    if asked.after is not None and not Frame.everything.filter(pk=asked.after, project=project).exists():
        raise BadChoice(_("after: there is no such image in this project"))
    if reader is None and asked.person is not None and not User.objects.filter(pk=asked.person).exists():
        raise BadChoice(_("person: there is no such person"))


def has_looked(version: int, project: int) -> bool:
    return Detection.objects.filter(project=project, model_version=version).exists()


def fitting_days(project: int) -> int:
    """The shortest period that has all that people did in the project; at most the one that there is else. So the first
    hours of a project fill their plots. Two queries for each period, at most four."""
    longest = Asked().days
    shorter = [days for days in DAYS if days < longest]
    return next((days for days in shorter if not had_begun(project, first_of(project, days))), longest)


def first_of(project: int, days: int) -> datetime:
    """When a period begins."""
    return Choice(project, asked=Asked(days=days)).since  # type: ignore[arg-type]


def had_begun(project: int, time: datetime) -> bool:
    """Whether people had done anything before."""
    before = {"frame__project": project, "user__isnull": False, "created_at__lt": time}
    edits = Operation.objects.filter(origin=Operation.Origin.USER, **before).order_by()
    return edits.exists() or StatusChange.objects.filter(is_import=False, **before).order_by().exists()
