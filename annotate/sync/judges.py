"""Whose verdict on a proposal is in force, told from the log of its box. Pure.

An undo, a redo, a restoration and a rewind give a verdict back to whoever had come to it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from annotate.models import Operation

from .apply import apply
from .operations import DEFAULTS, EDGES, FIELDS, BoxState, Change
from .records import OperationRow
from .rewind import REWOUND

if TYPE_CHECKING:
    from .verdicts import ProposalRow

Logged = Operation | OperationRow

CORRECTABLE = (*EDGES, "label")


class Verdict(NamedTuple):
    """``outcome``: a word of Proposal.Outcome."""

    outcome: str
    feedback: str

    @property
    def is_given(self) -> bool:
        return self != Verdict("open", "")


class Moment(NamedTuple):
    """A proposal after one operation. ``since``: the revisions that its verdict comes from. ``judge``: the operation
    that came to it, None where nobody has said anything."""

    revision: int
    verdict: Verdict
    since: tuple[int, ...]
    judge: Logged | None


def verdict_of(row: "ProposalRow", box: BoxState, origin: str) -> Verdict:
    """``origin``: of the newest operation on the box. Neutral says that it is undecided, and deleting it decides."""
    feedback = box.fields["feedback"]
    is_overruled = box.is_deleted and feedback == "neutral"
    return Verdict(_outcome_of(row, box, origin), "" if is_overruled else feedback)


def _outcome_of(row: "ProposalRow", box: BoxState, origin: str) -> str:
    if box.is_deleted:
        return "replaced" if origin == "model" else "rejected"
    status = box.fields["status"]
    if status == "proposed":
        return "open"
    if status == "rejected":
        return "rejected"
    return "corrected" if corrections_of(row, box) else "accepted"


def corrections_of(row: "ProposalRow", box: BoxState) -> list[str]:
    """The fields that are not what the model said."""
    proposed = {**{name: getattr(row, name) for name in EDGES}, "label": row.label_id}
    return [name for name in CORRECTABLE if box.fields[name] != proposed[name]]


def gives_back(operation: Logged) -> bool:
    return (
        operation.origin in ("undo", "redo")
        or operation.kind == "restore"
        or REWOUND in operation.authored_before
    )


def judge_in(log: Iterable[Logged], row: "ProposalRow") -> Logged | None:
    """The operation that came to the verdict in force after ``log``, all operations on the box in their order."""
    boxes: dict[UUID, BoxState] = {}
    operations: dict[int, Logged] = {}
    past: list[Moment] = []
    for operation in log:
        operations[operation.revision] = operation
        box = _replayed(operation, boxes)
        verdict, since = verdict_of(row, box, operation.origin), _since(row, box)
        judge: Logged | None = operation if verdict.is_given else None
        if verdict.is_given and gives_back(operation):
            judge = _earlier(operation, verdict, since, past) or operations.get(max(since))
        elif past and past[-1].verdict == verdict:
            judge = past[-1].judge
        past.append(Moment(operation.revision, verdict, since, judge))
    return past[-1].judge if past else None


def _earlier(
    operation: Logged, verdict: Verdict, since: tuple[int, ...], past: list[Moment]
) -> Logged | None:
    """Who had come to it when it was so before. What a rewind writes is new by its revisions, and was so then."""
    to = operation.authored_before.get(REWOUND)
    if to is not None:
        then = [one for one in past if one.revision <= to and one.verdict == verdict]
        return then[-1].judge if then else None
    same = (one.judge for one in reversed(past) if (one.verdict, one.since) == (verdict, since))
    return next(same, None)


def _since(row: "ProposalRow", box: BoxState) -> tuple[int, ...]:
    """Where the deletion comes from; else the status, the rating, and the oldest correction of those that hold."""
    authored = box.authored
    if box.is_deleted:
        return (authored.get("deleted", 0),)
    corrected = [authored.get(name, 0) for name in corrections_of(row, box)]
    rated = [authored.get("feedback", 0)] if box.fields["feedback"] else []
    return (authored.get("status", 0), *rated, *([min(corrected)] if corrected else []))


def _replayed(operation: Logged, boxes: dict[UUID, BoxState]) -> BoxState:
    assert operation.box_id is not None  # noqa: S101  (a constraint of the table)
    written = {name: value for name, value in operation.fields.items() if name in FIELDS}
    change = Change(
        operation.kind,  # type: ignore[arg-type]  # choices are the same words
        operation.box_id,
        fields={**DEFAULTS, **written} if operation.kind == "create" else written,
        authored=operation.authored,
    )
    return apply(change, boxes, revision=operation.revision, user=operation.user_id)
