"""A stage that cannot do its work says why: in ``problem.json``, and on the terminal."""

import json
from pathlib import Path

from . import files
from .messages import MESSAGES

FILE_NAME = "problem.json"


class Problem(Exception):
    """``code``: of messages.py; ``values`` fill the places of its text. ``str()`` is the English sentence."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = {name: str(value) for name, value in values.items()}
        super().__init__(MESSAGES[code] % self.values)

    def write(self, folder: Path) -> None:
        """Raises OSError."""
        said = {"code": self.code, "text": str(self), "values": self.values}
        files.write(folder / FILE_NAME, json.dumps(said, ensure_ascii=False))


def problem_of(folder: Path) -> dict[str, object] | None:
    """What stopped the last run in this folder: code, text (English) and values; None where nothing did."""
    try:
        found = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def forget(folder: Path) -> None:
    (folder / FILE_NAME).unlink(missing_ok=True)
