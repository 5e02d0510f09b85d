"""A stage that cannot do its work says why: in ``problem.json``, and on the terminal."""

import json
from pathlib import Path

from ..ai.problems import ModelError
from . import files
from .messages import MESSAGES

FILE_NAME = "problem.json"


class Problem(Exception):
    """``code``: of messages.py; ``values`` fill the places of its text. ``str()`` is the English sentence.

    A value that is a ModelError is kept as its own template and values, so that it can be translated too."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = {name: kept(value) for name, value in values.items()}
        super().__init__(self.template % {name: str(value) for name, value in values.items()})

    @property
    def template(self) -> str:
        return MESSAGES[self.code]

    def write(self, folder: Path) -> None:
        """Raises OSError."""
        said = {"code": self.code, "text": str(self), "values": self.values}
        files.write(folder / FILE_NAME, json.dumps(said, ensure_ascii=False))


def kept(value: object) -> object:
    if isinstance(value, ModelError):
        return {"template": value.template, "values": value.values}
    return str(value)


def problem_of(folder: Path) -> dict[str, object] | None:
    """What stopped the last run in this folder: code, text (English) and values; None where nothing did."""
    try:
        found = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def forget(folder: Path) -> None:
    (folder / FILE_NAME).unlink(missing_ok=True)
