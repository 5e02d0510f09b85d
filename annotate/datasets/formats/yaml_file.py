"""A data.yaml that came in: small, without anchors, tags or depth, and read by yaml.safe_load alone."""

from typing import Any

import yaml

from .files import cannot

DEEPEST = 5


def load(text: str, name: str) -> dict[Any, Any]:
    """``name`` is for errors. Raises CannotRead."""
    try:
        _check_events(text, name)
        found = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError, TypeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        raise cannot(name, "" if line is None else str(line + 1), "bad_yaml") from error
    if not isinstance(found, dict):
        raise cannot(name, "", "bad_yaml")
    return found


def _check_events(text: str, name: str) -> None:
    """Before anything is built of it."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        has_anchor = isinstance(event, yaml.NodeEvent) and event.anchor is not None
        has_tag = isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None
        if has_anchor or has_tag or depth > DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise cannot(name, str(line), "yaml_refused")
