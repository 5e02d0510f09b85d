"""The words of an edit: what is asked (Command), what it does (Change), what is answered (Outcome). Pure."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias
from uuid import UUID

FieldValue: TypeAlias = Any
"""A float for edges and z, an int for label, a str for status and feedback, a flat dict for attributes."""

EDGES = ("x1", "y1", "x2", "y2")
FIELDS = (*EDGES, "label", "attributes", "z", "status", "feedback")
STRICT_FIELDS = frozenset({"status", "feedback"})
"""Fields whose ``base`` is compared even online: the first verdict wins."""

DEFAULTS: dict[str, FieldValue] = {"attributes": {}, "z": 0.0, "status": "accepted", "feedback": ""}

CommandKind: TypeAlias = Literal["create", "set", "delete", "restore", "undo", "redo", "rewind", "rate"]
ChangeKind: TypeAlias = Literal["create", "set", "delete", "restore"]
Origin: TypeAlias = Literal["user", "undo", "redo", "model", "admin", "import"]


class Code(StrEnum):
    """Why a command was refused (docs/protocol.md)."""

    STALE = "stale"
    GONE = "gone"
    EXISTS = "exists"
    INVALID = "invalid"
    NOTHING = "nothing"
    FORBIDDEN = "forbidden"
    HOLE = "hole"
    RATE = "rate"
    UNAVAILABLE = "unavailable"


RETRYABLE = frozenset({Code.HOLE, Code.RATE, Code.UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one person says of a detection of the frame as a whole. Without ``feedback``: nothing."""

    feedback: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """One edit as asked for by a client, a model, an import or the admin."""

    counter: int
    kind: CommandKind
    box: UUID | None = None
    fields: dict[str, FieldValue] = field(default_factory=dict)
    base: dict[str, int] = field(default_factory=dict)
    gesture: str = ""
    target: str = ""
    to: int | None = None
    """Rewind only: the revision to go back to."""
    offline: bool = False
    source: Literal["human", "model"] = "human"
    confidence: float | None = None
    detection: UUID | None = None
    """Create: the run of a detector that proposes the box. Rate: the one that is rated."""
    opinion: Opinion | None = None
    """Rate only."""
    ms: int | None = None
    """Milliseconds that a person spent on it."""


@dataclass(slots=True)
class BoxState:
    """A box in memory. ``versions`` and ``authored`` as in models.Box; ``deleted`` is a register like the
    others and its value is ``deleted_revision is not None``."""

    id: UUID
    fields: dict[str, FieldValue]
    source: str
    confidence: float | None
    detection: UUID | None
    created_by: int | None
    created_revision: int
    deleted_revision: int | None
    versions: dict[str, int]
    authored: dict[str, int]

    @property
    def is_deleted(self) -> bool:
        return self.deleted_revision is not None


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What a check needs to know of the frame: size in pixels and the labels that may be given."""

    width: int
    height: int
    labels: frozenset[int]


@dataclass(frozen=True, slots=True)
class Change:
    """One operation to record: the effective values, and what they replaced."""

    kind: ChangeKind
    box: UUID
    fields: dict[str, FieldValue] = field(default_factory=dict)
    before: dict[str, FieldValue] = field(default_factory=dict)
    authored_before: dict[str, int] = field(default_factory=dict)
    overwrote: dict[str, int] = field(default_factory=dict)
    authored: dict[str, int] = field(default_factory=dict)
    """Undo and redo only: the revisions that the values given back come from."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Fields of a box that an undo left alone because somebody changed them since."""

    box: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """Committed. ``first`` and ``last`` are revisions, None when nothing was to be done: as things were at ``at``."""

    counter: int
    first: int | None
    last: int | None
    skipped: tuple[Skipped, ...] = ()
    at: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """Not done, and nothing was changed by it. ``current`` and ``versions`` tell what is there instead, ``by`` which
    user wrote it."""

    counter: int
    code: Code
    detail: str = ""
    current: dict[str, FieldValue] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    after_ms: int | None = None
    by: int | None = None


Outcome: TypeAlias = Accepted | Refused


class Refusal(Exception):
    """Raised by checks; becomes Refused."""

    def __init__(
        self,
        code: Code,
        detail: str = "",
        *,
        current: dict[str, FieldValue] | None = None,
        versions: dict[str, int] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.current = current or {}
        self.versions = versions or {}

    def for_counter(self, counter: int) -> Refused:
        return Refused(counter, self.code, self.detail, self.current, self.versions)


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """A recorded operation, as undo reads it from the log."""

    revision: int
    kind: ChangeKind
    box: UUID
    fields: dict[str, FieldValue]
    before: dict[str, FieldValue]
    authored_before: dict[str, int]
    authored: dict[str, int]

    def author_of(self, name: str) -> int:
        """The revision that the written value of ``name`` comes from."""
        return self.authored.get(name, self.revision)
