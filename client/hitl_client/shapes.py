"""What the server says, as values. Members that a newer server adds are left out."""

from dataclasses import dataclass, fields
from typing import Any, TypeVar

Shape = TypeVar("Shape")


def shaped(kind: type[Shape], given: dict[str, Any]) -> Shape:
    names = {each.name for each in fields(kind)}  # type: ignore[arg-type]  # all shapes are dataclasses
    return kind(**{name: value for name, value in given.items() if name in names})


@dataclass(frozen=True, slots=True)
class Me:
    id: int
    username: str
    name: str


@dataclass(frozen=True, slots=True)
class Project:
    """``progress``: ``total`` images, and how many ``by_status``; None in lists."""

    id: int
    name: str
    description: str
    role: str
    model: int | None
    progress: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """An image. ``original_md5``: of the file as it was sent."""

    id: int
    project: int
    source: int
    name: str
    status: str
    width: int
    height: int
    original_md5: str
    revision: int


@dataclass(frozen=True, slots=True)
class Job:
    """``total``: 0 while unknown."""

    id: str
    kind: str
    state: str
    name: str
    done: int
    total: int
    message: str
    result: dict[str, Any]

    @property
    def is_over(self) -> bool:
        return self.state in {"done", "failed", "cancelled"}


@dataclass(frozen=True, slots=True)
class Uploaded:
    """``outcome``: added, duplicate or queued."""

    outcome: str
    frame: Frame | None
    job: Job | None


@dataclass(frozen=True, slots=True)
class Box:
    """Edges in image pixels; ``label``: its id."""

    id: str
    x1: float
    y1: float
    x2: float
    y2: float
    label: int
    status: str
    source: str
    confidence: float | None
    versions: dict[str, int]


@dataclass(frozen=True, slots=True)
class Boxes:
    """``tag``: for ``if_match``."""

    items: list[Box]
    revision: int
    tag: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one command."""

    c: int
    accepted: bool
    first: int | None
    last: int | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Committed:
    revision: int
    tag: str
    outcomes: list[Outcome]


@dataclass(frozen=True, slots=True)
class Share:
    """What a person was asked to do until a day: ``done`` of ``total`` images."""

    user: int
    name: str
    work: str
    due_on: str | None
    total: int
    done: int


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    message: str
    commit: str
    digest: str
    counts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """Between two versions. ``frames``: how many were added, removed, changed; ``ids``: of the first of them.
    ``boxes``: how many were added, removed, moved, relabelled, judged, changed otherwise; the same by who changed them
    last (``people``) and by whose proposals they were (``models``)."""

    before: int
    after: int
    frames: dict[str, int]
    ids: list[int]
    boxes: dict[str, int] | None
    people: dict[str, dict[str, int]] | None
    models: dict[str, dict[str, int]] | None


@dataclass(frozen=True, slots=True)
class Training:
    """``outcome`` is empty while it runs."""

    id: str
    job: Job | None
    version: int | None
    model: int | None
    outcome: str
    reason: str
    epochs: list[dict[str, Any]]
    evaluation: dict[str, Any]


def job_of(given: dict[str, Any] | None) -> Job | None:
    return shaped(Job, given) if given else None


def training_of(given: dict[str, Any]) -> Training:
    return shaped(Training, {**given, "job": job_of(given.get("job"))})
