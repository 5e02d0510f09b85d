"""An import from one end to the other, for whoever waits for it: the command line, scripts of the API."""

import uuid
from collections.abc import Mapping
from typing import Any

from ..models import Project, User
from .checking import CheckReport, check
from .import_wish import parse_import
from .imported import Imported
from .importing import Order, Steps, write
from .pictures import settle
from .workplace import Workplace


class Silent:
    """Nobody wants to know how far it is."""

    def expect(self, total: int) -> None:
        pass

    def advance(self, units: int = 1) -> None:
        pass


def check_at_once(
    place: Workplace, name: str, project: Project | None, format_key: str = "", steps: Steps | None = None
) -> CheckReport:
    """``place.upload`` holds the file. Raises Refused for one that is hostile or no data set."""
    return check(place, name, project, format_key, steps or Silent())


def write_at_once(
    place: Workplace,
    name: str,
    project: Project | str,
    report: CheckReport,
    given: Mapping[str, Any],
    *,
    user: User | None,
    steps: Steps | None = None,
) -> Imported:
    """``project``: one that is there, or the name of a new one, which is made only if all of it can be imported.
    ``given``: an ImportWish as JSON values. Removes the workplace. Raises WishRefused, ImportChanged, OSError."""
    there = project if isinstance(project, Project) else None
    try:
        wish = parse_import(there, report, given)
        to = there.pk if there else str(project)
        return write(Order(place, to, user, wish, report, uuid.uuid4(), name), steps or Silent())
    finally:
        settle(place)
        place.remove()
