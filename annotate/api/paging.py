"""Long lists in pages. A cursor says behind which row to go on, so rows that come or go meanwhile shift nothing."""

import base64
import binascii
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from msgspec import Meta, Struct

from .calls import Problem

T = TypeVar("T")
Row = TypeVar("Row", bound=Model)

MOST = 500


class Page(Struct, Generic[T]):
    """``next``: send it back as ``cursor`` for what follows; null at the end."""

    items: list[T]
    next: str | None


class PageQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """The size of a page, and where it begins."""

    limit: Annotated[int, Meta(ge=1, le=MOST)] = 100
    cursor: Annotated[str, Meta(max_length=400)] | None = None


def cursor_of(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def values_in(cursor: str, count: int) -> list[Any]:
    """Raises Problem."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = msgspec.json.decode(raw, type=list[int | str])
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise bad_cursor() from error
    is_sane = all(abs(one) < 2**53 if isinstance(one, int) else "\0" not in one for one in values)
    if len(values) != count or not is_sane:
        raise bad_cursor()
    return values


def bad_cursor() -> Problem:
    return Problem(400, _("cursor: send back what “next” said. Nothing was changed."), code="cursor")


def rows_of(rows: QuerySet[Row], query: PageQuery, *order: str) -> tuple[list[Row], str | None]:
    """A page of rows in this order (``-name`` for downwards; together unique), and the cursor of the next one."""
    try:
        if query.cursor is not None:
            rows = rows.filter(behind(order, values_in(query.cursor, len(order))))
        found = list(rows.order_by(*order)[: query.limit + 1])
    except (ValidationError, ValueError, TypeError) as error:
        raise bad_cursor() from error
    if len(found) <= query.limit:
        return found, None
    last = found[query.limit - 1]
    return found[: query.limit], cursor_of([plain(getattr(last, name.lstrip("-"))) for name in order])


def behind(order: tuple[str, ...], values: list[Any]) -> Q:
    condition, same = Q(), Q()
    for name, value in zip(order, values, strict=True):
        plain_name = name.lstrip("-")
        condition |= same & Q(**{f"{plain_name}__{'lt' if name.startswith('-') else 'gt'}": value})
        same &= Q(**{plain_name: value})
    return condition


def plain(value: Any) -> int | str:
    return value if isinstance(value, int) else str(value)
