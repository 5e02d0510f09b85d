"""The boxes of a frame and what people say of its detections as the log makes them: an independent reading of
docs/protocol.md, with authors for undo."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from annotate.models import Operation

Json = dict[str, Any]
EDGES = ("x1", "y1", "x2", "y2")
FIELDS = (*EDGES, "label", "attributes", "z", "status", "feedback")
MARKS = ("source", "confidence", "detection", "by")
REGISTERS = (*FIELDS, "deleted")


@dataclass
class Folded:
    """One box. ``authored``: the revision that each present value comes from."""

    fields: Json
    marks: Json
    versions: dict[str, int]
    authored: dict[str, int]
    created: int
    deleted: int | None = None


@dataclass(frozen=True)
class Word:
    """What a person says of a detection."""

    opinion: Json
    version: int
    authored: int


SILENCE = Word({"feedback": "", "note": ""}, 0, 0)
Whose = tuple[str, int | None]
"""Detection and person."""


def whose(operation: Operation) -> Whose:
    """Of a rating."""
    return operation.fields["detection"], operation.user_id


@dataclass
class Fold:
    revision: int = 0
    boxes: dict[UUID, Folded] = field(default_factory=dict)
    words: dict[Whose, Word] = field(default_factory=dict)

    def apply(self, operation: Operation) -> None:
        """The next operation, which must fit what is there."""
        revision, box_id = operation.revision, operation.box_id
        assert revision == self.revision + 1, f"I3: {revision} follows {self.revision}"
        self.revision = revision
        if operation.kind == "rate":
            return self._hear(operation)
        assert box_id is not None, f"I2: {revision} is about no box"
        fields = {name: value for name, value in operation.fields.items() if name in FIELDS}
        if operation.kind == "create":
            assert box_id not in self.boxes, f"I4: {box_id} was created again by {revision}"
            marks = {name: operation.fields[name] for name in MARKS}
            versions = dict.fromkeys(REGISTERS, revision)
            self.boxes[box_id] = Folded(fields, marks, versions, dict(versions), revision)
            return
        box = self.boxes[box_id]
        if operation.kind == "set":
            assert box.deleted is None, f"I11: {revision} wrote a deleted box"
            for name, value in operation.before.items():
                assert box.fields[name] == value, f"I2: {revision} says that {name} was {value} before"
            assert operation.before.keys() == fields.keys(), f"I2: {revision} does not say what it replaced"
            box.fields |= fields
            self._stamp(box, operation, fields.keys() | set(), versions=tuple(fields))
        elif operation.kind == "delete":
            assert box.deleted is None, f"I11: {revision} deleted again"
            box.deleted = revision
            self._stamp(box, operation, {"deleted"}, versions=("deleted",))
        else:
            assert operation.kind == "restore", operation.kind
            assert box.deleted is not None, f"I11: {revision} restored what was there"
            assert fields == box.fields, f"I2: {revision} restored something else"
            box.deleted = None
            self._stamp(box, operation, {"deleted"}, versions=REGISTERS)

    def _hear(self, operation: Operation) -> None:
        assert operation.box_id is None, f"I2: {operation.revision} rates a box"
        before = self.words.get(whose(operation), SILENCE)
        assert operation.before == before.opinion, f"I2: {operation.revision} says that {before} was said"
        said = {name: operation.fields[name] for name in ("feedback", "note")}
        authored = operation.authored.get("feedback", operation.revision)
        self.words[whose(operation)] = Word(said, operation.revision, authored)

    def said(self) -> dict[Whose, Json]:
        """Without what was taken back."""
        return {one: word.opinion for one, word in self.words.items() if word.opinion["feedback"]}

    @staticmethod
    def _stamp(box: Folded, operation: Operation, written: set[str], *, versions: tuple[str, ...]) -> None:
        box.versions |= dict.fromkeys(versions, operation.revision)
        box.authored |= dict.fromkeys(written, operation.revision) | operation.authored

    def live(self) -> dict[str, Json]:
        """As a client has them (``Box`` of frontend/src/box.js)."""
        return {
            str(box_id): {"id": str(box_id), **box.fields, **box.marks, "versions": box.versions}
            for box_id, box in self.boxes.items()
            if box.deleted is None
        }
