"""Searching a table without joins: names of related rows are looked up first, so that big tables stay quick."""

from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q
from django.utils.text import smart_split, unescape_string_literal

MOST_LISTED = 100
"""Related rows that are named one by one: a database finds its way through few ids and none better than through a
query inside another."""
MOST_WORDS = 5


def words_of(text: str) -> list[str]:
    """As Django splits them: a phrase stands between quotes. At most MOST_WORDS."""
    words = []
    for word in islice(smart_split(text.replace("\x00", "")), MOST_WORDS):
        is_quoted = len(word) > 1 and word[0] in "\"'" and word[0] == word[-1]
        words.append(unescape_string_literal(word) if is_quoted else word)
    return words


def matching(model: type[Model], fields: Any, word: str) -> Q:
    """Rows where one of the fields holds the word, or is it (``=field``). ``frame__name``: of a related row.

    A word that cannot be the value of a field (no UUID, no number) is not looked for there.
    """
    found = Q(pk__in=[])
    for spec in fields:
        is_exact = str(spec).startswith("=")
        path = str(spec).removeprefix("=").split("__")
        condition = condition_for(model, path, word, is_exact=is_exact)
        if condition is not None:
            found |= condition
    return found


def condition_for(model: type[Model], path: list[str], word: str, *, is_exact: bool) -> Q | None:
    field: Any = model._meta.get_field(path[0])
    if len(path) == 1:
        return exactly(field, word) if is_exact else Q(**{f"{field.name}__icontains": word})
    related: type[Model] = field.related_model
    inner = condition_for(related, path[1:], word, is_exact=is_exact)
    if inner is None:
        return None
    rows = related._base_manager.filter(inner).order_by().values_list("pk", flat=True)
    first = list(rows[: MOST_LISTED + 1])
    if not first:
        return None
    return Q(**{f"{field.name}__in": first if len(first) <= MOST_LISTED else rows})


def exactly(field: "Field[Any, Any]", word: str) -> Q | None:
    try:
        return Q(**{field.name: field.clean(word, None)})
    except ValidationError:
        return None
