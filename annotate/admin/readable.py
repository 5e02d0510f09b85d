"""JSON for people: a list of names and values, as text, bounded; never a raw dump."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.db.models import JSONField, Model
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

MOST_LINES = 60
"""Of one list or object; what is beyond is counted."""
MOST_DEPTH = 6
LONGEST_TEXT = 400
EMPTY = "–"
Scalar = str | int | float | bool | None


def readable(value: Any, depth: int = 0) -> SafeString | str:
    if isinstance(value, dict):
        return of_object(value, depth) if value else EMPTY
    if isinstance(value, list):
        return of_list(value, depth) if value else EMPTY
    return of_scalar(value)


def of_object(value: dict[str, Any], depth: int) -> SafeString | str:
    if depth >= MOST_DEPTH:
        return "…"
    rows = format_html_join(
        "",
        "<dt>{}</dt><dd>{}</dd>",
        ((name, readable(each, depth + 1)) for name, each in islice(value.items(), MOST_LINES)),
    )
    return format_html('<dl class="desk-values">{}</dl>{}', rows, more_than_shown(len(value)))


def of_list(value: list[Any], depth: int) -> SafeString | str:
    shown = value[:MOST_LINES]
    if all(isinstance(each, Scalar) for each in shown):
        return format_html("{}{}", ", ".join(map(of_scalar, shown)), more_than_shown(len(value)))
    if depth >= MOST_DEPTH:
        return "…"
    rows = format_html_join("", "<li>{}</li>", ((readable(each, depth + 1),) for each in shown))
    return format_html('<ol class="desk-values">{}</ol>{}', rows, more_than_shown(len(value)))


def of_scalar(value: Scalar) -> str:
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return str(localize(float(f"{value:.5g}")))
    text = str(value)
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def more_than_shown(count: int) -> SafeString | str:
    if count <= MOST_LINES:
        return ""
    return format_html(
        '<p class="quiet">{}</p>', _("and %(count)s more") % {"count": localize(count - MOST_LINES)}
    )


def json_fields(model: type[Model]) -> Iterator[JSONField]:
    return (field for field in model._meta.fields if isinstance(field, JSONField))


def display_of(field: JSONField) -> Callable[[Model], SafeString | str]:
    """For ``readonly_fields``: the field under its own name."""

    def shown(row: Model) -> SafeString | str:
        return readable(getattr(row, field.name))

    shown.short_description = field.verbose_name  # type: ignore[attr-defined]
    return shown
