"""What pages say of a share of work: how far it is, and whether it is late."""

from datetime import date, timedelta
from typing import TypedDict

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..assigning import Share, Work

DAYS_BY_NAME = 7
"""A day of the next week is named; any other is a date."""


class ShareCard(TypedDict):
    """``text``: such as "Annotate: 3 of 20 done, due Friday". ``value``: names the share in a form."""

    share: Share
    text: str
    is_overdue: bool
    value: str
    due: str


def share_card(share: Share, today: date | None = None) -> ShareCard:
    today = today or timezone.localdate()
    work = _("Review") if share.work == Work.REVIEW else _("Annotate")
    done = ngettext("%(done)s of %(total)s done", "%(done)s of %(total)s done", share.total) % {
        "done": share.done,
        "total": share.total,
    }
    due = due_text(share, today)
    text = _("%(work)s: %(progress)s") % {"work": work, "progress": f"{done}, {due}" if due else done}
    return {
        "share": share,
        "text": text,
        "is_overdue": share.is_overdue(today),
        "value": f"{share.person.pk}:{share.work}:{share.due_on.isoformat() if share.due_on else ''}",
        "due": share.due_on.isoformat() if share.due_on else "",
    }


def due_text(share: Share, today: date) -> str:
    """Empty without a day, and once it is finished."""
    if share.due_on is None or share.is_finished:
        return ""
    if share.due_on < today:
        days = (today - share.due_on).days
        return ngettext("overdue by %(days)s day", "overdue by %(days)s days", days) % {"days": days}
    if share.due_on == today:
        return _("due today")
    if share.due_on < today + timedelta(days=DAYS_BY_NAME):
        return _("due %(day)s") % {"day": date_format(share.due_on, "l")}
    return _("due %(date)s") % {"date": date_format(share.due_on, "DATE_FORMAT")}
