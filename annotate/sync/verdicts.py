"""What people make of proposals: keeps each Proposal in step with its box, in the transaction of the edit."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from annotate.geometry import Edges
from annotate.models import Operation, Proposal

from . import statements
from .apply import edges_of
from .judges import Logged, gives_back, judge_in, verdict_of
from .operations import BoxState
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


class Step(NamedTuple):
    """An operation on a box of a model, and the box right after it."""

    operation: OperationRow
    box: BoxState


def proposals_for(steps: Sequence[Step]) -> list[ProposalRow]:
    """The rows that these operations change, changed. One query, and none where no box of a model was touched; another
    one where a verdict is given back."""
    by_box: dict[UUID, list[Step]] = defaultdict(list)
    for step in steps:
        by_box[step.box.id].append(step)
    if not by_box:
        return []
    reading = statements.read(Proposal, ProposalRow.__struct_fields__, by="box_id", values=by_box)
    rows = [ProposalRow(*row) for row in reading.rows()]
    given_back = {row.box_id for row in rows if any(gives_back(one.operation) for one in by_box[row.box_id])}
    logs = _logs(given_back, by_box)
    changed = []
    for row in rows:
        is_changed = [_follow(row, step) for step in by_box[row.box_id]]
        if row.box_id in logs:
            is_changed.append(_sign(row, judge_in(logs[row.box_id], row)))
        if any(is_changed):
            changed.append(row)
    return changed


def store(rows: list[ProposalRow]) -> None:
    statements.update(Proposal, rows, updated=JUDGED_COLUMNS)


def _logs(boxes: Collection[UUID], by_box: dict[UUID, list[Step]]) -> dict[UUID, list[Logged]]:
    """Of these boxes all operations, those of now included, which may be stored by now or not."""
    logs: dict[UUID, list[Logged]] = {box: [] for box in boxes}
    if not logs:
        return logs
    for operation in Operation.objects.filter(box__in=boxes).order_by("revision"):
        assert operation.box_id is not None  # noqa: S101  (of one of these boxes)
        if operation.revision < by_box[operation.box_id][0].operation.revision:
            logs[operation.box_id].append(operation)
    for box, log in logs.items():
        log += [step.operation for step in by_box[box]]
    return logs


def _follow(row: ProposalRow, step: Step) -> bool:
    """Writes what holds after one operation into ``row``; whether anything is new."""
    operation, box = step
    verdict = verdict_of(row, box, operation.origin)
    overlap = edges_of(box).iou(Edges(row.x1, row.y1, row.x2, row.y2))
    if (*verdict, overlap) == (row.outcome, row.feedback, row.iou):
        return False
    if verdict != (row.outcome, row.feedback):
        is_of_person = not row.by_machine or row.judged_by_id is not None
        row.reversals += is_of_person and is_reversal(row.outcome, verdict.outcome)
        _sign(row, operation if verdict.is_given else None)
    row.outcome, row.feedback, row.iou = *verdict, overlap
    return True


def _sign(row: ProposalRow, judge: Logged | None) -> bool:
    """Writes who came to the verdict, when, and how long it took; whether that is new. Nobody did where a detection
    accepts, replaces, or is taken back."""
    before = (row.judged_by_id, row.judged_at, row.judged_revision, row.ms)
    row.judged_by_id, row.judged_at, row.judged_revision, row.ms = None, None, None, None
    if judge is not None:
        row.judged_by_id = None if judge.origin == "model" else judge.user_id
        row.judged_at, row.judged_revision, row.ms = judge.created_at, judge.revision, judge.ms
    return (row.judged_by_id, row.judged_at, row.judged_revision, row.ms) != before


def is_reversal(before: str, after: str) -> bool:
    """From kept to rejected or back; not a correction of what was accepted."""
    return {before, after} <= VERDICTS and (before == "rejected") != (after == "rejected")
