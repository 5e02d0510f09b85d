"""What people make of proposals: keeps each Proposal in step with its box, in the transaction of the edit."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from annotate.geometry import Edges
from annotate.models import Proposal

from . import statements
from .apply import edges_of
from .operations import EDGES, BoxState
from .records import OperationRow

VERDICTS = frozenset({"accepted", "corrected", "rejected"})


class ProposalRow(Struct):
    """The columns of Proposal that a verdict reads or writes."""

    box_id: UUID
    label_id: int
    x1: float
    y1: float
    x2: float
    y2: float
    by_machine: bool
    outcome: str
    feedback: str
    iou: float | None
    judged_by_id: int | None
    judged_at: datetime | None
    judged_revision: int | None
    ms: int | None
    reversals: int


JUDGED_COLUMNS = ProposalRow.__struct_fields__[7:]


def proposals_for(operations: list[OperationRow], boxes: Mapping[UUID, BoxState]) -> list[ProposalRow]:
    """The rows that these operations change, changed. One query, and none where no box of a model was touched."""
    last = {
        one.box_id: one
        for one in operations
        if one.box_id is not None and boxes[one.box_id].source == "model" and one.kind != "create"
    }
    if not last:
        return []
    reading = statements.read(Proposal, ProposalRow.__struct_fields__, by="box_id", values=last)
    rows = [ProposalRow(*row) for row in reading.rows()]
    return [row for row in rows if _judge(row, boxes[row.box_id], last[row.box_id])]


def store(rows: list[ProposalRow]) -> None:
    statements.update(Proposal, rows, updated=JUDGED_COLUMNS)


def _judge(row: ProposalRow, box: BoxState, operation: OperationRow) -> bool:
    """Writes what holds now into ``row``; whether anything is new."""
    outcome, feedback = outcome_of(row, box, operation.origin), box.fields["feedback"]
    overlap = edges_of(box).iou(Edges(row.x1, row.y1, row.x2, row.y2))
    if (outcome, feedback, overlap) == (row.outcome, row.feedback, row.iou):
        return False
    if (outcome, feedback) != (row.outcome, row.feedback):
        is_of_person = not row.by_machine or row.judged_by_id is not None
        row.reversals += is_of_person and is_reversal(row.outcome, outcome)
        is_judged = outcome != "open" or feedback != ""
        row.judged_by_id, row.judged_at, row.judged_revision, row.ms = (
            (judge_of(row, outcome, operation), operation.created_at, operation.revision, operation.ms)
            if is_judged
            else (None, None, None, None)
        )
    row.outcome, row.feedback, row.iou = outcome, feedback, overlap
    return True


def judge_of(row: ProposalRow, outcome: str, operation: OperationRow) -> int | None:
    """Nobody, where an undo gives back what was accepted without a person, and where a detection replaces it or is
    taken back."""
    is_given_back = row.by_machine and outcome == "accepted" and operation.origin in ("undo", "redo")
    return None if is_given_back or operation.origin == "model" else operation.user_id


def outcome_of(row: ProposalRow, box: BoxState, origin: str) -> str:
    """A word of Proposal.Outcome. ``origin``: of the newest operation on the box."""
    if box.is_deleted:
        return "replaced" if origin == "model" else "rejected"
    status = box.fields["status"]
    if status == "proposed":
        return "open"
    if status == "rejected":
        return "rejected"
    return "accepted" if is_as_proposed(row, box) else "corrected"


def is_as_proposed(row: ProposalRow, box: BoxState) -> bool:
    same_edges = all(box.fields[name] == getattr(row, name) for name in EDGES)
    return same_edges and box.fields["label"] == row.label_id


def is_reversal(before: str, after: str) -> bool:
    """From kept to rejected or back; not a correction of what was accepted."""
    return {before, after} <= VERDICTS and (before == "rejected") != (after == "rejected")
