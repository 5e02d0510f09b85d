"""The boxes of a frame as the log makes them: an independent reading of docs/protocol.md, "ev"."""

from dataclasses import dataclass, field
from typing import Any

EDGES = ("x1", "y1", "x2", "y2")
FIELDS = (*EDGES, "label", "attributes", "z", "status", "feedback")
MARKS = ("source", "confidence", "detection", "by")

Json = dict[str, Any]


@dataclass
class BoxNow:
    fields: Json
    versions: dict[str, int]
    deleted: bool = False


@dataclass
class Replica:
    """``boxes`` and ``opinions`` (by detection and person) at ``revision``; boxes that a snapshot did not mention are
    not known."""

    revision: int = 0
    boxes: dict[str, BoxNow] = field(default_factory=dict)
    opinions: dict[tuple[str, int], Json] = field(default_factory=dict)

    def replace(self, head: int, boxes: list[Json], opinions: list[Json]) -> None:
        self.revision = head
        self.opinions = {
            (one["detection"], one["by"]): {name: one[name] for name in ("feedback", "note")}
            for one in opinions
        }
        self.boxes = {
            box["id"]: BoxNow({name: box[name] for name in (*FIELDS, *MARKS)}, dict(box["versions"]))
            for box in boxes
        }

    def apply(self, operation: Json) -> None:
        """The next operation. Fails on a hole, and on one that does not fit what is there."""
        revision: int = operation["r"]
        assert revision == self.revision + 1, f"{revision} after {self.revision}"
        self.revision = revision
        kind, box_id, fields = operation["k"], operation["box"], operation["f"]
        if kind == "rate":
            said = dict(fields)
            key = (said.pop("detection"), operation["by"])
            before = self.opinions.get(key, {"feedback": "", "note": ""})
            assert operation["b"] == before, f"{revision}: {before} was said before"
            self.opinions[key] = said
            return
        if kind == "create":
            assert box_id not in self.boxes, f"{revision}: {box_id} was created twice"
            self.boxes[box_id] = BoxNow(dict(fields), dict.fromkeys((*FIELDS, "deleted"), revision))
            return
        box = self.boxes.get(box_id)
        if box is None:  # deleted before the snapshot we began with: only a restore tells what it is
            if kind == "restore":
                self.boxes[box_id] = BoxNow(dict(fields), dict.fromkeys((*FIELDS, "deleted"), revision))
            return
        if kind == "set":
            assert not box.deleted, f"{revision}: a deleted box was written"
            for name, value in operation["b"].items():
                assert box.fields[name] == value, f"{revision}: {name} was not {value} before"
            box.fields |= fields
            box.versions |= dict.fromkeys(fields, revision)
        elif kind == "delete":
            assert not box.deleted, f"{revision}: deleted twice"
            box.deleted = True
            box.versions["deleted"] = revision
        elif kind == "restore":
            assert box.deleted, f"{revision}: restored while there"
            box.deleted = False
            box.fields = dict(fields)
            box.versions = dict.fromkeys((*FIELDS, "deleted"), revision)

    def said(self) -> dict[tuple[str, int], Json]:
        """What anybody says, without what was taken back."""
        return {key: said for key, said in self.opinions.items() if said["feedback"]}

    def live(self) -> dict[str, tuple[Json, dict[str, int]]]:
        """What everybody must agree on: fields and versions of the boxes that are there."""
        return {box_id: (box.fields, box.versions) for box_id, box in self.boxes.items() if not box.deleted}
