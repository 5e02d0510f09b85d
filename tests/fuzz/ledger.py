"""What the witness writes down."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Key = tuple[str, str, str | None]
"""Gesture, kind, box: every edit of the fuzz has a gesture of its own."""


@dataclass
class Edit:
    """Something that a person did, and what became of it."""

    key: Key
    tab: int
    user: int
    browser: int
    made_at: float
    skewed: bool
    """The clock of its tab was changed, so the client cannot know how long it waited."""
    asked: Json
    times: int = 1
    acked: list[tuple[int | None, int | None]] = field(default_factory=list)
    nothing_at: int | None = None
    """The revision at which it changed nothing."""
    refused: list[str] = field(default_factory=list)
    decided_at: float = 0.0
    """When its tab heard the answer."""
    is_excused: bool = False
    """Lost with a browser that crashed before it could write it down, or with a log that was put back."""


@dataclass(frozen=True)
class Sent:
    """A command as it arrived at a server, with the frame at revision ``head``."""

    gesture: str
    base: Json
    head: int


@dataclass(frozen=True)
class Left:
    """What a tab had just written went off its screen, at ``revision`` of what it had confirmed."""

    tab: int
    key: Key
    name: str
    value: Any
    revision: int
    epoch: int
