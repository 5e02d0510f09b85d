"""Texts that jobs leave for people: kept as template and values, and put into words in the language of who reads them.

What a program or the system said, such as the output of git, of DVC or of a training, stays as it is.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, TypedDict

from django.utils import translation
from django.utils.translation import gettext as _

LINE = re.compile(r'([0-9-]{10} [0-9:]{8}) (\{"template": ".*\})')


class Said(TypedDict):
    """``template``: English, marked for the translators. ``values`` fill its places: numbers, names that nobody
    translates, and other texts of this kind, alone or in a list."""

    template: str
    values: dict[str, Any]


def said(template: str, /, **values: Any) -> Said:
    return {"template": template, "values": values}


def words_of(text: Mapping[str, Any]) -> str:
    """In the language that is active now. Raises KeyError, TypeError, ValueError for what is no Said."""
    translated = _(str(text["template"]))
    values = {name: _word(value) for name, value in dict(text["values"]).items()}
    return translated % values if values else translated


def english(text: Said) -> str:
    with translation.override("en"):
        return words_of(text)


def _word(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(str(_word(one)) for one in value)
    return words_of(value) if isinstance(value, Mapping) else value


def log_line(stamp: str, text: Said) -> str:
    return f"{stamp} {json.dumps(text, ensure_ascii=False)}\n"


def log_text(log: str) -> str:
    """Of Job.log, for who reads it now: our own lines in words, all others as they are."""
    return "\n".join(_shown(line) for line in log.split("\n"))


def _shown(line: str) -> str:
    found = LINE.fullmatch(line)
    if found is None:
        return line
    try:
        return f"{found[1]} {words_of(json.loads(found[2]))}"
    except (KeyError, TypeError, ValueError):  # a program said something like it
        return line
