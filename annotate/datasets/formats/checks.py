"""What a value of a file must be before it becomes part of a record. Everything here raises Bad and nothing else."""

import math
import re
from typing import Any
from uuid import UUID

from ...geometry import Edges, is_too_short

OUTSIDE_PX = 1.0
"""So far may an edge lie outside of the image: rounding and off-by-one of other tools. It is moved to the border."""

MAX_SIDE_PX = 1_000_000
LONGEST_NAME = 255
LONGEST_LABEL = 80
LONGEST_TEXT = 10_000
DEEPEST_JSON = 20
SHOWN = 80
CHOICES = {
    "source": {"human", "model"},
    "status": {"proposed", "accepted", "rejected"},
    "feedback": {"", "positive", "negative", "neutral"},
    "split": {"", "train", "val", "test"},
}
"""Of the fields with few values."""
BOX_CHOICES = ("source", "status", "feedback")

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, what turns the direction of writing, and halves of characters."""
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
DRIVE = re.compile(r"[A-Za-z]:")


class Bad(Exception):
    """One row cannot be taken. ``code`` is a key of messages.ERRORS, ``values`` fill its text."""

    def __init__(self, code: str, **values: str | int | float) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def shown(value: object) -> str:
    """Short and printable, for an error."""
    text = value[: SHOWN + 1] if isinstance(value, str) else str(value)[: SHOWN + 1]
    text = UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def number(value: object) -> float:
    """A finite number, from JSON or from text."""
    if isinstance(value, str):
        text = value.strip(" \t\r\n")
        if len(text) > SHOWN or not NUMBER.fullmatch(text):
            raise Bad("bad_number", value=shown(value))
        found = float(text)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError as error:
            raise Bad("bad_number", value="…") from error
    else:
        raise Bad("bad_number", value=shown_kind(value))
    if not math.isfinite(found):
        raise Bad("bad_number", value=shown(value))
    return found


def shown_kind(value: object) -> str:
    """A list or an object may be large: only its kind is shown."""
    return type(value).__name__ if isinstance(value, list | dict) else shown(value)


def integer(value: object) -> int:
    """A whole number, also when written as 3.0."""
    found = number(value)
    if not found.is_integer() or abs(found) > 2**53:
        raise Bad("bad_integer", value=shown(value))
    return int(found)


def size(width: object, height: object) -> tuple[int, int]:
    """Of an image, in pixels."""
    found = integer(width), integer(height)
    if not all(1 <= side <= MAX_SIDE_PX for side in found):
        raise Bad("bad_size", width=found[0], height=found[1])
    return found


def confidence(value: object) -> float:
    found = number(value)
    if not 0 <= found <= 1:
        raise Bad("bad_confidence", value=found)
    return found


def edges(x1: float, y1: float, x2: float, y2: float, width: float, height: float) -> Edges:
    """The one rule for every format: up to OUTSIDE_PX beyond the image is moved to its border, more is refused,
    and so is what has less than a pixel of width or height left."""
    beyond = max(-x1, -y1, x2 - width, y2 - height, x1 - width, y1 - height, -x2, -y2)
    if beyond > OUTSIDE_PX:
        raise Bad("box_outside", x1=x1, y1=y1, x2=x2, y2=y2, width=width, height=height)
    x1, x2 = min(max(x1, 0.0), width) + 0.0, min(max(x2, 0.0), width) + 0.0
    y1, y2 = min(max(y1, 0.0), height) + 0.0, min(max(y2, 0.0), height) + 0.0
    if is_too_short(x1, x2) or is_too_short(y1, y2):
        raise Bad("box_too_small", width=x2 - x1, height=y2 - y1)
    return Edges(x1, y1, x2, y2)


def frame_name(value: object) -> str:
    """As people know it: relative, "/" between folders. Refuses what leads elsewhere on any system."""
    if not isinstance(value, str) or not value.strip():
        raise Bad("no_name")
    name = value.replace("\\", "/")
    while name.startswith("./"):
        name = name[2:]
    if UNFIT.search(name):
        raise Bad("bad_name", name=shown(name))
    if len(name) > LONGEST_NAME:
        raise Bad("long_name", name=shown(name), limit=LONGEST_NAME)
    if name.startswith("/") or DRIVE.match(name) or any(part in {"", ".", ".."} for part in name.split("/")):
        raise Bad("path_outside", name=shown(name))
    return name


def label_name(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Bad("no_label")
    name = value.strip()
    if UNFIT.search(name):
        raise Bad("bad_name", name=shown(name))
    if len(name) > LONGEST_LABEL:
        raise Bad("long_name", name=shown(name), limit=LONGEST_LABEL)
    return name


def text(value: object) -> str:
    """Free text of an attribute or an author."""
    if not isinstance(value, str):
        raise Bad("bad_text", value=shown_kind(value))
    if len(value) > LONGEST_TEXT or UNSTORABLE.search(value):
        raise Bad("bad_text", value=shown(value))
    return value


def choice(field: str, value: str) -> str:
    """One of CHOICES."""
    if value not in CHOICES[field]:
        raise Bad("bad_choice", field=field, value=shown(value))
    return value


def box_id(value: str) -> str:
    """A UUID as text, or ""."""
    try:
        return str(UUID(value)) if value else ""
    except ValueError as error:
        raise Bad("bad_id", value=shown(value)) from error


def json_object(value: object) -> dict[str, Any]:
    """An object that can be stored: not deep, no NaN, no NUL."""
    if not isinstance(value, dict):
        raise Bad("bad_json_value")
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if depth > DEEPEST_JSON:
            raise Bad("json_too_deep", limit=DEEPEST_JSON)
        if isinstance(item, dict):
            waiting += [(key, depth) for key in item] + [(one, depth + 1) for one in item.values()]
        elif isinstance(item, list):
            waiting += [(one, depth + 1) for one in item]
        elif isinstance(item, str):
            text(item)
        elif isinstance(item, int | float) and not isinstance(item, bool):
            number(item)
            if isinstance(item, int) and abs(item) >= 2**63:
                raise Bad("bad_number", value=shown(item))
    return value
