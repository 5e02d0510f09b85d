"""What somebody asks to see: which project, whose work, since when, and which part of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Annotated, Any, Literal

import msgspec
from django.db.models import F, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Substr
from django.utils import timezone
from msgspec import Meta, Struct

STEPS = 20
"""Thresholds are multiples of 1/STEPS: confidences are counted in that many bins."""

DAYS = (1, 7, 30, 90, 365)
HOURLY_UP_TO_DAYS = 1
CHARACTERS = {"day": 10, "hour": 13}
"""Of 2026-11-25 16:44:05, as both databases write a time: what names its day, and its hour."""


IDS = ("version", "label", "person", "after")


class BadChoice(ValueError):
    """What was asked for cannot be understood; the text says why."""


class Asked(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The words of an address. From ``at`` on they choose the part of a figure whose frames are wanted, ``after`` being
    the frame behind which to go on."""

    days: Literal[1, 7, 30, 90, 365] = 30
    threshold: Annotated[float, Meta(ge=0, le=1)] = 0.0
    version: int | None = None
    label: int | None = None
    at: str | None = None
    outcome: Literal["accepted", "corrected", "rejected", "missed", "judged", "right", "kept"] | None = None
    action: Literal["draw", "accept", "correct", "reject", "adjust", "relabel", "delete"] | None = None
    person: int | None = None
    work: Literal["frames", "drawn", "judged", "boxes"] | None = None
    review: Literal["approved", "returned", "given"] | None = None
    verdict: Literal["positive", "negative", "neutral"] | None = None
    of: Literal["box", "image", "untouched"] | None = None
    status: Literal["to_annotate", "in_progress", "complete", "approved", "returned", "left"] | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """``reader`` None sees the work of everybody; else only that of this user. ``now`` has a time zone."""

    project: int
    reader: int | None = None
    asked: Asked = Asked()
    now: datetime = field(default_factory=timezone.now)

    @property
    def of_frames(self) -> dict[str, Any]:
        """Filter words for what belongs to a frame: frames of the project. What is set aside is in no figure."""
        return {"frame__project": self.project, "frame__set_aside_at": None}

    @property
    def step(self) -> int:
        """The threshold in steps of 1/STEPS, rounded up: a box of a lower confidence is not shown."""
        return ceil(self.asked.threshold * STEPS - 1e-9)

    def chosen(self, *, version: str = "", label: str = "") -> dict[str, int]:
        """Filter words for the version and the label that were asked for, by the names of their columns."""
        words = {version: self.asked.version, label: self.asked.label}
        return {column: value for column, value in words.items() if column and value is not None}

    def is_wanted(self, version: int | None, label: int | None) -> bool:
        """Whether what is of this version and this label is of those that were asked for."""
        return self.asked.version in (None, version) and self.asked.label in (None, label)

    @property
    def bucket(self) -> str:
        return "hour" if self.asked.days <= HOURLY_UP_TO_DAYS else "day"

    @property
    def width(self) -> timedelta:
        return timedelta(hours=1) if self.bucket == "hour" else timedelta(days=1)

    @property
    def since(self) -> datetime:
        """The beginning of the first bucket, UTC; the present hour or day is the last."""
        now = self.now.astimezone(UTC)
        hour = now.hour if self.bucket == "hour" else 0
        return now.replace(hour=hour, minute=0, second=0, microsecond=0) - self.width * (len(self) - 1)

    def __len__(self) -> int:
        """How many buckets there are."""
        return self.asked.days * (24 if self.bucket == "hour" else 1)

    def buckets(self) -> list[str]:
        """Their names, oldest first: 2026-11-25, or 2026-11-25 16 for an hour."""
        return [name_of(self.since + self.width * place, self.bucket) for place in range(len(self))]

    def named(self, column: str) -> Combinable:
        """The bucket's name of a time, by the database. Cutting text is exact, as connections speak UTC, and on SQLite
        many times quicker than TruncDay, which calls Python for every row."""
        return Substr(Cast(F(column), TextField()), 1, CHARACTERS[self.bucket])

    def within(self, column: str) -> dict[str, Any]:
        """Filter words: from ``since`` on, or in the one bucket that was asked for. Raises BadChoice."""
        if self.asked.at is None:
            return {f"{column}__gte": self.since}
        start = start_of(self.asked.at)
        width = timedelta(days=1) if len(self.asked.at) == CHARACTERS["day"] else timedelta(hours=1)
        return {f"{column}__gte": start, f"{column}__lt": start + width}


def name_of(time: datetime, bucket: str) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")[: CHARACTERS[bucket]]


def start_of(name: str) -> datetime:
    """When a bucket begins, UTC. Raises BadChoice."""
    form = "%Y-%m-%d" if len(name) == CHARACTERS["day"] else "%Y-%m-%d %H"
    try:
        return datetime.strptime(name, form).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadChoice("at: a day such as 2026-11-25, or an hour such as 2026-11-25 16") from error


def asked_in(words: Mapping[str, str]) -> Asked:
    """From the words of an address; empty ones are as if they were not there. Raises BadChoice."""
    given = {name: value for name, value in words.items() if value != ""}
    if "\x00" in "".join(given.values()):
        raise BadChoice("a word of the address holds a zero byte")
    try:
        asked = msgspec.convert(given, Asked, strict=False)
    except msgspec.ValidationError as error:
        raise BadChoice(str(error)[:200]) from error
    if asked.at is not None:
        start_of(asked.at)
    for name in IDS:
        value = getattr(asked, name)
        if value is not None and not 0 < value < 2**31:
            raise BadChoice(f"{name}: not an id")
    return asked
