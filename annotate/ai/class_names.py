"""Class names as exporters write them into a model's metadata: read as data, never run."""

import ast
import json
from typing import Any

from .problems import UnusableModel, gettext_noop

MAX_TEXT = 200_000  # characters of the whole list
MAX_CLASSES = 10_000
MAX_NAME = 200


def class_names(text: str) -> tuple[str, ...]:
    """From ``{0: 'person', 1: 'bicycle'}``, JSON or a list. Raises UnusableModel.

    Indices have to run from 0 without a hole: else a class would be taken for another.
    """
    names = _ordered(_parsed(text))
    if names is None or not 0 < len(names) <= MAX_CLASSES or not all(map(_is_name, names)):
        raise UnusableModel(gettext_noop("The class names in the model's metadata cannot be read."))
    if len(set(names)) != len(names):
        raise UnusableModel(gettext_noop("The model has two classes of the same name."))
    return tuple(names)


def _parsed(text: str) -> Any:
    """None where it is neither JSON nor a Python literal."""
    if len(text) > MAX_TEXT:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _ordered(parsed: Any) -> list[Any] | None:
    if isinstance(parsed, list | tuple):
        return list(parsed)
    if not isinstance(parsed, dict):
        return None
    by_index = {str(index): name for index, name in parsed.items()}  # JSON knows no integer keys
    wanted = [str(index) for index in range(len(parsed))]
    return [by_index[index] for index in wanted] if set(by_index) == set(wanted) else None


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name.strip()) <= MAX_NAME and name.isprintable()
