"""A project with people of every role, and an author who submits commands one by one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from annotate.models import Box, Frame, Label, Membership, Operation, Project, Source, User
from annotate.sync.operations import Accepted, Code, Command, Origin, Outcome, Refused
from annotate.sync.submit import Result, Submission, submit

WIDTH, HEIGHT = 640, 480
ROLES = {
    "owner": "manager",
    "reviewer": "reviewer",
    "annotator": "annotator",
    "second": "annotator",
    "viewer": "viewer",
}
WORDS = (
    *("base", "gesture", "target", "offline", "to", "source", "confidence", "detection", "opinion", "ms"),
)
EDGES = {"x1": 10.0, "y1": 20.0, "x2": 110.0, "y2": 90.0}


@dataclass(frozen=True)
class World:
    """``people``: one per role, a second annotator, and the stranger, who is a member of nothing."""

    project: Project
    source: Source
    labels: dict[str, int]
    people: dict[str, User]

    def frame(self, **fields: Any) -> Frame:
        return add_frame(self.project, self.source, **fields)

    def author(self, frame: Frame, who: str = "annotator", client: UUID | None = None) -> "Author":
        return Author(frame, self.people[who], self.labels["car"], client or uuid4())


def make_world() -> World:
    """Names are unique, so that worlds of tests that commit do not meet."""
    tag = uuid4().hex[:8]
    project = Project.objects.create(name=f"Project {tag}")
    people = {
        who: User.objects.create(username=f"{who}-{tag}", first_name=who.title(), password="!unusable")
        for who in (*ROLES, "stranger")
    }
    Membership.objects.bulk_create(
        Membership(project=project, user=people[who], role=role) for who, role in ROLES.items()
    )
    labels = {
        name: Label.objects.create(
            project=project, name=name, color="#0072b2", position=place, is_active=name != "retired"
        ).pk
        for place, name in enumerate(("car", "bus", "retired"))
    }
    source = Source.objects.create(project=project, kind=Source.Kind.UPLOAD, name="first")
    return World(project, source, labels, people)


def add_frame(project: Project, source: Source, **fields: Any) -> Frame:
    given = {
        "name": "pier.jpg",
        "md5": uuid4().hex,
        "original_md5": uuid4().hex,
        "media_type": "image/jpeg",
        "width": WIDTH,
        "height": HEIGHT,
    }
    return Frame.objects.create(project=project, source=source, **{**given, **fields})


def make_command(counter: int, kind: str, box: UUID | None = None, **rest: Any) -> Command:
    """``rest``: the words of Command; everything else is a field of the box."""
    words = {name: rest.pop(name) for name in WORDS if name in rest}
    return Command(counter=counter, kind=kind, box=box, fields=rest, **words)  # type: ignore[arg-type]


@dataclass
class Author:
    """One client of a person on a frame. Counts its commands."""

    frame: Frame
    user: User
    label: int
    client: UUID
    counter: int = 0
    boxes: list[UUID] = field(default_factory=list)

    def command(self, kind: str, box: UUID | None = None, **rest: Any) -> Command:
        self.counter += 1
        return make_command(self.counter, kind, box, **rest)

    def submission(self, *commands: Command, origin: Origin = "user") -> Submission:
        return Submission(self.client, self.user.pk, commands, origin)

    def send(self, *commands: Command, origin: Origin = "user") -> list[Outcome]:
        return self.submit(*commands, origin=origin).outcomes[0]

    def submit(self, *commands: Command, origin: Origin = "user") -> Result:
        return submit(self.frame.pk, [self.submission(*commands, origin=origin)])

    def do(self, kind: str, box: UUID | None = None, **rest: Any) -> Outcome:
        return self.send(self.command(kind, box, **rest))[0]

    def draw(self, **fields: Any) -> UUID:
        """A new box; it must be accepted."""
        box = uuid4()
        given = {name: fields.pop(name) for name in ("gesture", "offline") if name in fields}
        accepted(self.do("create", box, **{**EDGES, "label": self.label, **fields}, **given))
        self.boxes.append(box)
        return box


def accepted(outcome: Outcome) -> Accepted:
    assert isinstance(outcome, Accepted), outcome
    return outcome


def refused(outcome: Outcome, code: Code) -> Refused:
    assert isinstance(outcome, Refused), outcome
    assert outcome.code == code, outcome
    return outcome


def operations_of(frame: Frame) -> Sequence[Operation]:
    return list(Operation.objects.filter(frame=frame).order_by("revision"))


def edges_of(box: UUID) -> tuple[float, float, float, float]:
    row = Box.objects.get(pk=box)
    return row.x1, row.y1, row.x2, row.y2
